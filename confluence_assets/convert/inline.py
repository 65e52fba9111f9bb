"""One run of inline content: text, code, and marks around them, rendered when its block ends.

Marks (bold, italic, strike, links, raw tags) may be opened and closed in any order; a block that ends inside a mark
closes it, and the next block opens it again. Which delimiters Markdown understands depends on the characters on both
sides of them, so this is decided at the end: `**` where it works, `<strong>` where it doesn't.
"""

import re
import unicodedata
from functools import lru_cache
from typing import TypeAlias

from confluence_assets.convert.escape import BREAK, EDGE, NEEDS_CARE, PARTED, SPACES, code_span, escape_text, part_words

_TRIMMED = SPACES + BREAK + EDGE + "\xa0"
_SHOWS_NOTHING = re.compile(rf"(?:[{_TRIMMED}]|<(?:a|span) [^<>]*></(?:a|span)>)*+").fullmatch
_SPACE, _PUNCTUATION, _SYMBOL, _LETTER = range(4)
MAX_OPEN_MARKS = 40


class Mark:
    """An open mark; `delimiter` is None where only `before` and `after` will do."""

    __slots__ = ("after", "before", "delimiter", "end", "kind")

    def __init__(self, kind: str, before: str, after: str, delimiter: str | None = None) -> None:
        self.kind = kind
        self.before = before
        self.after = after
        self.delimiter = delimiter
        self.end = MarkEnd(self)


class MarkEnd:
    """The place where a mark ends."""

    __slots__ = ("mark",)

    def __init__(self, mark: Mark) -> None:
        self.mark = mark


Part: TypeAlias = str | Mark | MarkEnd

STRONG = Mark("strong", "<strong>", "</strong>", "**")
EMPHASIS = Mark("em", "<em>", "</em>", "*")
STRIKE = Mark("del", "<del>", "</del>", "~~")
UNDERLINE = Mark("u", "<u>", "</u>")
SUBSCRIPT = Mark("sub", "<sub>", "</sub>")
SUPERSCRIPT = Mark("sup", "<sup>", "</sup>")


def link_mark(target: str) -> Mark:
    """A mark that makes its content a link; `target` is escaped already."""
    return Mark("link", "[", f"]({target})")


def tag_mark(name: str, attributes: str) -> Mark:
    """A raw HTML tag around its content."""
    return Mark("tag", f"<{name}{attributes}>", f"</{name}>")


