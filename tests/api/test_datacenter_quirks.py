"""Each thing that Data Center is known to get wrong, or to do in its own way: what comes is whole all the same."""

from typing import Any

import pytest

from confluence_assets.api import Connection, Scope, SpaceRef, connect
from confluence_assets.api.datacenter.content_rows import comment_row
from confluence_assets.api.datacenter.source import DatacenterSource
from confluence_assets.api.datacenter.tasks import parse_tasks
from confluence_assets.emulator import EmbeddedSite
from confluence_assets.errors import AccessError, NotFoundError, ProtocolError, SettingsError, TransientError
from tests.api.clock import quick_options
from tests.api.datacenter import PROFILES, Live, datacenter, live_site
from tests.api.server import Answer, Asked, ScriptedSite
from tests.api.test_cloud_rows_equal_site import flat

SCAN = "/confluence/rest/api/content/scan"


def page_ids(live: Live, *, bodies: bool = False) -> list[str]:
    return [row["page_id"] for row in flat(live.source.iter_pages(live.scope, bodies=bodies))]


def dumped(live: Live, kind: str) -> list[str]:
    return sorted(row["id"] for row in live.dump(kind))


# Who asks


def test_a_token_that_is_not_believed_makes_nobody_of_us() -> None:
    """The site answers 200 with what anonymous may see; only X-AUSERNAME tells."""
    with EmbeddedSite(datacenter("demo", anonymous_access=True)) as site:
        source = connect(Connection(site.url, pat="expired", deployment="datacenter"), options=quick_options())
        for ask in (source.get_site, source.get_account, lambda: flat(source.iter_spaces())):
            with pytest.raises(AccessError, match=r"as to anonymous.*personal access token"):
                ask()
        source.close()


def test_a_token_revoked_in_the_middle_of_a_walk_ends_it() -> None:
    """Else the rest of the pages would seem to be gone."""
    with live_site(datacenter("odd", anonymous_access=True), pat="admin") as live:
        live.control.edit("create_token", account=live.control.account_id("admin@example.com"), token="passing")
        source = live.connected(pat="passing")
        walk = source.iter_pages(live.scope)
        next(walk)
        live.control.edit("revoke_token", token="passing")
        with pytest.raises(AccessError, match="as to anonymous"):
            next(walk)
        source.close()


def test_a_wrong_password_is_refused() -> None:
    with EmbeddedSite(datacenter("small")) as site:
        source = connect(Connection(site.url, "admin", "wrong", deployment="datacenter"), options=quick_options())
        with pytest.raises(AccessError):
            source.get_account()
        source.close()


def test_user_name_and_password_serve_as_well() -> None:
    with live_site(datacenter("small"), email="admin", api_token="admin") as live:
        assert live.source.get_account().display_name == "Site Admin"
        assert page_ids(live)


@pytest.mark.parametrize("profile", PROFILES)
def test_the_version_is_found_out(profile: str) -> None:
    with live_site(datacenter("small", profile)) as live:
        assert live.source.get_site().version == live.control.dump("site")[0]["version"]
        assert ".".join(str(live.source.get_site().version).split(".")[:2]) == profile


def test_read_only_mode_is_seen() -> None:
    with live_site(datacenter("small", read_only=True)) as live:
        assert live.source.is_read_only() is True
        assert page_ids(live)


def test_an_address_without_the_context_path_is_explained() -> None:
    with EmbeddedSite(datacenter("small")) as site:
        url = site.url.removesuffix("/confluence")
        source = connect(Connection(url, pat="admin", deployment="datacenter"), options=quick_options())
        with pytest.raises(SettingsError, match="context path"):
            source.get_account()
        source.close()


# Lists


def test_next_that_skips_rows_is_not_followed() -> None:
    """CONFSERVER-95272: `next` says start + what was asked for, although fewer rows came."""
    with live_site(datacenter("odd", "8.5", space_list_cap=2, people_cap=2)) as live:
        assert len(live.spaces) == len(live.control.dump("space"))
        assert len(flat(live.source.iter_groups())) == len(live.control.dump("group"))


