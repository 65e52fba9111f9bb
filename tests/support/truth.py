"""What the lake must hold of an embedded site, computed from the site's own dump and not by the library."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from confluence_assets.lake import Lake

Row = dict[str, Any]
Rows = dict[tuple[Any, ...], Row]

LISTED = ("current", "archived")
NODES = ("folder", "whiteboard", "database", "embed")
_TREE = ("page", "blogpost", *NODES)
_ID_COLUMNS = {kind: f"{kind}_id" for kind in _TREE}
_TABLES = {kind: f"{kind}s" for kind in _TREE}
_SAME = {
    "comment": "space_key status resolution_status inline_selection inline_marker_ref author_id updated_at "
    "version_number body_storage comment_type container_id container_type parent_comment_id web_url",
    "attachment": "container_id container_type space_key status filename media_type file_size_bytes file_id author_id "
    "created_at updated_at version_number web_url",
    "custom_content": "type space_id space_key container_id container_type title status body_raw author_id created_at "
    "updated_at version_number",
    "page": "space_id space_key status title parent_id parent_type position author_id owner_id created_at "
    "version_number version_author_id updated_at labels web_url body_storage",
    "blogpost": "space_id space_key status title author_id created_at version_number version_author_id updated_at "
    "labels web_url body_storage",
    "task": "local_id space_key page_id blogpost_id status created_by assigned_to completed_by created_at updated_at "
    "due_at completed_at",
    "node": "space_id space_key status title parent_id parent_type position author_id owner_id created_at version_number",
    "user": "account_type account_status display_name email email_hidden is_external",
    "space": "name type status description homepage_id author_id created_at web_url",
}


def expected(
    dump: Iterable[Row], custom_types: Iterable[str] = (), property_keys: Iterable[str] = ()
) -> dict[str, Rows]:
    """Rows by table and key, for the account whose dump it is."""
    by_kind: dict[str, list[Row]] = {}
    for row in dump:
        by_kind.setdefault(row["kind"], []).append(row)
    if is_datacenter(by_kind):
        by_kind = _as_datacenter_tells(by_kind)
    found: dict[str, Rows] = {}
    listed = _listed(by_kind, set(custom_types))
    for kind in _TREE:
        columns = _SAME[kind if kind in ("page", "blogpost") else "node"]
        found[_TABLES[kind]] = _rows(listed.get(kind, ()), (_ID_COLUMNS[kind],), _picker(_ID_COLUMNS[kind], columns))
    found["comments"] = _rows(listed.get("comment", ()), ("comment_id",), _picker("comment_id", _SAME["comment"]))
    found["attachments"] = _rows(
        listed.get("attachment", ()), ("attachment_id",), _picker("attachment_id", _SAME["attachment"])
    )
    found["custom_content"] = _rows(
        listed.get("custom_content", ()), ("custom_content_id",), _picker("custom_content_id", _SAME["custom_content"])
    )
    _add_details(found, by_kind, listed, set(property_keys))
    _add_site(found, by_kind, listed)
    return found


def is_datacenter(by_kind: dict[str, list[Row]]) -> bool:
    """Whether the dump is a Data Center's: these tell their version."""
    return any(row.get("version") for row in by_kind.get("site", ()))


