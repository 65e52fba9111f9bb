"""The hourly points of an OAuth app: known, spared, waited for; and how few of them a look at what changed costs.

The hour is the emulator's: sleeping moves its clock on, and no test waits.
"""

import logging
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from confluence_assets.api import Clock, Connection, RetryPolicy, Source, TransportOptions, connect
from confluence_assets.api.scopes import all_scopes
from confluence_assets.emulator import EmbeddedSite, SeedPlan, SiteConfig
from confluence_assets.errors import TransientError
from confluence_assets.sync.contract import SyncMode, SyncReport, SyncRequest
from confluence_assets.sync.options import Site, SyncOptions
from confluence_assets.sync.runner import run_sync

PLAN = SeedPlan(spaces=2, pages_per_space=400, comments=20, attachments=20, users=5, body_bytes=100, audit_records=0)
WHOLE_COST = 2500
"""What a full sync of this site costs at the most, in points; asserted below."""


@pytest.fixture
def site() -> Iterator[EmbeddedSite]:
    with EmbeddedSite(SiteConfig(plan=PLAN)) as running:
        yield running


class Hours:
    """A clock whose sleeping moves the site's time on."""

    def __init__(self, site: EmbeddedSite) -> None:
        self._site = site
        self.slept: list[float] = []

    def now(self) -> float:
        return self._site.site.grants.now()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._site.control.configure(advance_seconds=seconds)

    def clock(self) -> Clock:
        return Clock(self.now, lambda: datetime.fromtimestamp(self.now(), UTC), self.sleep)


@pytest.fixture
def made(site: EmbeddedSite) -> dict[str, Any]:
    return site.control.edit("create_service_account", name="Reader", scopes=list(all_scopes()))


def source_of(site: EmbeddedSite, made: dict[str, Any], hours: Hours, **policy: Any) -> Source:
    connection = Connection(
        site.url, method="client_credentials", oauth_client_id=made["client_id"],
        oauth_client_secret=made["client_secret"], accounts_url=site.auth_url, api_url=site.api_url,
    )  # fmt: skip
    return connect(connection, options=TransportOptions(retry=RetryPolicy(**policy), clock=hours.clock()))


def sync(source: Source, home: Path, mode: SyncMode = SyncMode.FULL) -> SyncReport:
    with closing(source):
        return run_sync(Site("wiki", home, SyncOptions(publish=False)), source, SyncRequest(mode=mode))


def refusals(site: EmbeddedSite) -> int:
    return int(site.control.stats()["by_status"].get("429", 0))


def spent(site: EmbeddedSite) -> int:
    return int(site.control.faults()[0]["spent"])


def test_a_sweep_that_would_use_up_the_points_is_stretched(
    site: EmbeddedSite, made: dict[str, Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    site.control.configure(access_token_seconds=10**6)
    site.control.fault("quota", points=10**6)
    whole = sync(source_of(site, made, Hours(site)), tmp_path / "whole")
    assert 1500 < spent(site) < WHOLE_COST
    site.control.clear_faults()
    site.control.fault("quota", points=800)
    site.control.reset_stats()
    hours = Hours(site)
    with caplog.at_level(logging.WARNING, "confluence_assets"):
        report = sync(source_of(site, made, hours, quota_reserve=0.4), tmp_path / "stretched")
    assert report.failures == []
    assert {table: count for table, count in report.row_counts.items() if table != "sync_ledger"} == {
        table: count for table, count in whole.row_counts.items() if table != "sync_ledger"
    }
    waits = [message for message in caplog.messages if "going on at" in message]
    assert len(waits) >= 2, "it took the points of several hours"
    assert report.throttled_seconds > 0


def test_with_a_reserve_larger_than_what_is_under_way_it_is_never_refused(
    site: EmbeddedSite, made: dict[str, Any], tmp_path: Path
) -> None:
    site.control.configure(access_token_seconds=10**6)
    site.control.fault("quota", points=2200)
    site.control.reset_stats()
    hours = Hours(site)
    report = sync(source_of(site, made, hours, quota_reserve=0.7), tmp_path)
    assert report.failures == []
    assert hours.slept
    assert refusals(site) == 0


def test_a_look_at_the_streams_costs_little_and_never_waits(
    site: EmbeddedSite, made: dict[str, Any], tmp_path: Path
) -> None:
    hours = Hours(site)
    assert sync(source_of(site, made, hours), tmp_path).failures == []
    site.control.fault("quota", points=65_000)
    report = sync(source_of(site, made, hours), tmp_path, SyncMode.CONTENT)
    assert (report.failures, report.is_changed) == ([], False)
    assert spent(site) < 400, "of 65,000 an hour: sixty looks are a third of them at the most"
    site.control.clear_faults()
    site.control.fault("quota", points=1)
    waits = len(hours.slept)
    hasty = source_of(
        site, made, hours, attempts=1, throttled_attempts=1, longest_pause_seconds=0.0, longest_quota_pause_seconds=0.0
    )
    with closing(hasty):
        hasty.get_account()
        with pytest.raises(TransientError, match="points of the OAuth app are used up for this hour"):
            hasty.get_account()
    assert len(hours.slept) == waits
