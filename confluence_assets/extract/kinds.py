"""What a file is, by its first bytes; what its name or media type say counts only among kinds of text. Pure."""

import re
from enum import StrEnum
from pathlib import PurePosixPath

HEAD_BYTES = 4096
"""As many bytes of a file are looked at."""


class Kind(StrEnum):
    """Kinds of files that are told apart."""

    PDF = "pdf"
    ARCHIVE = "archive"
    """A zip archive, which Word, PowerPoint and Excel files are, too."""
    OLE = "ole"
    """The container of Office before 2007, and of encrypted Office files since."""
    HTML = "html"
    CSV = "csv"
    TEXT = "text"
    UNSUPPORTED = "unsupported"


_MAGIC = (
    (b"PK\x03\x04", Kind.ARCHIVE),
    (b"PK\x05\x06", Kind.ARCHIVE),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind.OLE),
)
_PDF_WITHIN = 1024
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
"""Byte order marks: UTF-16 text is full of zero bytes, and text all the same."""
_UNSEEN = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_HTML_START = re.compile(rb"(?is)\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b")
_HTML_ENDINGS = frozenset({".html", ".htm", ".xhtml"})
_CSV_ENDINGS = frozenset({".csv", ".tsv"})
_PICTURE_ENDINGS = frozenset({".svg", ".drawio", ".eps", ".ps"})


def guess_kind(head: bytes, filename: str | None = None, media_type: str | None = None) -> Kind:
    """The kind of the file that begins with these bytes."""
    if b"%PDF-" in head[:_PDF_WITHIN]:
        return Kind.PDF
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if not head.startswith(_MARKS) and _UNSEEN.search(head):
        return Kind.UNSUPPORTED
    return _text_kind(head, PurePosixPath((filename or "").lower()).suffix, (media_type or "").lower().split(";")[0])


def _text_kind(head: bytes, ending: str, media_type: str) -> Kind:
    if media_type in ("text/html", "application/xhtml+xml") or ending in _HTML_ENDINGS or _HTML_START.match(head):
        return Kind.HTML
    if media_type in ("text/csv", "text/tab-separated-values") or ending in _CSV_ENDINGS:
        return Kind.CSV
    if media_type.startswith("image/") or ending in _PICTURE_ENDINGS:
        return Kind.UNSUPPORTED  # a drawing that is kept as text is no text for people
    return Kind.TEXT
