"""Errors as Dagster shows them: what, where, how many, next step. Pure."""

from typing import Any

import dagster as dg

from confluence_assets.assets.metadata import report_metadata
from confluence_assets.errors import ApiError, ConfluenceAssetsError, SettingsError, TransientError
from confluence_assets.sync.contract import SyncReport


def failure_of_error(error: ConfluenceAssetsError) -> dg.Failure:
    """A run that could not go on. Only what may pass by itself is worth a retry, and no write whose outcome is unknown."""
    metadata: dict[str, Any] = {"what": error.message, "next step": error.hint or "See the run's log."}
    if isinstance(error, SettingsError) and error.setting:
        metadata["setting"] = error.setting
    if isinstance(error, ApiError):
        metadata.update(request=f"{error.method} {error.url}", attempts=error.attempts)
        if error.status is not None:
            metadata["status"] = error.status
        if error.excerpt:
            metadata["answer"] = error.excerpt
    may_pass = isinstance(error, TransientError) and not error.is_outcome_unknown
    return dg.Failure(str(error), metadata=metadata, allow_retries=may_pass)


def failure_of_report(report: SyncReport) -> dg.Failure:
    """A run that came to its end with spaces or tables missing; the others are committed and logged."""
    failed = [outcome for outcome in report.outcomes if outcome.is_failure]
    spaces = sorted({outcome.space_key for outcome in failed if outcome.space_key})
    where = (
        f" in {', '.join(spaces[:10])}" + (f" and {len(spaces) - 10} more" if len(spaces) > 10 else "")
        if spaces
        else ""
    )
    return dg.Failure(
        f"{len(report.failures)} failed{where}: {report.failures[0]}",
        metadata={
            **report_metadata(report),
            "failed spaces": ", ".join(spaces) or "none",
            "failed tables": ", ".join(sorted({outcome.table for outcome in failed})) or "none",
            "next step": next_step_of(report),
        },
        allow_retries=True,
    )


def next_step_of(report: SyncReport) -> str:
    """How to repeat only what failed."""
    spaces = sorted({outcome.space_key for outcome in report.outcomes if outcome.is_failure and outcome.space_key})
    if not spaces:
        return "Mend what the failures name, then run the sync again: what is committed stays."
    keys = " ".join(f"--space {key}" for key in spaces[:20])
    return f"What is committed stays. Mend what the failures name, then launch these partitions again, or: confluence-assets sync {keys}"
