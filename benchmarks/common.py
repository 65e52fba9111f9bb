"""What the benchmarks share: the embedded site as a process of its own, and a child process that is measured."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_START_SECONDS = 60


@dataclass(frozen=True)
class Measured:
    """What a child process cost."""

    seconds: float
    peak_bytes: int
    output: str


class Site:
    """A running embedded site."""

    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str) -> dict:
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return json.load(answer)

    def reset_stats(self) -> None:
        request = urllib.request.Request(self.url + "/_emulator/stats/reset", method="POST", data=b"{}")
        urllib.request.urlopen(request, timeout=30).close()

    def configure(self, **switches: object) -> None:
        """Set switches of the embedded site."""
        body = json.dumps({"switches": switches}).encode()
        request = urllib.request.Request(self.url + "/_emulator/config", method="POST", data=body)
        urllib.request.urlopen(request, timeout=30).close()

    def requests(self) -> int:
        """Requests answered since the last reset, the control surface left out."""
        return int(self.get("/_emulator/stats")["total"])


@contextmanager
def embedded_site(*arguments: str) -> Iterator[Site]:
    """The embedded site in a process of its own, on a free port."""
    command = [sys.executable, "-m", "confluence_assets.emulator", "--port", "0", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        if found is None:
            raise SystemExit(f"the embedded site did not start: {line!r}")
        yield Site(found.group())
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(_START_SECONDS)
        process.stdout.close()


def environment(site: Site, home: Path) -> dict[str, str]:
    """Settings for a sync of that site into that folder."""
    return {
        **os.environ,
        "CONFLUENCE_URL": site.url,
        "CONFLUENCE_EMAIL": "admin@example.com",
        "CONFLUENCE_API_TOKEN": "admin",
        "CONFLUENCE_HOME": str(home),
    }


def measure(command: Sequence[str], env: dict[str, str], folder: Path | None = None) -> Measured:
    """Run a command to its end, in a folder if it matters. Raises: SystemExit where it fails."""
    with tempfile.TemporaryFile("w+") as output:
        started = time.monotonic()
        process = subprocess.Popen(command, env=env, stdout=output, stderr=subprocess.STDOUT, cwd=folder)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{text[-4000:]}")
    return Measured(seconds, usage.ru_maxrss * 1024, text)


def sync_command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "confluence_assets", "sync", *arguments]


def check(name: str, figure: float, bound: float, unit: str = "") -> bool:
    """Print a figure beside its bound; False where it is over."""
    ok = figure <= bound
    print(f"{'ok  ' if ok else 'OVER'} {name}: {figure:,.2f}{unit} (bound {bound:,.2f}{unit})")
    return ok
