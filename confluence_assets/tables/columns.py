"""Columns by type, and those that many tables share."""

from typing import Any

from confluence_assets.tables.model import Column, ColumnType


def text_column(name: str, doc: str, **traits: Any) -> Column:
    return Column(name, ColumnType.STRING, doc, **traits)


def whole_column(name: str, doc: str, **traits: Any) -> Column:
    return Column(name, ColumnType.INTEGER, doc, **traits)


def flag_column(name: str, doc: str, **traits: Any) -> Column:
    return Column(name, ColumnType.BOOLEAN, doc, **traits)


def time_column(name: str, doc: str, **traits: Any) -> Column:
    return Column(name, ColumnType.TIMESTAMP, doc, **traits)


def texts_column(name: str, doc: str, **traits: Any) -> Column:
    return Column(name, ColumnType.STRINGS, doc, **traits)


def json_column(name: str, doc: str, **traits: Any) -> Column:
    return Column(name, ColumnType.JSON, doc, **traits)


def key_column(name: str, doc: str, column_type: ColumnType = ColumnType.STRING) -> Column:
    return Column(name, column_type, doc, nullable=False)


SYNCED = time_column("synced_at", "When this row was last written to the lake in its present form.", volatile=True)
SPACE_ID = text_column("space_id", "Id of the space; the identity of a space, which outlives its key.")
SPACE_KEY = text_column("space_key", "Key of the space.", nullable=False)
CONTENT_TYPE = text_column(
    "content_type", "page, blogpost, comment, attachment, folder, whiteboard, database, embed or a custom type."
)
ACL = text_column("acl_profile_id", "Who may read it: joins acl_profiles and acl_readers.", joined_from="content_acl")
MARKDOWN = text_column("body_markdown", "The body as GitHub-flavoured Markdown.", joined_from="documents")
WORDS = whole_column("word_count", "Words in body_markdown.", joined_from="documents")
STORAGE = text_column("body_storage", "The body in storage format, as Confluence sends it.", heavy=True)

VERSION = (
    whole_column("version_number", "Number of the current version. Deleting an old version lowers it."),
    text_column("version_author_id", "Account that made the current version."),
    text_column("version_message", "Message of the current version."),
    flag_column("version_minor_edit", "Whether the current version was a minor edit."),
    time_column("updated_at", "When the current version was made, by the site's clock."),
)
