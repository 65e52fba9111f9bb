"""A whole sync beside a bare bulk transfer of the same site, in one run.

5 spaces of 1,000 pages (4 KB bodies), 10,000 comments, 5,000 attachments, 50 ms latency. Asserted: at most 2.5 times the
bare transfer's time (medians of three rounds, taken in turn), at most 170 requests, at most 500 MB.
Usage: python benchmarks/sync_speed.py
"""

import statistics
import sys
import tempfile
from pathlib import Path

from common import check, embedded_site, environment, measure, sync_command

ROUNDS = 3


def main() -> None:
    bare, whole, peaks, requests = [], [], [], 0
    with embedded_site("--shape", "fast", "--latency-ms", "50") as site, tempfile.TemporaryDirectory() as folder:
        for number in range(ROUNDS):
            home = Path(folder) / str(number)
            script = Path(__file__).with_name("bare_transfer.py")
            bare.append(
                measure([sys.executable, str(script), site.url, str(home / "bare")], environment(site, home)).seconds
            )
            site.reset_stats()
            measured = measure(sync_command("--mode", "full"), environment(site, home))
            requests = site.requests()
            whole.append(measured.seconds)
            peaks.append(measured.peak_bytes)
    ratio = statistics.median(whole) / statistics.median(bare)
    print(f"bare transfer {statistics.median(bare):.2f} s, whole sync {statistics.median(whole):.2f} s")
    checks = [
        check("whole sync, times a bare transfer", ratio, 2.5),
        check("requests of the sync", requests, 170),
        check("peak memory of the sync", max(peaks) / 1e6, 500, " MB"),
    ]
    raise SystemExit(0 if all(checks) else 1)


if __name__ == "__main__":
    main()
