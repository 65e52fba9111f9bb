"""The blocks of a Markdown document, as far as cutting it needs them, and blocks in pieces."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_FENCE = re.compile(r"[\s>]*(?:(?:[-*+]|\d+[.)])\s+)*(`{3,}|~{3,})([^`]*)$")
_FENCE_END = re.compile(r"[\s>]*(`{3,}|~{3,})\s*$")
_TABLE_START = re.compile(r"([\s>]*)((?:(?:[-*+]|\d+[.)])\s+)*)<table>$")
_TABLE_END = re.compile(r"[\s>]*</table>$")
_ROW_END = re.compile(r"[\s>]*</tr>$")
_HEADING = re.compile(r"(#{1,6})(?:\s|$)")
_ITEM = re.compile(r"(?:[-*+]|\d+[.)])\s")
_SENTENCE = re.compile(r".+?(?:[.!?]+(?=\s|$)\s*|[\u3002\uff01\uff1f]+\s*|\n|$)", re.DOTALL)
_PROSE, _HEAD, _CODE, _PIPES, _TABLE, _LIST = "prose", "heading", "code", "pipes", "table", "list"


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that stand together."""

    text: str
    kind: str = _PROSE
    heading_level: int = 0

    @property
    def is_prose(self) -> bool:
        return self.kind == _PROSE


