"""The report as an asset: made once for each publication, by the step that published.

It is no step of its own: Dagster skips what stands below an output that was not yielded, and the tables yield none. A run
that published nothing leaves it as it is, and tells nothing. Must not know what stands in it.
"""

from typing import Any

import dagster as dg

from confluence_assets.assets.specs import AssetProps
from confluence_assets.assets.wiring import SiteWiring
from confluence_assets.report import ReportResult, write_report

REPORT = "report"
"""Name of the asset that is the page beside the published database; not a table."""

_DOC = """The state of the knowledge base and of its sync on one page: `report.html` beside the database.

Activity, age, sizes, links, exposure, overdue tasks, and how each table was read; with a table behind each picture. One file
that asks nothing of a network. It names content that not everybody may read, and is as secret as the database.
"""


def build_report_spec(wiring: SiteWiring, database: dg.AssetKey) -> dg.AssetSpec:
    """The spec of the report, below the published database, whose key this is."""
    spec = dg.AssetSpec(
        key=[wiring.name, REPORT],
        description=_DOC,
        group_name=f"{wiring.name}_operations",
        kinds={"html"},
        tags={"confluence/site": wiring.name, "confluence/origin": "published"},
        owners=list(wiring.owners),
        code_version="1",
        skippable=True,
    )
    if wiring.translate:
        spec = wiring.translate(spec, AssetProps(wiring.name, REPORT, "operations", _DOC, "published"))
    return spec.merge_attributes(deps=[database])


def tell_report(context: dg.AssetExecutionContext, wiring: SiteWiring, key: dg.AssetKey) -> None:
    """Write the report where this run makes it, anew where it was asked for by name, and tell of it. Raises: StorageError."""
    if key not in context.selected_asset_keys:
        return
    database = wiring.site.folder / "confluence.duckdb"
    if not database.exists():
        context.log.info(f"{database} is not there yet, so there is nothing to report on.")
        return
    result = write_report(database, site=wiring.name, force=bool(context.run.asset_selection))
    if result.is_new:
        context.log_event(dg.AssetMaterialization(key, metadata=describe_report(result)))


def describe_report(result: ReportResult) -> dict[str, Any]:
    """What the UI shows of it: where it lies, and its sentences."""
    shown: dict[str, Any] = {
        "dagster/uri": result.path.as_uri(),
        "path": dg.MetadataValue.path(str(result.path)),
        "size (bytes)": result.bytes,
    }
    if result.sayings:
        titled = (saying.partition(": ") for saying in result.sayings)
        lines = [f"- **{title}**: {saying}" for title, _, saying in titled]
        shown["preview"] = dg.MetadataValue.md("\n".join(lines))
    return shown
