"""What the environment means, and what is said where it doesn't fit together."""

from pathlib import Path

import pytest

from confluence_assets.errors import SettingsError
from confluence_assets.settings import Credentials, find_project_root, read_credentials, read_settings, resolve_home


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
