"""A publication that was put off, because the last one was a moment ago: when it is due, in a file beside the database.

The file says no more than that somebody has to publish; what, the lake says. So it may be lost or stale without harm: any
run publishes what it finds unpublished.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

_MARKER = ".publication-due"


def read_due(root: Path) -> datetime | None:
    """When the publication that was put off is due; None where none was."""
    try:
        return datetime.fromisoformat((root / _MARKER).read_text("utf-8")).astimezone(UTC)
    except FileNotFoundError:
        return None
    except ValueError:
        return datetime.now(UTC)  # cut off by a power failure: now is never too late


def put_off(root: Path, due_at: datetime) -> None:
    """Leave the publication to whoever looks when it is due."""
    temporary = root / f"{_MARKER}.{os.getpid()}"
    temporary.write_text(due_at.isoformat(), "utf-8")
    temporary.replace(root / _MARKER)


def settle_due(root: Path) -> None:
    """Nothing is left to publish. What a killed process was about to leave goes, too."""
    for path in root.glob(f"{_MARKER}*"):
        path.unlink(missing_ok=True)