def test_next_without_a_start_is_not_followed() -> None:
    with live_site(datacenter("odd", next_omits_start=True, space_list_cap=2, people_cap=2)) as live:
        assert len(live.spaces) == len(live.control.dump("space"))
        assert len(flat(live.source.iter_groups())) == len(live.control.dump("group"))


def test_rows_behind_the_end_end_a_walk() -> None:
    """CONFSERVER-95312: the last rows come again for ever."""
    with live_site(datacenter("odd", rows_past_the_end=True, space_list_cap=3, people_cap=3)) as live:
        assert len(live.spaces) == 6
        assert len(flat(live.source.iter_groups())) == len(live.control.dump("group"))


@pytest.mark.parametrize("profile", PROFILES)
def test_servers_without_a_scan_are_walked_by_offset(profile: str) -> None:
    """Before 7.18. The version is not believed alone: a proxy may keep the scan from us."""
    with live_site(datacenter("odd", profile, content_scan=False, expanded_cap=30, body_cap=20)) as live:
        assert sorted(page_ids(live)) == dumped(live, "page")
        assert sorted(page_ids(live, bodies=True)) == dumped(live, "page")


def test_offsets_slip_when_a_page_goes_and_nothing_is_lost() -> None:
    with live_site(datacenter("odd", expanded_cap=30)) as live:
        live.source._lister._can_scan = False
        walk = live.source.iter_pages(live.scope, bodies=False)
        first = next(walk)
        for row in first[:5]:
            if row["page_id"] not in {one["homepage_id"] for one in live.spaces}:
                live.control.edit("trash", id=row["page_id"])
        rest = [row["page_id"] for rows in walk for row in rows]
        assert set(dumped(live, "page")) <= {*rest, *(row["page_id"] for row in first)}
        assert len(rest) == len(set(rest))


def test_caps_are_read_from_what_came() -> None:
    with live_site(datacenter("odd", body_cap=3, expanded_cap=4)) as live:
        assert sorted(page_ids(live, bodies=True)) == dumped(live, "page")
        assert sorted(page_ids(live)) == dumped(live, "page")


def test_expansions_that_were_cut_off_are_asked_for_again() -> None:
    with live_site(datacenter("small")) as live:
        page = live.dump("page")[0]["id"]
        groups = [live.control.edit("create_group", name=f"readers {number}", members=[])["id"] for number in range(7)]
        users = [user.account_id for user in live.control.users()][:5]
        live.control.edit("relabel", id=page, labels=[f"label-{number}" for number in range(9)])
        live.control.edit("restrict", id=page, users=users, groups=groups)
        for number in range(6):
            live.control.edit("upload", container=page, filename=f"{number}.txt", text="text")
        live.control.configure(expanded_labels_limit=3, expanded_names_limit=2, expanded_children_limit=4)
        batches = list(live.source.iter_content("page", live.scope, bodies=False))
        found = next(one for batch in batches for one in batch.details if one.content_id == page)
        assert len(found.labels) == 9
        assert {row["principal_id"] for row in found.restrictions or ()} == {*groups, *users}
        files = [row for batch in batches for row in batch.attachments if row["container_id"] == page]
        assert {row["filename"] for row in files} >= {f"{number}.txt" for number in range(6)}


@pytest.mark.parametrize("broken", [1, 3])
def test_a_page_of_bodies_that_fails_is_halved_and_grows_again(broken: int) -> None:
    with live_site(datacenter("odd")) as live:
        live.control.fault(
            "error", status=500, route=f"GET {SCAN}".replace("/confluence", ""), target="*limit=50*", first=broken * 4
        )
        assert sorted(page_ids(live, bodies=True)) == dumped(live, "page")


def test_one_body_that_breaks_the_list_is_asked_of_its_page() -> None:
    """In the end every list with bodies fails: each page comes without its body, which is asked of the page."""
    with live_site(datacenter("small")) as live:
        live.control.fault("error", status=500, route="*/content/scan", target="*body.storage*")
        rows = flat(live.source.iter_pages(live.scope))
        bodies = {row["id"]: row["body_storage"] for row in live.dump("page")}
        assert {row["page_id"]: row["body_storage"] for row in rows} == bodies


