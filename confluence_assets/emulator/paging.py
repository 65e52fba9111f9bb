"""Pages of a listing: opaque cursors for v2 and CQL, offsets for the rest of v1."""

import base64
import binascii
import zlib
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from confluence_assets.emulator.config import Switches
from confluence_assets.emulator.problems import Refusal
from confluence_assets.emulator.store.views import SortKey, start_after

ANY_FILTERS = 0
"""The binding of cursors that faults make."""
UNBOUND = ("cursor", "limit", "next", "prev", "start")


def encode_cursor(position: list[Any], binding: int) -> str:
    packed = orjson.dumps([binding, *position])
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def decode_cursor(text: str) -> tuple[int, list[Any]]:
    """Raises: Refusal as Cloud words it."""
    try:
        padded = text + "=" * (-len(text) % 4)
        unpacked = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        binding, *position = unpacked
        return int(binding), position
    except (binascii.Error, ValueError, TypeError):
        raise Refusal(
            400,
            "Provided value for 'cursor' is not the correct type. Expected type is Cursor.",
            "The provided cursor was not valid. Please use a cursor that was returned by this endpoint.",
        ) from None


def binding_of(template: str, query: dict[str, list[str]]) -> int:
    """A number that stands for the filters of a listing: a cursor holds for them only."""
    filters = sorted((name, values) for name, values in query.items() if name not in UNBOUND)
    return zlib.crc32(orjson.dumps([template, filters]))


def query_with(query: dict[str, list[str]], **changes: str | int) -> str:
    kept = [(name, value) for name, values in query.items() for value in values if name not in changes]
    return urlencode([*kept, *changes.items()], quote_via=quote, safe="():,/")


class Walk:
    """One step of a walk over sorted rows: where it starts, what fits in, and the cursor behind it."""

    def __init__(self, switches: Switches, binding: int, cursor: str | None, limit: int) -> None:
        self.switches = switches
        self.binding = binding
        self.limit = limit
        self.position: list[Any] | None = None
        self.first = 0
        if cursor:
            found, self.position = decode_cursor(cursor)
            if switches.cursor_binding == "filters" and found not in (binding, ANY_FILTERS):
                raise Refusal(400, "The provided cursor does not belong to this request.")

    def over(
        self, rows: list[Any], key: SortKey, admits: Callable[[Any], bool], *, descending: bool = False
    ) -> tuple[list[Any], str | None]:
        """The rows of this page that `admits`, and the cursor of the next page, or None."""
        is_offset = self.switches.cursor_kind == "offset"
        last = None if self.position is None or is_offset else self._key_of(self.position)
        try:
            start = start_after(rows, key, last, descending=descending)
        except TypeError:
            raise Refusal(400, "The provided cursor does not belong to this request.") from None
        ordered: Iterable[Any] = islice(reversed(rows), start, None) if descending else islice(rows, start, None)
        if is_offset:
            return self._offset_page(ordered, admits)
        if self.switches.short_pages:
            return self._short_page(ordered, key, admits)
        page = list(islice(filter(admits, ordered), self.limit + 1))
        if len(page) <= self.limit:
            return page, None
        del page[self.limit :]
        return page, encode_cursor(list(key(page[-1])) if page else [-1], self.binding)

    def prev(
        self, rows: list[Any], key: SortKey, admits: Callable[[Any], bool], *, descending: bool = False
    ) -> str | None:
        """The cursor of the page before this one, or None on the first."""
        if self.position is None:
            return None
        if self.switches.cursor_kind == "offset":
            return encode_cursor([max(0, int(self.position[0]) - self.limit)], self.binding)
        start = start_after(rows, key, self._key_of(self.position), descending=descending)
        if start == 0:
            return None
        passed = rows[len(rows) - start :] if descending else reversed(rows[:start])
        before = list(islice(filter(admits, passed), self.limit + 1))
        at_start = len(before) <= self.limit
        return encode_cursor([-1] if at_start else list(key(before[-1])), self.binding)

    def _key_of(self, position: list[Any]) -> tuple[Any, ...] | None:
        return None if position == [-1] else tuple(position)

    def _short_page(
        self, ordered: Iterable[Any], key: SortKey, admits: Callable[[Any], bool]
    ) -> tuple[list[Any], str | None]:
        taken = list(islice(ordered, self.limit + 1))
        more = len(taken) > self.limit
        taken = taken[: self.limit]
        cursor = encode_cursor(list(key(taken[-1])), self.binding) if more and taken else None
        return [row for row in taken if admits(row)], cursor

    def _offset_page(self, ordered: Iterable[Any], admits: Callable[[Any], bool]) -> tuple[list[Any], str | None]:
        start = int(self.position[0]) if self.position else 0
        page = list(islice(filter(admits, ordered), start, start + self.limit + 1))
        if len(page) <= self.limit:
            return page, None
        return page[: self.limit], encode_cursor([start + self.limit], self.binding)
