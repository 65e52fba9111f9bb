"""Calls to a Data Center, which turns a bad token into nobody instead of refusing it.

Every answer says in `X-AUSERNAME` whom it was made for. One for anonymous holds less than ours would, so it is no answer.
"""

from collections.abc import Callable, Iterator
from typing import Any

from confluence_assets.api.caller import Caller
from confluence_assets.api.paging import LoopGuard, payload_of, rows_of
from confluence_assets.api.transport import Transport
from confluence_assets.api.wire import Endpoint, JsonObject, Parameters, Reply
from confluence_assets.errors import AccessError

Identity = Callable[[JsonObject], Any]


class DatacenterCaller(Caller):
    """Asks for endpoints, and believes no answer that was made for anonymous."""

    def ask(
        self,
        endpoint: Endpoint,
        parameters: Parameters | None = None,
        *,
        ids: dict[str, str] | None = None,
        content: Any = None,
        attempts: int | None = None,
        with_credentials: bool = True,
    ) -> Reply:
        """The validated reply of one request. Raises: AccessError where the site took us for anonymous."""
        reply = super().ask(
            endpoint, parameters, ids=ids, content=content, attempts=attempts, with_credentials=with_credentials
        )
        if with_credentials:
            refuse_anonymous(self.transport, endpoint.method, endpoint.label, reply)
        return reply

    def walk_rows(
        self,
        endpoint: Endpoint,
        parameters: Parameters,
        *,
        limit: int,
        identity: Identity,
        ids: dict[str, str] | None = None,
    ) -> Iterator[list[JsonObject]]:
        """Each page's rows that did not come before.

        `start` is what came, whatever `next` says (CONFSERVER-95272); a page without a new row is the end, for some servers
        repeat the last rows for ever (CONFSERVER-95312). How many fit into a page is read from the answer.
        """
        seen: set[Any] = set()
        guard = LoopGuard(endpoint.label)
        start = 0
        is_second_time = False
        while True:
            position = {"start": start, "limit": limit}
            payload = payload_of(self.ask(endpoint, {**parameters, **position}, ids=ids), endpoint.label)
            rows = rows_of(payload, endpoint.label)
            if not rows and promises_more(payload):
                guard.check_page(rows)  # asked for again, and then skipped: its rows may all be hidden from us
                start += effective_limit(payload, limit) if is_second_time else 0
                is_second_time = not is_second_time
                continue
            fresh = [row for row in rows if identity(row) not in seen]
            if not fresh:
                return
            seen.update(map(identity, fresh))
            yield fresh
            start += len(rows)
            if is_last_page(payload, rows, limit):
                return


def promises_more(payload: JsonObject) -> bool:
    """Whether a page links to another one, be it in a link without an address."""
    return (payload.get("_links") or {}).get("next") is not None


def effective_limit(payload: JsonObject, limit: int) -> int:
    """How many rows fitted into a page: what was asked for, or what the server made of it."""
    effective = payload.get("limit")
    return min(limit, effective) if isinstance(effective, int) and effective > 0 else limit


def refuse_anonymous(transport: Transport, method: str, label: str, reply: Reply) -> None:
    """Say that an answer was made for nobody. Raises: AccessError."""
    if reply.headers.get("X-AUSERNAME", "").lower() == "anonymous":
        raise AccessError(
            f"{transport.root} answered {label} as to anonymous: it did not accept the credentials and said so only in "
            "X-AUSERNAME.",
            method=method,
            url=transport.redactor.redact_url(reply.url),
            status=reply.status,
            hint="Make a new personal access token on the site (profile, Personal access tokens) and set CONFLUENCE_PAT: "
            "the old one has expired, was revoked, or belongs to another site.",
        )


def is_last_page(payload: JsonObject, rows: list[JsonObject], limit: int) -> bool:
    """Whether an offset list ends here: fewer rows than fit, and no link to more."""
    return len(rows) < effective_limit(payload, limit) and not promises_more(payload)
