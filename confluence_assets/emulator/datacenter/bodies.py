"""Bodies as Data Center keeps them; on request as an old server wrote them."""

import re

from confluence_assets.emulator.render.bodies import Bodies
from confluence_assets.emulator.store.model import Content

_MACRO = re.compile(r"(</?)ac:structured-macro\b")
_SCHEMA = re.compile(r' ac:(?:schema-version|macro-id)="[^"]*"')


class DatacenterBodies(Bodies):
    """The storage text of any content. `is_old`: macros are `ac:macro`, without schema and id."""

    def __init__(self, seed: int, body_bytes: int, is_old: bool) -> None:
        super().__init__(seed, body_bytes)
        self._is_old = is_old

    def storage(self, content: Content, version: int | None = None) -> str:
        text = super().storage(content, version)
        return old_form(text) if self._is_old and content.body is None else text


def old_form(text: str) -> str:
    return _SCHEMA.sub("", _MACRO.sub(r"\1ac:macro", text))
