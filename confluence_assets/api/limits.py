"""One place for everything that a site says about our rate; all threads of a client share it.

It must not know what is being asked. After a 429 every thread waits, because the limit is the account's and not the
thread's. Source: Atlassian's rate-limit pages as of 2026-10; Data Center's filter; the gateway's 429 without Retry-After.
"""

import logging
import random
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from confluence_assets.errors import TransientError

_LOGGER = logging.getLogger("confluence_assets")
_QUOTA_WINDOW_SECONDS = 600
QUOTA_WORDS = ("quota", "global", "tenant", "cost")
"""In the reason of a 429 that is about the points of an hour; live values differ from the documented ones."""
_QUOTA_MARGIN_SECONDS = 1.0
"""A reset that is told without seconds, and clocks that differ a little."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Time as a value, so that tests own it."""

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and after which time a safe request is sent again. Atlassian's advice is the default.

    A 429 is no failure of the request, so it has a larger number of attempts of its own. `longest_pause_seconds` bounds what a
    site may ask us to wait; a longer wish ends the request instead. The hourly points of an OAuth app are another matter: a
    sweep that would use them up waits for the next hour, and leaves `quota_reserve` of them to others. Where others take them
    all, it ends after `quota_windows` hours in a row that left it nothing.
    """

    attempts: int = 5
    throttled_attempts: int = 10
    base_seconds: float = 2.0
    factor: float = 2.0
    longest_delay_seconds: float = 30.0
    jitter: tuple[float, float] = (0.7, 1.3)
    longest_pause_seconds: float = 600.0
    longest_quota_pause_seconds: float = 3900.0
    quota_reserve: float = 0.05
    quota_windows: int = 3

    def delay_seconds(self, failures: int, chance: float) -> float:
        """The pause after that many failures in a row; `chance` (0 to 1) places it within the jitter."""
        low, high = self.jitter
        plain = min(self.base_seconds * self.factor ** min(failures - 1, 30), self.longest_delay_seconds)
        return plain * (low + (high - low) * chance)


@dataclass(frozen=True, slots=True)
class RateState:
    """What the site last said about our rate; None where it said nothing."""

    limit: int | None = None
    remaining: int | None = None
    reset_seconds: float | None = None
    is_near_limit: bool = False
    reason: str = ""
    window_seconds: float | None = field(default=None, compare=False)

    @property
    def is_quota(self) -> bool:
        """Whether this is about the points of an hour, and not about a burst that is over in seconds."""
        if any(word in self.reason.lower() for word in QUOTA_WORDS):
            return True
        if self.window_seconds is not None:
            return self.window_seconds >= _QUOTA_WINDOW_SECONDS
        return (self.limit or 0) >= 1000 and (self.reset_seconds or 0) > _QUOTA_WINDOW_SECONDS


class RateLimits:
    """The pause that all threads keep, and what the site last said about limits."""

    def __init__(self, policy: RetryPolicy, clock: Clock | None = None, *, chance: Callable[[], float] | None = None):
        self._policy = policy
        self._clock = clock or Clock()
        self._chance = chance or random.random
        self._lock = threading.Lock()
        self._paused_until = 0.0
        self._throttles_in_a_row = 0
        self._starved_windows = 0
        self._starved_until = 0.0
        self._tells_points = False
        self._state = RateState()

    @property
    def state(self) -> RateState:
        """What the site last said, for diagnosis."""
        return self._state

    def wait(self) -> float:
        """Sleep while the site wants us to; seconds slept. Threads wake a little apart, so that they don't rush in.

        Raises: TransientError where hour after hour leaves no points of an OAuth app.
        """
        slept = 0.0
        while True:
            if self._clock.monotonic() < self._starved_until:
                raise _starved(self._policy.quota_windows)
            left = self._paused_until - self._clock.monotonic()
            if left <= 0:
                return slept
            spread = min(left * 0.1, 1.0) * self._chance()
            self._clock.sleep(left + spread)
            slept += left + spread

    def left_seconds(self) -> float:
        """How long the pause lasts yet."""
        return max(self._paused_until - self._clock.monotonic(), 0.0)

    def pause_for(self, seconds: float) -> None:
        """Keep a pause that somebody else was asked for."""
        self._pause(seconds)

    def note_success(self, headers: Mapping[str, str]) -> None:
        """Learn from an answer that was served: nothing left means a pause before the next request."""
        if self._throttles_in_a_row:
            with self._lock:
                self._throttles_in_a_row = 0
        state = read_rate_state(headers, self._clock.now())
        if not (state and state.is_quota) and not self._tells_points:
            self._starved_windows = 0  # a site that tells no points while it serves has some
        if state is None:
            return
        self._state = state
        if state.is_quota:
            self._keep_reserve(state)
        elif state.remaining == 0 and state.reset_seconds and state.reset_seconds <= self._policy.longest_delay_seconds:
            self._pause(state.reset_seconds)

    def note_refusal(self, status: int, headers: Mapping[str, str]) -> float | None:
        """Pause all threads after a 429, or a 503 that says when; the pause in seconds.

        None means that no pause was asked for (a 5xx without a word), infinity that the site asks for longer than we wait.
        """
        now = self._clock.now()
        state = read_rate_state(headers, now) or RateState()
        asked = read_retry_after(headers, now)
        if status != 429:
            return None if asked is None else self._pause_or_refuse(asked)
        with self._lock:
            self._throttles_in_a_row += 1
            in_a_row = self._throttles_in_a_row
            self._state = state
        if asked is None:
            asked = state.reset_seconds
        backoff = self._policy.delay_seconds(in_a_row, self._chance())
        if asked is None or asked <= 0:
            # the gateway's 429 of April 2026 has no Retry-After, and Data Center says 0 while tokens remain
            return self._pause_or_refuse(min(backoff, self._policy.longest_delay_seconds))
        return self._pause_or_refuse(asked, is_quota=state.is_quota)

    def _keep_reserve(self, state: RateState) -> None:
        """Wait for the next hour where going on would take the last points: others use the app, too."""
        if state.limit is None or state.remaining is None or state.reset_seconds is None:
            return
        self._tells_points = True
        if state.remaining <= state.limit * self._policy.quota_reserve:
            self._pause_or_refuse(state.reset_seconds, is_quota=True)
        else:
            self._starved_windows = 0

    def _pause_or_refuse(self, seconds: float, *, is_quota: bool = False) -> float:
        policy = self._policy
        if seconds > (policy.longest_quota_pause_seconds if is_quota else policy.longest_pause_seconds):
            return float("inf")
        if is_quota:
            return self._pause_to_next_hour(seconds + _QUOTA_MARGIN_SECONDS)
        self._pause(seconds)
        return seconds

    def _pause_to_next_hour(self, seconds: float) -> float:
        """The pause; infinity where one more would be one too many."""
        with self._lock:
            end = self._clock.monotonic() + seconds
            is_new = self._paused_until < end - 2 * _QUOTA_MARGIN_SECONDS
            if is_new and self._starved_windows >= self._policy.quota_windows:
                self._starved_until = end
                return float("inf")
            self._starved_windows += is_new
            self._paused_until = max(self._paused_until, end)
        if is_new:
            until = self._clock.now() + timedelta(seconds=seconds)
            _LOGGER.warning(
                "The hourly points of the OAuth app are nearly used up; going on at %s UTC.", f"{until:%H:%M:%S}"
            )
        return seconds

    def _pause(self, seconds: float) -> None:
        with self._lock:
            self._paused_until = max(self._paused_until, self._clock.monotonic() + seconds)


def _starved(windows: int) -> TransientError:
    return TransientError(
        f"The points of the OAuth app are used up for this hour, as they were in {windows} hours before: others take them all.",
        status=429,
        hint="All who use the app share them: choose fewer spaces, sweep less often, or ask Atlassian for more. "
        "API tokens have no such limit.",
    )


def read_retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that `Retry-After` asks for, given as seconds or as a date; None where it is missing or unreadable."""
    text = headers.get("Retry-After", "").strip()
    if not text:
        return None
    if text.isdigit():
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max((at - now).total_seconds(), 0.0)


