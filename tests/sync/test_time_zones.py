"""The site's own time and no other: zones of the account, of the instance and of this machine, clock changes, a wrong clock.

Three edits an hour around a moment are synced in two content runs and one incremental run. The lake, its positions and what
was asked must be the same as in UTC.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pytest

from confluence_assets.api.limits import Clock
from confluence_assets.api.transport import TransportOptions
from confluence_assets.emulator.config import SeedPlan, Switches
from confluence_assets.sync import runner
from tests.support.truth import held
from tests.sync.harness import Bench, bench
from tests.sync.sites import CLOUD, NEWEST, OLDEST, site_config

PLAN = SeedPlan(spaces=2, pages_per_space=6, comments=4, attachments=3, tasks=4, users=4, groups=3)
MOMENTS = {
    "a Monday": "2026-11-16T08:00:00.000Z",
    "New York goes forward": "2026-03-08T06:30:00.000Z",
    "New York goes back": "2026-11-01T05:30:00.000Z",
    "Lord Howe goes back": "2026-04-04T14:30:00.000Z",
}
ZONES = ("Etc/GMT+12", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Kiritimati")
"""From -12 to +14; Lord Howe moves its clocks by half an hour."""
TABLES = ("pages", "blogposts", "comments", "attachments", "tasks", "content_restrictions", "content_labels", "users")


class WrongClock(datetime):
    """A local clock that is two hours wrong."""

    wrong_by = timedelta(0)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + cls.wrong_by


@contextmanager
def machine_in(zone: str) -> Iterator[None]:
    """This process in another zone."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = zone
    time.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()


def work(run: Bench, hour: int) -> None:
    """An hour in which a page, a comment, a file and a task change."""
    pages = sorted(row["id"] for row in run.control.dump("page"))
    run.control.edit("edit_content", id=pages[hour], body=f"<p>hour {hour}</p>")
    run.control.edit("advance_clock", seconds=1200)
    run.control.edit("comment", container=pages[hour], body=f"<p>hour {hour}</p>")
    run.control.edit("comment", container=pages[hour], body="<p>here</p>", kind="inline", selection="words")
    run.control.edit("upload", container=pages[hour], filename=f"{hour}.txt", text=str(hour))
    run.control.edit("create_page", space="SP001", title=f"Hour {hour}", body="<p>new</p>")
    run.control.edit("restrict", id=pages[hour + 1], users=[run.control.account_id("admin@example.com")])
    run.control.edit("advance_clock", seconds=1200)
    task = sorted(row["id"] for row in run.control.dump("task"))[hour]
    run.control.edit("tick_task", id=task)
    run.control.edit("advance_clock", seconds=1200)


def result(
    home: Path,
    now: str,
    switches: Switches,
    *,
    wrong_by: timedelta = timedelta(0),
    account_zone: str = "",
    site: str = CLOUD,
) -> dict[str, Any]:
    """What a history around that moment leaves in the lake, and what it asked."""
    clock = Clock(now=lambda: datetime.now(UTC) + wrong_by)
    options = TransportOptions(clock=clock)
    zones = {"instance_time_zone": switches.instance_time_zone, "cql_time_zone": switches.cql_time_zone}
    config = site_config(site, PLAN, now=now, switches=zones, site_url="https://wiki.example.com")
    with bench(config, home, publish=False) as run:
        if account_zone:
            us = run.control.account_id("admin@example.com")
            next(user for user in run.control.users() if user.account_id == us).time_zone = account_zone
        run.control.edit("advance_clock", seconds=-3600)
        for kind in ("footer", "inline"):
            # Lists that show a reply are known to show all; what shows none has to be asked for, which takes turns.
            page = run.control.dump("page")[-1]["id"]
            comment = run.control.edit("comment", container=page, body="<p>so</p>", kind=kind, selection="words")["id"]
            run.control.edit("reply", comment=comment, body="<p>indeed</p>")
        reports = [run.sync("full", transport=options)]
        for hour, mode in enumerate(("content", "incremental", "content")):
            work(run, hour)
            reports.append(run.sync(mode, transport=options))
        # After a content run: a sweep puts them back by the time that it took.
        positions = run.lake.read_site_state()["seen_until"]
        reports.append(run.sync("incremental", transport=options))
        assert [report.failures for report in reports] == [[]] * 5
        assert run.differences() == []
        return {
            "positions": positions,
            "asked": [report.requests_by_endpoint for report in reports],
            **{table: plain(held(run.lake, table)) for table in TABLES},
        }


