"""What is text already: HTML through the converter that it is given, CSV as a table, the rest as it stands."""

import codecs
import csv
import io
from collections.abc import Callable
from typing import BinaryIO

from confluence_assets.extract.limits import ExtractLimits
from confluence_assets.extract.markdown_table import markdown_table

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SAMPLE_CHARACTERS = 20_000


def read_plain(file: BinaryIO, limits: ExtractLimits, _convert: Callable[[str], str] | None) -> str:
    """The text, from UTF-8, UTF-16 with a mark, or else Windows' western code page."""
    return _decoded(file, limits).replace("\r\n", "\n").replace("\r", "\n")


def read_html(file: BinaryIO, limits: ExtractLimits, convert: Callable[[str], str] | None) -> str:
    """The page as Markdown."""
    html = _decoded(file, limits)
    return convert(html) if convert else html


def read_csv(file: BinaryIO, limits: ExtractLimits, _convert: Callable[[str], str] | None) -> str:
    """One table; its first line is the header."""
    content = _decoded(file, limits)
    csv.field_size_limit(limits.text_characters)
    try:
        dialect: type[csv.Dialect] = csv.Sniffer().sniff(content[:_SAMPLE_CHARACTERS], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    rows = [row for row in csv.reader(io.StringIO(content), dialect) if any(row)]
    return markdown_table(rows)


def _decoded(file: BinaryIO, limits: ExtractLimits) -> str:
    """As much of the file as can become text within the limit."""
    content = file.read(limits.text_characters * 4)
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(content)
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
