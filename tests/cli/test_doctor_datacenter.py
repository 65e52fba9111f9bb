"""`doctor` on a Data Center: version, mode, who may use it, and what an account that is no administrator does not see."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from confluence_assets.cli import main
from confluence_assets.emulator import EmbeddedSite
from tests.api.datacenter import PROFILES, datacenter


@contextmanager
def examined(
    folder: Path, capsys: pytest.CaptureFixture[str], profile: str, *, plain: bool = False, **switches: Any
) -> Iterator[tuple[int, dict[str, dict[str, Any]]]]:
    """The findings by name, for an administrator or for somebody else."""
    with EmbeddedSite(datacenter("small", profile, **switches)) as site, pytest.MonkeyPatch.context() as patch:
        if plain:
            user = next(user for user in site.control.users() if user.username != "admin")
            site.control.edit("create_token", account=user.account_id, token="plain-token")
        for name in ("CONFLUENCE_EMAIL", "CONFLUENCE_API_TOKEN", "DAGSTER_HOME"):
            patch.delenv(name, raising=False)
        patch.setenv("CONFLUENCE_URL", site.url)
        patch.setenv("CONFLUENCE_PAT", "plain-token" if plain else "admin")
        patch.setenv("CONFLUENCE_HOME", str(folder / "data"))
        patch.chdir(folder)
        code = main(["doctor", "--json"])
        found = {finding["name"]: finding for finding in json.loads(capsys.readouterr().out)["findings"]}
        yield code, found


@pytest.mark.parametrize("profile", PROFILES)
def test_an_administrator(profile: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with examined(tmp_path, capsys, profile) as (code, found):
        assert code == 0
        assert profile in found["version"]["text"]
        assert "mode" not in found
        assert found["members"]["level"] == found["permissions"]["level"] == found["audit log"]["level"] == "ok"
        tells = profile == "10.0"
        assert found["licence"]["level"] == ("ok" if tells else "warn")
        assert tells or "licensed_groups: [confluence-users]" in found["licence"]["next_step"]


def test_read_only_mode(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with examined(tmp_path, capsys, "9.2", read_only=True) as (code, found):
        assert code == 0
        assert "read-only" in found["mode"]["text"]


@pytest.mark.parametrize("profile", ["7.19", "10.0"])
def test_whoever_is_no_administrator(profile: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with examined(tmp_path, capsys, profile, plain=True) as (code, found):
        assert code == 0
        assert found["audit log"]["level"] == found["permissions"]["level"] == found["licence"]["level"] == "warn"
        assert "administrator" in found["permissions"]["next_step"]
        if profile == "10.0":
            assert found["members"]["level"] == "warn"
            assert "an administrator" in found["members"]["next_step"]


def test_groups_that_are_misspelled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    defs = tmp_path / "project" / "defs" / "wiki" / "defs.yaml"
    defs.parent.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("")
    for names, level in (("[Confluence-Users]", "ok"), ("[confluence-usrs]", "warn")):
        attributes = f"{{site: wiki, licensed_groups: {names}}}"
        defs.write_text(f"type: confluence_assets.ConfluenceComponent\nattributes: {attributes}\n")
        with examined(tmp_path, capsys, "8.5") as (_code, found):
            assert found["licence"]["level"] == level, found["licence"]


def test_hidden_addresses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with examined(tmp_path, capsys, "9.2", email_visibility="hidden") as (_code, found):
        assert "User email visibility" in found["e-mails"]["next_step"]