def test_a_body_that_can_not_be_had_at_all_is_an_error() -> None:
    with live_site(datacenter("small")) as live:
        live.control.fault("error", status=500, target="*body.storage*")
        with pytest.raises(TransientError):
            flat(live.source.iter_pages(live.scope))


@pytest.mark.parametrize("profile", ["7.19", "10.0"])
def test_old_servers_do_not_say_which_spaces_are_archived(profile: str) -> None:
    with live_site(datacenter("odd", profile)) as live:
        wanted = {row["key"]: row["status"] for row in live.control.dump("space")}
        assert {row["space_key"]: row["status"] for row in live.spaces} == wanted
        assert "archived" in wanted.values()


# Search


@pytest.mark.parametrize(
    ("instance", "caller"),
    [("UTC", "user"), ("America/Los_Angeles", "user"), ("Pacific/Kiritimati", "instance"), ("Asia/Kathmandu", "user")],
)
def test_search_keeps_its_place_in_any_zone(instance: str, caller: str) -> None:
    """CQL reads minutes in the server's or the caller's zone, and shows times in the server's."""
    with live_site(datacenter("odd", instance_time_zone=instance, cql_time_zone=caller)) as live:
        for user in live.control.users():
            user.time_zone = "Pacific/Apia"
        archived = {row["space_key"] for row in live.spaces if row["status"] == "archived"}
        rows = flat(live.source.iter_newest("pages", live.scope, limit=6, bodies=False))
        wanted = sorted(row["id"] for row in live.dump("page") if row["space_key"] not in archived)
        assert sorted(row["page_id"] for row in rows) == wanted
        times = [row["updated_at"] for row in rows]
        assert times == sorted(times, reverse=True)


def test_more_rows_in_a_minute_than_fit_into_a_page_all_come() -> None:
    with live_site(datacenter("small")) as live:
        page = live.dump("page")[0]["id"]
        live.control.configure(now="2026-11-16T09:00:00.000Z")
        live.site.site.config.clock_step_seconds = 0.0
        made = {live.control.edit("comment", container=page, body=f"<p>{number}</p>")["id"] for number in range(23)}
        rows = flat(live.source.iter_newest("footer_comments", live.scope, limit=5))
        assert made <= {row["comment_id"] for row in rows}


@pytest.mark.parametrize("form", ["fails_once", "fails"])
def test_searches_for_files_need_no_offset(form: str) -> None:
    """Offset paging of `type=attachment` answers 400 after page 1."""
    with live_site(datacenter("odd", attachment_cql_offset=form)) as live:
        archived = {row["space_key"] for row in live.spaces if row["status"] == "archived"}
        rows = flat(live.source.iter_newest("attachments", live.scope, limit=9))
        wanted = {row["id"] for row in live.dump("attachment") if row["space_key"] not in archived}
        assert {row["attachment_id"] for row in rows} == wanted


def test_an_edit_under_a_search_hides_nothing() -> None:
    with live_site(datacenter("odd")) as live:
        walk = live.source.iter_newest("pages", live.scope, limit=10, bodies=False)
        seen = [row["page_id"] for row in next(walk)]
        live.control.edit(
            "trash", id=next(one for one in seen if one not in {row["homepage_id"] for row in live.spaces})
        )
        live.control.edit("edit_content", id=seen[-1], body="<p>new</p>")
        seen += [row["page_id"] for rows in walk for row in rows]
        archived = {row["space_key"] for row in live.spaces if row["status"] == "archived"}
        assert {row["id"] for row in live.dump("page") if row["space_key"] not in archived} <= set(seen)


@pytest.mark.parametrize("status", [500, 400])
def test_a_space_that_search_stumbles_over_is_sifted_instead(status: int) -> None:
    """CONFSERVER-55445: a space that is gone in the meantime is 500."""
    with live_site(datacenter("odd", unknown_space_status=status)) as live:
        scope = Scope((live.scope.spaces[0], SpaceRef("999999999", "GONE")), False)
        rows = flat(live.source.iter_newest("pages", scope, limit=50, bodies=False))
        wanted = [row["id"] for row in live.dump("page") if row["space_id"] == scope.spaces[0].space_id]
        assert sorted(row["page_id"] for row in rows) == sorted(wanted)


