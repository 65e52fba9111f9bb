"""Status to strategy, in one place: what an answer means, in one line that says what is wrong and what to do.

`validate_response` decides whether an answer is good; every error of an answer is made here, already redacted. Failures
below HTTP (names, sockets, TLS) are explained in `failures`.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

import orjson

from confluence_assets.api.auth import AuthKind
from confluence_assets.api.limits import QUOTA_WORDS
from confluence_assets.api.redaction import Redactor
from confluence_assets.api.wire import READ_METHODS, Reply, Request
from confluence_assets.errors import (
    AccessError,
    ApiError,
    ConflictError,
    NotFoundError,
    ProtocolError,
    TransientError,
    UnavailableError,
)

_TITLE = re.compile(r"(?is)<title[^>]*>\s*(.*?)\s*</title>")
_LOGIN = re.compile(r"(?i)log\s?in|sign\s?in|os_username|os_destination|id\.atlassian\.com|single sign-on|SAMLRequest")
_LOGIN_FORM = re.compile(
    r"(?i)<input[^>]*\btype\s*=\s*[\"']?password|name\s*=\s*[\"']?(?:os_username|SAMLRequest)|id\.atlassian\.com/login"
)
PAGE_BYTES = 20_000
"""As much of a web page as is looked at."""
_TOKENS_PAGE = "https://id.atlassian.com/manage-profile/security/api-tokens"


@dataclass(frozen=True, slots=True)
class Site:
    """What the words of an error depend on: where we ask, and as whom."""

    root: str
    auth_kind: AuthKind = "none"
    variables: tuple[str, ...] = ()
    """Where the credentials come from."""

    @property
    def is_gateway(self) -> bool:
        return "/ex/confluence/" in self.root


def validate_response(request: Request, reply: Reply, site: Site, redactor: Redactor) -> None:
    """Parse a good answer into `reply.payload`; raise for any other.

    Raises: AccessError 401, 403 and login pages; NotFoundError 404; ConflictError 409; UnavailableError 410, 501;
    TransientError 429, other 5xx and damaged JSON (the transport decides whether to try again); ProtocolError all else.
    """
    judge = _Judge(request, reply, site, redactor)
    if reply.status in request.judged:
        with suppress(orjson.JSONDecodeError):  # the caller sees what came, and that it is no JSON
            reply.payload = orjson.loads(reply.body)
        return
    if reply.status >= 300:
        judge.refuse_status()
    if not request.wants_json and judge.is_login_page():
        judge.refuse_body()
    if not request.wants_json or request.method == "HEAD" or reply.status == 204:
        return
    try:
        reply.payload = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        judge.refuse_body()


def validate_foreign(request: Request, reply: Reply, redactor: Redactor) -> None:
    """Judge what the host of a signed address answered; its body may repeat the signature and is not told.

    Raises: AccessError for a login page; NotFoundError 404, 410; TransientError 401, 403 (the signature has expired: another
    is to be asked for), 429, 5xx; ProtocolError all else.
    """
    is_login = _Judge(request, reply, Site(reply.url), redactor).is_login_page()
    if reply.status < 300 and not is_login:
        return
    told = Reply(reply.status, reply.headers, b"", reply.url)
    judge = _Judge(request, told, Site(reply.url), redactor)
    where = f"{reply.url}, where {judge.call} leads"
    if reply.status < 300:
        judge.fail(AccessError, f"A login page was answered by {where}: the credentials were not accepted.")
    if reply.status in (404, 410):
        judge.fail(NotFoundError, f"There is no such file at {where} ({reply.status}).")
    if reply.status in (401, 403):
        judge.fail(TransientError, f"The signed address was refused by {where} ({reply.status}).")
    if reply.status == 429 or reply.status >= 500:
        judge.fail(TransientError, f"The file was not given by {where} ({reply.status}).")
    judge.fail(ProtocolError, f"The request was not understood by {where} ({reply.status}).")


def is_sent_as_file(reply: Reply) -> bool:
    """Whether the site says that what it gives is a file, and not a page to look at."""
    return "attachment" in reply.headers.get("Content-Disposition", "").lower()


def refuse_login_page(request: Request, reply: Reply, head: bytes, site: Site, redactor: Redactor) -> None:
    """Raise where a body that is read piece by piece begins as a login page. Raises: AccessError, which shows none of it."""
    if _Judge(request, Reply(reply.status, reply.headers, head, reply.url), site, redactor).is_login_page():
        _Judge(request, Reply(reply.status, reply.headers, b"", reply.url), site, redactor).fail(
            AccessError,
            f"A login page was answered to {request.method} {request.path}: the credentials were not accepted.",
            _credentials_hint(site),
        )


def refuse_redirect(request: Request, reply: Reply, location: str, site: Site, redactor: Redactor) -> NoReturn:
    """Say why a redirect of an API call is not followed."""
    judge = _Judge(request, reply, site, redactor)
    shown = redactor.redact_url(location).partition("?")[0]
    if _LOGIN.search(location) or "/authorize" in location or "/sso" in location.lower():
        judge.fail(
            AccessError,
            f"{site.root} sends {judge.call} to a login page ({shown}): the credentials were not accepted.",
            _credentials_hint(site),
        )
    judge.fail(
        ProtocolError,
        f"{site.root} redirects {judge.call} to {shown}; credentials are not sent there.",
        "If the site has moved, set CONFLUENCE_URL to its new address.",
    )


class _Judge:
    """The facts of one answer, and the errors that they can become."""

    def __init__(self, request: Request, reply: Reply, site: Site, redactor: Redactor) -> None:
        self._request = request
        self._reply = reply
        self._site = site
        self._redactor = redactor
        self.call = f"{request.method} {request.path}"

    def fail(self, kind: type[ApiError], message: str, hint: str = "") -> NoReturn:
        raise kind(
            self._redactor.redact(message),
            method=self._request.method,
            url=self._redactor.redact_url(self._reply.url),
            status=self._reply.status,
            excerpt=self._redactor.excerpt(self._reply.body),
            hint=hint,
        )

    def refuse_status(self) -> NoReturn:
        status = self._reply.status
        if status == 401:
            self._refuse_credentials()
        if status == 403:
            self._refuse_rights()
        if status == 404:
            self._refuse_missing()
        if status == 409:
            self.fail(ConflictError, f"Somebody else wrote first: 409 for {self.call}{self._detail()}.")
        if status in (410, 501):
            self.fail(UnavailableError, f"This site does not offer {self.call} ({status}{self._detail()}).")
        if status == 413:
            self._refuse_size()
        if status == 429:
            self._refuse_rate()
        if status >= 500:
            hint = "Try again later; https://status.atlassian.com tells of known trouble." if self._on_cloud() else ""
            self.fail(TransientError, f"The site failed at {self.call} ({status}{self._detail()}).", hint)
        self.fail(ProtocolError, f"The site did not understand {self.call} ({status}{self._detail()}).")

    def refuse_body(self) -> NoReturn:
        """A good status and a body that is not JSON: a login page, some other site, or half an answer."""
        page = self._web_page()
        if page is None:
            cause = "nothing" if not self._reply.body else "damaged or cut-off JSON"
            self.fail(TransientError, f"The site answered {self.call} with {cause} ({self._reply.status}).")
        title = f' titled "{page}"' if page else ""
        if _LOGIN.search(page) or self._looks_like_login() or self.is_login_page():
            self.fail(
                AccessError,
                f"{self._site.root} answered {self.call} with a login page{title}: the credentials were not accepted.",
                _credentials_hint(self._site),
            )
        self.fail(
            ProtocolError,
            f"{self._site.root} answered {self.call} with a web page{title} instead of JSON: "
            "this is not the address of a Confluence site, or something in between answers for it.",
            "Check CONFLUENCE_URL, and proxies on the way.",
        )

    def is_login_page(self) -> bool:
        """Whether a page came that asks who we are, where any body was wanted. A file that is an HTML page is sent as a file."""
        page = self._web_page()
        if page is None or is_sent_as_file(self._reply):
            return False
        return bool(_LOGIN.search(page) or _LOGIN_FORM.search(self._reply.body[:PAGE_BYTES].decode("utf-8", "replace")))

    def _refuse_credentials(self) -> NoReturn:
        detail = self._detail()
        if "scope" in detail.lower():
            needed = _scope_hint(self._site, self._request.scope) if self._request.scope else ""
            self.fail(AccessError, f"The token has no scope for {self.call} (401{detail}).", needed)
        if "expired" in detail.lower():
            self.fail(AccessError, f"The token has expired (401 for {self.call}).", _credentials_hint(self._site))
        if self._site.auth_kind == "none":
            message = f"{self._site.root} lets nobody in without credentials (401 for {self.call})."
        else:
            message = f"{self._site.root} did not accept the credentials (401 for {self.call})."
        self.fail(AccessError, message, _credentials_hint(self._site))

    def _refuse_rights(self) -> NoReturn:
        if self._request.path.endswith("/user/current"):
            self.fail(
                AccessError,
                f"{self._site.root} knows the account, and does not let it use Confluence (403 for {self.call}).",
                "Ask an administrator to give it access to Confluence on this site.",
            )
        knows_scopes = self._site.is_gateway and self._request.scope
        scope = f", and whether its token has the scope {self._request.scope}" if knows_scopes else ""
        verb = "see it" if self._request.method in READ_METHODS or self._request.is_safe else "write there"
        self.fail(
            AccessError,
            f"The account may not {self.call} (403{self._detail()}).",
            f"Ask an administrator whether this account may {verb}{scope}.",
        )

    def _refuse_size(self) -> NoReturn:
        size = len(self._request.body or b"")
        self.fail(
            ProtocolError,
            f"{self.call} sent {size} bytes, which is larger than the site takes (413{self._detail()}).",
            "Split the page in two, or attach what is large as a file: Cloud takes bodies of 5 MB; for files, an administrator sets "
            "the largest size.",
        )

    def _refuse_missing(self) -> NoReturn:
        page = self._web_page()
        if page is not None:
            title = f', a web page titled "{page}"' if page else ", a web page"
            self.fail(
                NotFoundError,
                f"There is no Confluence API at {self._site.root} (404 for {self.call}{title}).",
                "Check CONFLUENCE_URL: the address as in a browser, with the context path where there is one "
                "(https://wiki.example.com/confluence)."
                if self._site.auth_kind == "bearer"
                else "Check CONFLUENCE_URL: https://<your site>.atlassian.net for Cloud.",
            )
        self.fail(NotFoundError, f"Missing, or hidden from this account: {self.call} (404{self._detail()}).")

    def _refuse_rate(self) -> NoReturn:
        headers = self._reply.headers
        reason = headers.get("RateLimit-Reason") or headers.get("X-Failure-Category") or ""
        said = f", {reason}" if reason else ""
        if any(word in reason.lower() for word in QUOTA_WORDS):
            self.fail(
                TransientError,
                f"The points of the OAuth app are used up for this hour (429{said} for {self.call}); they come back at the full hour.",
                "All who use the app share them: choose fewer spaces, sweep less often, or ask Atlassian for more. API tokens have no such limit.",
            )
        self.fail(TransientError, f"The site limits how much may be asked (429{said} for {self.call}).")

    def _detail(self) -> str:
        """What the body says is wrong, as `: words`; nothing where it says nothing readable."""
        try:
            words = _error_words(orjson.loads(self._reply.body))
        except orjson.JSONDecodeError:
            return ""
        words = self._redactor.excerpt(words, 200).rstrip(".")
        return f": {words}" if words else ""

    def _web_page(self) -> str | None:
        """The title of the web page that came; empty for one without a title, None where no page came."""
        kind = self._reply.headers.get("Content-Type", "").lower()
        start = self._reply.body[:200].lstrip().lower()
        if "html" not in kind and not start.startswith((b"<!doctype html", b"<html")):
            return None
        title = _TITLE.search(self._reply.body[:PAGE_BYTES].decode("utf-8", "replace"))
        return self._redactor.excerpt(title.group(1), 80) if title else ""

    def _looks_like_login(self) -> bool:
        return bool(_LOGIN.search(self._reply.body[:PAGE_BYTES].decode("utf-8", "replace")))

    def _on_cloud(self) -> bool:
        return ".atlassian." in self._site.root


def _credentials_hint(site: Site) -> str:
    """Where to look, in the words of who has just mistyped something."""
    if site.auth_kind == "none":
        return "Set CONFLUENCE_EMAIL and CONFLUENCE_API_TOKEN (Cloud) or CONFLUENCE_PAT (Data Center)."
    named = " and ".join(site.variables)
    if site.auth_kind == "bearer":
        return f"Check {named}: has it expired, and was it made on this site?"
    if site.auth_kind == "oauth":
        return "Run `confluence-assets login` again, with an account that may use this site."
    if site.auth_kind == "service":
        return f"Check {named}, and that the service account may use this site (https://admin.atlassian.com)."
    if site.is_gateway:
        return f"Check {named}: the token must have scopes, belong to this site and not have expired ({_TOKENS_PAGE})."
    return (
        f"Check {named}: is the token whole, of that account, and not expired ({_TOKENS_PAGE})? "
        "A token made with scopes needs CONFLUENCE_CONNECTION=scoped_token."
    )


def _scope_hint(site: Site, scope: str) -> str:
    """How the credentials get a scope that they lack."""
    if site.auth_kind == "oauth":
        return f"Add the scope {scope} to the app (https://developer.atlassian.com/console/myapps, Permissions), and run `confluence-assets login` again."
    if site.auth_kind == "service":
        return f"Give the service account's credentials the scope {scope} (https://admin.atlassian.com)."
    return f"Give the token the scope {scope}: scopes are chosen when a token is made ({_TOKENS_PAGE})."


def _error_words(payload: Any) -> str:
    """What v2, v1, the gateway and OAuth say is wrong, each in its own form."""
    if not isinstance(payload, dict):
        return ""
    errors = payload.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        first = errors[0]
        words = [str(first[name]) for name in ("title", "detail", "message") if first.get(name)]
        return " ".join(dict.fromkeys(words)) or str(first.get("code") or "")
    for name in ("message", "error_description", "error", "reason"):
        if isinstance(payload.get(name), str) and payload[name]:
            return re.sub(r"^(?:[a-z]\w*\.)+[A-Z]\w*(?:Exception|Error): ", "", payload[name])
    return ""
