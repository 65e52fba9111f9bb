"""Tokens with scopes and service accounts: through the gateway, with a cloudId that is found out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from confluence_assets.api import Connection, connect
from confluence_assets.api.cloud.source import CloudSource
from confluence_assets.api.scopes import TABLE_ENDPOINTS, all_scopes, scopes_for
from confluence_assets.emulator import EmbeddedSite, SeedPlan, SiteConfig
from confluence_assets.errors import AccessError, IncompleteError, SettingsError
from confluence_assets.sync.contract import SyncMode, SyncRequest
from confluence_assets.sync.options import Site, SyncOptions
from confluence_assets.sync.runner import run_sync
from confluence_assets.tables import TABLES, Origin
from tests.api.clock import quick_options
from tests.api.oauth import log_in, oauth_connection, token_requests
from tests.api.server import Answer, ScriptedSite

PLAN = SeedPlan(
    spaces=2, pages_per_space=30, blogposts_per_space=2, comments=8, attachments=4, tasks=3, folders_per_space=1, users=5,
    custom_content=3, properties=3,
)  # fmt: skip


@pytest.fixture
def site() -> Iterator[EmbeddedSite]:
    with EmbeddedSite(SiteConfig(plan=PLAN)) as running:
        yield running


def source_of(connection: Connection) -> CloudSource:
    source = connect(connection, options=quick_options())
    assert isinstance(source, CloudSource)
    return source


def service_account(site: EmbeddedSite, scopes: tuple[str, ...] = all_scopes()) -> dict[str, Any]:
    return site.control.edit("create_service_account", name="Night reader", scopes=list(scopes))


def test_a_token_with_scopes(site: EmbeddedSite) -> None:
    made = site.control.edit("create_scoped_token", account="admin@example.com", scopes=list(all_scopes()))
    known = {"email": made["email"], "api_token": made["token"], "api_url": site.api_url}
    source = source_of(Connection(site.url, method="scoped_token", **known))
    assert source.transport.root == site.gateway_url
    assert source.get_account().display_name == "Site Admin"
    assert source.get_site().base_url == f"{site.url}/wiki"
    source.close()
    with pytest.raises(AccessError) as caught:
        source_of(Connection(site.url, **known)).get_account()
    assert "A token made with scopes needs CONFLUENCE_CONNECTION=scoped_token." in str(caught.value)


def test_a_service_account_by_its_token(site: EmbeddedSite) -> None:
    made = service_account(site)
    source = source_of(Connection(site.url, made["email"], made["token"], method="scoped_token", api_url=site.api_url))
    assert source.get_account().account_id == made["account_id"]
    source.close()


def credentials_of(site: EmbeddedSite, made: dict[str, Any], **changes: Any) -> Connection:
    known = {"oauth_client_id": made["client_id"], "oauth_client_secret": made["client_secret"], **changes}
    return Connection(site.url, method="client_credentials", accounts_url=site.auth_url, api_url=site.api_url, **known)


def test_a_service_account_by_client_credentials(site: EmbeddedSite) -> None:
    made = service_account(site)
    source = source_of(credentials_of(site, made))
    assert source.get_account().account_id == made["account_id"]
    assert source.get_account().account_id == made["account_id"]
    assert token_requests(site) == 1
    site.control.fault("expire_token", route="/wiki/rest/api/user/current", nth=1)
    assert source.get_account().account_id == made["account_id"]
    assert token_requests(site) == 2
    source.close()


def test_client_credentials_that_are_wrong(site: EmbeddedSite) -> None:
    made = service_account(site)
    with pytest.raises(SettingsError) as caught:
        source_of(credentials_of(site, made, oauth_client_secret="wr0ng-secret")).get_account()
    assert caught.value.setting == "CONFLUENCE_OAUTH_CLIENT_SECRET"
    assert "wr0ng" not in str(caught.value)
    embedded = {"client_id": "embedded-app", "client_secret": "embedded-app-secret"}
    with pytest.raises(SettingsError, match="may not use client credentials"):
        source_of(credentials_of(site, embedded)).get_account()


def test_a_missing_scope_of_a_service_account_is_named(site: EmbeddedSite) -> None:
    made = service_account(site, ("read:confluence-user",))
    with pytest.raises(AccessError, match=r"Give the service account's credentials the scope read:space:confluence"):
        list(source_of(credentials_of(site, made)).iter_spaces())


def test_what_tells_no_cloud_id_is_no_cloud_site() -> None:
    with ScriptedSite(lambda _asked: Answer(404)) as server, pytest.raises(SettingsError) as caught:
        connect(Connection(server.url, "me@x", "t", method="scoped_token"), options=quick_options())
    assert str(caught.value).startswith(f"{server.url} tells no cloudId, so it is not a Confluence Cloud site.")
    assert all("Authorization" not in asked.headers for asked in server.asked)


@pytest.mark.parametrize("name", ["api_url", "accounts_url"])
def test_secrets_never_travel_in_the_clear(name: str) -> None:
    connection = Connection(
        "https://acme.atlassian.net", method="client_credentials", oauth_client_id="i", oauth_client_secret="s",
        **{name: "http://elsewhere.example"},
    )  # fmt: skip
    with pytest.raises(SettingsError, match="does not start with https"):
        connect(connection, options=quick_options())


def test_every_fetched_table_states_its_scopes() -> None:
    fetched = {table.name for table in TABLES if table.origin is Origin.FETCHED}
    assert set(TABLE_ENDPOINTS) - fetched == {"attachment_texts"}
    assert fetched - set(TABLE_ENDPOINTS) == set()
    assert scopes_for(["tasks"]) == ("read:confluence-user", "read:space:confluence", "read:task:confluence")


def sync(site: EmbeddedSite, home: Path, connection: Connection, mode: SyncMode = SyncMode.FULL) -> Any:
    options = SyncOptions(
        versions=True, likes=True, property_keys=("model",), custom_content_types=("ac:diagrams:drawing",),
        attachment_files=True,
    )  # fmt: skip
    return run_sync(Site("wiki", home, options), connect(connection), SyncRequest(mode=mode))


def test_the_stated_scopes_are_enough_for_the_same_rows_as_without_scopes(site: EmbeddedSite, tmp_path: Path) -> None:
    made = site.control.edit("create_scoped_token", account="admin@example.com", scopes=list(all_scopes()))
    scoped = Connection(site.url, made["email"], made["token"], method="scoped_token", api_url=site.api_url)
    first = sync(site, tmp_path / "scoped", scoped)
    plain = sync(site, tmp_path / "plain", Connection(site.url, "admin@example.com", "admin"))
    assert (first.failures, plain.failures) == ([], [])
    ours, theirs = dict(first.row_counts), dict(plain.row_counts)
    assert ours == theirs
    assert {note for note in first.notes if "scope" in note} == set()
    again = sync(site, tmp_path / "scoped", Connection(site.url, "admin@example.com", "admin"), SyncMode.INCREMENTAL)
    assert again.failures == [], "another way to connect to the same site goes on where the first one ended"


def test_a_login_that_ends_in_the_middle_of_a_run_removes_nothing_and_is_asked_once(
    site: EmbeddedSite, tmp_path: Path
) -> None:
    log_in(site, tmp_path / "logins")
    connection = oauth_connection(site, tmp_path / "logins")
    first = sync(site, tmp_path / "home", connection)
    assert first.failures == []
    before = token_requests(site)
    site.control.fault(
        "edit", route="/wiki/api/v2/pages", nth=1, edits={"op": "revoke_grants", "account": "admin@example.com"}
    )
    with pytest.raises(IncompleteError, match="Run `confluence-assets login` again"):
        sync(site, tmp_path / "home", connection)
    assert token_requests(site) == before + 1
    site.control.clear_faults()
    log_in(site, tmp_path / "logins")
    again = sync(site, tmp_path / "home", connection, SyncMode.INCREMENTAL)
    assert again.failures == []
    counts = {table: count for table, count in first.row_counts.items() if table != "sync_ledger"}
    assert {table: count for table, count in again.row_counts.items() if table != "sync_ledger"} == counts


def test_no_endpoint_is_asked_that_the_table_does_not_state(site: EmbeddedSite, tmp_path: Path) -> None:
    report = sync(site, tmp_path, Connection(site.url, "admin@example.com", "admin"))
    from confluence_assets.api.scopes import endpoints_for

    stated = {endpoint.label for endpoint in endpoints_for(TABLE_ENDPOINTS)} | {"GET /_edge/tenant_info"}
    assert set(report.requests_by_endpoint) <= stated
