"""Bodies: made on demand from the seed where none is stored, and turned into the other representations."""

import html
import random
import re

import orjson

from confluence_assets.emulator.render.words import make_blocks, make_remarks
from confluence_assets.emulator.store.model import COMMENTS, CUSTOM, Content

_TAG = re.compile(r"<[^>]*>")
_BLOCK_END = re.compile(r"</(p|h[1-6]|li|td|th|ac:structured-macro|ac:task-body|blockquote|pre)>|<br ?/>|<hr ?/>", re.I)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.S)
_MACRO_TAG = re.compile(r"</?(ac|ri):[^>]*>")
_PARAMETER = re.compile(r"<ac:parameter[^>]*>.*?</ac:parameter>", re.S)


class Bodies:
    """The storage text of any content."""

    def __init__(self, seed: int, body_bytes: int) -> None:
        picker = random.Random(seed)  # noqa: S311  (repeatable text, nothing secret)
        self._blocks = make_blocks(picker)
        self._remarks = make_remarks(picker)
        self._bytes = body_bytes

    def storage(self, content: Content, version: int | None = None) -> str:
        if content.body is not None and version is None:
            return content.body
        number = content.version if version is None else version
        if content.kind in COMMENTS:
            return self._remark(content.id, number)
        if content.kind == CUSTOM:
            return f'{{"item":{content.id},"revision":{number}}}'
        return self._article(content.id, number)

    def _article(self, content_id: int, number: int) -> str:
        blocks = self._blocks
        parts = [f"<p>Record {content_id}, revision {number}.</p>"]
        size = len(parts[0])
        pick = (content_id * 2654435761) & 0xFFFFFFFF
        while size < self._bytes:
            pick = (pick * 1103515245 + 12345) & 0x7FFFFFFF
            block = blocks[(pick >> 8) % len(blocks)]
            parts.append(block)
            size += len(block)
        return "".join(parts)

    def _remark(self, content_id: int, number: int) -> str:
        remark = self._remarks[(content_id * 40503 >> 3) % len(self._remarks)]
        return f"<p>{remark}</p>" if number == 1 else f"<p>{remark} (edited, {number})</p>"


def convert(storage: str, representation: str, custom: bool = False) -> str:
    """The body in another representation; good enough to tell them apart and to search in, not a renderer."""
    if representation in ("storage", "raw"):
        return storage
    if representation == "atlas_doc_format":
        return adf(storage)
    if representation in ("editor", "wiki"):
        return storage
    return view(storage)


def plain_text(storage: str) -> str:
    text = _CDATA.sub(lambda found: html.escape(found.group(1)), storage)
    text = _BLOCK_END.sub("\n", _PARAMETER.sub("", text))
    return html.unescape(_TAG.sub("", text))


def lines_of(storage: str) -> list[str]:
    return [line.strip() for line in plain_text(storage).split("\n") if line.strip()]


def adf(storage: str) -> str:
    """A document of paragraphs, as the JSON string that Cloud sends."""
    content = [{"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in lines_of(storage)]
    return orjson.dumps({"type": "doc", "content": content, "version": 1}).decode()


def view(storage: str) -> str:
    text = _CDATA.sub(lambda found: f"<pre>{html.escape(found.group(1))}</pre>", storage)
    return _MACRO_TAG.sub("", _PARAMETER.sub("", text))
