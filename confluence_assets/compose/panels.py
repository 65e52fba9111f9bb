"""GitHub's alerts as Confluence's panels."""

import re

from markdown_it.tree import SyntaxTreeNode

from confluence_assets.compose.options import ComposeOptions
from confluence_assets.compose.storage import Node, Part, macro

_MACROS = {"NOTE": "info", "TIP": "tip", "WARNING": "note", "CAUTION": "warning"}
"""A macro named `note` is what Confluence's editor calls a warning."""

_ALERT = re.compile(r"\[!(NOTE|TIP|WARNING|CAUTION|IMPORTANT)\][ \t]*(?:\n|$)", re.IGNORECASE)


def split_alert(quote: SyntaxTreeNode) -> str:
    """The kind of alert that a quote is, if it is one; its mark is then taken out of the first paragraph."""
    first = quote.children[0] if quote.children else None
    if first is None or first.type != "paragraph" or not first.children:
        return ""
    inline = first.children[0].token
    found = _ALERT.match(inline.content) if inline else None
    if inline is None or found is None:
        return ""
    tokens = inline.children or []
    mark = next((at for at, token in enumerate(tokens) if token.type in ("softbreak", "hardbreak")), len(tokens) - 1)
    inline.children = tokens[mark + 1 :]
    return found[1].upper()


def compose_panel(alert: str, body: list[Part], options: ComposeOptions) -> Node:
    """The panel of that kind around its blocks."""
    body = body or [Node("p")]
    if alert in _MACROS:
        return macro(_MACROS[alert], body=body, is_block=True)
    if not options.is_cloud:  # the editor's own panels are Cloud's; Data Center shows this one without a colour
        return macro("panel", {"type": "important"}, body, is_block=True)
    attribute = Node("ac:adf-attribute", {"key": "panel-type"}, ["note"])
    node = Node("ac:adf-node", {"type": "panel"}, [attribute, Node("ac:adf-content", children=body)])
    fallback = Node("ac:adf-fallback", children=[Node("div", {"class": "panel"}, body)])
    return Node("ac:adf-extension", children=[node, fallback])
