"""Hints are kept once, survive everything, and go only when they were acknowledged."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from confluence_assets.errors import StorageError
from confluence_assets.inbox import Hint, Inbox

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)


def hint(event: str = "page_updated", **changes: object) -> Hint:
    return Hint(**{"source": "forge", "event": event, "received_at": NOON, **changes})  # type: ignore[arg-type]


def kept(inbox: Inbox) -> list[tuple[str, str | None, str | None]]:
    return [(hint.event, hint.space_key, hint.content_id) for hint in inbox.peek()]


def test_hints_stay_until_they_are_acknowledged(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "acme")
    assert inbox.append([hint(space_key="ENG"), hint(space_key="HR")])
    assert (
        kept(inbox) == kept(Inbox(tmp_path / "acme")) == [("page_updated", "ENG", None), ("page_updated", "HR", None)]
    )
    inbox.acknowledge([inbox.peek()[0].hint_id])
    assert kept(inbox) == [("page_updated", "HR", None)]
    assert inbox.peek()[0].received_at == NOON


def test_looking_makes_no_file(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "acme")
    assert inbox.peek() == []
    inbox.acknowledge([1])
    assert list(tmp_path.iterdir()) == []


def test_a_delivery_is_kept_once_within_the_window(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, replay_window=timedelta(minutes=30))
    first = hint(space_key="ENG", delivery_id="d1")
    assert inbox.append([first])
    inbox.acknowledge([inbox.peek()[0].hint_id])
    again = hint(space_key="ENG", delivery_id="d1", received_at=NOON + timedelta(minutes=29))
    assert not inbox.append([again])
    assert kept(inbox) == []
    later = hint(space_key="ENG", delivery_id="d1", received_at=NOON + timedelta(minutes=31))
    assert inbox.append([later])
    assert kept(inbox) == [("page_updated", "ENG", None)]


def test_hints_of_one_space_collapse(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    for number in range(80):
        inbox.append([hint(space_key="ENG", content_id=str(number), delivery_id=f"d{number}")])
    assert kept(inbox) == [("page_updated", "ENG", None)]


def test_acknowledging_an_older_hint_leaves_the_newer_one_that_took_its_place(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    inbox.append([hint(space_key="ENG")])
    claimed = [pending.hint_id for pending in inbox.peek()]
    inbox.append([hint(space_key="ENG")])
    inbox.acknowledge(claimed)
    assert kept(inbox) == [("page_updated", "ENG", None)]


def test_too_many_hints_of_an_event_become_one_without_a_place(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, hint_limit=50)
    inbox.append([hint("page_moved", content_id="1")])
    inbox.append([hint(content_id=str(number)) for number in range(60)])
    assert kept(inbox) == [("page_moved", None, "1"), ("page_updated", None, None)]


def test_as_many_events_as_hints_end(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, hint_limit=5)
    inbox.append([hint(f"event_{number}") for number in range(9)])
    assert len(inbox.peek()) == 9


def test_files_are_for_the_owner_only(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "home" / "acme")
    inbox.append([hint()])
    with sqlite3.connect(inbox.path) as other:
        other.execute("select count(*) from hints").fetchall()
        for path in inbox.path.parent.iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    other.close()
    for folder in (inbox.path.parent, tmp_path / "home" / "acme", tmp_path / "home"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_store_that_can_not_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "acme").write_text("a file where a folder should be")
    with pytest.raises(StorageError, match="can't be made"):
        Inbox(tmp_path / "acme").append([hint()])
    (tmp_path / "globex" / "inbox").mkdir(parents=True)
    (tmp_path / "globex" / "inbox" / "inbox.sqlite").write_bytes(b"not a database, and long enough to look at" * 50)
    with pytest.raises(StorageError, match="could not be used"):
        Inbox(tmp_path / "globex").append([hint()])


def test_threads_that_start_on_nothing_lose_nothing(tmp_path: Path) -> None:
    def append(number: int) -> bool:
        return Inbox(tmp_path / "acme").append([hint(content_id=str(number), delivery_id=str(number))])

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(append, range(64)))
    assert {int(pending.content_id or "") for pending in Inbox(tmp_path / "acme").peek()} == set(range(64))


WRITER = """
    import sys
    from datetime import UTC, datetime
    from pathlib import Path
    from confluence_assets.inbox import Hint, Inbox

    inbox = Inbox(Path(sys.argv[1]))
    for number in range(100_000):
        name = f"{sys.argv[2]}-{number}"
        inbox.append([Hint("forge", "page_updated", datetime.now(UTC), content_id=name, delivery_id=name)])
        print(name, flush=True)
"""


def test_what_was_said_to_be_kept_survives_kill_9_while_others_write_and_drain(tmp_path: Path) -> None:
    folder = tmp_path / "acme"
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(WRITER), str(folder), name], stdout=subprocess.PIPE, text=True
        )
        for name in ("a", "b")
    ]
    inbox, drained, said = Inbox(folder), set(), set()
    for writer in writers:
        assert writer.stdout is not None
        for _ in range(25):
            said.add(writer.stdout.readline().strip())
            pending = inbox.peek(5)
            drained |= {hint.content_id for hint in pending}
            inbox.acknowledge([hint.hint_id for hint in pending])
    for writer in writers:
        os.kill(writer.pid, signal.SIGKILL)
        said |= {line.strip() for line in writer.communicate(timeout=10)[0].splitlines() if line}
    drained |= {hint.content_id for hint in inbox.peek(100_000)}
    assert len(said) >= 50
    assert said <= drained
