"""Contents: spaces, pages, blog posts, comments, files, marks, tasks, and the other nodes of the tree."""

from confluence_assets.tables.columns import (
    ACL,
    CONTENT_TYPE,
    MARKDOWN,
    SPACE_ID,
    SPACE_KEY,
    STORAGE,
    SYNCED,
    VERSION,
    WORDS,
    flag_column,
    json_column,
    key_column,
    text_column,
    texts_column,
    time_column,
    whole_column,
)
from confluence_assets.tables.model import Column, ColumnType, Grain, Origin, Table


def content_table(name: str, key: str, doc: str, *, tree: bool) -> Table:
    in_tree = (
        text_column("parent_id", "Id of the parent; null at the root of a space."),
        text_column("parent_type", "page, folder, whiteboard, database or embed."),
        whole_column("position", "Order among the siblings."),
        whole_column("depth", "Number of ancestors.", joined_from="documents"),
        texts_column("ancestor_ids", "Ids from the root to the parent.", joined_from="documents"),
    )
    breadcrumb = texts_column("breadcrumb", "Titles from the root to the parent.", joined_from="documents")
    columns = (
        key_column(key, f"Id of the {doc}."),
        SPACE_ID,
        SPACE_KEY,
        text_column("status", "current or archived."),
        *((text_column("subtype", "live for a live doc, else null or page."),) if tree else ()),
        text_column("title", "Title."),
        *(in_tree if tree else ()),
        text_column("author_id", "Account that created it."),
        text_column("owner_id", "Account that owns it, where the site says."),
        time_column("created_at", "When it was created."),
        *VERSION,
        texts_column("labels", "Names of its labels, each once, sorted; prefixes stand in content_labels."),
        text_column("web_url", "Address for a browser."),
        STORAGE,
        *((breadcrumb,) if tree else ()),
        MARKDOWN,
        WORDS,
        ACL,
        SYNCED,
    )
    return Table(name, f"One row per {doc}.", Grain.SPACE, Origin.FETCHED, (key,), columns, "content")


def node_table(name: str, singular: str, *extra: Column) -> Table:
    columns = (
        key_column(f"{singular}_id", f"Id of the {singular}."),
        SPACE_ID,
        SPACE_KEY,
        text_column("status", "current or archived."),
        text_column("title", "Title."),
        text_column("parent_id", "Id of the parent; null at the root of a space."),
        text_column("parent_type", "page, folder, whiteboard, database or embed."),
        whole_column("position", "Order among the siblings."),
        text_column("author_id", "Account that created it."),
        text_column("owner_id", "Account that owns it, where the site says."),
        time_column("created_at", "When it was created."),
        whole_column("version_number", "Number of the current version."),
        time_column("updated_at", "When the current version was made."),
        *extra,
        text_column("web_url", "Address for a browser."),
        ACL,
        SYNCED,
    )
    return Table(
        name,
        f"One row per {singular} in the content tree.",
        Grain.SPACE,
        Origin.FETCHED,
        (f"{singular}_id",),
        columns,
        "content",
    )


SPACES = Table(
    "spaces",
    "One row per space that the account can see.",
    Grain.SITE,
    Origin.FETCHED,
    ("space_id",),
    (
        key_column("space_id", "Id of the space; the identity of a space, which outlives its key."),
        SPACE_KEY,
        text_column("name", "Name."),
        text_column("type", "global, personal, collaboration, knowledge_base, …"),
        text_column("status", "current or archived."),
        text_column("description", "Description as plain text."),
        text_column("homepage_id", "Id of the home page."),
        text_column("author_id", "Account that created the space."),
        time_column("created_at", "When the space was created."),
        text_column("web_url", "Address for a browser."),
        whole_column("page_count", "Rows of this space in pages."),
        whole_column("blogpost_count", "Rows of this space in blogposts."),
        time_column("last_synced_at", "When all of this space's tables were last read to their end.", volatile=True),
        SYNCED,
    ),
    "content",
)


COMMENTS = Table(
    "comments",
    "One row per footer or inline comment, replies included.",
    Grain.SPACE,
    Origin.FETCHED,
    ("comment_id",),
    (
        key_column("comment_id", "Id of the comment."),
        text_column("comment_type", "footer or inline."),
        text_column("container_id", "Id of the page, blog post, attachment or custom content that is commented."),
        text_column("container_type", "page, blogpost, attachment or custom_content."),
        text_column("parent_comment_id", "Comment that this one replies to."),
        SPACE_KEY,
        text_column("status", "current, archived, …"),
        text_column("resolution_status", "open, reopened, resolved or dangling; inline comments only."),
        text_column("inline_selection", "Text that an inline comment marks."),
        text_column("inline_marker_ref", "Id of the marker in the page's storage format."),
        text_column("author_id", "Account that made the current version."),
        time_column("updated_at", "When the current version was made."),
        whole_column("version_number", "Number of the current version."),
        STORAGE,
        MARKDOWN,
        ACL,
        text_column("web_url", "Address for a browser."),
        SYNCED,
    ),
    "content",
)


