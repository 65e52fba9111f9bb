"""Macros, new syntax and old: `MACROS` says by name what each becomes; the others are in `unknown_macro`."""

from collections.abc import Callable
from typing import TypeAlias

from confluence_assets.convert import diagrams, inclusions
from confluence_assets.convert.atlassian import ALERTS
from confluence_assets.convert.converter import (
    SKIP,
    Converter,
    EndHandler,
    StartHandler,
    literal_text,
    trim_layout,
)
from confluence_assets.convert.escape import (
    collapse,
    destination,
    escape_attribute,
    escape_html,
    escape_text,
    is_safe_url,
)
from confluence_assets.convert.findings import Link
from confluence_assets.convert.foreign import html_to_markdown
from confluence_assets.convert.html_elements import write_anchor
from confluence_assets.convert.inline import link_mark, tag_mark
from confluence_assets.convert.links import describe_target, find_target, record_link, write_link
from confluence_assets.convert.macro import Macro, read_macro
from confluence_assets.convert.parse import AC, Element
from confluence_assets.convert.unknown_macro import unknown, write_plain_body, write_title

Closer: TypeAlias = Callable[[], None]
MacroHandler: TypeAlias = Callable[[Converter, Macro], object]
"""Answers SKIP where the macro's content is dealt with, else None or what to do when it ends."""


def _code(converter: Converter, macro: Macro) -> object:
    if macro.title:
        write_title(converter, macro.title)
    converter.flush()
    language = "" if macro.name == "noformat" else macro.parameters.get("language", macro.parameters.get("", ""))
    converter.writer.fence(macro.plain_body(), language.strip())
    return _unless_rich(macro)


def _unless_rich(macro: Macro) -> object:
    """SKIP, but for a body of rich text, which must not be lost."""
    return SKIP if macro.element.find(f"{AC}rich-text-body") is None else None


def _alert(converter: Converter, macro: Macro) -> object:
    converter.flush()
    kind = macro.name if macro.name in ALERTS else macro.parameters.get("type", "").lower()
    converter.writer.open_quote(ALERTS.get(kind, ""))
    if macro.title:
        write_title(converter, macro.title)
    write_plain_body(converter, macro)

    def close() -> None:
        converter.flush()
        converter.writer.close_quote()

    return close


def _expand(converter: Converter, macro: Macro) -> object:
    title = collapse(macro.title).strip() or "Details"
    summary = escape_text(title) if converter.inline.in_cell else escape_html(title)
    converter.html(f"<details>\n<summary>{summary}</summary>")
    write_plain_body(converter, macro)
    return lambda: converter.html("</details>")


def _transparent(converter: Converter, macro: Macro) -> object:
    converter.flush()
    if macro.title:
        write_title(converter, macro.title)
    write_plain_body(converter, macro)
    return converter.flush


def _status(converter: Converter, macro: Macro) -> object:
    title = macro.title or macro.parameters.get("", "")
    if title:
        converter.inline.raw(f"<kbd>{_cell_safe(converter, escape_text(title.strip()))}</kbd>")
    return SKIP


def _cell_safe(converter: Converter, markdown: str) -> str:
    return markdown.replace("|", "\\|") if converter.inline.in_cell else markdown


def _jira(converter: Converter, macro: Macro) -> object:
    key = macro.parameters.get("key", "").strip()
    if not key:
        return unknown(converter, macro)
    url = converter.resolver.jira_issue(key, macro.parameters.get("server"))
    if url:
        write_link(converter, Link("external", url=url, title=key, link_text=key))
    else:
        _write_inline_mark(converter, macro, key)
    return SKIP


def _write_inline_mark(converter: Converter, macro: Macro, text: str) -> None:
    mark = tag_mark("span", f' data-macro="{escape_attribute(macro.name)}"')
    converter.inline.word_edge()
    converter.inline.start(mark)
    converter.inline.text(text)
    converter.inline.end(mark)
    converter.inline.word_edge()


def _anchor(converter: Converter, macro: Macro) -> object:
    name = macro.parameters.get("") or macro.parameters.get("name") or macro.parameters.get("anchor") or ""
    converter.inline.word_edge()
    write_anchor(converter, name)
    return SKIP


