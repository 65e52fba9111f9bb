"""One walk over the tree, element by element, with no recursion however deep it is.

`handlers` say what an element does when it starts and when it ends; this module holds what they share.
"""

from collections.abc import Callable, Iterator
from typing import Final, Protocol, TypeAlias

from lxml import etree

from confluence_assets.convert.blocks import BlockWriter, Writer
from confluence_assets.convert.escape import plain_text
from confluence_assets.convert.findings import Findings, Heading
from confluence_assets.convert.inline import Inline
from confluence_assets.convert.parse import AC, Element, parse_storage
from confluence_assets.convert.resolver import ConversionContext, IncludedBody, Resolver

UNSHOWN = frozenset(
    f"{AC}{name}"
    for name in (
        *("parameter", "default-parameter", "placeholder", "task-id", "task-uuid", "task-status"),
        *("adf-attribute", "adf-mark", "adf-fragment-mark"),
    )
)
"""Elements whose text a page doesn't show."""

SKIP: Final = object()
"""Answer of a start handler that wants nothing of the element's content."""

StartHandler: TypeAlias = Callable[["Converter", Element], object]
EndHandler: TypeAlias = Callable[["Converter", Element], None]
Handlers: TypeAlias = tuple[StartHandler | None, EndHandler | None]

_TRANSPARENT: Handlers = (None, None)


class Table(Protocol):
    """A table that is being written."""

    def start_row(self) -> None: ...

    def end_row(self) -> None: ...

    def start_cell(self, cell: Element) -> None: ...

    def end_cell(self, cell: Element) -> None: ...

    def close(self) -> None: ...


MAX_INCLUDES_NESTED = 5
MAX_INCLUDED_CHARACTERS = 5_000_000


class Converter:
    """The state of one conversion. `handlers` maps an element's tag to what it does at its start and at its end."""

    def __init__(
        self,
        resolver: Resolver,
        context: ConversionContext,
        handlers: dict[str, Handlers],
        findings: Findings | None = None,
    ) -> None:
        self.resolver = resolver
        self.context = context
        self.findings = findings
        self.lines = BlockWriter()
        self.writer: Writer = self.lines
        self.inline = Inline()
        self.heading_level = 0
        self.tables: list[Table] = []
        self.closers: list[Callable[[], None] | None] = []
        self._handlers = handlers
        self._including: list[tuple[str | None, ...]] = [_identity(context)]
        self._includable_characters = MAX_INCLUDED_CHARACTERS

    def convert(self, storage: str) -> str:
        """The Markdown of a whole body."""
        self.walk(parse_storage(storage))
        self.flush()
        return self.lines.markdown()

    def walk(self, root: Element) -> None:
        """Write what stands below the root, in document order."""
        handlers, flush = self._handlers.get, Converter.flush  # most blocks do no more than flush: spare them the call
        outer: list[tuple[Element, Iterator[Element], EndHandler | None]] = []
        if root.text:
            self.inline.text(root.text)
        siblings: Iterator[Element] = iter(root)
        while True:
            for element in siblings:
                start, end = handlers(element.tag, _TRANSPARENT)
                if start is None or (start is flush and not self.inline.parts) or start(self, element) is not SKIP:
                    text = element.text
                    if text and (self.inline.parts or not text.isspace()):
                        self.inline.text(text)
                    if len(element):
                        outer.append((element, siblings, end))
                        siblings = iter(element)
                        break
                if end is not None and (end is not flush or self.inline.parts):
                    end(self, element)
                tail = element.tail
                if tail and (self.inline.parts or not tail.isspace()):
                    self.inline.text(tail)
            else:
                if not outer:
                    return
                element, siblings, end = outer.pop()
                if end is not None:
                    end(self, element)
                tail = element.tail
                if tail and (self.inline.parts or not tail.isspace()):
                    self.inline.text(tail)

    def flush(self, _element: Element | None = None) -> None:
        """End the block that is being written, if any."""
        if not self.inline.parts:
            return
        text = self.inline.take()
        if not text:
            return
        if self.heading_level:
            if self.findings is not None:
                self.findings.headings.append(Heading(self.heading_level, plain_text(text)))
            self.writer.heading(self.heading_level, text)
        else:
            self.writer.paragraph(text)

    def block(self, inline: str) -> None:
        """A paragraph of its own, of inline Markdown that is escaped already."""
        self.flush()
        self.writer.paragraph(inline)

    def html(self, tag: str) -> None:
        """A line of HTML of its own."""
        self.flush()
        self.writer.html(tag)

    def embed(self, body: IncludedBody) -> bool:
        """Another body's text at this place; False where it would include itself, or where it is too much."""
        identity = (body.content_id,) if body.content_id else (body.space_key, body.title)
        is_cycle = identity in self._including
        if is_cycle or len(self._including) > MAX_INCLUDES_NESTED or len(body.storage) > self._includable_characters:
            return False
        self._includable_characters -= len(body.storage)
        self.flush()
        context, findings = self.context, self.findings
        self.context = ConversionContext(body.content_id, body.space_key or context.space_key, body.title)
        self.findings = None  # links of another body are not this one's
        self._including.append(identity)
        self.walk(parse_storage(body.storage))
        self.flush()
        self._including.pop()
        self.context, self.findings = context, findings
        return True


def _identity(context: ConversionContext) -> tuple[str | None, ...]:
    return (context.content_id,) if context.content_id else (context.space_key, context.title)


def trim_layout(element: Element) -> None:
    """Drop the white space between an element's children, where it is layout of the source and no text."""
    if element.text and element.text.isspace():
        element.text = None
    for child in element:
        if child.tail and child.tail.isspace():
            child.tail = None


def join_paragraphs(element: Element) -> None:
    """Make the element's paragraphs one line of text with line breaks between them."""
    is_after_text = bool(element.text and element.text.strip())
    is_after_paragraph = False
    for part in list(element):
        is_paragraph = part.tag == "p"
        if is_after_text and (is_paragraph or is_after_paragraph):
            part.addprevious(etree.Element("br"))
        is_after_text, is_after_paragraph = True, is_paragraph
        if is_paragraph:
            part.tag = "span"
            if part.tail and part.tail.strip():
                line_break = etree.Element("br")
                line_break.tail, part.tail = part.tail, None
                part.addnext(line_break)
                is_after_paragraph = False


def visible_text(element: Element, limit: int = 500) -> str:
    """The element's text on one line, cut at some length."""
    pieces: list[str] = []
    length = 0
    for piece in element.itertext():
        pieces.append(str(piece))
        length += len(piece)
        if length > limit:
            break
    return " ".join("".join(pieces).split())[:limit]


def literal_text(element: Element) -> str:
    """The element's text to the character, line breaks as line ends; what a page doesn't show is left out."""
    pieces: list[str] = []
    walker = etree.iterwalk(element, events=("start", "end"))
    for event, part in walker:
        if event == "start":
            if part.tag in UNSHOWN:
                walker.skip_subtree()
            else:
                pieces.append("\n" if part.tag == "br" else part.text or "")
        elif part is not element:
            pieces.append(part.tail or "")
    return "".join(pieces)
