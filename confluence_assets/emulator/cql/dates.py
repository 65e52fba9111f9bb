"""Dates in CQL: minute precision, no zone of their own, and functions relative to the site's clock."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from confluence_assets.emulator.cql.syntax import CqlError, Function, Value

_FORMATS = ("%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y/%m/%d", "%Y-%m-%d")
_INCREMENT = re.compile(r"([+-]?)(\d+)([yMwdhm])")
_UNITS = ("day", "week", "month", "year")


def moment(value: Value, field: str, now_ms: int, zone: ZoneInfo) -> int:
    """Milliseconds of a literal or a function. Raises: CqlError."""
    if isinstance(value, Function):
        return _function(value, now_ms, zone)
    for form in _FORMATS:
        try:
            found = datetime.strptime(value, form).replace(tzinfo=zone)
        except ValueError:
            continue
        return round(found.timestamp() * 1000)
    raise CqlError(f"The value '{value}' is not a valid date for the field '{field}'.")


def minute(milliseconds: int) -> int:
    """The index knows a time to the minute."""
    return milliseconds // 60_000


def _function(function: Function, now_ms: int, zone: ZoneInfo) -> int:
    name = function.name.lower()
    now = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(zone)
    if name == "now":
        found = now
    elif name.startswith("startof") and name[7:] in _UNITS:
        found = _start(now, name[7:])
    elif name.startswith("endof") and name[5:] in _UNITS:
        found = _next(_start(now, name[5:]), name[5:]) - timedelta(milliseconds=1)
    else:
        raise CqlError(f"Unknown function '{function.name}'.")
    for argument in function.arguments:
        found = _shift(found, argument)
    return round(found.timestamp() * 1000)


def _start(now: datetime, unit: str) -> datetime:
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "week":
        return day - timedelta(days=(day.weekday() + 1) % 7)
    if unit == "month":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if unit == "year" else day


def _next(start: datetime, unit: str) -> datetime:
    if unit == "month":
        return (start + timedelta(days=32)).replace(day=1)
    if unit == "year":
        return start.replace(year=start.year + 1)
    return start + timedelta(days=7 if unit == "week" else 1)


def _shift(start: datetime, increment: str) -> datetime:
    match = _INCREMENT.fullmatch(increment)
    if match is None:
        raise CqlError(f"'{increment}' is not a valid increment.")
    sign = -1 if match[1] == "-" else 1
    count, unit = sign * int(match[2]), match[3]
    if unit in "yM":
        months = start.year * 12 + start.month - 1 + count * (12 if unit == "y" else 1)
        year, month = divmod(months, 12)
        last = (_next(datetime(year, month + 1, 1, tzinfo=UTC), "month") - timedelta(days=1)).day
        return start.replace(year=year, month=month + 1, day=min(start.day, last))
    return start + timedelta(**{{"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}[unit]: count})
