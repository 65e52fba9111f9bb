"""Registering a webhook on a Data Center: made, found again and changed, removed. Needs an administrator.

The only part of this floor's reading side that writes; its transport must have been allowed to.
Source: OpenAPI document of Data Center 10.0, `/rest/api/webhooks`; 7.7 and later.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from confluence_assets.api.datacenter import endpoints
from confluence_assets.api.datacenter.caller import DatacenterCaller
from confluence_assets.api.fields import EMPTY, text_of
from confluence_assets.api.paging import payload_of
from confluence_assets.api.transport import Transport
from confluence_assets.api.wire import Endpoint, JsonObject
from confluence_assets.errors import AccessError, ApiError, NotFoundError, ProtocolError, UnavailableError

EVENTS = (
    "attachment_created", "attachment_removed", "attachment_restored", "attachment_trashed", "attachment_updated",
    "blog_created", "blog_removed", "blog_restored", "blog_trashed", "blog_updated",
    "comment_created", "comment_removed", "comment_updated", "content_permissions_updated",
    "label_added", "label_removed",
    "page_children_reordered", "page_created", "page_moved", "page_removed", "page_restored", "page_trashed", "page_updated",
    "space_created", "space_permissions_updated", "space_removed", "space_updated",
)  # fmt: skip
"""What a lake hangs on. Of users and groups the sweep learns; views and likes are nobody's business."""

_ROWS = 100
_WORD = re.compile(r"\w+")
_HINT = (
    "Use a personal access token of a Confluence administrator; or register by hand under General configuration, Webhooks: the "
    "address, the secret and the events."
)


@dataclass(frozen=True, slots=True)
class Registration:
    """A webhook as the site keeps it, and what became of it now."""

    webhook_id: str
    name: str
    url: str
    events: tuple[str, ...]
    outcome: Literal["made", "changed", "removed"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a trial delivery of the site went; `is_taken` None where its answer does not tell."""

    is_taken: bool | None
    description: str


class DatacenterWebhooks:
    """The webhooks of one site. Raises (all calls): AccessError for all but administrators, with what to do."""

    def __init__(self, transport: Transport) -> None:
        self._caller = DatacenterCaller(transport)

    def register(self, name: str, url: str, secret: str, events: Sequence[str] = EVENTS) -> Registration:
        """Make the webhook, or change the one that has this name or address, so that there is one at the end.

        An event that the server's version does not know is left out. Raises: ProtocolError where the site refuses it.
        """
        ours = [one for one in self._list() if name == one.get("name") or url == one.get("url")]
        wanted = {
            "name": name,
            "url": url,
            "events": list(events),
            "active": True,
            "configuration": {"secret": secret},
            "sslVerificationRequired": True,
        }
        try:
            kept = self._write(wanted, ours)
        except ProtocolError as error:
            known = [event for event in events if event not in _WORD.findall(error.excerpt)]
            if error.status != 400 or not 0 < len(known) < len(events):
                raise
            kept = self._write({**wanted, "events": known}, ours)
        for spare in ours[1:]:
            self._ask(endpoints.DELETE_WEBHOOK, id=str(spare["id"]))
        return _registration(kept, "changed" if ours else "made")

    def _write(self, wanted: JsonObject, ours: list[JsonObject]) -> JsonObject:
        if ours:
            return self._ask(endpoints.CHANGE_WEBHOOK, content=wanted, id=str(ours[0]["id"]))
        return self._ask(endpoints.MAKE_WEBHOOK, content=wanted)

    def remove(self, name: str) -> list[Registration]:
        """Remove all webhooks of this name; what was removed."""
        removed = []
        for one in self._list():
            if one.get("name") == name:
                self._ask(endpoints.DELETE_WEBHOOK, id=str(one["id"]))
                removed.append(_registration(one, "removed"))
        return removed

    def try_out(self, url: str) -> Delivery:
        """Have the site deliver a test to an address."""
        try:
            told = self._ask(endpoints.TEST_WEBHOOK, {"url": url}, content={})
        except (NotFoundError, UnavailableError, ProtocolError):
            return Delivery(None, "the site has no trial deliveries")
        result = told.get("result") or told.get("response") or EMPTY
        status = told.get("statusCode") or result.get("statusCode")
        description = text_of(result.get("description") or told.get("error") or status) or "no word why"
        if isinstance(status, int) and status > 0:
            return Delivery(200 <= status < 300, description)
        return Delivery(False if result.get("outcome") == "ERROR" or told.get("error") else None, description)

    def _list(self) -> list[JsonObject]:
        try:
            pages = self._caller.walk_rows(endpoints.WEBHOOKS, {}, limit=_ROWS, identity=lambda one: one.get("id"))
            return [one for rows in pages for one in rows]
        except AccessError as error:
            raise _explained(error) from error

    def _ask(self, endpoint: Endpoint, parameters: Any = None, content: Any = None, **ids: str) -> JsonObject:
        try:
            reply = self._caller.ask(endpoint, parameters, ids=ids, content=content)
        except AccessError as error:
            raise _explained(error) from error
        return {} if reply.payload is None else payload_of(reply, endpoint.label)


def _registration(webhook: JsonObject, outcome: Literal["made", "changed", "removed"]) -> Registration:
    events = tuple(map(str, webhook.get("events") or ()))
    return Registration(str(webhook.get("id")), str(webhook.get("name")), str(webhook.get("url")), events, outcome)


def _explained(error: ApiError) -> AccessError:
    return AccessError(
        f"The account may not manage webhooks. {error.message}",
        method=error.method,
        url=error.url,
        status=error.status,
        excerpt=error.excerpt,
        attempts=error.attempts,
        hint=_HINT,
    )
