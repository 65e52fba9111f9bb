"""`doctor`: what it finds on a good site, and what it says where something is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest

from confluence_assets.api.scopes import all_scopes
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


def by_gateway(site: EmbeddedSite, monkeypatch: pytest.MonkeyPatch, scopes: list[str], connection: str = "") -> None:
    """An environment with a token of these scopes."""
    made = site.control.edit("create_scoped_token", account="admin@example.com", scopes=scopes)
    monkeypatch.setenv("CONFLUENCE_API_TOKEN", made["token"])
    monkeypatch.setenv("CONFLUENCE_API_URL", site.api_url)
    monkeypatch.setenv("CONFLUENCE_CONNECTION", connection)


def test_it_tells_the_way_to_connect_and_why(
    home: Path, site: EmbeddedSite, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, findings = examine(capsys)
    assert findings["connection"]["text"] == "api_token: CONFLUENCE_API_TOKEN is set"
    assert findings["permissions"]["text"] == "can be read in SP001, SP002"
    assert findings["spaces"]["text"].endswith(": SP001, SP002")
    assert findings["in SP001"]["text"] == "20 pages on the first page of the list"
    assert findings["rate limits"]["text"] == "the site told none"
    by_gateway(site, monkeypatch, list(all_scopes()), "scoped_token")
    code, findings = examine(capsys)
    assert (code, findings["connection"]["text"]) == (0, "scoped_token: CONFLUENCE_CONNECTION says so")
    assert findings["scopes"]["text"] == f"all {len(all_scopes())} that the tables need"


def test_a_missing_scope_is_named_with_the_tables_that_need_it(
    home: Path, site: EmbeddedSite, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    some = [scope for scope in all_scopes() if scope not in ("read:audit-log:confluence", "read:task:confluence")]
    by_gateway(site, monkeypatch, some, "scoped_token")
    assert main(["doctor", "--json"]) == 1
    found = [one for one in json.loads(capsys.readouterr().out)["findings"] if one["name"] == "scopes"]
    assert [(one["level"], one["text"]) for one in found] == [
        ("warn", "read:audit-log:confluence is missing; needed for audit_records"),
        ("fail", "read:task:confluence is missing; needed for tasks"),
    ]


def test_a_token_of_the_other_kind_is_recognised(
    home: Path, site: EmbeddedSite, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    by_gateway(site, monkeypatch, list(all_scopes()))
    code, findings = examine(capsys)
    assert code == 2
    assert findings["CONFLUENCE_CONNECTION"]["next_step"] == (
        "This is a token with scopes: it works only through the gateway. Set CONFLUENCE_CONNECTION=scoped_token."
    )
    monkeypatch.setenv("CONFLUENCE_API_TOKEN", "admin")
    monkeypatch.setenv("CONFLUENCE_CONNECTION", "scoped_token")
    _, findings = examine(capsys)
    assert findings["CONFLUENCE_CONNECTION"]["next_step"] == (
        "This is a token without scopes. Set CONFLUENCE_CONNECTION=api_token."
    )


def test_points_that_are_nearly_used_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with EmbeddedSite(SiteConfig.shape("small")) as running:
        made = running.control.edit("create_service_account", name="Reader", scopes=list(all_scopes()))
        for name, value in {
            "CONFLUENCE_URL": running.url,
            "CONFLUENCE_OAUTH_CLIENT_ID": made["client_id"],
            "CONFLUENCE_OAUTH_CLIENT_SECRET": made["client_secret"],
            "CONFLUENCE_CONNECTION": "client_credentials",
            "CONFLUENCE_ACCOUNTS_URL": running.auth_url,
            "CONFLUENCE_API_URL": running.api_url,
            "CONFLUENCE_HOME": str(tmp_path),
            "DAGSTER_HOME": "",
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        running.control.fault("quota", points=1000)
        code, findings = examine(capsys)
        assert (code, findings["rate limits"]["level"]) == (0, "ok")
        assert "of 1,000 points of this hour left until" in findings["rate limits"]["text"]
        cost = running.control.faults()[0]["spent"]
        running.control.clear_faults()
        running.control.fault("quota", points=int(cost * 1.1))
        code, findings = examine(capsys)
        assert (code, findings["rate limits"]["level"]) == (0, "warn")
        running.control.clear_faults()
        running.control.fault("quota", points=10)
        code, findings = examine(capsys)
        assert (code, findings["site"]["level"]) == (1, "fail"), "it says so, and does not wait for the next hour"
        assert "points of the OAuth app are used up" in findings["site"]["text"]
