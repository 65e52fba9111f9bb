"""Requests, counted by endpoint template, method and status."""

from collections import Counter
from typing import Any

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_READING_POSTS = ("/users-bulk", "/convert-ids-to-types", "/permission/check", "/check-access-by-email", "/oauth/token")


def is_write(method: str, template: str) -> bool:
    """Whether a request is one to change the site. GraphQL and JSON-RPC count themselves, by what they are asked."""
    if method in _READING or template.endswith(("/graphql", *_READING_POSTS)) or "/convert/async/" in template:
        return False
    return "/rpc/json-rpc/" not in template


class Stats:
    """Counts of what came in since the last reset; the control surface itself is not counted."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str, int]] = Counter()
        self.bytes_sent = 0
        self.writes = 0
        """Requests that were made to change something, whether they did or not."""

    def count(self, method: str, template: str, status: int, sent: int) -> None:
        self.counts[(method, template, status)] += 1
        self.bytes_sent += sent
        self.writes += is_write(method, template)

    def reset(self) -> None:
        self.counts.clear()
        self.bytes_sent = 0
        self.writes = 0

    @property
    def total(self) -> int:
        return self.counts.total()

    def by_endpoint(self) -> dict[str, int]:
        """`GET /wiki/api/v2/pages` and how often."""
        found: Counter[str] = Counter()
        for (method, template, _), count in self.counts.items():
            found[f"{method} {template}"] += count
        return dict(sorted(found.items()))

    def as_dict(self) -> dict[str, Any]:
        statuses: Counter[str] = Counter()
        for (_, _, status), count in self.counts.items():
            statuses[str(status)] += count
        detail = [
            {"method": method, "endpoint": template, "status": status, "count": count}
            for (method, template, status), count in sorted(self.counts.items())
        ]
        return {
            "total": self.total,
            "by_endpoint": self.by_endpoint(),
            "by_status": dict(sorted(statuses.items())),
            "detail": detail,
            "bytes_sent": self.bytes_sent,
            "writes": self.writes,
        }
