"""What a token sees is what its user may read, on every route."""

from collections.abc import Callable
from typing import Any

import pytest

from confluence_assets.emulator import SeedPlan, SiteConfig
from tests.emulator.asker import ADMIN, Asker, user

Edit = Callable[..., dict[str, Any]]
READER, OTHER = user("user1"), user("user2")


@pytest.fixture
def asker(site_of: Callable[..., Asker]) -> Asker:
    """One space with a home page and nothing restricted."""
    return site_of(
        SiteConfig(plan=SeedPlan(pages_per_space=1, labelled_share=0.0, restricted_share=0.0, audit_records=0))
    )


@pytest.fixture
def edit(asker: Asker) -> Edit:
    return asker.site.control.edit


def test_restrictions_come_down_through_pages_and_nodes(asker: Asker, edit: Edit) -> None:
    above = None
    chain: list[str] = []
    for kind in ("folder", "whiteboard", "database", "embed"):
        above = edit("create_node", space="SP001", title=kind, kind=kind, parent=above)["id"]
        chain.append(above)
    page = edit("create_page", space="SP001", title="Below", parent=above)["id"]
    for node in chain:
        assert page in asker.ids("/pages", READER)
        edit("restrict", id=node, users=["user2@example.com", "admin@example.com"])
        assert page not in asker.ids("/pages", READER)
        assert page in asker.ids("/pages", OTHER)
        assert asker.status(f"/wiki/api/v2/pages/{page}", READER) == 404
        edit("unrestrict", id=node)


def test_layers_are_anded_and_principals_are_ored(asker: Asker, edit: Edit) -> None:
    edit("create_group", name="readers", members=["user2@example.com"])
    top = edit("create_page", space="SP001", title="Top")["id"]
    below = edit("create_page", space="SP001", title="Below", parent=top)["id"]
    edit("restrict", id=top, users=["user1@example.com"], groups=["readers"])
    edit("restrict", id=below, users=["user1@example.com"])
    may = asker.site.control.may_read
    reader, other = (asker.site.control.account_id(f"user{number}@example.com") for number in (1, 2))
    assert (may(reader, top), may(reader, below)) == (True, True)
    assert (may(other, top), may(other, below)) == (True, False)
    edit("restrict", id=top, groups=["readers"])  # the lower one names user1, the upper one does not
    assert (may(reader, top), may(reader, below)) == (False, False)
    assert (may(other, top), may(other, below)) == (True, False)


def test_update_restrictions_do_not_gate_reading(asker: Asker, edit: Edit) -> None:
    page = edit("create_page", space="SP001", title="Look, don't touch")["id"]
    edit("restrict", id=page, operation="update", users=["user2@example.com"])
    assert asker.status(f"/wiki/api/v2/pages/{page}", READER) == 200
    operations = asker.v2(f"/pages/{page}/operations", READER)["operations"]
    assert operations == [{"operation": "read", "targetType": "page"}]
    assert len(asker.v2(f"/pages/{page}/operations", OTHER)["operations"]) == 3


def test_a_deleted_group_is_still_named_and_lets_nobody_in(asker: Asker, edit: Edit) -> None:
    group = edit("create_group", name="readers", members=["user1@example.com"])["id"]
    page = edit("create_page", space="SP001", title="P")["id"]
    edit("restrict", id=page, groups=["readers"], users=["admin@example.com"])
    assert asker.status(f"/wiki/api/v2/pages/{page}", READER) == 200
    edit("delete_group", group="readers")
    assert asker.status(f"/wiki/api/v2/pages/{page}", READER) == 404
    named = asker.v1(f"/content/{page}/restriction/byOperation/read")["restrictions"]["group"]["results"]
    assert [(one["id"], one["name"]) for one in named] == [(group, "readers")]


