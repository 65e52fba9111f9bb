"""Endpoint calls over a transport: one request, or a lazy walk of pages. Knows endpoints' forms, not their meaning."""

from collections.abc import Iterator
from typing import Any

import orjson

from confluence_assets.api.paging import iter_cursor_pages, iter_offset_pages, payload_of
from confluence_assets.api.transport import Transport
from confluence_assets.api.wire import READ_METHODS, Endpoint, JsonObject, Parameters, Reply, Request, encode_parameters
from confluence_assets.errors import SettingsError


class Caller:
    """Asks a transport for endpoints."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

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
        """The validated reply of one request; `content` is sent as JSON."""
        is_write = content is not None
        return self.transport.send(
            Request(
                endpoint.method,
                endpoint.fill(**ids) if ids else endpoint.path,
                encode_parameters(parameters or {}),
                _as_json(content) if is_write else None,
                {"Content-Type": "application/json"} if is_write else {},
                endpoint.label,
                endpoint.scope,
                endpoint.method in READ_METHODS or endpoint.is_read_only,
                attempts=attempts,
                with_credentials=with_credentials,
            )
        )

    def get(self, endpoint: Endpoint, parameters: Parameters | None = None, **ids: str) -> JsonObject:
        """The JSON object of one GET."""
        return payload_of(self.ask(endpoint, parameters, ids=ids), endpoint.label)

    def post(self, endpoint: Endpoint, content: Any) -> JsonObject:
        """The JSON object that a POST answers."""
        return payload_of(self.ask(endpoint, content=content), endpoint.label)

    def walk(
        self,
        endpoint: Endpoint,
        parameters: Parameters,
        *,
        ids: dict[str, str] | None = None,
        attempts: int | None = None,
    ) -> Iterator[JsonObject]:
        """The payloads of a cursor listing, page by page; the parameters stay the same throughout."""
        pages = iter_cursor_pages(
            lambda position: self.ask(endpoint, {**parameters, **position}, ids=ids, attempts=attempts), endpoint.label
        )
        said = received = 0
        for payload in pages:
            total = payload.get("totalSize")
            said = total if isinstance(total, int) else said
            received += len(payload["results"])
            yield payload
        # Where the site does not count, it says nothing or 0.
        if said > 0 and said != received:
            self.transport.note_total(endpoint.label, said, received)

    def walk_offsets(
        self, endpoint: Endpoint, parameters: Parameters, *, limit: int, ids: dict[str, str] | None = None
    ) -> Iterator[JsonObject]:
        """The payloads of an offset listing, page by page."""
        return iter_offset_pages(
            lambda position: self.ask(endpoint, {**parameters, **position}, ids=ids), endpoint.label, limit
        )


def _as_json(content: Any) -> bytes:
    """Raises: SettingsError for what JSON can't say, before anything is sent."""
    try:
        return orjson.dumps(content)
    except TypeError as error:
        raise SettingsError(f"What is to be sent is no JSON: {error}.", setting="value") from None
