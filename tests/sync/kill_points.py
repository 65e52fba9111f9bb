"""Runs that end at a chosen write, as if killed there: whatever was written before it stands, and nothing after it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from confluence_assets.lake import Lake
from tests.sync.harness import Bench

_WRITES = ("commit_stage", "append_run", "write_site_state", "drop_partition", "rename_partition")


class Killed(BaseException):
    """What a run meets at the chosen write and at every later one: a dead process writes no account either."""


@contextmanager
def killed_at(write: int) -> Iterator[list[str]]:
    """Inside, the lake writes `write` times and never again. Shape: the names of the writes that were made."""
    made: list[str] = []

    def dying(name: str) -> Any:
        alive = getattr(Lake, name)

        def call(lake: Lake, *args: Any, **more: Any) -> Any:
            if len(made) >= write:
                raise Killed
            made.append(name)
            return alive(lake, *args, **more)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in _WRITES:
            patch.setattr(Lake, name, dying(name))
        yield made


def kill_run(run: Bench, mode: str, write: int) -> bool:
    """A run that dies at a write. True where it had so many."""
    with killed_at(write):
        try:
            run.sync(mode)
        except Killed:
            return True
    return False


def copy_of(run: Bench, home: Path) -> Bench:
    """The same site with a copy of the lake."""
    shutil.copytree(run.site.home, home, ignore=shutil.ignore_patterns(".staging", ".lock"))
    made = Bench(run.embedded, home)
    made.site = type(run.site)(run.site.name, home, run.site.options)
    made.lake = Lake(made.site.folder)
    return made
