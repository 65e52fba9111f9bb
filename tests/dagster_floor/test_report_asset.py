"""The report as an asset: below the database, made once for each publication, told with where it lies and what it says."""

from pathlib import Path

import dagster as dg

from confluence_assets import ConfluenceComponent, build_confluence_defs
from confluence_assets.assets.report import build_report_asset
from confluence_assets.lake import Lake
from confluence_assets.warehouse import publish
from tests.warehouse.conftest import T0

ACME = {"site": "acme", "url": "https://acme.atlassian.net", "token_env": "ACME_TOKEN"}
KEY = dg.AssetKey(["acme", "report"])


def commit_page(lake: Lake, title: str) -> None:
    with lake.stage("pages", run_id="run") as stage:
        stage.add([{"page_id": "1", "space_key": "A", "title": title, "status": "current"}])
        stage.commit("A", synced_at=T0)
    publish(lake.root, lake.manifest())


def test_one_for_each_publication(tmp_path: Path) -> None:
    wiring = ConfluenceComponent(**ACME, home=str(tmp_path)).build_wiring()
    asset = build_report_asset(wiring)
    job = dg.Definitions([asset], jobs=[dg.define_asset_job("report_job")]).resolve_job_def("report_job")

    def run(chosen: list[dg.AssetKey] | None = None) -> list[dg.AssetMaterialization]:
        result = job.execute_in_process(asset_selection=chosen)
        return [event.materialization for event in result.get_asset_materialization_events() if event.asset_key == KEY]

    assert run() == []  # nothing was published yet
    lake = Lake(wiring.site.folder)
    commit_page(lake, "One")
    [told] = run()
    path = wiring.site.folder / "report.html"
    assert told.metadata["path"].value == str(path)
    assert "- **Age of pages**: 0 of 0 current pages" in str(told.metadata["preview"].value)
    assert path.exists()
    assert run() == []
    commit_page(lake, "Two")
    assert len(run()) == 1
    assert len(run([KEY])) == 1  # whoever asks for it by name is told where it lies


def test_it_stands_below_the_database_and_goes_with_it() -> None:
    defs = build_confluence_defs(**ACME)
    (spec,) = [spec for spec in defs.resolve_all_asset_specs() if spec.key == KEY]
    assert [dep.asset_key for dep in spec.deps] == [dg.AssetKey(["acme", "warehouse"])]
    assert KEY in defs.resolve_job_def("acme_sync").asset_layer.executable_asset_keys
    keys = {spec.key for spec in build_confluence_defs(**ACME, publish=False).resolve_all_asset_specs()}
    assert KEY not in keys
