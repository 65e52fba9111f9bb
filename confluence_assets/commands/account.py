"""The account of a run, as text for people and as JSON for programs. Pure."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from confluence_assets.report import REPORT_NAME
from confluence_assets.sync.contract import SyncReport, TableOutcome
from confluence_assets.sync.options import Site
from confluence_assets.tables import TABLES_BY_NAME


def describe_run(site: Site, report: SyncReport) -> str:
    """Rows per table, what changed, what it cost, and where it lies."""
    lines = [f"{site.name}: {report.base_url} as {report.account}".rstrip(), ""]
    counts = {name: report.row_counts[name] for name in TABLES_BY_NAME if report.row_counts.get(name)}
    width = max((len(name) for name in counts), default=0)
    for name, count in counts.items():
        lines.append(f"  {name:<{width}}  {count:>9,}  {_changes(report.outcomes, name)}".rstrip())
    lines += ["", _summary(report), *_places(site, report)]
    lines += [f"note: {note}" for note in report.notes]
    lines += [f"failed: {failure}" for failure in report.failures]
    return "\n".join(lines)


def _summary(report: SyncReport) -> str:
    spaces = len(report.space_keys)
    rows = sum(report.row_counts.values())
    held = f"{rows:,} rows, {spaces} space{'s' if spaces != 1 else ''}"
    cost = f"{report.requests:,} requests"
    if report.finished_at:
        cost += f", {(report.finished_at - report.started_at).total_seconds():.1f} s"
    if report.throttled_seconds:
        cost += f" ({report.throttled_seconds:.1f} s of them waiting for the rate limit)"
    change = "" if report.is_changed or report.failures else "Nothing changed since the last run. "
    return f"{change}{held}; {cost}."


def _changes(outcomes: list[TableOutcome], table: str) -> str:
    ours = [outcome for outcome in outcomes if outcome.table == table]
    counts = {
        "+": sum(outcome.added for outcome in ours),
        "~": sum(outcome.changed for outcome in ours),
        "-": sum(outcome.removed for outcome in ours),
    }
    return " ".join(f"{sign}{count:,}" for sign, count in counts.items() if count)


def _places(site: Site, report: SyncReport) -> list[str]:
    lines = [f"Parquet   {_shown(site.folder / 'lake')}"]
    if report.database_path:
        lines.append(f"DuckDB    {_shown(site.folder / report.database_path)}")
    if (site.folder / REPORT_NAME).exists():
        lines.append(f"Report    {_shown(site.folder / REPORT_NAME)}")
    return lines


def _shown(path: Path) -> str:
    """Relative to the working directory where it lies below it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def report_as_json(site: Site, report: SyncReport) -> dict[str, Any]:
    """The same account for programs; one entry per table, and one per outcome that changed or failed."""
    tables = {}
    for name in TABLES_BY_NAME:
        ours = [outcome for outcome in report.outcomes if outcome.table == name]
        if not ours and not report.row_counts.get(name):
            continue
        tables[name] = {
            "rows": report.row_counts.get(name, 0),
            **{
                count: sum(getattr(outcome, count) for outcome in ours)
                for count in ("added", "changed", "removed", "skipped")
            },
            "requests": sum(outcome.requests for outcome in ours),
        }
    return {
        "run_id": report.run_id,
        "site": site.name,
        "base_url": report.base_url,
        "account": report.account,
        "mode": report.mode.value,
        "ok": report.is_ok,
        "changed": report.is_changed,
        "started_at": report.started_at.isoformat(),
        "finished_at": report.finished_at.isoformat() if report.finished_at else None,
        "spaces": list(report.space_keys),
        "tables": tables,
        "outcomes": [asdict(outcome) for outcome in report.outcomes if outcome.is_changed or outcome.error],
        "requests": report.requests,
        "requests_by_endpoint": report.requests_by_endpoint,
        "retries": report.retries,
        "throttled_seconds": report.throttled_seconds,
        "published": report.published,
        "database": str(site.folder / report.database_path) if report.database_path else None,
        "lake": str(site.folder / "lake"),
        "failures": report.failures,
        "notes": report.notes,
    }
