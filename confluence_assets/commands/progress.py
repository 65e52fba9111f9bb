"""What a person sees while a sync runs: one live line on a terminal, plain lines in a log.

Must not know how a sync works.
"""

import shutil
import sys
import time
from collections.abc import Mapping
from typing import TextIO

from confluence_assets.errors import ConfluenceAssetsError
from confluence_assets.sync.contract import SyncReport, TableOutcome

_LIVE_SECONDS = 0.1
_LOG_SECONDS = 10.0


class Progress:
    """A run's listener that writes to `stream` and keeps the report, or the error, for whoever started the run."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._is_live = self._stream.isatty()
        self._started = time.monotonic()
        self._written_at = 0.0
        self._stage = "starting"
        self._counts: dict[str, int] = {}
        self._requests = 0
        self.report: SyncReport | None = None
        self.error: ConfluenceAssetsError | None = None

    def on_stage(self, stage: str) -> None:
        self._stage = stage
        self._write(always=True)

    def on_progress(self, counts: Mapping[str, int], requests: int) -> None:
        self._counts, self._requests = dict(counts), requests
        self._write()

    def on_committed(self, outcome: TableOutcome) -> None:
        if outcome.is_failure:
            self._line(f"failed: {outcome.table} {outcome.space_key}: {outcome.error}")

    def on_settled(self) -> None:
        """The line says `publishing`."""

    def on_note(self, text: str) -> None:
        self._line(text)

    def on_report(self, report: SyncReport) -> None:
        self.report = report

    def on_error(self, error: ConfluenceAssetsError) -> None:
        self.error = error

    def close(self) -> None:
        """Take the live line away."""
        if self._is_live:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _write(self, *, always: bool = False) -> None:
        now = time.monotonic()
        if not always and now - self._written_at < (_LIVE_SECONDS if self._is_live else _LOG_SECONDS):
            return
        self._written_at = now
        text = f"{self._stage} · {sum(self._counts.values()):,} rows · {self._requests:,} requests · {now - self._started:.0f} s"
        if self._is_live:
            width = shutil.get_terminal_size().columns - 1
            self._stream.write(f"\r\x1b[K{text[:width]}")
        else:
            self._stream.write(f"{text}\n")
        self._stream.flush()

    def _line(self, text: str) -> None:
        self.close()
        self._stream.write(f"{text}\n")
        self._stream.flush()
