"""Who reads what on a Data Center, on every route; people, groups inside groups, permissions."""

from collections.abc import Callable, Iterator

import pytest

from confluence_assets.emulator import EmbeddedSite, SeedPlan, SiteConfig
from tests.emulator.datacenter_asker import Server

Start = Callable[..., Server]
PLAN = SeedPlan(
    spaces=3, pages_per_space=20, blogposts_per_space=2, comments=20, attachments=10, restricted_share=0.3, users=12, groups=6
)  # fmt: skip


@pytest.fixture(scope="module")
def guarded() -> Iterator[Server]:
    """Three spaces: one for everybody, one for a team, one open to the world; restrictions on a third of the pages."""
    with EmbeddedSite(SiteConfig(plan=PLAN, deployment="datacenter")) as site:
        server = Server(site)
        server.edit("revoke", space="SP002", principal_type="group", principal_id="confluence-users")
        server.edit("grant", space="SP003", principal_type="anonymous")
        yield server
        server.session.close()


def test_each_user_sees_what_the_rules_say(guarded: Server) -> None:
    totals = set()
    for user in guarded.site.control.users():
        for kind, query in (("page", {}), ("blogpost", {"type": "blogpost"}), ("comment", {"type": "comment"})):
            expected = {row["id"] for row in guarded.dump(kind, user.account_id)}
            assert {row["id"] for row in guarded.scan(user.username, limit=13, **query)} == expected
        readable = {row["id"] for row in guarded.dump("page", user.account_id)}
        for path, more in (("/content", {}), ("/content/search", {"cql": "type = page"})):
            assert {row["id"] for row in guarded.walk(path, user.username, **more)} == readable
        spaces = {row["key"] for row in guarded.dump("space", user.account_id)}
        assert {row["key"] for row in guarded.walk("/space", user.username)} == spaces
        totals.add(len(readable))
    assert len(totals) > 3


def test_single_reads_agree_with_lists(guarded: Server) -> None:
    everything = guarded.site.control.dump()
    reader = guarded.key("user3")
    readable = {
        row["id"] for row in guarded.site.control.dump_as(reader) if row["kind"] in ("page", "attachment", "comment")
    }
    kinds = {"page": 0, "attachment": 0, "comment": 0}
    for row in everything:
        if row["kind"] not in kinds:
            continue
        expected = 200 if row["id"] in readable else 404
        kinds[row["kind"]] += expected == 404
        assert guarded.status(f"/content/{row['id']}", "user3") == expected
        if row["kind"] == "page":
            for below in ("label", "property", "history", "version", "child/comment", "restriction/byOperation"):
                assert guarded.status(f"/content/{row['id']}/{below}", "user3") == expected
        if row["kind"] == "attachment":
            assert guarded.raw(row["download_path"], "user3").status_code == expected
    assert min(kinds.values()) > 0


def test_anonymous_needs_both_the_site_and_the_space(guarded: Server) -> None:
    assert guarded.scan(None) == []
    guarded.site.control.configure(anonymous_access=True)
    try:
        expected = {row["id"] for row in guarded.dump("page", None)}
        assert {row["id"] for row in guarded.scan(None)} == expected
        assert {row["space_key"] for row in guarded.dump("page", None)} == {"SP003"}
        assert guarded.status("/group", None) == 403
        assert guarded.get("/user/current", None)["displayName"] == "Anonymous"
        assert guarded.get("/permissions/anonymous") == [
            {
                "operation": {"operationKey": "use", "targetType": "application"},
                "subject": {"type": "anonymous", "displayName": "Anonymous"},
            }
        ]
    finally:
        guarded.site.control.configure(anonymous_access=False)


