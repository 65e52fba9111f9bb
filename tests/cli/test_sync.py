"""`sync` from end to end: the real client, the embedded site over a socket, Parquet, DuckDB and Dagster's own records."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from confluence_assets.cli import main
from confluence_assets.commands.run import HOST_TAG, PROCESS_TAG, close_dead_runs
from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.warehouse import ConfluenceWarehouse


def sync(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    code = main(["sync", "--json", *words])
    printed = json.loads(capsys.readouterr().out)
    assert code == (0 if printed["ok"] else 1)
    assert isinstance(printed, dict)
    return printed


def test_first_second_and_one_space(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = sync(capsys)
    assert (first["ok"], first["changed"], len(first["spaces"])) == (True, True, 2)
    assert first["tables"]["pages"]["rows"] == first["tables"]["pages"]["added"] == 40
    with ConfluenceWarehouse(first["database"]) as warehouse:
        assert warehouse.query_rows("select count(*) from pages") == [(40,)]
    second = sync(capsys)
    assert (second["ok"], second["changed"]) == (True, False)
    alone = sync(capsys, "--space", first["spaces"][0], "--mode", "full")
    assert (alone["ok"], alone["changed"], alone["mode"]) == (True, False, "full")
    runs_stand_in_dagster(first["spaces"], [first["run_id"], second["run_id"], alone["run_id"]])


def runs_stand_in_dagster(spaces: list[str], run_ids: list[str]) -> None:
    with dg.DagsterInstance.get() as instance:
        assert sorted(instance.get_dynamic_partitions("confluence_spaces")) == sorted(spaces)
        assert instance.get_materialized_partitions(dg.AssetKey(["confluence", "pages"])) == set(spaces)
        runs = {run.run_id: run for run in instance.get_runs()}
        assert {run.job_name for run in runs.values()} == {"confluence_sync"}
        assert set(runs) == set(run_ids)
        assert {run.status for run in runs.values()} == {dg.DagsterRunStatus.SUCCESS}


def test_words_for_people(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sync"]) == 0
    first = capsys.readouterr()
    assert re.search(r"^  pages +40  \+40$", first.out, re.MULTILINE)
    assert "DuckDB    data/confluence/confluence.duckdb\n" in first.out
    assert "publishing" in first.err, "progress stands in plain lines where there is no terminal"
    assert main(["sync"]) == 0
    assert "Nothing changed since the last run." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("variables", "words", "code", "message"),
    [
        ({}, ["--space", "NOPE"], 2, "No space with the key NOPE is visible"),
        ({"CONFLUENCE_API_TOKEN": ""}, [], 2, "neither CONFLUENCE_API_TOKEN nor CONFLUENCE_PAT is set"),
        ({"CONFLUENCE_EMAIL": ""}, [], 2, "CONFLUENCE_API_TOKEN is set, but CONFLUENCE_EMAIL is not"),
        ({"CONFLUENCE_PAT": "x"}, [], 2, "CONFLUENCE_API_TOKEN and CONFLUENCE_PAT are both set"),
        ({"CONFLUENCE_API_TOKEN": "wr0ng-t0ken"}, [], 1, "401"),
        ({"CONFLUENCE_URL": "http://127.0.0.1:9"}, [], 1, "Nothing answers at http://127.0.0.1:9"),
        ({"DAGSTER_HOME": "/nowhere/at/all"}, [], 2, "DAGSTER_HOME is '/nowhere/at/all'"),
    ],
)
def test_what_is_wrong_takes_one_line(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variables: dict[str, str],
    words: list[str],
    code: int,
    message: str,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert main(["sync", *words]) == code
    printed = capsys.readouterr()
    errors = [line for line in printed.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert message in errors[0]
    assert "Traceback" not in printed.err + printed.out
    assert "wr0ng" not in printed.err + printed.out


@pytest.mark.parametrize("words", [["sync", "--mode", "quick"], ["frobnicate"], [], ["sync", "--spaces", "A"]])
def test_wrong_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert "usage:" in capsys.readouterr().err


def test_a_report_that_cannot_be_written_is_no_success(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "confluence" / "report.html").mkdir(parents=True)
    assert main(["sync"]) == 1
    printed = capsys.readouterr().out
    assert re.search(r"^failed: .*/data/confluence/report.html could not be written: ", printed, re.MULTILINE)
    assert "DuckDB    data/confluence/confluence.duckdb\n" in printed


def test_filters_in_the_projects_yaml_hold(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    everything = sync(capsys)["spaces"]
    folder = home.parent / "wiki" / "defs" / "acme"
    folder.mkdir(parents=True)
    (folder / "defs.yaml").write_text(
        f"type: confluence_assets.ConfluenceComponent\nattributes:\n  site: acme\n  include_spaces: ['{everything[0]}']\n"
    )
    filtered = sync(capsys)
    assert (filtered["site"], filtered["spaces"]) == ("acme", everything[:1])


def test_a_wrong_attribute_is_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = home.parent / "wiki" / "defs" / "acme"
    folder.mkdir(parents=True)
    (folder / "defs.yaml").write_text("type: confluence_assets.ConfluenceComponent\nattributes:\n  sight: acme\n")
    assert main(["sync"]) == 2
    error = capsys.readouterr().err
    assert "defs.yaml: there is no attribute sight. Did you mean site?" in error


def test_interrupted_it_stops_and_the_next_run_ends_right(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with EmbeddedSite(SiteConfig.shape("small", latency_ms=400, site_url="https://acme.example")) as slow:
        process = subprocess.Popen(
            [sys.executable, "-m", "confluence_assets", "sync"],
            env={**os.environ, "CONFLUENCE_URL": slow.url},
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        assert process.stderr is not None
        process.stderr.readline()
        process.send_signal(signal.SIGINT)
        started = time.monotonic()
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Stopped." in errors
    assert "Traceback" not in errors
    assert time.monotonic() - started < 20
    assert sync(capsys)["ok"]


def test_runs_of_dead_processes_are_closed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sync(capsys)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with dg.DagsterInstance.get() as instance:
        (run,) = instance.get_runs()
        tags = {HOST_TAG: run.tags[HOST_TAG], PROCESS_TAG: str(gone.pid)}
        dead = instance.create_run_for_job(dead_job, tags=tags, status=dg.DagsterRunStatus.STARTED)
        alive = instance.create_run_for_job(
            dead_job, tags={**tags, PROCESS_TAG: str(os.getpid())}, status=dg.DagsterRunStatus.STARTED
        )
        assert close_dead_runs(instance) == [dead.run_id]
        closed, kept = instance.get_run_by_id(dead.run_id), instance.get_run_by_id(alive.run_id)
        assert closed is not None
        assert kept is not None
        assert (closed.status, kept.status) == (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.STARTED)


@dg.job
def dead_job() -> None:
    """A job without steps."""
