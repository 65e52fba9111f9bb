"""The demo's audit log."""

from confluence_assets.emulator.clock import parse_time
from confluence_assets.emulator.store.model import AuditRecord
from confluence_assets.emulator.store.store import Store

# when, who, summary, category, type and name of what was changed, what changed (name, before, after)
_TRAIL = (
    ("2025-12-01T08:10:00Z", "admin", "User deactivated", "Users and groups", "User", "Victor Sousa", ("Active", "true", "false")),
    ("2025-12-01T08:12:00Z", "admin", "User deleted", "Users and groups", "User", "Former user", None),
    ("2026-01-08T10:00:00Z", "maya", "Content restriction added", "Permissions", "Page", "Pricing", ("Edit", "", "maya, lena")),
    ("2026-01-12T16:40:00Z", "nadia", "Page archived", "Pages and blogs", "Page", "Budget 2025", None),
    ("2026-04-10T09:30:00Z", "nadia", "Content restriction added", "Permissions", "Page", "Salary bands", ("View", "", "nadia, maya")),
    ("2026-04-19T12:00:00Z", "admin", "User created", "Users and groups", "User", "Ruth Adeyemi", None),
    ("2026-04-19T12:04:00Z", "lena", "Space permission added", "Permissions", "Space", "Product", ("Type", "", "read/space")),
    ("2026-05-02T07:00:00Z", "admin", "Global settings changed", "Global administration", "Global settings", "Anonymous access", ("Anonymous access", "off", "on")),
    ("2026-05-02T07:03:00Z", "sam", "Space permission added", "Permissions", "Space", "Help Centre", ("Type", "", "read/space")),
    ("2026-07-02T11:11:00Z", "admin", "Group created", "Users and groups", "Group", "bike-council", None),
    ("2026-08-24T08:00:00Z", "admin", "User created", "Users and groups", "User", "Omar Aziz", None),
    ("2026-08-24T08:01:00Z", "admin", "User added to group", "Users and groups", "Group", "confluence-users", ("User", "", "Omar Aziz")),
    ("2026-09-14T15:20:00Z", "maya", "Content restriction added", "Permissions", "Page", "Locker: cost", ("View", "", "maya, lena, admin")),
    ("2026-10-20T13:37:00Z", "priya", "Space role assigned", "Permissions", "Space", "Engineering", ("Role", "", "Manager")),
    ("2026-11-10T17:45:00Z", "nadia", "Content restriction removed", "Permissions", "Page", "Open positions", ("View", "nadia", "")),
)  # fmt: skip


def fill_audit(store: Store, accounts: dict[str, str]) -> None:
    for when, who, summary, category, object_type, name, change in _TRAIL:
        changed = []
        if change is not None:
            values = dict(zip(("name", "oldValue", "newValue"), change, strict=True))
            changed = [{**values, "hiddenOldValue": "", "hiddenNewValue": ""}]
        record = AuditRecord(parse_time(when), accounts[who], summary, category, object_type, name, changed=changed)
        record.associated = [("Larkspur", "Site")] if object_type == "Global settings" else []
        store.audit.append(record)