def test_what_hangs_on_a_hidden_page_is_hidden_everywhere(asker: Asker, edit: Edit) -> None:
    page = edit("create_page", space="SP001", title="Secret")["id"]
    comment = edit("comment", container=page)["id"]
    reply = edit("reply", comment=comment)["id"]
    inline = edit("comment", container=page, kind="inline")["id"]
    file = edit("upload", container=page, filename="secret.txt", text="x")["id"]
    custom = edit("create_custom_content", container=page, type="ac:a:b", title="C")["id"]
    task = edit("create_task", container=page)["id"]
    edit("relabel", id=page, labels=["hush"])
    singles = [
        f"/pages/{page}", f"/footer-comments/{comment}", f"/footer-comments/{reply}", f"/inline-comments/{inline}",
        f"/attachments/{file}", f"/custom-content/{custom}", f"/tasks/{task}", f"/pages/{page}/labels",
        f"/pages/{page}/versions", f"/pages/{page}/descendants", f"/footer-comments/{comment}/children",
    ]  # fmt: skip
    lists = {
        "/pages": page,
        "/footer-comments": comment,
        "/inline-comments": inline,
        "/attachments": file,
        "/tasks": task,
        "/custom-content?type=ac:a:b": custom,
    }
    for path in singles:
        assert asker.status(f"/wiki/api/v2{path}", READER) == 200, path
    edit("restrict", id=page, users=["admin@example.com"])
    for path in singles:
        assert asker.status(f"/wiki/api/v2{path}", READER) == 404, path
        assert asker.status(f"/wiki/api/v2{path}", ADMIN) == 200, path
    for path, one in lists.items():
        assert one not in asker.ids(path, READER), path
        assert one in asker.ids(path, ADMIN), path
    assert asker.walk("/labels", READER) == []
    hidden = {page, comment, reply, inline, file, custom}
    assert hidden.isdisjoint(row["id"] for row in asker.cql("type in (page, comment, attachment)", READER))
    assert hidden <= {row["id"] for row in asker.cql('type in (page, comment, attachment, "ac:a:b")')}
    for path in (f"/content/{page}/restriction", f"/content/{page}/child/attachment/{file}/download"):
        assert asker.status(f"/wiki/rest/api{path}", READER) == 404
    types = asker.raw("/wiki/api/v2/content/convert-ids-to-types", READER, "POST", json={"contentIds": [page, comment]})
    assert types.json()["results"] == {page: None, comment: None}


def test_spaces_let_in_by_user_group_class_and_role(asker: Asker, edit: Edit) -> None:
    edit("create_space", key="HID", name="Hidden", private=True)
    edit("create_group", name="team", members=["user1@example.com"])

    def sees(who: tuple[str, str]) -> bool:
        return "HID" in [space["key"] for space in asker.walk("/spaces", who)]

    assert (sees(ADMIN), sees(READER)) == (True, False)
    reader = asker.site.control.account_id("user1@example.com")
    for kind, principal in (("user", reader), ("group", "team"), ("access-class", "all-licensed-users")):
        edit("grant", space="HID", principal_type=kind, principal_id=principal)
        assert sees(READER)
        edit("revoke", space="HID", principal_type=kind, principal_id=principal)
        assert not sees(READER)
    edit("assign_role", space="HID", principal_type="group", principal_id="team", role="Viewer")
    assert sees(READER)
    asker.site.control.configure(space_role_mode="PRE_ROLES")
    assert not sees(READER)
    asker.site.control.configure(space_role_mode="ROLES")
    edit("set_role", role="Viewer", permissions=["create/comment"])
    assert not sees(READER)


def test_guests_and_apps_need_grants_of_their_own(asker: Asker, edit: Edit) -> None:
    edit("create_user", email="guest@example.com", name="Guest", guest=True)
    edit("create_user", email="app@example.com", name="App", type="app")
    edit("grant", space="SP001", principal_type="access-class", principal_id="all-licensed-users")
    for name in ("guest", "app"):
        assert asker.walk("/pages", user(name)) == []
        edit("gain_access", account=f"{name}@example.com", space="SP001")
        assert len(asker.walk("/pages", user(name))) == 1
        edit("lose_access", account=f"{name}@example.com", space="SP001")
        assert asker.walk("/pages", user(name)) == []


def test_accounts_that_may_not_come_in(asker: Asker, edit: Edit) -> None:
    edit("deactivate_user", account="user1@example.com")
    assert asker.status("/wiki/api/v2/pages", READER) == 401
    edit("reactivate_user", account="user1@example.com")
    assert asker.status("/wiki/api/v2/pages", READER) == 200
    edit("remove_member", group="confluence-users", account="user1@example.com")
    assert asker.status("/wiki/api/v2/pages", READER) == 403


