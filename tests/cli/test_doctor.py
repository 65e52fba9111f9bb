"""`doctor`: what it finds on a good site, and what it says where something is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest

from confluence_assets.cli import main


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
