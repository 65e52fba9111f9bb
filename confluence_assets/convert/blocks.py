"""Blocks as lines of Markdown, written once and in order.

Containers (list items, quotes) are prefixes of lines. A container's marker is written with its first line, so an empty
container leaves no trace. Indentation is bounded: what is nested deeper is written at the bound.
"""

import re
from typing import Protocol

from confluence_assets.convert.escape import (
    BREAK,
    LINE_STARTERS,
    escape_attribute,
    escape_line_start,
    literal_html,
    longest_backticks,
)

MAX_COLUMNS = 34
MAX_QUOTES = 8
_PARAGRAPH, _HTML, _OTHER = range(3)
_BREAKS = re.compile(r" *\x00[ \x00]*")
_INFO = re.compile(r"[\s`<>&\\\"']+")
_CLOSING_HASHES = re.compile(r"(?:(?<= )|^)(#+)$")


class Writer(Protocol):
    """What blocks are written to: lines of Markdown, or a table's cell."""

    def paragraph(self, inline: str) -> None: ...

    def heading(self, level: int, inline: str) -> None: ...

    def fence(self, code: str, language: str) -> None: ...

    def rule(self) -> None: ...

    def html(self, tag: str) -> None: ...

    def open_quote(self, head: str = "") -> None: ...

    def close_quote(self) -> None: ...

    def open_list(self, *, is_ordered: bool, start: int = 1) -> None: ...

    def close_list(self) -> None: ...

    def open_item(self, task: str = "") -> None: ...

    def close_item(self) -> None: ...

    def resume_item(self) -> None: ...


class _List:
    __slots__ = ("is_started", "is_stray", "last_item", "marker", "number", "parent")

    def __init__(self, parent: "_Box", marker: str, number: int) -> None:
        self.parent = parent
        self.marker = marker
        self.number = number
        self.is_started = False
        self.is_stray = False
        self.last_item: _Box | None = None

    @property
    def text(self) -> str:
        return f"{self.marker} " if self.marker in "-+" else f"{self.number}{self.marker} "


class _Box:
    """A container: what its lines begin with, and what its first line begins with as long as there is none."""

    __slots__ = ("full", "head", "last_list", "list", "marker", "prefix", "task")

    def __init__(self, outer: str, prefix: str, marker: str = "", item_of: _List | None = None) -> None:
        self.prefix = prefix
        self.full = outer + prefix
        self.marker = marker
        self.list = item_of
        self.head = ""
        self.task = ""
        self.last_list = ""