def test_groups_inside_groups_let_in(server_of: Start) -> None:
    server = server_of("10.0", SeedPlan(spaces=1, pages_per_space=3, users=4, groups=2))
    for name in ("outer", "middle", "inner"):
        server.edit("create_group", name=name)
    server.edit("add_member", group="inner", account="user2@example.com")
    page = server.dump("page")[1]["id"]
    server.edit("restrict", id=page, users=["admin@example.com"], groups=["outer"])
    assert server.status(f"/content/{page}", "user2") == 404
    server.edit("add_subgroup", group="outer", subgroup="middle")
    server.edit("add_subgroup", group="middle", subgroup="inner")
    assert server.status(f"/content/{page}", "user2") == 200
    names = {"groupmember": ["middle"], "groupparent": [], "groupancestor": []}
    assert {route: [row["name"] for row in server.get(f"/group/outer/{route}")["results"]] for route in names} == names
    assert [row["name"] for row in server.get("/group/inner/groupparent")["results"]] == ["middle"]
    assert [row["name"] for row in server.get("/group/inner/groupancestor")["results"]] == ["middle", "outer"]
    assert server.get("/group/outer/member")["results"] == []
    memberships = server.get("/user/memberof", username="user2")["results"]
    assert [row["name"] for row in memberships] == ["confluence-users", "inner", "middle", "outer"]
    server.site.control.configure(members_flattened=True)
    assert [row["username"] for row in server.get("/group/outer/member")["results"]] == ["user2"]
    with pytest.raises(ValueError, match="inside itself"):
        server.edit("add_subgroup", group="inner", subgroup="outer")
    server.edit("remove_subgroup", group="middle", subgroup="inner")
    assert server.status(f"/content/{page}", "user2") == 404


def test_users_and_their_addresses(larkspur: Server) -> None:
    maya = larkspur.get("/user", username="MAYA")
    assert maya == larkspur.get("/user", key=maya["userKey"])
    assert (maya["type"], maya["username"], maya["displayName"], maya["email"]) == (
        "known", "maya", "Maya Lindqvist", "maya@example.com",
    )  # fmt: skip
    assert len(maya["userKey"]) == 32
    assert "accountId" not in maya
    assert "email" not in larkspur.get("/user", username="jonas")
    assert all("email" not in row for row in larkspur.get("/user/list")["results"])
    assert larkspur.status("/user", username="nobody") == 404
    assert larkspur.status("/user") == 400
    assert larkspur.status("/user", username="gone") == 404


def test_disabled_users_are_listed(larkspur: Server) -> None:
    rows = larkspur.get("/user/list", expand="status")["results"]
    assert {row["username"]: row["status"] for row in rows if row["status"] != "current"} == {"victor": "deactivated"}
    active = [row["username"] for row in larkspur.get("/admin/users/list/active")["results"]]
    assert "victor" not in active
    assert "release-bot" not in active
    assert "ruth" in active
    assert larkspur.status("/admin/users/list/active", "maya") == 403


def test_e_mail_visibility(server_of: Start) -> None:
    plan = SeedPlan(spaces=1, pages_per_space=1, users=3)
    seen = {}
    for form in ("public", "admins", "hidden"):
        server = server_of("10.0", plan, email_visibility=form)
        seen[form] = [server.get("/user", who, username="user2").get("email") for who in ("admin", "user1")]
    address = "user2@example.com"
    assert seen == {"public": [address, address], "admins": [address, None], "hidden": [None, None]}
    server = server_of("10.0", plan, email_in_lists=True)
    assert [row["email"] for row in server.get("/user/list")["results"]] == [
        "admin@example.com", "user1@example.com", address,
    ]  # fmt: skip


def test_members_are_for_administrators_from_version_10(server_of: Start) -> None:
    plan = SeedPlan(spaces=1, pages_per_space=1, users=3)
    path = "/group/confluence-users/member"
    assert [server_of(profile, plan).status(path, "user1") for profile in ("8.5", "9.2", "10.0")] == [200, 200, 403]
    assert [row["username"] for row in server_of("10.0", plan).get(path)["results"]] == ["admin", "user1", "user2"]
    assert server_of("10.0", plan).status("/group/none/member") == 404


