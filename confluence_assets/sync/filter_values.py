"""What may stand in a filter: moments and ages, ids, types of spaces. Pure; errors name the attribute that is wrong."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from confluence_assets.errors import SettingsError

SPACE_TYPES = ("global", "personal", "collaboration", "knowledge_base")
"""Types of spaces that the filters know, as Cloud calls them; Data Center has the first two."""
DATE_FILTERS = ("modified_after", "modified_before", "created_after", "created_before")

_ID_FILTERS = ("include_pages", "exclude_pages", "include_blogposts", "exclude_blogposts")
_TYPE_FILTERS = ("include_space_types", "exclude_space_types")
_LABEL_FILTERS = ("include_labels", "exclude_labels")
_PERIODS = (("modified_after", "modified_before"), ("created_after", "created_before"))
_AGE = re.compile(r"-\s*(\d{1,6})\s*([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 7 * 24}
_LONGEST_AGE = timedelta(days=365 * 100)


def check_values(options: Any) -> None:
    """Refuse what can't be. Raises: SettingsError naming the attribute, what is wrong, and what would be right."""
    for name in DATE_FILTERS:
        if getattr(options, name) is not None:
            resolve_moment(name, getattr(options, name), datetime.now(UTC))
    for name in _ID_FILTERS:
        _check_ids(name, getattr(options, name))
    for name in _TYPE_FILTERS:
        _check_types(name, getattr(options, name))
    for name in _LABEL_FILTERS:
        _check_labels(name, getattr(options, name))
    for after, before in _PERIODS:
        _check_period(options, after, before)


def resolve_moment(name: str, text: str, now: datetime) -> datetime:
    """The moment that a date filter means: an ISO date (its midnight in UTC) or time, or an age such as -90d.

    Raises: SettingsError.
    """
    stripped = str(text).strip()
    if match := _AGE.fullmatch(stripped.lower()):
        return now - min(timedelta(hours=int(match[1]) * _HOURS[match[2]]), _LONGEST_AGE)
    try:
        moment = datetime.fromisoformat(stripped)
    except ValueError:
        raise _wrong(
            name,
            f"{text!r} is neither a date nor an age",
            "Write 2026-01-31, 2026-01-31T08:00:00+01:00 or an age in hours, days or weeks: -12h, -90d, -8w.",
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _check_ids(name: str, ids: Iterable[str]) -> None:
    for content_id in ids:
        if not re.fullmatch(r"\d+", content_id):
            raise _wrong(
                name, f"{content_id!r} is not an id", "Ids are the digits in a page's address: …/pages/12345/Title."
            )


def _check_types(name: str, types: Iterable[str]) -> None:
    for space_type in types:
        if space_type not in SPACE_TYPES:
            raise _wrong(name, f"{space_type!r} is not a type of space", f"There are {', '.join(SPACE_TYPES)}.")


def _check_labels(name: str, labels: Iterable[str]) -> None:
    for label in labels:
        if not label.strip() or label != label.lower():
            raise _wrong(name, f"{label!r} is not the name of a label", "Labels are written in lower case.")


def _check_period(options: Any, after: str, before: str) -> None:
    start, end = getattr(options, after), getattr(options, before)
    if start is None or end is None:
        return
    now = datetime.now(UTC)
    if resolve_moment(after, start, now) >= resolve_moment(before, end, now):
        raise _wrong(after, f"{start!r} is not before {before} ({end!r})", "Nothing would be kept; swap the two.")


def _wrong(name: str, what: str, hint: str) -> SettingsError:
    return SettingsError(f"{name}: {what}.", setting=name, hint=hint)
