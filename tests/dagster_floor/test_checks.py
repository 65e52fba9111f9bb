"""The checks of the published database, on a database that is right and on one that is not."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from confluence_assets.component import ConfluenceComponent
from confluence_assets.definitions import build_run_job, build_wired_defs
from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.emulator.web.messages import Reply, Request
from confluence_assets.lake import Lake

FRESH = "spaces_are_fresh"
ACCESS = ("access_is_decided", "crawler_is_admitted", "people_are_matched")
EVIL = {
    "keys_are_unique": "create or replace table tasks as (select * from tasks where task_id <> (select max(task_id) from "
    "tasks) union all select * from tasks where task_id = (select min(task_id) from tasks))",
    "matches_the_lake": "delete from tasks where task_id = (select min(task_id) from tasks)",
    "bodies_are_converted": "update documents set conversion_error = 'x' where content_id = (select min(content_id) from "
    "documents)",
    "parents_exist": "update pages set parent_id = '404' where page_id = (select min(page_id) from pages)",
    "nothing_is_missing": "update sync_ledger set error = 'cut off' where table_name = 'pages'",
}


@pytest.fixture
def site() -> Iterator[EmbeddedSite]:
    with EmbeddedSite(SiteConfig.shape("small")) as running:
        running.control.edit("show_email", account="user4@example.com")
        yield running


@pytest.fixture
def component(site: EmbeddedSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ConfluenceComponent:
    monkeypatch.setenv("CONFLUENCE_API_TOKEN", "admin")
    monkeypatch.delenv("CONFLUENCE_PAT", raising=False)
    return ConfluenceComponent(site="acme", url=site.url, email="admin@example.com", home=str(tmp_path))


def check(component: ConfluenceComponent, instance: dg.DagsterInstance) -> dict[str, bool]:
    job = build_wired_defs(component.build_wiring()).resolve_job_def("acme_checks")
    result = job.execute_in_process(instance=instance, raise_on_error=False)  # what blocks also fails the run
    return {evaluation.check_name: evaluation.passed for evaluation in result.get_asset_check_evaluations()}


def test_right_and_wrong(component: ConfluenceComponent, instance: dg.DagsterInstance) -> None:
    assert build_run_job(component.build_wiring()).execute_in_process(instance=instance).success
    right = dict.fromkeys((*EVIL, FRESH, *ACCESS), True)
    assert check(component, instance) == right
    path = component.get_site().folder / "confluence.duckdb"
    good = path.read_bytes()
    for name, change in EVIL.items():
        path.unlink()
        path.write_bytes(good)
        spoil(path, change)
        assert check(component, instance) == {**right, name: False}


def spoil(path: Path, change: str) -> None:
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach '{path}' as wiki")
        connection.execute("use wiki")
        connection.execute(change)


def test_spaces_are_as_fresh_as_the_lake_knows_them(
    component: ConfluenceComponent, instance: dg.DagsterInstance
) -> None:
    """A run that finds nothing new notes in the lake that it looked, and publishes nothing: the database's time ages."""
    assert build_run_job(component.build_wiring()).execute_in_process(instance=instance).success
    folder = component.get_site().folder
    spoil(folder / "confluence.duckdb", "update spaces set last_synced_at = last_synced_at - interval 9 day")
    assert check(component, instance)[FRESH]
    two_days_ago = datetime.now(UTC) - timedelta(days=2)
    first, *others = read_at(Lake(folder), two_days_ago, None)
    job = build_wired_defs(component.build_wiring()).resolve_job_def("acme_checks")
    result = job.execute_in_process(instance=instance, raise_on_error=False)
    (found,) = [each for each in result.get_asset_check_evaluations() if each.check_name == FRESH]
    assert (found.passed, found.metadata["found"].value) == (False, 2)
    assert str(found.metadata["examples"].value).splitlines() == [
        f"- {others[0]}, never read to its end",
        f"- {first}, last read at {two_days_ago:%Y-%m-%d %H:%M} UTC",
    ]


def read_at(lake: Lake, *times: datetime | None) -> list[str]:
    """Note in the lake when the first spaces were read to their end; their keys."""
    rows = [row for rows in lake.iter_rows("spaces") for row in rows]
    rows = [{name: value for name, value in row.items() if name != "synced_at"} for row in rows]
    for row, time in zip(rows, times, strict=False):
        row["last_synced_at"] = time
    with lake.stage("spaces", run_id="earlier") as stage:
        stage.add(rows)
        stage.commit(None, synced_at=datetime.now(UTC))
    return [row["space_key"] for row in rows[: len(times)]]