def test_space_permissions(guarded: Server) -> None:
    rows = guarded.get("/space/SP003/permissions")
    assert isinstance(rows, list)
    space = next(row for row in guarded.dump("space") if row["key"] == "SP003")
    assert {
        "operation": {"operationKey": "read", "targetType": "space"},
        "subject": {"type": "group", "displayName": "confluence-users", "name": "confluence-users"},
        "spaceKey": "SP003",
        "spaceId": int(space["id"]),
    } in rows
    admin = next(row for row in rows if row["subject"]["type"] == "user")
    assert set(admin["subject"]) == {"type", "displayName", "userKey"}
    granted = {
        (row["subject"]["type"], row["subject"].get("name") or row["subject"]["userKey"], *row["operation"].values())
        for row in rows
    }
    assert granted == {
        (row["principal_type"], row["principal_id"], row["operation"], row["target_type"])
        for row in guarded.dump("space_permission")
        if row["space_key"] == "SP003" and row["principal_type"] != "anonymous"
    }
    assert guarded.get("/space/SP003/permissions/group/confluence-users") == [
        row for row in rows if row["subject"].get("name") == "confluence-users"
    ]
    assert guarded.get(f"/space/SP003/permissions/user/{guarded.key('admin')}") == [
        row for row in rows if row["subject"]["type"] == "user"
    ]


def test_permissions_are_refused_with_500(guarded: Server) -> None:
    """CONFSERVER-99908."""
    reply = guarded.raw("/rest/api/space/SP003/permissions", "user3")
    assert (reply.status_code, reply.json()["reason"]) == (500, "Internal Server Error")
    guarded.site.control.configure(permissions_denied_status=403)
    assert guarded.status("/space/SP003/permissions", "user3") == 403
    guarded.site.control.configure(permissions_denied_status=500)
    assert guarded.status("/space/NONE/permissions") == 404
    assert guarded.status("/permissions", "user3") == 403


def test_anonymous_permissions_have_two_forms(guarded: Server) -> None:
    flat = guarded.get("/space/SP003/permissions/anonymous")
    assert [row["operation"] for row in flat] == [{"operationKey": "read", "targetType": "space"}]
    guarded.site.control.configure(anonymous_permissions_form="operations")
    assert guarded.get("/space/SP003/permissions/anonymous") == {
        "operations": [{"operationKey": "read", "targetType": "space"}]
    }
    guarded.site.control.configure(anonymous_permissions_form="list")
    assert guarded.get("/space/SP001/permissions/anonymous") == []


def test_global_permissions(guarded: Server) -> None:
    rows = guarded.get("/permissions")
    assert {
        "operation": {"operationKey": "use", "targetType": "application"},
        "subject": {"type": "group", "displayName": "confluence-users", "name": "confluence-users"},
    } in rows
    may_use = {row["subject"]["name"] for row in rows if row["operation"]["operationKey"] == "use"}
    assert may_use == {"confluence-users", "site-admins"}


def test_remote_api_tells_permissions(server_of: Start) -> None:
    server = server_of("8.5", SeedPlan(spaces=1, pages_per_space=2, users=3))
    server.edit("grant", space="SP001", principal_type="anonymous")
    path = "/rpc/json-rpc/confluenceservice-v2"
    ask = {"jsonrpc": "2.0", "method": "getSpacePermissionSets", "params": ["SP001"], "id": 9}
    sets = server.raw(path, method="POST", json=ask).json()["result"]
    view = next(one["spacePermissions"] for one in sets if one["type"] == "VIEWSPACE")
    assert view == [
        {"type": "VIEWSPACE", "userName": None, "groupName": "confluence-users"},
        {"type": "VIEWSPACE", "userName": "admin", "groupName": None},
        {"type": "VIEWSPACE", "userName": None, "groupName": "team-1"},
        {"type": "VIEWSPACE", "userName": None, "groupName": None},
    ]
    assert {one["type"] for one in sets} >= {"EDITSPACE", "COMMENT", "SETSPACEPERMISSIONS", "REMOVEOWNCONTENT"}
    short = server.raw(f"{path}/getSpacePermissionSets", method="POST", json=["SP001"]).json()
    assert short == sets
    refused = server.raw(path, "user1", method="POST", json=ask).json()
    assert "NotPermittedException" in refused["error"]["message"]
    server.site.control.configure(remote_api="disabled")
    assert server.raw(path, method="POST", json=ask).status_code == 403
    server.site.control.configure(remote_api="websudo")
    reply = server.raw(path, method="POST", json=ask)
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, "text/html;charset=UTF-8")


