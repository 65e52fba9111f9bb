"""What XHTML's elements become. Elements that are not named here are transparent: their content is what they are."""

from confluence_assets.convert.converter import SKIP, Converter, EndHandler, StartHandler, literal_text, visible_text
from confluence_assets.convert.escape import PLAIN_URL, destination, escape_attribute, escape_text, is_safe_url
from confluence_assets.convert.findings import AttachmentReference, Link
from confluence_assets.convert.inline import (
    EMPHASIS,
    STRIKE,
    STRONG,
    SUBSCRIPT,
    SUPERSCRIPT,
    UNDERLINE,
    Mark,
    link_mark,
    tag_mark,
)
from confluence_assets.convert.parse import Element

_BLOCKS = [
    "p",
    "div",
    "center",
    "address",
    "article",
    "aside",
    "body",
    "dd",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "header",
    "html",
    "main",
    "nav",
    "section",
    "summary",
    "details",
    "caption",
    "legend",
]
_LISTS = frozenset(("ul", "ol"))
_MARKS: dict[str, Mark] = {
    **dict.fromkeys(("strong", "b"), STRONG),
    **dict.fromkeys(("em", "i", "cite", "dfn", "var"), EMPHASIS),
    **dict.fromkeys(("del", "s", "strike"), STRIKE),
    **dict.fromkeys(("u", "ins"), UNDERLINE),
    "sub": SUBSCRIPT,
    "sup": SUPERSCRIPT,
}
_CODE = ("code", "tt", "samp", "kbd")
_UNSEEN = ("script", "style", "colgroup", "col", "template")


def _skip(converter: Converter, element: Element) -> object:
    return SKIP


def _start_heading(converter: Converter, element: Element) -> None:
    converter.flush()
    converter.heading_level = int(element.tag[1])


def _end_heading(converter: Converter, element: Element) -> None:
    converter.flush()
    converter.heading_level = 0


def _start_mark(converter: Converter, element: Element) -> None:
    converter.inline.start(_MARKS[element.tag])


def _end_mark(converter: Converter, element: Element) -> None:
    converter.inline.end(_MARKS[element.tag])


def _start_code(converter: Converter, element: Element) -> None:
    converter.inline.code_depth += 1


def _end_code(converter: Converter, element: Element) -> None:
    converter.inline.code_depth -= 1


def _start_span(converter: Converter, element: Element) -> None:
    if not element.text and not len(element):
        converter.inline.part_code()


def _break(converter: Converter, element: Element) -> None:
    converter.inline.line_break()


def _rule(converter: Converter, element: Element) -> None:
    converter.flush()
    converter.writer.rule()


def _start_list(converter: Converter, element: Element) -> None:
    converter.flush()
    parent = element.getparent()
    if parent is not None and parent.tag in _LISTS:
        converter.writer.resume_item()
        converter.closers.append(converter.writer.close_item)
    else:
        converter.closers.append(None)
    start = element.get("start") or ""
    first = int(start) if start.isdecimal() and len(start) < 9 else 1
    converter.writer.open_list(is_ordered=element.tag == "ol", start=first)


def _end_list(converter: Converter, element: Element) -> None:
    converter.flush()
    converter.writer.close_list()
    close_item = converter.closers.pop()
    if close_item:
        close_item()


def _start_item(converter: Converter, element: Element) -> None:
    if converter.inline.parts:
        converter.flush()
    converter.writer.open_item()


def _end_item(converter: Converter, element: Element) -> None:
    if converter.inline.parts:
        converter.flush()
    converter.writer.close_item()


def _start_quote(converter: Converter, element: Element) -> None:
    converter.flush()
    converter.writer.open_quote()


def _end_quote(converter: Converter, element: Element) -> None:
    converter.flush()
    converter.writer.close_quote()


def _preformatted(converter: Converter, element: Element) -> object:
    converter.flush()
    inner = element[0] if len(element) == 1 and element[0].tag == "code" else element
    classes = f"{inner.get('class') or ''} {element.get('class') or ''}".split()
    language = next((name[9:] for name in classes if name.startswith("language-")), "")
    converter.writer.fence(literal_text(element).removeprefix("\n"), language)
    return SKIP


