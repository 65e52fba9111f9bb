"""Checks of what is published, run when somebody asks for them or the night's schedule does; a sync does not wait for them.

Each is one query of the DuckDB file, or reads the lake where that knows more. Must not know how they were made.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import dagster as dg

from confluence_assets.assets.specs import WAREHOUSE, build_asset_specs
from confluence_assets.assets.wiring import SiteWiring
from confluence_assets.lake import Lake
from confluence_assets.sync.access_report import read_access_report
from confluence_assets.tables import LEFT_OUT, TABLES
from confluence_assets.warehouse import ConfluenceWarehouse, read_due

_EXAMPLES = 20

Rows = list[tuple[Any, ...]]


class Site(NamedTuple):
    """What a check may look at."""

    warehouse: ConfluenceWarehouse
    lake: Lake
    stale_after: timedelta


class Check(NamedTuple):
    """One check: the table (or published database) that it stands at, what it says, what looks, and what to do then.

    One that is blocking keeps what is made of the database from being made of a wrong one.
    """

    table: str
    description: str
    severity: dg.AssetCheckSeverity
    examine: Callable[[Site], Rows]
    next_step: str
    is_blocking: bool = False


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
    """Pages whose parent is not in any table of the tree, nor left out by a filter: the account can't see it, or it is a draft."""
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
    lost = site.warehouse.query_rows(
        f"select page_id, parent_id, space_key from pages where parent_id is not null and parent_id not in ({tree})"  # noqa: S608
    )
    left_out = site.lake.distinct_values(LEFT_OUT.name, LEFT_OUT.key) if lost else set()
    return [row for row in lost if row[1] not in left_out]


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


def _other_counts(site: Site) -> Rows:
    """Tables that hold another number of rows than their files, ids in two files aside; none while a publication is due."""
    if read_due(site.lake.root) is not None:
        return []
    found: Rows = []
    for table in TABLES:
        key = ", ".join(f'"{name}"' for name in table.key)
        ((published,),) = site.warehouse.query_rows(f'select count(*) from "{table.name}"')  # noqa: S608
        held = site.lake.total_rows(table.name)
        if (
            published != held and table.name != "sync_ledger"
        ):  # a run that changes nothing writes there, and publishes nothing
            distinct = len(
                {tuple(row.values()) for rows in site.lake.iter_rows(table.name, None, table.key) for row in rows}
            )
            if published != distinct:
                found.append((table.name, f"{published} rows published, {distinct} in the lake by {key}"))
    return found


def _failed_conversions(site: Site) -> Rows:
    """Documents without Markdown, and why."""
    return site.warehouse.query_rows(
        "select space_key, content_type, content_id, title, conversion_error from documents "
        "where conversion_error is not null order by space_key, content_id"
    )


def _stale_spaces(site: Site) -> Rows:
    """Spaces that were not read to their end for too long, oldest first."""
    # From the lake: a run that finds nothing new notes there that it looked, and publishes nothing.
    spaces = [row for rows in site.lake.iter_rows("spaces", None, ("space_key", "last_synced_at")) for row in rows]
    never = [(row["space_key"], "never read to its end") for row in spaces if row["last_synced_at"] is None]
    read = [(row["last_synced_at"], row["space_key"]) for row in spaces if row["last_synced_at"] is not None]
    stale = sorted(each for each in read if datetime.now(UTC) - each[0] > site.stale_after)
    return [*sorted(never), *((key, f"last read at {last.astimezone(UTC):%Y-%m-%d %H:%M UTC}") for last, key in stale)]


_ERROR, _WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN
_GRANT = "Do what stands beside each cause; `confluence-assets doctor` says the same."