def test_restrictions(server_of: Start) -> None:
    server = server_of("10.0", SeedPlan(spaces=1, pages_per_space=20, users=5, restricted_share=0))
    rows = server.dump("page")
    child = next(row for row in rows if len(row["ancestor_ids"]) == 2)
    top, middle = child["ancestor_ids"]
    server.edit("restrict", id=top, users=["admin@example.com", "user1@example.com"])
    server.edit("restrict", id=child["id"], users=["admin@example.com"], groups=["confluence-users"])
    server.edit("restrict", id=child["id"], operation="update", users=["admin@example.com"])
    found = server.get(f"/content/{child['id']}/restriction/byOperation")
    read, update = found["read"]["restrictions"], found["update"]["restrictions"]
    assert [user["username"] for user in read["user"]["results"]] == ["admin"]
    assert [{key: group[key] for key in ("type", "name")} for group in read["group"]["results"]] == [
        {"type": "group", "name": "confluence-users"}
    ]
    assert "id" not in read["group"]["results"][0]
    assert [user["username"] for user in update["user"]["results"]] == ["admin"]
    one = server.get(f"/content/{middle}/restriction/byOperation/read")
    assert one["restrictions"]["user"]["results"] == one["restrictions"]["group"]["results"] == []
    assert server.status(f"/content/{middle}/restriction/byOperation/delete") == 400
    relevant = server.get(f"/content/{child['id']}/restriction/relevantViewRestrictions")["viewContentRestrictions"]
    named = [[user["username"] for user in row["restrictions"]["user"]["results"]] for row in relevant["results"]]
    assert (named, relevant["size"], relevant["limit"]) == ([["admin"], ["admin", "user1"]], 2, 50)
    assert server.status(f"/content/{child['id']}", "user1") == 200
    assert server.status(f"/content/{child['id']}", "user2") == 404


def test_deleted_group_is_named_still(server_of: Start) -> None:
    server = server_of("10.0", SeedPlan(spaces=1, pages_per_space=2, users=4))
    page = server.dump("page")[1]["id"]
    server.edit("create_group", name="crew", members=["user2@example.com"])
    server.edit("restrict", id=page, users=["admin@example.com"], groups=["crew"])
    server.edit("delete_group", group="crew")
    names = server.get(f"/content/{page}/restriction/byOperation/read")["restrictions"]["group"]["results"]
    assert [group["name"] for group in names] == ["crew"]
    assert server.status(f"/content/{page}", "user2") == 404
    server.edit("create_group", name="crew", members=["user3@example.com"])
    assert server.status(f"/content/{page}", "user3") == 200


def test_audit_log(larkspur: Server) -> None:
    page = larkspur.raw("/rest/auditing/1.0/events?limit=4").json()
    assert page["pagingInfo"]["lastPage"] is False
    rows = list(page["entities"])
    while "nextPageLink" in page["pagingInfo"]:
        page = larkspur.raw(page["pagingInfo"]["nextPageLink"].removeprefix(larkspur.site.url)).json()
        rows += page["entities"]
    assert len(rows) == 14
    times = [row["timestamp"] for row in rows]
    assert times == sorted(times, reverse=True)
    assert rows[0]["type"]["category"] == "Pages and Blogs"
    pricing = next(row for row in rows if row["affectedObjects"][0]["name"] == "Pricing")
    assert pricing["changedValues"] == [{"key": "Edit", "i18nKey": "Edit", "from": "", "to": "maya, lena"}]
    assert pricing["affectedObjects"][0]["id"] == next(
        row["id"] for row in larkspur.dump("page") if row["title"] == "Pricing"
    )
    late = larkspur.raw("/rest/auditing/1.0/events?from=2026-11-01T00:00:00Z").json()["entities"]
    assert [row["type"]["action"] for row in late] == ["Content restriction removed"]
    some = larkspur.raw("/rest/auditing/1.0/events?categories=Users and groups").json()["entities"]
    assert {row["type"]["category"] for row in some} == {"Users and groups"}
    assert larkspur.raw("/rest/auditing/1.0/events", "maya").status_code == 403
    assert larkspur.raw("/rest/auditing/1.0/events?pageCursor=x").status_code == 400
    assert larkspur.get("/audit")["results"] == []
