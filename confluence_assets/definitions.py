"""A site's definitions: assets, job, sensor, schedule and resource, wired together once.

`ConfluenceComponent` (YAML) and `build_confluence_defs` (Python) are two doors to the same room.
"""

from typing import Any

import dagster as dg

from confluence_assets.actions import build_action_job
from confluence_assets.assets.step import build_tables_asset
from confluence_assets.assets.wiring import SiteWiring
from confluence_assets.change_sensors import build_changes_sensor
from confluence_assets.checks import build_warehouse_checks
from confluence_assets.publication_sensor import build_publication_sensor
from confluence_assets.schedules import build_checks_schedule, build_permissions_schedules, build_sweep_schedule
from confluence_assets.sensors import build_discovery_sensor
from confluence_assets.webhook_sensors import build_webhooks_sensor


def build_confluence_defs(**attributes: Any) -> dg.Definitions:
    """The definitions of one site; takes the attributes of `ConfluenceComponent`, and gives what it gives.

        defs = build_confluence_defs(site="acme", url="https://acme.atlassian.net", include_spaces=["ENG", "HR*"])

    Raises: SettingsError for a site name or an interval that can't be; pydantic's ValidationError for an unknown attribute.
    """
    from confluence_assets.component import ConfluenceComponent

    return ConfluenceComponent(**attributes).build_site_defs()


def build_wired_defs(wiring: SiteWiring) -> dg.Definitions:
    """The definitions of one site from its wiring."""
    tables, checks = build_tables_asset(wiring), build_warehouse_checks(wiring)
    return dg.Definitions(
        assets=[tables],
        asset_checks=[checks],
        jobs=[
            build_sync_job(wiring, tables),
            build_checks_job(wiring, checks),
            build_action_job(wiring.name, wiring.resource_key),
        ],
        sensors=[
            build_discovery_sensor(wiring),
            build_changes_sensor(wiring),
            build_webhooks_sensor(wiring),
            build_publication_sensor(wiring),
        ],
        schedules=[
            build_sweep_schedule(wiring),
            *build_permissions_schedules(wiring),
            build_checks_schedule(wiring),
        ],
        resources={wiring.resource_key: wiring.resource},
    )


def build_sync_job(wiring: SiteWiring, tables: dg.AssetsDefinition) -> Any:
    """The job that syncs the whole site, or the spaces of its configuration, as one step in one process."""
    return dg.define_asset_job(
        name=wiring.job_name,
        selection=dg.AssetSelection.assets(tables).without_checks(),
        executor_def=dg.in_process_executor,
        description="Syncs all spaces, or those that its configuration names, in one run.",
        tags={"confluence/site": wiring.name},
    )


def build_checks_job(wiring: SiteWiring, checks: dg.AssetChecksDefinition) -> Any:
    """The job that checks the published database."""
    return dg.define_asset_job(
        name=wiring.checks_job_name,
        selection=dg.AssetSelection.checks(checks),
        executor_def=dg.in_process_executor,
        description="Checks the published database: unique keys, parents, completeness.",
        tags={"confluence/site": wiring.name},
    )


def build_run_job(wiring: SiteWiring) -> dg.JobDefinition:
    """The same job, ready to be executed in this process, without sensors and schedules."""
    tables = build_tables_asset(wiring)
    defs = dg.Definitions(
        assets=[tables], jobs=[build_sync_job(wiring, tables)], resources={wiring.resource_key: wiring.resource}
    )
    return defs.resolve_job_def(wiring.job_name)
