"""`demo`: rows, places and an answer; the second time nothing is new."""

from pathlib import Path

import pytest

from confluence_assets.cli import main


def test_twice(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo"]) == 0
    first = capsys.readouterr().out
    assert first.startswith("demo: https://wiki.example.com/wiki as Site Admin")
    assert "Parquet   data/demo/lake" in first
    assert "Report    data/demo/report.html" in first
    assert (home / "demo" / "report.html").read_text("utf-8").startswith("<!doctype html>")
    assert "Who has the most overdue tasks?" in first
    created, unchanged = [line.split() for line in first.splitlines() if "State+of+this+wiki" in line]
    assert (created[0], created[2]) == ("created", "3")
    assert (unchanged[0], unchanged[2]) == ("unchanged", "0")
    assert main(["demo"]) == 0
    second = capsys.readouterr().out
    assert "Nothing changed since the last run." in second
    assert first.split("Who has")[1] == second.split("Who has")[1]


def test_data_center(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same wiki on an embedded Data Center: its own lake, the same question."""
    assert main(["demo", "--site", "datacenter"]) == 0
    first = capsys.readouterr().out
    assert first.startswith("demo_datacenter: https://wiki.example.com as Site Admin")
    assert "Parquet   data/demo_datacenter/lake" in first
    published = [line.split() for line in first.splitlines() if "State+of+this+wiki" in line]
    assert [(words[0], words[2]) for words in published] == [("created", "3"), ("unchanged", "0")]
    assert main(["demo", "--site", "datacenter"]) == 0
    assert "Nothing changed since the last run." in capsys.readouterr().out
