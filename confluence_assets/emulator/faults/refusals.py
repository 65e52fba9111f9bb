"""Faults that answer instead of the site: 429 in all its forms, 5xx, login pages."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from confluence_assets.emulator.faults.base import Asked, Fault, fault
from confluence_assets.emulator.web.messages import REASONS, Reply, json_reply

HTML = "text/html;charset=UTF-8"
LOGIN_PAGE = (
    b"<!DOCTYPE html><html><head><title>Log in with Atlassian account</title></head>"
    b'<body><form id="form-login"><input name="username"><input name="password" type="password"></form></body></html>'
)
STYLES = ("plain", "quota", "burst", "gateway", "structured", "beta", "data_center")


def body_reply(status: int, form: str, headers: dict[str, str]) -> Reply:
    """A refusal as JSON, as a page of a proxy, or without a word."""
    reason = REASONS.get(status, "Error")
    if form == "empty":
        return Reply(status, b"", "text/plain", headers)
    if form == "html":
        page = f"<html><head><title>{status} {reason}</title></head><body><h1>{status} {reason}</h1></body></html>"
        return Reply(status, page.encode(), HTML, headers)
    return json_reply({"code": status, "message": reason}, status, headers)


def reset_time(seconds: float, now: float | None = None) -> str:
    """When a window ends, in the form of the headers: the next full minute, without seconds. `now` None is the machine's time."""
    start = datetime.now(UTC) if now is None else datetime.fromtimestamp(now, UTC)
    moment = start + timedelta(seconds=seconds + 59.999)
    return moment.strftime("%Y-%m-%dT%H:%MZ")


def throttle_headers(style: str, reset_seconds: float) -> dict[str, str]:
    """What stands beside Retry-After. Source: Atlassian's rate-limit pages, live answers of the gateway and of Data Center."""
    seconds = max(1, round(reset_seconds))
    spent = {"X-RateLimit-Limit": "65000", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset_time(reset_seconds)}
    if style == "quota":
        return {**spent, "X-RateLimit-NearLimit": "true", "RateLimit-Reason": "confluence-quota-global-based"}
    if style == "burst":
        return {**spent, "X-RateLimit-Limit": "100", "RateLimit-Reason": "confluence-burst-based"}
    if style == "gateway":
        return {**spent, "X-Failure-Category": "FAILURE CLIENT RATE LIMITED"}
    if style == "data_center":
        fill = {"X-RateLimit-FillRate": "10", "X-RateLimit-Interval-Seconds": "60"}
        return {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "0", **fill}
    prefix = "Beta-" if style == "beta" else ""
    if style in ("structured", "beta"):
        return {
            f"{prefix}RateLimit-Policy": '"global-app-quota";q=65000;w=3600',
            f"{prefix}RateLimit": f'"global-app-quota";r=0;t={seconds}',
        }
    return {}


@fault("throttle")
@dataclass(kw_only=True)
class Throttle(Fault):
    """429. With `retry_after` None there is no such header, as the gateway's limiter does."""

    retry_after: float | str | None = 1
    style: str = "plain"
    body: str = "switch"
    reset_seconds: float = 30.0

    def __post_init__(self) -> None:
        if self.style not in STYLES:
            raise ValueError(f"no such style: {self.style}; there are {', '.join(STYLES)}")

    def before(self, asked: Asked) -> Reply:
        headers = throttle_headers(self.style, self.reset_seconds)
        if self.retry_after is not None:
            name = "Beta-Retry-After" if self.style == "beta" else "Retry-After"
            headers[name] = str(self.retry_after)
        form = asked.site.switches.rate_limit_body if self.body == "switch" else self.body
        return body_reply(429, form, headers)


@fault("error")
@dataclass(kw_only=True)
class Error(Fault):
    """Any other refusal, 503 if nothing is said. `applied`: the site does what was asked, and refuses afterwards."""

    status: int = 503
    retry_after: float | str | None = None
    body: str = "json"
    applied: bool = False

    def before(self, asked: Asked) -> Reply | None:
        return None if self.applied else self._refusal()

    def after(self, asked: Asked, reply: Reply) -> Reply:
        return self._refusal() if self.applied else reply

    def _refusal(self) -> Reply:
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return body_reply(self.status, self.body, headers)


@fault("login_page")
@dataclass(kw_only=True)
class LoginPage(Fault):
    """A page to log in, where JSON was asked for."""

    status: int = 200

    def before(self, asked: Asked) -> Reply:
        return Reply(self.status, LOGIN_PAGE, HTML)


@fault("login_redirect")
@dataclass(kw_only=True)
class LoginRedirect(Fault):
    """A redirect to a page to log in."""

    location: str | None = None

    def before(self, asked: Asked) -> Reply:
        place = self.location or f"{asked.site.base_url}/login?dest-url={quote(asked.request.target, safe='')}"
        return Reply(302, b"", HTML, {"Location": place})