class Inline:
    """Builder of inline Markdown; `in_cell` where it becomes part of a table row."""

    __slots__ = (
        "_code",
        "_code_at",
        "_depths",
        "_has_edges",
        "_is_marked",
        "_is_parted",
        "_links",
        "_open",
        "code_depth",
        "in_cell",
        "parts",
    )

    def __init__(self, *, in_cell: bool = False) -> None:
        self.parts: list[Part] = []
        self.in_cell = in_cell
        self.code_depth = 0
        self._is_marked = False
        self._is_parted = False
        self._has_edges = False
        self._open: list[Mark] = []
        self._links: list[Mark | None] = []
        self._depths: dict[str, int] = {}
        self._code: list[str] = []
        self._code_at = -1

    def text(self, text: str) -> None:
        """Text of the source; white space collapses, and means nothing where a block begins."""
        if self.code_depth:
            self.code(text)
        elif not NEEDS_CARE(text):
            if self.parts or text != " ":
                self.parts.append(text)
        elif text.isspace() and "\xa0" not in text:
            if self.parts and self.parts[-1] != " ":
                self.parts.append(" ")
        else:
            text = escape_text(text)
            self.parts.append(text.replace("|", "\\|") if self.in_cell else text)

    def code(self, code: str) -> None:
        """Inline code; two pieces side by side are one."""
        if self._code_at == len(self.parts) and self._code_at > 0:
            if not self._is_parted:
                self._code.append(code)
                return
            self.parts.append(PARTED)
        self._is_parted = False
        if code.strip():
            self._join_code()
            self.parts.append(code_span(code, in_cell=self.in_cell))
            self._code, self._code_at = [code], len(self.parts)
        elif code and self.parts:
            self.parts.append(" ")

    def _join_code(self) -> None:
        """Write the pieces side by side as one, once all are there."""
        if len(self._code) > 1:
            self.parts[self._code_at - 1] = code_span("".join(self._code), in_cell=self.in_cell)
        self._code = []

    def part_code(self) -> None:
        """Code that comes next is no part of the code right before."""
        self._is_parted = self._code_at == len(self.parts)

    def raw(self, markdown: str) -> None:
        """Markdown or HTML that is escaped already."""
        self.parts.append(markdown)

    def word_edge(self) -> None:
        """What comes next is no part of the word before."""
        if self.parts:
            self._has_edges = True
            if self.code_depth and self._code_at == len(self.parts):
                if not self._code[-1][-1:].isspace():
                    self.code(EDGE)
            else:
                self.parts.append(EDGE)

    def line_break(self) -> None:
        self.parts.append(BREAK)

    def start(self, mark: Mark) -> None:
        depth = self._depths.get(mark.kind, 0)
        self._depths[mark.kind] = depth + 1
        if depth == 0 or (mark.kind == "tag" and depth < MAX_OPEN_MARKS):
            self._push(mark)

    def end(self, mark: Mark) -> None:
        depth = self._depths[mark.kind] = self._depths.get(mark.kind, 1) - 1
        if depth == 0 or (mark.kind == "tag" and depth < MAX_OPEN_MARKS):
            self._drop(mark)

    def start_link(self, mark: Mark | None) -> None:
        """A link; one inside another interrupts it. None stands for a link that leads nowhere."""
        outer = self._links[-1] if self._links else None
        if mark and outer:
            self._drop(outer)
        self._links.append(mark or outer)
        if mark:
            self._push(mark)

    def end_link(self) -> None:
        mark = self._links.pop()
        outer = self._links[-1] if self._links else None
        if mark and mark is not outer:
            self._drop(mark)
            if outer:
                self._push(outer)

    @property
    def is_in_link(self) -> bool:
        return bool(self._links and self._links[-1])

    def is_empty_since(self, mark: Mark) -> bool:
        """Whether nothing that shows was written after the mark's start, or after the last block's end."""
        for part in reversed(self.parts):
            if part is mark:
                return True
            if isinstance(part, str) and not _SHOWS_NOTHING(part):
                return False
        return True

    def _push(self, mark: Mark) -> None:
        self._is_marked = True
        self._open.append(mark)
        self.parts.append(mark)

    def _drop(self, mark: Mark) -> None:
        if mark not in self._open:
            return
        at = len(self._open) - 1 - self._open[::-1].index(mark)
        above = self._open[at + 1 :]
        self.parts.extend(open_mark.end for open_mark in reversed(self._open[at:]))
        del self._open[at:]
        for open_mark in above:
            self._push(open_mark)

    def take(self) -> str:
        """The inline Markdown so far, line breaks as `BREAK`; what is open goes on in the next block."""
        parts = self.parts
        if self._code_at > 0:
            self._join_code()
            self._code_at = -1
        if len(parts) == 1 and not self._is_marked:
            rendered = parts[0].strip(_TRIMMED)  # type: ignore[union-attr]
            self.parts = []
            return rendered if EDGE not in rendered else rendered.replace(EDGE, "")
        rendered = render(parts) if self._is_marked else "".join(parts)  # type: ignore[arg-type]
        self.parts = list(self._open)
        self._is_marked = bool(self._open)
        if self._has_edges:
            self._has_edges = False
            rendered = part_words(rendered)
        return rendered.strip(_TRIMMED)


def render(parts: list[Part]) -> str:
    """The parts as text, each mark with delimiters that Markdown takes for what they are."""
    placed, pairs = _place(parts)
    texts: list[Part] = list(placed)
    for mark, start, end in pairs:
        if mark.delimiter and _is_delimitable(placed, start, end):
            texts[start] = texts[end] = mark.delimiter
        else:
            texts[start], texts[end] = mark.before, mark.after
    return "".join(texts)  # type: ignore[arg-type]


