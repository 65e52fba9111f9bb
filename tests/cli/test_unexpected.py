"""Disks that are full or shut, where nobody expected it: in words, and not as a fault of the program."""

import errno
import sqlite3
from collections import namedtuple

import pytest

from confluence_assets.cli import main
from confluence_assets.commands import doctor_local
from confluence_assets.commands.unexpected import explain_unexpected

Usage = namedtuple("Usage", "total used free")


def raised(cause: BaseException) -> BaseException:
    """As Dagster raises it: with the cause below."""
    try:
        raise RuntimeError("Exception while writing") from cause
    except RuntimeError as error:
        return error


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "The disk is full: [Errno 28] No space left on device."),
        (sqlite3.OperationalError("database or disk is full"), "The disk is full: database or disk is full."),
        (sqlite3.OperationalError("attempt to write a readonly database"), "What has to be written can't be: attempt"),
        (
            PermissionError(errno.EACCES, "Permission denied", "/x/.dagster"),
            "What has to be written can't be: [Errno 13]",
        ),
    ],
)
def test_a_disk_that_takes_nothing(cause: BaseException, said: str) -> None:
    told = explain_unexpected(raised(cause))
    assert told is not None
    assert str(told).startswith(said)
    assert "CONFLUENCE_HOME" in told.hint


def test_a_fault_of_the_program_stays_one() -> None:
    assert explain_unexpected(raised(KeyError("x"))) is None


def test_the_command_line_says_so(
    home: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_words: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("confluence_assets.commands.run.ensure_dagster_home", full)
    assert main(["sync"]) == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith("error: The disk is full")


@pytest.mark.parametrize(("free", "level"), [(1 << 20, "fail"), (1 << 29, "warn"), (1 << 40, "ok")])
def test_doctor_says_how_much_room_there_is(
    home: object, monkeypatch: pytest.MonkeyPatch, free: int, level: str
) -> None:
    from pathlib import Path

    monkeypatch.setattr(doctor_local.shutil, "disk_usage", lambda _path: Usage(1 << 41, 0, free))
    assert doctor_local._check_disk(Path.cwd()).level.value == level


@pytest.mark.parametrize("words", ["listen --port 99999", "login --port -5", "dev --port http"])
def test_a_port_that_is_none_is_wrong_usage(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words.split()) == 2
    assert "is no port: 0 to 65535" in capsys.readouterr().err
