"""Data Center's rate limit: a bucket of tokens for each user, filled as real time passes; off by default."""

import time

from confluence_assets.emulator.datacenter.switches import DatacenterSwitches

LONG_MAX = (1 << 63) - 1


class RateLimit:
    """Buckets by user name. Each request takes one token."""

    def __init__(self, quirks: DatacenterSwitches) -> None:
        self._quirks = quirks
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, who: str) -> tuple[bool, dict[str, str]]:
        """Whether the request may pass, and the headers that say how things stand; none where there is no limit."""
        quirks = self._quirks
        if quirks.rate_limit_blocks:
            return False, self._headers(0, LONG_MAX)
        if quirks.rate_limit_capacity <= 0:
            return True, {}
        now = time.monotonic()
        tokens, then = self._buckets.get(who, (float(quirks.rate_limit_capacity), now))
        per_second = quirks.rate_limit_fill / quirks.rate_limit_interval_seconds
        tokens = min(float(quirks.rate_limit_capacity), tokens + (now - then) * per_second)
        passes = tokens >= 1
        self._buckets[who] = (tokens - 1 if passes else tokens, now)
        left = int(self._buckets[who][0])
        wait = 0 if left else max(1, round((1 - self._buckets[who][0]) / per_second + 0.5))
        return passes, self._headers(left, wait)

    def _headers(self, remaining: int, wait: int) -> dict[str, str]:
        quirks = self._quirks
        return {
            "X-RateLimit-Limit": str(quirks.rate_limit_capacity),
            "X-RateLimit-Remaining": str(remaining),
            "X-RateLimit-FillRate": str(quirks.rate_limit_fill),
            "X-RateLimit-Interval-Seconds": str(quirks.rate_limit_interval_seconds),
            "Retry-After": str(wait),
        }
