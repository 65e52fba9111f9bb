"""The audit log: for administrators, newest first."""

import csv
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZipFile, ZipInfo

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.clock import iso
from confluence_assets.emulator.handlers.v1.pages import Row, offset_page
from confluence_assets.emulator.problems import Refusal
from confluence_assets.emulator.render.audit import audit_row
from confluence_assets.emulator.store.model import AuditRecord
from confluence_assets.emulator.web.messages import Reply

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


def _records(call: Call, first: int | None, last: int | None) -> list[AuditRecord]:
    """Newest first."""
    words = str(call.get("searchString", "")).lower()

    def fits(record: AuditRecord) -> bool:
        if (first is not None and record.created < first) or (last is not None and record.created > last):
            return False
        text = f"{record.summary} {record.category} {record.object_name} {record.description}".lower()
        return words in text

    return sorted(filter(fits, call.store.audit), key=lambda record: -record.created)


def _page(call: Call, first: int | None, last: int | None) -> Row:
    rows = _records(call, first, last)
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


EXPORTED = ("Date", "Author", "Category", "Summary", "Affected object", "Description", "Address")


def export_records(call: Call) -> Reply:
    """All records as CSV, or as a ZIP with that file in it."""
    _admit(call)
    lines = StringIO()
    writer = csv.writer(lines)
    writer.writerow(EXPORTED)
    for record in _records(call, call.get("startDate"), call.get("endDate")):
        author = call.store.users.get(record.author_id)
        name = author.display_name if author else "System"
        about = (record.category, record.summary, record.object_name, record.description, record.address)
        writer.writerow((iso(record.created), name, *about))
    content = lines.getvalue().encode()
    if call.get("format") != "zip":
        return Reply(200, content, "text/csv")
    packed = BytesIO()
    with ZipFile(packed, "w") as archive:
        archive.writestr(ZipInfo("audit.csv"), content)
    return Reply(200, packed.getvalue(), "application/zip")


def get_retention(call: Call) -> dict[str, Any]:
    _admit(call)
    return {"number": 3, "units": "YEARS"}
