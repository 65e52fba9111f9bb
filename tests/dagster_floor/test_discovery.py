"""The sensor that keeps partitions equal to the site's spaces, and the schedule of the sweep."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest

from confluence_assets.definitions import build_wired_defs
from confluence_assets.errors import AccessError, SettingsError, TransientError
from confluence_assets.resources import ConfluenceResource
from confluence_assets.schedules import cron_of
from confluence_assets.tables import Row
from tests.dagster_floor.wiki import ScriptedComponent


class Spaces:
    """A source that lists spaces, or fails at the second page of the list."""

    def __init__(self, keys: list[str], error: Exception | None = None) -> None:
        self._keys = keys
        self._error = error

    def iter_spaces(self, keys: Any = None) -> Iterator[list[Row]]:
        yield [{"space_id": f"id-{key}", "space_key": key} for key in self._keys]
        if self._error:
            raise self._error


def tick(component: ScriptedComponent, instance: dg.DagsterInstance, source: Spaces) -> Any:
    class Resource(ConfluenceResource):  # type: ignore[misc]
        def get_source(self, *, concurrency: int = 6) -> Any:
            return source

    defs = build_wired_defs(component.build_wiring())
    sensor = defs.resolve_sensor_def("acme_discovery")
    with dg.build_sensor_context(
        instance=instance, resources={"acme_confluence": Resource()}, definitions=defs
    ) as context:
        return sensor.evaluate_tick(context)


def requests_of(result: Any) -> list[tuple[str, list[str]]]:
    return [
        ("add" if isinstance(request, dg.AddDynamicPartitionsRequest) else "delete", list(request.partition_keys))
        for request in result.dynamic_partitions_requests or []
    ]


def test_new_spaces_are_added_and_run_as_one_run(component: ScriptedComponent, instance: dg.DagsterInstance) -> None:
    instance.add_dynamic_partitions("acme_spaces", ["ENG"])
    result = tick(component, instance, Spaces(["ENG", "HR", "~anna"]))
    assert requests_of(result) == [("add", ["HR", "~anna"])]
    (run,) = result.run_requests
    assert run.run_config == {
        "ops": {"acme_tables": {"config": {"space_keys": ["HR", "~anna"], "publish_at_once": False}}}
    }
    assert run.run_key is None, "a run key is remembered for ever: a space that comes back would never run"


def test_vanished_spaces_are_retired_without_a_run(component: ScriptedComponent, instance: dg.DagsterInstance) -> None:
    instance.add_dynamic_partitions("acme_spaces", ["ENG", "OLD"])
    result = tick(component, instance, Spaces(["ENG"]))
    assert requests_of(result) == [("delete", ["OLD"])]
    assert not result.run_requests


def test_nothing_new_says_so(component: ScriptedComponent, instance: dg.DagsterInstance) -> None:
    instance.add_dynamic_partitions("acme_spaces", ["ENG"])
    result = tick(component, instance, Spaces(["ENG"]))
    assert not result.run_requests
    assert not result.dynamic_partitions_requests
    assert result.skip_message == "Nothing new: 1 spaces."


def test_filters_hold_for_discovery(component: ScriptedComponent, instance: dg.DagsterInstance) -> None:
    component.include_spaces = ["E*"]
    assert requests_of(tick(component, instance, Spaces(["ENG", "HR"]))) == [("add", ["ENG"])]


def test_a_listing_that_broke_off_retires_nobody(component: ScriptedComponent, instance: dg.DagsterInstance) -> None:
    instance.add_dynamic_partitions("acme_spaces", ["ENG", "HR"])
    result = tick(component, instance, Spaces(["ENG"], TransientError("The site answered 503.", status=503)))
    assert not result.run_requests
    assert not result.dynamic_partitions_requests
    assert "The site answered 503." in str(result.skip_message)


def test_refused_credentials_fail_the_tick(component: ScriptedComponent, instance: dg.DagsterInstance) -> None:
    with pytest.raises(AccessError, match="The token is not accepted"):
        tick(component, instance, Spaces([], AccessError("The token is not accepted.", status=401)))


def test_many_spaces_that_vanish_at_once_are_kept(component: ScriptedComponent, instance: dg.DagsterInstance) -> None:
    instance.add_dynamic_partitions("acme_spaces", [f"S{number}" for number in range(30)])
    result = tick(component, instance, Spaces(["S1", "S2"]))
    assert not result.run_requests
    assert not result.dynamic_partitions_requests
    assert str(result.skip_message).startswith("28 of 30 spaces vanished at once")
    held_but_grown = tick(component, instance, Spaces(["S1", "NEW"]))
    assert requests_of(held_but_grown) == [("add", ["NEW"])]


@pytest.mark.parametrize(
    ("every", "cron"),
    [
        ("1m", "* * * * *"),
        ("5m", "*/5 * * * *"),
        ("1h", "0 * * * *"),
        ("60m", "0 * * * *"),
        ("4h", "0 */4 * * *"),
        ("1d", "0 0 * * *"),
        ("15 3 * * *", "15 3 * * *"),
    ],
)
def test_intervals_as_cron(every: str, cron: str) -> None:
    assert cron_of(every) == cron


@pytest.mark.parametrize("every", ["", "7m", "5h", "2d", "hourly", "0m", "* * *"])
def test_intervals_that_can_not_be(every: str) -> None:
    with pytest.raises(SettingsError, match="sweep_every") as caught:
        cron_of(every)
    assert caught.value.setting == "sweep_every"
