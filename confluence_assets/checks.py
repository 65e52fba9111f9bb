"""Checks of what is published, run when somebody asks for them or the night's schedule does; a sync does not wait for them.

Each is one query of the DuckDB file, or reads what the footers of the lake say of access. Must not know how they were made.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import dagster as dg

from confluence_assets.assets.specs import WAREHOUSE, build_asset_specs
from confluence_assets.assets.wiring import SiteWiring
from confluence_assets.lake import Lake
from confluence_assets.sync.access_report import read_access_report
from confluence_assets.tables import TABLES
from confluence_assets.warehouse import ConfluenceWarehouse

_EXAMPLES = 20

Rows = list[tuple[Any, ...]]


class Site(NamedTuple):
    """What a check may look at."""

    warehouse: ConfluenceWarehouse
    lake: Lake


class Check(NamedTuple):
    """One check: the table (or published database) that it stands at, what it says, and what looks."""

    table: str
    description: str
    severity: dg.AssetCheckSeverity
    examine: Callable[[Site], Rows]


def _repeated_keys(site: Site) -> Rows:
    """Tables whose key occurs twice, and how many keys do."""
    found: Rows = []
    for table in TABLES:
        key = ", ".join(f'"{name}"' for name in table.key)
        counted = f'select count(*) from (select {key} from "{table.name}" group by all having count(*) > 1)'  # noqa: S608
        ((count,),) = site.warehouse.query_rows(counted)
        if count:
            found.append((table.name, count))
    return found


def _lost_parents(site: Site) -> Rows:
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
    return site.warehouse.query_rows(
        f"select page_id, parent_id, space_key from pages where parent_id is not null and parent_id not in ({tree})"  # noqa: S608
    )


def _incomplete_tables(site: Site) -> Rows:
    """What the latest run that touched a table of a space could not bring, or brought in another number than it was told."""
    return site.warehouse.query_rows(
        "select table_name, space_key, coalesce(error, 'expected ' || expected || ', received ' || received) from sync_ledger "
        "qualify row_number() over (partition by table_name, space_key order by started_at desc) = 1 "
        "and (error is not null or expected <> received or skipped > 0)"
    )


def _undecided_access(site: Site) -> Rows:
    """What can't be decided, by cause: how many contents and profiles it closes, where, and what to do."""
    causes = read_access_report(site.lake).causes
    return [(f"{each.text} ({each.profiles} of the profiles)", each.cause.advice) for each in causes]


def _refused_crawler(site: Site) -> Rows:
    """Contents that the account fetched, and that the rule does not let it read."""
    return [(refusal.text,) for refusal in read_access_report(site.lake).refusals]


def _unmatched_people(site: Site) -> Rows:
    """People who can read something, and whom no e-mail address identifies."""
    return site.warehouse.query_rows(
        "select account_id, display_name, cause, what_to_do from analytics.unmatched_people "
        "where readable_profile_count > 0 order by readable_profile_count desc, account_id"
    )


_CHECKS: dict[str, Check] = {
    "keys_are_unique": Check(
        WAREHOUSE, "No key occurs twice in any table.", dg.AssetCheckSeverity.ERROR, _repeated_keys
    ),
    "parents_exist": Check(WAREHOUSE, "Each page's parent is there.", dg.AssetCheckSeverity.WARN, _lost_parents),
    "nothing_is_missing": Check(
        WAREHOUSE, "The latest runs brought what was expected.", dg.AssetCheckSeverity.WARN, _incomplete_tables
    ),
    "access_is_decided": Check(
        "content_acl",
        "Who may read each content is known. What is not is closed, and counted here by cause, with what to grant.",
        dg.AssetCheckSeverity.WARN,
        _undecided_access,
    ),
    "crawler_is_admitted": Check(
        "content_acl",
        "The rule lets the account that reads the site read what it read; else a grant was misread.",
        dg.AssetCheckSeverity.WARN,
        _refused_crawler,
    ),
    "people_are_matched": Check(
        "users",
        "Everybody who can read has an e-mail address of their own, by which other systems can match them.",
        dg.AssetCheckSeverity.WARN,
        _unmatched_people,
    ),
}


def build_warehouse_checks(wiring: SiteWiring) -> dg.AssetChecksDefinition:
    """The checks of the site's published database."""
    specs = build_asset_specs(wiring.name, wiring.site.options.tables(), translate=wiring.translate)
    checks = {name: check for name, check in _CHECKS.items() if check.table in specs}
    keys = {name: specs[check.table].key for name, check in checks.items()}

    @dg.multi_asset_check(
        name=f"{wiring.name}_warehouse_checks",
        specs=[
            dg.AssetCheckSpec(name, asset=keys[name], description=each.description) for name, each in checks.items()
        ],
        can_subset=True,
    )
    def warehouse_checks(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        with ConfluenceWarehouse(wiring.site.folder / "confluence.duckdb") as warehouse:
            site = Site(warehouse, Lake(wiring.site.folder))
            for name, check in checks.items():
                if dg.AssetCheckKey(keys[name], name) in context.selected_asset_check_keys:
                    yield _result(keys[name], name, check.severity, check.examine(site))

    return warehouse_checks


def _result(key: dg.AssetKey, name: str, severity: dg.AssetCheckSeverity, found: Rows) -> dg.AssetCheckResult:
    examples = "\n".join("- " + ", ".join(map(str, row)) for row in found[:_EXAMPLES])
    metadata: dict[str, Any] = {"found": len(found)}
    if found:
        metadata["examples"] = dg.MetadataValue.md(examples)
    return dg.AssetCheckResult(passed=not found, asset_key=key, check_name=name, severity=severity, metadata=metadata)