def read_rate_state(headers: Mapping[str, str], now: datetime) -> RateState | None:
    """What `X-RateLimit-*`, `RateLimit` and Data Center's headers say; None where there is no such header."""
    remaining = _whole(headers.get("X-RateLimit-Remaining"))
    limit = _whole(headers.get("X-RateLimit-Limit"))
    reset = _seconds_until(headers.get("X-RateLimit-Reset"), now)
    if reset is None:
        interval = _whole(headers.get("X-RateLimit-Interval-Seconds"))
        reset = None if interval is None else float(interval)
    policies = _structured(headers.get("RateLimit", ""))
    if policies:
        tightest = min(policies, key=lambda policy: policy[0])
        remaining = tightest[0] if remaining is None else remaining
        reset = tightest[1] if reset is None else reset
    near = headers.get("X-RateLimit-NearLimit", "").lower() == "true"
    reason = headers.get("RateLimit-Reason", "") or headers.get("X-Failure-Category", "")
    if remaining is None and limit is None and reset is None and not near and not reason:
        return None
    is_bucket = "X-RateLimit-FillRate" in headers  # Data Center's fills all the time, however long its interval
    window = 0.0 if is_bucket else _widest_window(headers.get("RateLimit-Policy", ""))
    return RateState(limit, remaining, reset, near, reason, window)


_STRUCTURED = re.compile(r"\"[^\"]*\"\s*((?:;\s*[a-z]+\s*=\s*\d+\s*)+)")


def _structured(text: str) -> list[tuple[int, float]]:
    """`(remaining, seconds to reset)` of each policy of a structured `RateLimit` header."""
    found = []
    for match in _STRUCTURED.finditer(text):
        fields = dict(part.split("=", 1) for part in match.group(1).replace(" ", "").split(";") if part)
        if "r" in fields and "t" in fields:
            found.append((int(fields["r"]), float(fields["t"])))
    return found


def _widest_window(text: str) -> float | None:
    """The longest window of a structured `RateLimit-Policy` header, in seconds."""
    windows = [float(number) for number in re.findall(r";\s*w\s*=\s*(\d+)", text)]
    return max(windows, default=None)


def _whole(text: str | None) -> int | None:
    try:
        return None if text is None else int(text)
    except ValueError:
        return None


def _seconds_until(text: str | None, now: datetime) -> float | None:
    """Seconds to a reset given as ISO time (seconds may lack), as epoch seconds, or as a number of seconds."""
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            return None
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return max((at - now).total_seconds(), 0.0)
    return max(number - now.timestamp(), 0.0) if number > 1e9 else max(number, 0.0)
