from collections.abc import Iterator
from pathlib import Path

import pytest

from confluence_assets.emulator import EmbeddedSite, SiteConfig


@pytest.fixture(scope="session")
def site() -> Iterator[EmbeddedSite]:
    """A small site that several tests read; none of them may edit it."""
    with EmbeddedSite(SiteConfig.shape("small", site_url="https://acme.example")) as running:
        yield running


@pytest.fixture
def home(site: EmbeddedSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project folder, with an environment that names the site."""
    for name, value in {
        "CONFLUENCE_URL": site.url,
        "CONFLUENCE_EMAIL": "admin@example.com",
        "CONFLUENCE_API_TOKEN": "admin",
        "CONFLUENCE_HOME": str(tmp_path / "data"),
        "DAGSTER_HOME": "",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("CONFLUENCE_PAT", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data"
