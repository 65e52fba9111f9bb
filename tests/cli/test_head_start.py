"""A sync that begins before its Dagster run: everything is heard, in order, and what stops the run stops it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from confluence_assets import ConfluenceComponent, ConfluenceResource
from confluence_assets.commands.head_start import HeadStart
from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.errors import TransientError
from confluence_assets.lake import Lake
from confluence_assets.sync.contract import SyncMode, SyncObserver, SyncReport, SyncRequest, TableOutcome

REQUEST = SyncRequest(mode=SyncMode.FULL, run_id="r1")
PAGES = TableOutcome("pages", "ENG", row_count=3)


class Heard:
    """An observer that remembers."""

    def __init__(self) -> None:
        self.words: list[object] = []

    def on_stage(self, stage: str) -> None:
        self.words.append(stage)

    def on_progress(self, counts: Mapping[str, int], requests: int) -> None:
        self.words.append((dict(counts), requests))

    def on_committed(self, outcome: TableOutcome) -> None:
        self.words.append(outcome)

    def on_settled(self) -> None:
        self.words.append(threading.current_thread().name)

    def on_note(self, text: str) -> None:
        self.words.append(f"note: {text}")


def speak(observer: SyncObserver) -> SyncReport:
    counts = {"pages": 1}
    observer.on_stage("pages")
    observer.on_progress(counts, 2)
    counts["pages"] = 9  # what was said stays said
    observer.on_note("early")
    observer.on_committed(PAGES)
    observer.on_settled()
    return SyncReport("r1", "wiki", SyncMode.FULL, datetime.now(UTC))


def test_all_is_heard_in_order_in_the_thread_of_the_run() -> None:
    heard = Heard()
    with HeadStart(REQUEST, speak) as sync:
        time.sleep(0.05)  # said before anybody listens
        report = sync.take_over(None, None, REQUEST, heard)
    assert report.run_id == "r1"
    assert heard.words == ["pages", ({"pages": 1}, 2), "note: early", PAGES, threading.current_thread().name]


def test_what_it_raises_is_raised_after_what_it_said() -> None:
    def fail(observer: SyncObserver) -> SyncReport:
        observer.on_stage("pages")
        raise TransientError("The site is down.")

    heard = Heard()
    with HeadStart(REQUEST, fail) as sync, pytest.raises(TransientError, match="The site is down"):
        sync.take_over(None, None, REQUEST, heard)
    assert heard.words == ["pages"]


def test_it_stops_at_its_next_word_where_the_run_does_not_begin() -> None:
    words = 0
    ended = threading.Event()

    def talk(observer: SyncObserver) -> SyncReport:
        nonlocal words
        try:
            while True:
                observer.on_progress({}, words)
                words += 1
                time.sleep(0.01)
        finally:
            ended.set()

    def begin_without_a_home() -> None:
        with HeadStart(REQUEST, talk):
            time.sleep(0.1)
            raise RuntimeError("no home")

    with pytest.raises(RuntimeError, match="no home"):
        begin_without_a_home()
    assert ended.is_set()
    said = words
    time.sleep(0.05)
    assert words == said > 0


def test_an_observer_that_fails_stops_it() -> None:
    class Broken(Heard):
        def on_committed(self, outcome: TableOutcome) -> None:
            raise OSError("the event log is full")

    with HeadStart(REQUEST, speak) as sync, pytest.raises(OSError, match="event log is full"):
        sync.take_over(None, None, REQUEST, Broken())


def test_a_run_that_asks_for_something_else_is_no_heir() -> None:
    with HeadStart(REQUEST, speak) as sync, pytest.raises(ValueError, match="was begun"):
        sync.take_over(None, None, SyncRequest(mode=SyncMode.CONTENT, run_id="r1"), Heard())


def test_the_site_is_asked_before_dagster_is_there(home: Path) -> None:
    """With a home for Dagster that can't be one, the sync fails as it always did, and leaves a lake that goes on."""
    home.mkdir(parents=True)
    broken = home / "dagster"
    broken.mkdir()
    (broken / "dagster.yaml").write_text("storage: [\n")
    with EmbeddedSite(SiteConfig.shape("small", latency_ms=50, site_url="https://acme.example")) as site:
        command = [sys.executable, "-m", "confluence_assets", "sync"]
        env = {**os.environ, "CONFLUENCE_URL": site.url, "DAGSTER_HOME": str(broken)}
        failed = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
        asked = site.control.stats()["total"]
        env["DAGSTER_HOME"] = ""
        ended = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
    assert failed.returncode == 1, failed.stderr
    assert "Traceback" not in failed.stderr
    assert asked > 0
    assert ended.returncode == 0, ended.stderr
    assert Lake(home / "confluence").total_rows("pages") == 40


def test_it_stops_while_it_waits_for_another_process(home: Path) -> None:
    lake = Lake(home / "confluence")
    command = [sys.executable, "-m", "confluence_assets", "sync"]
    with lake.lock(holder="somebody else"):
        process = subprocess.Popen(
            command,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        assert process.stderr is not None
        while "somebody else" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        started = time.monotonic()
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, "Stopped." in errors) == (130, True), errors
    assert time.monotonic() - started < 15


def test_an_ending_process_says_nothing_of_its_own(home: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "confluence_assets", "sync", "--json"], capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 0
    assert "leak" not in ended.stderr


def test_a_component_that_overrides_execute_is_asked_to_execute() -> None:
    from confluence_assets.commands import run

    class Own(ConfluenceComponent):
        def execute(self, *arguments: object, **options: object) -> SyncReport:  # type: ignore[override]
            raise AssertionError

    class Connected(ConfluenceComponent):
        def get_resource(self) -> ConfluenceResource:
            return super().get_resource()

    assert run.has_own_execute(Own())
    assert run.has_own_execute(Connected())
    assert not run.has_own_execute(ConfluenceComponent())
