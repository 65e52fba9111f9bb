"""A Data Center's front: versions and their routes, context path, who asks, read-only mode, rate limit."""

from collections.abc import Callable

import pytest

from confluence_assets.emulator import EmbeddedSite, SeedPlan, SiteConfig
from confluence_assets.emulator.main import build_parser, config_from
from confluence_assets.emulator.urls.datacenter import build_datacenter_router
from tests.emulator.datacenter_asker import PROFILES, Server

Start = Callable[..., Server]
TINY = SeedPlan(spaces=1, pages_per_space=2, users=3)


@pytest.mark.parametrize(
    ("path", "statuses"),
    [
        ("/rest/api/content/scan", (200, 200, 200, 200)),
        ("/rest/api/server-information", (404, 200, 200, 200)),
        ("/rest/api/space/SP001/permissions", (404, 404, 200, 200)),
        ("/rest/api/space/SP001/permissions/anonymous", (404, 404, 200, 200)),
        ("/rest/api/permissions", (404, 404, 404, 200)),
        ("/rest/api/permissions/anonymous", (404, 404, 404, 200)),
        ("/rest/api/admin/users/list/active", (404, 404, 404, 200)),
        ("/rest/api/user/list", (404, 200, 200, 200)),
        ("/rest/api/group/confluence-users/groupmember", (200, 200, 200, 200)),
        ("/rest/api/group/confluence-users/groupancestor", (404, 404, 404, 200)),
        ("/rest/api/content/{home}/restriction/relevantViewRestrictions", (404, 404, 404, 200)),
        ("/rest/experimental/content/{home}/version", (200, 200, 404, 404)),
        ("/rest/api/content/{home}/version", (404, 404, 200, 200)),
        ("/rest/api/space/SP001/trash", (200, 200, 200, 200)),
        ("/rest/api/accessmode", (200, 200, 200, 200)),
    ],
)
def test_versions_have_their_routes(server_of: Start, path: str, statuses: tuple[int, ...]) -> None:
    found = []
    for profile in PROFILES:
        server = server_of(profile, TINY)
        home = server.dump("space")[0]["homepage_id"]
        found.append(server.raw(path.format(home=home)).status_code)
    assert tuple(found) == statuses


@pytest.mark.parametrize(
    ("switch", "path"),
    [
        ("global_permissions", "/rest/api/permissions"),
        ("active_user_list", "/rest/api/admin/users/list/active"),
        ("user_list", "/rest/api/user/list"),
        ("server_information", "/rest/api/server-information"),
        ("content_scan", "/rest/api/content/scan"),
        ("nested_group_routes", "/rest/api/group/confluence-users/groupmember"),
    ],
)
def test_a_switch_gives_and_takes_a_route(server_of: Start, switch: str, path: str) -> None:
    server = server_of("7.19", TINY, **{switch: True})
    assert server.raw(path).status_code == 200
    server.site.control.configure(**{switch: False})
    assert server.raw(path).status_code == 404


def test_no_version_has_what_only_cloud_has(server_of: Start) -> None:
    for profile in PROFILES:
        paths = {route.template for route in build_datacenter_router(profile).routes}
        assert not [path for path in paths if path.startswith("/wiki") or "/api/v2" in path or "_edge" in path]
    assert server_of("10.0", TINY).raw("/wiki/api/v2/pages").status_code == 404


def test_remote_api_ends_with_version_9(server_of: Start) -> None:
    ask = {"jsonrpc": "2.0", "method": "getSpacePermissionSets", "params": ["SP001"], "id": 9}
    path = "/rpc/json-rpc/confluenceservice-v2"
    found = [server_of(profile, TINY).raw(path, method="POST", json=ask).status_code for profile in PROFILES]
    assert found == [200, 200, 404, 404]


def test_unknown_version_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no such version: 6\.0"):
        SiteConfig(deployment="datacenter", profile="6.0")
    with pytest.raises(ValueError, match="context path"):
        SiteConfig(deployment="datacenter", context_path="confluence/")


