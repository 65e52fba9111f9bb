"""Listing contents to their proven end: `content/scan` by cursor, and on servers before 7.18 offsets that must meet.

A scan is in the order of ids and read from the database, so that what it does not hold at its end is not there. By offset,
each page begins with the last row of the one before: where it does not, something before it went, and the walk goes back.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from confluence_assets.api.datacenter import endpoints
from confluence_assets.api.datacenter.caller import DatacenterCaller, effective_limit, is_last_page
from confluence_assets.api.datacenter.identity import DatacenterIdentity
from confluence_assets.api.failures import UnreachableError
from confluence_assets.api.fields import EMPTY
from confluence_assets.api.paging import LoopGuard, payload_of, rows_of
from confluence_assets.api.source import Scope
from confluence_assets.api.wire import Endpoint, JsonObject
from confluence_assets.errors import NotFoundError, ProtocolError, TransientError, UnavailableError

ROWS = 200
ROWS_WITH_BODIES = 50
"""What the server gives at most (in silence); asking for it spares nothing and hides nothing."""
SPACES_ONE_BY_ONE = 8
"""A scan is of one space or of the whole site: up to so many spaces are scanned one by one, of more the site's rows sifted."""
STATUSES = {"page": ("current", "archived"), "blogpost": ("current",), "comment": ("current",)}
SCAN_SINCE = (7, 18)
_BODY = "body.storage"
_ATTEMPTS_BEFORE_HALVING = 2
_GOOD_PAGES_BEFORE_DOUBLING = 4
_MOST_STEPS_BACK = 1_000


@dataclass(frozen=True, slots=True)
class Listing:
    """One list: of a type, with a status, of one space or of the whole site."""

    content_type: str
    status: str
    space_key: str | None
    expand: tuple[str, ...]

    @property
    def has_bodies(self) -> bool:
        return _BODY in self.expand

    @property
    def parameters(self) -> dict[str, Any]:
        kept = {"type": self.content_type, "status": self.status, "spaceKey": self.space_key}
        return {**kept, "expand": ",".join(self.expand)}


class Lister:
    """Lists contents of one server, by the best way that it has."""

    def __init__(self, caller: DatacenterCaller, identity: DatacenterIdentity) -> None:
        self._caller = caller
        self._identity = identity
        self._lock = threading.Lock()
        self._can_scan: bool | None = None

    def iter_contents(
        self, content_type: str, scope: Scope, expand: Sequence[str], *, bodies: bool
    ) -> Iterator[list[JsonObject]]:
        """Contents of a type in the scope, by status and id, each page as it comes."""
        expanded = (*expand, _BODY) if bodies else tuple(expand)
        wanted = {space.space_id for space in scope.spaces}
        is_sifted = not scope.whole_site and len(wanted) > SPACES_ONE_BY_ONE
        is_site = scope.whole_site or is_sifted
        keys: list[str | None] = [None] if is_site else [space.key for space in scope.spaces]
        for key in keys:
            for status in STATUSES[content_type]:
                for rows in self._iter_listing(Listing(content_type, status, key, expanded)):
                    yield (
                        [row for row in rows if str((row.get("space") or EMPTY).get("id")) in wanted]
                        if is_sifted
                        else rows
                    )

    def _iter_listing(self, listing: Listing) -> Iterator[list[JsonObject]]:
        if self._scans():
            scanned = _Scan(self._caller, listing).iter_rows()
            try:
                first = next(scanned)
            except (NotFoundError, UnavailableError):
                if self._try_scan():
                    raise  # it is the space that is not there
                self._can_scan = False  # new enough, but something before it keeps the scan from us
            else:
                yield first
                yield from scanned
                return
        yield from _iter_by_offset(self._caller, listing)

    def _scans(self) -> bool:
        """Whether the server can scan; asked once, where its version does not tell. A version is not believed for good."""
        with self._lock:
            if self._can_scan is None:
                before = self._identity.is_before(SCAN_SINCE)
                self._can_scan = not before if before is not None else self._try_scan()
            return self._can_scan

    def _try_scan(self) -> bool:
        try:
            self._caller.get(endpoints.SCAN, {"limit": 1})
        except (NotFoundError, UnavailableError, ProtocolError):
            return False
        return True


