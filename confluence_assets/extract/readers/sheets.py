"""Excel, by openpyxl: a heading and a table per sheet; values, not formulas."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any, BinaryIO

from confluence_assets.extract.limits import ExtractLimits
from confluence_assets.extract.markdown_table import markdown_table


def read_sheets(file: BinaryIO, limits: ExtractLimits, _convert: Callable[[str], str] | None) -> str:
    """All sheets in their order, without empty rows."""
    from openpyxl import load_workbook

    book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    parts: list[str] = []
    length = 0
    for sheet in book.worksheets:
        # What a sheet says of its size may be a million rows by 16,384 columns of nothing.
        sheet.reset_dimensions()
        rows: list[list[str]] = []
        for values in sheet.iter_rows(values_only=True):
            cells = _cells(values)
            if cells:
                rows.append(cells)
                length += sum(map(len, cells)) + 3 * len(cells)
            if length > limits.text_characters:
                break
        if rows:
            parts += [f"## {' '.join(sheet.title.split())}", markdown_table(rows)]
        if length > limits.text_characters:
            break
    return "\n\n".join(parts)


def _cells(values: tuple[Any, ...]) -> list[str]:
    """The texts of a row without the empty ones at its end."""
    last = next((index for index in range(len(values) - 1, -1, -1) if values[index] not in (None, "")), -1)
    return [_text_of(value) for value in values[: last + 1]]


def _text_of(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
