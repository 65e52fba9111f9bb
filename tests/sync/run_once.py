"""One sync in a process of its own, to be killed: python -m tests.sync.run_once URL HOME MODE"""

import sys
from pathlib import Path

from confluence_assets.api import Connection, connect
from confluence_assets.sync.contract import SyncMode, SyncRequest
from confluence_assets.sync.options import Site, SyncOptions
from confluence_assets.sync.runner import run_sync


def main() -> None:
    url, home, mode = sys.argv[1:]
    source = connect(Connection(url=url, email="admin@example.com", api_token="admin"))
    report = run_sync(Site("wiki", Path(home), SyncOptions()), source, SyncRequest(mode=SyncMode(mode)))
    sys.exit(0 if report.is_ok else 1)


if __name__ == "__main__":
    main()
