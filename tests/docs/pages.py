"""The pages of the documentation that people write, and the snippets on them."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
WRITTEN = (
    "README.md",
    "concepts.md",
    "cookbook.md",
    "operating.md",
    "troubleshooting.md",
    "architecture.md",
    "access.md",
    "connecting.md",
    "messages.md",
    "datacenter.md",
    "documents.md",
    "filters.md",
    "sync.md",
    "client.md",
    "actions.md",
    "publishing.md",
    "warehouse.md",
)
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$(?:\n\n```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL)


class Snippet(NamedTuple):
    """A fenced block, and the answer that stands below it, if one does."""

    page: str
    line: int
    language: str
    text: str
    answer: str

    @property
    def name(self) -> str:
        return f"{self.page}:{self.line}"


def snippets(language: str) -> list[Snippet]:
    return [one for page in WRITTEN for one in _on(page) if one.language == language]


def _on(page: str) -> list[Snippet]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return [
        Snippet(page, text.count("\n", 0, found.start()) + 1, found[1], found[2], found[3] or "")
        for found in _FENCE.finditer(text)
    ]


def table_rows(page: str, header: str) -> list[list[str]]:
    """The cells of the table whose first header cell is this; `\\|` within a cell is a bar."""
    text = (DOCS / page).read_text(encoding="utf-8")
    (body,) = re.findall(rf"^\| {header} \|.*\n\|[-|:]+\|\n((?:\|.*\n)+)", text, re.MULTILINE)
    return [
        [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in body.splitlines()
    ]


def code_of(cell: str) -> list[str]:
    """What stands in backticks in a cell."""
    return [(double or single).strip() for double, single in re.findall(r"`` (.*?) ``|`([^`]+)`", cell)]
