"""Spaces as Dagster partitions: one key per space key, added and retired together with the spaces.

Must not know how spaces are listed.
"""

from collections.abc import Iterable

import dagster as dg


def partitions_name(site: str) -> str:
    """The name of the site's partitions definition."""
    return f"{site}_spaces"


def build_space_partitions(site: str) -> dg.DynamicPartitionsDefinition:
    """The partitions of all tables that are kept by space."""
    return dg.DynamicPartitionsDefinition(name=partitions_name(site))


def read_partitions(instance: dg.DagsterInstance, site: str) -> set[str]:
    """The space keys that Dagster knows of."""
    return set(instance.get_dynamic_partitions(partitions_name(site)))


def add_partitions(instance: dg.DagsterInstance, site: str, space_keys: Iterable[str]) -> list[str]:
    """Make sure that these partitions exist; returns the new ones, sorted."""
    new = sorted(set(space_keys) - read_partitions(instance, site))
    if new:
        instance.add_dynamic_partitions(partitions_name(site), new)
    return new


def retire_partitions(instance: dg.DagsterInstance, site: str, space_keys: Iterable[str]) -> list[str]:
    """Delete these partitions; returns those that existed, sorted. What was materialized stays in the event log."""
    gone = sorted(set(space_keys) & read_partitions(instance, site))
    for space_key in gone:
        instance.delete_dynamic_partition(partitions_name(site), space_key)
    return gone
