"""Rows of cells as a GitHub-flavoured Markdown table. Pure."""

from collections.abc import Sequence

_ESCAPES = str.maketrans({"|": "\\|", "\\": "\\\\", "\r": None})


def markdown_table(rows: Sequence[Sequence[str]]) -> str:
    """The table; the first row is the header. Short rows are filled up, so that no cell is lost."""
    width = max(map(len, rows), default=0)
    if not width:
        return ""
    header, *body = rows
    return "\n".join([_line(header, width), "|" + " --- |" * width, *(_line(row, width) for row in body)])


def _line(cells: Sequence[str], width: int) -> str:
    texts = [cell.strip().translate(_ESCAPES).replace("\n", "<br>") for cell in cells]
    texts += [""] * (width - len(texts))
    return "| " + " | ".join(texts) + " |"