def _is_card(converter: Converter, element: Element, href: str) -> bool:
    """Whether an address stands for itself, as Cloud writes what its editor shows as a card."""
    stands_alone = element.get("data-card-appearance") is not None and element.text == href and not len(element)
    return stands_alone and bool(PLAIN_URL.fullmatch(href)) and not converter.inline.is_in_link


def _start_anchor(converter: Converter, element: Element) -> object:
    href = (element.get("href") or "").strip()
    name = element.get("id") or element.get("name")
    if name and not href:
        write_anchor(converter, name)
    if not href or not is_safe_url(href):
        converter.inline.start_link(None)
        return None
    if converter.findings is not None:
        text = visible_text(element)
        if href.startswith("#"):
            converter.findings.links.append(Link("anchor", url=href, anchor=href[1:], link_text=text))
        else:
            anchor = href.partition("#")[2] or None
            converter.findings.links.append(Link("external", url=href, anchor=anchor, link_text=text))
    if _is_card(converter, element, href):
        converter.inline.raw(f"<{href}>")
        converter.inline.start_link(None)
        return SKIP
    if href[:5].lower() == "file:":  # renderers show Markdown links to files as text
        converter.inline.start_link(tag_mark("a", f' href="{escape_attribute(href)}"'))
    else:
        converter.inline.start_link(link_mark(destination(href)))
    return None


def write_anchor(converter: Converter, name: str) -> None:
    """A place that links can lead to. In a link another tag does: an `<a>` would end the link."""
    tag = "span" if converter.inline.is_in_link else "a"
    converter.inline.raw(f'<{tag} id="{escape_attribute(name)}"></{tag}>')


def _end_anchor(converter: Converter, element: Element) -> None:
    converter.inline.end_link()


def _image(converter: Converter, element: Element) -> object:
    source = element.get("src") or ""
    alt = " ".join((element.get("alt") or "").split())
    write_image(converter, source, alt, element.get("title"))
    if source and "://" not in source and converter.findings is not None and not source.startswith("data:"):
        converter.findings.attachments.append(AttachmentReference(source))
    return SKIP


def write_image(converter: Converter, source: str, alt: str, title: str | None = None) -> None:
    """An image in the line, `![alt](source "title")`."""
    bar = "\\|" if converter.inline.in_cell else "|"
    caption = ""
    if title and title != alt:
        quoted = escape_text(title.strip()).replace('"', '\\"').replace("|", bar)
        caption = f' "{quoted}"'
    converter.inline.raw(f"![{escape_text(alt).replace('|', bar)}]({destination(source)}{caption})")


def _time(converter: Converter, element: Element) -> None:
    date = (element.get("datetime") or "").strip()
    if date:
        converter.inline.word_edge()
        converter.inline.text(date)
        converter.inline.word_edge()


STARTS: dict[str, StartHandler] = {
    **dict.fromkeys(_BLOCKS, Converter.flush),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), _start_heading),
    **dict.fromkeys(_MARKS, _start_mark),
    **dict.fromkeys(_CODE, _start_code),
    **dict.fromkeys(_UNSEEN, _skip),
    "br": _break,
    "hr": _rule,
    "ul": _start_list,
    "ol": _start_list,
    "li": _start_item,
    "blockquote": _start_quote,
    "pre": _preformatted,
    "a": _start_anchor,
    "span": _start_span,
    "img": _image,
    "time": _time,
}
ENDS: dict[str, EndHandler] = {
    **dict.fromkeys(_BLOCKS, Converter.flush),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), _end_heading),
    **dict.fromkeys(_MARKS, _end_mark),
    **dict.fromkeys(_CODE, _end_code),
    "ul": _end_list,
    "ol": _end_list,
    "li": _end_item,
    "blockquote": _end_quote,
    "a": _end_anchor,
}
