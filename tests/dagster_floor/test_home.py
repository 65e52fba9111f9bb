"""DAGSTER_HOME: made once, by one of any number of processes; never where the user has chosen one."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from confluence_assets.errors import SettingsError, StorageError
from confluence_assets.home import ensure_dagster_home

START = """
import sys
from pathlib import Path
from confluence_assets.home import ensure_dagster_home
ensure_dagster_home(Path(sys.argv[1]))
import dagster as dg
with dg.DagsterInstance.get() as instance:
    instance.add_dynamic_partitions("acme_spaces", [sys.argv[2]])
    assert instance.get_runs_count() == 0
    assert not instance.telemetry_enabled
"""


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "DAGSTER_HOME"}


def test_three_first_starts_at_the_same_moment_all_end_right(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-c", START, str(tmp_path / "data")]
    starts = [subprocess.Popen([*command, key], env=environment(), stderr=subprocess.PIPE, text=True) for key in "ABC"]
    errors = [start.communicate(timeout=120)[1] for start in starts]
    assert [start.returncode for start in starts] == [0, 0, 0], errors
    again = subprocess.run([*command, "D"], env=environment(), capture_output=True, text=True, timeout=120, check=False)
    assert again.returncode == 0, again.stderr


def test_a_start_that_was_killed_halfway_is_finished_by_the_next(tmp_path: Path) -> None:
    folder = tmp_path / ".dagster"
    folder.mkdir()
    (folder / "dagster.yaml.partial").write_text("tele")
    command = [sys.executable, "-W", "ignore", "-c", START, str(tmp_path), "A"]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "enabled: false" in (folder / "dagster.yaml").read_text()


def test_the_folder_is_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "")
    folder = ensure_dagster_home(tmp_path / "data")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert os.environ["DAGSTER_HOME"] == str(folder)


def test_a_chosen_home_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    assert ensure_dagster_home(tmp_path / "data") == tmp_path
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("chosen", ["relative/folder", "/nowhere/at/all"])
def test_a_chosen_home_that_is_none_is_refused(chosen: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", chosen)
    with pytest.raises(SettingsError, match="not the absolute path of a folder") as caught:
        ensure_dagster_home(Path("/unused"))
    assert caught.value.setting == "DAGSTER_HOME"


def test_a_home_that_can_not_be_made_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "")
    (tmp_path / "data").write_text("a file")
    with pytest.raises(StorageError, match="can't be made"):
        ensure_dagster_home(tmp_path / "data")
