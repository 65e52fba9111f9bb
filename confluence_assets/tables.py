"""The data contract: every table, its key, its columns, and what each means.

Parquet schemas, DuckDB types and comments, Dagster column metadata and the data dictionary are all made from here.
This module must not know how rows are fetched or stored; it imports nothing but the standard library.

Conventions: ids are strings as Confluence sends them; `_at` is an aware UTC timestamp; `json` columns hold JSON text.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

Row: TypeAlias = dict[str, Any]
"""One row of a table: column name to value. Timestamps are aware UTC `datetime`, lists are `list[str]`, JSON is text."""


class ColumnType(StrEnum):
    """Logical types; `lake` maps them to Arrow and `warehouse` to DuckDB."""

    STRING = "string"
    INTEGER = "int64"
    FLOAT = "double"
    BOOLEAN = "bool"
    TIMESTAMP = "timestamp"
    STRINGS = "list<string>"
    JSON = "json"


class Origin(StrEnum):
    """Where a table's rows come from."""

    FETCHED = "fetched"
    DERIVED = "derived"
    RECORDED = "recorded"
    """Written by the sync about itself: `content_changes`, `sync_ledger`."""


class Grain(StrEnum):
    """How a table is laid out in the lake, and partitioned in Dagster."""

    SPACE = "space"
    """One Parquet file per space key; a Dagster partition per space key."""
    SITE = "site"
    """One Parquet file for the site."""
    DAY = "day"
    """One folder per UTC day; one unpartitioned asset."""
    RUN = "run"
    """One file a run, compacted by day; one unpartitioned asset."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    `heavy` columns (bodies) are compared through the version, not by value, so that a sweep needs no bodies.
    `volatile` columns (when we looked) never make a row "changed".
    `joined_from` names the derived table that holds a † column in Parquet; DuckDB joins it in.
    """

    name: str
    type: ColumnType
    doc: str
    nullable: bool = True
    heavy: bool = False
    volatile: bool = False
    joined_from: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One table: an asset, a Parquet dataset and a DuckDB table of the same name."""

    name: str
    doc: str
    grain: Grain
    origin: Origin
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    group: str
    opt_in: bool = False

    @property
    def stored_columns(self) -> tuple[Column, ...]:
        """The columns that stand in Parquet (those not joined in from a derived table)."""
        return tuple(column for column in self.columns if column.joined_from is None)

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column of that name. Raises: KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")


def _text(name: str, doc: str, **traits: Any) -> Column:
    return Column(name, ColumnType.STRING, doc, **traits)


def _whole(name: str, doc: str, **traits: Any) -> Column:
    return Column(name, ColumnType.INTEGER, doc, **traits)


def _flag(name: str, doc: str, **traits: Any) -> Column:
    return Column(name, ColumnType.BOOLEAN, doc, **traits)


def _time(name: str, doc: str, **traits: Any) -> Column:
    return Column(name, ColumnType.TIMESTAMP, doc, **traits)


def _texts(name: str, doc: str, **traits: Any) -> Column:
    return Column(name, ColumnType.STRINGS, doc, **traits)


def _json(name: str, doc: str, **traits: Any) -> Column:
    return Column(name, ColumnType.JSON, doc, **traits)


def _key(name: str, doc: str, column_type: ColumnType = ColumnType.STRING) -> Column:
    return Column(name, column_type, doc, nullable=False)


_SYNCED = _time("synced_at", "When this row was last written to the lake in its present form.", volatile=True)
_SPACE_ID = _text("space_id", "Id of the space; the identity of a space, which outlives its key.")
_SPACE_KEY = _text("space_key", "Key of the space.", nullable=False)
_CONTENT_TYPE = _text(
    "content_type", "page, blogpost, comment, attachment, folder, whiteboard, database, embed or a custom type."
)
_ACL = _text("acl_profile_id", "Who may read it: joins acl_profiles and acl_readers.", joined_from="content_acl")
_MARKDOWN = _text("body_markdown", "The body as GitHub-flavoured Markdown.", joined_from="documents")
_WORDS = _whole("word_count", "Words in body_markdown.", joined_from="documents")
_STORAGE = _text("body_storage", "The body in storage format, as Confluence sends it.", heavy=True)

_VERSION = (
    _whole("version_number", "Number of the current version. Deleting an old version lowers it."),
    _text("version_author_id", "Account that made the current version."),
    _text("version_message", "Message of the current version."),
    _flag("version_minor_edit", "Whether the current version was a minor edit."),
    _time("updated_at", "When the current version was made, by the site's clock."),
)


def _content_table(name: str, key: str, doc: str, *, tree: bool) -> Table:
    in_tree = (
        _text("parent_id", "Id of the parent; null at the root of a space."),
        _text("parent_type", "page, folder, whiteboard, database or embed."),
        _whole("position", "Order among the siblings."),
        _whole("depth", "Number of ancestors.", joined_from="documents"),
        _texts("ancestor_ids", "Ids from the root to the parent.", joined_from="documents"),
    )
    breadcrumb = _texts("breadcrumb", "Titles from the root to the parent.", joined_from="documents")
    columns = (
        _key(key, f"Id of the {doc}."),
        _SPACE_ID,
        _SPACE_KEY,
        _text("status", "current or archived."),
        *((_text("subtype", "live for a live doc, else null or page."),) if tree else ()),
        _text("title", "Title."),
        *(in_tree if tree else ()),
        _text("author_id", "Account that created it."),
        _text("owner_id", "Account that owns it, where the site says."),
        _time("created_at", "When it was created."),
        *_VERSION,
        _texts("labels", "Names of its labels, each once, sorted; prefixes stand in content_labels."),
        _text("web_url", "Address for a browser."),
        _STORAGE,
        *((breadcrumb,) if tree else ()),
        _MARKDOWN,
        _WORDS,
        _ACL,
        _SYNCED,
    )
    return Table(name, f"One row per {doc}.", Grain.SPACE, Origin.FETCHED, (key,), columns, "content")


def _node_table(name: str, singular: str, *extra: Column) -> Table:
    columns = (
        _key(f"{singular}_id", f"Id of the {singular}."),
        _SPACE_ID,
        _SPACE_KEY,
        _text("status", "current or archived."),
        _text("title", "Title."),
        _text("parent_id", "Id of the parent; null at the root of a space."),
        _text("parent_type", "page, folder, whiteboard, database or embed."),
        _whole("position", "Order among the siblings."),
        _text("author_id", "Account that created it."),
        _text("owner_id", "Account that owns it, where the site says."),
        _time("created_at", "When it was created."),
        _whole("version_number", "Number of the current version."),
        _time("updated_at", "When the current version was made."),
        *extra,
        _text("web_url", "Address for a browser."),
        _ACL,
        _SYNCED,
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


_SPACES = Table(
    "spaces",
    "One row per space that the account can see.",
    Grain.SITE,
    Origin.FETCHED,
    ("space_id",),
    (
        _key("space_id", "Id of the space; the identity of a space, which outlives its key."),
        _SPACE_KEY,
        _text("name", "Name."),
        _text("type", "global, personal, collaboration, knowledge_base, …"),
        _text("status", "current or archived."),
        _text("description", "Description as plain text."),
        _text("homepage_id", "Id of the home page."),
        _text("author_id", "Account that created the space."),
        _time("created_at", "When the space was created."),
        _text("web_url", "Address for a browser."),
        _whole("page_count", "Rows of this space in pages."),
        _whole("blogpost_count", "Rows of this space in blogposts."),
        _time("last_synced_at", "When all of this space's tables were last read to their end.", volatile=True),
        _SYNCED,
    ),
    "content",
)

_COMMENTS = Table(
    "comments",
    "One row per footer or inline comment, replies included.",
    Grain.SPACE,
    Origin.FETCHED,
    ("comment_id",),
    (
        _key("comment_id", "Id of the comment."),
        _text("comment_type", "footer or inline."),
        _text("container_id", "Id of the page, blog post, attachment or custom content that is commented."),
        _text("container_type", "page, blogpost, attachment or custom_content."),
        _text("parent_comment_id", "Comment that this one replies to."),
        _SPACE_KEY,
        _text("status", "current, archived, …"),
        _text("resolution_status", "open, reopened, resolved or dangling; inline comments only."),
        _text("inline_selection", "Text that an inline comment marks."),
        _text("inline_marker_ref", "Id of the marker in the page's storage format."),
        _text("author_id", "Account that made the current version."),
        _time("updated_at", "When the current version was made."),
        _whole("version_number", "Number of the current version."),
        _STORAGE,
        _MARKDOWN,
        _ACL,
        _text("web_url", "Address for a browser."),
        _SYNCED,
    ),
    "content",
)

_ATTACHMENTS = Table(
    "attachments",
    "One row per attached file: its newest version.",
    Grain.SPACE,
    Origin.FETCHED,
    ("attachment_id",),
    (
        _key("attachment_id", "Id of the attachment, as `att` and digits on Cloud."),
        _text("container_id", "Id of the page, blog post or custom content that holds the file."),
        _text("container_type", "page, blogpost or custom_content."),
        _SPACE_KEY,
        _text("status", "current or archived."),
        _text("filename", "File name."),
        _text("media_type", "Media type that Confluence stored."),
        _whole("file_size_bytes", "Size in bytes."),
        _text("file_id", "Id in the media service; used inside ADF bodies."),
        _text("comment", "Comment of the newest version."),
        _text("author_id", "Account that uploaded the newest version."),
        _time("created_at", "When the file was first uploaded."),
        _time("updated_at", "When the newest version was uploaded."),
        _whole("version_number", "Number of the newest version."),
        _text("download_url", "REST address of the bytes; answers only with credentials."),
        _text("web_url", "Address for a browser."),
        _text("sha256", "Hash of the downloaded bytes.", joined_from="attachment_texts"),
        _text(
            "file_path", "Path of the downloaded file, relative to the site's folder.", joined_from="attachment_texts"
        ),
        _ACL,
        _SYNCED,
    ),
    "content",
)

_ATTACHMENT_TEXTS = Table(
    "attachment_texts",
    "One row per downloaded version of a file, with its text where it could be read.",
    Grain.SPACE,
    Origin.DERIVED,
    ("attachment_id", "version_number"),
    (
        _key("attachment_id", "Id of the attachment."),
        _key("version_number", "Version of the file.", ColumnType.INTEGER),
        _SPACE_KEY,
        _text("text_markdown", "Text of the file as Markdown.", heavy=True),
        _whole("character_count", "Characters of text_markdown."),
        _text(
            "status",
            "read; kept (downloaded, text not asked for); unsupported, unreadable or not_installed (downloaded, no text); "
            "waiting (download failed, tried again) or failed.",
        ),
        _text("extractor", "Library and version that read the text."),
        _text("error", "Why there is no text, or not all of it."),
        _text("sha256", "Hash of the downloaded bytes."),
        _text("file_path", "Path of the file, relative to the site's folder."),
    ),
    "documents",
)

_CONTENT_LABELS = Table(
    "content_labels",
    "One row per label on a page, blog post, attachment or custom content.",
    Grain.SPACE,
    Origin.FETCHED,
    ("content_id", "prefix", "name"),
    (
        _key("content_id", "Id of the labelled content."),
        _key("prefix", "global, my, team or system."),
        _key("name", "Name of the label."),
        _CONTENT_TYPE,
        _SPACE_KEY,
        _text("label_id", "Id of the label."),
        _SYNCED,
    ),
    "content",
)

_CONTENT_PROPERTIES = Table(
    "content_properties",
    "One row per content property, for the configured keys.",
    Grain.SPACE,
    Origin.FETCHED,
    ("content_id", "key"),
    (
        _key("content_id", "Id of the content that carries the property."),
        _key("key", "Key of the property."),
        _CONTENT_TYPE,
        _SPACE_KEY,
        _text("property_id", "Id of the property."),
        _json("value", "Value, as JSON."),
        _whole("version_number", "Version of the property."),
        _SYNCED,
    ),
    "content",
)

_CONTENT_VERSIONS = Table(
    "content_versions",
    "One row per version of a page or blog post. Opt-in: one request a page.",
    Grain.SPACE,
    Origin.FETCHED,
    ("content_id", "version_number"),
    (
        _key("content_id", "Id of the page or blog post."),
        _key("version_number", "Number of the version.", ColumnType.INTEGER),
        _CONTENT_TYPE,
        _SPACE_KEY,
        _text("author_id", "Account that made the version."),
        _time("created_at", "When the version was made."),
        _text("message", "Message of the version."),
        _flag("minor_edit", "Whether it was a minor edit."),
        _SYNCED,
    ),
    "content",
    opt_in=True,
)

_CONTENT_LIKES = Table(
    "content_likes",
    "One row per like of a page or blog post. Opt-in: one request a page.",
    Grain.SPACE,
    Origin.FETCHED,
    ("content_id", "account_id"),
    (
        _key("content_id", "Id of the page or blog post."),
        _key("account_id", "Account that likes it."),
        _CONTENT_TYPE,
        _SPACE_KEY,
        _SYNCED,
    ),
    "content",
    opt_in=True,
)

_CUSTOM_CONTENT = Table(
    "custom_content",
    "One row per custom content of the configured types.",
    Grain.SPACE,
    Origin.FETCHED,
    ("custom_content_id",),
    (
        _key("custom_content_id", "Id of the custom content."),
        _text("type", "Type, as `ac:<app>:<module>` or `forge:<app>:…`."),
        _SPACE_ID,
        _SPACE_KEY,
        _text("container_id", "Id of the page, blog post, custom content or space that holds it."),
        _text("container_type", "page, blogpost, custom_content or space."),
        _text("title", "Title."),
        _text("status", "current or archived."),
        _text("body_raw", "The body as the app stored it.", heavy=True),
        _text("author_id", "Account that created it."),
        _time("created_at", "When it was created."),
        _time("updated_at", "When the current version was made."),
        _whole("version_number", "Number of the current version."),
        _text("web_url", "Address for a browser."),
        _ACL,
        _SYNCED,
    ),
    "content",
)

_TASKS = Table(
    "tasks",
    "One row per task (a tick box in a page or blog post).",
    Grain.SPACE,
    Origin.FETCHED,
    ("task_id",),
    (
        _key("task_id", "Id of the task."),
        _text("local_id", "Id of the task within its page."),
        _SPACE_ID,
        _SPACE_KEY,
        _text("page_id", "Page that holds the task."),
        _text("blogpost_id", "Blog post that holds the task."),
        _text("status", "incomplete or complete."),
        _text("body_markdown", "Text of the task as Markdown."),
        _text("created_by", "Account that wrote the task."),
        _text("assigned_to", "Account that is to do it."),
        _text("completed_by", "Account that ticked it."),
        _time("created_at", "When it was written."),
        _time("updated_at", "When it last changed."),
        _time("due_at", "When it is due."),
        _time("completed_at", "When it was ticked."),
        _SYNCED,
    ),
    "content",
)

_SPACE_PERMISSIONS = Table(
    "space_permissions",
    "One row per permission that a space grants to a principal.",
    Grain.SPACE,
    Origin.FETCHED,
    ("space_id", "principal_type", "principal_id", "operation", "target_type"),
    (
        _key("space_id", "Id of the space."),
        _key("principal_type", "user, group, role, access_class or anonymous."),
        _key("principal_id", "Account id, group id, role id or name of the access class; `anonymous` for anonymous."),
        _key("operation", "read, create, delete, administer, …"),
        _key("target_type", "space, page, blogpost, comment, attachment, …"),
        _SPACE_KEY,
        _SYNCED,
    ),
    "access",
)

_SPACE_ROLE_ASSIGNMENTS = Table(
    "space_role_assignments",
    "One row per role that a space gives to a principal.",
    Grain.SPACE,
    Origin.FETCHED,
    ("space_id", "principal_type", "principal_id", "role_id"),
    (
        _key("space_id", "Id of the space."),
        _key("principal_type", "user, group or access_class."),
        _key("principal_id", "Account id, group id or name of the access class."),
        _key("role_id", "Id of the role."),
        _SPACE_KEY,
        _text("role_name", "Name of the role."),
        _texts("permissions", "What the role allows, as `operation/target`; sorted."),
        _SYNCED,
    ),
    "access",
)

_CONTENT_RESTRICTIONS = Table(
    "content_restrictions",
    "One row per principal named in a content's own restriction.",
    Grain.SPACE,
    Origin.FETCHED,
    ("content_id", "operation", "principal_type", "principal_id"),
    (
        _key("content_id", "Id of the restricted content."),
        _key("operation", "read or update."),
        _key("principal_type", "user, group, or unknown where the restriction could not be read."),
        _key("principal_id", "Account id or group id; `unknown` where the restriction could not be read."),
        _CONTENT_TYPE,
        _SPACE_KEY,
        _text("principal_name", "Name of the principal when it was read."),
        _SYNCED,
    ),
    "access",
)

_USERS = Table(
    "users",
    "One row per account that a current row or a group names.",
    Grain.SITE,
    Origin.FETCHED,
    ("account_id",),
    (
        _key("account_id", "Account id; on Data Center the user key."),
        _text("account_type", "atlassian, app, customer or unknown."),
        _text("account_status", "active, inactive, closed or unknown."),
        _text("display_name", "Name as shown."),
        _text("public_name", "Public name."),
        _text("username", "User name; Data Center only."),
        _text("email", "E-mail address, where the account lets us see it."),
        _flag("email_hidden", "True where the e-mail address is not visible to this account."),
        _text("time_zone", "Time zone, where visible."),
        _flag("is_external", "Whether it is an external collaborator (guest)."),
        _SYNCED,
    ),
    "people",
)

_GROUPS = Table(
    "groups",
    "One row per group.",
    Grain.SITE,
    Origin.FETCHED,
    ("group_id",),
    (
        _key("group_id", "Id of the group; on Data Center its name."),
        _text("name", "Name."),
        _text("managed_by", "ADMINS, EXTERNAL, TEAM_MEMBERS or OPEN."),
        _text("usage_type", "USERBASE_GROUP or TEAM_COLLABORATION."),
        _texts("access_types", "Which of user, admin and site-admin the group gives; sorted."),
        _SYNCED,
    ),
    "people",
)

_GROUP_MEMBERS = Table(
    "group_members",
    "One row per account in a group.",
    Grain.SITE,
    Origin.FETCHED,
    ("group_id", "account_id"),
    (_key("group_id", "Id of the group."), _key("account_id", "Account id."), _SYNCED),
    "people",
)

_AUDIT_RECORDS = Table(
    "audit_records",
    "One row per record of the site's audit log.",
    Grain.DAY,
    Origin.FETCHED,
    ("record_id",),
    (
        _key("record_id", "SHA-256 of the record: the log has no ids."),
        _time("created_at", "When it happened."),
        _text("author_id", "Account that did it."),
        _text("author_name", "Name of that account at the time."),
        _text("remote_address", "Address that it came from."),
        _text("category", "Category."),
        _text("summary", "What happened."),
        _text("description", "More of it."),
        _text("affected_object_type", "Kind of the object."),
        _text("affected_object_name", "Name of the object."),
        _json("changed_values", "List of `{name, oldValue, newValue}`."),
        _json("associated_objects", "List of `{name, objectType}`."),
        _SYNCED,
    ),
    "people",
)

_CONTENT_CHANGES = Table(
    "content_changes",
    "One row per change that a sync saw. Append-only.",
    Grain.RUN,
    Origin.RECORDED,
    ("change_id",),
    (
        _key("change_id", "Hash of what changed, so that a repeated run makes the same id."),
        _text("content_id", "Id of the content."),
        _CONTENT_TYPE,
        _text("space_key", "Key of the space that it was in."),
        _text(
            "change",
            "created, updated, moved, renamed, relabelled, restricted, resolved, archived, trashed, restored, gone or out_of_scope.",
        ),
        _json("from_value", "What it was."),
        _json("to_value", "What it is."),
        _time("source_at", "When the site says that it happened, where it says."),
        _time("detected_at", "When the sync saw it."),
        _text("run_id", "Run that saw it."),
    ),
    "operations",
)

_SYNC_LEDGER = Table(
    "sync_ledger",
    "One row per run, table and space: what was asked for, what came, what was done.",
    Grain.RUN,
    Origin.RECORDED,
    ("run_id", "table_name", "space_key"),
    (
        _key("run_id", "Id of the run."),
        _key("table_name", "Table."),
        _key("space_key", "Space key; empty for tables of the whole site."),
        _text("mode", "full, incremental or content."),
        _time("started_at", "When the run began."),
        _time("finished_at", "When this table of this space was done."),
        _whole("expected", "Rows that the site said it has, where it says."),
        _whole("received", "Rows that came."),
        _whole("upserted", "Rows added or changed."),
        _whole("unchanged", "Rows that were the same."),
        _whole("removed", "Rows that left."),
        _whole("skipped", "Rows that came and could not be placed; the cause stands in error."),
        _whole("requests", "Requests made for this table; shared requests count where they were made first."),
        _whole("retries", "Requests that were made again."),
        Column("throttled_seconds", ColumnType.FLOAT, "Seconds waited because of rate limits."),
        _text("error", "Why it is not complete; null where all is well."),
    ),
    "operations",
)

_DOCUMENTS = Table(
    "documents",
    "One row per page, blog post or comment: its Markdown and its place in the tree.",
    Grain.SPACE,
    Origin.DERIVED,
    ("content_id",),
    (
        _key("content_id", "Id of the content."),
        _CONTENT_TYPE,
        _SPACE_KEY,
        _text("title", "Title."),
        _texts("breadcrumb", "Titles from the root to the parent."),
        _texts("ancestor_ids", "Ids from the root to the parent."),
        _whole("depth", "Number of ancestors."),
        _text("body_markdown", "The body as GitHub-flavoured Markdown.", heavy=True),
        _whole("word_count", "Words in body_markdown."),
        _whole("version_number", "Version that was converted."),
        _text("conversion_error", "Why there is no Markdown."),
        _text(
            "made_from",
            "Digest of the version and of what its references led to; where it differs, the body is converted again.",
        ),
        _json("lookups", "The references that were looked up, in order."),
    ),
    "documents",
)

_CONTENT_LINKS = Table(
    "content_links",
    "One row per link in a body, in order.",
    Grain.SPACE,
    Origin.DERIVED,
    ("source_id", "link_index"),
    (
        _key("source_id", "Id of the content that holds the link."),
        _key("link_index", "Position among its links, from 0.", ColumnType.INTEGER),
        _text("source_type", "Type of the content that holds the link."),
        _SPACE_KEY,
        _text("target_type", "page, blogpost, attachment, space, user, anchor, external or include."),
        _text("target_id", "Id of the target, where it is known."),
        _text("target_space_key", "Space of the target."),
        _text("target_title", "Title of the target, as the link names it."),
        _text("url", "Address of the target."),
        _text("anchor", "Anchor in the target."),
        _text("link_text", "Text of the link."),
        _flag("is_broken", "Whether the target is not in the lake although its space is."),
    ),
    "documents",
)

_CONTENT_CHUNKS = Table(
    "content_chunks",
    "One row per piece of a document, cut by heading, for search.",
    Grain.SPACE,
    Origin.DERIVED,
    ("content_id", "chunk_index"),
    (
        _key("content_id", "Id of the content."),
        _key("chunk_index", "Position in the document, from 0.", ColumnType.INTEGER),
        _CONTENT_TYPE,
        _SPACE_KEY,
        _texts("heading_path", "Headings above the piece."),
        _text("text", "Markdown of the piece."),
        _whole("token_estimate", "Estimated number of tokens."),
        _ACL,
    ),
    "documents",
)

_CONTENT_ACL = Table(
    "content_acl",
    "One row per content: the access profile that it has.",
    Grain.SPACE,
    Origin.DERIVED,
    ("content_id",),
    (
        _key("content_id", "Id of the content."),
        _CONTENT_TYPE,
        _SPACE_KEY,
        _text("acl_profile_id", "Who may read it: joins acl_profiles and acl_readers."),
    ),
    "access",
)

_ACL_PROFILES = Table(
    "acl_profiles",
    "One row per principal in a layer of an access profile. A reader must be let in by every layer.",
    Grain.SPACE,
    Origin.DERIVED,
    ("acl_profile_id", "layer_index", "principal_type", "principal_id"),
    (
        _key("acl_profile_id", "Hash of the layers."),
        _key("layer_index", "0 for the space, then from the root to the content.", ColumnType.INTEGER),
        _key("principal_type", "user, group, role, access_class, anonymous, or none for a layer that lets nobody in."),
        _key("principal_id", "Id of the principal; `none` for a layer that lets nobody in."),
        _SPACE_KEY,
        _text("layer_source_type", "space, or the type of the restricted content."),
        _text("layer_source_id", "Id of the space or of the restricted content."),
        _flag("is_complete", "False where the layer holds a principal that could not be resolved."),
        _flag("is_decidable", "False where a layer could not be read: the profile lets nobody in."),
        _text("cause", "Why it is not complete or not decidable."),
    ),
    "access",
)

_ACL_READERS = Table(
    "acl_readers",
    "One row per account that an access profile lets in, once groups are resolved.",
    Grain.SPACE,
    Origin.DERIVED,
    ("acl_profile_id", "principal_type", "principal_id"),
    (
        _key("acl_profile_id", "Access profile."),
        _key("principal_type", "user, or anonymous."),
        _key("principal_id", "Account id; `anonymous` for anonymous."),
        _SPACE_KEY,
    ),
    "access",
)

TABLES: tuple[Table, ...] = (
    _SPACES,
    _content_table("pages", "page_id", "page", tree=True),
    _content_table("blogposts", "blogpost_id", "blog post", tree=False),
    _COMMENTS,
    _ATTACHMENTS,
    _ATTACHMENT_TEXTS,
    _CONTENT_LABELS,
    _CONTENT_PROPERTIES,
    _CONTENT_VERSIONS,
    _CONTENT_LIKES,
    _CUSTOM_CONTENT,
    _TASKS,
    _node_table("folders", "folder"),
    _node_table("whiteboards", "whiteboard"),
    _node_table("databases", "database"),
    _node_table("embeds", "embed", _text("embed_url", "Address that is embedded.")),
    _SPACE_PERMISSIONS,
    _SPACE_ROLE_ASSIGNMENTS,
    _CONTENT_RESTRICTIONS,
    _USERS,
    _GROUPS,
    _GROUP_MEMBERS,
    _AUDIT_RECORDS,
    _CONTENT_CHANGES,
    _SYNC_LEDGER,
    _DOCUMENTS,
    _CONTENT_LINKS,
    _CONTENT_CHUNKS,
    _CONTENT_ACL,
    _ACL_PROFILES,
    _ACL_READERS,
)
"""Every table, in the order in which people read them."""

TABLES_BY_NAME: dict[str, Table] = {table.name: table for table in TABLES}

NODE_TABLES: dict[str, str] = {
    "folder": "folders",
    "whiteboard": "whiteboards",
    "database": "databases",
    "embed": "embeds",
}
"""Content types of the tree that are neither pages nor blog posts, and their tables."""


def tables_of(*, origin: Origin | None = None, grain: Grain | None = None) -> tuple[Table, ...]:
    """The tables of that origin and grain, in reading order."""
    return tuple(
        table
        for table in TABLES
        if (origin is None or table.origin is origin) and (grain is None or table.grain is grain)
    )


def key_of(table: Table, row: Row) -> tuple[Any, ...]:
    """The row's key values, in the order of `table.key`."""
    return tuple(row[name] for name in table.key)


def sort_key(key: Iterable[Any]) -> tuple[Any, ...]:
    """The order of rows in a file: by length and then by text, so that decimal ids stand in numeric order."""
    return tuple((len(part), part) if isinstance(part, str) else part for part in key)
