"""Tables: pipe tables where Markdown can hold the cells, else HTML whose cells hold Markdown."""

from confluence_assets.convert.blocks import CellWriter, Writer
from confluence_assets.convert.converter import Converter, EndHandler, StartHandler, Table
from confluence_assets.convert.inline import STRONG, Inline
from confluence_assets.convert.parse import AC, Element

_CELLS = frozenset(("td", "th"))
_TOO_MUCH_FOR_A_LINE = (
    *("table", "pre", "blockquote", "hr", "details", "h1", "h2", "h3", "h4", "h5", "h6"),
    *(f"{AC}{name}" for name in ("plain-text-body", "rich-text-body", "task-list", "adf-extension", "layout")),
)


class PipeTable:
    """Gathers cells as one line each, and is written when it ends. Without a header row, the header is empty."""

    def __init__(self, converter: Converter, element: Element) -> None:
        self._converter = converter
        self._rows: list[list[str]] = []
        self._has_header = _has_header(element)
        self._outer: list[tuple[Writer, Inline]] = []

    def start_row(self) -> None:
        self._rows.append([])

    def end_row(self) -> None:
        pass

    def start_cell(self, cell: Element) -> None:
        if not self._rows:
            self.start_row()
        self._outer.append((self._converter.writer, self._converter.inline))
        self._converter.writer, self._converter.inline = CellWriter(), Inline(in_cell=True)
        if cell.tag == "th" and (len(self._rows) > 1 or not self._has_header):
            self._converter.inline.start(STRONG)

    def end_cell(self, cell: Element) -> None:
        self._converter.flush()
        writer = self._converter.writer
        self._converter.writer, self._converter.inline = self._outer.pop()
        if isinstance(writer, CellWriter):
            self._rows[-1].append(writer.markdown())

    def close(self) -> None:
        width = max(map(len, self._rows), default=0)
        if not width:
            return
        header = self._rows.pop(0) if self._has_header else []
        header += [""] * (width - len(header))
        lines = [header, ["---"] * width, *self._rows]
        self._converter.lines.lines("\n".join(f"| {' | '.join(cells)} |" for cells in lines if cells))


class HtmlTable:
    """Writes rows and cells as HTML, and leaves what is in them to Markdown: a blank line on either side."""

    def __init__(self, converter: Converter) -> None:
        self._converter = converter
        converter.html("<table>")

    def start_row(self) -> None:
        self._converter.html("<tr>")

    def end_row(self) -> None:
        self._converter.html("</tr>")

    def start_cell(self, cell: Element) -> None:
        spans = "".join(f' {name}="{span}"' for name in ("colspan", "rowspan") if (span := _span(cell, name)) != 1)
        self._converter.html(f"<{cell.tag}{spans}>")

    def end_cell(self, cell: Element) -> None:
        self._converter.html(f"</{cell.tag}>")

    def close(self) -> None:
        self._converter.html("</table>")


def _span(cell: Element, name: str) -> int:
    text = cell.get(name) or ""
    return int(text) if text.isdecimal() and len(text) < 5 and int(text) > 0 else 1


def _has_header(table: Element) -> bool:
    """Whether the first row is made of header cells alone."""
    first = next(table.iter("tr"), None)
    cells = [] if first is None else [cell.tag for cell in first if cell.tag in _CELLS]
    return bool(cells) and "td" not in cells


def _fits_in_lines(table: Element) -> bool:
    """Whether no cell is merged or holds a block that one line can't; looks no further than the first that does."""
    for element in table.iter("td", "th", *_TOO_MUCH_FOR_A_LINE):
        if element.tag in _CELLS:
            if _span(element, "colspan") != 1 or _span(element, "rowspan") != 1:
                return False
        elif element is not table:
            return False
    return True


def _start_table(converter: Converter, element: Element) -> None:
    converter.flush()
    table: Table
    if isinstance(converter.writer, CellWriter) or not _fits_in_lines(element):
        table = HtmlTable(converter)
    else:
        table = PipeTable(converter, element)
    converter.tables.append(table)


def _end_table(converter: Converter, element: Element) -> None:
    converter.flush()
    converter.tables.pop().close()


def _start_row(converter: Converter, element: Element) -> None:
    converter.flush()
    if converter.tables:
        converter.tables[-1].start_row()


def _end_row(converter: Converter, element: Element) -> None:
    converter.flush()
    if converter.tables:
        converter.tables[-1].end_row()


def _start_cell(converter: Converter, element: Element) -> None:
    converter.flush()
    if converter.tables:
        converter.tables[-1].start_cell(element)


def _end_cell(converter: Converter, element: Element) -> None:
    converter.flush()
    if converter.tables:
        converter.tables[-1].end_cell(element)


STARTS: dict[str, StartHandler] = {"table": _start_table, "tr": _start_row, "td": _start_cell, "th": _start_cell}
ENDS: dict[str, EndHandler] = {"table": _end_table, "tr": _end_row, "td": _end_cell, "th": _end_cell}