def _place(parts: list[Part]) -> tuple[list[Part], list[tuple[Mark, int, int]]]:
    """Marks moved inwards to where their content is, empty ones left out, each with the places of its two ends."""
    out: list[Part] = []
    pairs: list[tuple[Mark, int, int]] = []
    opened: list[tuple[Mark, int]] = []
    pending: list[Mark] = []
    for part in parts:
        if isinstance(part, str):
            if pending:
                content = part.lstrip(_TRIMMED)
                if len(content) < len(part):
                    out.append(part[: len(part) - len(content)])
                if not content:
                    continue
                _open_pending(pending, out, opened, pairs)
                part = content
            if part.startswith("`") and _ends_in_backtick(out):
                out.append(PARTED)
            out.append(part)
        elif isinstance(part, Mark):
            pending.append(part)
        elif pending:
            pending.pop()
        else:
            _close(out, opened, pairs)
    while opened:
        _close(out, opened, pairs)
    return out, pairs


def _open_pending(
    pending: list[Mark],
    out: list[Part],
    opened: list[tuple[Mark, int]],
    pairs: list[tuple[Mark, int, int]],
) -> None:
    last = out[-1] if out else None
    if isinstance(last, MarkEnd) and last.mark.kind == pending[0].kind and last.mark.delimiter:
        out.pop()  # the same mark again with nothing between: it goes on
        mark, start, _ = pairs.pop()
        opened.append((mark, start))
        del pending[0]
    for mark in pending:
        at = len(out) - 2 if len(out) > 1 and out[-1] == EDGE else len(out) - 1
        before = out[at] if out else ""
        if mark.kind == "link" and isinstance(before, str) and before.endswith("!"):
            out[at] = f"{before[:-1]}\\!"  # or the link would be an image
        opened.append((mark, len(out)))
        out.append(mark)
    pending.clear()


def _ends_in_backtick(out: list[Part]) -> bool:
    last = out[-1] if out else ""
    return isinstance(last, str) and last.endswith("`")


def _close(out: list[Part], opened: list[tuple[Mark, int]], pairs: list[tuple[Mark, int, int]]) -> None:
    trail = ""
    while isinstance(last := out[-1], str):
        content = last.rstrip(_TRIMMED)
        trail = last[len(content) :] + trail
        if content:
            out[-1] = content
            break
        out.pop()
    mark, start = opened.pop()
    pairs.append((mark, start, len(out)))
    out.append(mark.end)
    if trail:
        out.append(trail)


def _is_delimitable(parts: list[Part], start: int, end: int) -> bool:
    """Whether a delimiter run at both places opens and closes, whatever a renderer takes symbols for."""
    outside = parts[start - 1] if start else " "
    if outside == EDGE or (isinstance(outside, MarkEnd) and outside.mark.delimiter):
        return False
    beyond = parts[end + 1] if end + 1 < len(parts) else " "
    if _is_run(outside) != _is_run(beyond):  # delimiters that touch must touch at both ends, or be taken apart wrongly
        return False
    return _flanks(_side(outside, -1), _side(parts[start + 1], 0)) and _flanks(
        _side(beyond, 0), _side(parts[end - 1], -1)
    )


def _is_run(part: Part) -> bool:
    mark = part if isinstance(part, Mark) else part.mark if isinstance(part, MarkEnd) else None
    return mark is not None and mark.delimiter is not None


def _flanks(outer: int, inner: int) -> bool:
    if inner == _LETTER:
        return True
    if inner == _SPACE:
        return False
    return outer in (_SPACE, _PUNCTUATION) or outer == inner == _SYMBOL


def _side(part: Part, index: int) -> int:
    return _class_of(part[index]) if isinstance(part, str) else _PUNCTUATION


@lru_cache(maxsize=4096)
def _class_of(character: str) -> int:
    if character == EDGE:  # may become a space, or nothing: what works for a letter works for both
        return _LETTER
    if character in _TRIMMED:
        return _SPACE
    if character.isascii():
        return _LETTER if character.isalnum() else _PUNCTUATION
    category = unicodedata.category(character)
    if category == "Zs":
        return _SPACE
    return {"P": _PUNCTUATION, "S": _SYMBOL}.get(category[0], _LETTER)
