"""Audit records as `/rest/auditing/1.0/events` sends them."""

import re
from typing import Any

from confluence_assets.emulator.clock import iso
from confluence_assets.emulator.store.model import AuditRecord
from confluence_assets.emulator.store.store import Store

_CATEGORIES = {"Pages and blogs": "Pages and Blogs"}


def category_of(record: AuditRecord) -> str:
    """Restrictions are told under Pages and Blogs, beside what happened to the pages."""
    if record.summary.startswith("Content restriction"):
        return "Pages and Blogs"
    return _CATEGORIES.get(record.category, record.category)


def _key(prefix: str, words: str) -> str:
    return f"audit.logging.{prefix}.{re.sub(r'[^a-z]+', '.', words.lower()).strip('.')}"


def event_row(store: Store, record: AuditRecord) -> dict[str, Any]:
    author = store.users.get(record.author_id)
    about = {"name": record.object_name, "type": record.object_type.upper(), "id": record.object_id}
    others = [{"name": name, "type": kind.upper(), "id": ""} for name, kind in record.associated]
    category = category_of(record)
    return {
        "timestamp": iso(record.created),
        "author": {
            "name": author.display_name if author else "System",
            "type": "user" if author else "system",
            "id": record.author_id,
        },
        "type": {
            "categoryI18nKey": _key("category", category),
            "category": category,
            "actionI18nKey": _key("summary", record.summary),
            "action": record.summary,
        },
        "affectedObjects": [about, *others],
        "changedValues": [
            {"key": one["name"], "i18nKey": one["name"], "from": one["oldValue"], "to": one["newValue"]}
            for one in record.changed
        ],
        "source": record.address,
        "system": "",
        "node": "",
        "method": "Browser",
        "extraAttributes": [],
    }
