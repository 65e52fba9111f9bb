"""`dev`: the Dagster UI and its daemon on this machine, with a home for their records."""

import os
import signal
import subprocess
import sys
from importlib.util import find_spec

from confluence_assets.errors import SettingsError
from confluence_assets.home import ensure_dagster_home
from confluence_assets.settings import find_project_root, read_settings

_PROJECT_FILES = ("workspace.yaml", "pyproject.toml", "dg.toml")
"""Where Dagster finds what to load; without any, the site of the environment is loaded."""

_STOP_SECONDS = 20


def run_dev(*, port: int, verbose: bool = False) -> int:
    """Serve until interrupted. Raises: SettingsError where the UI is not installed."""
    if find_spec("dagster_webserver") is None:
        raise SettingsError("The Dagster UI is not installed.", hint="pip install 'confluence-assets[webserver]'")
    root = find_project_root()
    home = ensure_dagster_home(read_settings().home)
    sys.stderr.write(f"Dagster UI: http://127.0.0.1:{port} (records in {home}); Ctrl-C stops it.\n")
    command = [sys.executable, "-m", "dagster", "dev", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--log-level", "info" if verbose else "warning"]
    environment = (
        os.environ if verbose else {**os.environ, "PYTHONWARNINGS": "ignore"}
    )  # Dagster's about its own beta parts
    if not any((root / name).is_file() for name in _PROJECT_FILES):
        command += ["--module-name", "dagster_project.definitions"]
    server = subprocess.Popen(  # noqa: S603  # our own interpreter, fixed words
        command, cwd=root, env=environment, start_new_session=True, preexec_fn=_listen_to_interrupts
    )
    try:
        return 1 if server.wait() else 0
    except KeyboardInterrupt:
        return 0
    finally:
        _stop(server)


def _listen_to_interrupts() -> None:
    """A shell starts what runs in the background deaf to SIGINT, and Dagster stops its servers by SIGINT alone."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _stop(server: "subprocess.Popen[bytes]") -> None:
    """Ask Dagster to stop its servers, and see that none of them stays."""
    try:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=_STOP_SECONDS)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        sys.stderr.write("Dagster does not stop by itself, and is stopped.\n")
    try:
        os.killpg(server.pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # none is left: as it should be
