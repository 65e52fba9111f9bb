"""What a run is asked, what it tells Dagster, and how it fails."""

from dataclasses import replace
from typing import Any

import dagster as dg
import pytest

from confluence_assets.assets.failures import failure_of_error
from confluence_assets.definitions import build_run_job
from confluence_assets.errors import AccessError, SettingsError, TransientError
from confluence_assets.partitions import read_partitions
from confluence_assets.sync.contract import SyncMode, TableOutcome
from confluence_assets.tables import Grain, tables_of
from tests.dagster_floor.wiki import ScriptedComponent, changed, play, unchanged

PAGES = dg.AssetKey(["acme", "pages"])
BY_SPACE = {table.name for table in tables_of(grain=Grain.SPACE)}


def run(component: ScriptedComponent, instance: dg.DagsterInstance, **choices: Any) -> dg.ExecuteInProcessResult:
    config = choices.pop("config", {})
    budget = choices.pop("budget", 2000)
    tells_empty = choices.pop("tells_empty", True)
    wiring = replace(component.build_wiring(), event_budget=budget, tells_empty=tells_empty)
    keys = [dg.AssetKey(["acme", name]) for name in choices.pop("tables", [])]
    return build_run_job(wiring).execute_in_process(
        instance=instance,
        raise_on_error=False,
        run_config={"ops": {"acme_tables": {"config": config}}} if config else None,
        asset_selection=keys or None,
        **choices,
    )


