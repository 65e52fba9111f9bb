"""A whole sync beside a bare bulk transfer of the same site, in one run.

5 spaces of 1,000 pages (4 KB bodies), 10,000 comments, 5,000 attachments, 50 ms latency. Both from process start, in turn,
medians of three rounds; the lake is new in each, Dagster's home only in the first. A sync is timed twice: without
`documents`, which is what the bare transfer brings and more (labels, restrictions, permissions, people, who may read what,
all of it compared, committed and published), and with them: Markdown, links and chunks of 15,000 bodies.
Asserted: at most 2.5 times the bare transfer without documents, at most 170 requests, at most 500 MB; the whole is shown.
Usage: python benchmarks/sync_speed.py
"""

import statistics
import sys
import tempfile
from pathlib import Path

from common import Measured, Site, check, embedded_site, environment, measure, sync_command

ROUNDS = 3
WITHOUT_DOCUMENTS = """
type: confluence_assets.ConfluenceComponent
attributes:
  site: without
  documents: false
"""
WITH_DOCUMENTS = WITHOUT_DOCUMENTS.replace("without", "whole").replace("false", "true")


def project(folder: Path, component: str) -> Path:
    """A Dagster project with one component, which `sync` takes its choices from."""
    place = folder / "wiki" / "defs" / "confluence"
    place.mkdir(parents=True)
    (place / "defs.yaml").write_text(component)
    (folder / "pyproject.toml").write_text(
        '[tool.dg]\ndirectory_type = "project"\n[tool.dg.project]\nroot_module = "wiki"\n'
    )
    return folder


def sync(site: Site, home: Path, folder: Path) -> Measured:
    return measure(sync_command("--mode", "full"), environment(site, home), folder)


def main() -> None:
    bare, parts, wholes = [], [], []
    requests = 0
    with embedded_site("--shape", "fast", "--latency-ms", "50") as site, tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        without, whole = project(root / "a", WITHOUT_DOCUMENTS), project(root / "b", WITH_DOCUMENTS)
        for number in range(ROUNDS):
            home = root / "home"
            for lake in ("without", "whole"):
                (home / lake).exists() and (home / lake).rename(root / f"{lake}{number}")
            script = Path(__file__).with_name("bare_transfer.py")
            command = [sys.executable, str(script), site.url, str(root / f"bare{number}")]
            bare.append(measure(command, environment(site, home)).seconds)
            site.reset_stats()
            parts.append(sync(site, home, without))
            requests = site.requests()
            wholes.append(sync(site, home, whole))
    yardstick = statistics.median(bare)
    part, all_of_it = (statistics.median(one.seconds for one in timed) for timed in (parts, wholes))
    print(f"bare transfer {yardstick:.2f} s, sync without documents {part:.2f} s, with documents {all_of_it:.2f} s")
    print(f"with documents: {all_of_it / yardstick:.2f} times a bare transfer")
    checks = [
        check("sync without documents, times a bare transfer", part / yardstick, 2.5),
        check("requests of the sync", requests, 170),
        check("peak memory of the whole sync", max(one.peak_bytes for one in wholes) / 1e6, 500, " MB"),
    ]
    raise SystemExit(0 if all(checks) else 1)


if __name__ == "__main__":
    main()
