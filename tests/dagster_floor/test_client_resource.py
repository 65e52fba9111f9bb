"""`ConfluenceResource` as anybody's project uses it: a client that reads, writes where it may, and tells what it says when asked."""

import logging

import dagster as dg
import pytest

from confluence_assets import ConfluenceResource
from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.errors import SettingsError

TOKEN = "ATATT3xFfGF0-token-of-a-resource"


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> EmbeddedSite:
    """A site whose administrator signs in with a token that can be looked for."""
    found = EmbeddedSite(SiteConfig.shape("small"))
    admin = found.site.store.user_by_email("admin@example.com")
    assert admin is not None
    admin.token = TOKEN
    monkeypatch.setenv("CONFLUENCE_EMAIL", "admin@example.com")
    monkeypatch.setenv("CONFLUENCE_API_TOKEN", TOKEN)
    return found


def test_a_resource_only_reads_unless_it_is_told_otherwise(site: EmbeddedSite) -> None:
    with site:
        key = site.control.dump("space")[0]["key"]
        with (
            ConfluenceResource(url=site.url).get_client() as client,
            pytest.raises(SettingsError, match="allow_writes"),
        ):
            client.create_page(key, "Never")
        assert site.control.stats()["writes"] == 0
        with ConfluenceResource(url=site.url, allow_writes=True).get_client() as client:
            assert client.create_page(key, "Now")["title"] == "Now"
        assert site.control.stats()["writes"] == 1


def test_the_debug_log_of_a_resource_holds_no_token(site: EmbeddedSite, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with site:
        with ConfluenceResource(url=site.url).get_client() as client:
            next(client.iter_pages())
        assert not [one for one in caplog.records if one.name == "confluence_assets.exchange"]
        with ConfluenceResource(url=site.url, debug=True).get_client() as client:
            next(client.iter_pages())
    told = [one.getMessage() for one in caplog.records if one.name == "confluence_assets.exchange"]
    assert any("> GET http" in line for line in told)
    assert any("< 200 in" in line for line in told)
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("name", ["token_env", "pat_env", "client_id_env", "client_secret_env"])
def test_a_secret_in_place_of_a_variables_name_makes_no_resource(name: str) -> None:
    """What a resource is configured with stands in snapshots and in the UI."""
    with pytest.raises(SettingsError, match=f"{name} is not the name") as caught:
        ConfluenceResource(url="https://acme.example", **{name: TOKEN})
    assert TOKEN not in str(caught.value)
    assert ConfluenceResource(**{name: dg.EnvVar("ACME_NAME")}).url is None
