"""The part of `doctor` that asks nobody: versions, folders, disk, who writes now."""

import os
import platform
import shutil
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from confluence_assets.commands.findings import Finding, fail, ok, warn
from confluence_assets.home import DAGSTER_HOME
from confluence_assets.lake import Lake
from confluence_assets.sync.options import Site

_PACKAGES = ("confluence-assets", "dagster", "dagster-webserver", "duckdb", "pyarrow", "requests")
_LOW_BYTES = 1 << 30
_NO_ROOM_BYTES = 32 << 20
"""Dagster's own records and an empty database take as much."""


def check_local(site: Site) -> Iterator[Finding]:
    """What can be told without the site."""
    yield ok("versions", f"Python {platform.python_version()}, " + ", ".join(_versions()))
    yield ok("site", f"{site.name}, data in {site.folder}")
    yield _check_folder(site.home)
    yield _check_disk(site.home)
    yield _check_dagster_home(site.home)
    holder = Lake(site.folder).lock_holder()
    yield ok("lock", f"held by {holder}; a sync would wait" if holder else "nobody is writing")


def _versions() -> Iterator[str]:
    for name in _PACKAGES:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            yield f"{name} not installed"


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    while not folder.exists():
        folder = folder.parent
    return folder


def _check_folder(home: Path) -> Finding:
    existing = _nearest(home)
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        return ok("folder", f"{home} can be written" + ("" if existing == home else " (it will be made)"))
    return fail("folder", f"{home} can't be written.", "Set CONFLUENCE_HOME to a folder of yours.", is_setting=True)


def _check_disk(home: Path) -> Finding:
    free = shutil.disk_usage(_nearest(home)).free
    text = f"{free / (1 << 30):,.1f} GiB free"
    if free < _NO_ROOM_BYTES:
        return fail(
            "disk", f"{free / (1 << 20):,.0f} MiB free", "Make room, or set CONFLUENCE_HOME to a folder elsewhere."
        )
    if free < _LOW_BYTES:
        return warn("disk", text, "The database is built beside the old one: keep twice its size free.")
    return ok("disk", text)


def _check_dagster_home(home: Path) -> Finding:
    chosen = os.environ.get(DAGSTER_HOME, "").strip()
    if not chosen:
        return ok("dagster", f"{DAGSTER_HOME} is not set; records go to {home / '.dagster'}")
    if Path(chosen).is_absolute() and Path(chosen).is_dir():
        return ok("dagster", f"records go to {chosen} ({DAGSTER_HOME})")
    step = "Make the folder, or unset the variable."
    return fail(
        "dagster", f"{DAGSTER_HOME} is {chosen!r}, which is not the absolute path of a folder.", step, is_setting=True
    )
