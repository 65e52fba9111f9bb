"""Walking listings to their proven end: cursors of v2 and of CQL, and v1's offsets.

A walk yields whole pages and either comes to the end or raises. `next` links are never followed as they stand: their
cursor is taken out and sent to our own path with our own filters and a constant limit, so that a link can't lead us
elsewhere, and it does not matter which of the two relative forms it has. Source: api facts, section 2.
"""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from confluence_assets.api.wire import JsonObject, Reply
from confluence_assets.errors import ProtocolError

Fetch = Callable[[dict[str, Any]], Reply]
"""Asks for one page; the argument holds the parameters that differ from page to page."""

LONGEST_EMPTY_RUN = 100
"""Empty pages in a row before a walk is given up: rows hidden from us make empty pages, but not for ever."""

_IDENTITIES = ("id", "accountId", "content")


class LoopGuard:
    """Stops a walk that goes in circles: a cursor seen before, a page seen before, emptiness without end."""

    def __init__(self, listing: str) -> None:
        self._listing = listing
        self._cursors: set[int] = set()
        self._pages: set[int] = set()
        self._empty_count = 0

    def check_cursor(self, cursor: str) -> None:
        mark = hash(cursor)
        if mark in self._cursors:
            raise ProtocolError(f"{self._listing} goes in circles: it gave the same cursor twice.")
        self._cursors.add(mark)

    def check_page(self, rows: list[JsonObject]) -> None:
        if not rows:
            self._empty_count += 1
            if self._empty_count > LONGEST_EMPTY_RUN:
                raise ProtocolError(f"{self._listing} gave {LONGEST_EMPTY_RUN} empty pages in a row and promises more.")
            return
        self._empty_count = 0
        mark = hash(tuple(map(_identity, rows)))
        if mark in self._pages:
            raise ProtocolError(f"{self._listing} goes in circles: it gave the same page twice.")
        self._pages.add(mark)


def iter_cursor_pages(fetch: Fetch, listing: str) -> Iterator[JsonObject]:
    """Yield the payload of each page of a cursor listing (v2, or v1's CQL) until there is no next one.

    Short and empty pages are not the last ones; only a missing `next` is. Raises: ProtocolError for circles.
    """
    guard = LoopGuard(listing)
    position: dict[str, Any] = {}
    while True:
        reply = fetch(position)
        payload = payload_of(reply, listing)
        rows = rows_of(payload, listing)
        guard.check_page(rows)
        following = _next_link(payload, reply, listing)
        del reply  # the body need not stay in memory while the rows are worked on
        yield payload
        if not following:
            return
        position = _position_of(following, listing)
        guard.check_cursor(position["cursor"])


def iter_offset_pages(fetch: Fetch, listing: str, limit: int) -> Iterator[JsonObject]:
    """Yield the payload of each page of an offset listing, advancing by the rows that came.

    The `start` of a `next` link is not believed (CONFSERVER-95272), and its absence only where the page was short.
    """
    guard = LoopGuard(listing)
    start = 0
    is_second_time = False
    while True:
        payload = payload_of(fetch({"start": start, "limit": limit}), listing)
        rows = rows_of(payload, listing)
        has_next = bool((payload.get("_links") or {}).get("next"))
        effective = payload.get("limit")
        cap = min(limit, effective) if isinstance(effective, int) and effective > 0 else limit
        if not rows and not has_next:
            return
        guard.check_page(rows)
        if not rows:
            # It promises more: ask a second time, and then go on behind what may all be hidden from us.
            start += cap if is_second_time else 0
            is_second_time = not is_second_time
            continue
        is_second_time = False
        yield payload
        start += len(rows)
        if len(rows) < cap and not has_next:
            return


def payload_of(reply: Reply, listing: str) -> JsonObject:
    """The JSON object of a reply. Raises: ProtocolError where it is none."""
    if isinstance(reply.payload, dict):
        return reply.payload
    raise ProtocolError(f"{listing} answered with a {type(reply.payload).__name__} where an object is documented.")


def rows_of(payload: JsonObject, listing: str) -> list[JsonObject]:
    """The page's rows. Raises: ProtocolError where there is no list of objects."""
    rows = payload.get("results")
    if not isinstance(rows, list) or (rows and not isinstance(rows[0], dict)):
        raise ProtocolError(f"{listing} answered without a list of results.")
    return rows


def _next_link(payload: JsonObject, reply: Reply, listing: str) -> str | None:
    link = (payload.get("_links") or {}).get("next")
    if link:
        return str(link)
    header = reply.headers.get("Link")
    if not header:
        if link is not None:
            # Only a missing link is the end. Taken for the end, an empty one would hide the rest of the list.
            raise ProtocolError(f"{listing} promises a next page but gives no address.")
        return None
    for part in header.split(","):
        address, _, traits = part.partition(";")
        if 'rel="next"' in traits or "rel=next" in traits:
            return address.strip().strip("<>")
    return None


def _position_of(link: str, listing: str) -> dict[str, Any]:
    """What of a `next` link we send: its cursor, and v1's `next` flag. Not `start`, which is echoed but ignored."""
    query = parse_qs(urlsplit(link).query)
    cursor = query.get("cursor", [""])[0]
    if not cursor:
        raise ProtocolError(f"{listing} promises a next page but gives no cursor.")
    position: dict[str, Any] = {"cursor": cursor}
    if "next" in query:
        position["next"] = query["next"][0]
    return position


def _identity(row: JsonObject) -> Any:
    for name in _IDENTITIES:
        identity = row.get(name)
        if isinstance(identity, str):
            return identity
        if isinstance(identity, dict) and isinstance(identity.get("id"), str):
            return identity["id"]
    return repr(row)
