"""The gateway: who gets in, with which scopes, and what it says to the others."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.emulator.oauth.scopes import choices_of, is_open
from confluence_assets.emulator.urls import build_router
from tests.emulator.asker import ADMIN, Asker

APP = {"client_id": "embedded-app", "client_secret": "embedded-app-secret"}
UNAUTHORIZED = {"code": 401, "message": "Unauthorized"}
NO_SCOPE = {"code": 401, "message": "Unauthorized; scope does not match"}


@pytest.fixture
def site(site_of: Callable[..., Asker]) -> EmbeddedSite:
    return site_of(SiteConfig.shape("small")).site


def access_token(site: EmbeddedSite, scope: str, email: str = "admin@example.com") -> str:
    """Consent without a page, as that account."""
    site.control.configure(oauth_consent="automatic")
    asked = {"client_id": APP["client_id"], "scope": scope, "redirect_uri": "http://localhost/", "login_hint": email}
    reply = requests.get(f"{site.auth_url}/authorize", params=asked, timeout=5, allow_redirects=False)
    code = reply.headers["Location"].partition("code=")[2]
    fields = {**APP, "grant_type": "authorization_code", "code": code, "redirect_uri": "http://localhost/"}
    return str(requests.post(f"{site.auth_url}/oauth/token", json=fields, timeout=5).json()["access_token"])


def ask(site: EmbeddedSite, path: str, token: str | None = None, **more: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    headers |= more.pop("headers", {})
    return requests.request(
        more.pop("method", "GET"),
        site.gateway_url + path,
        headers=headers,
        timeout=5,
        allow_redirects=False,
        **more,
    )


def test_a_token_opens_what_its_scopes_say(site: EmbeddedSite) -> None:
    token = access_token(site, "read:page:confluence read:confluence-groups")
    page = ask(site, "/wiki/api/v2/pages?limit=3", token)
    assert (page.status_code, len(page.json()["results"])) == (200, 3)
    assert ask(site, "/wiki/api/v2/blogposts", token).status_code == 200  # covered by the scope of pages
    assert ask(site, "/wiki/rest/api/group", token).status_code == 200
    for path in ("/wiki/api/v2/spaces", "/wiki/rest/api/content/search?cql=type=page", "/wiki/api/v2/space-role-mode"):
        reply = ask(site, path, token)
        assert (reply.status_code, reply.json()) == (401, NO_SCOPE), path


@pytest.mark.parametrize("scope", ["search:confluence", "read:content-details:confluence"])
def test_classic_and_granular_scopes_of_v1(site: EmbeddedSite, scope: str) -> None:
    assert ask(site, "/wiki/rest/api/search?cql=type=page", access_token(site, scope)).status_code == 200


def test_all_scopes_of_a_set_are_needed(site: EmbeddedSite) -> None:
    path = "/wiki/rest/api/label?name=policy"
    assert ask(site, path, access_token(site, "read:label:confluence")).json() == NO_SCOPE
    token = access_token(site, "read:label:confluence read:content:confluence")
    assert ask(site, path, token).status_code in (200, 404)


def test_strangers_stay_out(site: EmbeddedSite) -> None:
    for token in (None, "nonsense"):
        reply = ask(site, "/wiki/api/v2/pages", token)
        assert (reply.status_code, reply.json()) == (401, UNAUTHORIZED)
    good = access_token(site, "read:page:confluence")
    elsewhere = f"{site.api_url}/ex/confluence/00000000-0000-0000-0000-000000000000/wiki/api/v2/pages"
    headers = {"Authorization": f"Bearer {good}"}
    assert requests.get(elsewhere, headers=headers, timeout=5).status_code == 404
    assert ask(site, "/_emulator/dump", good).status_code == 404


def test_tokens_of_the_gateway_are_refused_by_the_site(site: EmbeddedSite) -> None:
    token = access_token(site, "read:page:confluence")
    made = site.control.edit("create_scoped_token", account="admin@example.com", scopes=["read:page:confluence"])
    url = f"{site.url}/wiki/api/v2/pages"
    assert requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=5).status_code == 401
    assert requests.get(url, auth=("admin@example.com", made["token"]), timeout=5).status_code == 401


def test_api_tokens_with_scopes(site: EmbeddedSite) -> None:
    made = site.control.edit(
        "create_scoped_token", account="admin@example.com", scopes="read:page:confluence", seconds=3600
    )
    auth = (made["email"], made["token"])
    assert ask(site, "/wiki/api/v2/pages", auth=auth).status_code == 200
    assert ask(site, "/wiki/api/v2/spaces", auth=auth).json() == NO_SCOPE
    assert ask(site, "/wiki/api/v2/pages", auth=("user1@example.com", made["token"])).json() == UNAUTHORIZED
    site.control.configure(advance_seconds=3601)
    assert ask(site, "/wiki/api/v2/pages", auth=auth).json() == UNAUTHORIZED


def test_tokens_without_scopes_by_switch(site: EmbeddedSite) -> None:
    assert ask(site, "/wiki/api/v2/pages", auth=ADMIN).json() == UNAUTHORIZED
    site.control.configure(gateway_takes_unscoped_tokens=True)
    assert ask(site, "/wiki/api/v2/pages", auth=ADMIN).status_code == 200


def test_an_access_token_lasts_an_hour(site: EmbeddedSite) -> None:
    token = access_token(site, "read:page:confluence")
    site.control.configure(advance_seconds=3590)
    assert ask(site, "/wiki/api/v2/pages", token).status_code == 200
    site.control.configure(advance_seconds=20)
    assert ask(site, "/wiki/api/v2/pages", token).json() == UNAUTHORIZED


def test_grants_end_when_they_are_taken_back_or_the_account_ends(site: EmbeddedSite) -> None:
    first = access_token(site, "read:page:confluence", "user1@example.com")
    second = access_token(site, "read:page:confluence", "user2@example.com")
    site.control.edit("revoke_grants", account="user1@example.com")
    assert ask(site, "/wiki/api/v2/pages", first).status_code == 401
    assert ask(site, "/wiki/api/v2/pages", second).status_code == 200
    site.control.edit("deactivate_user", account="user2@example.com")
    assert ask(site, "/wiki/api/v2/pages", second).status_code == 401


def test_links_know_nothing_of_the_prefix(site: EmbeddedSite) -> None:
    token = access_token(site, "read:page:confluence search:confluence")
    listed = ask(site, "/wiki/api/v2/pages?limit=5", token)
    following = listed.json()["_links"]["next"]
    assert following.startswith("/wiki/api/v2/pages?limit=5&cursor=")
    assert listed.headers["Link"] == f'<{following}>; rel="next"'
    assert listed.json()["_links"]["base"] == f"{site.url}/wiki"
    assert ask(site, following, token).status_code == 200
    found = ask(site, "/wiki/rest/api/content/search?cql=type=page&limit=5", token).json()["_links"]
    assert (found["base"], found["context"]) == (f"{site.url}/wiki", "/wiki")
    assert found["next"].startswith("/rest/api/content/search?")


def test_the_caller_sees_what_its_account_may_read(site: EmbeddedSite) -> None:
    site.control.edit("create_space", key="SECRET", name="Secret", private=True)
    token = access_token(site, "read:space:confluence", "user1@example.com")
    keys = {row["key"] for row in ask(site, "/wiki/api/v2/spaces?limit=250", token).json()["results"]}
    assert "SECRET" not in keys
    assert keys


def test_files_come_from_the_media_host(site: EmbeddedSite) -> None:
    token = access_token(site, "read:attachment:confluence")
    row = ask(site, "/wiki/api/v2/attachments", token).json()["results"][0]
    path = f"/wiki/rest/api/content/{row['pageId']}/child/attachment/{row['id']}/download"
    reply = ask(site, path, token)
    assert reply.status_code == 302
    assert len(requests.get(reply.headers["Location"], timeout=5).content) == row["fileSize"]


def test_the_sites_of_a_token(site: EmbeddedSite) -> None:
    url = f"{site.api_url}/oauth/token/accessible-resources"
    token = access_token(site, "read:page:confluence read:jira-work offline_access")
    headers = {"Authorization": f"Bearer {token}"}
    (only,) = requests.get(url, headers=headers, timeout=5).json()
    assert set(only) == {"id", "url", "name", "scopes", "avatarUrl"}
    assert (only["id"], only["url"]) == (site.site.cloud_id, site.url)
    assert only["scopes"] == ["read:jira-work", "read:page:confluence"]
    site.control.configure(resources_per_product=True)
    parts = requests.get(url, headers=headers, timeout=5).json()
    assert [(part["id"], part["scopes"]) for part in parts] == [
        (site.site.cloud_id, ["read:page:confluence"]),
        (site.site.cloud_id, ["read:jira-work"]),
    ]
    other = site.control.edit("add_site", name="Second", url="https://second.atlassian.net")
    assert other["id"] in {part["id"] for part in requests.get(url, headers=headers, timeout=5).json()}
    assert requests.get(url, timeout=5).json() == UNAUTHORIZED


def test_no_scope_opens_the_admin_key(site: EmbeddedSite) -> None:
    token = access_token(site, "read:page:confluence")
    assert ask(site, "/wiki/api/v2/admin-key", token, method="POST").json() == NO_SCOPE


@pytest.mark.parametrize("works", [False, True])
def test_an_admin_key_does_nothing_here_unless_the_switch_says_so(site: EmbeddedSite, works: bool) -> None:
    token = access_token(site, "read:page:confluence")
    page = ask(site, "/wiki/api/v2/pages?limit=1", token).json()["results"][0]["id"]
    site.control.edit("restrict", id=page, users=[site.control.account_id("user1@example.com")])
    requests.post(f"{site.url}/wiki/api/v2/admin-key", auth=ADMIN, timeout=5)
    site.control.configure(admin_key_via_gateway=works)
    headers = {"Atl-Confluence-With-Admin-Key": "true"}
    assert ask(site, f"/wiki/api/v2/pages/{page}", token, headers=headers).status_code == (200 if works else 404)


def test_apps_have_a_quota_of_points(site: EmbeddedSite) -> None:
    token = access_token(site, "read:page:confluence read:confluence-groups")
    site.control.fault("quota", points=30, window_seconds=10**9)
    first = ask(site, "/wiki/api/v2/pages?limit=20", token)
    assert (first.headers["X-RateLimit-Limit"], first.headers["X-RateLimit-Remaining"]) == ("30", "9")
    groups = ask(site, "/wiki/rest/api/group", token)
    spent = 21 + 1 + 2 * groups.json()["size"]
    assert groups.headers["X-RateLimit-Remaining"] == str(max(0, 30 - spent))
    ask(site, "/wiki/api/v2/pages?limit=20", token)
    assert ask(site, "/wiki/api/v2/pages?limit=1", token).status_code == 429
    assert requests.get(f"{site.url}/wiki/api/v2/pages", auth=ADMIN, timeout=5).status_code == 200  # no app


def test_a_token_that_expires_mid_walk_can_be_replaced(site: EmbeddedSite) -> None:
    first, second = (access_token(site, "read:page:confluence") for _ in range(2))
    site.control.fault("expire_token", route="/wiki/api/v2/pages", nth=3)
    path = "/wiki/api/v2/pages?limit=5"
    statuses = []
    for _ in range(3):
        reply = ask(site, path, first)
        statuses.append(reply.status_code)
        path = reply.json()["_links"]["next"] if reply.ok else path
    assert statuses == [200, 200, 401]
    assert ask(site, path, second).status_code == 200


def test_somebody_at_the_gateway_loses_a_group(site: EmbeddedSite) -> None:
    token = access_token(site, "read:page:confluence", "user1@example.com")
    site.control.fault("lose_group", group="confluence-users", nth=2)
    found = [ask(site, "/wiki/api/v2/pages", token).status_code for _ in range(2)]
    assert found == [200, 403]


def test_every_route_has_a_choice_of_scopes() -> None:
    """No operation that a document knows is opened by no scope, but for the Admin Key."""
    closed = {
        route.template
        for route in build_router().routes
        if route.dialect in ("v1", "v2") and not choices_of(route.method, route.template)
    }
    assert closed == {"/wiki/api/v2/admin-key"}
    assert is_open("HEAD", "/wiki/api/v2/pages", frozenset({"read:page:confluence"}))
    assert not is_open("GET", "/wiki/api/v2/pages", frozenset({"read:space:confluence"}))