def test_server_tells_its_version(server_of: Start) -> None:
    server = server_of("9.2", TINY, context_path="/confluence")
    assert server.get("/server-information") == {
        "baseUrl": server.site.url,
        "version": "9.2.7",
        "buildNumber": 9111,
        "marketplaceBuildNumber": 9111,
        "buildDate": "2025-08-04",
    }
    manifest = server.raw("/rest/applinks/1.0/manifest", None, headers={"Accept": "application/json"}).json()
    assert (manifest["typeId"], manifest["version"], manifest["url"]) == ("confluence", "9.2.7", server.site.url)
    assert "<version>9.2.7</version>" in server.raw("/rest/applinks/1.0/manifest", None).text
    assert server.raw("/status", None).json() == {"state": "RUNNING"}


def test_context_path(server_of: Start) -> None:
    server = server_of("10.0", TINY, context_path="/confluence")
    origin = server.site.url.removesuffix("/confluence")
    assert server.site.url == f"http://127.0.0.1:{server.site.port}/confluence"
    assert server.session.get(f"{origin}/rest/api/space", timeout=5).status_code == 404
    assert server.session.get(f"{origin}/confluencerest/api/space", timeout=5).status_code == 404
    links = server.get("/content", limit=1)["_links"]
    assert links == {
        "self": f"{server.site.url}/rest/api/content?limit=1",
        "base": server.site.url,
        "context": "/confluence",
        "next": "/rest/api/content?limit=1&start=1",
    }
    assert server.session.get(f"{origin}/_emulator/stats", timeout=5).json()["total"] == 3
    assert server.raw("/_emulator/stats").json()["by_endpoint"] == {
        "GET (no route)": 2,
        "GET /rest/api/content": 1,
    }


def test_site_url_stands_in_links() -> None:
    config = SiteConfig(
        plan=TINY, deployment="datacenter", context_path="/wiki", site_url="https://docs.example.com/wiki"
    )
    with EmbeddedSite(config) as site:
        server = Server(site)
        assert server.get("/space")["_links"]["base"] == "https://docs.example.com/wiki"
        assert server.dump("space")[0]["web_url"] == "https://docs.example.com/wiki/display/SP001"
        server.session.close()


def test_token_and_password(server_of: Start) -> None:
    server = server_of("10.0", TINY)
    by_token = server.raw("/rest/api/user/current", "user1")
    assert (by_token.json()["username"], by_token.headers["X-AUSERNAME"]) == ("user1", "user1")
    address = f"{server.site.url}/rest/api/user/current"
    by_password = server.session.get(address, auth=("USER1", "user1"), timeout=5)
    assert (by_password.json()["username"], by_password.headers["X-AUSERNAME"]) == ("user1", "user1")
    assert server.session.get(address, auth=("user1@example.com", "user1"), timeout=5).status_code == 401


def test_wrong_password_is_refused_in_html(server_of: Start) -> None:
    server = server_of("10.0", TINY)
    reply = server.session.get(f"{server.site.url}/rest/api/space", auth=("admin", "wrong"), timeout=5)
    assert reply.status_code == 401
    assert reply.headers["X-Seraph-LoginReason"] == "AUTHENTICATED_FAILED"
    assert reply.headers["Content-Type"].startswith("text/html")


def test_wrong_token_makes_an_anonymous_caller(server_of: Start) -> None:
    server = server_of("10.0", TINY)
    reply = server.raw("/rest/api/space", "no-such-token")
    assert (reply.status_code, reply.json()["results"]) == (200, [])
    assert reply.headers["X-AUSERNAME"] == "anonymous"
    assert server.get("/user/current", "no-such-token")["type"] == "anonymous"
    assert server.status("/user", "no-such-token", username="admin") == 403
    server.site.control.configure(failed_bearer="401")
    assert server.status("/space", "no-such-token") == 401


def test_anonymous_where_the_site_is_closed(server_of: Start) -> None:
    server = server_of("10.0", TINY)
    assert server.get("/content", None)["results"] == []
    server.site.control.configure(anonymous_without_access="401")
    assert server.status("/content", None) == 401
    server.site.control.configure(anonymous_without_access="302")
    assert server.raw("/rest/api/content", None).headers["Location"].endswith("/login.action?os_destination=%2F")