def _file(converter: Converter, macro: Macro) -> object:
    target = find_target(macro.element)
    name = macro.parameters.get("name") or macro.parameters.get("file") or macro.parameters.get("")
    if target is not None:
        write_link(converter, describe_target(converter, target))
    elif name:
        write_link(converter, diagrams.attachment_link(converter, name))
    else:
        return unknown(converter, macro)
    return SKIP


def _address(converter: Converter, macro: Macro) -> object:
    target = find_target(macro.element)
    url = macro.parameters.get("url") or macro.parameters.get("src") or macro.parameters.get("") or ""
    if target is not None:
        write_link(converter, describe_target(converter, target))
    elif "://" in url and is_safe_url(url):
        write_link(converter, Link("external", url=url.strip(), link_text=url.strip()))
    else:
        return unknown(converter, macro)
    return SKIP


def _person(converter: Converter, macro: Macro) -> object:
    target = find_target(macro.element)
    if target is None:
        return unknown(converter, macro)
    write_link(converter, describe_target(converter, target))
    return SKIP


def _button(converter: Converter, macro: Macro) -> object:
    target = find_target(macro.element)
    url = macro.parameters.get("url") or macro.parameters.get("link") or ""
    link = Link("external", url=url.strip()) if "://" in url and is_safe_url(url) else None
    if target is not None:
        link = describe_target(converter, target)
    text = macro.title or macro.parameters.get("label") or ""
    if link is None or not text:
        return unknown(converter, macro)
    converter.inline.start_link(link_mark(destination(link.url or "")))
    converter.inline.text(text)
    converter.inline.end_link()
    record_link(converter, link, text)
    return None


def _html(converter: Converter, macro: Macro) -> object:
    markdown = html_to_markdown(macro.plain_body())
    converter.html("<!-- macro:html -->")
    if markdown:
        converter.flush()
        converter.lines.lines(markdown)
    converter.html("<!-- /macro:html -->")
    return _unless_rich(macro)


MACROS: dict[str, MacroHandler] = {
    **dict.fromkeys(("code", "noformat", "paste-code-macro", "code-block", "codeblock"), _code),
    **dict.fromkeys((*ALERTS, "panel", "alert", "auimessage"), _alert),
    **dict.fromkeys(("expand", "ui-expand"), _expand),
    **dict.fromkeys(("section", "column"), _transparent),
    "status": _status,
    **dict.fromkeys(("jira", "jiraissues"), _jira),
    "anchor": _anchor,
    **dict.fromkeys(
        ("view-file", "viewpdf", "viewdoc", "viewppt", "viewxls", "multimedia", "attachment-link"),
        _file,
    ),
    **dict.fromkeys(("widget", "iframe", "loom", "figma", "youtube"), _address),
    **dict.fromkeys(("profile", "user-mention", "profile-picture"), _person),
    **dict.fromkeys(("ui-button", "auibutton"), _button),
    "html": _html,
    **diagrams.MACROS,
    **inclusions.MACROS,
}


_CARDS = frozenset(name for name, handler in MACROS.items() if handler in (_file, _address)) | {
    *diagrams.DRAWINGS,
    *inclusions.MACROS,
}
"""Macros that stand apart where they are among blocks, although they are written as a link or an image."""


def _start_macro(converter: Converter, element: Element) -> object:
    trim_layout(element)
    macro = read_macro(element)
    handler = MACROS.get(macro.name, unknown)
    is_apart = macro.name in _CARDS and macro.is_in_block
    if is_apart:
        converter.flush()
    result = handler(converter, macro)
    if is_apart and result is SKIP:
        converter.flush()
    if result is SKIP or result is None:
        converter.closers.append(None)
        return result
    converter.closers.append(result)  # type: ignore[arg-type]
    return None


def _end_macro(converter: Converter, element: Element) -> None:
    close = converter.closers.pop()
    if close:
        close()


def _plain_body(converter: Converter, element: Element) -> object:
    """Of a macro: written by its handler. Standing alone: code."""
    parent = element.getparent()
    if parent is None or parent.tag not in STARTS:
        converter.flush()
        converter.writer.fence(literal_text(element), "")
    return SKIP


STARTS: dict[str, StartHandler] = {
    f"{AC}structured-macro": _start_macro,
    f"{AC}macro": _start_macro,
    f"{AC}plain-text-body": _plain_body,
}
ENDS: dict[str, EndHandler] = {
    f"{AC}structured-macro": _end_macro,
    f"{AC}macro": _end_macro,
}
