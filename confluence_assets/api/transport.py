"""The one place that sends: connections, credentials, redirects, attempts.

Credentials go to the configured origin and nowhere else, whatever a redirect says; cookies and .netrc are never used.
Only what is safe to repeat is repeated. What an answer means is `validation`'s business, how fast we may go is `limits`'.
"""

import random
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NoReturn
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter

from confluence_assets.api.auth import Auth, NoAuth
from confluence_assets.api.exchange_log import describe_failure, describe_reply, describe_request
from confluence_assets.api.failures import NETWORK_ERRORS, UnreachableError, explain_failure
from confluence_assets.api.limits import Clock, RateLimits, RateState, RetryPolicy
from confluence_assets.api.redaction import Redactor
from confluence_assets.api.source import RequestTally
from confluence_assets.api.streams import AnswerStream, hush_urllib3
from confluence_assets.api.tally import Tallies
from confluence_assets.api.validation import Site, refuse_redirect, validate_foreign, validate_response
from confluence_assets.api.wire import Outgoing, Reply, Request
from confluence_assets.errors import ApiError, ProtocolError, SettingsError, TransientError

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_WITH_FILE = frozenset({200, 206})
_READ_BYTES = 1 << 20
"""An answer is read in pieces of this size: with the 10 KB of requests, many threads wait for their turn at every piece."""
_LONGEST_REDIRECT = 5
_LOOPBACK = frozenset({"localhost", "::1"})
_FOREIGN_HEADERS = frozenset({"accept", "accept-encoding", "range", "if-range", "user-agent"})
"""All that another host than the site's is told: what the caller adds may be a secret of the site's."""
_LOGIN_PATH = re.compile(r"(?i)/(?:do)?(?:log-?in|sign-?in|sso|saml2?|authorize)(?:\.(?:action|jsp|aspx))?(?:[/;]|$)")
_DOTTED = re.compile(r"127(\.\d{1,3}){3}")

hush_urllib3()


def _user_agent() -> str:
    try:
        return f"confluence-assets/{version('confluence-assets')}"
    except PackageNotFoundError:
        return "confluence-assets"


@dataclass(frozen=True, slots=True)
class TransportOptions:
    """How a transport behaves; the defaults suit a real site."""

    concurrency: int = 6
    connect_timeout_seconds: float = 10.0
    read_timeout_seconds: float = 90.0
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    clock: Clock = field(default_factory=Clock)
    allow_writes: bool = True
    """Whether what changes the site may be sent at all; a `Connection` says no unless it was told otherwise."""
    debug: Callable[[str], object] | None = None
    """Takes each request and each answer as text, secrets redacted."""


