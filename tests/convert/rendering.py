"""Markdown rendered by `markdown-it-py`, and what a reader sees of it."""

import re

from lxml import html as lxml_html
from markdown_it import MarkdownIt
from mdit_py_plugins.tasklists import tasklists_plugin

_RENDERER = MarkdownIt("commonmark", {"maxNesting": 500}).enable(["table", "strikethrough"]).use(tasklists_plugin)
_ALERT = re.compile(r"\[!(?:NOTE|TIP|WARNING|CAUTION|IMPORTANT)\]")


def render(markdown: str) -> lxml_html.HtmlElement:
    """The page as elements."""
    rendered = _ALERT.sub("", _RENDERER.render(markdown))
    return lxml_html.fromstring(f"<body>{rendered}</body>")


def without_spaces(text: str) -> str:
    return re.sub(r"\s+", "", text)


def page_text(page: lxml_html.HtmlElement) -> str:
    """All text in order, without white space, comments and the boxes of tasks."""
    return without_spaces("".join(page.itertext()))


def code_blocks(page: lxml_html.HtmlElement) -> list[str]:
    return ["".join(block.itertext()).removesuffix("\n") for block in page.iter("pre")]


def link_targets(page: lxml_html.HtmlElement) -> list[str]:
    return [link.get("href") for link in page.iter("a") if link.get("href")]
