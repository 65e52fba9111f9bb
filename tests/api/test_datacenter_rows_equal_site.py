"""Every row of every table that the embedded Data Center holds, in each version, read through the real client over a socket."""

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime

import pytest

from confluence_assets.api.source import RichSource
from confluence_assets.tables import Row
from tests.api.datacenter import PROFILES, Live, datacenter, flattened_members, live_site
from tests.api.test_cloud_rows_equal_site import expected, flat, got

CONTRARY = {
    "wrong_next_offsets": True,
    "next_omits_start": True,
    "rows_past_the_end": True,
    "content_cap": 17,
    "expanded_cap": 9,
    "body_cap": 7,
    "space_list_cap": 2,
    "people_cap": 3,
    "expanded_children_limit": 1,
    "expanded_labels_limit": 1,
    "expanded_names_limit": 1,
    "instance_time_zone": "Asia/Kathmandu",
    "cql_time_zone": "user",
    "anonymous_permissions_form": "operations",
    "memberof_nested": False,
    "user_list_loses_rows": True,
    "email_in_lists": True,
    "members_flattened": True,
}
"""Every quirk at once, with the tightest caps."""


@pytest.fixture(scope="module", params=[*PROFILES, "contrary", "demo"])
def live(request: pytest.FixtureRequest) -> Iterator[Live]:
    config = datacenter(profile=request.param) if request.param in PROFILES else datacenter("odd")
    if request.param == "contrary":
        config = datacenter("odd", **CONTRARY)
    elif request.param == "demo":
        config = datacenter("demo")
    with live_site(config) as found:
        yield found


def test_who_and_where(live: Live) -> None:
    about = live.control.dump("site")[0]
    site = live.source.get_site()
    assert (site.site_id, site.base_url, site.deployment) == (about["base_url"], about["base_url"], "datacenter")
    assert site.version == about["version"]
    assert live.source.get_account().account_id == live.control.account_id("admin@example.com")
    assert live.source.is_read_only() is False
    assert isinstance(live.source, RichSource)


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


def test_pages_without_bodies_are_the_same_but_for_the_bodies(live: Live) -> None:
    without = flat(live.source.iter_pages(live.scope, bodies=False))
    assert without == [{**row, "body_storage": None} for row in flat(live.source.iter_pages(live.scope))]


def test_comments(live: Live) -> None:
    wanted = expected("comments", live.dump("comment"), {"id": "comment_id"})
    rows = flat(live.source.iter_comments(live.scope, None))
    assert got("comments", rows) == wanted
    assert got("comments", flat(live.source.iter_comments(live.narrow(), None))) == wanted
    by_kind = [
        row
        for kind in ("footer", "inline")
        for row in flat(live.source.iter_comments(live.scope, kind))  # type: ignore[arg-type]
    ]
    assert got("comments", by_kind) == wanted
    places = {row["comment_id"]: number for number, row in enumerate(rows)}
    assert all(places[row["parent_comment_id"]] < places[row["comment_id"]] for row in rows if row["parent_comment_id"])


def test_attachments(live: Live) -> None:
    wanted = expected_files(live)
    assert got("attachments", flat(live.source.iter_attachments(live.scope))) == wanted
    assert got("attachments", flat(live.source.iter_attachments(live.narrow()))) == wanted


def expected_files(live: Live) -> list[Row]:
    base = live.source.get_site().base_url
    dumped = [{**row, "download_url": base + row["download_path"]} for row in live.dump("attachment")]
    return expected("attachments", dumped, {"id": "attachment_id"})


def test_custom_content(live: Live) -> None:
    dumped = live.dump("custom_content")
    rows = flat(
        flat(live.source.iter_custom_content(live.scope, kind)) for kind in sorted({row["type"] for row in dumped})
    )
    without_link = [{**row, "web_url": None} for row in got("custom_content", rows)]
    assert without_link == expected("custom_content", dumped, {"id": "custom_content_id"})
    for row in dumped[:3]:
        found = live.source.get_custom_content(row["type"], [row["id"], "999999999"])
        assert [one["custom_content_id"] for one in found] == [row["id"]]


def expected_tasks(live: Live) -> list[Row]:
    """Data Center's own ids are in no answer: ours are made of the holder's and the task's."""
    ids = {row["space_key"]: row["space_id"] for row in live.spaces}
    tasks = [
        {
            **row,
            "id": f"{row['page_id'] or row['blogpost_id']}-{row['local_id']}",
            "space_id": ids[row["space_key"]],
        }
        for row in live.dump("task")
        if row["container_status"] in ("current", "archived")
    ]
    return expected("tasks", tasks, {"id": "task_id", "body_storage": "body_markdown"})


