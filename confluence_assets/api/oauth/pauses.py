"""The pause that the token host asked for, told to all processes by a file beside the logins. Holds a time and nothing else."""

import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from confluence_assets.api.limits import Clock
from confluence_assets.api.oauth.store import make_private

_LONGEST_SECONDS = 3600.0
"""A clock that was set wrong, or a damaged file, stops nobody for longer."""


class SharedPause:
    """Until when nobody asks for a token. Without a file that can be written each process keeps its own."""

    def __init__(self, path: Path | None, clock: Clock) -> None:
        self._path = path
        self._clock = clock

    def left_seconds(self) -> float:
        """How long others have been told to wait; 0 where they have not."""
        if self._path is None:
            return 0.0
        try:
            until = datetime.fromisoformat(json.loads(self._path.read_text(encoding="utf-8"))["until"])
            left = (until - self._clock.now()).total_seconds()
        except (OSError, ValueError, KeyError, TypeError):  # there is none, or it is no time
            return 0.0
        return left if 0 < left <= _LONGEST_SECONDS else 0.0

    def tell(self, seconds: float) -> None:
        """Let the other processes know."""
        if self._path is None or seconds <= 0:
            return
        until = datetime.fromtimestamp(self._clock.now().timestamp() + min(seconds, _LONGEST_SECONDS), UTC)
        aside = self._path.with_suffix(f".{os.getpid()}.partial")
        with suppress(OSError):  # then the others ask once, and hear it themselves
            make_private(self._path.parent)
            aside.write_text(json.dumps({"until": until.isoformat()}), encoding="utf-8")
            aside.chmod(0o600)
            aside.replace(self._path)
