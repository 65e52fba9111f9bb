"""One writer at a time, and no dead one in the way."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from confluence_assets.errors import SettingsError, StorageError
from confluence_assets.lake import Lake

HOLD = """
import sys, time
from pathlib import Path
from confluence_assets.lake import Lake
with Lake(Path(sys.argv[1])).lock(holder="sync of demo"):
    print("held", flush=True)
    time.sleep(60)
"""


def start_holder(lake: Lake) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(lake.root)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_writer_waits_hears_of_the_first_and_gives_up_in_time(lake: Lake) -> None:
    heard: list[str] = []
    with start_holder(lake) as process:
        try:
            holder = lake.lock_holder()
            assert holder is not None
            assert holder.startswith(f"sync of demo (pid {process.pid} on ")
            with (
                pytest.raises(StorageError, match=f"in use by sync of demo .pid {process.pid}"),
                lake.lock(holder="me", on_wait=heard.append, timeout_seconds=0.3),
            ):
                pytest.fail("two writers at once")
            assert heard == [holder]
        finally:
            process.kill()


def test_a_dead_holder_never_blocks(lake: Lake) -> None:
    with start_holder(lake) as process:
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    assert lake.lock_holder() is None
    with lake.lock(holder="me", timeout_seconds=0):
        holder = lake.lock_holder()
        assert holder is not None
        assert holder.startswith(f"me (pid {os.getpid()}")
    assert lake.lock_holder() is None


def test_the_same_thread_can_not_take_it_twice(lake: Lake) -> None:
    with lake.lock(holder="me"), pytest.raises(StorageError, match="already held"), lake.lock(holder="me"):
        pytest.fail("taken twice")
    with lake.lock(holder="me", timeout_seconds=0):
        pass


def test_threads_take_turns(lake: Lake) -> None:
    inside, most = [], []

    def work() -> None:
        with Lake(lake.root).lock(holder="thread"):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.01)
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert most == [1, 1, 1, 1]


def test_a_lake_belongs_to_its_first_site(lake: Lake) -> None:
    lake.claim_site("cloud-1", "https://one.example")
    lake.claim_site("cloud-1", "https://one.example")
    with pytest.raises(SettingsError, match=r"one\.example.*two\.example") as caught:
        lake.claim_site("cloud-2", "https://two.example")
    assert caught.value.setting == "CONFLUENCE_URL"
    lake.claim_site("cloud-1", "https://renamed.example")
    with pytest.raises(SettingsError, match=r"renamed\.example"):
        lake.claim_site("cloud-2", "https://two.example")


def test_many_first_starts_agree_on_one_site(lake: Lake) -> None:
    script = (
        "import sys; from pathlib import Path; from confluence_assets.lake import Lake\n"
        "from confluence_assets.errors import SettingsError\n"
        "try: Lake(Path(sys.argv[1])).claim_site(sys.argv[2], 'u'); print('mine')\n"
        "except SettingsError: print('taken')\n"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", script, str(lake.root), f"s{n}"], stdout=subprocess.PIPE, text=True)
        for n in range(4)
    ]
    answers = sorted(process.communicate(timeout=60)[0].strip() for process in processes)
    assert answers == ["mine", "taken", "taken", "taken"]


def test_site_state_comes_back_and_a_damaged_one_is_named(lake: Lake) -> None:
    assert lake.read_site_state() == {}
    lake.write_site_state({"comments": {"position": "2026-01-01T00:00:00Z"}})
    assert Lake(lake.root).read_site_state() == {"comments": {"position": "2026-01-01T00:00:00Z"}}
    (lake.folder / ".state.json").write_text("{")
    with pytest.raises(StorageError, match=r"\.state\.json is damaged"):
        lake.read_site_state()


def test_everything_is_for_the_owner_only(lake: Lake) -> None:
    previous = os.umask(0o022)
    try:
        with lake.lock(holder="me"), lake.stage("groups", run_id="r") as stage:
            lake.claim_site("s", "u")
            lake.write_site_state({})
            stage.add([{"group_id": "g"}])
            from tests.lake.rows import T0, ledger

            stage.commit(synced_at=T0)
            lake.append_run("sync_ledger", [ledger("r", "groups")], "r")
    finally:
        os.umask(previous)
    modes = {path: path.stat().st_mode & 0o777 for path in [lake.root, *lake.root.rglob("*")]}
    assert len(modes) > 8
    wrong = {path: oct(mode) for path, mode in modes.items() if mode != (0o700 if path.is_dir() else 0o600)}
    assert wrong == {}


def test_leftovers_of_the_dead_go_and_those_of_the_living_stay(lake: Lake) -> None:
    script = (
        "import sys, os; from pathlib import Path; from confluence_assets.lake import Lake\n"
        "lake = Lake(Path(sys.argv[1])); (lake.staging_folder() / 'x.parquet').touch()\n"
        "print('ready', flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(lake.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        own = lake.staging_folder()
        lake.remove_leftovers()
        assert len(list((lake.folder / ".staging").glob("*/x.parquet"))) == 1
        process.kill()
        process.wait(10)
        lake.remove_leftovers()
    assert list((lake.folder / ".staging").iterdir()) == [own]


def test_a_lake_that_is_let_go_takes_its_staging_folder_along(lake: Lake) -> None:
    other = Lake(lake.root)
    folder = other.staging_folder()
    assert folder.is_dir()
    before = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 0
    del other
    gc.collect()
    assert not folder.exists()
    if before:
        assert len(list(Path("/proc/self/fd").iterdir())) < before


def test_root_of_the_lake_may_be_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Lake(Path("data/demo")).lock(holder="me", timeout_seconds=0):
        assert (tmp_path / "data/demo/lake/.lock").exists()
