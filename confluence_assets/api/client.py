"""`ConfluenceClient`: the calls that people know, typed and lazily paged, and a raw call for all others.

It gives Confluence's own JSON. Rows in our tables' columns are `Source`'s business.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Unpack

from confluence_assets.api.caller import Caller
from confluence_assets.api.cloud import endpoints
from confluence_assets.api.cloud.attachments import download_request
from confluence_assets.api.connection import Connection, open_transport
from confluence_assets.api.download import open_download
from confluence_assets.api.filters import (
    AttachmentFilters,
    CommentFilters,
    ContentFilters,
    CustomContentFilters,
    ListFilters,
    PageFilters,
    SpaceFilters,
    TaskFilters,
    parameters_of,
)
from confluence_assets.api.source import RequestTally
from confluence_assets.api.transport import Transport, TransportOptions
from confluence_assets.api.wire import (
    READ_METHODS,
    Endpoint,
    JsonObject,
    Parameters,
    Reply,
    Request,
    encode_parameters,
)


class ConfluenceClient:
    """Reads a Confluence Cloud site. Safe to use from several threads; a context manager that closes its connections.

    Raises (all calls): the errors of `confluence_assets.errors`; nothing of requests.
    """

    def __init__(
        self, connection: Connection, *, concurrency: int = 6, options: TransportOptions | None = None
    ) -> None:
        self._transport = open_transport(connection, concurrency=concurrency, options=options)
        self._caller = Caller(self._transport)

    def __enter__(self) -> "ConfluenceClient":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def transport(self) -> Transport:
        return self._transport

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def tally(self) -> AbstractContextManager[RequestTally]:
        """Count the requests that this thread sends inside the `with` block."""
        return self._transport.tally()

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Parameters | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        wants_json: bool = True,
    ) -> Reply:
        """The validated reply of any call; `path` starts at the site's root, as in `/wiki/api/v2/pages?limit=5`.

        `body` is sent as JSON unless it is bytes. Only GET, HEAD and OPTIONS are sent again after a failure.
        """
        verb = method.upper()
        plain, _, typed_query = path.partition("?")
        query = "&".join(part for part in (typed_query, encode_parameters(params or {})) if part)
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        kind = {} if content is None or isinstance(body, bytes) else {"Content-Type": "application/json"}
        return self._transport.send(
            Request(
                verb,
                plain,
                query,
                content,
                {**kind, **(headers or {})},
                f"{verb} {plain}",
                is_safe=verb in READ_METHODS,
                wants_json=wants_json,
            )
        )

    def get_current_user(self) -> JsonObject:
        """The account that the site takes us for."""
        return self._caller.get(endpoints.CURRENT_USER)

    def iter_spaces(self, **filters: Unpack[SpaceFilters]) -> Iterator[JsonObject]:
        """Spaces that the account can see."""
        return self._rows(endpoints.SPACES, parameters_of(filters))

    def get_page(self, page_id: str, *, body_format: str | None = "storage") -> JsonObject:
        """One page, with its body."""
        return self._caller.get(endpoints.PAGE, {"body-format": body_format}, id=page_id)

    def iter_pages(self, **filters: Unpack[PageFilters]) -> Iterator[JsonObject]:
        """Pages, current and archived unless `statuses` says otherwise; without bodies unless `body_format` is given."""
        return self._rows(endpoints.PAGES, parameters_of(filters))

    def get_blogpost(self, blogpost_id: str, *, body_format: str | None = "storage") -> JsonObject:
        """One blog post, with its body."""
        return self._caller.get(endpoints.BLOGPOST, {"body-format": body_format}, id=blogpost_id)

    def iter_blogposts(self, **filters: Unpack[ContentFilters]) -> Iterator[JsonObject]:
        """Blog posts."""
        return self._rows(endpoints.BLOGPOSTS, parameters_of(filters))

    def iter_footer_comments(self, **filters: Unpack[CommentFilters]) -> Iterator[JsonObject]:
        """Footer comments of the whole site."""
        return self._rows(endpoints.FOOTER_COMMENTS, parameters_of(filters))

    def iter_inline_comments(self, **filters: Unpack[CommentFilters]) -> Iterator[JsonObject]:
        """Inline comments of the whole site."""
        return self._rows(endpoints.INLINE_COMMENTS, parameters_of(filters))

    def get_attachment(self, attachment_id: str) -> JsonObject:
        """One attachment's metadata."""
        return self._caller.get(endpoints.ATTACHMENT, id=attachment_id)

    def iter_attachments(self, **filters: Unpack[AttachmentFilters]) -> Iterator[JsonObject]:
        """Attachments of the whole site."""
        return self._rows(endpoints.ATTACHMENTS, parameters_of(filters))

    def download_attachment(
        self, container_id: str, attachment_id: str, *, version_number: int | None = None, size_bytes: int | None = None
    ) -> AbstractContextManager[Iterator[bytes]]:
        """The bytes of a file, as chunks.

            with client.download_attachment(page_id, attachment_id) as chunks:
                for chunk in chunks:
                    file.write(chunk)

        A cut connection is taken up where it was cut; `size_bytes`, where given, is checked.
        """
        return open_download(
            self._transport, download_request(container_id, attachment_id, version_number), size_bytes=size_bytes
        )

    def iter_labels(self, **filters: Unpack[ListFilters]) -> Iterator[JsonObject]:
        """All labels of the site."""
        return self._rows(endpoints.LABELS, parameters_of(filters))

    def iter_labelled_pages(self, label_id: str, **filters: Unpack[ListFilters]) -> Iterator[JsonObject]:
        """Pages that carry a label."""
        return self._rows(endpoints.LABELLED_PAGES, parameters_of(filters), {"id": label_id})

    def iter_custom_content(self, content_type: str, **filters: Unpack[CustomContentFilters]) -> Iterator[JsonObject]:
        """Custom content of one type."""
        return self._rows(endpoints.CUSTOM_CONTENT, {**parameters_of(filters), "type": content_type})

    def iter_tasks(self, **filters: Unpack[TaskFilters]) -> Iterator[JsonObject]:
        """Tasks of the whole site."""
        return self._rows(endpoints.TASKS, parameters_of(filters))

    def iter_search(self, cql: str, *, expand: str | None = None, limit: int = 200) -> Iterator[JsonObject]:
        """Content that a CQL query finds, as v1 objects."""
        return self._rows(endpoints.CONTENT_SEARCH, {"cql": cql, "expand": expand, "limit": limit})

    def _rows(
        self, endpoint: Endpoint, parameters: Parameters, ids: dict[str, str] | None = None
    ) -> Iterator[JsonObject]:
        for payload in self._caller.walk(endpoint, parameters, ids=ids):
            yield from payload["results"]
