"""One reader per kind of file. Each imports its library when it reads, so that a process loads no more than it needs."""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from confluence_assets.extract.kinds import Kind
from confluence_assets.extract.limits import ExtractLimits
from confluence_assets.extract.outcome import ExtractStatus, Refused
from confluence_assets.extract.readers import pdf, sheets, slides, text, word

Convert = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Reader:
    """How a kind is read. `gives_html` readers need a converter from HTML to Markdown."""

    library: str
    read: Callable[[BinaryIO, ExtractLimits, Convert | None], str]
    gives_html: bool = False


_BY_KIND = {
    Kind.PDF: Reader("pypdf", pdf.read_pdf),
    Kind.HTML: Reader("markdownify", text.read_html, gives_html=True),
    Kind.CSV: Reader("", text.read_csv),
    Kind.TEXT: Reader("", text.read_plain),
}
_BY_PART = (
    ("word/", Reader("mammoth", word.read_word, gives_html=True)),
    ("ppt/", Reader("python-pptx", slides.read_slides)),
    ("xl/", Reader("openpyxl", sheets.read_sheets)),
)
_ENCRYPTED = 0x1


def find_reader(file: BinaryIO, kind: Kind, limits: ExtractLimits, media_type: str | None) -> Reader:
    """The reader for a file. Raises: Refused where there is none, or the file is locked or a bomb."""
    if kind is Kind.ARCHIVE:
        return _find_office_reader(file, limits, media_type)
    if kind is Kind.OLE:
        if "EncryptedPackage".encode("utf-16-le") in file.read():
            raise Refused("It is encrypted: a password would be needed.")
        raise Refused(
            f"There is no reader for {media_type or 'Office files of before 2007'}.", ExtractStatus.UNSUPPORTED
        )
    if kind not in _BY_KIND:
        raise Refused(f"There is no reader for {media_type or 'such files'}.", ExtractStatus.UNSUPPORTED)
    return _BY_KIND[kind]


def _find_office_reader(file: BinaryIO, limits: ExtractLimits, media_type: str | None) -> Reader:
    with zipfile.ZipFile(file) as archive:
        parts = archive.infolist()
    names = [part.filename for part in parts]
    reader = next((reader for start, reader in _BY_PART if any(name.startswith(start) for name in names)), None)
    if reader is None or "[Content_Types].xml" not in names:
        raise Refused(f"There is no reader for {media_type or 'archives'}.", ExtractStatus.UNSUPPORTED)
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise Refused("It is encrypted: a password would be needed.")
    unpacked = sum(part.file_size for part in parts)
    if unpacked > limits.unpacked_bytes:
        raise Refused(f"It unpacks to {unpacked >> 20} MB; more than {limits.unpacked_bytes >> 20} MB are not read.")
    return reader
