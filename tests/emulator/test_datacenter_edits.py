"""Edits of a Data Center: what it lacks is refused, tasks live in bodies, groups are names."""

from collections.abc import Callable

import pytest

from confluence_assets.emulator import SHAPES, EmbeddedSite, SeedPlan, SiteConfig
from confluence_assets.emulator.edits.registry import operations_of
from tests.emulator.datacenter_asker import Server

Start = Callable[..., Server]
TINY = SeedPlan(spaces=1, pages_per_space=4, users=4)
CLOUD_ONLY = ("folder", "whiteboard", "database", "embed", "role", "role_assignment")


@pytest.mark.parametrize("shape", ["empty", "small", "frugal", "wide", "odd", "demo"])
def test_seeds_leave_out_what_there_is_not(shape: str) -> None:
    config = (
        SiteConfig.demo(deployment="datacenter")
        if shape == "demo"
        else SiteConfig.shape(shape, deployment="datacenter")
    )
    with EmbeddedSite(config) as site:
        rows = site.control.dump()
    kinds = {row["kind"] for row in rows}
    assert not kinds & set(CLOUD_ONLY)
    assert {row["principal_type"] for row in rows if row["kind"] == "space_permission"} <= {
        "user",
        "group",
        "anonymous",
    }
    assert {row["type"] for row in rows if row["kind"] == "space"} <= {"global", "personal"}
    parents = {row["parent_type"] for row in rows if row["kind"] == "page"}
    assert parents <= {None, "page"}
    assert not [row for row in rows if row["kind"] == "page" and row["subtype"]]
    assert not [row for row in rows if "ri:account-id" in str(row.get("body_storage", ""))]


def test_same_seed_makes_the_same_site() -> None:
    config = SiteConfig(plan=SHAPES["odd"], deployment="datacenter", site_url="https://wiki.example.com")
    assert EmbeddedSite(config).control.dump() == EmbeddedSite(config).control.dump()


def test_pages_of_folders_move_up() -> None:
    plan = SeedPlan(spaces=1, pages_per_space=20, folders_per_space=2)
    cloud = EmbeddedSite(SiteConfig(plan=plan)).control.dump("page")
    server = EmbeddedSite(SiteConfig(plan=plan, deployment="datacenter")).control.dump("page")
    in_folders = {row["title"] for row in cloud if row["parent_type"] == "folder"}
    assert len(in_folders) == 3
    assert {row["title"] for row in server if row["parent_id"] is None} == in_folders | {"Space 1 Home"}


@pytest.mark.parametrize(
    ("op", "fields"),
    [
        ("create_node", {"space": "SP001", "title": "Folder"}),
        ("create_role", {"name": "r", "permissions": []}),
        ("rename_group", {"group": "confluence-users", "name": "x"}),
        ("rename_space_key", {"space": "SP001", "key": "X"}),
        ("create_page", {"space": "SP001", "title": "Live", "subtype": "live"}),
        ("create_user", {"email": "g@example.com", "name": "G", "guest": True}),
        ("create_space", {"key": "X", "name": "X", "type": "knowledge_base"}),
        ("grant", {"space": "SP001", "principal_type": "access-class", "principal_id": "all-licensed-users"}),
        ("grant", {"space": "SP001", "principal_type": "group", "principal_id": "confluence-users", "operation": "archive", "target": "page"}),
    ],
)  # fmt: skip
def test_what_there_is_not_is_refused(server_of: Start, op: str, fields: dict[str, object]) -> None:
    server = server_of("10.0", TINY)
    with pytest.raises(ValueError):  # noqa: PT011  (each has words of its own)
        server.edit(op, **fields)


def test_operations_are_listed_by_deployment(server_of: Start) -> None:
    listed = server_of("10.0", TINY).raw("/_emulator/edit").json()
    assert set(listed) == set(operations_of("datacenter"))
    assert {"add_subgroup", "create_token", "set_group_access"} <= set(listed) - set(operations_of("cloud"))
    assert {"create_node", "assign_role"} <= set(operations_of("cloud")) - set(listed)


