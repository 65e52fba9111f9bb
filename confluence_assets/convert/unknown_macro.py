"""Macros that are not known: nothing they hold is lost, and their names stay.

As blocks they stand between `<!-- macro:name key="value" -->` and `<!-- /macro:name -->`; in a line they are
`<span data-macro="name" key="value">…</span>`.
"""

from confluence_assets.convert.converter import SKIP, Converter
from confluence_assets.convert.escape import escape_attribute
from confluence_assets.convert.inline import STRONG, tag_mark
from confluence_assets.convert.macro import Macro

_MAX_PARAMETER = 200
_NAMELESS_TITLES = frozenset(
    [
        "img",
        "gallery",
        "toc",
        "children",
        "livesearch",
        "profile",
        "drawio",
        "gliffy",
        "anchor",
        "viewport",
        "chart",
        "multimedia",
        "view-file",
    ]
)


def macro_attributes(macro: Macro) -> str:
    """The macro's parameters as attributes, long values cut."""
    pieces = []
    for name, value in macro.parameters.items():
        shown = value if len(value) <= _MAX_PARAMETER else f"{value[:_MAX_PARAMETER]}…"
        pieces.append(f' {escape_attribute(name) or "default"}="{escape_attribute(shown)}"')
    return "".join(pieces)


def write_title(converter: Converter, title: str) -> None:
    """A title as a paragraph in bold."""
    converter.flush()
    converter.inline.start(STRONG)
    converter.inline.text(title)
    converter.inline.end(STRONG)
    converter.flush()


def unknown(converter: Converter, macro: Macro) -> object:
    """A macro by its name, its parameters and whatever text it holds."""
    if macro.is_in_line:
        return _unknown_in_line(converter, macro)
    name = macro.safe_name
    if not macro.has_body and not macro.shown_title(_NAMELESS_TITLES):
        if converter.inline.parts or converter.inline.in_cell:
            return _unknown_in_line(converter, macro)
        converter.html(f"<!-- macro:{name}{macro_attributes(macro)} -->")
        return SKIP
    converter.html(f"<!-- macro:{name}{macro_attributes(macro)} -->")
    if title := macro.shown_title(_NAMELESS_TITLES):
        write_title(converter, title)
    write_plain_body(converter, macro)
    return lambda: converter.html(f"<!-- /macro:{name} -->")


def _unknown_in_line(converter: Converter, macro: Macro) -> object:
    attributes = f' data-macro="{macro.safe_name}"{macro_attributes(macro)}'
    title = macro.shown_title(_NAMELESS_TITLES)
    if not macro.has_body and not title:
        converter.inline.raw(f"<span{attributes}></span>")
        return SKIP
    macro.flatten_body()
    mark = tag_mark("span", attributes)
    converter.inline.word_edge()
    converter.inline.start(mark)
    if title:
        converter.inline.text(title + " ")
    plain = macro.plain_body()
    if plain:
        converter.inline.text(plain)

    def close() -> None:
        converter.inline.end(mark)
        converter.inline.word_edge()

    return close


def write_plain_body(converter: Converter, macro: Macro) -> None:
    plain = macro.plain_body()
    if plain.strip():
        converter.flush()
        converter.writer.fence(plain, "")
