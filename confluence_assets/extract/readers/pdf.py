"""PDF, by pypdf: pages of text, an empty line between two."""

from collections.abc import Callable
from typing import BinaryIO

from confluence_assets.extract.limits import ExtractLimits
from confluence_assets.extract.outcome import Refused


def read_pdf(file: BinaryIO, limits: ExtractLimits, _convert: Callable[[str], str] | None) -> str:
    """The text of all pages. Many files are locked against changes alone and open with the empty password."""
    from pypdf import PdfReader
    from pypdf.errors import PdfReadError

    reader = PdfReader(file, strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        raise Refused("It is encrypted: a password would be needed.")
    pages: list[str] = []
    length = damaged = 0
    for page in reader.pages:
        try:
            text = page.extract_text().strip()
        except (PdfReadError, ValueError, KeyError, TypeError, AttributeError, IndexError):
            damaged += 1  # one damaged page among good ones
            continue
        pages.append(text)
        length += len(text)
        if length > limits.text_characters:
            break
    if damaged and not any(pages):
        raise Refused("It is damaged: none of its pages could be read.")
    return "\n\n".join(filter(None, pages))
