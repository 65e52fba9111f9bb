"""What stands in lines: text, marks, code, links, images, formulas, and HTML between them."""

import re
from collections.abc import Sequence

from markdown_it.token import Token

from confluence_assets.compose.options import ComposeOptions
from confluence_assets.compose.references import image, leave_names_to_targets, link, smart_link
from confluence_assets.compose.stack import Stack
from confluence_assets.compose.storage import Node, Part, macro

_WEB = re.compile(r"https?://", re.IGNORECASE)
_MARKS = {"strong": "strong", "em": "em", "s": "del", "link": "a"}


def compose_line(tokens: Sequence[Token], options: ComposeOptions) -> list[Part]:
    """The parts of one run of inline Markdown."""
    stack = Stack(options)
    rest = list(reversed(tokens))
    while rest:
        token = rest.pop()
        if token.type == "link_open" and token.info == "auto":
            address = rest.pop().content
            rest.pop()
            stack.add(*_autolink(str(token.attrs.get("href", "")), address, options))
        elif token.nesting:
            _mark(stack, token)
        elif token.type == "text" and _is_formula(token, rest, options):
            formula, after = rest.pop(), rest.pop()
            stack.add(token.content[:-1], macro("mathinline", {"body": formula.content}))
            rest.append(after.copy(content=after.content[1:]))
        else:
            _leaf(stack, token)
    parts = stack.finish()
    leave_names_to_targets(parts)
    return parts


def _mark(stack: Stack, token: Token) -> None:
    kind = token.type.rpartition("_")[0]
    name = _MARKS.get(kind)
    if name is None:
        return
    if token.nesting > 0:
        stack.open(name, {"href": str(token.attrs.get("href", ""))} if kind == "link" else {})
    else:
        stack.end(name)


def _autolink(href: str, shown: str, options: ComposeOptions) -> list[Part]:
    return [smart_link(href)] if href == shown and _WEB.match(href) else link(href, [shown], options)


def _leaf(stack: Stack, token: Token) -> None:
    if token.type in ("text", "text_special"):
        stack.add(token.content)
    elif token.type == "code_inline":
        stack.add(Node("code", children=[token.content]))
    elif token.type == "softbreak":
        stack.add(" ")
    elif token.type == "hardbreak":
        stack.add(Node("br"))
    elif token.type == "html_inline":
        stack.html(token.content)
    elif token.type == "image":
        alt = " ".join(plain_text(token.children or []).split())
        stack.add(image(str(token.attrs.get("src", "")), alt, str(token.attrs.get("title", ""))))


def _is_formula(token: Token, rest: list[Token], options: ComposeOptions) -> bool:
    """Whether code stands between dollars, as GitHub writes formulas."""
    if "mathinline" not in options.app_macros or len(rest) < 2 or not token.content.endswith("$"):
        return False
    formula, after = rest[-1], rest[-2]
    is_code = formula.type == "code_inline" and formula.content == formula.content.strip() != ""
    return is_code and after.type == "text" and after.content.startswith("$")


def plain_text(tokens: Sequence[Token]) -> str:
    """The text of inline Markdown without its marks."""
    return "".join(
        " " if token.type in ("softbreak", "hardbreak") else plain_text(token.children or []) or token.content
        for token in tokens
    )
