"""The audit log of a Data Center: `/rest/auditing/1.0/events`. The older `/rest/api/audit` is an empty shell by now."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

import orjson

from confluence_assets.api.datacenter import endpoints
from confluence_assets.api.datacenter.caller import DatacenterCaller
from confluence_assets.api.fields import EMPTY, parse_epoch_milliseconds, parse_time, text_of
from confluence_assets.api.paging import LoopGuard, payload_of
from confluence_assets.api.wire import JsonObject
from confluence_assets.errors import ProtocolError
from confluence_assets.tables import Row

ROWS = 200
_HASHED = ("timestamp", "source", "type", "affectedObjects", "changedValues", "method", "node", "system")


def iter_audit_records(caller: DatacenterCaller, since: datetime | None) -> Iterator[list[Row]]:
    """Rows for `audit_records`, newest first. Raises: AccessError for all but administrators."""
    guard = LoopGuard(endpoints.AUDIT.label)
    start = None if since is None else since.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    seen: set[str] = set()
    cursor: str | None = None
    while True:
        payload = payload_of(
            caller.ask(endpoints.AUDIT, {"from": start, "limit": ROWS, "pageCursor": cursor}), endpoints.AUDIT.label
        )
        events = payload.get("entities")
        if not isinstance(events, list):
            raise ProtocolError(f"{endpoints.AUDIT.label} answered without entities.")
        rows = [row for row in map(audit_row, events) if row["record_id"] not in seen]
        seen.update(row["record_id"] for row in rows)
        yield list({row["record_id"]: row for row in rows}.values())
        paging = payload.get("pagingInfo") or EMPTY
        cursor = text_of(paging.get("nextPageCursor"))
        if paging.get("lastPage") or not cursor:
            return
        guard.check_cursor(cursor)


def audit_row(event: JsonObject) -> Row:
    """A row of `audit_records`; of its author only the id is hashed, because names change later."""
    author, kind = event.get("author") or EMPTY, event.get("type") or EMPTY
    affected = [one for one in event.get("affectedObjects") or () if isinstance(one, dict)]
    first = affected[0] if affected else EMPTY
    author_id = text_of(author.get("id"))
    identity = {**{name: event.get(name) for name in _HASHED}, "author": author_id}
    changed = [
        {"name": one.get("key") or one.get("i18nKey"), "oldValue": one.get("from"), "newValue": one.get("to")}
        for one in event.get("changedValues") or ()
    ]
    others = [{"name": one.get("name"), "objectType": one.get("type")} for one in affected[1:]]
    stamp = event.get("timestamp")
    return {
        "record_id": hashlib.sha256(orjson.dumps(identity, option=orjson.OPT_SORT_KEYS)).hexdigest(),
        "created_at": parse_epoch_milliseconds(stamp) if isinstance(stamp, int) else _moment(stamp),
        "author_id": author_id,
        "author_name": text_of(author.get("name")),
        "remote_address": text_of(event.get("source")),
        "category": text_of(kind.get("category")),
        "summary": text_of(kind.get("action")),
        "description": None,
        "affected_object_type": text_of(first.get("type")),
        "affected_object_name": text_of(first.get("name")),
        "changed_values": _json(changed),
        "associated_objects": _json(others),
    }


def _moment(stamp: JsonObject | str | None) -> datetime | None:
    """Text, or seconds and nanoseconds, as some versions of the plugin have it."""
    if isinstance(stamp, dict):
        seconds, rest = stamp.get("epochSecond"), stamp.get("nano") or 0
        return None if seconds is None else parse_epoch_milliseconds(int(seconds) * 1000 + int(rest) // 1_000_000)
    return parse_time(stamp)


def _json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
