"""The report as an asset: made once for each publication, after the step that published.

A run that published nothing leaves it as it is, and tells nothing. Must not know what stands in it.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from confluence_assets.assets.specs import WAREHOUSE, AssetProps, build_asset_specs
from confluence_assets.assets.wiring import SiteWiring
from confluence_assets.errors import ConfluenceAssetsError
from confluence_assets.report import ReportResult, write_report
from confluence_assets.warehouse import read_publication

REPORT = "report"
"""Name of the asset that is the page beside the published database; not a table."""

_DOC = """The state of the knowledge base and of its sync on one page: `report.html` beside the database.

Activity, age, sizes, links, exposure, overdue tasks, and how each table was read; with a table behind each picture. One file
that asks nothing of a network. It names content that not everybody may read, and is as secret as the database.
"""


def build_report_asset(wiring: SiteWiring) -> dg.AssetsDefinition:
    """The report of the site's published database."""

    @dg.multi_asset(name=f"{wiring.name}_report_page", specs=[build_report_spec(wiring)])
    def site_report(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
        database = wiring.site.folder / "confluence.duckdb"
        if read_publication(database) is None:
            context.log.info(f"{database} is not there yet, so there is nothing to report on.")
            return
        try:
            result = write_report(database, site=wiring.name)
        except ConfluenceAssetsError as error:
            raise dg.Failure(str(error), metadata={"path": str(database)}) from error
        if result.is_new or context.run.asset_selection:
            yield dg.MaterializeResult(asset_key=context.asset_key, metadata=describe_report(result))

    return site_report


def build_report_spec(wiring: SiteWiring) -> dg.AssetSpec:
    """The spec of the report, below the published database under the key that this has."""
    tables = build_asset_specs(
        wiring.name, wiring.site.options.tables(), owners=wiring.owners, translate=wiring.translate
    )
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
    return spec.merge_attributes(deps=[tables[WAREHOUSE].key])


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
