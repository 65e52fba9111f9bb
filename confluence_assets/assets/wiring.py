"""What one site's definitions are made from: the same for YAML, for Python and for the command line."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

import dagster as dg

from confluence_assets.assets.events import EVENT_BUDGET
from confluence_assets.assets.intervals import period_of
from confluence_assets.assets.specs import Translate
from confluence_assets.errors import ConfluenceAssetsError
from confluence_assets.resources import ConfluenceResource
from confluence_assets.sync.contract import SyncObserver, SyncReport, SyncRequest
from confluence_assets.sync.options import Site

Execute = Callable[[dg.AssetExecutionContext, ConfluenceResource, SyncRequest, SyncObserver], SyncReport]
"""Runs a sync; a component may override it."""


class RunListener(SyncObserver, Protocol):
    """An observer that also hears how the run ended."""

    def on_report(self, report: SyncReport) -> None:
        """The run came to its end; the report may hold failures."""
        ...

    def on_error(self, error: ConfluenceAssetsError) -> None:
        """The run could not go on."""
        ...


@dataclass(frozen=True, kw_only=True)
class SiteWiring:
    """One site in Dagster."""

    site: Site
    resource: ConfluenceResource
    execute: Execute
    translate: Translate | None = None
    owners: Sequence[str] = ()
    sweep_every: str = "1h"
    permissions_every: str | None = None
    discovery_interval_seconds: int = 300
    changes_interval_seconds: int = 60
    stream_intervals: Mapping[str, int] = field(default_factory=dict)
    """Seconds between two looks at a change stream, for those that have an interval of their own."""
    webhooks_interval_seconds: int = 5
    is_automatic: bool = True
    event_budget: int = EVENT_BUDGET
    tells_empty: bool = True
    listener: RunListener | None = None

    @property
    def name(self) -> str:
        return self.site.name

    @property
    def period(self) -> timedelta | None:
        """The time from one sweep to the next; None where nothing sweeps by itself, or not by the clock's intervals."""
        return period_of(self.sweep_every) if self.is_automatic else None

    @property
    def resource_key(self) -> str:
        """Of its own for each site, so that several stand side by side in one code location."""
        return f"{self.name}_confluence"

    @property
    def step_name(self) -> str:
        """The name of the step that makes all tables; the key of its run configuration too."""
        return f"{self.name}_tables"

    @property
    def job_name(self) -> str:
        return f"{self.name}_sync"

    @property
    def checks_job_name(self) -> str:
        return f"{self.name}_checks"
