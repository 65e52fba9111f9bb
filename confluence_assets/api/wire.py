"""The words of this floor: what is asked (`Endpoint`, `Request`) and what came back (`Reply`).

Knows nothing of retries, credentials or rows.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias
from urllib.parse import quote, urlencode

from confluence_assets.api.limits import RetryPolicy

JsonObject: TypeAlias = dict[str, Any]
"""One JSON object as Confluence sent it; keys and enums are open."""

Parameters: TypeAlias = Mapping[str, Any]
"""Query parameters: text, numbers, booleans, None (left out) or a sequence (repeated)."""

READ_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One operation: its path below the site's root, and the OAuth scope that it asks for.

    `is_read_only` marks a POST that only reads, and may therefore be sent twice.
    """

    path: str
    scope: str = ""
    method: str = "GET"
    is_read_only: bool = False

    @property
    def label(self) -> str:
        """How requests are counted: the method and the path with its placeholders."""
        return f"{self.method} {self.path}"

    def fill(self, **ids: str) -> str:
        """The path with its placeholders filled in, percent-encoded."""
        return self.path.format(**{name: quote(str(value), safe="") for name, value in ids.items()})


@dataclass(frozen=True, slots=True)
class Request:
    """One request, before credentials. `path` starts with a slash and is relative to the site's root.

    `attempts` overrides the policy's number of attempts, `retry` the whole policy, `timeout_seconds` how long an answer may
    take; `wants_json` false takes any body; `may_leave_origin` lets a redirect lead to another host, as those of files do;
    `is_streamed` leaves the body of a good answer unread, in `Reply.stream`;
    `is_of_origin` asks the origin itself and not what stands below the root: the gateway has its GraphQL there.
    """

    method: str
    path: str
    query: str = ""
    body: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    label: str = ""
    scope: str = ""
    is_safe: bool = False
    wants_json: bool = True
    with_credentials: bool = True
    attempts: int | None = None
    is_streamed: bool = False
    retry: RetryPolicy | None = None
    timeout_seconds: float | None = None
    is_of_origin: bool = False
    may_leave_origin: bool = False
    judged: frozenset[int] = frozenset()
    """Statuses of errors that the caller judges itself."""

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path


@dataclass(slots=True)
class Outgoing:
    """A request as it leaves: an absolute URL and final headers. `auth` writes into it.

    Whoever reports errors with the values of a traceback sees the method alone.
    """

    method: str
    url: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)


class ByteStream(Protocol):
    """A body that is read piece by piece, once. Raises: TransientError where the connection is cut."""

    def __iter__(self) -> Iterator[bytes]: ...

    def close(self) -> None:
        """Let go of the connection; the rest of the body is not read."""
        ...


@dataclass(slots=True)
class Reply:
    """An answer with its whole body; `payload` is the parsed JSON once `validate_response` has seen it.

    `is_foreign` marks an answer of another host than the site's: then `url` is no more than that host's origin, because
    the rest of such an address is a signature.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    url: str
    payload: Any = field(default=None, repr=False)
    stream: ByteStream | None = None
    is_foreign: bool = False


def encode_parameters(parameters: Parameters) -> str:
    """The query string: None left out, booleans in lower case, sequences as repeated names."""
    pairs: list[tuple[str, str]] = []
    for name, value in parameters.items():
        if value is None:
            continue
        if isinstance(value, str) or not isinstance(value, Iterable):
            pairs.append((name, _text_of(value)))
        else:
            pairs.extend((name, _text_of(part)) for part in value)
    return urlencode(pairs)


def _text_of(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