# Permissions


def outsider(live: Live) -> DatacenterSource:
    """A source of somebody who may read, and administers nothing."""
    live.control.edit("create_user", email="ann@example.com", name="Ann", groups=["confluence-users"])
    return live.connected(pat="ann")


@pytest.mark.parametrize("status", [500, 403])
def test_who_may_not_see_permissions_is_told_so(status: int) -> None:
    """CONFSERVER-99908: 500 where 403 is meant."""
    with live_site(datacenter("small", permissions_denied_status=status)) as live:
        source = outsider(live)
        space = next(space for rows in source.iter_spaces() for space in rows)
        with pytest.raises(AccessError, match=r"may not see the permissions of space .*administrator of the space"):
            flat(source.iter_space_permissions(SpaceRef(space["space_id"], space["space_key"])))
        source.close()


def test_a_server_that_fails_is_not_taken_for_a_refusal() -> None:
    with live_site(datacenter("small")) as live:
        live.control.fault("error", status=500, route="*/permissions")
        with pytest.raises(TransientError):
            flat(live.source.iter_space_permissions(live.scope.spaces[0]))


@pytest.mark.parametrize("form", ["list", "operations"])
def test_anonymous_permissions_come_in_two_forms(form: str) -> None:
    with live_site(datacenter("small", anonymous_permissions_form=form)) as live:
        space = live.scope.spaces[0]
        live.control.edit("grant", space=space.key, principal_type="anonymous", operation="read")
        rows = flat(live.source.iter_space_permissions(space))
        anonymous = [row for row in rows if row["principal_type"] == "anonymous"]
        assert [(row["principal_id"], row["operation"], row["target_type"]) for row in anonymous] == [
            ("anonymous", "read", "space")
        ]


@pytest.mark.parametrize(("form", "words"), [("disabled", "Remote API"), ("websudo", "secure administrator session")])
@pytest.mark.parametrize("profile", ["7.19", "8.5"])
def test_a_remote_api_that_does_not_serve_is_explained(profile: str, form: str, words: str) -> None:
    with live_site(datacenter("small", profile, remote_api=form)) as live, pytest.raises(AccessError, match=words):
        flat(live.source.iter_space_permissions(live.scope.spaces[0]))


@pytest.mark.parametrize("profile", ["7.19", "8.5"])
def test_the_remote_api_refuses_others(profile: str) -> None:
    with live_site(datacenter("small", profile)) as live:
        source = outsider(live)
        with pytest.raises(AccessError, match="administrator of the space"):
            flat(source.iter_space_permissions(live.scope.spaces[0]))
        source.close()


# People


def test_users_that_the_list_loses_are_asked_for() -> None:
    """CONFSERVER-95999: the row at each page's edge is lost."""
    with live_site(datacenter("odd", user_list_loses_rows=True, people_cap=5)) as live:
        wanted = {row["account_id"] for row in live.control.dump("user") if row["account_status"] != "closed"}
        assert {row["account_id"] for row in flat(live.source.get_users(sorted(wanted)))} == wanted


def test_addresses_that_lists_leave_out_are_asked_for() -> None:
    with live_site(datacenter("odd", email_in_lists=False)) as live:
        wanted = {
            row["account_id"]: row["email"] for row in live.control.dump("user") if row["account_status"] != "closed"
        }
        rows = flat(live.source.get_users(wanted))
        assert {row["account_id"]: row["email"] for row in rows} == wanted
        assert any(wanted.values())


def test_addresses_that_are_hidden_are_none() -> None:
    with live_site(datacenter("odd", email_visibility="hidden")) as live:
        rows = flat(live.source.get_users([user.account_id for user in live.control.users()]))
        assert {(row["email"], row["email_hidden"]) for row in rows} == {(None, True)}


def test_disabled_users_are_known() -> None:
    with live_site(datacenter("small")) as live:
        user = next(row for row in live.control.users() if row.username != "admin")
        live.control.edit("deactivate_user", account=user.account_id)
        (row,) = flat(live.source.get_users([user.account_id]))
        assert (row["account_status"], row["username"]) == ("inactive", user.username)