def test_anonymous(asker: Asker, edit: Edit) -> None:
    assert asker.status("/wiki/api/v2/pages", None) == 401
    edit("grant", space="SP001", principal_type="access-class", principal_id="anonymous-users")
    assert asker.status("/wiki/api/v2/pages", None) == 401
    asker.site.control.configure(anonymous_access=True)
    assert len(asker.walk("/pages", None)) == 1
    assert asker.v1("/user/current", None)["type"] == "anonymous"
    edit("revoke", space="SP001", principal_type="access-class", principal_id="anonymous-users")
    assert asker.walk("/pages", None) == []


@pytest.mark.parametrize("form", ["json", "html", "empty"])
def test_wrong_credentials(asker: Asker, form: str) -> None:
    asker.site.control.configure(unauthorized_body=form)
    reply = asker.raw("/wiki/api/v2/spaces", ("admin@example.com", "wrong"))
    assert reply.status_code == 401
    assert {
        "json": reply.text.startswith('{"errors"'),
        "html": reply.text.startswith("<html>"),
        "empty": reply.text == "",
    }[form]
    assert asker.raw("/wiki/api/v2/spaces", None, headers={"Authorization": "Bearer x"}).status_code == 401


def test_admin_key_opens_restricted_pages_for_administrators(asker: Asker, edit: Edit) -> None:
    page = edit("create_page", space="SP001", title="P")["id"]
    edit("restrict", id=page, users=["user1@example.com"])
    header = {"headers": {"Atl-Confluence-With-Admin-Key": "true"}}
    path = f"/wiki/api/v2/pages/{page}"
    assert asker.raw(path, **header).status_code == 404
    assert asker.raw("/wiki/api/v2/admin-key", OTHER, "POST").status_code == 404
    key = asker.raw("/wiki/api/v2/admin-key", method="POST", json={"durationInMinutes": 10})
    assert key.json()["accountId"] == asker.site.control.account_id("admin@example.com")
    assert asker.raw(path, **header).status_code == 200
    assert asker.raw(path).status_code == 404
    edit("advance_clock", seconds=601)
    assert asker.raw(path, **header).status_code == 404
    asker.site.control.configure(admin_key_entitled=False)
    assert asker.raw("/wiki/api/v2/admin-key", method="POST").status_code == 404


def test_permission_check_answers_200_either_way(asker: Asker, edit: Edit) -> None:
    page = edit("create_page", space="SP001", title="P")["id"]
    edit("restrict", id=page, users=["user2@example.com", "admin@example.com"])

    def check(email: str) -> tuple[bool, list[str]]:
        subject = {"type": "user", "identifier": asker.site.control.account_id(email)}
        reply = asker.raw(
            f"/wiki/rest/api/content/{page}/permission/check",
            method="POST",
            json={"subject": subject, "operation": "read"},
        )
        assert reply.status_code == 200
        return reply.json()["hasPermission"], [error["translation"] for error in reply.json()["errors"]]

    assert check("user2@example.com") == (True, [])
    assert check("user1@example.com") == (False, ["User does not have permission to the content"])


def test_dump_as_somebody_is_what_the_lists_give(demo: Asker) -> None:
    control = demo.site.control
    people = {
        "admin": ADMIN,
        "omar": user("omar"),
        "priya": user("priya"),
        "nadia": user("nadia"),
        "ruth": ("ruth@partner.example", "ruth"),
    }
    expected = {"admin": 135, "omar": 122, "priya": 125, "nadia": 132, "ruth": 32}
    for name, who in people.items():
        account = control.account_id(who[0])
        rows = control.dump_as(account)
        listed = set(demo.ids("/pages?limit=250&status=current,archived,trashed", who))
        assert listed == {row["id"] for row in rows if row["kind"] == "page"}
        comments = set(demo.ids("/footer-comments?limit=250", who)) | set(demo.ids("/inline-comments?limit=250", who))
        assert comments == {row["id"] for row in rows if row["kind"] == "comment"}
        assert set(demo.ids("/attachments?limit=250", who)) == {
            row["id"] for row in rows if row["kind"] == "attachment"
        }
        assert (name, len(listed)) == (name, expected[name])
    assert {row["space_key"] for row in control.dump_as(None, "page")} == {"HELP"}