def squeezed(rows: list[Row]) -> list[Row]:
    """Texts without white space before the end of a tag: it is the parser's."""
    return [{**row, "body_markdown": re.sub(r"\s*/>", "/>", row["body_markdown"])} for row in rows]


def test_tasks(live: Live) -> None:
    wanted = expected_tasks(live)
    assert squeezed(got("tasks", flat(live.source.iter_tasks(live.scope)))) == squeezed(wanted)
    assert squeezed(got("tasks", flat(live.source.iter_changed_tasks(live.scope, None)))) == squeezed(wanted)
    found = live.source.get_tasks([row["task_id"] for row in wanted[:5]])
    assert squeezed(got("tasks", found)) == squeezed(wanted[:5])
    assert live.source.get_tasks(["999999999-1"]) == []


def test_tasks_since(live: Live) -> None:
    holders = {row["id"]: row for kind in ("page", "blogpost") for row in live.dump(kind)}
    archived = {row["space_key"] for row in live.spaces if row["status"] == "archived"}
    wanted = [row for row in expected_tasks(live) if row["space_key"] not in archived]
    times = sorted(holders[row["page_id"] or row["blogpost_id"]]["updated_at"] for row in wanted)
    if not times:
        pytest.skip("this site has no tasks")
    since = times[len(times) // 2]
    fresh = {row["task_id"] for row in wanted if holders[row["page_id"] or row["blogpost_id"]]["updated_at"] >= since}
    changed = flat(live.source.iter_changed_tasks(live.scope, datetime.fromisoformat(since)))
    assert {row["task_id"] for row in changed} == fresh


def test_labels_properties_and_restrictions(live: Live) -> None:
    tree = flat(live.source.iter_details(live.scope, "tree", live.property_keys))
    files = flat(live.source.iter_details(live.scope, "attachments", live.property_keys))
    check_details(live, tree + files)


def check_details(live: Live, found: list) -> None:
    ids = {details.content_id for details in found}
    for table, kind, name in (
        ("content_labels", "label", "labels"),
        ("content_properties", "property", "properties"),
        ("content_restrictions", "restriction", "restrictions"),
    ):
        rows = flat(getattr(details, name) for details in found)
        wanted = expected(table, [row for row in live.dump(kind) if row["content_id"] in ids])
        assert got(table, rows) == wanted, table
    assert ids == {row["id"] for kind in ("page", "blogpost", "attachment") for row in live.dump(kind)}


def test_one_list_brings_all_that_belongs_to_pages_and_posts(live: Live) -> None:
    pages = list(live.source.iter_content("page", live.scope, property_keys=live.property_keys))
    posts = list(live.source.iter_content("blogpost", live.scope, property_keys=live.property_keys))
    assert flat(batch.rows for batch in pages) == flat(live.source.iter_pages(live.scope))
    assert flat(batch.rows for batch in posts) == flat(live.source.iter_blogposts(live.scope))
    both = [*pages, *posts]
    assert got("attachments", flat(batch.attachments for batch in both)) == expected_files(live)
    check_details(live, flat([*batch.details, *batch.attachment_details] for batch in both))
    tasks = [task for batch in both for row in batch.rows for task in live.source.tasks_of(row)]
    assert squeezed(got("tasks", tasks)) == squeezed(expected_tasks(live))


def test_details_by_id(live: Live) -> None:
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


def test_permissions(live: Live) -> None:
    permissions = flat(flat(live.source.iter_space_permissions(space)) for space in live.scope.spaces)
    wanted = [
        {**row, "principal_id": row["principal_id"] if row["principal_type"] != "anonymous" else "anonymous"}
        for row in live.dump("space_permission")
    ]
    assert got("space_permissions", permissions) == expected("space_permissions", wanted)
    assert flat(flat(live.source.iter_role_assignments(space)) for space in live.scope.spaces) == []


def test_people(live: Live) -> None:
    known = [row for row in live.dump("user") if row["account_status"] != "closed"]
    rows = flat(live.source.get_users([*(row["account_id"] for row in live.dump("user")), "nobody"]))
    assert got("users", rows) == expected("users", known)
    tells_access = live.site.site.config.profile == "10.0"
    groups = [{**row, "access": row["access"] if tells_access else []} for row in live.dump("group")]
    assert got("groups", flat(live.source.iter_groups())) == expected(
        "groups", groups, {"id": "group_id", "access": "access_types"}
    )
    members = flat(flat(live.source.iter_group_members(row["id"])) for row in groups)
    assert len(members) == len({(row["group_id"], row["account_id"]) for row in members})
    assert {(row["group_id"], row["account_id"]) for row in members} == flattened_members(live.control.dump)
    assert flat(live.source.iter_group_members("no-such-group")) == []


def test_memberships_are_those_of_outer_groups_too(live: Live) -> None:
    by_account: dict[str, set[str]] = {}
    for group, account in flattened_members(live.control.dump):
        by_account.setdefault(account, set()).add(group)
    for account, groups in sorted(by_account.items())[:6]:
        assert live.source.get_memberships(account) == groups


def test_audit_records(live: Live) -> None:
    rows = flat(live.source.iter_audit_records())
    dumped = live.control.dump("audit")
    assert len(rows) == len(dumped) == len({row["record_id"] for row in rows})
    by_time = {(row["created_at"].isoformat(timespec="milliseconds")[:-6], row["summary"]) for row in rows}
    assert by_time == {(row["timestamp"].removesuffix("Z"), row["type"]["action"]) for row in dumped}
    assert {row["author_id"] for row in rows} == {row["author"]["id"] or None for row in dumped}
    newest = max(row["created_at"] for row in rows)
    assert {row["created_at"] for row in flat(live.source.iter_audit_records(newest))} == {newest}


def test_versions_and_likes(live: Live) -> None:
    for kind in ("page", "blogpost"):
        for content_id in [row["id"] for row in live.dump(kind) if row["version_number"] > 1][:3]:
            wanted = [{**row, "space_key": None} for row in live.dump("version") if row["content_id"] == content_id]
            rows = flat(live.source.iter_versions(kind, content_id))
            assert got("content_versions", rows) == expected("content_versions", wanted)
    for row in live.dump("like")[:5]:
        wanted = [{**one, "space_key": None} for one in live.dump("like") if one["content_id"] == row["content_id"]]
        rows = flat(live.source.iter_likes(row["content_type"], row["content_id"]))
        assert got("content_likes", rows) == expected("content_likes", wanted)


@pytest.mark.parametrize("limit", [7, 25, 250])
def test_the_newest_come_first(live: Live, limit: int) -> None:
    archived = {row["space_key"] for row in live.spaces if row["status"] == "archived"}
    for stream, kind, id_column in (
        ("pages", "page", "page_id"),
        ("blogposts", "blogpost", "blogpost_id"),
        ("attachments", "attachment", "attachment_id"),
    ):
        rows = flat(live.source.iter_newest(stream, live.scope, limit=limit))  # type: ignore[arg-type]
        times = [row["updated_at"] for row in rows]
        assert times == sorted(times, reverse=True)
        wanted = {row["id"] for row in live.dump(kind) if row["space_key"] not in archived}
        assert sorted(row[id_column] for row in rows) == sorted(wanted)
    for stream in ("footer_comments", "inline_comments"):
        rows = flat(live.source.iter_newest(stream, live.scope, limit=limit))  # type: ignore[arg-type]
        wanted = {row["id"] for row in live.dump("comment") if row["space_key"] not in archived}
        assert {row["comment_id"] for row in rows} == wanted


def test_lookups_by_id(live: Live) -> None:
    pages, posts = live.dump("page"), live.dump("blogpost")
    assert got("pages", live.source.get_pages([row["id"] for row in pages])) == expected(
        "pages", pages, {"id": "page_id"}
    )
    assert got("blogposts", live.source.get_blogposts([row["id"] for row in posts])) == expected(
        "blogposts", posts, {"id": "blogpost_id"}
    )
    trashed = [row for row in live.control.dump("page") if row["status"] == "trashed"]
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
    for row in live.control.dump("attachment")[:10]:
        assert live.source.get_attachment_status(row["id"]) == row["status"]


def test_files_are_what_the_site_has(live: Live) -> None:
    for row in live.dump("attachment")[:4]:
        with live.source.download_attachment(
            row["container_id"], row["id"], version_number=row["version_number"], size_bytes=row["file_size_bytes"]
        ) as chunks:
            assert hashlib.sha256(b"".join(chunks)).hexdigest() == row["sha256"]


def test_anonymous_access(live: Live) -> None:
    before = live.site.site.switches.anonymous_access
    try:
        live.control.configure(anonymous_access=False)
        assert live.source.get_anonymous_access() is False
        live.control.configure(anonymous_access=True)
        assert live.source.get_anonymous_access() is bool(live.control.dump_as(None, "space"))
    finally:
        live.control.configure(anonymous_access=before)
