"""From an edit on the site to a row in DuckDB, with a real Dagster daemon, a real listener and the site in a process of its own."""

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from confluence_assets.errors import StorageError
from confluence_assets.home import DAGSTER_YAML
from confluence_assets.inbox import Inbox
from confluence_assets.warehouse.reader import ConfluenceWarehouse
from tests.listener.conftest import SECRET, Sender

pytestmark = [pytest.mark.daemon, pytest.mark.timeout(600)]

START_SECONDS = 150
BY_POLLING_SECONDS = 90
BY_WEBHOOK_SECONDS = 30
POLLING_INTERVAL = 10
NEVER_POLLING = 3600

DEFINITIONS = """
    from pathlib import Path
    import dagster as dg

    @dg.definitions
    def defs() -> dg.Definitions:
        return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
"""


@dataclass
class Deployment:
    """A running site, daemon and listener, and the database that they keep fresh."""

    site_url: str
    sender: Sender
    warehouse: ConfluenceWarehouse
    log: Path

    def ask(self, path: str, payload: Any = None) -> Any:
        body = None if payload is None else json.dumps(payload).encode()
        request = urllib.request.Request(self.site_url + path, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return [json.loads(line) for line in answer.read().splitlines()]

    def edit(self, op: str, **fields: Any) -> None:
        self.ask("/_emulator/edit", {"op": op, **fields})

    def pages(self) -> list[dict[str, Any]]:
        return sorted(self.ask("/_emulator/dump?kind=page"), key=lambda row: int(row["id"]))

    def rows(self, sql: str, *values: str) -> list[tuple[Any, ...]]:
        try:
            return self.warehouse.query_rows(sql, list(values))
        except StorageError:
            return []

    def wait(self, what: str, is_there: Callable[[], bool], seconds: float) -> float:
        """Seconds until it was there."""
        started = time.monotonic()
        while not is_there():
            if time.monotonic() - started > seconds:
                pytest.fail(f"{what} did not come within {seconds:.0f} s\n{self.log.read_text()[-4000:]}")
            time.sleep(0.1)
        return time.monotonic() - started


@contextmanager
def process(
    words: list[str], log: Path, folder: Path, environment: dict[str, str]
) -> Iterator["subprocess.Popen[bytes]"]:
    """A process group of its own, ended at the end with everything that it started."""
    with log.open("ab") as out:
        running = subprocess.Popen(
            [sys.executable, "-m", *words], cwd=folder, env=environment, stdout=out, stderr=out, start_new_session=True
        )
    try:
        yield running
    finally:
        running.send_signal(signal.SIGTERM)
        try:
            running.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait(timeout=10)


def url_in(log: Path, pattern: str) -> str:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if match := re.search(pattern, log.read_text() if log.exists() else ""):
            return match[1]
        time.sleep(0.1)
    pytest.fail(f"{pattern} did not come: {log.read_text()}")


def write_project(root: Path, polling_seconds: int) -> None:
    """A deployment as a user writes it."""
    folder = root / "wiki" / "defs" / "acme"
    folder.mkdir(parents=True)
    for package in (root / "wiki", root / "wiki" / "defs"):
        (package / "__init__.py").touch()
    (root / "wiki" / "definitions.py").write_text(textwrap.dedent(DEFINITIONS))
    (folder / "defs.yaml").write_text(
        "type: confluence_assets.ConfluenceComponent\n"
        "attributes:\n"
        "  site: acme\n"
        f"  changes_interval_seconds: {polling_seconds}\n"
        "  webhooks_interval_seconds: 5\n"
        "  publish_interval_seconds: 5\n"
        "  sweep_every: 1d\n"
    )
    (root / "pyproject.toml").write_text(
        "[tool.dg]\ndirectory_type = 'project'\n[tool.dg.project]\nroot_module = 'wiki'\n"
    )
    (root / "dagster").mkdir()
    (root / "dagster" / "dagster.yaml").write_text(DAGSTER_YAML)


@contextmanager
def deployment(root: Path, polling_seconds: int) -> Iterator[Deployment]:
    write_project(root, polling_seconds)
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("CONFLUENCE_", "DAGSTER_"))}
    with ExitStack() as stack:
        site = ["confluence_assets", "emulator", "--spaces", "3", "--pages-per-space", "20", "--comments", "10"]
        stack.enter_context(process(site, root / "site.log", root, plain))
        site_url = url_in(root / "site.log", r"embedded at (\S+)")
        environment = {
            **plain,
            "CONFLUENCE_URL": site_url,
            "CONFLUENCE_EMAIL": "admin@example.com",
            "CONFLUENCE_API_TOKEN": "admin",
            "CONFLUENCE_HOME": str(root / "data"),
            "CONFLUENCE_WEBHOOK_SECRET": SECRET,
            "DAGSTER_HOME": str(root / "dagster"),
            "PYTHONPATH": os.pathsep.join([str(root), *filter(None, [plain.get("PYTHONPATH")])]),
        }
        listen = ["confluence_assets", "listen", "--port", "0"]
        stack.enter_context(process(listen, root / "listener.log", root, environment))
        port = int(url_in(root / "listener.log", r"http://127\.0\.0\.1:(\d+) for the site acme"))
        daemon = ["dagster._daemon", "run", "-m", "wiki.definitions", "-d", str(root)]
        stack.enter_context(process(daemon, root / "daemon.log", root, environment))
        warehouse = stack.enter_context(ConfluenceWarehouse(root / "data" / "acme" / "confluence.duckdb"))
        running = Deployment(site_url, Sender(port, Inbox(root / "data" / "acme")), warehouse, root / "daemon.log")
        # The first sync is the discovery's, and one look at what was written meanwhile may follow.
        running.wait("the first sync", lambda: len(running.rows("select page_id from pages")) >= 60, START_SECONDS)
        yield running


