"""What looks at the site between runs: the discovery of spaces.

Room for more: the sensor of content changes belongs here, beside this one. Must not know what a run does.
"""

import dagster as dg

from confluence_assets.assets.wiring import SiteWiring
from confluence_assets.errors import IncompleteError, TransientError
from confluence_assets.partitions import build_space_partitions, read_partitions
from confluence_assets.resources import ConfluenceResource
from confluence_assets.sync.scope import discover_spaces

_FEW_SPACES = 20
"""Below this many, any number of spaces may vanish at once."""


def build_discovery_sensor(wiring: SiteWiring) -> dg.SensorDefinition:
    """Adds new spaces and launches their first run, as one run; retires spaces that vanished from a complete list."""

    @dg.sensor(
        name=f"{wiring.name}_discovery",
        job_name=wiring.job_name,
        minimum_interval_seconds=wiring.discovery_interval_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING if wiring.is_automatic else dg.DefaultSensorStatus.STOPPED,
        required_resource_keys={wiring.resource_key},
        description="Adds a partition for each new space, launches its first run, and retires spaces that vanished.",
    )
    def discovery(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        resource: ConfluenceResource = getattr(context.resources, wiring.resource_key)
        try:
            rows = discover_spaces(wiring.site, resource.get_source())
        except (TransientError, IncompleteError) as error:
            return dg.SkipReason(f"The site could not be read, and is asked again at the next tick: {error}")
        return reconcile(wiring, {row["space_key"] for row in rows}, read_partitions(context.instance, wiring.name))

    return discovery


def reconcile(wiring: SiteWiring, wanted: set[str], have: set[str]) -> dg.SensorResult | dg.SkipReason:
    """What to do so that there is a partition for each wanted space, and no other."""
    new, gone = sorted(wanted - have), sorted(have - wanted)
    is_held = len(have) >= _FEW_SPACES and len(gone) > wiring.site.options.removal_limit * len(have)
    if is_held and not new:
        return dg.SkipReason(_held(gone, have))
    if not new and not gone:
        return dg.SkipReason(f"Nothing new: {len(have)} spaces.")
    partitions = build_space_partitions(wiring.name)
    requests = [partitions.build_add_request(new)] if new else []
    deletions = [partitions.build_delete_request(gone)] if gone and not is_held else []
    runs = [run_for_spaces(wiring, new, "discovery")] if new else []
    return dg.SensorResult(run_requests=runs, dynamic_partitions_requests=[*requests, *deletions])


def run_for_spaces(wiring: SiteWiring, space_keys: list[str], cause: str) -> dg.RunRequest:
    """One run for these spaces. It has no run key: a space that comes back must run again."""
    config = {"ops": {wiring.step_name: {"config": {"space_keys": space_keys, "publish_at_once": False}}}}
    tags = {"confluence/cause": cause, "confluence/space_count": str(len(space_keys))}
    return dg.RunRequest(run_config=config, tags=tags)


def _held(gone: list[str], have: set[str]) -> str:
    return (
        f"{len(gone)} of {len(have)} spaces vanished at once, which is more than removal_limit allows; nothing was retired. "
        "Look at the account's rights first (confluence-assets doctor); if they are right, run the sync with allow_removals."
    )
