"""Change hints that a site sent, kept until a run has seen to them. Knows no events, no lake and no Dagster."""

from confluence_assets.inbox.hint import Hint, PendingHint
from confluence_assets.inbox.store import Inbox

__all__ = ["Hint", "Inbox", "PendingHint"]