class Transport:
    """Sends requests to one site. Safe to use from several threads, which share connections and the rate limit.

    `root` is the site's origin and what stands before `/wiki` or `/rest`: nothing, a gateway prefix or a context path.
    """

    def __init__(self, root: str, auth: Auth | None = None, options: TransportOptions | None = None) -> None:
        self.root = root.rstrip("/")
        self._auth: Auth = auth or NoAuth()
        self._options = options or TransportOptions()
        self._origin = origin_of(self.root)
        self._limits = RateLimits(self._options.retry, self._options.clock)
        self._tallies = Tallies()
        self._adapter = HTTPAdapter(pool_maxsize=self._options.concurrency, max_retries=0)
        self._surroundings: dict[tuple[str, str, int], dict[str, Any]] = {}
        self._headers = {
            "Accept-Encoding": "gzip, deflate",
            "User-Agent": _user_agent(),
        }
        self._redactor: tuple[tuple[str, ...], Redactor] = ((), Redactor())
        self._has_answered = False

    @property
    def rate_state(self) -> RateState:
        """What the site last said about our rate."""
        return self._limits.state

    @property
    def redactor(self) -> Redactor:
        """Knows the secrets of this moment: a refreshed token is a new one."""
        secrets = self._auth.secrets
        if secrets != self._redactor[0]:
            self._redactor = (secrets, Redactor(secrets))
        return self._redactor[1]

    def open_sibling(self, root: str) -> "Transport":
        """A transport without credentials to another address of the same site; what it sends is counted here."""
        sibling = Transport(root, NoAuth(), self._options)
        sibling._tallies = self._tallies
        return sibling

    def note_total(self, label: str, said: int, received: int) -> None:
        """Keep for the account that a listing's total and its rows differ."""
        self._tallies.add_wrong_total(label, said, received)

    def tally(self) -> AbstractContextManager[RequestTally]:
        """Count what this thread sends inside the `with` block."""
        return self._tallies.count()

    @property
    def options(self) -> TransportOptions:
        return self._options

    def close(self) -> None:
        """Close all connections."""
        self._adapter.close()

    def send(self, request: Request) -> Reply:
        """The validated answer; safe requests are sent again after transient failures, with growing pauses.

        Raises: what `validate_response` and `explain_failure` raise; `attempts` of the error says how often it was sent.
        """
        if not request.is_safe and not self._options.allow_writes:
            refuse_write(request.label or f"{request.method} {request.path}")
        course = _Course(request.retry or self._options.retry, request)
        while True:
            if waited := self._limits.wait():
                self._tallies.add_wait(waited)
            course.sent += 1
            reply: Reply | None = None
            try:
                reply = self._exchange(request, is_retry=course.sent > 1)
                if reply.is_foreign:
                    validate_foreign(request, reply, self.redactor)
                else:
                    validate_response(request, reply, self.site, self.redactor)
            except TransientError as error:
                error.attempts = course.sent
                self._pause_before_retry(course, error, reply)
                continue
            except ApiError as error:
                error.attempts = course.sent
                raise
            self._limits.note_success(reply.headers)
            return reply

    @property
    def site(self) -> Site:
        """Where we ask, and as whom: what the words of an error depend on."""
        return Site(self.root, self._auth.kind, self._auth.variables)

    def _pause_before_retry(self, course: "_Course", error: TransientError, reply: Reply | None) -> None:
        """Wait as long as is due, or raise the error where another attempt would be wrong or one too many."""
        pause = None
        if reply is not None:
            pause = self._limits.note_refusal(reply.status, reply.headers) if reply.status >= 400 else None
        elif isinstance(error, UnreachableError) and not self._has_answered:
            raise error  # a wrong URL more probably than bad luck: don't keep a newcomer waiting
        if pause == float("inf"):
            error.hint = error.hint or "It asks for a longer wait than we keep; run again later."
            raise error
        if not course.may_go_on(is_throttled=error.status == 429):
            raise error
        if not pause:
            self.pause(course.failures, course.policy)

    def pause(self, failures: int, policy: RetryPolicy | None = None) -> None:
        """Wait as long as is due after that many failures in a row."""
        retry = policy or self._options.retry
        self._options.clock.sleep(retry.delay_seconds(failures, random.random()))  # noqa: S311

    def _exchange(self, request: Request, *, is_retry: bool) -> Reply:
        """One answer, after redirects; not yet judged."""
        if not request.path.startswith("/"):
            raise ProtocolError(f"The path {request.path!r} does not start with a slash.", method=request.method)
        base = self.root
        if request.is_of_origin:
            parts = urlsplit(self.root)
            base = f"{parts.scheme}://{parts.netloc}"
        url = base + request.target
        has_left = False
        for _hop in range(_LONGEST_REDIRECT + 1):
            has_left = has_left or origin_of(url) != self._origin
            outgoing = self._outgoing(request, url, is_foreign=has_left)
            trusted = request.with_credentials and not has_left
            reply = self._send_decorated(request, outgoing, trusted=trusted, is_retry=is_retry)
            location = reply.headers.get("Location", "") if reply.status in _REDIRECTS else ""
            if not location:
                return reply
            url = self._follow(request, reply, urljoin(url, location))
        raise ProtocolError(
            f"{request.method} {request.path} was redirected more than {_LONGEST_REDIRECT} times.",
            method=request.method,
            url=self.redactor.redact_url(url),
        )

    def _outgoing(self, request: Request, url: str, *, is_foreign: bool) -> Outgoing:
        """The request as it leaves, before credentials; another host gets neither the caller's own headers nor the body."""
        headers = {
            **self._headers,
            "Accept": "application/json" if request.wants_json else "*/*",
            **request.headers,
        }
        if not is_foreign:
            return Outgoing(request.method, url, headers, request.body)
        plain = {name: value for name, value in headers.items() if name.lower() in _FOREIGN_HEADERS}
        return Outgoing(request.method, url, plain)

    def _follow(self, request: Request, reply: Reply, target: str) -> str:
        """The redirect's target where it may be followed. Raises: AccessError, ProtocolError.

        API calls stay on the configured origin. Downloads may go to the media host, by https and without credentials; to this
        very machine only where the site is on it, else a site could make us ask our own services.
        """
        where = urlsplit(target)
        stays = origin_of(target) == self._origin
        is_here = is_loopback(where.hostname)
        is_reachable = (
            where.scheme in ("http", "https") and is_loopback(self._origin[1]) if is_here else where.scheme == "https"
        )
        is_download = request.may_leave_origin and is_reachable
        is_login = "login" in where.path.lower() if request.wants_json else _is_login(where.path)
        if request.method not in ("GET", "HEAD") or is_login or not (stays or is_download):
            refuse_redirect(request, reply, target, self.site, self.redactor)
        return target

    def _send_decorated(self, request: Request, outgoing: Outgoing, *, trusted: bool, is_retry: bool) -> Reply:
        """Let the auth decorate the request, as often as it wants to; plain where the origin is not trusted."""
        if not trusted:
            return self._send_once(request, outgoing, is_retry=is_retry)
        flow = self._auth.flow(outgoing)
        decorated = next(flow)
        while True:
            reply = self._send_once(request, decorated, is_retry=is_retry)
            try:
                decorated = flow.send(reply)
            except StopIteration:
                return reply
            is_retry = True

    def _send_once(self, request: Request, outgoing: Outgoing, *, is_retry: bool) -> Reply:
        """Put one request on the wire and read the whole answer."""
        self._tallies.add_request(request.label or f"{request.method} {request.path}", is_retry=is_retry)
        prepared = requests.PreparedRequest()
        failure: Exception
        shown, redactor = self._shown(outgoing.url)
        try:
            prepared.prepare(
                method=outgoing.method, url=outgoing.url, headers=outgoing.headers, data=outgoing.body, cookies={}
            )
            # keep the URL as we encoded it; no cookies and no netrc: only `auth` says who we are
            prepared.headers.pop("Cookie", None)
            patience = request.timeout_seconds or self._options.read_timeout_seconds
            timeout = (min(self._options.connect_timeout_seconds, patience), patience)
            self._log(lambda: describe_request(outgoing, shown, redactor))
            begun = self._options.clock.monotonic()
            answer = self._adapter.send(prepared, stream=True, timeout=timeout, **self._surroundings_of(outgoing.url))
            reply = Reply(answer.status_code, answer.headers, b"", shown, is_foreign=shown != outgoing.url)
            if request.is_streamed and answer.status_code in _WITH_FILE:
                reply.stream = AnswerStream(answer, lambda error: explain_failure(error, request, shown, redactor))
            else:
                with answer:
                    reply.body = b"".join(answer.iter_content(_READ_BYTES))
        except NETWORK_ERRORS as error:
            failure = explain_failure(error, request, shown, redactor)
            self._log(lambda: describe_failure(str(failure), redactor))
        else:
            self._has_answered = True
            self._log(lambda: describe_reply(reply, self._options.clock.monotonic() - begun, redactor))
            return reply
        raise failure  # outside of the handler: what requests raised may hold secrets and stays behind

    def _log(self, describe: Callable[[], str]) -> None:
        """Tell whoever debugs what goes out and what comes in; nothing is made for nobody."""
        if self._options.debug is not None:
            self._options.debug(describe())

    def _shown(self, url: str) -> tuple[str, Redactor]:
        """The URL as errors may tell it, and what hides the rest: of a signed address on another host only the origin."""
        if origin_of(url) == self._origin:
            return url, self.redactor
        parts = urlsplit(url)
        signed = (
            f"{parts.path}?{parts.query}",
            parts.query,
            parts.path,
            *(value for _, value in parse_qsl(parts.query)),
        )
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", Redactor((*self._auth.secrets, *signed))

    def _surroundings_of(self, url: str) -> dict[str, Any]:
        """Proxies and certificates for the URL, from the usual environment variables; read once per origin."""
        origin = origin_of(url)
        if origin not in self._surroundings:
            with requests.Session() as session:
                settings = session.merge_environment_settings(url, {}, None, None, None)
            self._surroundings[origin] = {name: settings[name] for name in ("proxies", "verify", "cert")}
        return self._surroundings[origin]


