"""What a raw call may name: a path on the site and nowhere else, and headers that don't say who we are.

Knows nothing of what the call is for.
"""

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote, urlsplit

from confluence_assets.api.cloud import endpoints
from confluence_assets.api.transport import origin_of
from confluence_assets.errors import SettingsError

_SAFE_IN_PATHS = "/%:@!$&'()*+,;=~-._"
_PINNED_HEADERS = {
    "authorization": "credentials come from the connection alone",
    "proxy-authorization": "credentials come from the connection alone",
    "cookie": "credentials come from the connection alone",
    "host": "a connection speaks to one site",
    "content-length": "the body says it",
    "transfer-encoding": "the body says it",
    "connection": "connections are shared",
    "x-http-method": "the method is said by `method`",
    "x-http-method-override": "the method is said by `method`",
    "x-method-override": "the method is said by `method`",
}
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_READING_POSTS = (
    re.compile(re.escape(endpoints.USERS_BULK.path)),
    re.compile(re.escape(endpoints.CONTENT_TYPES.path)),
    re.compile(r"/wiki/api/v2/user/access/check-access-by-email"),
    re.compile(r"/wiki/rest/api/content/[0-9]+/permission/check"),
    re.compile(r"/rest/api/contentbody/convert/[a-z_]+"),
)
"""POSTs that are documented to change nothing."""


def check_path(path: str, root: str) -> tuple[str, str]:
    """Path and query of what is asked, ready to be sent; an address of the site's own is cut down to its path.

    Raises: SettingsError for another origin, and for a path that leads out of what lies below the root.
    """
    text = path.strip()
    if "://" in text.partition("?")[0]:
        text = _below_root(text, root)
    plain, _, query = text.partition("#")[0].partition("?")
    if not plain.startswith("/"):
        raise SettingsError(f"The path {plain!r} does not start with a slash.", setting="path", hint=_like())
    decoded = unquote(unquote(plain))
    if ".." in decoded.split("/") or "." in decoded.split("/") or "\\" in decoded or plain.startswith("//"):
        raise SettingsError(f"The path {plain!r} leads out of the site.", setting="path", hint=_like())
    return quote(plain, safe=_SAFE_IN_PATHS), quote(query, safe=f"{_SAFE_IN_PATHS}?[]")


def _below_root(address: str, root: str) -> str:
    try:
        is_ours = origin_of(address) == origin_of(root)
    except ValueError:
        is_ours = False
    prefix = urlsplit(root).path
    rest = urlsplit(address)
    target = f"{rest.path}?{rest.query}" if rest.query else rest.path
    if not is_ours or not rest.path.startswith(f"{prefix}/"):
        raise SettingsError(
            f"{rest.scheme}://{rest.netloc.rpartition('@')[2]} is not the site of this connection.",
            setting="path",
            hint=_like(),
        )
    return target[len(prefix) :]


def _like() -> str:
    return "Write a path of the site, as /wiki/api/v2/pages (Cloud) or /rest/api/content (Data Center)."


def check_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that may go along. Raises: SettingsError for those that may not, naming no value."""
    for name, value in headers.items():
        if reason := _PINNED_HEADERS.get(name.strip().lower()):
            raise SettingsError(f"The header {name} can't be set: {reason}.", setting="headers")
        if not _HEADER_NAME.fullmatch(name) or any(character in str(value) for character in "\r\n\0"):
            raise SettingsError(f"The header {name!r} is not one that can be sent.", setting="headers")
    return {name: str(value) for name, value in headers.items()}


def is_reading_post(path: str) -> bool:
    """Whether a POST there is documented to change nothing."""
    return any(known.fullmatch(path) for known in _READING_POSTS)


def is_graphql_place(path: str) -> bool:
    """Whether the path ends where GraphQL is spoken, and nothing else is."""
    return path.rstrip("/").rsplit("/", 1)[-1] in ("graphql", "cgraphql")


def may_write_by_get(path: str) -> bool:
    """Whether even a GET can write there: GraphQL with its query in the address, and the actions behind the web pages."""
    plain = unquote(path).lower()
    return "graphql" in plain or ".action" in plain