def materialized(result: dg.ExecuteInProcessResult, instance: dg.DagsterInstance) -> list[tuple[str, str | None]]:
    """What stands in the event log: a failed run's result leaves out what its step had logged."""
    logged = instance.all_logs(result.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
    events = [entry.dagster_event for entry in logged]
    return [(event.asset_key.path[-1], event.partition) for event in events if event and event.asset_key]


def failure_of(result: dg.ExecuteInProcessResult) -> Any:
    (event,) = [event for event in result.all_events if event.event_type_value == "STEP_FAILURE"]
    return event.event_specific_data


def test_a_run_without_words_asks_for_everything(component: ScriptedComponent, instance: dg.DagsterInstance) -> None:
    script = play()
    result = run(component, instance)
    assert result.success
    (request,) = script.requests
    assert (request.mode, request.space_keys, request.tables) == (SyncMode.INCREMENTAL, None, None)
    assert request.run_id == result.run_id


def test_configuration_names_mode_spaces_tables_and_removals(
    component: ScriptedComponent, instance: dg.DagsterInstance
) -> None:
    script = play()
    config = {"mode": "full", "space_keys": ["ENG", "HR"], "tables": ["pages"], "allow_removals": True}
    assert run(component, instance, config=config).success
    (request,) = script.requests
    assert (request.mode, request.space_keys, request.tables) == (SyncMode.FULL, ("ENG", "HR"), frozenset({"pages"}))
    assert request.allow_removals


def test_one_partition_of_some_tables_tells_each_of_them(
    component: ScriptedComponent, instance: dg.DagsterInstance
) -> None:
    """A backfill waits for every pair that it asked for, and fails where one that did not change is not told."""
    script = play(outcomes=lambda request: [changed("documents", "HR")], space_keys=("HR",))
    instance.add_dynamic_partitions("acme_spaces", ["ENG", "HR"])
    result = run(component, instance, partition_key="HR", tables=["documents", "content_links"])
    assert result.success
    (request,) = script.requests
    assert (request.space_keys, request.tables) == (("HR",), frozenset({"documents", "content_links"}))
    assert materialized(result, instance) == [
        ("documents", "HR"),
        ("content_links", "HR"),
        ("sync_ledger", None),
    ]


def test_a_range_of_partitions_is_one_run(component: ScriptedComponent, instance: dg.DagsterInstance) -> None:
    script = play()
    instance.add_dynamic_partitions("acme_spaces", ["A", "B", "C", "D"])
    tags = {"dagster/asset_partition_range_start": "B", "dagster/asset_partition_range_end": "D"}
    assert run(component, instance, tables=["pages", "comments"], tags=tags).success
    assert [request.space_keys for request in script.requests] == [("B", "C", "D")]


def test_the_database_alone_asks_for_no_table(component: ScriptedComponent, instance: dg.DagsterInstance) -> None:
    script = play(published=True)
    result = run(component, instance, tables=["warehouse"])
    assert [request.tables for request in script.requests] == [frozenset()]
    assert ("warehouse", None) in materialized(result, instance)


def test_only_what_changed_is_logged_and_new_spaces_become_partitions(
    component: ScriptedComponent, instance: dg.DagsterInstance
) -> None:
    outcomes = [changed("pages", "ENG"), changed("users"), TableOutcome("tasks", "ENG")]
    play(outcomes=lambda request: outcomes, space_keys=("ENG",))
    assert materialized(run(component, instance, tells_empty=False), instance) == [
        ("users", None),
        ("pages", "ENG"),
        ("sync_ledger", None),
    ]
    assert read_partitions(instance, "acme") == {"ENG"}
    assert instance.get_materialized_partitions(PAGES) == {"ENG"}


def test_what_dagster_never_heard_of_is_told_although_it_did_not_change(
    component: ScriptedComponent, instance: dg.DagsterInstance
) -> None:
    play(outcomes=lambda request: [unchanged("pages", "ENG"), unchanged("users")], space_keys=("ENG",))
    first, second = run(component, instance), run(component, instance)
    assert materialized(first, instance) == [("users", None), ("pages", "ENG"), ("sync_ledger", None)]
    assert materialized(second, instance) == [("sync_ledger", None)]


def test_a_space_without_rows_is_told_once_where_nobody_waits(
    component: ScriptedComponent, instance: dg.DagsterInstance
) -> None:
    play(outcomes=lambda request: [TableOutcome("tasks", "ENG")], space_keys=("ENG",))
    at_a_terminal = run(component, instance, tells_empty=False)
    first, second = run(component, instance), run(component, instance)
    told = [materialized(result, instance) for result in (at_a_terminal, first, second)]
    assert told == [[("sync_ledger", None)], [("tasks", "ENG"), ("sync_ledger", None)], [("sync_ledger", None)]]


def test_what_exceeds_the_budget_follows_with_the_next_runs(
    component: ScriptedComponent, instance: dg.DagsterInstance
) -> None:
    keys = tuple(f"S{number}" for number in range(5))
    play(outcomes=lambda request: [changed("pages", key) for key in keys], space_keys=keys)
    first = run(component, instance, budget=3)
    play(outcomes=lambda request: [unchanged("pages", key) for key in keys], space_keys=keys)
    second, third = run(component, instance, budget=3), run(component, instance, budget=3)
    assert [len(materialized(result, instance)) - 1 for result in (first, second, third)] == [3, 2, 0]
    assert instance.get_materialized_partitions(PAGES) == set(keys)


def test_spaces_that_are_no_longer_held_are_retired_by_a_whole_run_only(
    component: ScriptedComponent, instance: dg.DagsterInstance
) -> None:
    instance.add_dynamic_partitions("acme_spaces", ["ENG", "OLD"])
    play(space_keys=("ENG",))
    run(component, instance, config={"space_keys": ["ENG"]})
    assert read_partitions(instance, "acme") == {"ENG", "OLD"}
    play(space_keys=("ENG",), failures=["pages of HR: 500"])
    run(component, instance)
    assert read_partitions(instance, "acme") == {"ENG", "OLD"}
    play(space_keys=("ENG",))
    run(component, instance)
    assert read_partitions(instance, "acme") == {"ENG"}


def test_metadata_of_a_partition(component: ScriptedComponent, instance: dg.DagsterInstance) -> None:
    outcome = TableOutcome(
        "pages", "ENG", row_count=7, received=9, added=2, changed=1, unchanged=4, removed=1, requests=3, expected=9,
        path="lake/pages/space=ENG/data.parquet",
    )  # fmt: skip
    play(outcomes=lambda request: [outcome], space_keys=("ENG",))
    run(component, instance)
    (record,) = instance.fetch_materializations(PAGES, limit=5).records
    assert record.asset_materialization is not None
    metadata = {name: value.value for name, value in record.asset_materialization.metadata.items()}
    path = component.get_site().folder / "lake/pages/space=ENG/data.parquet"
    assert metadata == {
        "dagster/partition_row_count": 7,
        "added": 2,
        "changed": 1,
        "removed": 1,
        "unchanged": 4,
        "received": 9,
        "requests": 3,
        "expected": 9,
        "dagster/uri": path.as_uri(),
        "path": str(path),
    }


def test_a_failed_space_fails_the_run_and_the_others_are_logged(
    component: ScriptedComponent, instance: dg.DagsterInstance
) -> None:
    failed = TableOutcome("pages", "HR", error="500 after 5 attempts", is_failure=True)
    play(
        outcomes=lambda request: [changed("pages", "ENG"), failed],
        space_keys=("ENG", "HR"),
        failures=["HR pages: 500 after 5 attempts. Run it again."],
    )
    result = run(component, instance)
    assert not result.success
    assert materialized(result, instance) == [("pages", "ENG"), ("sync_ledger", None)]
    failure = failure_of(result).user_failure_data
    assert failure.description == "1 failed in HR: HR pages: 500 after 5 attempts. Run it again."
    assert failure.metadata["failed spaces"].value == "HR"
    assert failure.metadata["failed tables"].value == "pages"
    assert failure.metadata["next step"].value.endswith("confluence-assets sync --space HR")


@pytest.mark.parametrize(
    ("error", "may_retry"),
    [
        (SettingsError("No space with the key X is visible.", setting="space", hint="Visible keys: ENG."), False),
        (AccessError("401", method="GET", url="https://x.example/wiki", status=401, hint="Check the token."), False),
        (TransientError("503", method="GET", url="https://x.example/wiki", status=503, hint="Wait."), True),
    ],
)
def test_an_error_fails_the_run_with_what_and_next_step(
    component: ScriptedComponent, instance: dg.DagsterInstance, error: Any, may_retry: bool
) -> None:
    play(outcomes=lambda request: [changed("pages", "ENG")], error=error)
    result = run(component, instance)
    assert not result.success
    assert materialized(result, instance) == [("pages", "ENG")], "what was committed before the error is told"
    failure = failure_of(result).user_failure_data
    assert failure.description == str(error)
    assert failure.metadata["next step"].value == error.hint
    assert failure_of_error(error).allow_retries is may_retry


def test_the_ledger_carries_the_summary_of_the_run(component: ScriptedComponent, instance: dg.DagsterInstance) -> None:
    play(outcomes=lambda request: [changed("pages", "ENG", 3), changed("users", added=2)], space_keys=("ENG",))
    run(component, instance)
    (record,) = instance.fetch_materializations(dg.AssetKey(["acme", "sync_ledger"]), limit=5).records
    assert record.asset_materialization is not None
    metadata = record.asset_materialization.metadata
    assert metadata["rows added"].value == 5
    assert metadata["seconds"].value == 5.0
    assert "| pages | 0 | 3 | 0 | 0 | 1 |" in str(metadata["tables"].value)


def test_every_table_by_space_is_partitioned_and_no_other(component: ScriptedComponent) -> None:
    specs = {spec.key.path[-1]: spec for spec in component.build_site_defs().resolve_all_asset_specs()}
    assert {name for name, spec in specs.items() if spec.partitions_def} == BY_SPACE & set(specs)
    assert {"pages", "documents", "acl_readers"} <= BY_SPACE


@pytest.mark.parametrize("error", [None, TransientError("The database could not be built.")])
@pytest.mark.parametrize("by_name", [False, True])
def test_what_is_in_the_lake_is_told_once_and_not_after_the_publication(
    component: ScriptedComponent, instance: dg.DagsterInstance, error: TransientError | None, *, by_name: bool
) -> None:
    said = [changed("pages", "ENG"), unchanged("spaces"), changed("comments", "ENG")]
    choices: dict[str, Any] = {"tables": ["pages", "comments", "spaces"]} if by_name else {}
    play(outcomes=lambda request: said, error=error)
    late = materialized(run(component, instance, **choices), instance)
    with dg.DagsterInstance.ephemeral() as other:
        script = play(outcomes=lambda request: said, error=error, settles=True)
        early = materialized(run(component, other, **choices), other)
    assert sorted(early, key=str) == sorted(late, key=str)
    assert script.told_when_settled == len([one for one in early if one[0] not in ("sync_ledger", "warehouse")]) > 0
