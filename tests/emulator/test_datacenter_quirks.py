"""Each quirk of Data Center that a client must know, on and off."""

from collections.abc import Callable

import pytest

from confluence_assets.emulator import SeedPlan
from tests.emulator.datacenter_asker import PROFILES, Server

Start = Callable[..., Server]
PAGES = SeedPlan(spaces=1, pages_per_space=130)


def follow(server: Server, path: str, **query: object) -> list[str]:
    """What a client gets that trusts `next`."""
    page, ids = server.get(path, **query), []
    while True:
        ids += [row["id"] for row in page["results"]]
        if "next" not in page["_links"]:
            return ids
        page = server.raw(page["_links"]["next"]).json()


@pytest.mark.parametrize(("profile", "lost"), list(zip(PROFILES, (80, 80, 80, 0), strict=True)))
def test_next_lies_on_capped_pages(server_of: Start, profile: str, lost: int) -> None:
    """CONFSERVER-95272: whoever asks for 100 with bodies gets 50 and is sent to 100."""
    server = server_of(profile, PAGES)
    first = server.get("/content", limit=100, expand="body.storage")
    assert (first["limit"], first["size"]) == (50, 50)
    assert first["_links"]["next"].endswith("start=50" if lost == 0 else "start=100")
    trusted = follow(server, "/content", limit=100, expand="body.storage")
    assert len(trusted) == (130 if lost == 0 else 80)
    assert len(server.walk("/content", limit=100, expand="body.storage")) == 130
    assert len(follow(server, "/content", limit=50, expand="body.storage")) == 130


def test_the_lie_is_a_switch(server_of: Start) -> None:
    server = server_of("8.5", PAGES, wrong_next_offsets=False)
    assert len(follow(server, "/content", limit=100, expand="body.storage")) == 130
    server = server_of("10.0", PAGES, wrong_next_offsets=True)
    assert len(follow(server, "/content/search", cql="type=page", limit=100, expand="body.view")) == 80


def test_next_without_start(server_of: Start) -> None:
    server = server_of("10.0", PAGES, next_omits_start=True)
    assert server.get("/content", limit=60)["_links"]["next"] == "/rest/api/content?limit=60"
    assert len(server.walk("/content", limit=60)) == 130


def test_rows_past_the_end(server_of: Start) -> None:
    assert server_of("10.0", PAGES).get("/content", start=500)["results"] == []
    server = server_of("10.0", PAGES, rows_past_the_end=True)
    page = server.get("/content", start=500, limit=10)
    assert [row["id"] for row in page["results"]] == [row["id"] for row in server.walk("/content", limit=10)][-10:]
    assert "next" not in page["_links"]


@pytest.mark.parametrize(("profile", "cap"), list(zip(PROFILES, (100, 50, 100, 100), strict=True)))
def test_spaces_are_capped(server_of: Start, profile: str, cap: int) -> None:
    server = server_of(profile, SeedPlan(spaces=120, pages_per_space=1))
    page = server.get("/space", limit=500)
    assert (page["limit"], page["size"]) == (cap, cap)
    assert len(server.walk("/space", limit=500)) == 120


@pytest.mark.parametrize(("profile", "shown"), list(zip(PROFILES, (False, True, True, True), strict=True)))
def test_old_servers_hide_the_status_of_spaces(server_of: Start, profile: str, shown: bool) -> None:
    server = server_of(profile, SeedPlan(spaces=2, pages_per_space=1))
    server.edit("archive_space", space="SP002")
    assert [space.get("status") for space in server.get("/space")["results"]] == (
        ["current", "archived"] if shown else [None, None]
    )
    assert [space["key"] for space in server.get("/space", status="archived")["results"]] == ["SP002"]


@pytest.mark.parametrize(("profile", "status"), list(zip(PROFILES, (500, 500, 400, 400), strict=True)))
def test_unknown_space_in_a_query(server_of: Start, profile: str, status: int) -> None:
    """CONFSERVER-55445."""
    server = server_of(profile, PAGES)
    reply = server.raw("/rest/api/content/search?cql=space%3DNONE")
    assert reply.status_code == status
    if status == 500:
        assert set(reply.json()) == {"statusCode", "message", "reason"}
    server.site.control.configure(unknown_space_status=200)
    assert server.get("/content/search", cql="space=NONE")["results"] == []


def test_invalid_query(server_of: Start) -> None:
    assert server_of("10.0", PAGES).status("/content/search", cql="type = ") == 400
    assert server_of("10.0", PAGES, invalid_cql_status=404).status("/content/search", cql="type = ") == 404


def test_offsets_of_attachment_queries(server_of: Start) -> None:
    plan = SeedPlan(spaces=1, pages_per_space=2, attachments=9)
    query = {"cql": "type = attachment", "limit": 4}
    assert len(server_of("10.0", plan).walk("/content/search", **query)) == 9
    broken = server_of("10.0", plan, attachment_cql_offset="fails")
    assert [broken.status("/content/search", **query, start=start) for start in (0, 4, 4)] == [200, 400, 400]
    shaky = server_of("10.0", plan, attachment_cql_offset="fails_once")
    assert [shaky.status("/content/search", **query, start=start) for start in (0, 4, 4)] == [200, 400, 200]
    assert broken.status("/content/search", cql="type = page", start=1) == 200


