"""What becomes of a request: proved, read, kept, and only then answered. Knows no sockets.

200 and 202 mean that the hint is on disk. A delivery that was kept before is answered with 200 and not kept again, because a
sender whose answer got lost repeats it until it hears yes; a payload that is too old, or from the future, gets 409.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

from confluence_assets.errors import SettingsError, StorageError
from confluence_assets.inbox import Hint, Inbox
from confluence_assets.listener import payloads
from confluence_assets.listener.authenticity import is_signed, knows_secret
from confluence_assets.listener.http import Answer, RefusedError, Request, body_length

SECRET_CHARACTERS = 16
"""A shorter secret can be guessed from one signed request."""

HEALTH = "/health"
DATACENTER = "/datacenter"
"""Where a Data Center's webhooks go."""
_PARSERS: dict[str, Callable[[Mapping[str, Any]], payloads.Delivery]] = {
    DATACENTER: payloads.parse_datacenter,
    "/forge": payloads.parse_forge,
    "/automation": payloads.parse_automation,
}


@dataclass(frozen=True, slots=True)
class ReceiverOptions:
    """How strict a receiver is. `replay_window` is how long a delivery is remembered."""

    secret: str = field(repr=False)
    max_age: timedelta = timedelta(minutes=5)
    replay_window: timedelta = timedelta(hours=1)
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        """Raises: SettingsError for a secret that is too short, or a gap between the two windows."""
        if len(self.secret) < SECRET_CHARACTERS:
            raise SettingsError(
                f"The secret has fewer than {SECRET_CHARACTERS} characters.",
                setting="secret-env",
                hint="Make one: python -c 'import secrets; print(secrets.token_urlsafe(32))'",
            )
        if self.max_age <= timedelta(0):
            raise SettingsError("The largest age is not positive.", setting="max-age-seconds")
        if self.replay_window < 2 * self.max_age:
            raise SettingsError(
                "The replay window is shorter than twice the largest age, so that a repeated request could slip through.",
                setting="replay-window-seconds",
                hint="Make it longer, or --max-age-seconds shorter.",
            )


class Receiver:
    """Decides on requests, one at a time or many at once."""

    def __init__(self, site_folder: Path, options: ReceiverOptions) -> None:
        self._options = options
        self._inbox = Inbox(site_folder, replay_window=options.replay_window)
        self.datacenter_knocks = 0
        """Requests to `/datacenter` so far, the refused among them: a site's trial deliveries are not signed."""

    def open(self) -> None:
        """Make sure that hints can be kept. Raises: StorageError."""
        self._inbox.open()

    def admit(self, request: Request) -> bool:
        """What can be refused before the body is read; true where a body follows. Raises: RefusedError."""
        if request.path == HEALTH:
            if request.method != "GET":
                raise RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, "GET only", headers={"Allow": "GET"})
            return False
        if request.path not in _PARSERS:
            raise RefusedError(HTTPStatus.NOT_FOUND, f"there are {', '.join(_PARSERS)} and {HEALTH}")
        if request.method != "POST":
            raise RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, "POST only", headers={"Allow": "POST"})
        self.datacenter_knocks += request.path == DATACENTER
        if request.path != DATACENTER and not knows_secret(self._options.secret, request.headers):
            raise RefusedError(HTTPStatus.UNAUTHORIZED, "the secret is missing or wrong")
        body_length(request)
        return True

    def answer(self, request: Request) -> Answer:
        """The answer to an admitted request. Returns once what it says is on disk. Raises: RefusedError."""
        try:
            if request.path == HEALTH:
                self._inbox.open()
                return Answer(HTTPStatus.OK, {"status": "ok"})
            return self._take(request)
        except StorageError as error:
            raise RefusedError(
                HTTPStatus.SERVICE_UNAVAILABLE, "the hint could not be kept", headers={"Retry-After": "30"}
            ) from error

    def _take(self, request: Request) -> Answer:
        if request.path == DATACENTER and not is_signed(self._options.secret, request.body, request.headers):
            raise RefusedError(HTTPStatus.UNAUTHORIZED, "the signature is missing or wrong")
        try:
            delivery = _PARSERS[request.path](_json_object(request.body))
        except payloads.NonsenseError as error:
            raise RefusedError(HTTPStatus.BAD_REQUEST, str(error)) from error
        if delivery.is_test:
            return Answer(HTTPStatus.OK, {"status": "test received"}, "test")
        now = self._options.now()
        if delivery.sent_at is not None and abs(now - delivery.sent_at) > self._options.max_age:
            seconds = self._options.max_age.total_seconds()
            raise RefusedError(
                HTTPStatus.CONFLICT, f"sent more than {seconds:.0f} s ago, or ahead of this machine's clock"
            )
        if not self._inbox.append(_hints(request, delivery, now)):
            return Answer(HTTPStatus.OK, {"status": "known already"}, f"{delivery.event} known already")
        return Answer(HTTPStatus.ACCEPTED, {"status": "kept"}, f"{delivery.event} kept")


def _json_object(body: bytes) -> Mapping[str, Any]:
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise payloads.NonsenseError("the body is not JSON") from error
    if not isinstance(payload, dict):
        raise payloads.NonsenseError("the body is not a JSON object")
    return payload


def _hints(request: Request, delivery: payloads.Delivery, now: datetime) -> list[Hint]:
    source = request.path.strip("/")
    delivery_id = _delivery_id(request, delivery)
    return [
        Hint(source, delivery.event, now, place.space_key, place.content_id, delivery_id) for place in delivery.places
    ]


def _delivery_id(request: Request, delivery: payloads.Delivery) -> str | None:
    """What tells a delivery from its repetition.

    With a time in it, the body itself: headers such as X-Request-Id are not signed, so that a replay could change them. Without
    one, only an id that the sender gave; Automation sends the same words for every edit of a page.
    """
    if delivery.delivery_id is not None:
        return f"{request.path}:{delivery.delivery_id}"
    if delivery.sent_at is None:
        return None
    return f"{request.path}:{hashlib.sha256(request.body).hexdigest()}"
