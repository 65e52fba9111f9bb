"""What the converter keeps in Markdown for machines: macros as comments and spans, read back into macros."""

import html
import re
from typing import NamedTuple

from confluence_assets.compose.storage import Node, Part, is_blank, macro, one_line, text_of, write_storage

_COMMENT = re.compile(r"\s*(/?)macro:([\w.-]+)(.*)", re.DOTALL)
_ATTRIBUTE = re.compile(r"\s+([^\"<>]*?)=\"([^\"]*)\"")
_INCLUDES = ("include", "excerpt-include")


class MacroMark(NamedTuple):
    """One end of a macro that is written as a comment."""

    name: str
    parameters: dict[str, str]
    is_end: bool


def parse_comment(comment: str) -> MacroMark | None:
    """The macro that a comment names, if it names one."""
    found = _COMMENT.fullmatch(comment)
    if found is None:
        return None
    return MacroMark(found[2], parse_parameters(found[3]), bool(found[1]))


def parse_parameters(attributes: str) -> dict[str, str]:
    """`name="value"` pairs; `default` is the parameter without a name."""
    return {
        "" if name == "default" else name: html.unescape(value)
        for name, value in _ATTRIBUTE.findall(f" {attributes.rstrip('/ ')} ")
    }


def block_macro(mark: MacroMark, body: list[Part] | None) -> Node:
    """A macro among blocks. Its title, which the converter shows before the body, is taken out of that again."""
    if mark.name in _INCLUDES and mark.parameters.get("page"):
        return _include(mark)
    if body is None:
        return macro(mark.name, mark.parameters, is_block=True)
    if mark.name == "html":
        return macro("html", mark.parameters, plain=write_storage(map(_as_html, body)), is_block=True)
    title = one_line(mark.parameters.get("title", ""))
    if title and body and _is_bold(body[0], title):
        body = body[1:]
        if not body:
            return macro(mark.name, mark.parameters, is_block=True)
    plain = _plain_body(body)
    if plain is not None:
        return macro(mark.name, mark.parameters, plain=plain, is_block=True)
    return macro(mark.name, mark.parameters, body or [Node("p")], is_block=True)


def line_macro(name: str, attributes: str, children: list[Part]) -> Node:
    """A macro within a line, from the attributes of its span as they were written."""
    parameters = parse_parameters(attributes)
    parameters.pop("data-macro", None)
    if name == "jira" and not parameters:
        return macro("jira", {"key": text_of(children).strip()})
    title = one_line(parameters.get("title", ""))
    if title and children and isinstance(children[0], str) and children[0].startswith(title):
        children = [children[0].removeprefix(title).removeprefix(" "), *children[1:]]
    if all(map(is_blank, children)):
        return macro(name, parameters)
    return macro(name, parameters, children)


def _is_bold(part: Part, text: str) -> bool:
    if isinstance(part, str) or part.tag != "p" or len(part.children) != 1:
        return False
    only = part.children[0]
    return isinstance(only, Node) and only.tag == "strong" and text_of(only.children) == text


def _plain_body(body: list[Part]) -> str | None:
    """The code, where a fence without a language is all there is."""
    only = body[0] if len(body) == 1 else None
    if not isinstance(only, Node) or only.attributes.get("ac:name") != "code" or len(only.children) != 1:
        return None
    code = text_of(only.children)
    return code if code.strip() else None


def _as_html(part: Part) -> Part:
    """The part without what HTML has not: code as `pre`, lines of items and cells with no paragraph around them."""
    if isinstance(part, str):
        return part
    if part.attributes.get("ac:name") == "code":
        return Node("pre", children=[Node("code", children=[text_of(part.children[-1:])])])
    children = [_as_html(child) for child in part.children]
    only = children[0] if len(children) == 1 else None
    if part.tag in ("li", "td", "th") and isinstance(only, Node) and only.tag == "p":
        children = only.children
    return Node(part.tag, part.attributes, children)


def _include(mark: MacroMark) -> Node:
    parameters = {name: value for name, value in mark.parameters.items() if name != "page"}
    included = macro(mark.name, parameters, is_block=True)
    page = Node("ri:page", {"ri:content-title": mark.parameters["page"]})
    included.children.insert(0, Node("ac:parameter", {"ac:name": ""}, [Node("ac:link", children=[page])]))
    return included
