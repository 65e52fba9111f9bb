"""Whether two Markdown texts are one document: all that a renderer shows, but for how and in which order marks are written."""

import re
from typing import TypeAlias

from lxml import html

from tests.convert.rendering import _RENDERER

_SPACES = re.compile(r"[ \t\n\r\f]+")
_MARKS = {"s": "del", "b": "strong", "i": "em"} | {name: name for name in ("del", "strong", "em", "u", "sub", "sup")}
Event: TypeAlias = tuple[str, frozenset[str], str]


def shown(markdown: str) -> list[Event]:
    """The rendered page: tags, comments and attributes in order, text by the marks that hold it; runs of spaces as one."""
    events: list[Event] = []
    _walk(html.fromstring(f"<body>{_RENDERER.render(markdown)}</body>"), frozenset(), False, events)
    return events


def _walk(element: html.HtmlElement, marks: frozenset[str], is_code: bool, events: list[Event]) -> None:
    if not isinstance(element.tag, str):
        events.append(("comment", marks, element.text or ""))
        return
    inner = marks
    if element.tag in _MARKS:
        inner = marks | {_MARKS[element.tag]}
    elif element.tag == "a" and element.get("href"):
        inner = marks | {f"a {element.get('href')}"}
    else:
        events.append((f"<{element.tag}>", frozenset(f"{k}={v}" for k, v in element.attrib.items()), ""))
    is_code = is_code or element.tag == "pre"
    _say(element.text or "", inner, is_code, events)
    for child in element:
        _walk(child, inner, is_code, events)
        _say(child.tail or "", inner, is_code, events)
    if inner is marks:
        events.append((f"</{element.tag}>", frozenset(), ""))


def _say(text: str, marks: frozenset[str], is_code: bool, events: list[Event]) -> None:
    if not text:
        return
    if events and events[-1][0] == "text" and events[-1][1] == marks:
        text = events.pop()[2] + text
    if not is_code:
        text = _SPACES.sub(" ", text)
    events.append(("text", marks, text))
