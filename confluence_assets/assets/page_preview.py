"""The latest changed page of a space as Markdown, for whoever looks at a materialization: a page that all may read, or none.

A run's page in Dagster has other readers than a restricted page in Confluence. So a body is shown only where every layer of
its access profile lets in all licensed users, or anonymous; where access is not known, none is.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from confluence_assets.lake import Lake
from confluence_assets.tables import Row

SHOWN_CHARACTERS = 1500

_OPEN = {("access_class", "all-licensed-users"), ("access_class", "authenticated-users"), ("anonymous", "anonymous")}


def latest_page(lake: Lake, space_key: str) -> str | None:
    """The space's latest changed page that is open to all, cut to a screen; None where there is none."""
    profiles = _open_profiles(lake, space_key)
    if not profiles:
        return None
    rows = _rows(lake, "content_acl", space_key, ["content_id", "content_type", "acl_profile_id"])
    readable = {
        row["content_id"] for row in rows if row["acl_profile_id"] in profiles and row["content_type"] == "page"
    }
    pages = (row for row in _rows(lake, "pages", space_key, ["page_id", "title", "updated_at", "web_url"]))
    dated = [row for row in pages if row["page_id"] in readable and row["updated_at"]]
    if not dated:
        return None
    newest = max(dated, key=lambda row: (row["updated_at"], row["page_id"]))
    for row in _rows(lake, "documents", space_key, ["content_id", "body_markdown"]):
        if row["content_id"] == newest["page_id"] and row["body_markdown"]:
            return _as_markdown(newest, row["body_markdown"])
    return None


def _open_profiles(lake: Lake, space_key: str) -> set[str]:
    """Profiles each of whose layers lets everybody in."""
    layers: dict[str, dict[int, bool]] = {}
    undecided: set[str] = set()
    for row in _rows(lake, "acl_profiles", space_key):
        lets_all_in = (row["principal_type"], row["principal_id"]) in _OPEN and row["cause"] is None
        of_profile = layers.setdefault(row["acl_profile_id"], {})
        of_profile[row["layer_index"]] = of_profile.get(row["layer_index"], False) or lets_all_in
        if not row["is_decidable"]:
            undecided.add(row["acl_profile_id"])
    return {profile for profile, admits in layers.items() if all(admits.values())} - undecided


def _rows(lake: Lake, table: str, space_key: str, columns: list[str] | None = None) -> Iterator[Row]:
    return (row for batch in lake.iter_rows(table, space_key, columns) for row in batch)


def _as_markdown(page: Mapping[str, Any], body: str) -> str:
    link = f"[{page['title']}]({page['web_url']})" if page["web_url"] else str(page["title"])
    cut = body if len(body) <= SHOWN_CHARACTERS else body[:SHOWN_CHARACTERS].rsplit("\n", 1)[0] + "\n\n…"
    return f"**{link}**, {page['updated_at']:%Y-%m-%d %H:%M} UTC\n\n---\n\n{cut}"
