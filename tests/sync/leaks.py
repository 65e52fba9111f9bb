"""Who the lake lets in and the site does not."""

from tests.support.truth import held
from tests.sync.harness import Bench


def leaks(run: Bench) -> list[tuple[str, str | None]]:
    """Contents and accounts that the lake lets in and the site does not."""
    readers: dict[str, set[str | None]] = {}
    for row in held(run.lake, "acl_readers").values():
        who = None if row["principal_type"] == "anonymous" else row["principal_id"]
        readers.setdefault(row["acl_profile_id"], set()).add(who)
    return [
        (row["content_id"], who)
        for rows in run.lake.iter_rows("content_acl")
        for row in rows
        for who in readers.get(row["acl_profile_id"], ())
        if not run.control.may_read(who, row["content_id"])
    ]
