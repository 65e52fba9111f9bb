"""A home for Dagster's own records where the user has set none, made once and under a lock.

Several processes that create Dagster's SQLite schema at the same moment destroy it (alembic then sees more than one head),
so the schema is made here, by one process, before anybody else opens it. Must not know of Confluence.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from confluence_assets.errors import SettingsError, StorageError

DAGSTER_HOME = "DAGSTER_HOME"
_MARKER = ".ready"
_LOCK = ".lock"

DAGSTER_YAML = """\
# Dagster's own settings, written once; yours to change.
telemetry:
  enabled: false
nux:
  enabled: false
# A sync writes to the run's own log. Capturing what a process prints would start four more processes for each run.
compute_logs:
  module: dagster.core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
retention:
  schedule:
    purge_after_days: { skipped: 7, success: 30, failure: 90, started: 7 }
  sensor:
    purge_after_days: { skipped: 2, success: 30, failure: 90, started: 7 }
"""


def ensure_dagster_home(home: Path) -> Path:
    """Set DAGSTER_HOME where it is not set, to `home/.dagster`, with its files and schema ready; returns the folder.

    Safe for any number of processes at the same moment. A folder that the user has chosen is left as it is.
    Raises: SettingsError where the user's DAGSTER_HOME is no folder; StorageError where ours can't be written.
    """
    chosen = os.environ.get(DAGSTER_HOME, "").strip()
    if chosen:
        return _check_chosen(Path(chosen))
    folder = home / ".dagster"
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"The folder {folder} can't be made: {error.strerror}.",
            hint="Set CONFLUENCE_HOME to a folder that you may write to.",
        ) from error
    os.environ[DAGSTER_HOME] = str(folder)
    if not (folder / _MARKER).exists():
        _prepare(folder)
    return folder


def _check_chosen(folder: Path) -> Path:
    if folder.is_absolute() and folder.is_dir():
        return folder
    raise SettingsError(
        f"{DAGSTER_HOME} is {str(folder)!r}, which is not the absolute path of a folder.",
        setting=DAGSTER_HOME,
        hint="Make the folder, or unset the variable: then one is made in CONFLUENCE_HOME.",
    )


def _prepare(folder: Path) -> None:
    with _locked(folder / _LOCK):
        if (folder / _MARKER).exists():
            return
        settings = folder / "dagster.yaml"
        if not settings.exists():
            partial = folder / "dagster.yaml.partial"
            partial.write_text(DAGSTER_YAML, encoding="utf-8")
            partial.replace(settings)
        _create_schema()
        (folder / _MARKER).touch()


def _create_schema() -> None:
    """Open each of Dagster's storages once: each creates its tables when it is first used."""
    import dagster as dg

    with dg.DagsterInstance.get() as instance:
        instance.get_runs_count()
        instance.get_dynamic_partitions("none")
        instance.all_instigator_state()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
