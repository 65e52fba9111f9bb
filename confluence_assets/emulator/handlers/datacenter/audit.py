"""The audit log: `/rest/auditing/1.0/events` by cursor, newest first; `/rest/api/audit` is an empty shell by now."""

from datetime import datetime

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.clock import parse_time
from confluence_assets.emulator.handlers.datacenter.pages import Row, list_links, require_admin
from confluence_assets.emulator.paging import query_with
from confluence_assets.emulator.problems import Refusal
from confluence_assets.emulator.render.datacenter_audit import category_of, event_row
from confluence_assets.emulator.store.model import AuditRecord

MOST = 500


def _moment(call: Call, name: str) -> int | None:
    value = call.get(name)
    if not value:
        return None
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise Refusal(400, f"'{name}' is no time: {value}") from None
    return parse_time(value)


def _cursor(call: Call) -> tuple[int, int] | None:
    value = call.get("pageCursor")
    if not value:
        return None
    created, _, number = value.partition(",")
    if not created.isdigit() or not number.isdigit():
        raise Refusal(400, f"Invalid page cursor: {value}")
    return int(created), int(number)


def _fits(call: Call, record: AuditRecord, first: int | None, last: int | None) -> bool:
    if (first is not None and record.created < first) or (last is not None and record.created > last):
        return False
    if call.get("categories") and category_of(record) not in call.get("categories"):
        return False
    if call.get("actions") and record.summary not in call.get("actions"):
        return False
    words = str(call.get("search", "")).lower()
    return words in f"{record.summary} {record.category} {record.object_name}".lower()


def list_events(call: Call) -> Row:
    require_admin(call, "read the audit log")
    first, last, beside = _moment(call, "from"), _moment(call, "to"), _cursor(call)
    numbered = [((record.created, number), record) for number, record in enumerate(call.store.audit)]
    numbered.sort(key=lambda one: one[0], reverse=True)
    rows = [(place, record) for place, record in numbered if _fits(call, record, first, last)]
    if beside is not None:
        rows = [(place, record) for place, record in rows if place < beside]
    limit = min(call.get("limit", 200), MOST)
    page, more = rows[:limit], rows[limit:]
    info: Row = {"lastPage": not more, "size": len(page)}
    if more and page:
        info["nextPageCursor"] = "{},{}".format(*page[-1][0])
        query = query_with(call.request.query, limit=limit, pageCursor=info["nextPageCursor"])
        info["nextPageLink"] = f"{call.site.base_url}{call.request.path}?{query}"
    return {"entities": [event_row(call.store, record) for _, record in page], "pagingInfo": info}


def list_nothing(call: Call) -> Row:
    """The old resource: still there, and empty."""
    require_admin(call, "read the audit log")
    return {"results": [], "start": 0, "limit": 1000, "size": 0, "_links": list_links(call)}
