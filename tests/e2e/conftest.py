"""A Dagster UI of this checkout's own deployment on the embedded demo site, and a headless Chromium to look at it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.dagster_ui import DagsterApi, DagsterUi

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / "build" / "screenshots"
START_SECONDS = 120


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def api(data: Path) -> Iterator[DagsterApi]:
    """The address of a running `confluence-assets dev`, as a GraphQL client."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {name: value for name, value in os.environ.items() if not name.startswith(("CONFLUENCE_", "DAGSTER_"))}
    log = (data / "dev.log").open("wb")
    server = subprocess.Popen(
        [sys.executable, "-m", "confluence_assets", "dev", "--port", str(port)],
        cwd=ROOT,
        env={**settings, "CONFLUENCE_HOME": str(data)},
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    client = DagsterApi(f"http://127.0.0.1:{port}")
    try:
        deadline = time.monotonic() + START_SECONDS
        while not client.is_up():
            assert server.poll() is None, (data / "dev.log").read_text()
            assert time.monotonic() < deadline, (data / "dev.log").read_text()
            time.sleep(1)
        yield client
    finally:
        server.send_signal(signal.SIGTERM)
        code = server.wait(timeout=60)
        log.close()
        assert code == 0, (data / "dev.log").read_text()
        assert not client.is_up(), "a server stayed behind"


@pytest.fixture(scope="session")
def ui(api: DagsterApi) -> Iterator[DagsterUi]:
    for program in ("chromium", "chromedriver"):
        if shutil.which(program) is None:
            pytest.fail(f"{program} is not installed: apt-get install chromium chromium-driver")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    browser = DagsterUi(api.url, SCREENSHOTS)
    yield browser
    browser.close()
