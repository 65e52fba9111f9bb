"""Requests of a sync of a Data Center, counted by the server, in each version that can be played.

The site of `sync_requests.py`: 1 space, 1,000 pages, 1,000 attachments on 400 of them, 500 comments, labels, restrictions,
permissions, 100 users, 10 groups. No list of a Data Center holds e-mail addresses: the first sight of a person is a request, counted
apart, and each sweep asks for five known people again, which its bound includes.
Usage: python benchmarks/sync_requests_datacenter.py
"""

import tempfile
from pathlib import Path

from common import Site, check, embedded_site, environment, measure, sync_command

from confluence_assets.emulator.datacenter.profiles import PROFILES

ADDRESS = "GET /rest/api/user"


def addresses(site: Site) -> int:
    """How many single people were asked for since the last reset."""
    return int(site.get("/_emulator/stats")["by_endpoint"].get(ADDRESS, 0))


def measure_profile(profile: str) -> list[bool]:
    counts: dict[str, tuple[int, int]] = {}
    with (
        embedded_site("--shape", "frugal", "--datacenter", profile) as site,
        tempfile.TemporaryDirectory() as folder,
    ):
        env = environment(site, Path(folder))
        env |= {"CONFLUENCE_EMAIL": "", "CONFLUENCE_API_TOKEN": "", "CONFLUENCE_PAT": "admin"}
        for mode in ("full", "incremental", "content"):
            site.reset_stats()
            measure(sync_command("--mode", mode), env)
            counts[mode] = (site.requests(), addresses(site))
    total, people = counts["full"]
    return [
        check(f"{profile}: requests of a full sync, without {people} for people's addresses", total - people, 70),
        check(f"{profile}: requests of a sweep that finds nothing changed", counts["incremental"][0], 45),
        check(f"{profile}: requests of a content run that finds nothing changed", counts["content"][0], 15),
    ]


def main() -> None:
    checks = [one for profile in PROFILES for one in measure_profile(profile)]
    raise SystemExit(0 if all(checks) else 1)


if __name__ == "__main__":
    main()
