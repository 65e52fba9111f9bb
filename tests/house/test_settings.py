"""What the environment means, and what is said where it doesn't fit together."""

from pathlib import Path

import pytest

from confluence_assets.errors import SettingsError
from confluence_assets.settings import (
    Credentials,
    find_project_root,
    read_credentials,
    read_settings,
    resolve_home,
    resolve_logins,
)


def test_without_an_address_the_demo_site_serves(tmp_path: Path) -> None:
    settings = read_settings({"CONFLUENCE_URL": "  ", "CONFLUENCE_HOME": str(tmp_path)})
    assert (settings.is_embedded, settings.site, settings.home) == (True, "demo", tmp_path)


def test_with_an_address_the_site_is_called_confluence() -> None:
    settings = read_settings({"CONFLUENCE_URL": " https://acme.atlassian.net\n"})
    assert (settings.url, settings.site) == ("https://acme.atlassian.net", "confluence")


def test_a_relative_home_is_relative_to_the_projects_root(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert find_project_root(below) == tmp_path
    assert resolve_home("wiki-data", root=tmp_path) == tmp_path / "wiki-data"
    assert resolve_home(None, root=tmp_path) == tmp_path / "data"
    assert resolve_home("/srv/wiki", root=tmp_path) == Path("/srv/wiki")


def test_credentials_come_from_the_variables_that_are_named() -> None:
    environment = {"ACME_TOKEN": " t0ken ", "CONFLUENCE_EMAIL": "anna@example.com", "CONFLUENCE_API_TOKEN": "other"}
    found = read_credentials(token_env="ACME_TOKEN", environment=environment)
    assert found == Credentials(email="anna@example.com", api_token="t0ken")
    assert "t0ken" not in repr(found)


@pytest.mark.parametrize(
    ("environment", "setting", "message"),
    [
        (
            {},
            "CONFLUENCE_API_TOKEN",
            "The site needs credentials: neither CONFLUENCE_API_TOKEN nor CONFLUENCE_PAT is set.",
        ),
        (
            {"CONFLUENCE_API_TOKEN": "t"},
            "CONFLUENCE_EMAIL",
            "CONFLUENCE_API_TOKEN is set, but CONFLUENCE_EMAIL is not.",
        ),
        (
            {"CONFLUENCE_API_TOKEN": "t", "CONFLUENCE_EMAIL": "a@example.com", "CONFLUENCE_PAT": "p"},
            "CONFLUENCE_PAT",
            "CONFLUENCE_API_TOKEN and CONFLUENCE_PAT are both set.",
        ),
    ],
)
def test_credentials_that_do_not_fit_together(environment: dict[str, str], setting: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_credentials(environment=environment)
    assert (caught.value.message, caught.value.setting) == (message, setting)
    assert caught.value.hint


OAUTH = {"CONFLUENCE_OAUTH_CLIENT_ID": "id", "CONFLUENCE_OAUTH_CLIENT_SECRET": "secret"}
TOKEN = {"CONFLUENCE_API_TOKEN": "t", "CONFLUENCE_EMAIL": "a@example.com"}


@pytest.mark.parametrize(
    ("environment", "method", "reason"),
    [
        (TOKEN, "api_token", "CONFLUENCE_API_TOKEN is set"),
        (
            {**TOKEN, "CONFLUENCE_EMAIL": "night@serviceaccount.atlassian.com"},
            "scoped_token",
            "the address ends in @serviceaccount.atlassian.com",
        ),
        ({"CONFLUENCE_PAT": "p"}, "pat", "CONFLUENCE_PAT is set"),
        (OAUTH, "oauth", "CONFLUENCE_OAUTH_CLIENT_ID is set"),
        ({**OAUTH, **TOKEN, "CONFLUENCE_CONNECTION": "oauth"}, "oauth", "CONFLUENCE_CONNECTION says so"),
        (
            {**OAUTH, "CONFLUENCE_CONNECTION": "client_credentials"},
            "client_credentials",
            "CONFLUENCE_CONNECTION says so",
        ),
        ({**TOKEN, "CONFLUENCE_CONNECTION": "auto"}, "api_token", "CONFLUENCE_API_TOKEN is set"),
    ],
)
def test_the_way_to_connect_and_why(environment: dict[str, str], method: str, reason: str) -> None:
    found = read_credentials(environment=environment)
    assert (found.method, found.reason) == (method, reason)
    held = {name for name in ("api_token", "pat", "oauth_client_secret") if getattr(found, name)}
    wanted = {"pat": "pat", "oauth": "oauth_client_secret", "client_credentials": "oauth_client_secret"}
    assert held == {wanted.get(method, "api_token")}, "secrets of another way stay where they are"


def test_an_attribute_goes_before_the_environment() -> None:
    environment = {**OAUTH, **TOKEN, "CONFLUENCE_CONNECTION": "oauth"}
    found = read_credentials(connection="scoped_token", environment=environment)
    assert (found.method, found.reason) == ("scoped_token", "connection says so")
    assert found.oauth_client_secret is None


@pytest.mark.parametrize("name", ["ATATT3xFfGF0-abc=", "my token", "", "1ST", "ATATT3xFfGF0abcdefghijklmnopqrstuvwxyz"])
def test_a_secret_is_no_name_of_a_variable_and_is_not_repeated(name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_credentials(token_env=name, environment=TOKEN)
    assert caught.value.setting == "token_env"
    assert not name or name not in str(caught.value)


def test_logins_are_kept_with_the_data_unless_said_otherwise(tmp_path: Path) -> None:
    assert resolve_logins(tmp_path, environment={}) == tmp_path / ".logins"
    assert resolve_logins(tmp_path, environment={"CONFLUENCE_LOGINS": "/etc/wiki"}) == Path("/etc/wiki")
