"""A whole sync beside a bare bulk transfer of the same site, in one run.

5 spaces of 1,000 pages (4 KB bodies), 10,000 comments, 5,000 attachments, 50 ms latency. Both from process start, in turn,
medians of three rounds; the lake is new in each, Dagster's home only in the first. A sync is timed twice: without
`documents`, which is what the bare transfer brings and more (labels, restrictions, permissions, people, who may read what,
all of it compared, committed and published), and with them: Markdown, links and chunks of 15,000 bodies.
A sync is timed from process start to the published database, and to the end of the process, which writes the report page and
lets go of what it loaded. Asserted: published without documents in at most 2.5 times the bare transfer, at most 170 requests, at
most 500 MB; the rest is shown.
Usage: python benchmarks/sync_speed.py
"""

import statistics
import sys
import tempfile
import time
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


def sync(site: Site, home: Path, folder: Path, name: str) -> tuple[float, Measured]:
    """Seconds from process start until the database was in its place, and what the whole process cost."""
    started = time.time()
    measured = measure(sync_command("--mode", "full"), environment(site, home), folder)
    return (home / name / "confluence.duckdb").stat().st_ctime - started, measured


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
            parts.append(sync(site, home, without, "without"))
            requests = site.requests()
            wholes.append(sync(site, home, whole, "whole"))
    yardstick = statistics.median(bare)
    print(f"bare transfer {yardstick:.2f} s")
    for name, timed in (("without documents", parts), ("with documents", wholes)):
        published = statistics.median(seconds for seconds, _ in timed)
        ended = statistics.median(one.seconds for _, one in timed)
        print(f"sync {name}: published after {published:.2f} s ({published / yardstick:.2f} times), "
              f"ended after {ended:.2f} s ({ended / yardstick:.2f} times)")  # fmt: skip
    part = statistics.median(seconds for seconds, _ in parts)
    checks = [
        check("published without documents, times a bare transfer", part / yardstick, 2.5),
        check("requests of the sync", requests, 170),
        check("peak memory of the whole sync", max(one.peak_bytes for _, one in wholes) / 1e6, 500, " MB"),
    ]
    raise SystemExit(0 if all(checks) else 1)


if __name__ == "__main__":
    main()