def estimate_tokens(text: str) -> int:
    """About how many tokens a language model sees: four letters each in English, one character each in Chinese."""
    characters, size = len(text), len(text.encode("utf-8", "replace"))
    return -(-characters // 4) + (size - characters) // 3


def read_blocks(markdown: str) -> Iterator[Block]:
    """The blocks in order. A list is one block with all that is indented below it, an HTML table one with its cells."""
    lines: list[str] = []
    reader = _Reader()
    for line in markdown.split("\n"):
        if reader.starts_block(line) and lines:
            yield from _block(lines)
            lines = []
        reader.read(line)
        lines.append(line)
    yield from _block(lines)


class _Reader:
    """Where in the document a line stands."""

    def __init__(self) -> None:
        self.fence = ""
        self.tables = 0
        self.is_after_blank = False
        self.is_after_heading = False
        self.is_in_list = False

    def starts_block(self, line: str) -> bool:
        if self.fence or self.tables or not line.strip():
            return False
        if _HEADING.match(line) or self.is_after_heading:
            return True
        if not self.is_after_blank:
            return bool(_FENCE.match(line)) and not line[0].isspace() and not self.is_in_list
        return not (self.is_in_list and (line[0] == " " or _ITEM.match(line)))

    def read(self, line: str) -> None:
        self.is_after_heading = not self.fence and not self.tables and bool(_HEADING.match(line))
        if not self.fence and not self.tables and line.strip():
            is_item = bool(_ITEM.match(line))
            self.is_in_list = is_item or (self.is_in_list and (line[0] == " " or not self.is_after_blank))
        self.is_after_blank = not self.fence and not line.strip()
        found = _FENCE_END.match(line) if self.fence else _FENCE.match(line)
        if found and not self.fence:
            self.fence = found.group(1)
        elif found and found.group(1).startswith(self.fence):
            self.fence = ""
        elif not self.fence:
            self.tables = max(0, self.tables + _opened_tables(line))


def _opened_tables(line: str) -> int:
    """One where an HTML table begins, minus one where it ends: its tags stand on lines of their own, or are text."""
    return bool(_TABLE_START.match(line)) - bool(_TABLE_END.match(line))


def _block(lines: list[str]) -> Iterator[Block]:
    text = "\n".join(lines).strip("\n")
    if not text.strip():
        return
    heading = _HEADING.match(text)
    if heading and "\n" not in text:
        yield Block(text, _HEAD, len(heading.group(1)))
    elif _FENCE.match(text.partition("\n")[0]) and not _ITEM.match(text) and text[0] != ">":
        yield Block(text, _CODE)
    elif any(map(_TABLE_START.match, lines)):
        yield Block(text, _TABLE)
    elif text.startswith("|") and "\n| ---" in text:
        yield Block(text, _PIPES)
    elif _ITEM.match(text):
        yield Block(text, _LIST)
    else:
        yield Block(text, _PROSE)


def split_block(block: Block, target_tokens: int) -> list[Block]:
    """The block in pieces of at most that size, as far as it may be cut."""
    if block.kind == _CODE or estimate_tokens(block.text) <= target_tokens:
        return [block]
    if block.kind == _PIPES:
        head, rule, *rows = block.text.split("\n")
        if not rows:
            return [block]
        return _joined(rows, target_tokens, block.kind, before=f"{head}\n{rule}\n")
    if block.kind == _TABLE:
        return _split_tables(block, target_tokens)
    units = list(_units(block.text))
    if len(units) == 1 and block.kind == _PROSE:
        return _joined(_bounded(split_sentences(block.text), target_tokens), target_tokens, _PROSE, separator="")
    pieces: list[Block] = []
    for piece in _joined(units, target_tokens, block.kind):
        if _holds_fence(piece.text) or estimate_tokens(piece.text) <= target_tokens:
            pieces.append(piece)
        else:
            sentences = _bounded(split_sentences(piece.text), target_tokens)
            pieces.extend(_joined(sentences, target_tokens, block.kind, separator=""))
    return [_moved_left(piece) if piece.text[0] == " " else piece for piece in pieces]


def _moved_left(block: Block) -> Block:
    """The piece without the indentation of the list that it is cut out of, which would make code of it."""
    lines = block.text.split("\n")
    margin = min(len(line) - len(line.lstrip(" ")) for line in lines if line.strip())
    lines = [line[margin:] for line in lines]
    if not _FENCE.match(lines[0]):
        lines[0] = lines[0].lstrip(" ")
    return Block("\n".join(lines), block.kind)


def split_sentences(text: str) -> list[str]:
    """The text's sentences, each with the white space after it."""
    return _SENTENCE.findall(text)


def _holds_fence(text: str) -> bool:
    return any(_FENCE.match(line) for line in text.split("\n"))


def _units(text: str) -> Iterator[str]:
    """Lines, a fence with all its lines as one."""
    unit: list[str] = []
    fence = ""
    for line in text.split("\n"):
        found = _FENCE_END.match(line) if fence else _FENCE.match(line)
        if found and not fence:
            fence = found.group(1)
        elif found and found.group(1).startswith(fence):
            fence = ""
        unit.append(line)
        if not fence:
            yield "\n".join(unit)
            unit = []
    if unit:
        yield "\n".join(unit)


def _bounded(sentences: list[str], target_tokens: int) -> list[str]:
    """Sentences, those that are too long cut between words, and words that are too long anywhere."""
    pieces: list[str] = []
    width = max(1, target_tokens)
    for sentence in sentences:
        if estimate_tokens(sentence) <= target_tokens:
            pieces.append(sentence)
            continue
        for word in re.findall(r"\S*\s*", sentence):
            pieces.extend(word[at : at + width] for at in range(0, len(word), width))
    return pieces


def _joined(
    units: list[str], target_tokens: int, kind: str, *, separator: str = "\n", before: str = "", after: str = ""
) -> list[Block]:
    pieces: list[Block] = []
    group: list[str] = []
    frame = size = estimate_tokens(before + after)
    for unit in units:
        tokens = estimate_tokens(unit)
        if group and size + tokens > target_tokens:
            pieces.append(Block(f"{before}{separator.join(group)}{after}".strip("\n"), kind))
            group, size = [], frame
        group.append(unit)
        size += tokens
    if group:
        pieces.append(Block(f"{before}{separator.join(group)}{after}".strip("\n"), kind))
    return [piece for piece in pieces if piece.text.strip()]


def _split_tables(block: Block, target_tokens: int) -> list[Block]:
    """Rows of the outermost tables, each piece a table again, and what stands between the tables."""
    units = list(_units(block.text))
    pieces: list[Block] = []
    between: list[str] = []
    at = 0
    while at < len(units):
        found = _TABLE_START.match(units[at])
        if not found:
            between.append(units[at])
            at += 1
            continue
        pieces += _split_lines(between, target_tokens)
        between = []
        end, rows = _table_rows(units, at + 1)
        prefix = found[1] + " " * len(found[2])
        made = _joined(rows, target_tokens, _TABLE, before=f"{prefix}<table>\n", after=f"\n{prefix}</table>")
        pieces += _marked(made, f"{found[1]}{found[2]}")
        at = end + 1
    return [*pieces, *_split_lines(between, target_tokens)]


def _marked(tables: list[Block], marker: str) -> list[Block]:
    """The tables, the first one with what stands before it: an item's number, which is part of the text."""
    if not tables:
        return [Block(marker.rstrip())] if marker.strip() else []
    first, *others = tables
    return [Block(f"{marker}{first.text[len(marker) :]}", first.kind), *others]


def _split_lines(lines: list[str], target_tokens: int) -> list[Block]:
    text = "\n".join(lines).strip("\n")
    return split_block(Block(text), target_tokens) if text.strip() else []


def _table_rows(units: list[str], start: int) -> tuple[int, list[str]]:
    """Where the table ends whose content starts there, and its rows."""
    rows: list[str] = []
    row: list[str] = []
    depth, at = 1, start
    while at < len(units):
        depth += _opened_tables(units[at])
        if depth == 0:
            break
        row.append(units[at])
        if depth == 1 and _ROW_END.match(units[at]):
            rows.append("\n".join(row))
            row = []
        at += 1
    if row:
        rows.append("\n".join(row))
    return at, rows
