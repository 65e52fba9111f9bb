"""What a site said about a change: where to look, and never what is there. No bodies, no titles."""

from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Hint:
    """Something changed. `space_key` and `content_id` as far as the sender named them.

    `delivery_id` is the same for each hint of one delivery and for its repetitions; None where the sender gave nothing that
    would tell one delivery from the next.
    """

    source: str
    """Who sent it: datacenter, forge or automation."""
    event: str
    received_at: datetime
    space_key: str | None = None
    content_id: str | None = None
    delivery_id: str | None = None

    def collapsed(self) -> "Hint":
        """The hint as it is kept: where the space is known, which content it was makes no difference."""
        return replace(self, content_id=None) if self.space_key else self


@dataclass(frozen=True, slots=True)
class PendingHint:
    """A hint in the inbox. `hint_id` grows with time, and is new for every hint, a collapsed one too."""

    hint_id: int
    source: str
    event: str
    received_at: datetime
    space_key: str | None
    content_id: str | None