ATTACHMENTS = Table(
    "attachments",
    "One row per attached file: its newest version.",
    Grain.SPACE,
    Origin.FETCHED,
    ("attachment_id",),
    (
        key_column("attachment_id", "Id of the attachment, as `att` and digits on Cloud."),
        text_column("container_id", "Id of the page, blog post or custom content that holds the file."),
        text_column("container_type", "page, blogpost or custom_content."),
        SPACE_KEY,
        text_column("status", "current or archived."),
        text_column("filename", "File name."),
        text_column("media_type", "Media type that Confluence stored."),
        whole_column("file_size_bytes", "Size in bytes."),
        text_column("file_id", "Id in the media service; used inside ADF bodies."),
        text_column("comment", "Comment of the newest version."),
        text_column("author_id", "Account that uploaded the newest version."),
        time_column("created_at", "When the file was first uploaded."),
        time_column("updated_at", "When the newest version was uploaded."),
        whole_column("version_number", "Number of the newest version."),
        text_column("download_url", "REST address of the bytes; answers only with credentials."),
        text_column("web_url", "Address for a browser."),
        text_column("sha256", "Hash of the downloaded bytes.", joined_from="attachment_texts"),
        text_column(
            "file_path", "Path of the downloaded file, relative to the site's folder.", joined_from="attachment_texts"
        ),
        ACL,
        SYNCED,
    ),
    "content",
)


CONTENT_LABELS = Table(
    "content_labels",
    "One row per label on a page, blog post, attachment or custom content.",
    Grain.SPACE,
    Origin.FETCHED,
    ("content_id", "prefix", "name"),
    (
        key_column("content_id", "Id of the labelled content."),
        key_column("prefix", "global, my, team or system."),
        key_column("name", "Name of the label."),
        CONTENT_TYPE,
        SPACE_KEY,
        text_column("label_id", "Id of the label."),
        SYNCED,
    ),
    "content",
)


CONTENT_PROPERTIES = Table(
    "content_properties",
    "One row per content property, for the configured keys.",
    Grain.SPACE,
    Origin.FETCHED,
    ("content_id", "key"),
    (
        key_column("content_id", "Id of the content that carries the property."),
        key_column("key", "Key of the property."),
        CONTENT_TYPE,
        SPACE_KEY,
        text_column("property_id", "Id of the property."),
        json_column("value", "Value, as JSON."),
        whole_column("version_number", "Version of the property."),
        SYNCED,
    ),
    "content",
)


CONTENT_VERSIONS = Table(
    "content_versions",
    "One row per version of a page or blog post. Opt-in: one request a page.",
    Grain.SPACE,
    Origin.FETCHED,
    ("content_id", "version_number"),
    (
        key_column("content_id", "Id of the page or blog post."),
        key_column("version_number", "Number of the version.", ColumnType.INTEGER),
        CONTENT_TYPE,
        SPACE_KEY,
        text_column("author_id", "Account that made the version."),
        time_column("created_at", "When the version was made."),
        text_column("message", "Message of the version."),
        flag_column("minor_edit", "Whether it was a minor edit."),
        SYNCED,
    ),
    "content",
    opt_in=True,
)


CONTENT_LIKES = Table(
    "content_likes",
    "One row per like of a page or blog post. Opt-in: one request a page.",
    Grain.SPACE,
    Origin.FETCHED,
    ("content_id", "account_id"),
    (
        key_column("content_id", "Id of the page or blog post."),
        key_column("account_id", "Account that likes it."),
        CONTENT_TYPE,
        SPACE_KEY,
        SYNCED,
    ),
    "content",
    opt_in=True,
)


CUSTOM_CONTENT = Table(
    "custom_content",
    "One row per custom content of the configured types.",
    Grain.SPACE,
    Origin.FETCHED,
    ("custom_content_id",),
    (
        key_column("custom_content_id", "Id of the custom content."),
        text_column("type", "Type, as `ac:<app>:<module>` or `forge:<app>:…`."),
        SPACE_ID,
        SPACE_KEY,
        text_column("container_id", "Id of the page, blog post, custom content or space that holds it."),
        text_column("container_type", "page, blogpost, custom_content or space."),
        text_column("title", "Title."),
        text_column("status", "current or archived."),
        text_column("body_raw", "The body as the app stored it.", heavy=True),
        text_column("author_id", "Account that created it."),
        time_column("created_at", "When it was created."),
        time_column("updated_at", "When the current version was made."),
        whole_column("version_number", "Number of the current version."),
        text_column("web_url", "Address for a browser."),
        ACL,
        SYNCED,
    ),
    "content",
)


TASKS = Table(
    "tasks",
    "One row per task (a tick box in a page or blog post).",
    Grain.SPACE,
    Origin.FETCHED,
    ("task_id",),
    (
        key_column("task_id", "Id of the task."),
        text_column("local_id", "Id of the task within its page."),
        SPACE_ID,
        SPACE_KEY,
        text_column("page_id", "Page that holds the task."),
        text_column("blogpost_id", "Blog post that holds the task."),
        text_column("status", "incomplete or complete."),
        text_column("body_markdown", "Text of the task as Markdown."),
        text_column("created_by", "Account that wrote the task."),
        text_column("assigned_to", "Account that is to do it."),
        text_column("completed_by", "Account that ticked it."),
        time_column("created_at", "When it was written."),
        time_column("updated_at", "When it last changed."),
        time_column("due_at", "When it is due."),
        time_column("completed_at", "When it was ticked."),
        SYNCED,
    ),
    "content",
)
