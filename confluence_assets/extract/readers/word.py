"""Word, by mammoth: styles become headings, lists, tables, links; pictures are left out."""

from collections.abc import Callable
from typing import Any, BinaryIO

from confluence_assets.extract.limits import ExtractLimits


def read_word(file: BinaryIO, _limits: ExtractLimits, convert: Callable[[str], str] | None) -> str:
    """The document as Markdown."""
    import mammoth

    html = mammoth.convert_to_html(file, convert_image=_no_picture, include_embedded_style_map=False).value
    return convert(html) if convert else str(html)


def _no_picture(_image: Any) -> list[Any]:
    return []
