"""Markdown in pieces for search: cut by heading, then by size, never through a code block or a table row.

Sections are cut by themselves, and where a long one is cut depends on the text around the cut, not on what stands
before it: an edit changes the pieces near it and leaves the others as they were.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from confluence_assets.convert.chunk_blocks import Block, estimate_tokens, read_blocks, split_block, split_sentences
from confluence_assets.convert.escape import plain_text

_WORD = re.compile(r"[^\W_]")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document and the headings above it, its own included."""

    heading_path: tuple[str, ...]
    text: str
    token_estimate: int


def chunk_markdown(markdown: str, *, target_tokens: int = 400, overlap_tokens: int = 0) -> list[Chunk]:
    """The document's pieces in order, each of about `target_tokens` or less; pieces that show no word are left out.

    Larger are only a code block or a table row that is larger by itself, and the overlap: sentences from the end of the
    piece before, of the same section, up to `overlap_tokens`.
    """
    if target_tokens < 1:
        raise ValueError("target_tokens is at least 1")
    chunks: list[Chunk] = []
    for path, blocks in _sections(markdown):
        pieces = [piece for block in blocks for piece in split_block(block, target_tokens)]
        before: Block | None = None
        for group in _packed(pieces, target_tokens):
            text = "\n\n".join(block.text for block in group).strip("\n")
            overlap = _tail(before, overlap_tokens)
            before = group[-1]
            if not _WORD.search(_COMMENT.sub("", text)):
                continue
            whole = f"{overlap}\n\n{text}" if overlap else text
            chunks.append(Chunk(path, whole, estimate_tokens(whole)))
    return chunks


def _sections(markdown: str) -> Iterator[tuple[tuple[str, ...], list[Block]]]:
    path: list[tuple[int, str]] = []
    blocks: list[Block] = []
    for block in read_blocks(markdown):
        if block.heading_level:
            if blocks:
                yield tuple(title for _, title in path), blocks
            path = [(level, title) for level, title in path if level < block.heading_level]
            path.append((block.heading_level, plain_text(block.text.lstrip("#"))))
            blocks = []
        blocks.append(block)
    if blocks:
        yield tuple(title for _, title in path), blocks


def _packed(pieces: list[Block], target_tokens: int) -> Iterator[list[Block]]:
    """Groups of pieces. Among the cuts that leave a group at least half full, the one before the smallest hash."""
    sizes = [estimate_tokens(piece.text) for piece in pieces]
    start = 0
    while start < len(pieces):
        end, size = start, 0
        cuts: list[tuple[int, int]] = []
        while end < len(pieces) and (end == start or size + sizes[end] <= target_tokens):
            size += sizes[end]
            end += 1
            if size * 2 >= target_tokens and end < len(pieces) and not pieces[end - 1].heading_level:
                cuts.append((zlib.crc32(pieces[end].text.encode()), end))
        if end < len(pieces) and cuts:
            end = min(cuts)[1]
        yield pieces[start:end]
        start = end


def _tail(block: Block | None, overlap_tokens: int) -> str:
    """The last sentences of a paragraph, of at most that size."""
    if block is None or not overlap_tokens or not block.is_prose:
        return ""
    kept: list[str] = []
    size = 0
    for sentence in reversed(split_sentences(block.text)):
        size += estimate_tokens(sentence)
        if size > overlap_tokens:
            break
        kept.append(sentence)
    return "".join(reversed(kept)).strip()
