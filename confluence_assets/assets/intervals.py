"""Intervals as people write them: 5m, 1h, 1d. Pure."""

import re
from datetime import timedelta

_INTERVAL = re.compile(r"(\d+)\s*([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def period_of(text: str) -> timedelta | None:
    """The time that `15m`, `4h` or `1d` names; None for anything else, such as a cron line."""
    match = _INTERVAL.fullmatch(text.strip())
    return timedelta(**{_UNITS[match[2]]: int(match[1])}) if match and int(match[1]) else None
