"""Rows for the tests of the lake: small, literal, and complete where it matters."""

from datetime import UTC, datetime, timedelta
from typing import Any

from confluence_assets.tables import Row

T0 = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    return T0 + timedelta(days=number)


def page(page_id: int | str, *, space: str = "DOCS", body: str | None = "<p>body</p>", **more: Any) -> Row:
    row: Row = {
        "page_id": str(page_id),
        "space_id": "1",
        "space_key": space,
        "status": "current",
        "title": f"Page {page_id}",
        "position": 1,
        "created_at": T0,
        "version_number": 1,
        "updated_at": T0,
        "labels": ["a", "b"],
        "body_storage": body,
    }
    return row | more


def label(content_id: str, name: str, *, space: str = "DOCS") -> Row:
    return {"content_id": content_id, "prefix": "global", "name": name, "content_type": "page", "space_key": space}


def space(space_id: str, key: str, **more: Any) -> Row:
    return {"space_id": space_id, "space_key": key, "name": key.title(), "status": "current"} | more


def ledger(run_id: str, table: str, space_key: str = "", **more: Any) -> Row:
    return {"run_id": run_id, "table_name": table, "space_key": space_key, "received": 1} | more