def test_members_of_inner_groups_are_members() -> None:
    with live_site(datacenter("small")) as live:
        make = live.control.edit
        ann = make("create_user", email="ann@example.com", name="Ann")["account_id"]
        for name in ("outer", "middle", "inner"):
            make("create_group", name=name, members=[])
        make("add_member", group="inner", account=ann)
        make("add_subgroup", group="outer", subgroup="middle")
        make("add_subgroup", group="middle", subgroup="inner")
        live.site.site.store.groups["inner"].subgroups.append("outer")  # a circle, as directories can hold one
        assert flat(live.source.iter_group_members("outer")) == [{"group_id": "outer", "account_id": ann}]
        live.control.configure(memberof_nested=False)
        assert {"outer", "middle", "inner"} <= live.source.get_memberships(ann)


def test_a_server_that_knows_no_inner_groups_is_asked_once() -> None:
    with live_site(datacenter("odd", nested_group_routes=False)) as live:
        with live.source.tally() as tally:
            for group in live.control.dump("group"):
                flat(live.source.iter_group_members(group["id"]))
        assert tally.by_endpoint["GET /rest/api/group/{name}/groupmember"] == 1


def test_members_are_for_administrators_on_10() -> None:
    with live_site(datacenter("small", "10.0")) as live:
        source = outsider(live)
        with pytest.raises(AccessError):
            flat(source.iter_group_members("confluence-users"))
        assert source.get_licensed_accounts() is None
        assert {tuple(row["access_types"]) for row in flat(source.iter_groups())} == {()}
        source.close()


def test_who_may_use_the_site() -> None:
    with live_site(datacenter("small", "10.0")) as live:
        access = {row["group_id"]: row["access_types"] for row in flat(live.source.iter_groups())}
        assert "user" in access["confluence-users"]
        assert live.source.get_licensed_accounts() is None  # the groups say it all


def test_people_who_may_use_the_site_by_themselves() -> None:
    granted = [
        {
            "operation": {"operationKey": "use", "targetType": "application"},
            "subject": {"type": "user", "userKey": "u1"},
        },
        {
            "operation": {"operationKey": "use", "targetType": "application"},
            "subject": {"type": "group", "name": "staff"},
        },
        {"operation": {"operationKey": "create", "targetType": "space"}, "subject": {"type": "user", "userKey": "u9"}},
    ]

    def server(asked: Asked) -> Answer:
        answers: dict[str, Any] = {
            "/rest/api/server-information": {"baseUrl": "https://wiki", "version": "10.0.3"},
            "/rest/api/permissions": granted,
            "/rest/api/group/staff/member": {"results": [{"userKey": "u2"}], "limit": 200},
            "/rest/api/group/staff/groupmember": {"results": [], "limit": 200},
        }
        return Answer(payload=answers[asked.path]) if asked.path in answers else Answer(404)

    with ScriptedSite(server) as site:
        source = connect(Connection(site.url, pat="t", deployment="datacenter"), options=quick_options())
        assert source.get_licensed_accounts() == {"u1", "u2"}
        source.close()


# What there is not, and what looks different


def test_what_data_center_has_not_is_empty_without_a_request() -> None:
    with live_site(datacenter("small")) as live:
        with live.source.tally() as tally:
            assert list(live.source.iter_role_assignments(live.scope.spaces[0])) == []
            with pytest.raises(NotFoundError):
                live.source.get_node("folder", "1")
        assert tally.requests == 0


def test_the_trash_is_looked_into_where_much_vanished() -> None:
    with live_site(datacenter("small")) as live:
        homes = {row["homepage_id"] for row in live.spaces}
        ids = [row["id"] for row in live.dump("page") if row["id"] not in homes][:12]
        for content_id in ids:
            live.control.edit("trash", id=content_id)
        live.control.fault("error", status=500, route="*/rest/api/content")
        with live.source.tally() as tally:
            rows = live.source.get_pages(ids, bodies=False, statuses=("current", "archived", "trashed", "deleted"))
        assert {(row["page_id"], row["status"]) for row in rows} == {(one, "trashed") for one in ids}
        assert tally.by_endpoint["GET /rest/api/space/{key}/trash"] <= 2
        assert "GET /rest/api/content/{id}" not in tally.by_endpoint


