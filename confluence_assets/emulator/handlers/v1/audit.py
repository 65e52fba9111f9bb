"""The audit log: for administrators, newest first."""

from typing import Any

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.handlers.v1.pages import Row, offset_page
from confluence_assets.emulator.problems import Refusal
from confluence_assets.emulator.render.audit import audit_row
from confluence_assets.emulator.store.model import AuditRecord

_UNITS = {
    "MINUTES": 60_000,
    "HOURS": 3_600_000,
    "DAYS": 86_400_000,
    "WEEKS": 604_800_000,
    "MONTHS": 2_592_000_000,
    "YEARS": 31_536_000_000,
}


def _admit(call: Call) -> None:
    if call.switches.audit_status != 200:
        raise Refusal(call.switches.audit_status, "The audit log is not available.")
    if not call.viewer.is_admin:
        raise Refusal(403, "Only Confluence administrators may read the audit log.")


def _page(call: Call, first: int | None, last: int | None) -> Row:
    words = str(call.get("searchString", "")).lower()

    def fits(record: AuditRecord) -> bool:
        if (first is not None and record.created < first) or (last is not None and record.created > last):
            return False
        text = f"{record.summary} {record.category} {record.object_name} {record.description}".lower()
        return words in text

    rows = sorted(filter(fits, call.store.audit), key=lambda record: -record.created)
    return offset_page(call, rows, lambda record: audit_row(call.store, record), default=1000, most=1000)


def list_records(call: Call) -> Row:
    _admit(call)
    return _page(call, call.get("startDate"), call.get("endDate"))


def list_since(call: Call) -> Row:
    _admit(call)
    units = call.get("units", "MONTHS")
    if units not in _UNITS:
        raise Refusal(400, f"Unknown units: {units}")
    return _page(call, call.site.clock.now_ms - call.get("number", 3) * _UNITS[units], None)


def get_retention(call: Call) -> dict[str, Any]:
    _admit(call)
    return {"number": 3, "units": "YEARS"}
