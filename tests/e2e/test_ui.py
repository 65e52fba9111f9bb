"""A person opens the UI, looks at the assets, launches one space and all of them, and looks at what came of it."""

from pathlib import Path
from urllib.parse import quote

import pytest

from tests.e2e.dagster_ui import DagsterApi, DagsterUi, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

ENDED = ("SUCCESS", "FAILURE", "CANCELED")
RUN_SECONDS = 180
BACKFILL_SECONDS = 400


@pytest.fixture(scope="session")
def spaces(api: DagsterApi) -> list[str]:
    """The space keys, once the discovery sensor has found them and its first run has ended well."""
    wait_for("the first run", lambda: any(run["status"] in ENDED for run in api.runs()), RUN_SECONDS)
    (run,) = api.runs()
    assert (run["jobName"], run["tags"]["confluence/cause"]) == ("demo_sync", "discovery")
    assert run["status"] == "SUCCESS"
    keys = api.partitions("demo", "pages")
    assert len(keys) >= 6
    return keys


def test_the_first_run_brought_every_space(api: DagsterApi, spaces: list[str]) -> None:
    told = {materialization["partition"] for materialization in api.materializations("demo", "space_permissions")}
    assert told == set(spaces)


def test_the_asset_graph(ui: DagsterUi, spaces: list[str]) -> None:
    ui.open("/asset-groups")
    ui.find("button", "demo_content")
    ui.shoot("asset-graph")
    ui.open("/locations/confluence/asset-groups/demo_access/lineage")
    ui.see("acl_readers")
    ui.shoot("asset-graph-access")
    ui.open("/locations/confluence/asset-groups/demo_documents/lineage")
    ui.see("content_chunks")
    ui.shoot("asset-graph-documents")


def test_one_space_is_launched_and_ends_well(ui: DagsterUi, api: DagsterApi, spaces: list[str]) -> None:
    before = {run["runId"] for run in api.runs()}
    ui.open("/assets/demo/pages")
    ui.see("One row per page.")
    ui.click("button", "Materialize…")
    ui.see("Partition selection")
    ui.click_text("Select a partition or create one")
    ui.click('[role="menuitem"]', "ENG")
    ui.see("1 partition")
    ui.shoot("launch-one-space")
    ui.close_menu(outside="1 partition")  # at the right edge: the menu may open over the rest of the dialog
    ui.click("button", "Launch")
    (run,) = wait_for("the run", lambda: [run for run in api.runs() if run["runId"] not in before])
    wait_for("its end", lambda: api.runs()[0]["status"] in ENDED, RUN_SECONDS)
    ui.open(f"/runs/{run['runId']}")
    ui.see("Success")
    ui.shoot("run-of-one-space")
    (told,) = [m for m in api.materializations("demo", "pages") if m["runId"] == run["runId"]]
    assert told["partition"] == "ENG"


def test_an_asset_shows_its_columns_counts_and_place(ui: DagsterUi, api: DagsterApi, spaces: list[str]) -> None:
    told = api.materializations("demo", "pages")[0]
    ui.open(f"/assets/demo/pages?view=partitions&partition={quote(told['partition'])}")
    ui.see("in Confluence")
    ui.shoot("asset-partition")
    ui.open("/assets/demo/sync_ledger?view=events")
    ui.see("requests by endpoint")
    ui.shoot("run-summary")
    ui.open("/assets/demo/pages")
    ui.see("acl_profile_id")
    ui.shoot("asset")


def test_all_spaces_are_launched_and_end_well(ui: DagsterUi, api: DagsterApi, spaces: list[str]) -> None:
    ui.open("/asset-groups")
    ui.click("button", "Materialize all…")
    ui.see("Partition selection")
    ui.click("button", "All")
    ui.see(f"{len(spaces)} partitions")
    ui.shoot("launch-all")
    ui.click("button", "Launch backfill")
    backfill_id = wait_for(
        "the backfill",
        lambda: next(
            (run["tags"]["dagster/backfill"] for run in api.runs() if "dagster/backfill" in run["tags"]), None
        ),
        RUN_SECONDS,
    )
    wait_for("its end", lambda: api.backfill_status(backfill_id).startswith(("COMPLETED", "FAILED")), BACKFILL_SECONDS)
    assert api.backfill_status(backfill_id) == "COMPLETED_SUCCESS"
    ui.open(f"/runs/b/{backfill_id}?tab=runs")
    ui.see("Success")
    ui.shoot("all-spaces")
    told = {materialization["partition"] for materialization in api.materializations("demo", "documents")}
    assert told == set(spaces)


def test_the_report_is_made_by_the_runs_and_opens(
    ui: DagsterUi, api: DagsterApi, data: Path, spaces: list[str]
) -> None:
    first = next(run["runId"] for run in reversed(api.runs()))
    assert first in {told["runId"] for told in api.materializations("demo", "report")}
    ui.open("/assets/demo/report?view=events")
    ui.see("Age of pages")
    ui.shoot("report-asset")
    ui.open_file(data / "demo" / "report.html")
    ui.see("The state of demo")
    ui.see("Activity by week")
    ui.click("summary", "Open tasks as a table")
    ui.see("oldest due date")
    ui.shoot("report")


def test_the_checks_are_launched_and_read(ui: DagsterUi, api: DagsterApi, spaces: list[str]) -> None:
    before = {run["runId"] for run in api.runs()}
    ui.open("/assets/demo/warehouse?view=checks")
    ui.see("keys_are_unique")
    ui.see("matches_the_lake")
    ui.click("button", "Execute all")
    (run,) = wait_for("the run", lambda: [run for run in api.runs() if run["runId"] not in before])
    wait_for("its end", lambda: api.run_status(run["runId"]) in ENDED, RUN_SECONDS)
    assert api.run_status(run["runId"]) == "SUCCESS"
    ui.open("/assets/demo/warehouse?view=checks&checkDetail=keys_are_unique")
    ui.see("No key occurs twice in any table.")
    ui.see("Passed")
    ui.shoot("checks")


def test_a_document_shows_the_latest_page(ui: DagsterUi, api: DagsterApi, spaces: list[str]) -> None:
    ui.open("/assets/demo/documents?view=partitions&partition=ENG")
    ui.see("latest changed page")
    ui.scroll_to("latest changed page")
    ui.shoot("latest-page")
    (told, *_) = [m for m in api.materializations("demo", "documents") if m["partition"] == "ENG"]
    assert {"latest changed page", "dagster/column_lineage"} <= {entry["label"] for entry in told["metadataEntries"]}


def test_the_figures_of_the_runs_are_a_chart(ui: DagsterUi, spaces: list[str]) -> None:
    ui.open("/assets/demo/sync_ledger")
    ui.see("Freshness policy")
    ui.click("button", "Plots")
    ui.see("requests")
    ui.see("rows added")
    ui.scroll_to("requests")
    ui.shoot("figures-over-runs")
