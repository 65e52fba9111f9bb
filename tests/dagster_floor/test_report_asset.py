"""The report as an asset: below the database, made once for each publication, told with where it lies and what it says."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from confluence_assets import build_confluence_defs
from confluence_assets.definitions import build_run_job
from confluence_assets.errors import TransientError
from confluence_assets.lake import Lake
from confluence_assets.warehouse import publish
from tests.dagster_floor.wiki import ScriptedComponent, play
from tests.warehouse.conftest import T0

ACME = {"site": "acme", "url": "https://acme.atlassian.net", "token_env": "ACME_TOKEN"}
KEY = dg.AssetKey(["acme", "report"])


@pytest.fixture
def folder(component: ScriptedComponent) -> Path:
    return component.get_site().folder


def commit_page(folder: Path, title: str) -> None:
    lake = Lake(folder)
    with lake.stage("pages", run_id="run") as stage:
        stage.add([{"page_id": "1", "space_key": "A", "title": title, "status": "current"}])
        stage.commit("A", synced_at=T0)
    publish(lake.root, lake.manifest())


def run(
    component: ScriptedComponent, instance: dg.DagsterInstance, *chosen: str, **choices: Any
) -> tuple[dg.ExecuteInProcessResult, list[dg.AssetMaterialization]]:
    """A run of the site's job, and what it told of the report."""
    keys = [dg.AssetKey(["acme", name]) for name in chosen]
    job = build_run_job(component.build_wiring())
    result = job.execute_in_process(instance=instance, raise_on_error=False, asset_selection=keys or None, **choices)
    logged = instance.all_logs(result.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
    events = [entry.dagster_event for entry in logged]
    return result, [
        event.step_materialization_data.materialization for event in events if event and event.asset_key == KEY
    ]


def test_the_runs_of_the_sync_job_make_one_for_each_publication(
    component: ScriptedComponent, instance: dg.DagsterInstance, folder: Path
) -> None:
    play()
    result, told = run(component, instance)
    assert (result.success, told) == (True, [])  # nothing was published yet
    commit_page(folder, "One")
    result, [one] = run(component, instance)
    path = folder / "report.html"
    assert one.metadata["path"].value == str(path)
    assert "- **Age of pages**: There is no current page." in str(one.metadata["preview"].value)
    assert path.exists()
    assert run(component, instance)[1] == []
    commit_page(folder, "Two")
    assert len(run(component, instance, run_config=ONLY_THE_DATABASE)[1]) == 1
    path.unlink()
    assert len(run(component, instance)[1]) == 1


ONLY_THE_DATABASE = {"ops": {"acme_tables": {"config": {"tables": ["warehouse"]}}}}
"""What the publication sensor asks for."""


def test_asked_for_alone_it_syncs_nothing(
    component: ScriptedComponent, instance: dg.DagsterInstance, folder: Path
) -> None:
    script = play()
    commit_page(folder, "One")
    for _ in range(2):  # whoever asks for it by name is told where it lies and what it says
        [told] = run(component, instance, "report")[1]
        assert "- **Age of pages**" in str(told.metadata["preview"].value)
    assert script.requests == []


def test_without_it_a_run_asks_for_what_it_asked_for_with_it(
    component: ScriptedComponent, instance: dg.DagsterInstance, folder: Path
) -> None:
    script = play()
    commit_page(folder, "One")
    job = build_run_job(component.build_wiring())
    others = [key.path[-1] for key in job.asset_layer.executable_asset_keys if key != KEY]
    assert run(component, instance, *others)[1] == []
    assert not (folder / "report.html").exists()
    run(component, instance, "warehouse")
    assert [request.tables for request in script.requests] == [None, frozenset()]


def test_a_run_that_failed_in_part_reports_what_it_published(
    component: ScriptedComponent, instance: dg.DagsterInstance, folder: Path
) -> None:
    play(failures=["pages HR: 500"])
    commit_page(folder, "One")
    result, told = run(component, instance)
    assert (result.success, len(told)) == (False, 1)
    commit_page(folder, "Two")
    play(error=TransientError("The site answered 503.", status=503))
    assert run(component, instance)[1] == []


def test_a_report_that_cannot_be_written_fails_the_run(
    component: ScriptedComponent, instance: dg.DagsterInstance, folder: Path
) -> None:
    script = play()
    commit_page(folder, "One")
    (folder / "report.html").mkdir()
    for chosen in ((), ("report",)):
        result, told = run(component, instance, *chosen)
        assert (result.success, told) == (False, [])
        (failure,) = [event for event in result.all_events if event.event_type_value == "STEP_FAILURE"]
        assert f"{folder / 'report.html'} could not be written" in str(failure.event_specific_data)
    assert len(script.requests) == 1


def test_it_stands_below_the_database_and_goes_with_it() -> None:
    defs = build_confluence_defs(**ACME)
    (spec,) = [spec for spec in defs.resolve_all_asset_specs() if spec.key == KEY]
    assert [dep.asset_key for dep in spec.deps] == [dg.AssetKey(["acme", "warehouse"])]
    assert KEY in defs.resolve_job_def("acme_sync").asset_layer.executable_asset_keys
    keys = {spec.key for spec in build_confluence_defs(**ACME, publish=False).resolve_all_asset_specs()}
    assert KEY not in keys
