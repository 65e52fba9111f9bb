"""What HTML inside Markdown becomes: tags that storage format has, macros for those that stand for one, else content alone."""

import re
from collections.abc import Callable
from typing import TypeAlias

from confluence_assets.compose.marks import line_macro
from confluence_assets.compose.options import ComposeOptions
from confluence_assets.compose.references import image, link
from confluence_assets.compose.storage import Node, Part, as_blocks, is_blank, macro, one_line, text_of

Attributes: TypeAlias = dict[str, str]
Builder: TypeAlias = Callable[[Attributes, list[Part], ComposeOptions], list[Part]]

VOID = frozenset(("br", "hr", "img", "time", "wbr", "col", "input", "meta", "link"))
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_SMALL_NUMBER = re.compile(r"[1-9]\d{0,3}")
RAW = "\0raw"
"""The key under which a tag's attributes stand as they were written, names in their own case."""


def build(tag: str, attributes: Attributes, children: list[Part], options: ComposeOptions) -> list[Part]:
    """What stands for a tag and its content."""
    builder = _BUILDERS.get(tag)
    return builder(attributes, children, options) if builder else children


def _mark(name: str) -> Builder:
    return lambda attributes, children, options: [Node(name, children=children)]


def _blocks(name: str) -> Builder:
    return lambda attributes, children, options: [Node(name, children=as_blocks(children))]


def _dropped(attributes: Attributes, children: list[Part], options: ComposeOptions) -> list[Part]:
    return []


def _paragraph(attributes: Attributes, children: list[Part], options: ComposeOptions) -> list[Part]:
    return as_blocks(children)


def _code(attributes: Attributes, children: list[Part], options: ComposeOptions) -> list[Part]:
    return [Node("code", children=[text_of(children)])]


def _preformatted(attributes: Attributes, children: list[Part], options: ComposeOptions) -> list[Part]:
    return [code_macro(text_of(children).removeprefix("\n"), attributes.get("language", ""))]


def code_macro(code: str, language: str = "", title: str = "") -> Node:
    """The code, so that what reads it back has as many line ends."""
    body = code.removesuffix("\n")
    if body.endswith("\n") or (code and not body):
        body = code
    parameters = {"language": language, "title": title}
    return macro("code", {key: value for key, value in parameters.items() if value}, plain=body, is_block=True)


def _status(attributes: Attributes, children: list[Part], options: ComposeOptions) -> list[Part]:
    return [macro("status", {"title": one_line(text_of(children))})]


def _anchor(attributes: Attributes, children: list[Part], options: ComposeOptions) -> list[Part]:
    name = attributes.get("id", attributes.get("name"))
    anchor: list[Part] = [] if name is None else [macro("anchor", {"": name})]
    href = attributes.get("href")
    return [*anchor, *(link(href, children, options) if href else children)]


def _span(attributes: Attributes, children: list[Part], options: ComposeOptions) -> list[Part]:
    if attributes.get("data-macro"):
        return [line_macro(attributes["data-macro"], attributes[RAW], children)]
    if "data-placeholder" in attributes:
        return [Node("ac:placeholder", children=[attributes["data-placeholder"]])]
    if attributes.get("id") and not children:
        return [macro("anchor", {"": attributes["id"]})]  # as it stands in links
    return children or [Node("span")]  # an empty one keeps two pieces of code apart


def _image(attributes: Attributes, children: list[Part], options: ComposeOptions) -> list[Part]:
    source = attributes.get("src", "")
    return [image(source, attributes.get("alt", ""), attributes.get("title", ""))] if source else []


def _time(attributes: Attributes, children: list[Part], options: ComposeOptions) -> list[Part]:
    date = attributes.get("datetime", "")
    return [Node("time", {"datetime": date}), *children] if _DATE.fullmatch(date) else children


def _list(name: str) -> Builder:
    def build_list(attributes: Attributes, children: list[Part], options: ComposeOptions) -> list[Part]:
        start = attributes.get("start", "")
        kept = {"start": start} if name == "ol" and start.isdecimal() and len(start) < 9 and int(start) != 1 else {}
        items = [part for part in children if not is_blank(part)]
        return [Node(name, kept, [part if _is(part, "li") else Node("li", children=[part]) for part in items])]

    return build_list


def _cell(name: str) -> Builder:
    def build_cell(attributes: Attributes, children: list[Part], options: ComposeOptions) -> list[Part]:
        spans = {key: attributes.get(key, "") for key in ("colspan", "rowspan")}
        kept = {key: span for key, span in spans.items() if _SMALL_NUMBER.fullmatch(span)}
        return [Node(name, kept, as_blocks(children))]

    return build_cell


def _row(attributes: Attributes, children: list[Part], options: ComposeOptions) -> list[Part]:
    return [Node("tr", children=[part for part in children if _is(part, "td", "th")])]


def _table(attributes: Attributes, children: list[Part], options: ComposeOptions) -> list[Part]:
    rows = [part for part in children if _is(part, "tr")]
    others = as_blocks(part for part in children if not _is(part, "tr"))
    return [*others, Node("table", children=[Node("tbody", children=rows)])]


def _summary(attributes: Attributes, children: list[Part], options: ComposeOptions) -> list[Part]:
    return [Node("summary", children=[one_line(text_of(children))])]


def _details(attributes: Attributes, children: list[Part], options: ComposeOptions) -> list[Part]:
    title = next((text_of([part]) for part in children if _is(part, "summary")), "") or "Details"
    body = as_blocks(part for part in children if not _is(part, "summary"))
    return [macro("expand", {"title": title}, body or [Node("p")], is_block=True)]


def _is(part: Part, *tags: str) -> bool:
    return isinstance(part, Node) and part.tag in tags


_BUILDERS: dict[str, Builder] = {
    **dict.fromkeys(("strong", "b"), _mark("strong")),
    **dict.fromkeys(("em", "i", "cite", "var", "dfn"), _mark("em")),
    **dict.fromkeys(("del", "s", "strike"), _mark("del")),
    **dict.fromkeys(("u", "ins"), _mark("u")),
    **{name: _mark(name) for name in ("sub", "sup", "h1", "h2", "h3", "h4", "h5", "h6")},
    **dict.fromkeys(("code", "tt", "samp"), _code),
    **dict.fromkeys(("script", "style", "template", "head", "iframe", "object", "textarea", "select"), _dropped),
    **dict.fromkeys(("p", "div", "section", "article", "center", "dd", "dt", "figure", "figcaption"), _paragraph),
    "blockquote": _blocks("blockquote"),
    "li": _blocks("li"),
    "pre": _preformatted,
    "kbd": _status,
    "a": _anchor,
    "span": _span,
    "img": _image,
    "time": _time,
    "br": lambda attributes, children, options: [Node("br"), *children],
    "hr": lambda attributes, children, options: [Node("hr"), *children],
    "ul": _list("ul"),
    "ol": _list("ol"),
    "td": _cell("td"),
    "th": _cell("th"),
    "tr": _row,
    "table": _table,
    "summary": _summary,
    "details": _details,
}
