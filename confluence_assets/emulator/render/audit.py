"""Audit records as v1 sends them."""

from typing import Any

from confluence_assets.emulator.store.model import AuditRecord
from confluence_assets.emulator.store.store import Store


def audit_row(store: Store, record: AuditRecord) -> dict[str, Any]:
    author = store.users.get(record.author_id)
    return {
        "author": {
            "type": "user",
            "displayName": author.display_name if author else "System",
            "operations": None,
            "username": "",
            "userKey": None,
            "accountId": record.author_id,
            "accountType": author.account_type if author else "",
            "publicName": (author.public_name or author.display_name) if author else "System",
            "isExternalCollaborator": bool(author and author.is_guest),
            "externalCollaborator": bool(author and author.is_guest),
            "isGuest": bool(author and author.is_guest),
        },
        "remoteAddress": record.address,
        "creationDate": record.created,
        "summary": record.summary,
        "description": record.description,
        "category": record.category,
        "sysAdmin": False,
        "superAdmin": False,
        "affectedObject": {"name": record.object_name, "objectType": record.object_type},
        "changedValues": record.changed,
        "associatedObjects": [{"name": name, "objectType": kind} for name, kind in record.associated],
    }
