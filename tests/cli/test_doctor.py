"""`doctor`: what it finds on a good site, and what it says where something is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest

from confluence_assets.cli import main
from confluence_assets.emulator import EmbeddedSite, SiteConfig


def examine(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, dict[str, Any]]]:
    code = main(["doctor", "--json"])
    findings = json.loads(capsys.readouterr().out)["findings"]
    return code, {finding["name"]: finding for finding in findings}


def test_a_good_site(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, findings = examine(capsys)
    assert code == 0
    assert [name for name, finding in findings.items() if finding["level"] == "fail"] == []
    assert findings["spaces"]["text"].startswith("2 visible")
    assert findings["account"]["text"].startswith("Site Admin")
    assert findings["groups"]["level"] == findings["audit log"]["level"] == "ok"
    assert all(finding["next_step"] for finding in findings.values() if finding["level"] != "ok")
    assert not home.exists(), "it writes nothing"


@pytest.mark.parametrize(
    ("variables", "code", "name", "text"),
    [
        ({"CONFLUENCE_API_TOKEN": "wr0ng-t0ken"}, 1, "site", "401"),
        ({"CONFLUENCE_URL": "https://acme"}, 2, "CONFLUENCE_URL", "has no domain"),
        ({"CONFLUENCE_EMAIL": ""}, 2, "CONFLUENCE_EMAIL", "CONFLUENCE_EMAIL is not"),
        ({"DAGSTER_HOME": "here"}, 2, "dagster", "not the absolute path"),
    ],
)
def test_what_is_wrong_has_a_next_step(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variables: dict[str, str],
    code: int,
    name: str,
    text: str,
) -> None:
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    found_code, findings = examine(capsys)
    assert (found_code, findings[name]["level"]) == (code, "fail")
    assert text in findings[name]["text"]
    assert findings[name]["next_step"]
    assert "wr0ng" not in json.dumps(findings)


def test_lines_for_people(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    printed = capsys.readouterr().out
    assert "ok    account" in printed
    assert printed.rstrip().splitlines()[-1].startswith("A sync will work")


def test_after_a_sync_it_says_what_of_access_is_not_decided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with EmbeddedSite(SiteConfig.shape("small")) as site:
        monkeypatch.setenv("CONFLUENCE_URL", site.url)
        for name, value in {
            "CONFLUENCE_EMAIL": "admin@example.com",
            "CONFLUENCE_API_TOKEN": "admin",
            "CONFLUENCE_HOME": str(tmp_path / "data"),
            "DAGSTER_HOME": "",
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("CONFLUENCE_PAT", raising=False)
        monkeypatch.chdir(tmp_path)
        assert main(["sync"]) == 0
        capsys.readouterr()
        _, good = examine(capsys)
        site.control.fault("error", route="*/spaces/{id}/permissions", status=403)
        assert main(["sync"]) == 0
        capsys.readouterr()
        _, closed = examine(capsys)
    assert good["access"]["level"] == "ok"
    assert good["access"]["text"].startswith("decided for all ")
    assert good["matching"]["text"] == "1 hide their e-mail address; 1 of them can read something"
    assert "Match it by account_id" in good["matching"]["next_step"]
    assert closed["access"]["level"] == "warn"
    assert closed["access"]["text"].startswith("space_permissions_unread: ")
    assert closed["access"]["text"].endswith("contents in SP001, SP002, closed to everybody")
    assert "read:space.permission:confluence" in closed["access"]["next_step"]
