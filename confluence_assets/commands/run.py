"""One sync of one site as a Dagster run in this process, recorded in DAGSTER_HOME, so that it stands in the UI beside the others.

Must not know how a sync works, or how its account is printed.
"""

import os
import socket
import uuid
from dataclasses import replace
from functools import partial
from typing import Any, NoReturn

import dagster as dg

from confluence_assets.assets.events import TERMINAL_EVENT_BUDGET
from confluence_assets.assets.wiring import SiteWiring
from confluence_assets.commands.head_start import HeadStart
from confluence_assets.commands.progress import Progress
from confluence_assets.component import ConfluenceComponent
from confluence_assets.definitions import build_run_job
from confluence_assets.errors import ConfluenceAssetsError, SettingsError
from confluence_assets.home import ensure_dagster_home
from confluence_assets.sync.contract import SyncMode, SyncReport, SyncRequest

HOST_TAG, PROCESS_TAG = "confluence/host", "confluence/pid"


class RunFailedError(ConfluenceAssetsError):
    """The run ended with an error that nobody expected; Dagster's record of the run holds the traceback."""


def run_in_process(component: ConfluenceComponent, request: SyncRequest, *, verbose: bool = False) -> SyncReport:
    """Run the site's sync job, with progress on standard error.

    Raises: what the sync raises; RunFailedError for anything else.
    """
    progress = Progress()
    wiring = replace(component.build_wiring(progress), event_budget=TERMINAL_EVENT_BUDGET, tells_empty=False)
    request = replace(request, run_id=str(uuid.uuid4()))
    if has_own_execute(component):
        return _run_job(wiring, request, progress, verbose=verbose)
    with HeadStart(request, partial(component.run_sync, component.get_resource(), request)) as sync:
        return _run_job(replace(wiring, execute=sync.take_over), request, progress, verbose=verbose)


def has_own_execute(component: ConfluenceComponent) -> bool:
    """Whether a subclass says how a sync is run or connects, which wants Dagster's context from the beginning."""
    own = type(component)
    return own.execute is not ConfluenceComponent.execute or own.get_resource is not ConfluenceComponent.get_resource


def _run_job(wiring: SiteWiring, request: SyncRequest, progress: Progress, *, verbose: bool) -> SyncReport:
    ensure_dagster_home(wiring.site.home)
    try:
        job = build_run_job(wiring)
    except dg.DagsterInvalidDefinitionError as error:
        raise SettingsError(
            f"Dagster takes no such definitions: {error}",
            setting="translation",
            hint="Look at `translation`, and at get_asset_spec where it is overridden.",
        ) from error
    config = {
        "mode": request.mode.value,
        "space_keys": list(request.space_keys or ()),
        "allow_removals": request.allow_removals,
    }
    with dg.DagsterInstance.get() as instance:
        close_dead_runs(instance)
        try:
            result = job.execute_in_process(
                instance=instance,
                raise_on_error=False,
                run_id=request.run_id,
                tags={
                    HOST_TAG: socket.gethostname(),
                    PROCESS_TAG: str(os.getpid()),
                    "confluence/cause": "command line",
                },
                run_config={
                    "ops": {wiring.step_name: {"config": config}},
                    "loggers": {"console": {"config": {"log_level": "DEBUG" if verbose else "CRITICAL"}}},
                },
            )
        finally:
            progress.close()
    if progress.error is not None:
        raise progress.error
    if progress.report is None:
        _raise_failure(result, verbose=verbose)
    return progress.report


def materialize_in_process(asset: dg.AssetsDefinition, component: ConfluenceComponent) -> dict[str, Any]:
    """Make one asset of the site here and now, recorded beside the other runs, and return its metadata as plain values.

    Raises: RunFailedError.
    """
    wiring = component.build_wiring()
    ensure_dagster_home(wiring.site.home)
    with dg.DagsterInstance.get() as instance:
        result = dg.materialize(
            [asset],
            resources={wiring.resource_key: wiring.resource},
            instance=instance,
            raise_on_error=False,
            tags={"confluence/site": wiring.name, "confluence/cause": "command line"},
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    if not result.success:
        _raise_failure(result, verbose=False)
    (made,) = result.asset_materializations_for_node(asset.op.name)
    return {name: value.value for name, value in made.metadata.items()}


def close_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Mark runs of this command whose process is gone as failed; returns their ids. Dagster would show them as running for ever."""
    closed = []
    unfinished = [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
    for run in instance.get_runs(dg.RunsFilter(tags={HOST_TAG: socket.gethostname()}, statuses=unfinished)):
        if not _is_alive(int(run.tags[PROCESS_TAG])):
            instance.report_run_failed(run, "The process of this run died before its end.")
            closed.append(run.run_id)
    return closed


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _raise_failure(result: dg.ExecuteInProcessResult, *, verbose: bool) -> NoReturn:
    """Raises: KeyboardInterrupt where the run was stopped; else RunFailedError with the innermost error of the run."""
    errors = [getattr(event.event_specific_data, "error", None) for event in result.all_events]
    error = next((error for error in errors if error is not None), None)
    if error is None:
        raise RunFailedError(f"The run {result.run_id} failed, and Dagster did not say why.")
    innermost = error
    while innermost.cause is not None:
        innermost = innermost.cause
    if dg.DagsterExecutionInterruptedError.__name__ in (error.cls_name, innermost.cls_name):
        raise KeyboardInterrupt
    reason = error.to_string() if verbose else innermost.message.strip()
    raise RunFailedError(f"The run failed: {reason}", hint=f"Run {result.run_id} in the UI holds more.")


def request_for(
    mode: str = "incremental", space_keys: list[str] | None = None, *, allow_removals: bool = False
) -> SyncRequest:
    """The request that the words of the command line mean."""
    keys = tuple(dict.fromkeys(space_keys or ())) or None
    return SyncRequest(mode=SyncMode(mode), space_keys=keys, allow_removals=allow_removals)