class _Scan:
    """One scan. Where a page fails, less is asked for from the same cursor; in the end one content, its body by itself."""

    def __init__(self, caller: DatacenterCaller, listing: Listing) -> None:
        self._caller = caller
        self._listing = listing
        self._most = ROWS_WITH_BODIES if listing.has_bodies else ROWS
        self._limit = self._most
        self._good_pages = 0

    def iter_rows(self) -> Iterator[list[JsonObject]]:
        """A full page is never the last: where it tells of no next one, what follows its last row is asked for all the same."""
        guard = LoopGuard(endpoints.SCAN.label)
        cursor: str | None = None
        is_made_up = False
        while True:
            try:
                payload = self._page(cursor)
            except ProtocolError as error:
                if is_made_up and error.status == 400:
                    return  # a server whose cursors look different
                raise
            rows = rows_of(payload, endpoints.SCAN.label)
            guard.check_page(rows)
            yield rows
            told = next_cursor(payload, endpoints.SCAN.label)
            if told is None and not 0 < len(rows) >= effective_limit(payload, self._limit):
                return
            is_made_up = told is None
            cursor = told or f"content:false:{rows[-1]['id']}"
            guard.check_cursor(cursor)

    def _page(self, cursor: str | None) -> JsonObject:
        while True:
            parameters = {**self._listing.parameters, "limit": self._limit, "cursor": cursor}
            try:
                reply = self._caller.ask(
                    endpoints.SCAN, parameters, attempts=_ATTEMPTS_BEFORE_HALVING if self._limit > 1 else None
                )
            except TransientError as error:
                if not is_too_much(error) or (self._limit == 1 and not self._listing.has_bodies):
                    raise
                if self._limit == 1:
                    return self._page_with_single_body(parameters)
                self._limit = max(self._limit // 2, 1)
                self._good_pages = 0
                continue
            self._recover()
            return payload_of(reply, endpoints.SCAN.label)

    def _recover(self) -> None:
        self._good_pages += 1
        if self._limit < self._most and self._good_pages >= _GOOD_PAGES_BEFORE_DOUBLING:
            self._limit, self._good_pages = min(self._limit * 2, self._most), 0

    def _page_with_single_body(self, parameters: dict[str, Any]) -> JsonObject:
        """One content whose body breaks the list: everything else of it here, its body asked of itself."""
        expand = ",".join(name for name in self._listing.expand if name != _BODY)
        payload = self._caller.get(endpoints.SCAN, {**parameters, "expand": expand})
        for row in rows_of(payload, endpoints.SCAN.label):
            alone = self._caller.get(
                endpoints.CONTENT, {"expand": _BODY, "status": self._listing.status}, id=str(row["id"])
            )
            row["body"] = alone.get("body")
        self._recover()
        return payload


def is_too_much(error: TransientError) -> bool:
    """Whether asking for less may help: the server failed, or did not answer in time."""
    return error.status != 429 and not isinstance(error, UnreachableError)


def next_cursor(payload: JsonObject, listing: str) -> str | None:
    """The cursor of the next page, told twice; None at the end, which is where neither place tells one.

    Short and empty pages are not the end. Raises: ProtocolError for a promise without an address.
    """
    link = (payload.get("_links") or EMPTY).get("next")
    told = parse_qs(urlsplit(str(link or "")).query).get("cursor", [""])[0] or payload.get("nextCursor")
    if told:
        return str(told)
    if link is not None:
        raise ProtocolError(f"{listing} promises a next page but gives no cursor.")
    return None


def walk_cursors(
    caller: DatacenterCaller, endpoint: Endpoint, parameters: dict[str, Any], ids: dict[str, str] | None = None
) -> Iterator[list[JsonObject]]:
    """Rows of each page of a list by cursor."""
    guard = LoopGuard(endpoint.label)
    cursor: str | None = None
    while True:
        payload = payload_of(caller.ask(endpoint, {**parameters, "cursor": cursor}, ids=ids), endpoint.label)
        rows = rows_of(payload, endpoint.label)
        guard.check_page(rows)
        yield rows
        cursor = next_cursor(payload, endpoint.label)
        if cursor is None:
            return
        guard.check_cursor(cursor)


def _iter_by_offset(caller: DatacenterCaller, listing: Listing) -> Iterator[list[JsonObject]]:
    """Pages by offset that must meet: the first row of each is one that came, else the walk steps back until it is."""
    limit = ROWS_WITH_BODIES if listing.has_bodies else ROWS
    seen: set[str] = set()
    start = steps_back = 0
    while True:
        payload, limit = _offset_page(caller, listing, start, limit)
        rows = rows_of(payload, endpoints.CONTENTS.label)
        fresh = [row for row in rows if str(row["id"]) not in seen]
        if start and len(fresh) == len(rows):
            steps_back += 1
            if steps_back > _MOST_STEPS_BACK:
                raise ProtocolError(f"{endpoints.CONTENTS.label} changes faster than it can be read.")
            start = max(0, start - max(len(rows), 1))
            continue
        seen.update(str(row["id"]) for row in fresh)
        yield fresh
        if is_last_page(payload, rows, limit) or (start and not fresh):
            return
        start += len(rows) - 1 if len(rows) > 1 else 1


def _offset_page(caller: DatacenterCaller, listing: Listing, start: int, limit: int) -> tuple[JsonObject, int]:
    while True:
        try:
            attempts = _ATTEMPTS_BEFORE_HALVING if limit > 2 else None
            reply = caller.ask(
                endpoints.CONTENTS, {**listing.parameters, "start": start, "limit": limit}, attempts=attempts
            )
            return payload_of(reply, endpoints.CONTENTS.label), limit
        except TransientError as error:
            if not is_too_much(error) or limit <= 2:
                raise
            limit = max(limit // 2, 2)
