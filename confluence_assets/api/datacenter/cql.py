"""Searching by CQL where no list is sorted: pages that must meet, whatever zone the server reads our minutes in.

CQL dates are minutes in a zone that nobody tells (the caller's or the server's), and offsets slip while a site is edited. So
every page is a search of its own, from the minute in which the last one ended, and is believed only if a row that came before
is in it: then nothing lies between. Where none is, our minute was read in another zone; the search begins an hour further
back, up to 27 hours, which is more than any two zones differ, so that from there on nothing can lie between either.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from confluence_assets.api.datacenter import endpoints
from confluence_assets.api.datacenter.caller import (
    DatacenterCaller,
    effective_limit,
    is_last_page,
    promises_more,
)
from confluence_assets.api.datacenter.scan import is_too_much
from confluence_assets.api.fields import EMPTY
from confluence_assets.api.paging import LoopGuard, payload_of, rows_of
from confluence_assets.api.source import Scope
from confluence_assets.api.wire import JsonObject
from confluence_assets.errors import ProtocolError, TransientError

ROWS = 200
ROWS_WITH_BODIES = 50
WIDEST_HOURS = 27
_SPACES_PER_SEARCH = 50
_CONTEXT = '{"contentStatuses":["current","archived"]}'
_ATTEMPTS_BEFORE_HALVING = 2
_FIRST_ATTEMPTS = 2


def quote_cql(text: str) -> str:
    """The text as a CQL string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def space_clause(scope: Scope) -> str:
    """` and space in (…)` where the scope is some spaces; empty for the whole site, and for more than fit into a URL."""
    if scope.whole_site or not 0 < len(scope.spaces) <= _SPACES_PER_SEARCH:
        return ""
    return f" and space in ({','.join(quote_cql(space.key) for space in scope.spaces)})"


@dataclass(slots=True)
class ZoneShift:
    """Hours by which the server reads our minutes off; learned by the first walk that needs it, good for those after it."""

    hours: int = 0


class Search:
    """One search, in the order of its time field. `everywhere`: in archived spaces, too, which only `/search` looks into."""

    def __init__(
        self,
        caller: DatacenterCaller,
        where: str,
        expand: Sequence[str],
        shift: ZoneShift,
        *,
        newest_first: bool,
        everywhere: bool = False,
    ) -> None:
        self._caller = caller
        self._where = where
        self._everywhere = everywhere
        self._endpoint = endpoints.SITE_SEARCH if everywhere else endpoints.SEARCH
        self._expand = ",".join(f"content.{name}" if everywhere else name for name in expand)
        self._shift = shift
        self._field = "lastmodified" if newest_first else "created"
        self._newest_first = newest_first
        self._seen: set[str] = set()

    def iter_rows(self, limit: int) -> Iterator[list[JsonObject]]:
        """Each page's rows that did not come before. Raises: ProtocolError, TransientError."""
        payload, limit = self._page("", 0, limit)
        while True:
            rows = rows_of(payload, self._endpoint.label)
            is_end = is_last_page(payload, rows, limit)
            yield self._take(rows)
            if is_end or not rows:
                return
            payload, limit = self._next_page(rows[-1], limit)

    def _take(self, rows: list[JsonObject]) -> list[JsonObject]:
        fresh = [row for row in rows if str(row["id"]) not in self._seen]
        self._seen.update(str(row["id"]) for row in fresh)
        return fresh

    def _next_page(self, last: JsonObject, limit: int) -> tuple[JsonObject, int]:
        """The page that holds what follows the last row, proven by a row that came before."""
        at = self._time_of(last)
        for hours in range(self._shift.hours, WIDEST_HOURS + 1):
            clause = self._clause(at, hours)
            payload, limit = self._page(clause, 0, limit)
            rows = rows_of(payload, self._endpoint.label)
            known = sum(str(row["id"]) in self._seen for row in rows)
            if known or hours == WIDEST_HOURS:
                self._shift.hours = hours
                return self._past_known(clause, payload, limit)
        raise AssertionError("the widest window is always taken")

    def _past_known(self, clause: str, payload: JsonObject, limit: int) -> tuple[JsonObject, int]:
        """Go on inside one window while it shows what we know: more rows than a page holds in one minute."""
        start = 0
        while True:
            rows = rows_of(payload, self._endpoint.label)
            if any(str(row["id"]) not in self._seen for row in rows) or is_last_page(payload, rows, limit):
                return payload, limit
            start += len(rows)
            payload, limit = self._page(clause, start, limit)

    def _time_of(self, row: JsonObject) -> datetime:
        """The row's own time, in the zone in which the server shows it: the first guess at the zone of CQL."""
        holder = row.get("version") if self._newest_first else row.get("history")
        text = (holder or EMPTY).get("when" if self._newest_first else "createdDate")
        try:
            return datetime.fromisoformat(str(text))
        except ValueError:
            raise ProtocolError(f"{self._endpoint.label} gave a row without a time.") from None

    def _clause(self, at: datetime, hours: int) -> str:
        moved = at + timedelta(hours=hours) * (1 if self._newest_first else -1)
        return (
            f" and {self._field} {'<=' if self._newest_first else '>='} {quote_cql(moved.strftime('%Y-%m-%d %H:%M'))}"
        )

    def _page(self, clause: str, start: int, limit: int) -> tuple[JsonObject, int]:
        """One page with rows in it, or the last. An empty one that promises more is asked for again, and then skipped."""
        guard = LoopGuard(self._endpoint.label)
        is_second_time = False
        while True:
            payload, limit = self._ask(clause, start, limit)
            rows = rows_of(payload, self._endpoint.label)
            if rows or not promises_more(payload):
                return payload, limit
            guard.check_page(rows)
            start += effective_limit(payload, limit) if is_second_time else 0
            is_second_time = not is_second_time

    def _ask(self, clause: str, start: int, limit: int) -> tuple[JsonObject, int]:
        """One page; half of it where the server fails at the whole, and once more where it stumbles over an offset."""
        order = f" order by {self._field}{' desc' if self._newest_first else ''}"
        stumbles = 0
        while True:
            parameters = {
                "cql": f"{self._where}{clause}{order}",
                "cqlcontext": _CONTEXT,
                "expand": self._expand,
                "start": start or None,
                "limit": limit,
                **({"includeArchivedSpaces": True, "excerpt": "none"} if self._everywhere else {}),
            }
            try:
                attempts = _ATTEMPTS_BEFORE_HALVING if limit > 1 else None
                reply = self._caller.ask(self._endpoint, parameters, attempts=attempts)
                payload = payload_of(reply, self._endpoint.label)
                return (_unwrapped(payload, self._endpoint.label) if self._everywhere else payload), limit
            except TransientError as error:
                if not is_too_much(error) or limit == 1:
                    raise
                limit = max(limit // 2, 1)
            except ProtocolError as error:
                stumbles += 1
                if error.status != 400 or not start or stumbles >= _FIRST_ATTEMPTS:
                    raise


def _unwrapped(payload: JsonObject, listing: str) -> JsonObject:
    """The payload with the contents themselves for rows: `/search` puts each into a result of its own."""
    contents = [result.get("content") for result in rows_of(payload, listing)]
    if not all(isinstance(content, dict) for content in contents):
        raise ProtocolError(f"{listing} gave a result without its content.")
    return {**payload, "results": contents}