def test_a_task_is_its_place_in_the_body(server_of: Start) -> None:
    server = server_of("10.0", TINY)
    page = server.edit("create_page", space="SP001", title="To do", body="<p>Start</p>")["id"]
    task = server.edit("create_task", container=page, body="<p>Paint</p>", due="2026-12-01")["id"]
    server.edit("assign_task", id=task, assigned_to="user1@example.com")
    server.edit("tick_task", id=task)
    key = server.key("user1")
    text = f'<ac:link><ri:user ri:userkey="{key}" /></ac:link> Paint <time datetime="2026-12-01" />'
    row = server.get(f"/content/{page}", expand="body.storage,version")
    assert row["body"]["storage"]["value"] == (
        "<p>Start</p><ac:task-list><ac:task><ac:task-id>1</ac:task-id><ac:task-status>complete</ac:task-status>"
        f"<ac:task-body>{text}</ac:task-body></ac:task></ac:task-list>"
    )
    assert (row["version"]["number"], row["version"]["minorEdit"]) == (4, True)
    held = next(one for one in server.dump("task") if one["id"] == task)
    assert (held["local_id"], held["status"], held["assigned_to"], held["due_at"]) == (
        "1", "complete", key, "2026-12-01T00:00:00.000Z",
    )  # fmt: skip
    server.edit("untick_task", id=task)
    server.edit("set_task_due", id=task, due=None)
    server.edit("assign_task", id=task, assigned_to=None)
    held = next(one for one in server.dump("task") if one["id"] == task)
    assert (held["status"], held["assigned_to"], held["due_at"], held["body_storage"]) == (
        "incomplete",
        None,
        None,
        "Paint",
    )
    second = server.edit("create_task", container=page)["id"]
    server.edit("delete_task", id=task)
    assert [one["local_id"] for one in server.dump("task")] == ["2"]
    server.edit("delete_task", id=second)
    assert server.get(f"/content/{page}", expand="body.storage")["body"]["storage"]["value"] == "<p>Start</p>"


def test_users_have_keys_and_names(server_of: Start) -> None:
    server = server_of("10.0", TINY)
    made = server.edit("create_user", email="maya@one.example", name="Maya")
    again = server.edit("create_user", email="maya@two.example", name="Maya")
    assert (made["username"], again["username"]) == ("maya", "maya2")
    assert made["user_key"] == made["account_id"]
    assert server.get("/user/current", "maya2")["displayName"] == "Maya"
    row = next(one for one in server.dump("user") if one["account_id"] == made["account_id"])
    assert (row["username"], row["user_key"], row["email"], row["time_zone"]) == (
        "maya", made["user_key"], "maya@one.example", None,
    )  # fmt: skip


def test_deleted_users_are_unknown(server_of: Start) -> None:
    server = server_of("10.0", TINY)
    page = server.edit("create_page", space="SP001", title="Hers", by="user1@example.com")["id"]
    key = server.key("user1")
    server.edit("close_user", account="user1@example.com")
    by = server.get(f"/content/{page}")["version"]["by"]
    assert (by["type"], by["userKey"], by["displayName"]) == ("unknown", key, "Unknown User (user1)")
    assert server.status("/user", key=key) == 404


def test_can_use_is_a_groups(server_of: Start) -> None:
    server = server_of("10.0", TINY)
    server.edit("set_group_access", group="confluence-users", access=[])
    assert server.status("/space", "user1") == 403
    assert server.status("/space") == 200
    server.edit("set_group_access", group="confluence-users", access=["user"])
    assert server.status("/space", "user1") == 200


def test_audit_names_what_was_changed(server_of: Start) -> None:
    server = server_of("10.0", TINY)
    page = server.dump("page")[1]
    server.edit("restrict", id=page["id"], users=["admin@example.com"], by="user1@example.com")
    event = server.raw("/rest/auditing/1.0/events?limit=1").json()["entities"][0]
    assert event["type"]["category"] == "Pages and Blogs"
    touched, space = event["affectedObjects"]
    assert touched == {"name": page["title"], "type": "PAGE", "id": page["id"]}
    assert (space["type"], space["name"]) == ("SPACE", "Space 1")
    assert event["author"]["id"] == server.key("user1")
    assert server.dump("audit")[-1] == {"kind": "audit", **event}


