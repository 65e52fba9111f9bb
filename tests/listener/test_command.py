"""`confluence-assets listen` as a process: it stops when it is told to, and what it said yes to survives kill -9."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from confluence_assets.inbox import Inbox
from tests.listener.conftest import SECRET, Sender


@contextmanager
def command(home: Path, *words: str, **variables: str) -> Iterator["subprocess.Popen[str]"]:
    settings = {name: value for name, value in os.environ.items() if not name.startswith("CONFLUENCE_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "confluence_assets", "listen", "--port", "0", *words],
        env={**settings, "CONFLUENCE_HOME": str(home), "CONFLUENCE_WEBHOOK_SECRET": SECRET, **variables},
        cwd=home,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=20)


def port_of(process: "subprocess.Popen[str]") -> int:
    assert process.stderr is not None
    line = process.stderr.readline()
    match = re.search(r"http://127\.0\.0\.1:(\d+) for the site demo", line)
    assert match, line
    return int(match[1])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_told_to(tmp_path: Path, number: signal.Signals) -> None:
    with command(tmp_path) as process:
        sender = Sender(port_of(process), Inbox(tmp_path / "demo"))
        payload = {"timestamp": int(time.time() * 1000), "event": "page_updated", "page": {"id": 1}}
        assert sender.datacenter(payload) == 202
        process.send_signal(number)
        _, log = process.communicate(timeout=20)
        assert process.returncode == 0, log
        assert "POST /datacenter 202 page_updated kept" in log
        assert SECRET not in log
        assert "Traceback" not in log


def test_the_secret_may_stand_in_another_variable(tmp_path: Path) -> None:
    with command(tmp_path, "--secret-env", "WIKI_SECRET", WIKI_SECRET=SECRET, CONFLUENCE_WEBHOOK_SECRET="") as process:
        assert Sender(port_of(process), Inbox(tmp_path / "demo")).automation({"event": "page_updated"}) == 202


@pytest.mark.parametrize(
    ("variables", "words", "says"),
    [
        ({"CONFLUENCE_WEBHOOK_SECRET": ""}, [], "CONFLUENCE_WEBHOOK_SECRET is not set"),
        ({"CONFLUENCE_WEBHOOK_SECRET": "short"}, [], "fewer than 16 characters"),
        ({}, ["--max-age-seconds", "4000"], "replay window"),
        ({}, ["--site", "acme"], "no site named 'acme'"),
    ],
)
def test_wrong_settings_are_said(tmp_path: Path, variables: dict[str, str], words: list[str], says: str) -> None:
    with command(tmp_path, *words, **variables) as process:
        _, log = process.communicate(timeout=30)
        assert process.returncode == 2
        assert says in log


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    with command(tmp_path) as first:
        port = port_of(first)
        with command(tmp_path, "--port", str(port)) as second:
            _, log = second.communicate(timeout=30)
            assert second.returncode == 1
            assert f"127.0.0.1:{port} can't be listened on" in log


def test_what_was_answered_survives_kill_9_and_what_was_not_may_be_sent_again(tmp_path: Path) -> None:
    said_yes: set[str] = set()
    unanswered: list[dict[str, object]] = []

    def send(sender: Sender, number: int) -> None:
        payload = {"timestamp": int(time.time() * 1000), "event": "page_updated", "page": {"id": number}}
        try:
            status = sender.datacenter(payload)
        except OSError:
            unanswered.append(payload)
        else:
            assert status == 202
            said_yes.add(str(number))

    for round_number in range(3):
        with command(tmp_path) as process:
            sender = Sender(port_of(process), Inbox(tmp_path / "demo"))
            with ThreadPoolExecutor(4) as pool:
                numbers = [1000 * (round_number + 1) + index for index in range(40)]
                sending = [pool.submit(send, sender, number) for number in numbers]
                while len(said_yes) < 10 * (round_number + 1):
                    time.sleep(0.005)
                os.kill(process.pid, signal.SIGKILL)
                for sent in sending:
                    sent.result(timeout=30)
    assert len(said_yes) >= 30
    assert unanswered
    assert said_yes <= {hint.content_id for hint in Inbox(tmp_path / "demo").peek()}
    with command(tmp_path) as process:
        sender = Sender(port_of(process), Inbox(tmp_path / "demo"))
        assert {sender.datacenter(payload) for payload in unanswered} <= {200, 202}
    kept = [hint.content_id for hint in Inbox(tmp_path / "demo").peek()]
    assert len(kept) == len(set(kept)) == 120, json.dumps(sorted(said_yes))