def test_old_versions_of_files_can_be_had() -> None:
    with live_site(datacenter("small")) as live:
        page = live.dump("page")[0]["id"]
        made = live.control.edit("upload", container=page, filename="a b+c.txt", text="first")["id"]
        live.control.edit("new_file_version", id=made, text="second")
        for number, text in ((1, b"first"), (2, b"second"), (None, b"second")):
            with live.source.download_attachment(page, made, version_number=number) as chunks:
                assert b"".join(chunks) == text


def test_old_bodies_name_people_by_user_name() -> None:
    with live_site(datacenter("demo", "7.19", old_storage=True)) as live:
        wanted = {row["assigned_to"] for row in live.dump("task")} - {None}
        found = {row["assigned_to"] for row in flat(live.source.iter_tasks(live.scope))} - {None}
        assert found == wanted
        assert wanted


def task(number: str, status: str, body: str) -> str:
    return (
        f"<ac:task><ac:task-id>{number}</ac:task-id><ac:task-status>{status}</ac:task-status>"
        f"<ac:task-body>{body}</ac:task-body></ac:task>"
    )


def test_tasks_of_a_body() -> None:
    person = '<ri:user ri:userkey="k2" />'
    inner = "<ac:task-list>" + task("2", "complete", f"inner {person}") + "</ac:task-list>"
    storage = (
        "<p>&nbsp;x</p><ac:task-list>"
        + task("1", "incomplete", f'outer &amp; <b>bold</b> {inner}<time datetime="2026-12-24" />')
        + task("1", "complete", 'copied <ac:link><ri:user ri:username="ann" /></ac:link>')
        + "</ac:task-list>"
    )
    row = {"page_id": "7", "space_id": "1", "space_key": "ENG", "body_storage": storage}
    rows = parse_tasks(row, {"ann": "k1"}.get)
    told = [
        (one["task_id"], one["status"], one["assigned_to"], one["due_at"] and one["due_at"].date().isoformat())
        for one in rows
    ]
    assert told == [
        ("7-1", "incomplete", None, "2026-12-24"),
        ("7-2", "complete", "k2", None),
        ("7-1.2", "complete", "k1", None),
    ]
    assert rows[0]["body_markdown"].startswith("outer &amp; <b>bold</b> <ac:task-list>")
    assert rows[2]["body_markdown"] == 'copied <ac:link><ri:user ri:username="ann"/></ac:link>'
    assert parse_tasks(row, {"ann": "k1"}.get) == rows
    assert parse_tasks({**row, "body_storage": None}, {}.get) == []
    assert parse_tasks({**row, "body_storage": "<p><ac:task>broken"}, {}.get)[0]["page_id"] == "7"


def test_a_place_alone_says_that_a_comment_is_resolved() -> None:
    """`resolved` is a location of its own, and servers leave the resolution out where it can't be expanded."""
    comment = {"id": 7, "type": "comment", "status": "current", "extensions": {"location": "resolved"}}
    row = comment_row(comment, "https://wiki.example.com")
    assert (row["comment_type"], row["resolution_status"]) == ("inline", "resolved")


def test_a_scan_that_goes_in_circles_is_stopped() -> None:
    def server(asked: Asked) -> Answer:
        if asked.path.endswith("/scan"):
            rows = [{"id": asked.one("cursor") or "1", "type": "page", "space": {"id": 1, "key": "ENG"}}]
            return Answer(payload={"results": rows, "nextCursor": "content:false:5"})
        return Answer(payload={"baseUrl": "https://wiki", "version": "10.0.3"})

    with ScriptedSite(server) as site:
        source = connect(Connection(site.url, pat="t", deployment="datacenter"), options=quick_options())
        with pytest.raises(ProtocolError, match="circles"):
            flat(source.iter_pages(Scope((), True)))
        source.close()
