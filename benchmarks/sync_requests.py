"""Requests of a sync, counted by the server.

1 space, 1,000 pages, 1,000 attachments on 400 of them, 500 comments, labels, restrictions, permissions, 100 users,
10 groups. The embedded site's switches are its defaults: 250 rows a v2 list, 200 rows a CQL page with expansions, replies
in the site-wide comment lists; but for `space_role_mode`, which is PRE_ROLES (roles cost one request, and one a space).
Usage: python benchmarks/sync_requests.py
"""

import json
import tempfile
from pathlib import Path

from common import check, embedded_site, environment, measure, sync_command


def main() -> None:
    with embedded_site("--shape", "frugal") as site, tempfile.TemporaryDirectory() as folder:
        env = environment(site, Path(folder))
        site.configure(space_role_mode="PRE_ROLES")
        counts = {}
        for mode in ("full", "incremental", "content"):
            site.reset_stats()
            measure(sync_command("--mode", mode), env)
            counts[mode] = site.requests()
            if mode == "full":
                print(json.dumps(site.get("/_emulator/stats"), indent=1)[:6000])
    checks = [
        check("requests of a full sync", counts["full"], 50),
        check("requests of a sweep that finds nothing changed", counts["incremental"], 46),
        check("requests of a content tick that finds nothing changed", counts["content"], 10),
    ]
    raise SystemExit(0 if all(checks) else 1)


if __name__ == "__main__":
    main()