def test_expansions_are_cut_off(server_of: Start) -> None:
    plan = SeedPlan(spaces=1, pages_per_space=1, attachments=30, comments=40)
    server = server_of("10.0", plan, expanded_labels_limit=2, expanded_names_limit=1)
    home = server.dump("page")[0]["id"]
    server.edit("relabel", id=home, labels=["a", "b", "c"])
    server.edit("restrict", id=home, users=["admin@example.com", "user1@example.com"])
    expand = "children.attachment,children.comment,metadata.labels,restrictions.read.restrictions.user"
    row = server.scan(expand=expand)[0]
    files = row["children"]["attachment"]
    assert (files["size"], files["limit"]) == (25, 25)
    assert files["_links"]["next"] == f"/rest/api/content/{home}/child/attachment?limit=25&start=25"
    assert len(server.walk(f"/content/{home}/child/attachment")) == 30
    assert row["children"]["comment"]["size"] == 25
    assert row["metadata"]["labels"]["size"] == 2
    assert row["metadata"]["labels"]["_links"]["next"] == f"/rest/api/content/{home}/label?limit=2&start=2"
    assert [one["name"] for one in server.walk(f"/content/{home}/label")] == ["a", "b", "c"]
    named = row["restrictions"]["read"]["restrictions"]["user"]
    assert (named["size"], named["limit"]) == (1, 1)
    assert named["_links"]["next"] == f"/rest/api/content/{home}/restriction/byOperation/read?start=1&limit=1"


@pytest.mark.parametrize(("profile", "loses"), list(zip(PROFILES, (False, True, True, True), strict=True)))
def test_user_list_loses_rows(server_of: Start, profile: str, loses: bool) -> None:
    """CONFSERVER-95999: the row at each page's edge is lost."""
    server = server_of(profile, SeedPlan(spaces=1, pages_per_space=1, users=30), user_list=True)
    names = sorted(user.username for user in server.site.control.users())
    pages = [server.get("/user/list", start=start, limit=10) for start in (0, 10, 20)]
    found = [row["username"] for page in pages for row in page["results"]]
    assert found == ([*names[:10], *names[11:20], *names[21:]] if loses else names)
    assert [row["username"] for row in server.get("/user/list", limit=100)["results"]] == names


def test_index_runs_behind(server_of: Start) -> None:
    server = server_of("10.0", PAGES, index_lag_seconds=60)
    made = server.edit("create_page", space="SP001", title="Fresh")["id"]
    assert server.get(f"/content/{made}")["title"] == "Fresh"
    assert made in {row["id"] for row in server.scan(limit=500)}
    assert server.get("/content/search", cql='title = "Fresh"')["results"] == []
    server.edit("advance_clock", seconds=61)
    assert [row["id"] for row in server.get("/content/search", cql='title = "Fresh"')["results"]] == [made]


def test_a_server_before_scans(server_of: Start) -> None:
    server = server_of("7.19", PAGES, content_scan=False)
    assert server.status("/content/scan") == 404
    assert len(server.walk("/content", limit=50, expand="body.storage")) == 130


def test_search_knows_no_cloud_types(server_of: Start) -> None:
    server = server_of("10.0", PAGES)
    assert server.status("/content/search", cql="type = folder") == 400
    assert server.status("/content/search", cql="type in (page, whiteboard)") == 400


def test_a_search_is_made_again_when_something_changed(server_of: Start) -> None:
    server = server_of("10.0", PAGES)
    query = {"cql": "type = page", "limit": 1000}
    assert len(server.get("/content/search", **query)["results"]) == 130
    page = server.dump("page")[3]["id"]
    server.edit("restrict", id=page, users=["user1@example.com"])
    assert page not in {row["id"] for row in server.get("/content/search", **query)["results"]}
    assert page in {row["id"] for row in server.get("/content/search", "user1", **query)["results"]}


def test_too_many_bodies_are_too_much(server_of: Start) -> None:
    server = server_of("9.2", PAGES, most_bodies=12)
    found = [server.status("/content/scan", expand="body.storage", limit=limit) for limit in (50, 25, 13, 12)]
    assert found == [500, 500, 500, 200]
    assert server.status("/content/scan", expand="version", limit=200) == 200
    assert len(server.scan(expand="body.storage", limit=12)) == 130


def test_one_broken_body_breaks_its_page(server_of: Start) -> None:
    server = server_of("9.2", PAGES)
    pages = [row["id"] for row in server.dump("page")]
    server.site.control.configure(broken_storage=[pages[5]])
    found = [server.status("/content/scan", expand="body.storage", limit=limit) for limit in (50, 6, 5)]
    assert found == [500, 500, 200]
    assert server.status(f"/content/{pages[5]}", expand="body.storage") == 500
    assert server.get(f"/content/{pages[5]}", expand="body.view")["body"]["view"]["value"]
    after = server.get("/content/scan", cursor=f"content:false:{pages[5]}", expand="body.storage", limit=5)
    assert [row["id"] for row in after["results"]] == pages[6:11]


def test_version_can_be_another(server_of: Start) -> None:
    assert server_of("9.2", PAGES, version="9.2.99").get("/server-information")["version"] == "9.2.99"
