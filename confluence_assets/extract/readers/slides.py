"""PowerPoint, by python-pptx: a heading per slide, its text, its tables, its notes."""

from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from confluence_assets.extract.limits import ExtractLimits
from confluence_assets.extract.markdown_table import markdown_table


def read_slides(file: BinaryIO, limits: ExtractLimits, _convert: Callable[[str], str] | None) -> str:
    """All slides in their order."""
    from pptx import Presentation

    parts: list[str] = []
    length = 0
    for number, slide in enumerate(Presentation(file).slides, 1):
        for part in _read_slide(slide, number):
            parts.append(part)
            length += len(part)
        if length > limits.text_characters:
            break
    return "\n\n".join(filter(None, parts))


def _read_slide(slide: Any, number: int) -> Iterator[str]:
    title = slide.shapes.title
    words = " ".join(title.text_frame.text.split()) if title is not None and title.has_text_frame else ""
    yield f"## {words or f'Slide {number}'}"
    pending = list(reversed(slide.shapes))
    while pending:
        shape = pending.pop()
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if hasattr(shape, "shapes"):
            pending.extend(reversed(shape.shapes))  # a group
        elif getattr(shape, "has_table", False):
            yield markdown_table([[cell.text for cell in row.cells] for row in shape.table.rows])
        elif shape.has_text_frame:
            yield _read_paragraphs(shape.text_frame)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        notes = slide.notes_slide.notes_text_frame.text.strip()
        if notes:
            yield "\n".join(f"> {line}" for line in notes.splitlines())


def _read_paragraphs(frame: Any) -> str:
    lines = [(paragraph.level, " ".join(paragraph.text.split())) for paragraph in frame.paragraphs]
    written = [(level, text) for level, text in lines if text]
    if len(written) == 1:
        return written[0][1]
    return "\n".join(f"{'  ' * level}- {text}" for level, text in written)