def test_disabled_users_stay_outside(server_of: Start) -> None:
    server = server_of("10.0", TINY)
    server.edit("create_token", account="user1@example.com", token="second")
    assert server.get("/user/current", "second")["username"] == "user1"
    server.edit("deactivate_user", account="user1@example.com")
    address = f"{server.site.url}/rest/api/space"
    assert server.session.get(address, auth=("user1", "user1"), timeout=5).status_code == 401
    assert server.raw("/rest/api/space", "user1").headers["X-AUSERNAME"] == "anonymous"
    assert server.raw("/rest/api/space", "second").headers["X-AUSERNAME"] == "anonymous"


def test_without_can_use_nothing_is_shown(server_of: Start) -> None:
    server = server_of("10.0", TINY)
    server.edit("create_user", email="late@example.com", name="Late", groups=[])
    server.edit("grant", space="SP001", principal_type="user", principal_id="late@example.com")
    assert server.status("/space", "late") == 403
    server.edit("create_group", name="guests", members=["late@example.com"])
    server.edit("add_subgroup", group="confluence-users", subgroup="guests")
    assert [space["key"] for space in server.get("/space", "late")["results"]] == ["SP001"]


def test_read_only_mode(server_of: Start) -> None:
    server = server_of("8.5", TINY)
    assert server.get("/accessmode") == "READ_WRITE"
    server.site.control.configure(read_only=True)
    assert server.get("/accessmode") == "READ_ONLY"
    hook = {"name": "n", "url": "http://127.0.0.1:1/", "events": ["page_created"]}
    assert server.raw("/rest/api/webhooks", method="POST", json=hook).status_code == 405
    ask = {"jsonrpc": "2.0", "method": "getSpacePermissionSets", "params": ["SP001"], "id": 9}
    assert server.raw("/rpc/json-rpc/confluenceservice-v2", method="POST", json=ask).status_code == 200


def test_rate_limit_is_off_until_it_is_set(server_of: Start) -> None:
    server = server_of("10.0", TINY)
    assert "X-RateLimit-Limit" not in server.raw("/rest/api/space").headers
    server.site.control.configure(rate_limit_capacity=2, rate_limit_fill=1, rate_limit_interval_seconds=3600)
    replies = [server.raw("/rest/api/space") for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200, 200, 429]
    assert [reply.headers["X-RateLimit-Remaining"] for reply in replies] == ["1", "0", "0"]
    assert replies[0].headers["Retry-After"] == "0"
    assert 3590 <= int(replies[2].headers["Retry-After"]) <= 3601
    assert replies[2].headers["X-RateLimit-FillRate"] == "1"
    assert replies[2].headers["X-RateLimit-Interval-Seconds"] == "3600"
    assert server.raw("/rest/api/space", "user1").status_code == 200
    server.site.control.configure(rate_limit_blocks=True)
    assert server.raw("/rest/api/space", "user1").headers["Retry-After"] == "9223372036854775807"


def test_refusals_look_as_on_a_server(server_of: Start) -> None:
    server = server_of("10.0", TINY)
    missing = server.raw("/rest/api/content/1")
    assert missing.status_code == 404
    assert missing.json()["message"].endswith("NotFoundException: No content found with id: ContentId{id=1}")
    assert server.raw("/rest/api/space", method="DELETE").status_code == 405
    assert server.raw("/rest/api/nothing").status_code == 404


def test_command_line() -> None:
    arguments = build_parser().parse_args(["--datacenter", "8.5", "--context-path", "/confluence", "--spaces", "2"])
    config = config_from(arguments)
    assert (config.deployment, config.profile, config.context_path, config.plan.spaces) == (
        "datacenter", "8.5", "/confluence", 2,
    )  # fmt: skip


def test_reset_brings_back_seed_and_switches(server_of: Start) -> None:
    server = server_of("10.0", TINY)
    before = server.site.control.dump()
    server.edit("create_page", space="SP001", title="New")
    server.edit("create_token", account="user1@example.com", token="t")
    server.site.control.configure(read_only=True)
    server.site.control.reset()
    assert server.site.control.dump() == before
    assert server.get("/accessmode") == "READ_WRITE"
    assert server.raw("/rest/api/space", "t").headers["X-AUSERNAME"] == "anonymous"