def _as_datacenter_tells(by_kind: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """The dump as the API can tell it.

    Tasks stand in bodies: their ids are made of the holder's and their own, and those of archived pages are there, too.
    Members are those of inner groups as well. Which access a group gives is told from 9.3 on. Deleted accounts are unknown.
    """
    version = next(row["version"] for row in by_kind["site"])
    tells_access = tuple(int(part) for part in version.split(".")[:2]) >= (9, 3)
    tasks = [
        {
            **row,
            "id": f"{row['page_id'] or row['blogpost_id']}-{row['local_id']}",
            "container_status": "current" if row["container_status"] in LISTED else row["container_status"],
        }
        for row in by_kind.get("task", ())
    ]
    return {
        **by_kind,
        "task": tasks,
        "user": [row for row in by_kind.get("user", ()) if row["account_status"] != "closed"],
        "group": [{**row, "access": row["access"] if tells_access else []} for row in by_kind.get("group", ())],
        "group_member": [
            {"kind": "group_member", "group_id": group, "account_id": account}
            for group, account in sorted(_flat_members(by_kind))
        ],
        "space_permission": [
            {**row, "principal_id": "anonymous"} if row["principal_type"] == "anonymous" else row
            for row in by_kind.get("space_permission", ())
        ],
    }


def _flat_members(by_kind: dict[str, list[Row]]) -> set[tuple[str, str]]:
    inside: dict[str, set[str]] = {}
    for row in by_kind.get("subgroup", ()):
        inside.setdefault(row["group_id"], set()).add(row["subgroup_id"])
    found: set[tuple[str, str]] = set()
    for group in by_kind.get("group", ()):
        reached, open_groups = {group["id"]}, [group["id"]]
        while open_groups:
            fresh = inside.get(open_groups.pop(), set()) - reached
            reached |= fresh
            open_groups.extend(fresh)
        members = [row for row in by_kind.get("group_member", ()) if row["group_id"] in reached]
        found |= {(group["id"], row["account_id"]) for row in members}
    return found


def _listed(by_kind: dict[str, list[Row]], custom_types: set[str]) -> dict[str, list[Row]]:
    """Contents that a crawl finds: not in the trash, and not hanging on what is."""
    listed = {kind: [row for row in by_kind.get(kind, ()) if row["status"] in LISTED] for kind in _TREE}
    archived = {row["key"] for row in by_kind.get("space", ()) if row["status"] == "archived"}
    for kind in NODES:
        # A limit that the documentation states: nothing lists the nodes of archived spaces.
        listed[kind] = [row for row in listed[kind] if row["space_key"] not in archived]
    holders = {row["id"] for rows in listed.values() for row in rows}
    custom = [
        row
        for row in by_kind.get("custom_content", ())
        if row["status"] in LISTED
        and row["type"] in custom_types
        and (row["container_id"] is None or row["container_id"] in holders)
    ]
    holders |= {row["id"] for row in custom}
    listed["custom_content"] = custom
    for kind in ("attachment", "comment"):
        listed[kind] = [
            row for row in by_kind.get(kind, ()) if row["status"] in LISTED and row["container_id"] in holders
        ]
        holders |= {row["id"] for row in listed[kind]}
    listed["task"] = [row for row in by_kind.get("task", ()) if row["container_status"] == "current"]
    return listed


def _picker(id_column: str, columns: str) -> Callable[[Row], Row]:
    names = columns.split()

    def pick(row: Row) -> Row:
        return {id_column: row["id"], **{name: _value(name, row[name]) for name in names}}

    return pick


def _value(name: str, value: Any) -> Any:
    if name.endswith("_at") and value is not None:
        return datetime.fromisoformat(value)
    return None if value == "" and (name.startswith("inline_") or name == "description") else value


def _rows(rows: Iterable[Row], key: tuple[str, ...], pick: Callable[[Row], Row]) -> Rows:
    picked = [pick(row) for row in rows]
    return {tuple(row[name] for name in key): row for row in picked}


def _add_details(
    found: dict[str, Rows], by_kind: dict[str, list[Row]], listed: dict[str, list[Row]], keys: set[str]
) -> None:
    detailed = {row["id"] for kind in (*_TREE, "attachment") for row in listed[kind]}
    tree = {row["id"] for kind in _TREE for row in listed[kind]}
    labels = [row for row in by_kind.get("label", ()) if row["content_id"] in detailed]
    found["content_labels"] = _rows(
        labels,
        ("content_id", "prefix", "name"),
        lambda row: _only(row, "content_id prefix name content_type space_key label_id"),
    )
    restrictions = [row for row in by_kind.get("restriction", ()) if row["content_id"] in tree]
    found["content_restrictions"] = _rows(
        restrictions,
        ("content_id", "operation", "principal_type", "principal_id"),
        lambda row: _only(row, "content_id operation principal_type principal_id content_type space_key"),
    )
    properties = [row for row in by_kind.get("property", ()) if row["content_id"] in detailed and row["key"] in keys]
    found["content_properties"] = _rows(
        properties,
        ("content_id", "key"),
        lambda row: _only(row, "content_id key content_type space_key version_number"),
    )
    found["tasks"] = _rows(listed["task"], ("task_id",), _picker("task_id", _SAME["task"]))


def _add_site(found: dict[str, Rows], by_kind: dict[str, list[Row]], listed: dict[str, list[Row]]) -> None:
    counts: dict[tuple[str, str], int] = {}
    for kind in ("page", "blogpost"):
        for row in listed[kind]:
            counts[kind, row["space_key"]] = counts.get((kind, row["space_key"]), 0) + 1

    def space(row: Row) -> Row:
        picked = _picker("space_id", _SAME["space"])(row)
        key = row["key"]
        return {
            **picked,
            "space_key": key,
            "page_count": counts.get(("page", key), 0),
            "blogpost_count": counts.get(("blogpost", key), 0),
        }

    found["spaces"] = _rows(by_kind.get("space", ()), ("space_id",), space)
    found["space_permissions"] = _rows(
        by_kind.get("space_permission", ()),
        ("space_id", "principal_type", "principal_id", "operation", "target_type"),
        lambda row: _only(_principal(row), "space_id principal_type principal_id operation target_type space_key"),
    )
    found["space_role_assignments"] = _rows(
        by_kind.get("role_assignment", ()),
        ("space_id", "principal_type", "principal_id", "role_id"),
        lambda row: _only(
            _principal(row), "space_id principal_type principal_id role_id space_key role_name permissions"
        ),
    )
    found["groups"] = _rows(
        by_kind.get("group", ()),
        ("group_id",),
        lambda row: {"group_id": row["id"], "name": row["name"], "access_types": sorted(row["access"])},
    )
    active = {row["account_id"] for row in by_kind.get("user", ()) if row["account_status"] == "active"}
    members = [row for row in by_kind.get("group_member", ()) if row["account_id"] in active]
    found["group_members"] = _rows(members, ("group_id", "account_id"), lambda row: _only(row, "group_id account_id"))
    accounts = _named_accounts(found)
    users = [{**row, "id": row["account_id"]} for row in by_kind.get("user", ()) if row["account_id"] in accounts]
    found["users"] = _rows(users, ("account_id",), _picker("account_id", _SAME["user"]))


def _principal(row: Row) -> Row:
    kind = row["principal_type"].lower().replace("-", "_")
    if kind == "access_class" and row["principal_id"].startswith("anonymous"):
        return {**row, "principal_type": "anonymous", "principal_id": "anonymous"}
    permissions = {"permissions": sorted(row["permissions"])} if "permissions" in row else {}
    return {**row, "principal_type": kind, **permissions}


def _named_accounts(found: dict[str, Rows]) -> set[str]:
    """The closure of rule 1: accounts that current rows and groups name."""
    columns = ("author_id", "owner_id", "version_author_id", "created_by", "assigned_to", "completed_by", "account_id")
    named = {
        row[column]
        for table, rows in found.items()
        if table != "users"
        for row in rows.values()
        for column in columns
        if row.get(column)
    }
    for table in ("space_permissions", "space_role_assignments", "content_restrictions"):
        named |= {row["principal_id"] for row in found[table].values() if row["principal_type"] == "user"}
    return named


def _only(row: Row, columns: str) -> Row:
    return {name: row[name] for name in columns.split()}


def held(lake: Lake, table: str) -> Rows:
    """The rows of a table of the lake by key."""
    from confluence_assets.tables import TABLES_BY_NAME, key_of

    return {key_of(TABLES_BY_NAME[table], row): row for rows in lake.iter_rows(table) for row in rows}


def comparable(rows: Rows, table: str, archived: set[str]) -> Rows:
    """The rows of a table without those that documented limits leave open: nodes of archived spaces."""
    if table in ("acl_profiles", "acl_readers"):
        return {key: row for key, row in rows.items() if row["space_key"] not in archived}
    if table in ("content_restrictions", "content_acl"):
        return {
            key: row
            for key, row in rows.items()
            if row["content_type"] not in NODES or row["space_key"] not in archived
        }
    if table not in {f"{kind}s" for kind in NODES}:
        return rows
    return {key: row for key, row in rows.items() if row["space_key"] not in archived}


def differences(lake: Lake, truth: dict[str, Rows], limit: int = 10) -> list[str]:
    """Where the lake is not what it must be, one line each; empty where all is well."""
    lines: list[str] = []
    archived = {row["space_key"] for row in truth.get("spaces", {}).values() if row["status"] == "archived"}
    for table, rows in truth.items():
        found = comparable(held(lake, table), table, archived)
        lines += [f"{table}: {key} is missing" for key in rows.keys() - found.keys()]
        lines += [f"{table}: {key} is too much" for key in found.keys() - rows.keys()]
        for key in rows.keys() & found.keys():
            for column, value in rows[key].items():
                if found[key][column] != value:
                    lines.append(f"{table}: {key} {column} is {found[key][column]!r}, not {value!r}")
    return lines[:limit] + ([f"and {len(lines) - limit} more"] if len(lines) > limit else [])