class BlockWriter:
    """Writes lines of Markdown."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._boxes = [_Box("", "")]
        self._opened: list[_Box | None] = []
        self._lists: list[_List] = []
        self._quotes = 0
        self._floor = 0  # the innermost container that holds both the last block and the next
        self._last_kind = _OTHER
        self._last_depth = 0
        self._flat_marker = ""
        self._is_pending = False  # a container was opened and has no line yet

    def markdown(self) -> str:
        return "".join(self._out)

    def paragraph(self, inline: str) -> None:
        if BREAK in inline:
            lines = _BREAKS.split(inline)
            self._write(_PARAGRAPH, "\\\n".join(map(escape_line_start, lines)))
        else:
            self._write(_PARAGRAPH, escape_line_start(inline) if inline[0] in LINE_STARTERS else inline)

    def heading(self, level: int, inline: str) -> None:
        inline = _with_break_tags(inline)
        if inline.endswith("#"):
            inline = _CLOSING_HASHES.sub(r"\\\1", inline)
        self._write(_OTHER, f"{'#' * level} {inline}")

    def fence(self, code: str, language: str) -> None:
        code = code.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
        ticks = "`" * max(3, longest_backticks(code) + 1)
        body = f"{code}\n" if code else ""
        self._write(_OTHER, f"{ticks}{_INFO.sub('-', language.strip())}\n{body}{ticks}")

    def rule(self) -> None:
        self._write(_OTHER, "***" if self._boxes[-1].marker else "---")

    def html(self, tag: str) -> None:
        self._write(_HTML, tag)

    def lines(self, text: str) -> None:
        """A block that is Markdown already: a table."""
        self._write(_OTHER, text)

    def open_quote(self, head: str = "") -> None:
        outer = self._boxes[-1].full
        self._quotes += 1
        if self._quotes > MAX_QUOTES or len(outer) >= MAX_COLUMNS:
            self._opened.append(None)
            return
        box = _Box(outer, "> ", "> ")
        box.head = head
        self._open(box)

    def close_quote(self) -> None:
        self._quotes -= 1
        self._close()

    def open_list(self, *, is_ordered: bool, start: int = 1) -> None:
        parent = self._boxes[-1]
        first, second = (".", ")") if is_ordered else ("-", "+")
        marker = second if parent.last_list == first else first
        self._lists.append(_List(parent, marker, min(max(start, 0), 99_999_999)))

    def close_list(self) -> None:
        self._lists.pop()

    def open_item(self, task: str = "") -> None:
        if not self._lists:
            self.open_list(is_ordered=False)
            self._lists[-1].is_stray = True
        current, outer = self._lists[-1], self._boxes[-1].full
        marker = current.text
        if len(outer) + len(marker) > MAX_COLUMNS:
            self._opened.append(None)
            self._flat_marker = marker + task
            return
        box = _Box(outer, " " * len(marker), marker, current)
        box.task = task
        current.last_item = box
        self._open(box)

    def resume_item(self) -> None:
        """Content of a list that stands in no item: it goes on in the last one."""
        current, outer = self._lists[-1], self._boxes[-1].full
        if not current.is_started or len(outer) + 2 > MAX_COLUMNS:
            self.open_item()
        else:
            resumed = _Box(outer, " " * len(current.text))
            if current.last_item:
                resumed.last_list = current.last_item.last_list
            current.last_item = resumed
            self._open(resumed)

    def close_item(self) -> None:
        top = self._opened[-1]
        if top and top.marker and top.task:
            self._write(_PARAGRAPH, "&nbsp;")  # renderers see no task without text
        self._close()
        if self._lists and self._lists[-1].is_stray:
            self._lists.pop()

    def _open(self, box: _Box) -> None:
        if self._boxes[-1].task:  # a task begins with a line of text, or its box is not seen
            self._write(_PARAGRAPH, "&nbsp;")
        self._boxes.append(box)
        self._opened.append(box)
        self._is_pending = True

    def _close(self) -> None:
        if self._opened.pop():
            self._boxes.pop()
            self._floor = min(self._floor, len(self._boxes) - 1)

    def _write(self, kind: int, text: str) -> None:
        top = self._boxes[-1]
        if top.task and kind != _PARAGRAPH:
            self._write(_PARAGRAPH, "&nbsp;")
        out, prefix, depth = self._out, top.full, len(self._boxes) - 1
        if out:
            outer = self._boxes[self._floor].full if self._floor else ""
            out.append("\n" if self._is_tight(kind, depth) else f"\n{outer.rstrip()}\n" if outer else "\n\n")
        if self._is_pending:
            out.append(self._first_prefix(kind))
        elif prefix:
            out.append(prefix)
        if top.task:
            text, top.task = top.task + text, ""
        if self._flat_marker:
            text, self._flat_marker = (self._flat_marker + text if kind == _PARAGRAPH else text), ""
        out.append(_indented(text, prefix) if prefix and "\n" in text else text)
        self._floor = self._last_depth = depth
        self._last_kind = kind
        top.last_list = ""

    def _is_tight(self, kind: int, depth: int) -> bool:
        """Whether no blank line stands between the last block and the next."""
        floor = self._floor
        if depth == floor:
            return kind == self._last_kind == _HTML and self._last_depth == floor
        entered = self._boxes[floor + 1]
        if not entered.marker and entered.list is None and depth > floor + 1:  # an item goes on with a list
            floor, entered = floor + 1, self._boxes[floor + 2]
            is_item = True
        else:
            is_item = self._boxes[floor].list is not None
        if not entered.marker or entered.list is None:
            return False
        if entered.list.is_started:
            return self._last_depth > floor
        is_text_before = self._last_kind == _PARAGRAPH and self._last_depth == floor
        return is_text_before and is_item and self._interrupts(entered.list)

    def _interrupts(self, entered: _List) -> bool:
        return entered.marker in "-+" or entered.number == 1

    def _first_prefix(self, kind: int) -> str:
        pieces: list[str] = []
        for box in self._boxes:
            pieces.append(box.marker or box.prefix)
            if box.marker and box.list:
                box.list.is_started = True
                box.list.number += 1
                box.list.parent.last_list = box.list.marker
            if box.head:
                blank = "" if kind == _PARAGRAPH and box is self._boxes[-1] else f"{box.full.rstrip()}\n"
                pieces.append(f"{box.head}\n{blank}{box.full}")
                box.head = ""
            box.marker = ""
        self._is_pending = False
        return "".join(pieces)


def _with_break_tags(inline: str) -> str:
    return _BREAKS.sub("<br>", inline) if BREAK in inline else inline


def _indented(text: str, prefix: str) -> str:
    bare = prefix.rstrip()
    return "\n".join(
        [line if number == 0 else prefix + line if line else bare for number, line in enumerate(text.split("\n"))]
    )


class CellWriter:
    """Writes the content of one table cell: everything on one line, blocks as HTML tags."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._is_after_text = False
        self._lists: list[str] = []

    def markdown(self) -> str:
        return "".join(self._out)

    def paragraph(self, inline: str) -> None:
        if self._is_after_text:
            self._out.append("<br>")
        self._out.append(_with_break_tags(inline))
        self._is_after_text = True

    def heading(self, level: int, inline: str) -> None:
        self._tag(f"<h{level}>{_with_break_tags(inline)}</h{level}>")

    def fence(self, code: str, language: str) -> None:
        code = code.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
        info = f' class="language-{escape_attribute(language)}"' if language else ""
        self._tag(f"<pre><code{info}>{literal_html(code)}</code></pre>")

    def rule(self) -> None:
        self._tag("<hr>")

    def html(self, tag: str) -> None:
        is_after_text = self._is_after_text
        self._tag(tag.replace("\n", " "))
        self._is_after_text = is_after_text and tag.startswith("<!--")  # a comment parts no text

    def open_quote(self, head: str = "") -> None:
        self._tag("<blockquote>")
        if head:
            self.paragraph(f"**{head.strip('[]!').capitalize()}**")

    def close_quote(self) -> None:
        self._tag("</blockquote>")

    def open_list(self, *, is_ordered: bool, start: int = 1) -> None:
        name = "ol" if is_ordered else "ul"
        self._lists.append(name)
        self._tag(f'<{name} start="{start}">' if is_ordered and start != 1 else f"<{name}>")

    def close_list(self) -> None:
        self._tag(f"</{self._lists.pop()}>")

    def open_item(self, task: str = "") -> None:
        self._tag(f"<li>- {task}" if task else "<li>")

    def close_item(self) -> None:
        if self._out[-1] == "<li>":
            self._out.pop()
        else:
            self._tag("</li>")

    def resume_item(self) -> None:
        self.open_item()

    def _tag(self, tag: str) -> None:
        self._out.append(tag)
        self._is_after_text = False
