"""Through Atlassian's gateway: which cloudId a site has, and as whom the gateway is asked.

Tokens with scopes, OAuth and service accounts are taken there alone; the site's own host answers them with 401. Source: api facts,
section 1.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from confluence_assets.api.auth import Auth, NoAuth
from confluence_assets.api.caller import Caller
from confluence_assets.api.cloud import endpoints
from confluence_assets.api.limits import RetryPolicy
from confluence_assets.api.oauth.app import OAuthApp
from confluence_assets.api.oauth.endpoint import TokenEndpoint
from confluence_assets.api.oauth.flow import LoginTokens, OAuthAuth, ServiceTokens
from confluence_assets.api.oauth.login import Login
from confluence_assets.api.oauth.store import LoginStore
from confluence_assets.api.paging import payload_of
from confluence_assets.api.transport import Transport, TransportOptions
from confluence_assets.api.urls import SiteAddress
from confluence_assets.errors import AccessError, NotFoundError, ProtocolError, SettingsError, UnavailableError

Method = Literal["api_token", "scoped_token", "oauth", "client_credentials", "pat"]
GATEWAY_METHODS: frozenset[Method] = frozenset({"scoped_token", "oauth", "client_credentials"})
"""Ways to connect that the site's own host does not know."""


@dataclass(frozen=True, slots=True)
class GatewayDoor:
    """Where to ask, of which site, and as whom."""

    root: str
    cloud_id: str
    site_url: str | None
    auth: Auth


def probe_cloud_id(transport: Transport) -> str | None:
    """The cloudId that every Cloud site tells anybody; None where nobody tells one."""
    try:
        reply = Caller(transport).ask(endpoints.TENANT_INFO, with_credentials=False)
    except (AccessError, NotFoundError, ProtocolError, UnavailableError):
        return None
    cloud_id = payload_of(reply, endpoints.TENANT_INFO.label).get("cloudId")
    return str(cloud_id) if cloud_id else None


def find_cloud_id(address: SiteAddress, options: TransportOptions) -> str:
    """The cloudId of a site, from its address or by one request without credentials. Raises: SettingsError."""
    if address.cloud_id:
        return address.cloud_id
    with closing(Transport(address.root, NoAuth(), options)) as transport:
        cloud_id = probe_cloud_id(transport)
    if cloud_id is None:
        raise SettingsError(
            f"{address.root} tells no cloudId, so it is not a Confluence Cloud site.",
            setting="CONFLUENCE_URL",
            hint="Check CONFLUENCE_URL; for Data Center set CONFLUENCE_PAT and no other way to connect.",
        )
    return cloud_id


def open_door(
    method: Method,
    address: SiteAddress,
    app: OAuthApp | None,
    *,
    api_url: str,
    basic: Callable[[], Auth],
    logins: Path | None,
    options: TransportOptions,
) -> GatewayDoor:
    """The door to the site behind the gateway. Raises: SettingsError; LoginEndedError (later, when tokens are asked for)."""
    login: Login | None = None
    if method == "scoped_token":
        auth = basic()
        cloud_id = find_cloud_id(address, options)
    elif app is None:
        raise missing_app()
    elif method == "oauth":
        store = LoginStore(logins or Path("logins"))
        login = find_login(store, app, address)
        auth = OAuthAuth(LoginTokens(store, login, TokenEndpoint(app, for_tokens(options))))
        cloud_id = login.cloud_id
    else:
        auth = OAuthAuth(ServiceTokens(TokenEndpoint(app, for_tokens(options)), logins), kind="service")
        cloud_id = find_cloud_id(address, options)
    root = address.root if address.is_gateway else f"{api_url}/ex/confluence/{cloud_id}"
    known = login.site_url if login else None
    return GatewayDoor(root, cloud_id, known if address.is_gateway else address.root, auth)


def find_login(store: LoginStore, app: OAuthApp, address: SiteAddress) -> Login:
    """The login to the site. Raises: SettingsError where nobody has logged in."""
    login = store.find(app.client_id, address=address.root, cloud_id=address.cloud_id)
    if login is None:
        raise SettingsError(
            f"Nobody has logged in to {address.root} with the OAuth app of {app.client_id_env}.",
            setting="login",
            hint="Run `confluence-assets login`; for a service account's client credentials set CONFLUENCE_CONNECTION=client_credentials.",
        )
    return login


def missing_app() -> SettingsError:
    return SettingsError(
        "The id and the secret of the OAuth app are not set.",
        setting="CONFLUENCE_OAUTH_CLIENT_ID",
        hint="Set CONFLUENCE_OAUTH_CLIENT_ID and CONFLUENCE_OAUTH_CLIENT_SECRET.",
    )


def for_tokens(options: TransportOptions) -> TransportOptions:
    """One attempt: whoever asks for a token in the middle of a request tries that request again."""
    once = RetryPolicy(attempts=1, throttled_attempts=1, longest_pause_seconds=options.retry.longest_pause_seconds)
    return replace(options, concurrency=1, retry=once, allow_writes=True)
