"""Storage format to Markdown. Pure: knows nothing of HTTP, files or Dagster."""

from confluence_assets.convert.chunks import Chunk, chunk_markdown
from confluence_assets.convert.excerpts import Excerpt, extract_excerpts
from confluence_assets.convert.findings import (
    AttachmentReference,
    ConvertedDocument,
    Heading,
    Inclusion,
    Link,
    Mention,
)
from confluence_assets.convert.foreign import html_to_markdown
from confluence_assets.convert.markdown import convert_storage, storage_to_markdown
from confluence_assets.convert.resolver import (
    ConversionContext,
    IncludedBody,
    LinkTarget,
    Resolver,
    UnresolvedResolver,
    UserTarget,
)

__all__ = [
    "AttachmentReference",
    "Chunk",
    "ConversionContext",
    "ConvertedDocument",
    "Excerpt",
    "Heading",
    "IncludedBody",
    "Inclusion",
    "Link",
    "LinkTarget",
    "Mention",
    "Resolver",
    "UnresolvedResolver",
    "UserTarget",
    "chunk_markdown",
    "convert_storage",
    "extract_excerpts",
    "html_to_markdown",
    "storage_to_markdown",
]