def test_polling(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    with deployment(tmp_path, POLLING_INTERVAL) as running:
        page_id = running.pages()[0]["id"]
        took = []
        for number in range(3):
            title = f"Seen by polling {number}"
            running.edit("edit_content", id=page_id, title=title)
            took.append(
                running.wait(
                    title,
                    lambda title=title: running.rows("select 1 from pages where title = ?", title) != [],  # type: ignore[misc]
                    BY_POLLING_SECONDS,
                )
            )
        report("polling", took, record_property)


def test_webhooks(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    with deployment(tmp_path, NEVER_POLLING) as running:
        first, *_, last = running.pages()
        time.sleep(2 * POLLING_INTERVAL)  # the one look of the polling sensor is over
        took = []
        for number in range(3):
            title = f"Seen by webhook {number}"
            running.edit("edit_content", id=first["id"], title=title)
            payload = {"timestamp": int(time.time() * 1000), "event": "page_updated", "page": {"id": int(first["id"])}}
            assert running.sender.datacenter(payload) == 202
            took.append(
                running.wait(
                    title,
                    lambda title=title: running.rows("select 1 from pages where title = ?", title) != [],  # type: ignore[misc]
                    BY_WEBHOOK_SECONDS,
                )
            )
        report("webhook, edit", took, record_property)

        running.edit("trash", id=last["id"])
        payload = {"timestamp": int(time.time() * 1000), "event": "page_trashed", "page": {"id": int(last["id"])}}
        assert running.sender.datacenter(payload) == 202
        gone = running.wait(
            "a trashed page's leaving",
            lambda: running.rows("select 1 from pages where page_id = ?", last["id"]) == [],
            BY_WEBHOOK_SECONDS,
        )
        report("webhook, trash", [gone], record_property)
        running.wait("the inbox's emptying", lambda: running.sender.inbox.peek() == [], BY_WEBHOOK_SECONDS)


def report(what: str, took: list[float], record_property: Callable[[str, object], None]) -> None:
    """The seconds stand in the test report."""
    text = ", ".join(f"{seconds:.1f}" for seconds in took)
    record_property(f"seconds by {what}", text)
    sys.stdout.write(f"\n{what}: {text} s\n")
