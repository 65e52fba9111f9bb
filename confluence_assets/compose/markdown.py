"""The call that turns Markdown into a body in storage format."""

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from confluence_assets.compose.blocks import Composer
from confluence_assets.compose.options import ComposeOptions
from confluence_assets.compose.storage import valid_characters, write_storage
from confluence_assets.errors import ConversionError

_DEEPEST = 100
_READ = _DEEPEST + 20
"""So deep the parser reads: it leaves out in silence what is deeper, so that this must be more than what is taken."""


def markdown_to_storage(markdown: str, *, options: ComposeOptions | None = None) -> str:
    """The GitHub-flavoured Markdown as well-formed storage format; "" where it shows nothing.

    `storage_to_markdown` reads back the same document: its own Markdown to the character, and other Markdown as the
    converter would have written it. References such as `confluence:page?space=KEY&title=…` become Confluence's own.
    Raises: ConversionError for what is nested bottomlessly.
    """
    tokens = _PARSER.parse(valid_characters(markdown))
    if any(token.level > _DEEPEST for token in tokens):
        raise ConversionError(
            f"The Markdown nests lists or quotes more than {_DEEPEST} levels deep.",
            hint="No page shows that; flatten it.",
        )
    tree = SyntaxTreeNode(tokens)
    return write_storage(Composer(options or ComposeOptions()).blocks(tree.children))


def _parser() -> MarkdownIt:
    """Addresses stay as they are written: what is unsafe among them is left out where links are made."""
    parser = MarkdownIt("commonmark", {"maxNesting": _READ}).enable(["table", "strikethrough"])
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    parser.normalizeLinkText = lambda link: link  # type: ignore[method-assign]
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    return parser


_PARSER = _parser()
