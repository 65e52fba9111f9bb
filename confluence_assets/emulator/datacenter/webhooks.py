"""Webhooks: who registered for what, and the signed requests that an edit sends them. Best effort, as the real ones."""

import hashlib
import hmac
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from confluence_assets.emulator.datacenter.delivery import Courier, Outcome, Parcel
from confluence_assets.emulator.datacenter.events import EVENTS, events_of, look_before
from confluence_assets.emulator.datacenter.switches import quirks_of
from confluence_assets.emulator.edits.common import author_of
from confluence_assets.emulator.store.model import AuditRecord

if TYPE_CHECKING:
    from confluence_assets.emulator.site import Site

__all__ = ["EVENTS", "Invocation", "Webhook", "Webhooks", "signed_headers"]
Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Invocation:
    """One delivery that was tried."""

    id: str
    event: str
    outcome: Outcome
    url: str
    headers: dict[str, str]
    body: str
    at_ms: int
    seconds: float


@dataclass(slots=True)
class Webhook:
    """A registration."""

    id: int
    name: str
    url: str
    events: list[str]
    active: bool
    secret: str | None
    created_ms: int
    updated_ms: int
    is_ssl_required: bool = True
    credentials: dict[str, str] | None = None
    counts: Counter[str] = field(default_factory=Counter)
    invocations: list[Invocation] = field(default_factory=list)


def signed_headers(
    event: str, body: bytes, secret: str | None, request_id: str, *, has_prefix: bool = True
) -> dict[str, str]:
    """The headers of a delivery; `X-Hub-Signature` is the HMAC-SHA256 of the raw body."""
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Atlassian HttpClient 3.0.8 / Confluence (Default) / Default",
        "X-Event-Key": event,
        "X-Request-Id": request_id,
    }
    if secret:
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers["X-Hub-Signature"] = f"{'sha256=' if has_prefix else ''}{digest}"
    return headers


class Webhooks:
    """All registrations of a site. It watches the edits."""

    def __init__(self, site: "Site") -> None:
        self._site = site
        self.registered: dict[int, Webhook] = {}
        self._courier = Courier()
        self._lock = threading.Lock()
        self._sent = 0

    # what the edits tell

    def before(self, name: str, fields: Fields) -> Any:
        return len(self._site.store.audit), look_before(self._site, name, fields)

    def after(self, name: str, fields: Fields, result: Fields, before: Any) -> None:
        records, seen = before
        for record in self._site.store.audit[records:]:
            record.object_id = self._object_id(record, fields, result)
        for event, about in events_of(self._site, name, fields, result, seen):
            self._fire(event, about, author_of(self._site, fields))

    def _object_id(self, record: AuditRecord, fields: Fields, result: Fields) -> str:
        store = self._site.store
        if record.object_type == "Space":
            return next((str(space.id) for space in store.spaces.values() if space.name == record.object_name), "")
        if record.object_type == "User":
            return next(
                (user.account_id for user in store.users.values() if user.display_name == record.object_name), ""
            )
        if record.object_type == "Group":
            return record.object_name
        return str(fields.get("id") or result.get("id") or "")

    # deliveries

    def _fire(self, event: str, about: Fields, user_key: str) -> None:
        payload = {"timestamp": self._site.clock.now_ms, "event": event, "userKey": user_key, **about}
        body = orjson.dumps(payload)
        quirks = quirks_of(self._site)
        for webhook in list(self.registered.values()):
            if not webhook.active or event not in webhook.events:
                continue
            self._sent += 1
            if quirks.webhook_lose_every and self._sent % quirks.webhook_lose_every == 0:
                continue
            repeats = quirks.webhook_repeat_every and self._sent % quirks.webhook_repeat_every == 0
            for _ in range(2 if repeats else 1):
                self._post(webhook, event, body)

    def _post(self, webhook: Webhook, event: str, body: bytes) -> None:
        request_id, has_prefix = (
            self._site.store.uuid("request", self._sent),
            quirks_of(self._site).webhook_signature_prefix,
        )
        headers = signed_headers(event, body, webhook.secret, request_id, has_prefix=has_prefix)

        def tell(parcel: Parcel, outcome: Outcome, seconds: float) -> None:
            self._note(webhook, event, parcel, outcome, seconds)

        self._courier.post(Parcel(webhook.url, headers, body, tell))

    def _note(self, webhook: Webhook, event: str, parcel: Parcel, outcome: Outcome, seconds: float) -> None:
        found = Invocation(
            parcel.headers["X-Request-Id"], event, outcome, parcel.url, parcel.headers, parcel.body.decode(),
            self._site.clock.now_ms, seconds,
        )  # fmt: skip
        with self._lock:
            webhook.counts[outcome.outcome] += 1
            webhook.invocations.append(found)

    def drain(self, timeout_seconds: float = 5.0) -> bool:
        """Wait until all that was fired is delivered."""
        return self._courier.drain(timeout_seconds)

    def close(self) -> None:
        self._courier.close()
