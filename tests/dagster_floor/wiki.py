"""A site whose sync is a script: the component's own `execute`, overridden, so that only Dagster's floor is under test."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from confluence_assets.component import ConfluenceComponent
from confluence_assets.errors import ConfluenceAssetsError
from confluence_assets.resources import ConfluenceResource
from confluence_assets.sync.contract import SyncObserver, SyncReport, SyncRequest, TableOutcome


@dataclass
class Script:
    """What the next runs do, and what they were asked."""

    outcomes: Callable[[SyncRequest], list[TableOutcome]] = lambda request: []
    space_keys: tuple[str, ...] = ()
    failures: list[str] = field(default_factory=list)
    error: ConfluenceAssetsError | None = None
    published: bool = False
    requests: list[SyncRequest] = field(default_factory=list)
    settles: bool = False
    """Whether the sync says that all rows are in the lake, before it comes back."""
    told_when_settled: int = 0


SCRIPT = Script()


def play(**changes: Any) -> Script:
    """Set the script that the next runs follow."""
    SCRIPT.__init__(**changes)  # type: ignore[misc]
    return SCRIPT


class ScriptedComponent(ConfluenceComponent):
    """Reports what the script says."""

    def execute(
        self,
        context: dg.AssetExecutionContext,
        confluence: ConfluenceResource,
        request: SyncRequest,
        observer: SyncObserver,
    ) -> SyncReport:
        SCRIPT.requests.append(request)
        report = SyncReport(request.run_id, self.get_site().name, request.mode, datetime(2026, 11, 16, 8, tzinfo=UTC))
        observer.on_stage("pages")
        for outcome in SCRIPT.outcomes(request):
            report.outcomes.append(outcome)
            observer.on_committed(outcome)
        if SCRIPT.settles:
            observer.on_settled()
            told = context.instance.all_logs(context.run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
            SCRIPT.told_when_settled = len(told)
        if SCRIPT.error:
            raise SCRIPT.error
        report.space_keys = SCRIPT.space_keys
        report.failures = list(SCRIPT.failures)
        report.published = SCRIPT.published
        report.database_path = "confluence.duckdb"
        report.finished_at = datetime(2026, 11, 16, 8, 0, 5, tzinfo=UTC)
        return report


def changed(table: str, space_key: str = "", added: int = 3) -> TableOutcome:
    return TableOutcome(table, space_key, row_count=added, received=added, added=added, requests=1)


def unchanged(table: str, space_key: str = "") -> TableOutcome:
    return TableOutcome(table, space_key, row_count=3, received=3, unchanged=3)
