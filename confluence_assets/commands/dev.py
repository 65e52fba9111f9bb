"""`dev`: the Dagster UI and its daemon on this machine, with a home for their records."""

import os
import subprocess
import sys
from importlib.util import find_spec

from confluence_assets.errors import SettingsError
from confluence_assets.home import ensure_dagster_home
from confluence_assets.settings import find_project_root, read_settings

_PROJECT_FILES = ("workspace.yaml", "pyproject.toml", "dg.toml")
"""Where Dagster finds what to load; without any, the site of the environment is loaded."""


def run_dev(*, port: int, verbose: bool = False) -> int:
    """Serve until interrupted. Raises: SettingsError where the UI is not installed."""
    if find_spec("dagster_webserver") is None:
        raise SettingsError("The Dagster UI is not installed.", hint="pip install 'confluence-assets[webserver]'")
    root = find_project_root()
    home = ensure_dagster_home(read_settings().home)
    sys.stderr.write(f"Dagster UI: http://127.0.0.1:{port} (records in {home}); Ctrl-C stops it.\n")
    command = [sys.executable, "-m", "dagster", "dev", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--log-level", "info" if verbose else "warning"]
    if not any((root / name).is_file() for name in _PROJECT_FILES):
        command += ["--module-name", "dagster_project.definitions"]
    os.chdir(root)
    server = subprocess.Popen(command)  # noqa: S603  # our own interpreter, fixed words
    try:
        return 1 if server.wait() else 0
    except KeyboardInterrupt:
        return _stop(server)


def _stop(server: "subprocess.Popen[bytes]") -> int:
    """Give the servers time to stop; they were interrupted with us where a terminal sent the signal."""
    server.terminate()
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        server.kill()
    return 0
