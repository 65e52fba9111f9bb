"""Tells Dagster what a sync did: a materialization for each table of each space that changed, and a summary of the run.

An event costs 6 ms or more in SQLite, and a busy site has 100,000 pairs of table and space: so an unchanged pair gets none,
and a run writes no more than its budget. What it could not tell is owed, and told by the next runs; the event log itself
is what remembers which pairs were told. A pair that was launched by name is told in any case: a backfill waits for it.
All are written when every row is in the lake, while the database is made of it. Must not know how a sync works.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import dagster as dg

from confluence_assets.assets import metadata
from confluence_assets.assets.specs import WAREHOUSE
from confluence_assets.partitions import add_partitions, read_partitions, retire_partitions
from confluence_assets.sync.contract import SyncReport, SyncRequest, TableOutcome
from confluence_assets.sync.options import Site
from confluence_assets.tables import TABLES_BY_NAME

EVENT_BUDGET = 2000
"""Events that a run in the background may write for tables of spaces: some fifteen seconds' worth."""

TERMINAL_EVENT_BUDGET = 300
"""The same where somebody waits at a terminal: some two seconds' worth."""

Describe = Callable[[TableOutcome], Mapping[str, Any]]

Pair = tuple[str, str]
"""A table and a space key; the key is empty for tables of the whole site."""


class MaterializationLog:
    """A sync's observer that writes to Dagster's event log.

    `keys` are the asset keys by table name; tables that have none are passed over. `tells_empty` also tells once of a space that
    has no rows of a table, so that its partition does not look as if it were missing.
    """

    def __init__(
        self,
        context: dg.AssetExecutionContext,
        site: Site,
        keys: Mapping[str, dg.AssetKey],
        *,
        budget: int = EVENT_BUDGET,
        tells_empty: bool = True,
    ) -> None:
        self._context = context
        self._site = site
        self._keys = keys
        self._left = budget
        self._tells_empty = tells_empty
        self._committed: dict[Pair, TableOutcome] = {}
        self._failed: set[Pair] = set()
        self._told: set[Pair] = set()
        self._tell_settled: Callable[[], None] = lambda: None

    def on_stage(self, stage: str) -> None:
        self._context.log.info(stage)

    def on_progress(self, counts: Mapping[str, int], requests: int) -> None:
        """Dagster has no live counts."""

    def on_note(self, text: str) -> None:
        self._context.log.info(text)

    def on_committed(self, outcome: TableOutcome) -> None:
        pair = (outcome.table, outcome.space_key)
        if outcome.is_failure:
            self._failed.add(pair)
            self._context.log.error(f"{outcome.table} {outcome.space_key}: {outcome.error}")
        elif outcome.table in self._keys:
            self._committed[pair] = outcome

    def when_settled(self, tell: Callable[[], None]) -> None:
        """What to do as soon as all rows are in the lake, while the database is made."""
        self._tell_settled = tell

    def on_settled(self) -> None:
        self._tell_settled()

    def tell(
        self, describe: Describe, asked: Collection[Pair] = (), count_rows: Callable[[str, str], int] | None = None
    ) -> None:
        """Write what was committed: what was asked for by name and what changed, then what the event log never heard of.

        May be called again: what was told once is not told twice.
        """
        named = set(asked) - self._told
        for pair in sorted(named - self._failed - set(self._committed)):
            self._committed[pair] = TableOutcome(*pair, row_count=count_rows(*pair) if count_rows else 0)
        self._left += len(named)
        outcomes = self._committed.values()
        self._tell_all([o for o in outcomes if o.is_changed or (o.table, o.space_key) in named], describe)
        self._tell_all(self._owed(named), describe)
        self._told |= named | set(self._committed)
        self._committed.clear()

    def sum_up(self, report: SyncReport, request: SyncRequest, *, tells_database: bool = False) -> None:
        """Write the summary of the run, and retire the partitions of spaces that are no longer held."""
        if request.space_keys is None and request.tables is None and report.is_ok:
            known = read_partitions(self._context.instance, self._site.name)
            retire_partitions(self._context.instance, self._site.name, known - set(report.space_keys))
        summary = metadata.report_metadata(report)
        if "sync_ledger" in self._keys:
            self._log("sync_ledger", {"dagster/row_count": report.row_counts.get("sync_ledger", 0), **summary})
        if report.published or tells_database:
            path = self._site.folder / report.database_path
            place = {"dagster/uri": path.as_uri(), "path": dg.MetadataValue.path(str(path))}
            counts: dict[str, Any] = {"rows": sum(report.row_counts.values()), "spaces": len(report.space_keys)}
            counts |= metadata.publication_metadata(report)
            self._log(WAREHOUSE, {**place, **counts, "tables": summary["tables"]})

    def _owed(self, asked: Collection[Pair]) -> list[TableOutcome]:
        """What the lake holds unchanged, and Dagster was never told of: a first sync that was too large, a new DAGSTER_HOME."""
        quiet = [o for o in self._committed.values() if not o.is_changed and (o.row_count or self._tells_empty)]
        owed: list[TableOutcome] = []
        for table, outcomes in _by_table(o for o in quiet if (o.table, o.space_key) not in asked).items():
            if len(owed) < self._left:
                told = self._told_before(self._keys[table])
                owed.extend(outcome for outcome in outcomes if outcome.space_key not in told)
        return owed

    def _told_before(self, key: dg.AssetKey) -> set[str]:
        """The partitions that were ever materialized; an empty key stands for the whole of an unpartitioned asset."""
        told: set[str] = self._context.instance.get_materialized_partitions(key)
        if told or self._context.instance.get_latest_materialization_event(key) is not None:
            return {*told, ""}
        return told

    def _tell_all(self, outcomes: list[TableOutcome], describe: Describe) -> None:
        chosen = sorted(outcomes, key=_importance)[: self._left]
        self._left -= len(chosen)
        space_keys = {outcome.space_key for outcome in chosen if outcome.space_key}
        if space_keys:
            add_partitions(self._context.instance, self._site.name, space_keys)
        for outcome in chosen:
            self._log(outcome.table, describe(outcome), outcome.space_key or None)
        if len(chosen) < len(outcomes):
            self._context.log.info(
                f"{len(chosen)} of {len(outcomes)} materializations were logged; the others follow with the next runs."
            )

    def _log(self, table: str, described: Mapping[str, Any], space_key: str | None = None) -> None:
        self._context.log_event(dg.AssetMaterialization(self._keys[table], metadata=described, partition=space_key))


_ORDER = {name: position for position, name in enumerate(TABLES_BY_NAME)}


def _importance(outcome: TableOutcome) -> tuple[bool, int, str]:
    """Tables of the whole site first, then table by table as people read them."""
    return (bool(outcome.space_key), _ORDER[outcome.table], outcome.space_key)


def _by_table(outcomes: Iterable[TableOutcome]) -> dict[str, list[TableOutcome]]:
    grouped: dict[str, list[TableOutcome]] = {}
    for outcome in sorted(outcomes, key=_importance):
        grouped.setdefault(outcome.table, []).append(outcome)
    return grouped
