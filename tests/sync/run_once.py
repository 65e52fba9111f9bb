"""One sync in a process of its own, to be killed: python -m tests.sync.run_once URL HOME MODE cloud|datacenter"""

import multiprocessing
import sys
from multiprocessing.process import BaseProcess
from pathlib import Path

from confluence_assets.api import Connection, connect
from confluence_assets.emulator import EmbeddedSite
from confluence_assets.sync.contract import SyncMode, SyncRequest
from confluence_assets.sync.options import Site, SyncOptions
from confluence_assets.sync.runner import run_sync

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.sync.run_once"])


def start_run(embedded: EmbeddedSite, home: Path, mode: str, options: SyncOptions) -> BaseProcess:
    """A sync in a process of its own, forked from one that has imported everything and started no thread."""
    arguments = (embedded.url, embedded.site.is_datacenter, str(home), mode, options)
    process = _FORKS.Process(target=run, args=arguments, daemon=True)
    process.start()
    return process


def run(url: str, is_datacenter: bool, home: str, mode: str, options: SyncOptions) -> None:
    """Exit with 0 where all went well."""
    if is_datacenter:
        connection = Connection(url=url, pat="admin", deployment="datacenter")
    else:
        connection = Connection(url=url, email="admin@example.com", api_token="admin", deployment="cloud")
    report = run_sync(Site("wiki", Path(home), options), connect(connection), SyncRequest(mode=SyncMode(mode)))
    sys.exit(0 if report.is_ok else 1)


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[4] == "datacenter", sys.argv[2], sys.argv[3], SyncOptions())
