"""Task lists: items that begin with a box."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from itertools import count

from markdown_it.tree import SyntaxTreeNode

from confluence_assets.compose.storage import Node, Part

_BOX = re.compile(r"\[([ xX])\](?=\s)")
_DATE = re.compile(r"(?:(?<=\s)|^)\d{4}-\d\d-\d\d(?=\s|$)")


class TaskNumbers:
    """Ids of tasks, unique in a document."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def next(self) -> str:
        return str(next(self._numbers))


def is_task(item: SyntaxTreeNode) -> bool:
    """Whether an item begins with a box, and not with a link whose text looks like one."""
    first = item.children[0] if item.children else None
    if first is None or first.type != "paragraph" or not first.children:
        return False
    inline = first.children[0].token
    if inline is None or not inline.children or not _BOX.match(inline.content):
        return False
    return inline.children[0].type == "text" and bool(_BOX.match(inline.children[0].content))


def compose_task_list(
    items: Sequence[SyntaxTreeNode],
    compose: Callable[[Sequence[SyntaxTreeNode]], list[Part]],
    numbers: TaskNumbers,
) -> Node:
    """A list of tasks, each with its box as its status; a date in its first line is when it is due."""
    tasks: list[Part] = []
    for item in items:
        number, status = numbers.next(), _take_box(item)
        body = compose(item.children)
        if body and isinstance(body[0], Node) and body[0].tag == "p":
            first = _with_dates(body[0].children)
            body[0] = Node("span", children=first)
        parts: list[Part] = [
            Node("ac:task-id", children=[number]),
            Node("ac:task-status", children=[status]),
            Node("ac:task-body", children=body),
        ]
        tasks.append(Node("ac:task", children=parts))
    return Node("ac:task-list", children=tasks)


def _take_box(item: SyntaxTreeNode) -> str:
    token = item.children[0].children[0].token
    first = token.children[0] if token and token.children else None
    if first is None:
        return "incomplete"
    is_done = first.content[1] in "xX"
    first.content = first.content[3:].lstrip(" \t\n\xa0") if len(first.content) > 3 else ""
    return "complete" if is_done else "incomplete"


def _with_dates(parts: list[Part]) -> list[Part]:
    """The line with dates that stand alone as dates."""
    line: list[Part] = []
    for at, part in enumerate(parts):
        if not isinstance(part, str):
            line.append(part)
            continue
        done = 0
        for found in _DATE.finditer(part):
            stands_alone = (found.start() > 0 or at == 0) and (found.end() < len(part) or at == len(parts) - 1)
            if stands_alone and _is_date(found.group()):
                line += [part[done : found.start()], Node("time", {"datetime": found.group()})]
                done = found.end()
        line.append(part[done:])
    return [part for part in line if part != ""]


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
