"""What people type as CONFLUENCE_URL, understood: with or without a scheme, `/wiki`, a slash, or a page's whole address.

Pure: asks nobody. Whether there is a Confluence at the address is found out by `connection`.
"""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, NoReturn
from urllib.parse import urlsplit

from confluence_assets.api.transport import is_loopback
from confluence_assets.errors import SettingsError

Deployment = Literal["cloud", "datacenter"]

_SETTING = "CONFLUENCE_URL"
_GATEWAY = re.compile(r"/ex/confluence/([0-9A-Za-z-]+)")
_CLOUD_HOSTS = (".atlassian.net", ".jira.com", ".jira-dev.com", ".atlassian-us-gov-mod.net")
_SITES = "atlassian.net"
_NEARLY = 0.9
"""A letter missing, doubled or swapped."""
_SCHEMES = re.compile(r"(?i)(?:https?(?::/*|/{2,}))*(https?)(?::/*|/{2,})")
"""What stands for a scheme, however it was typed: once or twice, with a colon or a slash too few."""
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufeff]")
"""What a copied address may carry along."""
_NO_HOST = re.compile(r"[^\w.:-]")
_NOT_SITES = {
    "id.atlassian.com": "the page for accounts",
    "admin.atlassian.com": "the page for administration",
    "home.atlassian.com": "Atlassian's start page",
    "auth.atlassian.com": "the page for signing in",
    "start.atlassian.com": "Atlassian's start page",
    "www.atlassian.com": "Atlassian's own site",
    "atlassian.com": "Atlassian's own site",
    "atlassian.net": "the domain of all sites",
}
_PLACES = frozenset(
    {"display", "pages", "spaces", "rest", "api", "x", "s", "plugins", "download", "label", "people", "admin", "users"}
    | {"login.action", "dologin.action", "dashboard.action", "index.action", "homepage.action", "questions", "blog"}
)
"""First path segments that belong to a Confluence, not to the context path before it."""


@dataclass(frozen=True, slots=True)
class SiteAddress:
    """A site's address. `root` is what API paths (`/wiki/…` on Cloud, `/rest/…` on Data Center) are appended to.

    `deployment` is None where the address does not tell; `notes` say what was put right, for people.
    """

    root: str
    host: str
    deployment: Deployment | None
    cloud_id: str | None = None
    context: str = ""
    """`/wiki` where it was typed and the deployment is not known: a Data Center may be served there too."""
    notes: tuple[str, ...] = ()

    @property
    def is_gateway(self) -> bool:
        return self.cloud_id is not None


def parse_site_url(text: str, *, allow_http: bool = False) -> SiteAddress:
    """The address that was meant. Raises: SettingsError naming CONFLUENCE_URL, with the next step."""
    typed = _INVISIBLE.sub("", text).strip().strip("<>\"'").strip()
    if not typed:
        _refuse("CONFLUENCE_URL is empty.", "Set it to https://<your site>.atlassian.net.")
    notes: list[str] = []
    url = _with_scheme(typed, notes)
    parts = urlsplit(url)
    if "@" in parts.netloc:
        _refuse(
            "CONFLUENCE_URL holds a user name or password.",
            "Take it out; credentials go into CONFLUENCE_EMAIL and CONFLUENCE_API_TOKEN, or CONFLUENCE_PAT.",
        )
    try:
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        _refuse(f"CONFLUENCE_URL {typed!r} has a port that is no number.", "Leave the port out, or put it right.")
    _check_parts(parts.scheme, host, typed)
    if parts.scheme == "http" and not (is_loopback(host) or allow_http):
        _refuse(
            f"CONFLUENCE_URL is plain http, and {host} is another machine: the token would travel in the clear.",
            f"Write https://{host}; where that is impossible, allow plain http explicitly.",
        )
    shown = f"[{host}]" if ":" in host else host
    origin = f"{parts.scheme}://{shown}" + (f":{port}" if port else "")
    return _address(origin, host, parts.path, notes)


def _with_scheme(typed: str, notes: list[str]) -> str:
    if (begun := _SCHEMES.match(typed)) and begun.group() != f"{begun[1]}://":
        notes.append(f"put {begun.group()} right")
        return f"{begun[1].lower()}://{typed[begun.end() :]}"
    if "://" in typed:
        return typed
    typed = typed.removeprefix("//")
    host = urlsplit(f"//{typed}").hostname or ""
    scheme = "http" if is_loopback(host) else "https"
    notes.append(f"added the missing {scheme}://")
    return f"{scheme}://{typed}"


def _check_parts(scheme: str, host: str, typed: str) -> None:
    if scheme not in ("http", "https"):
        _refuse(
            f"CONFLUENCE_URL starts with {scheme}://, which is not the web.", "Write https://<your site>.atlassian.net."
        )
    if not host or _NO_HOST.search(host):
        _refuse(f"CONFLUENCE_URL {typed!r} names no host.", "Write https://<your site>.atlassian.net.")
    if host in _NOT_SITES:
        _refuse(f"{host} is {_NOT_SITES[host]}, not a Confluence site.", "Write https://<your site>.atlassian.net.")
    if meant := _meant(host):
        _refuse(f"{host} is no site of Atlassian's: those are at atlassian.net.", f"Did you mean https://{meant}?")
    if "." not in host and ":" not in host and not is_loopback(host):
        _refuse(f"CONFLUENCE_URL {typed!r} has no domain.", f"Did you mean https://{host}.atlassian.net?")


def _meant(host: str) -> str:
    """The site's host, where another domain was typed that looks like Atlassian's: a token must not go there. Else nothing."""
    labels = host.split(".")
    name, domain = ".".join(labels[:-2]), ".".join(labels[-2:])
    if domain == "atlassian.com":
        return f"{name}.{_SITES}" if name and name != "api" else ""
    is_near = domain != _SITES and domain.startswith("a") and SequenceMatcher(None, domain, _SITES).ratio() > _NEARLY
    return f"{name}.{_SITES}".lstrip(".") if is_near else ""


def _address(origin: str, host: str, path: str, notes: list[str]) -> SiteAddress:
    if gateway := _GATEWAY.match(path):
        cloud_id = gateway.group(1)
        return SiteAddress(f"{origin}{gateway.group(0)}", host, "cloud", cloud_id, "", tuple(notes))
    if host == "api.atlassian.com":
        _refuse(
            "api.atlassian.com needs the site's cloudId.",
            "Write https://api.atlassian.com/ex/confluence/<cloudId>, or the site's own address.",
        )
    context, rest = _split_context(path)
    if rest:
        notes.append("took the site's address out of a page's")
    is_cloud_host = host.endswith(_CLOUD_HOSTS)
    if is_cloud_host or context == "/wiki":
        kept = "" if is_cloud_host else context
        return SiteAddress(origin, host, "cloud" if is_cloud_host else None, None, kept, tuple(notes))
    return SiteAddress(origin + context, host, None, None, "", tuple(notes))


def _split_context(path: str) -> tuple[str, str]:
    """The context path, and what follows it: `/wiki/spaces/ENG` is (`/wiki`, `spaces/ENG`)."""
    segments = [segment for segment in path.split("/") if segment]
    for index, segment in enumerate(segments):
        if segment in _PLACES:
            return "".join(f"/{part}" for part in segments[:index]), "/".join(segments[index:])
    if segments and segments[0] == "wiki":
        return "/wiki", "/".join(segments[1:])
    return "".join(f"/{segment}" for segment in segments), ""


def _refuse(message: str, hint: str) -> NoReturn:
    raise SettingsError(message, setting=_SETTING, hint=hint)
