"""Storage format as a small tree, written as well-formed XHTML: what is put in is escaped here, and nowhere else."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

Part: TypeAlias = "Node | str"

_INVALID = re.compile(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPACES = re.compile(r"[ \t\n\r\f]+")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_ATTRIBUTE_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": " ", "\t": " "})
_ALONE = frozenset(("br", "hr", "time", "ac:emoticon"))
_MARKS = frozenset(("strong", "em", "del"))
_BLOCKS = frozenset(
    (
        *("p", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "blockquote", "tr", "td", "th", "li"),
        *("ac:task-list", "ac:adf-extension", "summary"),
    )
)


@dataclass(slots=True)
class Node:
    """An element.

    `is_literal`: its text is CDATA. `is_block`: it stands in no line of text. `is_spare`: what holds it says the same.
    """

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Part] = field(default_factory=list)
    is_literal: bool = False
    is_block: bool = False
    is_spare: bool = False

    def __post_init__(self) -> None:
        self.is_block = self.is_block or self.tag in _BLOCKS


def write_storage(parts: Iterable[Part]) -> str:
    """The parts as storage format."""
    return "".join(_written(parts))


def _written(parts: Iterable[Part]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, str):
            yield valid_characters(part).translate(_ESCAPES)
            continue
        attributes = "".join(
            f' {name}="{valid_characters(value).translate(_ATTRIBUTE_ESCAPES)}"'
            for name, value in part.attributes.items()
        )
        if not part.children and (part.tag in _ALONE or part.tag.startswith("ri:")):
            yield f"<{part.tag}{attributes}/>"
            continue
        yield f"<{part.tag}{attributes}>"
        if part.is_literal:
            yield _cdata(text_of(part.children))
        else:
            yield from _written(part.children)
        yield f"</{part.tag}>"


def valid_characters(text: str) -> str:
    """The text without what XML can't hold; a lone carriage return is white space."""
    return _INVALID.sub("", text.replace("\r\n", "\n").replace("\r", " "))


def _cdata(text: str) -> str:
    return f"<![CDATA[{valid_characters(text).replace(']]>', ']]]]><![CDATA[>')}]]>"


def text_of(parts: Iterable[Part]) -> str:
    """The text of the parts, breaks as line ends."""
    return "".join(
        part if isinstance(part, str) else "\n" if part.tag == "br" else text_of(part.children) for part in parts
    )


def one_line(text: str) -> str:
    """The text with its white space as single spaces; a no-break space is none."""
    return _SPACES.sub(" ", text).strip(" ")


def append(parts: list[Part], part: Part) -> None:
    """Put a part at the end: text goes on in text, and a mark in the same mark right before it."""
    last = parts[-1] if parts else None
    if isinstance(part, str):
        if isinstance(last, str):
            parts[-1] = last + part
        elif part:
            parts.append(part)
    elif isinstance(last, Node) and last.tag == part.tag and part.tag in _MARKS:
        for child in part.children:
            append(last.children, child)
    else:
        parts.append(part)


def is_blank(part: Part) -> bool:
    return isinstance(part, str) and not part.strip(" \t\n\r\f")


def as_blocks(parts: Iterable[Part], line: str = "p") -> list[Part]:
    """The parts as blocks: runs of what stands in lines are wrapped, blank runs left out."""
    blocks: list[Part] = []
    run: list[Part] = []
    for part in parts:
        if isinstance(part, Node) and part.is_block:
            _end_run(run, blocks, line)
            blocks.append(part)
        else:
            run.append(part)
    _end_run(run, blocks, line)
    return blocks


def _end_run(run: list[Part], blocks: list[Part], line: str) -> None:
    if not all(map(is_blank, run)):
        blocks.append(Node(line, children=list(run), is_block=True))
    run.clear()


def macro(
    name: str,
    parameters: dict[str, str] | None = None,
    body: list[Part] | None = None,
    *,
    plain: str | None = None,
    is_block: bool = False,
) -> Node:
    """A macro with a rich or a plain body, or with none."""
    children: list[Part] = [
        Node("ac:parameter", {"ac:name": key}, [value]) for key, value in (parameters or {}).items()
    ]
    if plain is not None:
        children.append(Node("ac:plain-text-body", children=[plain], is_literal=True))
    if body is not None:
        children.append(Node("ac:rich-text-body", children=body))
    return Node("ac:structured-macro", {"ac:name": name}, children, is_block=is_block)
