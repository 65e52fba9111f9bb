"""The database is published while whoever observes is told: neither outlives the lake's lock, and no error is lost."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from confluence_assets.api import Connection, connect
from confluence_assets.emulator import SiteConfig
from confluence_assets.errors import StorageError
from confluence_assets.sync import reporting
from confluence_assets.sync.context import RunContext
from confluence_assets.sync.contract import SilentObserver, SyncMode, SyncReport, SyncRequest
from confluence_assets.sync.runner import run_sync
from tests.sync.harness import Bench, bench


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Bench]:
    with bench(SiteConfig.shape("empty"), tmp_path) as made:
        yield made


def sync(run: Bench, observer: SilentObserver) -> SyncReport:
    connection = Connection(url=run.embedded.url, email="admin@example.com", api_token="admin", deployment="cloud")
    return run_sync(run.site, connect(connection), SyncRequest(mode=SyncMode.FULL), observer)


class Interrupted(SilentObserver):
    """Ctrl-C comes while it is told."""

    def on_settled(self) -> None:
        raise KeyboardInterrupt


class Watching(SilentObserver):
    """Remembers who held the lock when it was told."""

    def __init__(self, run: Bench) -> None:
        self._run = run
        self.holder: str | None = None

    def on_settled(self) -> None:
        self.holder = self._run.lake.lock_holder()


def test_the_lock_is_held_until_the_publication_has_ended(run: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    holders: list[str | None] = []
    publish = reporting._publish

    def publish_slowly(ctx: RunContext, report: SyncReport) -> None:
        time.sleep(0.3)
        holders.append(run.lake.lock_holder())
        publish(ctx, report)

    monkeypatch.setattr(reporting, "_publish", publish_slowly)
    with pytest.raises(KeyboardInterrupt):
        sync(run, Interrupted())
    assert [bool(holder) for holder in holders] == [True]
    assert run.lake.lock_holder() is None
    assert (run.site.folder / "confluence.duckdb").exists()


def test_what_is_told_is_told_under_the_lock(run: Bench) -> None:
    watching = Watching(run)
    assert sync(run, watching).published
    assert watching.holder


@pytest.mark.parametrize("observer", [SilentObserver(), Interrupted()])
def test_an_error_of_the_publication_is_not_lost(
    run: Bench, monkeypatch: pytest.MonkeyPatch, observer: SilentObserver
) -> None:
    def fail(ctx: RunContext, report: SyncReport) -> None:
        raise StorageError("The disk is full.")

    monkeypatch.setattr(reporting, "_publish", fail)
    with pytest.raises((StorageError, KeyboardInterrupt)) as raised:
        sync(run, observer)
    assert "The disk is full." in "".join([str(raised.value), *getattr(raised.value, "__notes__", [])])
