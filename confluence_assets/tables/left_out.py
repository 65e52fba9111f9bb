"""What the lake keeps of contents that the owner's filters leave out: their place in the tree, and who may read them.

Neither an asset nor published. Without it, a page that is kept would be open to everybody whom only a page above it, that
is not kept, shuts out; its breadcrumb would have gaps, and links to what is left out would seem to be broken.
"""

from confluence_assets.tables.columns import (
    CONTENT_TYPE,
    SPACE_KEY,
    flag_column,
    json_column,
    key_column,
    text_column,
    time_column,
    whole_column,
)
from confluence_assets.tables.model import Grain, Origin, Table

LEFT_OUT = Table(
    "left_out",
    "One row per page, blog post, folder or the like that is there and that the filters leave out. No body stands here.",
    Grain.SPACE,
    Origin.FETCHED,
    ("content_id",),
    (
        key_column("content_id", "Id of the content."),
        CONTENT_TYPE,
        SPACE_KEY,
        text_column("title", "Title, for breadcrumbs and links."),
        text_column("status", "current or archived."),
        text_column("parent_id", "What it stands below."),
        text_column("parent_type", "page, folder, whiteboard, database or embed."),
        text_column("web_url", "Address for a browser, for links."),
        whole_column("version_number", "Number of the current version."),
        time_column("updated_at", "When the current version was made."),
        flag_column("is_ancestor", "Whether something that is kept stands below it."),
        json_column(
            "restrictions", "Its own restrictions, as rows of content_restrictions; null where they are not known."
        ),
    ),
    "operations",
)
