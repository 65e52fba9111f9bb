"""Pipe tables. A header without text is none: the converter writes it where the source has no header row."""

from collections.abc import Callable

from markdown_it.tree import SyntaxTreeNode

from confluence_assets.compose.storage import Node, Part, as_blocks, is_blank

Line = Callable[[SyntaxTreeNode], list[Part]]


def compose_table(table: SyntaxTreeNode, line: Line) -> Node:
    """The table, its header row made of header cells; without one, a bold first column is made of them."""
    rows = [[line(cell) for cell in row.children] for part in table.children for row in part.children]
    header, body = rows[0], rows[1:]
    has_header = not body or any(not all(map(is_blank, cell)) for cell in header)
    written: list[Part] = [_row(header, is_header=True, has_bold_first=False)] if has_header else []
    is_all_bold = all(all(_bold(cell) is not None for cell in row) for row in body[:1])  # or it would be a header row
    has_bold_first = not has_header and not is_all_bold and all(_bold(row[0]) is not None for row in body)
    written += [_row(row, is_header=False, has_bold_first=has_bold_first) for row in body]
    return Node("table", children=[Node("tbody", children=written)])


def _row(cells: list[list[Part]], *, is_header: bool, has_bold_first: bool) -> Node:
    written: list[Part] = []
    for at, cell in enumerate(cells):
        bold = _bold(cell) if has_bold_first and at == 0 else None
        name = "th" if is_header or bold is not None else "td"
        written.append(Node(name, children=as_blocks(cell if bold is None else bold)))
    return Node("tr", children=written)


def _bold(cell: list[Part]) -> list[Part] | None:
    """The text of a cell that is one piece of bold text and nothing else."""
    only = cell[0] if len(cell) == 1 else None
    if not isinstance(only, Node) or only.tag != "strong" or not all(isinstance(part, str) for part in only.children):
        return None
    return only.children
