"""What Confluence's own elements become: layouts, tasks, emoji, placeholders, ADF extensions, template variables."""

from collections.abc import Callable

from confluence_assets.convert.converter import (
    SKIP,
    UNSHOWN,
    Converter,
    EndHandler,
    StartHandler,
    trim_layout,
)
from confluence_assets.convert.emoji import emoji_text
from confluence_assets.convert.escape import escape_attribute
from confluence_assets.convert.parse import AC, AT, Element

_BLOCKS = ("layout", "layout-section", "layout-cell", "rich-text-body", "task-body")
ALERTS = {
    "info": "[!NOTE]",
    "tip": "[!TIP]",
    "success": "[!TIP]",
    "note": "[!WARNING]",
    "warning": "[!CAUTION]",
    "error": "[!CAUTION]",
    "important": "[!IMPORTANT]",
    "caution": "[!CAUTION]",
}
"""Confluence's names of panels and GitHub's alerts. A macro named `note` is what Cloud's editor calls a warning."""

_ADF_ALERTS = {**ALERTS, "note": "[!IMPORTANT]", "warning": "[!WARNING]"}


def _skip(converter: Converter, element: Element) -> object:
    return SKIP


def _start_task_list(converter: Converter, element: Element) -> None:
    converter.flush()
    converter.writer.open_list(is_ordered=False)


def _end_task_list(converter: Converter, element: Element) -> None:
    converter.flush()
    converter.writer.close_list()


def _start_task(converter: Converter, element: Element) -> None:
    converter.flush()
    status = element.findtext(f"{AC}task-status") or ""
    converter.writer.open_item("[x] " if status.strip() == "complete" else "[ ] ")


def _end_task(converter: Converter, element: Element) -> None:
    converter.flush()
    converter.writer.close_item()


def _emoticon(converter: Converter, element: Element) -> object:
    name = element.get(f"{AC}name") or ""
    fallback = element.get(f"{AC}emoji-fallback") or ""
    converter.inline.text(emoji_text(name, fallback, element.get(f"{AC}emoji-shortname") or ""))
    return SKIP


def _placeholder(converter: Converter, element: Element) -> object:
    hint = escape_attribute("".join(map(str, element.itertext())).strip())
    converter.inline.raw(f'<span data-placeholder="{hint}"></span>')
    return SKIP


def _template_variable(converter: Converter, element: Element) -> object:
    name = element.get(f"{AT}name")
    if name:
        converter.inline.text(f"{{{name}}}")
    return SKIP


def _start_extension(converter: Converter, element: Element) -> None:
    """An ADF node shows its content; its fallback, which says the same in HTML, only where there is none."""
    trim_layout(element)
    node = element.find(f"{AC}adf-node")
    fallback = element.find(f"{AC}adf-fallback")
    if node is not None and fallback is not None and _has_content(node):
        node.tail = (node.tail or "") + (fallback.tail or "")
        element.remove(fallback)


def _has_content(node: Element) -> bool:
    return any(next(content.iter(), None) is not None and _says(content) for content in node.iter(f"{AC}adf-content"))


def _says(content: Element) -> bool:
    return len(content) > 0 or bool((content.text or "").strip())


def _start_node(converter: Converter, element: Element) -> None:
    trim_layout(element)
    converter.flush()
    kind = element.get("type") or ""
    if kind == "panel":
        attributes = element.findall(f"{AC}adf-attribute")
        name = next((a.text for a in attributes if a.get("key") == "panel-type" and a.text), "")
        converter.writer.open_quote(_ADF_ALERTS.get(name.strip(), ""))
        converter.closers.append(converter.writer.close_quote)
    elif kind in ("decision-item", "decisionItem"):
        converter.writer.open_list(is_ordered=False)
        converter.writer.open_item()
        converter.closers.append(_decision_closer(converter))
    else:
        converter.closers.append(None)


def _decision_closer(converter: Converter) -> Callable[[], None]:
    def close() -> None:
        converter.writer.close_item()
        converter.writer.close_list()

    return close


def _end_node(converter: Converter, element: Element) -> None:
    converter.flush()
    close = converter.closers.pop()
    if close:
        close()


STARTS: dict[str, StartHandler] = {
    **dict.fromkeys(UNSHOWN, _skip),
    **{f"{AC}{name}": Converter.flush for name in _BLOCKS},
    f"{AC}task-list": _start_task_list,
    f"{AC}task": _start_task,
    f"{AC}emoticon": _emoticon,
    f"{AC}placeholder": _placeholder,
    f"{AC}adf-extension": _start_extension,
    f"{AC}adf-node": _start_node,
    f"{AC}adf-content": Converter.flush,
    f"{AC}adf-fallback": Converter.flush,
    f"{AT}var": _template_variable,
}
ENDS: dict[str, EndHandler] = {
    **{f"{AC}{name}": Converter.flush for name in _BLOCKS},
    f"{AC}task-list": _end_task_list,
    f"{AC}task": _end_task,
    f"{AC}adf-node": _end_node,
    f"{AC}adf-content": Converter.flush,
    f"{AC}adf-fallback": Converter.flush,
}
