"""The checks of the published database, on a database that is right and on one that is not."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from confluence_assets.component import ConfluenceComponent
from confluence_assets.definitions import build_run_job, build_wired_defs
from confluence_assets.emulator import EmbeddedSite, SiteConfig

EVIL = {
    "keys_are_unique": "create or replace table tasks as (select * from tasks union all select * from tasks)",
    "parents_exist": "update pages set parent_id = '404' where page_id = (select min(page_id) from pages)",
    "nothing_is_missing": "update sync_ledger set error = 'cut off' where table_name = 'pages'",
}


@pytest.fixture
def component(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ConfluenceComponent]:
    with EmbeddedSite(SiteConfig.shape("small")) as site:
        monkeypatch.setenv("CONFLUENCE_API_TOKEN", "admin")
        monkeypatch.delenv("CONFLUENCE_PAT", raising=False)
        yield ConfluenceComponent(site="acme", url=site.url, email="admin@example.com", home=str(tmp_path))


def check(component: ConfluenceComponent, instance: dg.DagsterInstance) -> dict[str, bool]:
    job = build_wired_defs(component.build_wiring()).resolve_job_def("acme_checks")
    result = job.execute_in_process(instance=instance)
    return {evaluation.check_name: evaluation.passed for evaluation in result.get_asset_check_evaluations()}


def test_right_and_wrong(component: ConfluenceComponent, instance: dg.DagsterInstance) -> None:
    assert build_run_job(component.build_wiring()).execute_in_process(instance=instance).success
    assert check(component, instance) == dict.fromkeys(EVIL, True)
    path = component.get_site().folder / "confluence.duckdb"
    good = path.read_bytes()
    for name, change in EVIL.items():
        path.unlink()
        path.write_bytes(good)
        spoil(path, change)
        assert check(component, instance) == {**dict.fromkeys(EVIL, True), name: False}


def spoil(path: Path, change: str) -> None:
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach '{path}' as wiki")
        connection.execute("use wiki")
        connection.execute(change)


def test_the_checks_stay_out_of_the_sync(component: ConfluenceComponent) -> None:
    job = build_wired_defs(component.build_wiring()).resolve_job_def("acme_sync")
    assert [node.name for node in job.nodes] == ["acme_tables"]
