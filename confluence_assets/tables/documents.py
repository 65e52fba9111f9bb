"""What is made of bodies and files: Markdown, links, chunks, texts."""

from confluence_assets.tables.columns import (
    ACL,
    CONTENT_TYPE,
    SPACE_KEY,
    flag_column,
    json_column,
    key_column,
    text_column,
    texts_column,
    whole_column,
)
from confluence_assets.tables.model import ColumnType, Grain, Origin, Table

ATTACHMENT_TEXTS = Table(
    "attachment_texts",
    "One row per downloaded version of a file, with its text where it could be read.",
    Grain.SPACE,
    Origin.DERIVED,
    ("attachment_id", "version_number"),
    (
        key_column("attachment_id", "Id of the attachment."),
        key_column("version_number", "Version of the file.", ColumnType.INTEGER),
        SPACE_KEY,
        text_column("text_markdown", "Text of the file as Markdown.", heavy=True),
        whole_column("character_count", "Characters of text_markdown."),
        text_column(
            "status",
            "read; kept (downloaded, text not asked for); unsupported, unreadable or not_installed (downloaded, no text); "
            "waiting (download failed, tried again) or failed.",
        ),
        text_column("extractor", "Library and version that read the text."),
        text_column("error", "Why there is no text, or not all of it."),
        text_column("sha256", "Hash of the downloaded bytes."),
        text_column("file_path", "Path of the file, relative to the site's folder."),
    ),
    "documents",
)


DOCUMENTS = Table(
    "documents",
    "One row per page, blog post or comment: its Markdown and its place in the tree.",
    Grain.SPACE,
    Origin.DERIVED,
    ("content_id",),
    (
        key_column("content_id", "Id of the content."),
        CONTENT_TYPE,
        SPACE_KEY,
        text_column("title", "Title."),
        texts_column("breadcrumb", "Titles from the root to the parent."),
        texts_column("ancestor_ids", "Ids from the root to the parent."),
        whole_column("depth", "Number of ancestors."),
        text_column("body_markdown", "The body as GitHub-flavoured Markdown.", heavy=True),
        whole_column("word_count", "Words in body_markdown."),
        whole_column("version_number", "Version that was converted."),
        text_column("conversion_error", "Why there is no Markdown."),
        text_column(
            "made_from",
            "Digest of the version and of what its references led to; where it differs, the body is converted again.",
        ),
        json_column("lookups", "The references that were looked up, in order."),
    ),
    "documents",
)


CONTENT_LINKS = Table(
    "content_links",
    "One row per link in a body, in order.",
    Grain.SPACE,
    Origin.DERIVED,
    ("source_id", "link_index"),
    (
        key_column("source_id", "Id of the content that holds the link."),
        key_column("link_index", "Position among its links, from 0.", ColumnType.INTEGER),
        text_column("source_type", "Type of the content that holds the link."),
        SPACE_KEY,
        text_column("target_type", "page, blogpost, attachment, space, user, anchor, external or include."),
        text_column("target_id", "Id of the target, where it is known."),
        text_column("target_space_key", "Space of the target."),
        text_column("target_title", "Title of the target, as the link names it."),
        text_column("url", "Address of the target."),
        text_column("anchor", "Anchor in the target."),
        text_column("link_text", "Text of the link."),
        flag_column("is_broken", "Whether the target is not in the lake although its space is."),
    ),
    "documents",
)


CONTENT_CHUNKS = Table(
    "content_chunks",
    "One row per piece of a document, cut by heading, for search.",
    Grain.SPACE,
    Origin.DERIVED,
    ("content_id", "chunk_index"),
    (
        key_column("content_id", "Id of the content."),
        key_column("chunk_index", "Position in the document, from 0.", ColumnType.INTEGER),
        CONTENT_TYPE,
        SPACE_KEY,
        texts_column("heading_path", "Headings above the piece."),
        text_column("text", "Markdown of the piece."),
        whole_column("token_estimate", "Estimated number of tokens."),
        ACL,
    ),
    "documents",
)
