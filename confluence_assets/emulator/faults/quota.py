"""Limits of the rate that keep count: points of apps by the hour, and bursts."""

import time
from dataclasses import dataclass, field
from typing import Any

import orjson

from confluence_assets.emulator.faults.base import Asked, Fault, fault
from confluence_assets.emulator.faults.refusals import body_reply, reset_time
from confluence_assets.emulator.web.messages import JSON_TYPE, Reply

IDENTITY = ("/user", "/users-bulk", "/group", "/permission", "/role-assignments", "/likes/users")
"""Addresses whose objects cost two points: users, groups, permissions."""


def points_of(asked: Asked, reply: Reply) -> int:
    """One, and one or two for each object that came; a write is one. Source: Atlassian's rate-limit pages, 2026-10."""
    if asked.request.method not in ("GET", "HEAD") and not asked.template.endswith("/users-bulk"):
        return 1
    if reply.status != 200 or reply.content_type != JSON_TYPE or not reply.body:
        return 1
    content: Any = orjson.loads(reply.body)
    rows = content.get("results") if isinstance(content, dict) else content
    each = 2 if any(part in asked.template for part in IDENTITY) else 1
    return 1 + each * (len(rows) if isinstance(rows, list) else 1)


@fault("quota")
@dataclass(kw_only=True)
class Quota(Fault):
    """Points per window, for OAuth apps; nothing is carried over, and once spent it is 429 until the window ends."""

    points: int = 65_000
    window_seconds: float = 3600.0
    everyone: bool = False
    spent: int = field(default=0, init=False)
    _window: int = field(default=-1, init=False, repr=False)
    COUNTERS = ("id", "seen", "fired", "spent")

    def matches(self, asked: Asked) -> bool:
        return (self.everyone or asked.is_app) and super().matches(asked)

    def _left_seconds(self, asked: Asked) -> float:
        """Until the window ends: in the machine's time, which moves on with the site's own clock as well."""
        now = asked.site.grants.now()
        window = int(now // self.window_seconds)
        if window != self._window:
            self._window, self.spent = window, 0
        return (window + 1) * self.window_seconds - now

    def before(self, asked: Asked) -> Reply | None:
        left = self._left_seconds(asked)
        if self.spent < self.points:
            return None
        headers = {"Retry-After": str(int(left) + 1), "RateLimit-Reason": "confluence-quota-global-based"}
        return body_reply(429, asked.site.switches.rate_limit_body, headers)

    def after(self, asked: Asked, reply: Reply) -> Reply:
        left = self._left_seconds(asked)
        if reply.status != 429:
            self.spent += points_of(asked, reply)
        remaining = max(0, self.points - self.spent)
        headers = reply.headers
        headers["X-RateLimit-Limit"] = str(self.points)
        headers["X-RateLimit-Remaining"] = str(remaining)
        headers["X-RateLimit-Reset"] = reset_time(left, asked.site.grants.now())
        headers["RateLimit-Policy"] = f'"global-app-quota";q={self.points};w={round(self.window_seconds)}'
        if remaining < self.points * 0.2:
            headers["X-RateLimit-NearLimit"] = "true"
            headers["RateLimit"] = f'"global-app-quota";r={remaining};t={int(left) + 1}'
        return reply


@fault("burst")
@dataclass(kw_only=True)
class Burst(Fault):
    """A token bucket for each method and route, shared by all callers."""

    rate: float = 10.0
    capacity: float = 10.0
    retry_after: float | None = 1
    refused: int = field(default=0, init=False)
    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict, init=False, repr=False)
    COUNTERS = ("id", "seen", "fired", "refused")

    def before(self, asked: Asked) -> Reply | None:
        key, now = f"{asked.request.method} {asked.template}", time.monotonic()
        left, since = self._buckets.get(key, (self.capacity, now))
        left = min(self.capacity, left + (now - since) * self.rate)
        if left >= 1:
            self._buckets[key] = (left - 1, now)
            return None
        self._buckets[key] = (left, now)
        self.refused += 1
        headers = {"X-RateLimit-Limit": str(round(self.capacity)), "X-RateLimit-Remaining": "0"}
        headers["RateLimit-Reason"] = "confluence-burst-based"
        if self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
        return body_reply(429, asked.site.switches.rate_limit_body, headers)
