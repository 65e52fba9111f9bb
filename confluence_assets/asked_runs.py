"""Runs that a sensor asked for: whether one is under way, how it ended, and when it may be asked for again.

A sensor keeps what it asked for in its cursor and lets go of it when the run has succeeded, so that a run that was lost,
failed or was cancelled is repeated. Must not know why a run is wanted.
"""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum

import dagster as dg
from pydantic import BaseModel

from confluence_assets.assets.wiring import SiteWiring
from confluence_assets.lake import Lake
from confluence_assets.sync.contract import SyncMode

ASK_TAG = "confluence/ask"
_START_LIMIT = timedelta(minutes=10)
"""A run that began longer ago than this, while nobody writes to the lake, has died: nothing else would ever say so."""

_RETRY_SECONDS = 60.0
_LONGEST_RETRY_SECONDS = 3600.0
_WAITING = dg.DagsterRunStatus.QUEUED
_UNDER_WAY = (
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)


class Ask(BaseModel):
    """A run that was asked for. `run_key` carries the moment, because Dagster remembers a key for ever."""

    run_key: str
    attempt: int = 1
    asked_at: datetime

    def may_repeat_at(self) -> datetime:
        """A minute after the first attempt, then twice as long each time, up to an hour."""
        pause = min(_RETRY_SECONDS * 2.0 ** (self.attempt - 1), _LONGEST_RETRY_SECONDS)
        return self.asked_at + timedelta(seconds=pause)


class Ending(Enum):
    """How a run that was asked for ended."""

    SUCCEEDED = "succeeded"
    LOST = "lost"


def make_ask(wiring: SiteWiring, cause: str, version: str, attempt: int = 1) -> Ask:
    """A new ask; `version` says what it is about."""
    return Ask(
        run_key=f"{wiring.name}:{cause}:{version}:{time.time_ns() // 1_000_000}",
        attempt=attempt,
        asked_at=datetime.now(UTC),
    )


def request_of(
    wiring: SiteWiring, ask: Ask, mode: SyncMode, space_keys: Sequence[str] | None, cause: str
) -> dg.RunRequest:
    """The run request of an ask: one run, whatever the number of spaces."""
    config = {"mode": mode.value, "space_keys": list(space_keys or ()), "publish_at_once": False}
    tags = {ASK_TAG: ask.run_key, "confluence/cause": cause, "confluence/attempt": str(ask.attempt)}
    return dg.RunRequest(run_key=ask.run_key, run_config={"ops": {wiring.step_name: {"config": config}}}, tags=tags)


def describe_busy(instance: dg.DagsterInstance, wiring: SiteWiring) -> str | None:
    """Which run of the site's job is queued or under way, in words; None where none is."""
    unfinished = dg.RunsFilter(job_name=wiring.job_name, statuses=[_WAITING, *_UNDER_WAY])
    for record in instance.get_run_records(unfinished, limit=20):
        run = record.dagster_run
        if run.status is _WAITING or not _is_dead(record, wiring):
            return f"Run {run.run_id[:8]} is {run.status.value.lower().replace('_', ' ')}; looking again after it."
    return None


def ending_of(instance: dg.DagsterInstance, ask: Ask) -> Ending:
    """How the run ended; to be asked when no run is under way."""
    runs = instance.get_runs(dg.RunsFilter(tags={ASK_TAG: ask.run_key}), limit=1)
    is_good = bool(runs) and runs[0].status is dg.DagsterRunStatus.SUCCESS
    return Ending.SUCCEEDED if is_good else Ending.LOST


def _is_dead(record: dg.RunRecord, wiring: SiteWiring) -> bool:
    """A killed run keeps its status for ever; the lake's lock went with its process."""
    began = (
        record.create_timestamp.replace(tzinfo=UTC)
        if record.create_timestamp.tzinfo is None
        else record.create_timestamp
    )
    if datetime.now(UTC) - began < _START_LIMIT:
        return False
    return Lake(wiring.site.folder).lock_holder() is None
