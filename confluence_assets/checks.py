"""Checks of what is published, run when somebody asks for them or the night's schedule does; a sync does not wait for them.

Each is one query of the DuckDB file. Must not know how the file was made.
"""

from collections.abc import Callable, Iterator
from typing import Any

import dagster as dg

from confluence_assets.assets.specs import WAREHOUSE, build_asset_specs
from confluence_assets.assets.wiring import SiteWiring
from confluence_assets.tables import TABLES
from confluence_assets.warehouse import ConfluenceWarehouse

_EXAMPLES = 20

Rows = list[tuple[Any, ...]]
Examine = Callable[[ConfluenceWarehouse], Rows]


def _repeated_keys(warehouse: ConfluenceWarehouse) -> Rows:
    """Tables whose key occurs twice, and how many keys do."""
    found: Rows = []
    for table in TABLES:
        key = ", ".join(f'"{name}"' for name in table.key)
        counted = f'select count(*) from (select {key} from "{table.name}" group by all having count(*) > 1)'  # noqa: S608
        ((count,),) = warehouse.query_rows(counted)
        if count:
            found.append((table.name, count))
    return found


def _lost_parents(warehouse: ConfluenceWarehouse) -> Rows:
    """Pages whose parent is not in any table of the tree: the account can't see it, or it is a draft."""
    tree = " union all ".join(
        f'select {key} as id from "{table}"'  # noqa: S608  # names from the contract
        for table, key in (
            ("pages", "page_id"),
            ("folders", "folder_id"),
            ("whiteboards", "whiteboard_id"),
            ("databases", "database_id"),
            ("embeds", "embed_id"),
        )
    )
    return warehouse.query_rows(
        f"select page_id, parent_id, space_key from pages where parent_id is not null and parent_id not in ({tree})"  # noqa: S608
    )


def _incomplete_tables(warehouse: ConfluenceWarehouse) -> Rows:
    """What the latest run that touched a table of a space could not bring, or brought in another number than it was told."""
    return warehouse.query_rows(
        "select table_name, space_key, coalesce(error, 'expected ' || expected || ', received ' || received) from sync_ledger "
        "qualify row_number() over (partition by table_name, space_key order by started_at desc) = 1 "
        "and (error is not null or expected <> received or skipped > 0)"
    )


_CHECKS: dict[str, tuple[str, dg.AssetCheckSeverity, Examine]] = {
    "keys_are_unique": ("No key occurs twice in any table.", dg.AssetCheckSeverity.ERROR, _repeated_keys),
    "parents_exist": ("Each page's parent is there.", dg.AssetCheckSeverity.WARN, _lost_parents),
    "nothing_is_missing": (
        "The latest runs brought what was expected.",
        dg.AssetCheckSeverity.WARN,
        _incomplete_tables,
    ),
}


def build_warehouse_checks(wiring: SiteWiring) -> dg.AssetChecksDefinition:
    """The checks of the site's published database."""
    specs = build_asset_specs(wiring.name, (), translate=wiring.translate)
    key = specs[WAREHOUSE].key

    @dg.multi_asset_check(
        name=f"{wiring.name}_warehouse_checks",
        specs=[dg.AssetCheckSpec(name, asset=key, description=doc) for name, (doc, _, _) in _CHECKS.items()],
        can_subset=True,
    )
    def warehouse_checks(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        with ConfluenceWarehouse(wiring.site.folder / "confluence.duckdb") as warehouse:
            for name, (_, severity, examine) in _CHECKS.items():
                if dg.AssetCheckKey(key, name) in context.selected_asset_check_keys:
                    yield _result(key, name, severity, examine(warehouse))

    return warehouse_checks


def _result(key: dg.AssetKey, name: str, severity: dg.AssetCheckSeverity, found: Rows) -> dg.AssetCheckResult:
    examples = "\n".join("- " + ", ".join(map(str, row)) for row in found[:_EXAMPLES])
    metadata: dict[str, Any] = {"found": len(found)}
    if found:
        metadata["examples"] = dg.MetadataValue.md(examples)
    return dg.AssetCheckResult(passed=not found, asset_key=key, check_name=name, severity=severity, metadata=metadata)