EVERY_EDIT: list[tuple[str, dict[str, object]]] = [
    ("advance_clock", {"seconds": 5}),
    ("catch_up_index", {}),
    ("create_space", {"key": "NEW", "name": "New"}),
    ("describe_space", {"space": "NEW", "description": "x"}),
    ("rename_space", {"space": "NEW", "name": "Newer"}),
    ("label_space", {"space": "NEW", "labels": ["x"]}),
    ("set_space_property", {"space": "NEW", "key": "k", "value": {"a": 1}}),
    ("create_user", {"email": "zoe@example.com", "name": "Zoe"}),
    ("create_token", {"account": "zoe@example.com", "token": "t"}),
    ("revoke_token", {"token": "t"}),
    ("rename_user", {"account": "zoe@example.com", "name": "Zoë"}),
    ("hide_email", {"account": "zoe@example.com"}),
    ("show_email", {"account": "zoe@example.com"}),
    ("create_group", {"name": "crew"}),
    ("add_member", {"group": "crew", "account": "zoe@example.com"}),
    ("remove_member", {"group": "crew", "account": "zoe@example.com"}),
    ("create_group", {"name": "inner"}),
    ("add_subgroup", {"group": "crew", "subgroup": "inner"}),
    ("remove_subgroup", {"group": "crew", "subgroup": "inner"}),
    ("set_group_access", {"group": "crew", "access": ["user"]}),
    ("grant", {"space": "NEW", "principal_type": "group", "principal_id": "crew"}),
    ("revoke", {"space": "NEW", "principal_type": "group", "principal_id": "crew"}),
    ("gain_access", {"space": "NEW", "account": "zoe@example.com"}),
    ("lose_access", {"space": "NEW", "account": "zoe@example.com"}),
    ("delete_group", {"group": "crew"}),
    ("create_page", {"space": "NEW", "title": "Page"}),
    ("create_page", {"space": "NEW", "title": "Other"}),
    ("create_blogpost", {"space": "NEW", "title": "Post"}),
    ("edit_content", {"id": "Page", "body": "<p>two</p>"}),
    ("rename", {"id": "Page", "title": "Page"}),
    ("delete_version", {"id": "Page", "number": 1}),
    ("move", {"id": "Page", "parent": "Other"}),
    ("archive", {"id": "Page"}),
    ("unarchive", {"id": "Page"}),
    ("relabel", {"id": "Page", "labels": ["x"]}),
    ("restrict", {"id": "Page", "users": ["admin@example.com"]}),
    ("unrestrict", {"id": "Page"}),
    ("set_property", {"id": "Page", "key": "k", "value": 1}),
    ("delete_property", {"id": "Page", "key": "k"}),
    ("like", {"id": "Page"}),
    ("unlike", {"id": "Page"}),
    ("watch", {"id": "Page"}),
    ("run_long_task", {"name": "space.export"}),
    ("comment", {"container": "Page", "kind": "inline"}),
    ("reply", {"comment": "#comment"}),
    ("edit_comment", {"id": "#comment", "body": "<p>x</p>"}),
    ("resolve_comment", {"id": "#comment"}),
    ("reopen_comment", {"id": "#comment"}),
    ("delete_comment", {"id": "#comment"}),
    ("create_task", {"container": "Page"}),
    ("assign_task", {"id": "#create_task", "assigned_to": "zoe@example.com"}),
    ("set_task_due", {"id": "#create_task", "due": "2026-12-24"}),
    ("tick_task", {"id": "#create_task"}),
    ("untick_task", {"id": "#create_task"}),
    ("delete_task", {"id": "#create_task"}),
    ("upload", {"container": "Page", "filename": "a.txt"}),
    ("new_file_version", {"id": "#upload"}),
    ("delete_file", {"id": "#upload"}),
    ("create_custom_content", {"container": "Page", "type": "ac:a:b", "title": "c"}),
    ("edit_custom_content", {"id": "#create_custom_content", "body": "{}"}),
    ("delete_custom_content", {"id": "#create_custom_content"}),
    ("trash", {"id": "Page"}),
    ("restore", {"id": "Page"}),
    ("purge", {"id": "Page"}),
    ("deactivate_user", {"account": "zoe@example.com"}),
    ("reactivate_user", {"account": "zoe@example.com"}),
    ("close_user", {"account": "zoe@example.com"}),
    ("archive_space", {"space": "NEW"}),
    ("unarchive_space", {"space": "NEW"}),
    ("delete_space", {"space": "NEW"}),
]


def test_every_edit_can_be_made(server_of: Start) -> None:
    """A title stands for the id of its page, `#op` for what that edit made last. Afterwards all routes answer still."""
    server = server_of("10.0", TINY)
    hook = {"name": "n", "url": "http://127.0.0.1:9/", "events": ["page_updated", "comment_removed", "user_removed"]}
    assert server.raw("/rest/api/webhooks", method="POST", json=hook).status_code == 201
    made: dict[str, str] = {}
    for op, fields in EVERY_EDIT:
        filled = {name: made.get(value, value) if isinstance(value, str) else value for name, value in fields.items()}
        if op == "rename":
            filled["title"] = "Page"
        result = server.edit(op, **filled)
        if "id" in result:
            made[f"#{op}"] = result["id"]
            if "title" in fields and op != "rename":
                made[str(fields["title"])] = result["id"]
    assert {op for op, _ in EVERY_EDIT} == set(operations_of("datacenter"))
    assert server.site.control.wait_for_webhooks()
    assert server.get("/webhooks/1/statistics/summary")["counts"]["errors"] > 5
    assert [space["key"] for space in server.get("/space")["results"]] == ["SP001"]
    assert len(server.scan()) == 4