def test_what_would_be_wrong_blocks_and_says_what_to_do(
    component: ConfluenceComponent, instance: dg.DagsterInstance
) -> None:
    assert build_run_job(component.build_wiring()).execute_in_process(instance=instance).success
    defs = build_wired_defs(component.build_wiring())
    specs = {spec.name: spec for checks in defs.asset_checks or () for spec in checks.check_specs}  # type: ignore[union-attr]
    assert {name for name, spec in specs.items() if spec.blocking} == {"keys_are_unique", "matches_the_lake"}
    spoil(component.get_site().folder / "confluence.duckdb", EVIL["matches_the_lake"])
    result = defs.resolve_job_def("acme_checks").execute_in_process(instance=instance, raise_on_error=False)
    (found,) = [each for each in result.get_asset_check_evaluations() if each.check_name == "matches_the_lake"]
    assert found.metadata["found"].value == 1
    assert "tasks" in str(found.metadata["examples"].value)
    assert "made from nothing" in str(found.metadata["next step"].value)


def test_the_checks_stay_out_of_the_sync(component: ConfluenceComponent) -> None:
    job = build_wired_defs(component.build_wiring()).resolve_job_def("acme_sync")
    steps = {node.name for node in job.nodes}
    assert "acme_tables" in steps
    assert "acme_warehouse_checks" not in steps


def evaluation(component: ConfluenceComponent, instance: dg.DagsterInstance, name: str) -> tuple[bool, str]:
    """Whether the check passed after a sync, and its examples."""
    assert build_run_job(component.build_wiring()).execute_in_process(instance=instance).success
    job = build_wired_defs(component.build_wiring()).resolve_job_def("acme_checks")
    found = job.execute_in_process(instance=instance).get_asset_check_evaluations()
    (one,) = [each for each in found if each.check_name == name]
    assert one.severity is dg.AssetCheckSeverity.WARN
    examples = one.metadata.get("examples")
    return one.passed, str(examples.value) if examples else ""


def test_what_is_not_decided_is_counted_with_what_to_grant(
    site: EmbeddedSite, component: ConfluenceComponent, instance: dg.DagsterInstance
) -> None:
    site.control.fault("error", route="*/spaces/{id}/permissions", status=403)
    passed, examples = evaluation(component, instance, "access_is_decided")
    assert not passed
    assert "space_permissions_unread: " in examples
    assert "contents in SP001, SP002, closed to everybody" in examples
    assert "read:space.permission:confluence" in examples


def test_grants_that_were_misread_show_by_the_account_itself(
    site: EmbeddedSite, component: ConfluenceComponent, instance: dg.DagsterInstance
) -> None:
    other = site.control.account_id("user5@example.com")

    def forget(request: Request, template: str, reply: Reply) -> Reply:
        """The site lets us in, and names others."""
        if not template.endswith(("/spaces/{id}/permissions", "/spaces/{id}/role-assignments")):
            return reply
        answer = json.loads(reply.body)
        for grant in answer["results"]:
            grant["principal"] = {"type": "user", "id": other}
        return Reply(200, json.dumps(answer).encode())

    site.site.faults.active.append(forget)
    passed, examples = evaluation(component, instance, "crawler_is_admitted")
    assert not passed
    assert "does not let it in" in examples


def test_who_hides_an_address_is_named_with_what_to_do(
    site: EmbeddedSite, component: ConfluenceComponent, instance: dg.DagsterInstance
) -> None:
    site.control.edit("hide_email", account="user4@example.com")
    passed, examples = evaluation(component, instance, "people_are_matched")
    assert not passed
    assert site.control.account_id("user4@example.com") in examples
    assert "Match it by account_id" in examples


def test_without_permissions_there_is_no_check_of_them(
    component: ConfluenceComponent, instance: dg.DagsterInstance
) -> None:
    plain = component.model_copy(update={"permissions": False, "people": False})
    assert build_run_job(plain.build_wiring()).execute_in_process(instance=instance).success
    assert set(check(plain, instance)) == {*EVIL, FRESH}
