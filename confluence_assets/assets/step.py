"""The one step that makes a site's tables: one crawl feeds them all, for one space, for many or for the whole site.

Every table is skippable and none is yielded: what changed is logged by table and space (`events`), so that one run may take
any set of spaces without a partition of its own. Must not know what a sync asks of the site.
"""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

import dagster as dg
from pydantic import Field

from confluence_assets.assets.description import LakeDescription
from confluence_assets.assets.events import MaterializationLog, Pair
from confluence_assets.assets.failures import failure_of_error, failure_of_report
from confluence_assets.assets.observers import Observers
from confluence_assets.assets.report import REPORT, build_report_spec, tell_report
from confluence_assets.assets.specs import WAREHOUSE, build_asset_specs
from confluence_assets.assets.wiring import SiteWiring
from confluence_assets.errors import ConfluenceAssetsError
from confluence_assets.lake import Lake
from confluence_assets.sync.contract import SyncMode, SyncRequest
from confluence_assets.tables import TABLES_BY_NAME, Grain


class RunMode(Enum):
    """How much is asked of the site, named as people type it: Dagster takes the names of an enum, and not its values."""

    incremental = SyncMode.INCREMENTAL
    full = SyncMode.FULL
    content = SyncMode.CONTENT


class SyncConfig(dg.Config):
    """What a run is to do; the defaults suit a run that a person starts."""

    mode: RunMode = Field(
        default=RunMode.incremental,
        description="incremental: what changed, proved by a sweep; full: everything again; content: change streams only.",
    )
    space_keys: list[str] = Field(
        default=[], description="Spaces of this run, where it was not launched for partitions; empty means all."
    )
    tables: list[str] = Field(default=[], description="Tables of this run; empty means all that were selected.")
    allow_removals: bool = Field(default=False, description="Let removals pass that removal_limit held.")
    publish_at_once: bool = Field(
        default=True, description="Publish at the end of the run; else publish_interval_seconds holds."
    )


def build_tables_asset(wiring: SiteWiring) -> dg.AssetsDefinition:
    """All tables of the site, its published database and the report of it, as one subsettable asset definition."""
    specs = build_asset_specs(
        wiring.name,
        wiring.site.options.tables(),
        owners=wiring.owners,
        translate=wiring.translate,
        period=wiring.period,
    )
    if wiring.site.options.publish:
        specs[REPORT] = build_report_spec(wiring, specs[WAREHOUSE].key)
    keys = {name: spec.key for name, spec in specs.items()}

    @dg.multi_asset(
        name=wiring.step_name,
        specs=list(specs.values()),
        can_subset=True,
        backfill_policy=dg.BackfillPolicy.single_run(),
        required_resource_keys={wiring.resource_key},
        op_tags={"confluence/site": wiring.name},
    )
    def site_tables(context: dg.AssetExecutionContext, config: SyncConfig) -> Iterator[Any]:
        if context.selected_asset_keys == {keys.get(REPORT)}:
            make_report_alone(context, wiring, keys[REPORT])
        else:
            run_step(context, wiring, keys, plan_request(context, config, keys))
        yield from ()

    return site_tables


def plan_request(context: dg.AssetExecutionContext, config: SyncConfig, keys: Mapping[str, dg.AssetKey]) -> SyncRequest:
    """What this run was asked for: by partitions and selected assets, or by its configuration.

    The published database and the report are no tables: a run of the database alone asks for no table, which publishes what
    the lake holds.
    """
    names = {key: name for name, key in keys.items()}
    selected = frozenset(names[key] for key in context.selected_asset_keys)
    wanted = selected & set(config.tables) if config.tables else selected
    is_partitioned = context.has_partition_key or context.has_partition_key_range
    space_keys = context.partition_keys if is_partitioned else config.space_keys
    return SyncRequest(
        mode=config.mode.value,
        space_keys=tuple(space_keys) or None,
        tables=None if wanted >= set(keys) - {REPORT} else wanted - {WAREHOUSE, REPORT},
        allow_removals=config.allow_removals,
        publish_at_once=config.publish_at_once,
        run_id=context.run.run_id,
    )


def run_step(
    context: dg.AssetExecutionContext, wiring: SiteWiring, keys: Mapping[str, dg.AssetKey], request: SyncRequest
) -> None:
    """Run the sync and tell Dagster of it. Raises: dg.Failure with what, where, and the next step."""
    lake = Lake(wiring.site.folder)
    resource = getattr(context.resources, wiring.resource_key)

    describe = LakeDescription(lake, keys)
    log = MaterializationLog(context, wiring.site, keys, budget=wiring.event_budget, tells_empty=wiring.tells_empty)
    observer = Observers([log, wiring.listener]) if wiring.listener else log
    asked = asked_by_name(context, keys)

    def tell() -> None:
        log.tell(describe, asked, lambda table, space_key: lake.count_rows(table, space_key or None))

    log.when_settled(tell)
    try:
        report = wiring.execute(context, resource, request, observer)
    except ConfluenceAssetsError as error:
        log.tell(describe)
        if wiring.listener:
            wiring.listener.on_error(error)
        raise failure_of_error(error) from error
    tell()
    is_database_asked = is_launched_by_name(context) and keys[WAREHOUSE] in context.selected_asset_keys
    log.sum_up(report, request, tells_database=is_database_asked)
    try:
        if REPORT in keys:
            tell_report(context, wiring, keys[REPORT])
    except ConfluenceAssetsError as error:
        report.failures.append(str(error))
    if wiring.listener:
        wiring.listener.on_report(report)
    if not report.is_ok:
        raise failure_of_report(report)


def make_report_alone(context: dg.AssetExecutionContext, wiring: SiteWiring, key: dg.AssetKey) -> None:
    """Report on the database as it stands, without a sync. Raises: dg.Failure."""
    try:
        tell_report(context, wiring, key)
    except ConfluenceAssetsError as error:
        raise failure_of_error(error) from error


def is_launched_by_name(context: dg.AssetExecutionContext) -> bool:
    """Whether a person or a backfill chose assets or partitions, and waits for each of them."""
    return bool(context.run.asset_selection) or context.has_partition_key or context.has_partition_key_range


def asked_by_name(context: dg.AssetExecutionContext, keys: Mapping[str, dg.AssetKey]) -> set[Pair]:
    """The tables of spaces that were launched by name; nothing for a run that takes what its configuration says."""
    if not is_launched_by_name(context):
        return set()
    is_partitioned = context.has_partition_key or context.has_partition_key_range
    space_keys = list(context.partition_keys) if is_partitioned else []
    asked: set[Pair] = set()
    for name, table in TABLES_BY_NAME.items():
        if keys.get(name) in context.selected_asset_keys:
            asked.update((name, key) for key in (space_keys if table.grain is Grain.SPACE else [""]))
    return asked - {("sync_ledger", "")}
