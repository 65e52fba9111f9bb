"""The edit operations, by name. Each changes the site as a person's click would, side effects included.

Every edit moves the site's clock one step and is stamped with that time. `by` (account id or e-mail, default: the
administrator) is who did it. Ids are those of the API (`att…` for files). Which operation takes which fields:
`GET /_emulator/edit`, or `EDITS`; a trailing `?` marks what may be left out.
"""

from confluence_assets.emulator.edits import (
    apps,
    beside,
    comments,
    contents,
    files,
    marks,
    nodes,
    people,
    site_wide,
    spaces,
    tasks,
)
from confluence_assets.emulator.edits.registry import EDITS, apply_edit

__all__ = [
    "EDITS", "apply_edit", "apps", "beside", "comments", "contents", "files", "marks", "nodes", "people", "site_wide", "spaces", "tasks",
]  # fmt: skip
