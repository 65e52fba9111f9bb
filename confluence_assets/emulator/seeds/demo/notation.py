"""Reads the demo's page files.

`= Title` starts a page, `== Title` one below it, and so on; `= [folder] Title` another kind (folder, whiteboard, database,
`[embed address]`, `[blog]`). Then, in any order: `: name=value …` (by, on, edited, who, v, labels, status, subtype, read, update,
groups), the text, and what hangs on it: `> who: text` a comment, `>> who: text` a reply, `>? who (words): text` an inline comment,
`>! who (words): text` a resolved one, `+ file.pdf comment` a file, `~ key = json` a property, `^ who who` likes,
`* type | title | json` custom content.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

_TITLE = re.compile(r"(=+) (?:\[(\w+)(?: ([^\]]+))?\] )?(.+)")
_COMMENT = re.compile(r"(>>|>\?|>!|>) (\w+)(?: \(([^)]*)\))?: (.*)")


@dataclass(slots=True)
class Remark:
    """A comment: `mark` is >, >> (reply), >? (inline) or >! (inline, resolved)."""

    mark: str
    who: str
    selection: str
    text: str


@dataclass(slots=True)
class Draft:
    """A page as it was written down."""

    depth: int
    kind: str
    title: str
    argument: str = ""
    traits: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    files: list[tuple[str, str]] = field(default_factory=list)
    properties: dict[str, Any] = field(default_factory=dict)
    likes: list[str] = field(default_factory=list)
    custom: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def read_drafts(text: str) -> list[Draft]:
    """All pages of a file, in order. Raises: ValueError for text before the first page."""
    drafts: list[Draft] = []
    for line in text.split("\n"):
        title = _TITLE.fullmatch(line)
        if title:
            drafts.append(Draft(len(title[1]), title[2] or "page", title[4].strip(), title[3] or ""))
        elif drafts:
            _take(drafts[-1], line)
        elif line.strip():
            raise ValueError(f"text before the first page: {line}")
    return drafts


def _take(draft: Draft, line: str) -> None:
    remark = _COMMENT.fullmatch(line)
    if remark:
        draft.remarks.append(Remark(remark[1], remark[2], remark[3] or "", remark[4]))
    elif line.startswith(": "):
        pairs = (pair.partition("=") for pair in line[2:].split())
        draft.traits.update({name: value for name, _, value in pairs})
    elif line.startswith("+ "):
        name, _, comment = line[2:].partition(" ")
        draft.files.append((name, comment))
    elif line.startswith("~ "):
        key, _, value = line[2:].partition(" = ")
        draft.properties[key] = json.loads(value)
    elif line.startswith("^ "):
        draft.likes.extend(line[2:].split())
    elif line.startswith("* "):
        type_, title, body = line[2:].split(" | ")
        draft.custom.append((type_, title, body))
    else:
        draft.lines.append(line)