def plain(rows: dict[Any, dict[str, Any]]) -> dict[Any, dict[str, Any]]:
    hidden = ("synced_at", "time_zone")
    return {key: {name: value for name, value in row.items() if name not in hidden} for key, row in rows.items()}


@pytest.fixture(scope="module", params=MOMENTS)
def moment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    """A moment, and the result in UTC with a right clock."""
    now = MOMENTS[request.param]
    return now, result(tmp_path_factory.mktemp("utc"), now, Switches())


@pytest.mark.parametrize("zone", ZONES)
def test_the_zone_of_the_instance(moment: tuple[str, dict[str, Any]], zone: str, tmp_path: Path) -> None:
    now, in_utc = moment
    assert result(tmp_path, now, Switches(instance_time_zone=zone, cql_time_zone="instance")) == in_utc


@pytest.mark.parametrize("zone", ZONES)
def test_the_zone_of_the_account(moment: tuple[str, dict[str, Any]], zone: str, tmp_path: Path) -> None:
    now, in_utc = moment
    assert result(tmp_path, now, Switches(cql_time_zone="user"), account_zone=zone) == in_utc


@pytest.mark.parametrize("zone", ZONES)
def test_the_zone_of_this_machine(moment: tuple[str, dict[str, Any]], zone: str, tmp_path: Path) -> None:
    now, in_utc = moment
    with machine_in(zone):
        assert result(tmp_path, now, Switches()) == in_utc


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_local_clock_that_is_two_hours_wrong(
    moment: tuple[str, dict[str, Any]], hours: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, in_utc = moment
    monkeypatch.setattr(WrongClock, "wrong_by", timedelta(hours=hours))
    monkeypatch.setattr(runner, "datetime", WrongClock)
    assert result(tmp_path, now, Switches(), wrong_by=timedelta(hours=hours)) == in_utc


@pytest.fixture(scope="module", params=[OLDEST, NEWEST])
def datacenter(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    """A Data Center, and the result around a change of clocks in UTC; what zones have to be proved costs requests."""
    found = result(tmp_path_factory.mktemp("utc"), MOMENTS["New York goes back"], Switches(), site=request.param)
    return request.param, without_requests(found)


def without_requests(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name != "asked"}


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati"])
def test_the_zone_of_a_data_center(datacenter: tuple[str, dict[str, Any]], zone: str, tmp_path: Path) -> None:
    """It shows times in its own zone, and reads those of a search in that, or in the account's."""
    site, in_utc = datacenter
    now = MOMENTS["New York goes back"]
    instance = Switches(instance_time_zone=zone, cql_time_zone="instance")
    assert without_requests(result(tmp_path / "instance", now, instance, site=site)) == in_utc
    account = Switches(instance_time_zone="America/Los_Angeles", cql_time_zone="user")
    other = result(tmp_path / "account", now, account, account_zone=zone, site=site)
    assert without_requests(other) == in_utc


def test_a_local_clock_that_is_wrong_beside_a_data_center(
    datacenter: tuple[str, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, in_utc = datacenter
    ahead = timedelta(hours=2)
    monkeypatch.setattr(WrongClock, "wrong_by", ahead)
    monkeypatch.setattr(runner, "datetime", WrongClock)
    with machine_in("Australia/Lord_Howe"):
        found = result(tmp_path, MOMENTS["New York goes back"], Switches(), wrong_by=ahead, site=site)
    assert without_requests(found) == in_utc
