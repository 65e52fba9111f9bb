"""The two calls that turn a body in storage format into Markdown."""

import re

from confluence_assets.convert import atlassian, html_elements, links, macros, tables
from confluence_assets.convert.converter import Converter, EndHandler, Handlers, StartHandler
from confluence_assets.convert.findings import ConvertedDocument, Findings
from confluence_assets.convert.resolver import ConversionContext, Resolver, UnresolvedResolver

_MODULES = (html_elements, tables, atlassian, links, macros)
_STARTS: dict[str, StartHandler] = {tag: handler for module in _MODULES for tag, handler in module.STARTS.items()}
_ENDS: dict[str, EndHandler] = {tag: handler for module in _MODULES for tag, handler in module.ENDS.items()}
_HANDLERS: dict[str, Handlers] = {tag: (_STARTS.get(tag), _ENDS.get(tag)) for tag in {*_STARTS, *_ENDS}}

_UNRESOLVED, _NOWHERE = UnresolvedResolver(), ConversionContext()

_UNSEEN = re.compile(r"<!--.*?-->|</?[a-z][^<>]*>|\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*\)", re.DOTALL)
_WORD = re.compile(r"[^\W_]+(?:['’.,_-][^\W_]+)*")
_CHARACTER_WORDS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


def storage_to_markdown(
    storage: str, *, resolver: Resolver | None = None, context: ConversionContext | None = None
) -> str:
    """The body as GitHub-flavoured Markdown; "" where it shows nothing.

    Any text gives an answer, in time linear in its size: what is malformed is read as a browser would.
    Without a resolver, references stand as `confluence:page?space=KEY&title=…` and files by their names.
    """
    return _converter(resolver, context).convert(storage)


def convert_storage(
    storage: str, *, resolver: Resolver | None = None, context: ConversionContext | None = None
) -> ConvertedDocument:
    """As `storage_to_markdown`, with the links, inclusions, mentions, files and headings that it holds."""
    findings = Findings()
    markdown = _converter(resolver, context, findings).convert(storage)
    return ConvertedDocument(
        markdown=markdown,
        word_count=count_words(markdown),
        links=tuple(findings.links),
        inclusions=tuple(findings.inclusions),
        mentions=tuple(findings.mentions),
        attachments=tuple(findings.attachments),
        headings=tuple(findings.headings),
    )


def count_words(markdown: str) -> int:
    """Words that a reader sees; Chinese and Japanese characters count one each."""
    text = _UNSEEN.sub(" ", markdown)
    characters = len(_CHARACTER_WORDS.findall(text))
    if characters:
        text = _CHARACTER_WORDS.sub(" ", text)
    return characters + len(_WORD.findall(text))


def _converter(
    resolver: Resolver | None, context: ConversionContext | None, findings: Findings | None = None
) -> Converter:
    return Converter(resolver or _UNRESOLVED, context or _NOWHERE, _HANDLERS, findings)
