"""What stands beside a materialization in the UI, made from the account of a run. Pure.

Never a body: previews show titles, keys and the like, because a run's page has other readers than a restricted page.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from confluence_assets.sync.contract import SyncReport, TableOutcome
from confluence_assets.tables import TABLES_BY_NAME, Grain, Row

PREVIEW_ROWS = 5

_SHOWN = (
    "title", "name", "filename", "display_name", "status", "type", "comment_type", "container_id", "media_type",
    "due_at", "operation", "principal_type", "principal_id", "version_number", "updated_at", "summary", "created_at",
)  # fmt: skip
"""Columns that a preview may show beside the key, in this order."""

_PREVIEW_COLUMNS = 5


def outcome_metadata(outcome: TableOutcome, folder: Path, *, space_url: str | None = None) -> dict[str, Any]:
    """Counts, place and cost of one table of one space."""
    count_name = "dagster/partition_row_count" if outcome.space_key else "dagster/row_count"
    metadata: dict[str, Any] = {
        count_name: outcome.row_count,
        "added": outcome.added,
        "changed": outcome.changed,
        "removed": outcome.removed,
        "unchanged": outcome.unchanged,
        "received": outcome.received,
        "requests": outcome.requests,
    }
    if outcome.expected is not None:
        metadata["expected"] = outcome.expected
    if outcome.skipped:
        metadata["skipped"] = outcome.skipped
    if outcome.error:
        metadata["incomplete"] = outcome.error
    if outcome.path:
        path = folder / outcome.path
        metadata["dagster/uri"] = path.as_uri()
        metadata["path"] = dg.MetadataValue.path(str(path))
    if space_url:
        metadata["in Confluence"] = dg.MetadataValue.url(space_url)
    return metadata


def preview_columns(table: str) -> list[str]:
    """The columns that a preview of this table shows: its key, and what names a row."""
    declared = TABLES_BY_NAME[table]
    named = [name for name in _SHOWN if name in declared.column_names and name not in declared.key]
    return [*declared.key, *named][: max(_PREVIEW_COLUMNS, len(declared.key))]


def preview(table: str, rows: Sequence[Row]) -> dg.MetadataValue | None:
    """The first rows as a small table; None where there are none."""
    if not rows:
        return None
    columns = preview_columns(table)
    records = [dg.TableRecord({name: _cell(row.get(name)) for name in columns}) for row in rows[:PREVIEW_ROWS]]
    return dg.MetadataValue.table(records, schema=dg.TableSchema([dg.TableColumn(name) for name in columns]))


def _cell(value: Any) -> str | int | float | bool | None:
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def report_metadata(report: SyncReport) -> dict[str, Any]:
    """The summary of a run."""
    changed = [outcome for outcome in report.outcomes if outcome.is_changed]
    metadata: dict[str, Any] = {
        "mode": report.mode.value,
        "account": report.account,
        "site": dg.MetadataValue.url(report.base_url) if report.base_url else "",
        "spaces": len(report.space_keys),
        "rows added": sum(outcome.added for outcome in changed),
        "rows changed": sum(outcome.changed for outcome in changed),
        "rows removed": sum(outcome.removed for outcome in changed),
        "requests": report.requests,
        "retries": report.retries,
        "throttled seconds": round(report.throttled_seconds, 3),
        "rows": sum(report.row_counts.values()),
        "published": report.published,
        "tables": dg.MetadataValue.md(tables_as_markdown(report.outcomes, report.row_counts)),
    }
    if report.finished_at:
        metadata["seconds"] = round((report.finished_at - report.started_at).total_seconds(), 3)
    if report.requests_by_endpoint:
        metadata["requests by endpoint"] = dg.MetadataValue.md(_counts_as_markdown(report.requests_by_endpoint))
    if report.notes:
        metadata["notes"] = dg.MetadataValue.md(_list_as_markdown(report.notes))
    if report.failures:
        metadata["failures"] = dg.MetadataValue.md(_list_as_markdown(report.failures))
    return metadata


def publication_metadata(report: SyncReport) -> dict[str, Any]:
    """What became of the rows from the last publication to this one, as numbers and table by table."""
    deltas = report.published_rows
    sums = [sum(delta[place] for delta in deltas.values()) for place in range(3)]
    described: dict[str, Any] = {"rows added": sums[0], "rows changed": sums[1], "rows removed": sums[2]}
    if deltas:
        lines = ["| table | added | changed | removed |", "|---|--:|--:|--:|"]
        named = [(name, deltas[name]) for name in TABLES_BY_NAME if name in deltas]
        lines += [f"| {name} | {delta[0]} | {delta[1]} | {delta[2]} |" for name, delta in named]
        described["changed since the publication before"] = dg.MetadataValue.md("\n".join(lines))
    return described


def tables_as_markdown(outcomes: Sequence[TableOutcome], row_counts: Mapping[str, int]) -> str:
    """One line per table that is in the lake or was touched: rows, added, changed, removed, spaces changed."""
    lines = ["| table | rows | added | changed | removed | spaces changed |", "|---|--:|--:|--:|--:|--:|"]
    touched = {outcome.table for outcome in outcomes}
    for name, table in TABLES_BY_NAME.items():
        if name not in touched and not row_counts.get(name):
            continue
        changed = [outcome for outcome in outcomes if outcome.table == name and outcome.is_changed]
        counts = (sum(o.added for o in changed), sum(o.changed for o in changed), sum(o.removed for o in changed))
        spaces = str(len({o.space_key for o in changed})) if table.grain is Grain.SPACE else ""
        lines.append(f"| {name} | {row_counts.get(name, 0)} | {counts[0]} | {counts[1]} | {counts[2]} | {spaces} |")
    return "\n".join(lines)


def _counts_as_markdown(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return "\n".join(["| endpoint | requests |", "|---|--:|", *(f"| `{name}` | {count} |" for name, count in ordered)])


def _list_as_markdown(lines: Sequence[str], limit: int = 50) -> str:
    more = [f"- and {len(lines) - limit} more"] if len(lines) > limit else []
    return "\n".join([*(f"- {line}" for line in lines[:limit]), *more])
