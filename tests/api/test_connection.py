from typing import Any

import pytest

from confluence_assets.api import Connection, connect
from confluence_assets.api.cloud.source import CloudSource
from confluence_assets.api.datacenter.source import DatacenterSource
from confluence_assets.api.wire import Outgoing
from confluence_assets.errors import AccessError, SettingsError
from tests.api.clock import quick_options
from tests.api.server import Answer, Asked, ScriptedSite

URL = "https://acme.atlassian.net"


def tenant(asked: Asked) -> Answer:
    return Answer(payload={"cloudId": "cloud-1"}) if asked.path == "/_edge/tenant_info" else Answer(404)


def test_secrets_are_not_in_the_repr() -> None:
    connection = Connection(URL, "me@x", api_token="s3cret", pat="s3cret", oauth_client_secret="s3cret")
    assert "s3cret" not in repr(connection)
    assert "s3cret" not in repr(connection.auth())


@pytest.mark.parametrize(
    ("connection", "setting", "message"),
    [
        (
            Connection(URL, api_token="t"),
            "CONFLUENCE_EMAIL",
            "CONFLUENCE_API_TOKEN is set and CONFLUENCE_EMAIL is not: a token works only with its account's e-mail. Set CONFLUENCE_EMAIL.",
        ),
        (
            Connection(URL, email="me@x"),
            "CONFLUENCE_API_TOKEN",
            "CONFLUENCE_EMAIL is set and CONFLUENCE_API_TOKEN is not. Make a token at https://id.atlassian.com/manage-profile/security/api-tokens.",
        ),
        (
            Connection(URL),
            "CONFLUENCE_API_TOKEN",
            "There are no credentials. Set CONFLUENCE_EMAIL and CONFLUENCE_API_TOKEN (Cloud) or CONFLUENCE_PAT (Data Center).",
        ),
    ],
)
def test_missing_credentials_are_named(connection: Connection, setting: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        connect(connection)
    assert (caught.value.setting, str(caught.value)) == (setting, message)


@pytest.mark.parametrize(
    ("known", "header"),
    [
        ({"method": "pat"}, "Bearer the-pat"),
        ({"method": "api_token"}, "Basic bWVAeDp0aGUtdG9rZW4="),
        ({"method": "scoped_token"}, "Basic bWVAeDp0aGUtdG9rZW4="),
        ({}, "Basic bWVAeDp0aGUtdG9rZW4="),
        ({"api_token": None}, "Bearer the-pat"),
    ],
)
def test_the_secret_is_that_of_the_chosen_way(known: dict[str, Any], header: str) -> None:
    """All secrets are there; the one that belongs to the way is sent and no other."""
    auth = Connection(**{"url": URL, "email": "me@x", "api_token": "the-token", "pat": "the-pat", **known}).auth()
    assert next(auth.flow(Outgoing("GET", URL, {}))).headers == {"Authorization": header}


@pytest.mark.parametrize(
    ("connection", "setting"),
    [
        (Connection(URL, "me@x", "t", method="pat"), "CONFLUENCE_PAT"),
        (Connection(URL, pat="p", method="api_token"), "CONFLUENCE_API_TOKEN"),
        (Connection(URL, pat="p", method="scoped_token"), "CONFLUENCE_API_TOKEN"),
        (Connection(URL, "me@x", pat="p", method="scoped_token"), "CONFLUENCE_API_TOKEN"),
        (Connection(URL, api_token="t", pat="p", method="api_token"), "CONFLUENCE_EMAIL"),
        (Connection(URL, "me@x", "t", pat="p", method="oauth"), "connection"),
    ],
)
def test_another_ways_secret_is_not_sent_instead(connection: Connection, setting: str) -> None:
    with pytest.raises(SettingsError) as caught:
        connection.auth()
    assert caught.value.setting == setting


def test_a_cloud_address_is_not_probed() -> None:
    source = connect(Connection(URL, "me@x", "t"))
    assert isinstance(source, CloudSource)
    assert source.transport.root == URL
    source.close()


def test_an_unknown_address_is_asked_once_and_the_answer_is_kept() -> None:
    with ScriptedSite(tenant) as site:
        source = connect(Connection(site.url, "me@x", "t"), options=quick_options())
        assert isinstance(source, CloudSource)
        assert source.get_site().site_id == "cloud-1"
        assert source.get_site().base_url == f"{site.url}/wiki"
        source.close()
    assert [asked.path for asked in site.asked] == ["/_edge/tenant_info"]
    assert "Authorization" not in site.asked[0].headers


def test_a_site_that_tells_no_cloud_id_is_its_address() -> None:
    with ScriptedSite(lambda _asked: Answer(404)) as site:
        source = connect(Connection(site.url, "me@x", "t", deployment="cloud"), options=quick_options())
        assert source.get_site().site_id == f"{site.url}/wiki"
        source.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("credentials", "probes"), [({"email": "me", "api_token": "password"}, ["/_edge/tenant_info"]), ({"pat": "t"}, [])]
)
def test_what_is_no_cloud_site_is_a_data_center(credentials: dict[str, str], probes: list[str]) -> None:
    """Found out by asking, but for personal access tokens, which Cloud does not have."""

    def server(asked: Asked) -> Answer:
        if asked.path == "/rest/api/server-information":
            return Answer(payload={"baseUrl": "https://wiki.example.com", "version": "9.2.7"})
        return Answer(404)

    with ScriptedSite(server) as site:
        source = connect(Connection(site.url, **credentials), options=quick_options())
        assert isinstance(source, DatacenterSource)
        found = source.get_site()
        source.close()
    assert (found.site_id, found.deployment, found.version) == ("https://wiki.example.com", "datacenter", "9.2.7")
    assert [asked.path for asked in site.asked] == [*probes, "/rest/api/server-information"]


def test_a_data_center_may_be_served_where_cloud_is() -> None:
    with ScriptedSite(lambda asked: Answer(404)) as site:
        source = connect(Connection(f"{site.url}/wiki", pat="t", deployment="datacenter"), options=quick_options())
        assert source.get_site().site_id == f"{site.url}/wiki"
        with pytest.raises(SettingsError, match="There is no Confluence at"):
            source.get_account()
        source.close()
    assert {asked.path for asked in site.asked} == {
        "/wiki/rest/api/server-information",
        "/wiki/rest/applinks/1.0/manifest",
        "/wiki/rest/api/user/current",
    }


def test_an_account_that_is_nobody_is_an_error() -> None:
    with ScriptedSite(lambda _asked: Answer(payload={"type": "anonymous", "displayName": "Anonymous"})) as site:
        source = connect(Connection(site.url, "me@x", "t", deployment="cloud"), options=quick_options())
        with pytest.raises(AccessError) as caught:
            source.get_account()
        source.close()  # type: ignore[attr-defined]
    assert str(caught.value) == (
        f"{site.url} takes us for anonymous: the credentials were not looked at. Check CONFLUENCE_EMAIL and CONFLUENCE_API_TOKEN."
    )
