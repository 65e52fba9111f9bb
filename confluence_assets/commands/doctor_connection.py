"""The part of `doctor` that looks at the way to the site: address, way to connect, credentials, scopes, clock, limits."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from string import Formatter

import orjson

from confluence_assets.api import (
    Connection,
    RetryPolicy,
    Source,
    Transport,
    TransportOptions,
    connect,
    open_transport,
)
from confluence_assets.api.gateway import Method
from confluence_assets.api.limits import RateState
from confluence_assets.api.oauth import LoginStore
from confluence_assets.api.scopes import endpoints_for, tables_needing
from confluence_assets.api.source import Account
from confluence_assets.api.wire import READ_METHODS, Endpoint, Request
from confluence_assets.commands.findings import Finding, fail, ok, warn
from confluence_assets.errors import AccessError, ConfluenceAssetsError, SettingsError
from confluence_assets.resources import ConfluenceResource
from confluence_assets.settings import CONNECTION
from confluence_assets.tables import TABLES_BY_NAME

IMPATIENT = TransportOptions(retry=RetryPolicy(attempts=2, longest_pause_seconds=30.0, longest_quota_pause_seconds=0.0))
"""Somebody sits and waits: what the site asks us to wait for longer is told instead."""

_SKEW_SECONDS = 60
_JUDGED = frozenset({400, 401, 403, 404, 405, 409, 410, 501})
_WORDS = {
    "api_token": "an API token of {email}, at the site's own address",
    "scoped_token": "an API token with scopes of {email}, through the gateway",
    "oauth": "a login by OAuth 2.0, through the gateway",
    "client_credentials": "the credentials of a service account, through the gateway",
    "pat": "a personal access token (Data Center)",
}


def check_connection(resource: ConfluenceResource) -> Iterator[Finding]:
    """What can be said before the site is asked. Raises: SettingsError."""
    if resource.is_embedded:
        yield warn(
            "address", "CONFLUENCE_URL is not set: the embedded demo site serves.", "Set it to sync a site of yours."
        )
    connection = resource.get_connection()
    address = connection.address()
    notes = f" ({'; '.join(address.notes)})" if address.notes else ""
    yield ok("address", f"{address.root}{notes}")
    way = connection.way()
    reason = "" if resource.is_embedded else f": {resource.get_credentials().reason}"
    yield ok("connection", f"{way}{reason}")
    yield ok("credentials", _WORDS[way].format(email=connection.email))
    if way == "oauth":
        yield from _check_login(connection)


def _check_login(connection: Connection) -> Iterator[Finding]:
    app, address = connection.app(), connection.address()
    if app is None or connection.logins is None:
        return
    login = LoginStore(connection.logins).find(app.client_id, address=address.root, cloud_id=address.cloud_id)
    if login is None:
        return  # connecting says so
    where = "in the system's keyring" if login.keeper == "keyring" else f"in {connection.logins}"
    left = max(login.tokens.expires_at - time.time(), 0)
    age = f"the token serves for {left / 60:.0f} minutes more" if left else "the token is refreshed at the next request"
    yield ok("login", f"{login.site_url}, kept {where}; {age}")
    if not login.tokens.refresh_token:
        yield warn(
            "login", "there is no refresh token, so it ends with the token", "Run `confluence-assets login` again."
        )


def enter(connection: Connection) -> tuple[Source, Account]:
    """The site, and who it takes us for. Raises: SettingsError that names the other kind of token, where it is that; ApiError."""
    source = connect(connection, options=IMPATIENT)
    try:
        return source, source.get_account()
    except AccessError as error:
        source.close()
        if error.status == 401 and (hint := _try_other_kind(connection)):
            raise SettingsError(error.message, setting=CONNECTION, hint=hint) from None
        raise


def _try_other_kind(connection: Connection) -> str:
    """What to set, where the same token is one of the other kind: with scopes, or without."""
    way = connection.way()
    others: dict[Method, Method] = {"api_token": "scoped_token", "scoped_token": "api_token"}
    other = others.get(way)
    if other is None or connection.address().is_gateway:
        return ""
    try:
        with closing(connect(replace(connection, method=other), options=IMPATIENT)) as source:
            source.get_account()
    except ConfluenceAssetsError as error:
        if "has no scope" not in error.message:  # a token with scopes is recognised even where it lacks this one
            return ""
    kind = "with scopes: it works only through the gateway" if other == "scoped_token" else "without scopes"
    return f"This is a token {kind}. Set {CONNECTION}={other}."


def check_scopes(connection: Connection, tables: frozenset[str]) -> Iterator[Finding]:
    """Each scope that the tables need, tried by one request; nothing where there are no scopes."""
    if not connection.is_by_gateway and not connection.address().is_gateway:
        return
    transport = open_transport(connection, options=IMPATIENT)
    try:
        asked = {endpoint.scope: endpoint for endpoint in endpoints_for(sorted(tables))}
        missing = [scope for scope, endpoint in sorted(asked.items()) if _is_missing(transport, endpoint)]
    finally:
        transport.close()
    if not missing:
        yield ok("scopes", f"all {len(asked)} that the tables need")
    for scope in missing:
        needing = tables_needing(scope, tables)
        is_vital = any(TABLES_BY_NAME[name].group == "content" for name in needing)
        text = f"{scope} is missing; needed for {', '.join(needing)}"
        step = "`confluence-assets login --scopes` prints all that are needed; " + _how_to_grant(connection)
        yield fail("scopes", text, step) if is_vital else warn("scopes", text, step)


def _is_missing(transport: Transport, endpoint: Endpoint) -> bool:
    ids = {name: "1" for _, name, _, _ in Formatter().parse(endpoint.path) if name}
    is_read = endpoint.method in READ_METHODS
    reply = transport.send(
        Request(
            endpoint.method,
            endpoint.fill(**ids),
            "limit=1" if is_read else "",
            None if is_read else orjson.dumps({}),
            {} if is_read else {"Content-Type": "application/json"},
            endpoint.label,
            is_safe=True,
            wants_json=False,
            judged=_JUDGED,
        )
    )
    return reply.status in (401, 403) and b"scope" in reply.body[:2000].lower()


def _how_to_grant(connection: Connection) -> str:
    return {
        "oauth": "add it to the app at https://developer.atlassian.com/console/myapps, and log in again.",
        "client_credentials": "add it to the service account's credentials at https://admin.atlassian.com.",
    }.get(connection.way(), "make a token with it at https://id.atlassian.com/manage-profile/security/api-tokens.")


def check_clock(transport: Transport, path: str) -> Finding:
    """The site's own time stands in each answer; a sync relies on it and never on ours, but people compare the two."""
    started = time.time()
    reply = transport.send(Request("GET", path, is_safe=True, wants_json=False, judged=_JUDGED))
    stamp = reply.headers.get("Date")
    if not stamp:
        return ok("clock", "the site does not tell its time")
    here = datetime.fromtimestamp((started + time.time()) / 2, UTC)
    skew = (here - parsedate_to_datetime(stamp)).total_seconds()
    text = f"ours differs from the site's by {abs(skew):.0f} s"
    if abs(skew) > _SKEW_SECONDS:
        return warn(
            "clock", text, "Set this machine's clock; data are right all the same: the site's time is what counts."
        )
    return ok("clock", text)


def describe_limits(state: RateState) -> Finding:
    """What the site has said of our rate while it was asked."""
    if state.remaining is None and state.limit is None:
        return ok("rate limits", "the site told none")
    left = f"{state.remaining:,}" if state.remaining is not None else "some"
    of = f" of {state.limit:,}" if state.limit is not None else ""
    if not state.is_quota:
        return ok("rate limits", f"{left}{of} left")
    until = ""
    if state.reset_seconds is not None:
        until = f" until {datetime.now(UTC) + timedelta(seconds=state.reset_seconds):%H:%M} UTC"
    text = f"{left}{of} points of this hour left{until}"
    if state.is_near_limit:
        return warn(
            "rate limits",
            text,
            "A sweep waits for the next hour where they do not suffice; API tokens have no such limit.",
        )
    return ok("rate limits", text)
