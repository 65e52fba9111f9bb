"""Ids and fields of every table equal the site's own dump, whatever the shape of the site."""

from pathlib import Path

import pytest

from tests.support.truth import differences
from tests.sync.harness import Bench, bench
from tests.sync.sites import CLOUD, DEAR, OLDEST, SITES, site_config


@pytest.mark.parametrize(
    ("shape", "site"),
    [
        *((shape, site) for shape in ("empty", "small", "odd") for site in SITES),
        ("wide", CLOUD),
        ("wide", OLDEST),
        ("tall", CLOUD),
    ],
)
def test_a_full_sync_holds_what_the_site_holds(shape: str, site: str, tmp_path: Path) -> None:
    with bench(site_config(site, shape), tmp_path, publish=False) as run:
        report = run.sync("full")
        assert report.failures == []
        assert run.differences() == []


@pytest.mark.parametrize(
    ("mode", "site"),
    [
        *((mode, site) for mode in ("full", "incremental", "content") for site in DEAR),
        ("full", "9.2"),
        ("content", "8.5"),
    ],
)
def test_a_second_run_changes_nothing(mode: str, site: str, tmp_path: Path) -> None:
    with bench(site_config(site, "odd"), tmp_path) as run:
        assert run.sync("full").published
        report = run.sync(mode)
        assert report.failures == []
        assert [outcome for outcome in report.outcomes if outcome.is_changed] == []
        assert not report.published
        assert run.differences() == []


@pytest.mark.parametrize("site", DEAR)
@pytest.mark.parametrize("mode", ["incremental", "content"])
def test_any_first_run_is_a_whole_one(mode: str, site: str, tmp_path: Path) -> None:
    with bench(site_config(site, "odd"), tmp_path, publish=False) as run:
        assert run.sync(mode).failures == []
        truth = run.truth()
        if mode == "content":
            # Groups and their members belong to the sweep.
            truth = {table: rows for table, rows in truth.items() if table not in ("groups", "group_members", "users")}
        assert differences(run.lake, truth) == []


@pytest.mark.parametrize("site", SITES)
def test_one_space_alone_is_whole(site: str, tmp_path: Path) -> None:
    """Listings that can't be narrowed to a space are asked for by search: the same rows must come."""
    with bench(site_config(site, "odd"), tmp_path, publish=False) as run:
        keys = [row["key"] for row in run.control.dump("space") if row["status"] == "current"][:1]
        report = run.sync("full", space_keys=tuple(keys))
        assert report.failures == []
        wrong = [
            line
            for table, rows in run.truth().items()
            for line in _wrong(run, table, {key: row for key, row in rows.items() if row.get("space_key") in keys})
            if table not in ("spaces", "users", "groups", "group_members")
        ]
        assert wrong == []


def _wrong(run: Bench, table: str, rows: dict) -> list[str]:
    return differences(run.lake, {table: rows})