_CHECKS: dict[str, Check] = {
    "keys_are_unique": Check(
        WAREHOUSE,
        "No key occurs twice in any table.",
        _ERROR,
        _repeated_keys,
        "Delete confluence.duckdb and materialize this asset: the file is made from nothing.",
        is_blocking=True,
    ),
    "matches_the_lake": Check(
        WAREHOUSE,
        "Each table holds the rows of its files.",
        _ERROR,
        _other_counts,
        "Delete confluence.duckdb and materialize this asset: the file is made from nothing.",
        is_blocking=True,
    ),
    "parents_exist": Check(
        WAREHOUSE,
        "Each page's parent is there.",
        _WARN,
        _lost_parents,
        "Give the account access to the parents, or run a full sync where they are newer than the last sweep.",
    ),
    "nothing_is_missing": Check(
        WAREHOUSE,
        "The latest runs brought what was expected.",
        _WARN,
        _incomplete_tables,
        "Mend what is named, then launch those partitions again; what is committed stays.",
    ),
    "spaces_are_fresh": Check(
        "spaces",
        "Each space was read to its end not long ago.",
        _WARN,
        _stale_spaces,
        "Look at the failures of the last runs, and launch the partitions of these spaces.",
    ),
    "bodies_are_converted": Check(
        "documents",
        "Each body became Markdown.",
        _WARN,
        _failed_conversions,
        "The body stands in body_storage. Report the message with the construct that it names.",
    ),
    "access_is_decided": Check(
        "content_acl",
        "Who may read each content is known. What is not is closed, and counted here by cause, with what to grant.",
        _WARN,
        _undecided_access,
        _GRANT,
    ),
    "crawler_is_admitted": Check(
        "content_acl",
        "The rule lets the account that reads the site read what it read; else a grant was misread.",
        _WARN,
        _refused_crawler,
        "Compare analytics.access_explained of one of these contents with the site, and report what differs.",
    ),
    "people_are_matched": Check(
        "users",
        "Everybody who can read has an e-mail address of their own, by which other systems can match them.",
        _WARN,
        _unmatched_people,
        "Match these people by account_id, or do what stands beside each.",
    ),
}

_STALE_PERIODS = 3
_STALE_AT_LEAST = timedelta(days=1)
"""A night without a sweep is no news; without an interval nothing else is known."""


def build_warehouse_checks(wiring: SiteWiring) -> dg.AssetChecksDefinition:
    """The checks of the site's published database."""
    specs = build_asset_specs(wiring.name, wiring.site.options.tables(), translate=wiring.translate)
    checks = {name: check for name, check in _CHECKS.items() if check.table in specs}
    keys = {name: specs[check.table].key for name, check in checks.items()}

    @dg.multi_asset_check(
        name=f"{wiring.name}_warehouse_checks",
        specs=[
            dg.AssetCheckSpec(name, asset=keys[name], description=each.description, blocking=each.is_blocking)
            for name, each in checks.items()
        ],
        can_subset=True,
    )
    def warehouse_checks(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        with ConfluenceWarehouse(wiring.site.folder / "confluence.duckdb") as warehouse:
            stale_after = max(_STALE_AT_LEAST, _STALE_PERIODS * (wiring.period or timedelta()))
            site = Site(warehouse, Lake(wiring.site.folder), stale_after)
            for name, check in checks.items():
                if dg.AssetCheckKey(keys[name], name) in context.selected_asset_check_keys:
                    yield _result(keys[name], name, check, check.examine(site))

    return warehouse_checks


def _result(key: dg.AssetKey, name: str, check: Check, found: Rows) -> dg.AssetCheckResult:
    """What was found, how many, where, and the next step."""
    metadata: dict[str, Any] = {"found": len(found)}
    if found:
        more = [f"- and {len(found) - _EXAMPLES} more"] if len(found) > _EXAMPLES else []
        examples = [*("- " + ", ".join(map(str, row)) for row in found[:_EXAMPLES]), *more]
        metadata |= {"examples": dg.MetadataValue.md("\n".join(examples)), "next step": check.next_step}
    return dg.AssetCheckResult(
        passed=not found, asset_key=key, check_name=name, severity=check.severity, metadata=metadata
    )