@dataclass(slots=True)
class _Course:
    """How a request has fared so far."""

    policy: RetryPolicy
    request: Request
    sent: int = 0
    failures: int = 0
    throttles: int = 0

    def may_go_on(self, *, is_throttled: bool) -> bool:
        """Count a refusal or a failure; false where no attempt is left, or a second one is not safe."""
        if is_throttled:
            self.throttles += 1
        else:
            self.failures += 1
        attempts = self.request.attempts or self.policy.attempts
        return self.request.is_safe and self.failures < attempts and self.throttles < self.policy.throttled_attempts


def refuse_write(call: str) -> NoReturn:
    """Say that this connection only reads. Raises: SettingsError naming `allow_writes`."""
    raise SettingsError(
        f"This connection is read-only, and {call} writes.",
        setting="allow_writes",
        hint="Set allow_writes=True (allow_writes: true in YAML) on the resource, the connection or the component.",
    )


def _is_login(path: str) -> bool:
    """Whether a path is a login's. A file may be named so, too: what lies below `download` is none."""
    return _LOGIN_PATH.search(path) is not None and "/download/" not in path


def origin_of(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of a URL. Raises: ValueError for a port that is none."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts.scheme.lower(), (parts.hostname or "").lower(), port


def is_loopback(host: str | None) -> bool:
    """True for this machine: plain http is safe there."""
    return host is not None and (
        host in _LOOPBACK or _DOTTED.fullmatch(host) is not None or host.endswith(".localhost")
    )
