"""What is open while parts are put together: elements of Markdown, HTML tags, and macros between two comments.

Whatever the order in which they are closed, what comes out is nested: an end without a start is left out, and a start
without an end reaches to the end of what holds it; a macro without one has no body.
"""

import re
from html.parser import HTMLParser

from confluence_assets.compose.marks import MacroMark, block_macro, parse_comment
from confluence_assets.compose.options import ComposeOptions
from confluence_assets.compose.storage import Part, append, as_blocks
from confluence_assets.compose.tags import RAW, VOID, Attributes, build

_CLOSED_BY_NEXT = {
    "p": {"p"},
    "li": {"p", "li"},
    "td": {"p", "td", "th"},
    "th": {"p", "td", "th"},
    "tr": {"p", "td", "th", "tr"},
}
"""Tags whose start ends others that were left open."""


_MARKED = re.compile(r"<!\[(?!CDATA\[)")
"""What Python's parser takes for a section of SGML, and ends at with an error where it does not know its name: `<![x](…`."""


class _Frame:
    __slots__ = ("attributes", "children", "is_markdown", "mark", "name")

    def __init__(
        self, name: str, attributes: Attributes, *, is_markdown: bool = False, mark: MacroMark | None = None
    ) -> None:
        self.name = name
        self.attributes = attributes
        self.is_markdown = is_markdown
        self.mark = mark
        self.children: list[Part] = []


class Stack(HTMLParser):
    """Takes parts and tags in document order."""

    def __init__(self, options: ComposeOptions) -> None:
        super().__init__(convert_charrefs=True)
        self._options = options
        self._frames = [_Frame("", {}, is_markdown=True)]

    def add(self, *parts: Part) -> None:
        for part in parts:
            append(self._frames[-1].children, part)

    def html(self, source: str) -> None:
        """HTML as it stands in Markdown: any number of tags, comments and text between them."""
        self.feed(_MARKED.sub("&lt;![", source))
        self.close()
        self.reset()

    def open(self, name: str, attributes: Attributes | None = None) -> None:
        """An element of Markdown's own, which HTML inside it can't end."""
        self._frames.append(_Frame(name, attributes or {}, is_markdown=True))

    def end(self, name: str) -> None:
        while self._frames[-1].name != name or not self._frames[-1].is_markdown:
            self._pop()
        self._pop()

    def finish(self) -> list[Part]:
        """All parts at the top; what is still open ends here."""
        while len(self._frames) > 1:
            self._pop()
        return self._frames[0].children

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        written = (self.get_starttag_text() or "").rstrip("/>")[len(tag) + 1 :]
        attributes = {name: value or "" for name, value in attrs} | {RAW: written}
        if tag in VOID:
            self.add(*build(tag, attributes, [], self._options))
            return
        while self._frames[-1].name in _CLOSED_BY_NEXT.get(tag, ()) and not self._frames[-1].is_markdown:
            self._pop()
        language = next((name[9:] for name in attributes.get("class", "").split() if name.startswith("language-")), "")
        if tag == "code" and language and self._frames[-1].name == "pre":
            self._frames[-1].attributes["language"] = language
        self._frames.append(_Frame(tag, attributes))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        for frame in reversed(self._frames):
            if frame.is_markdown:
                return
            if frame.name == tag:
                break
        while self._frames[-1] is not frame:
            self._pop()
        self._pop()

    def handle_data(self, data: str) -> None:
        self.add(data)

    def handle_comment(self, data: str) -> None:
        mark = parse_comment(data)
        if mark is None:
            return
        if not mark.is_end:
            self._frames.append(_Frame("", {}, mark=mark))
            return
        for frame in reversed(self._frames):
            if frame.mark is None:
                return
            if frame.mark.name == mark.name:
                while self._frames[-1] is not frame:
                    self._pop()
                self._frames.pop()
                self.add(block_macro(frame.mark, as_blocks(frame.children)))
                return

    def _pop(self) -> None:
        frame = self._frames.pop()
        if frame.mark is not None:
            self.add(block_macro(frame.mark, None), *frame.children)
        else:
            self.add(*build(frame.name, frame.attributes, frame.children, self._options))
