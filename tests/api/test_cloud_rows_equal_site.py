"""Every row of every table that the embedded site holds, read through the real client over a socket."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import orjson
import pytest

from confluence_assets.api import Connection, Scope, SpaceRef, connect
from confluence_assets.api.cloud.source import CloudSource
from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.tables import NODE_TABLES, TABLES_BY_NAME, Row
from tests.api.clock import quick_options

ONLY_THE_CALLER_KNOWS = {
    "spaces": {"synced_at", "page_count", "blogpost_count", "last_synced_at"},
    "pages": {"synced_at", "labels"},
    "blogposts": {"synced_at", "labels"},
}
LISTED = ("current", "archived")


class Live:
    """A running site and a source to it."""

    def __init__(self, site: EmbeddedSite) -> None:
        self.site = site
        source = connect(Connection(site.url, "admin@example.com", "admin"), options=quick_options())
        assert isinstance(source, CloudSource)
        self.source = source
        spaces = [row for rows in source.iter_spaces() for row in rows]
        self.spaces = spaces
        self.scope = Scope(tuple(SpaceRef(row["space_id"], row["space_key"]) for row in spaces), True)
        self.property_keys = sorted({row["key"] for row in site.control.dump("property")})

    def narrow(self) -> Scope:
        """All spaces, but not as the whole site: the lists that can be narrowed serve."""
        return Scope(self.scope.spaces, False)

    def dump(self, kind: str) -> list[Row]:
        account = self.site.control.account_id("admin@example.com")
        rows = self.site.control.dump_as(account, kind)
        return rows if kind == "task" else [row for row in rows if row.get("status", "current") in LISTED]


CONTRARY = {
    "short_pages": True,
    "v2_limit_cap": 9,
    "cql_cap": "25",
    "cursor_kind": "offset",
    "cql_start_parameter": "omit",
    "inline_property_keys": "hyphen",
    "role_principals": "role",
    "unknown_parameters": "refuse",
    "unauthorized_body": "html",
}
"""The other answer to everything that public material leaves open."""


@pytest.fixture(scope="module", params=["odd", "contrary", "demo"])
def live(request: pytest.FixtureRequest) -> Iterator[Live]:
    config = SiteConfig.demo() if request.param == "demo" else SiteConfig.shape("odd")
    if request.param == "contrary":
        config.switches.update(**CONTRARY)
    with EmbeddedSite(config) as site:
        found = Live(site)
        yield found
        found.source.close()


def flat(pages: Iterable[Iterable[Any]]) -> list[Any]:
    return [row for rows in pages for row in rows]


def expected(table: str, rows: list[Row], renamed: dict[str, str] | None = None) -> list[Row]:
    """The dump's rows in the table's columns, as the API can tell them: empty text is nothing, times are times."""
    names = column_names(table)
    key = TABLES_BY_NAME[table].key
    made = []
    for row in rows:
        named = {(renamed or {}).get(name, name): value for name, value in row.items()}
        made.append({name: _value(name, named.get(name)) for name in names})
    return sorted(made, key=lambda row: tuple(str(row[name]) for name in key))


def column_names(table: str) -> list[str]:
    left_out = ONLY_THE_CALLER_KNOWS.get(table, {"synced_at"})
    return [column.name for column in TABLES_BY_NAME[table].stored_columns if column.name not in left_out]


def got(table: str, rows: list[Row]) -> list[Row]:
    key = TABLES_BY_NAME[table].key
    for row in rows:
        assert set(row) == set(column_names(table))
    return sorted(rows, key=lambda row: tuple(str(row[name]) for name in key))


def _value(name: str, value: Any) -> Any:
    if name.endswith("_at") and value is not None:
        return datetime.fromisoformat(value)
    if name in ("value",):
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    if name in ("access_types", "permissions"):
        return sorted(value or [])
    return None if value == "" and name != "body_storage" else value


def test_spaces(live: Live) -> None:
    assert got("spaces", live.spaces) == expected("spaces", live.dump("space"), {"id": "space_id", "key": "space_key"})
    some = [row["space_key"] for row in live.spaces[:2]]
    assert [row["space_key"] for row in flat(live.source.iter_spaces(some))] == some


@pytest.mark.parametrize("is_whole", [True, False])
def test_pages_and_blogposts(live: Live, is_whole: bool) -> None:
    scope = live.scope if is_whole else live.narrow()
    pages, posts = flat(live.source.iter_pages(scope)), flat(live.source.iter_blogposts(scope))
    assert got("pages", pages) == expected("pages", live.dump("page"), {"id": "page_id"})
    assert got("blogposts", posts) == expected("blogposts", live.dump("blogpost"), {"id": "blogpost_id"})
    assert [row["page_id"] for row in pages] == [str(one) for one in sorted(int(row["page_id"]) for row in pages)]


def test_pages_without_bodies_are_the_same_but_for_the_bodies(live: Live) -> None:
    without = flat(live.source.iter_pages(live.scope, bodies=False))
    assert without == [{**row, "body_storage": None} for row in flat(live.source.iter_pages(live.scope))]


def test_comments_of_the_whole_site(live: Live) -> None:
    rows = flat(live.source.iter_comments(live.scope, "footer")) + flat(live.source.iter_comments(live.scope, "inline"))
    assert got("comments", rows) == expected_comments(live, with_space_key=False)


def test_comments_of_spaces_have_the_same_columns(live: Live) -> None:
    rows = flat(live.source.iter_comments(live.narrow(), None))
    assert got("comments", rows) == searchable(live, expected_comments(live, with_space_key=True))
    by_kind = flat(live.source.iter_comments(live.narrow(), "footer")) + flat(
        live.source.iter_comments(live.narrow(), "inline")
    )
    assert got("comments", by_kind) == got("comments", rows)


def test_comments_are_whole_where_lists_leave_replies_out(live: Live) -> None:
    live.site.control.configure(site_comment_lists_include_replies=False)
    try:
        other = connect(Connection(live.site.url, "admin@example.com", "admin"), options=quick_options())
        rows = flat(other.iter_comments(live.scope, "footer")) + flat(other.iter_comments(live.scope, "inline"))
        other.close()  # type: ignore[attr-defined]
    finally:
        live.site.control.configure(site_comment_lists_include_replies=True)
    assert got("comments", rows) == expected_comments(live, with_space_key=False)


def expected_comments(live: Live, *, with_space_key: bool) -> list[Row]:
    rows = expected("comments", live.dump("comment"), {"id": "comment_id"})
    return rows if with_space_key else [{**row, "space_key": None} for row in rows]


def is_in_archived_space(live: Live, row: Row) -> bool:
    return row["space_key"] in {space["space_key"] for space in live.spaces if space["status"] == "archived"}


def searchable(live: Live, rows: list[Row]) -> list[Row]:
    """What the search index holds: nothing of archived spaces."""
    return [row for row in rows if not is_in_archived_space(live, row)]


def test_attachments(live: Live) -> None:
    base = f"{live.site.site.base_url}/wiki"
    dumped = [{**row, "download_url": base + row["download_path"]} for row in live.dump("attachment")]
    wanted = expected("attachments", dumped, {"id": "attachment_id"})
    rows = flat(live.source.iter_attachments(live.scope))
    assert got("attachments", rows) == [{**row, "space_key": None} for row in wanted]
    assert got("attachments", flat(live.source.iter_attachments(live.narrow()))) == searchable(live, wanted)


def test_custom_content_and_tasks(live: Live) -> None:
    dumped = live.dump("custom_content")
    rows = [
        row
        for kind in sorted({row["type"] for row in dumped})
        for row in flat(live.source.iter_custom_content(live.scope, kind))
    ]
    without_link = [{**row, "web_url": None} for row in got("custom_content", rows)]
    assert without_link == expected("custom_content", dumped, {"id": "custom_content_id"})
    keys = {row["space_key"]: row["space_id"] for row in live.spaces}
    tasks = [
        {**row, "space_id": keys[row["space_key"]]} for row in live.dump("task") if row["container_status"] == "current"
    ]
    wanted = expected("tasks", tasks, {"id": "task_id", "body_storage": "body_markdown"})
    assert got("tasks", flat(live.source.iter_tasks(live.scope))) == wanted
    assert got("tasks", flat(live.source.iter_changed_tasks(live.scope, None))) == wanted


def test_tasks_since(live: Live) -> None:
    rows = flat(live.source.iter_tasks(live.scope))
    if not rows:
        pytest.skip("this site has no tasks")
    since = sorted(row["created_at"] for row in rows)[len(rows) // 2]
    wanted = {
        row["task_id"]
        for row in rows
        if row["created_at"] >= since or (row["completed_at"] and row["completed_at"] >= since)
    }
    changed = [row["task_id"] for row in flat(live.source.iter_changed_tasks(live.scope, since))]
    assert set(changed) == wanted
    assert len(changed) == len(wanted)


def test_nodes(live: Live) -> None:
    for kind, table in NODE_TABLES.items():
        dumped = live.dump(kind)
        rows = [live.source.get_node(kind, row["id"]) for row in dumped]
        assert got(table, rows) == expected(table, dumped, {"id": f"{kind}_id"})


def test_labels_properties_and_restrictions(live: Live) -> None:
    tree = flat(live.source.iter_details(live.scope, "tree", live.property_keys))
    files = flat(live.source.iter_details(live.scope, "attachments", live.property_keys))
    ids = {details.content_id for details in tree + files}
    for table, kind, name in (
        ("content_labels", "label", "labels"),
        ("content_properties", "property", "properties"),
        ("content_restrictions", "restriction", "restrictions"),
    ):
        rows = flat(getattr(details, name) for details in tree + files)
        wanted = expected(table, [row for row in live.dump(kind) if row["content_id"] in ids])
        assert got(table, rows) == wanted, table
    listed = {
        row["id"]
        for kind in ("page", "blogpost", *NODE_TABLES, "attachment")
        for row in searchable(live, live.dump(kind))
    }
    assert ids == listed


def test_details_by_id_reach_archived_spaces_too(live: Live) -> None:
    wanted = [row["id"] for row in live.dump("page")]
    found = {
        details.content_id: details for details in live.source.get_details([*wanted, "999999999"], live.property_keys)
    }
    assert sorted(found) == sorted(wanted)
    rows = flat(details.restrictions or () for details in found.values())
    assert got("content_restrictions", rows) == expected(
        "content_restrictions", [row for row in live.dump("restriction") if row["content_id"] in found]
    )


def test_restrictions_asked_of_the_content(live: Live) -> None:
    for row in live.dump("restriction")[:5]:
        rows = live.source.get_restrictions(row["content_id"])
        wanted = [one for one in live.dump("restriction") if one["content_id"] == row["content_id"]]
        without = [{**one, "content_type": None, "space_key": None} for one in wanted]
        assert got("content_restrictions", list(rows)) == expected("content_restrictions", without)


def test_permissions_and_roles(live: Live) -> None:
    live.site.control.configure(space_role_mode="ROLES")
    source = connect(Connection(live.site.url, "admin@example.com", "admin"), options=quick_options())
    permissions = flat(flat(source.iter_space_permissions(space)) for space in live.scope.spaces)
    roles = flat(flat(source.iter_role_assignments(space)) for space in live.scope.spaces)
    source.close()  # type: ignore[attr-defined]
    assert got("space_permissions", permissions) == expected(
        "space_permissions", _unique("space_permissions", live.dump("space_permission"))
    )
    assert got("space_role_assignments", roles) == expected(
        "space_role_assignments", _unique("space_role_assignments", live.dump("role_assignment"))
    )


def _unique(table: str, rows: list[Row]) -> list[Row]:
    """Rows in our words for principals, each key once."""
    found: dict[tuple[str, ...], Row] = {}
    for row in rows:
        kind = row["principal_type"].lower().replace("-", "_")
        is_anonymous = kind == "anonymous" or (kind == "access_class" and "anonymous" in row["principal_id"].lower())
        ours = {**row, "principal_type": kind} | (
            {"principal_type": "anonymous", "principal_id": "anonymous"} if is_anonymous else {}
        )
        found.setdefault(tuple(ours[name] for name in TABLES_BY_NAME[table].key), ours)
    return list(found.values())


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_site_without_roles_has_no_assignments(live: Live, status: int) -> None:
    live.site.control.configure(roles_endpoint_status=status)
    source = connect(Connection(live.site.url, "admin@example.com", "admin"), options=quick_options())
    try:
        with source.tally() as tally:
            assert flat(flat(source.iter_role_assignments(space)) for space in live.scope.spaces) == []
        assert tally.requests == 1
    finally:
        source.close()  # type: ignore[attr-defined]
        live.site.control.configure(roles_endpoint_status=200)


def test_people(live: Live) -> None:
    users, groups = live.dump("user"), live.dump("group")
    rows = flat(live.source.get_users([*(row["account_id"] for row in users), "712020:nobody"]))
    seen = [_as_others_see(row) for row in users]
    assert got("users", rows) == expected("users", seen)
    assert got("groups", flat(live.source.iter_groups())) == expected(
        "groups", groups, {"id": "group_id", "access": "access_types"}
    )
    members = flat(flat(live.source.iter_group_members(row["id"])) for row in groups)
    assert got("group_members", members) == expected("group_members", live.dump("group_member"))
    assert flat(live.source.iter_group_members("no-such-group")) == []


def _as_others_see(user: Row) -> Row:
    """A hidden profile hides its time zone too, and a closed account shows neither."""
    is_hidden = user["email_hidden"] or user["account_status"] == "closed"
    return {**user, "email": None, "email_hidden": True, "time_zone": None} if is_hidden else user


def test_audit_records(live: Live) -> None:
    rows = flat(live.source.iter_audit_records())
    dumped = live.dump("audit")
    assert len(rows) == len(dumped) == len({row["record_id"] for row in rows})
    assert sorted(row["created_at"].timestamp() for row in rows) == sorted(row["creationDate"] / 1000 for row in dumped)
    newest = max(row["created_at"] for row in rows)
    assert {row["created_at"] for row in flat(live.source.iter_audit_records(newest))} == {newest}


def test_versions_and_likes(live: Live) -> None:
    for kind in ("page", "blogpost"):
        holders = [row["id"] for row in live.dump(kind) if row["version_number"] > 1][:3]
        for content_id in holders:
            wanted = [{**row, "space_key": None} for row in live.dump("version") if row["content_id"] == content_id]
            assert got("content_versions", flat(live.source.iter_versions(kind, content_id))) == expected(
                "content_versions", wanted
            )
    for row in live.dump("like")[:5]:
        wanted = [{**one, "space_key": None} for one in live.dump("like") if one["content_id"] == row["content_id"]]
        rows = flat(live.source.iter_likes(row["content_type"], row["content_id"]))
        assert got("content_likes", rows) == expected("content_likes", wanted)


def test_the_newest_come_first(live: Live) -> None:
    for stream, kind in (("pages", "page"), ("blogposts", "blogpost"), ("attachments", "attachment")):
        rows = flat(live.source.iter_newest(stream, live.scope, limit=7))  # type: ignore[arg-type]
        times = [row["updated_at"] for row in rows]
        assert times == sorted(times, reverse=True)
        assert len(rows) == len(live.dump(kind))
    rows = flat(live.source.iter_newest("footer_comments", live.scope, limit=7))
    assert len(rows) == len([row for row in live.dump("comment") if row["comment_type"] == "footer"])


def test_lookups_by_id(live: Live) -> None:
    pages, posts = live.dump("page"), live.dump("blogpost")
    rows = live.source.get_pages([row["id"] for row in pages])
    assert got("pages", rows) == expected("pages", pages, {"id": "page_id"})
    assert got("blogposts", live.source.get_blogposts([row["id"] for row in posts])) == expected(
        "blogposts", posts, {"id": "blogpost_id"}
    )
    trashed = [row for row in live.site.control.dump("page") if row["status"] == "trashed"]
    found = live.source.get_pages([row["id"] for row in trashed], statuses=("trashed",))
    assert {row["page_id"] for row in found} == {row["id"] for row in trashed}
    comment = live.dump("comment")[0]
    one = live.source.get_comment(comment["comment_type"], comment["id"])
    assert (one["comment_id"], one["body_storage"]) == (comment["id"], comment["body_storage"])


def test_types_of_ids(live: Live) -> None:
    wanted: dict[str, str | None] = {"999999999": None}
    for kind in ("page", "blogpost", "attachment", "comment"):
        wanted |= {row["id"]: kind for row in live.dump(kind)}
    assert live.source.get_content_types(list(wanted)) == wanted


def test_anonymous_access(live: Live) -> None:
    before = live.site.site.switches.anonymous_access
    try:
        live.site.control.configure(anonymous_access=False)
        assert live.source.get_anonymous_access() is False
        live.site.control.configure(anonymous_access=True)
        assert live.source.get_anonymous_access() is bool(live.site.control.dump_as(None, "space"))
    finally:
        live.site.control.configure(anonymous_access=before)
