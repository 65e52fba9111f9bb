"""Peak memory of a full sync of one space, as it grows from 5,000 to 50,000 pages. Asserted: at most 1.5 times.

Usage: python benchmarks/sync_memory.py
"""

import tempfile
from pathlib import Path

from common import check, embedded_site, environment, measure, sync_command


def peak(pages: int) -> int:
    arguments = ["--spaces", "1", "--pages-per-space", str(pages)]
    with embedded_site(*arguments) as site, tempfile.TemporaryDirectory() as folder:
        measured = measure(sync_command("--mode", "full"), environment(site, Path(folder)))
    print(f"{pages:,} pages: {measured.peak_bytes / 1e6:,.0f} MB, {measured.seconds:.1f} s")
    return measured.peak_bytes


def main() -> None:
    ok = check("peak memory, 50,000 pages over 5,000", peak(50_000) / peak(5_000), 1.5)
    raise SystemExit(0 if ok else 1)


if __name__ == "__main__":
    main()
