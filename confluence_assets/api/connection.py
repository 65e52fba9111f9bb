"""From settings to a `Source`: where the site is, as whom we ask, and which dialect it speaks."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from confluence_assets.api.auth import Auth, BasicAuth, BearerAuth, check_token
from confluence_assets.api.cloud.source import CloudSource
from confluence_assets.api.datacenter.source import DatacenterSource
from confluence_assets.api.gateway import GATEWAY_METHODS, GatewayDoor, Method, missing_app, open_door, probe_cloud_id
from confluence_assets.api.oauth.app import ACCOUNTS_URL, API_URL, OAuthApp, check_https
from confluence_assets.api.source import Source
from confluence_assets.api.transport import Transport, TransportOptions
from confluence_assets.api.urls import Deployment, SiteAddress, parse_site_url
from confluence_assets.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Connection:
    """Where a site is and as whom we ask. Secrets are kept out of `repr`.

    `method` None means that it is told by which secret is there. `deployment` None means that the address tells, or the site is
    asked. `site_url` is the site's own address where `url` is the gateway's. `allow_http` lets credentials travel in the clear to
    another machine. `logins` is the folder with what `confluence-assets login` has kept. `token_env` and `pat_env` are the
    names that people are told to look at.
    """

    url: str
    email: str | None = None
    api_token: str | None = field(default=None, repr=False)
    pat: str | None = field(default=None, repr=False)
    oauth_client_id: str | None = None
    oauth_client_secret: str | None = field(default=None, repr=False)
    deployment: Deployment | None = None
    site_url: str | None = None
    allow_http: bool = False
    allow_writes: bool = False
    """Whether anything on the site may be changed through this connection; all it does is read, unless this is set."""
    method: Method | None = None
    logins: Path | None = None
    accounts_url: str = ACCOUNTS_URL
    api_url: str = API_URL
    token_env: str = "CONFLUENCE_API_TOKEN"  # noqa: S105  # the name of a variable
    pat_env: str = "CONFLUENCE_PAT"
    oauth_env: tuple[str, str] = ("CONFLUENCE_OAUTH_CLIENT_ID", "CONFLUENCE_OAUTH_CLIENT_SECRET")

    def way(self) -> Method:
        """The way to connect: the one that was chosen, else the one whose secret is there."""
        if self.method:
            return self.method
        if self.pat and not self.api_token:
            return "pat"
        return "oauth" if self.oauth_client_id and not (self.api_token or self.email) else "api_token"

    @property
    def is_by_gateway(self) -> bool:
        return self.way() in GATEWAY_METHODS

    def app(self) -> OAuthApp | None:
        """The OAuth app, where both its id and its secret are there. Raises: SettingsError where they would travel in the clear."""
        if not (self.oauth_client_id and self.oauth_client_secret):
            return None
        return OAuthApp(
            self.oauth_client_id, self.oauth_client_secret, self.accounts_url, self.api_url, *self.oauth_env
        )

    def address(self) -> SiteAddress:
        """The normalised address. Raises: SettingsError."""
        return parse_site_url(self.url, allow_http=self.allow_http)

    def auth(self) -> Auth:
        """How requests to the site's own host are decorated. Raises: SettingsError naming what is missing."""
        way = self.way()
        if way == "pat":
            return self._bearer()
        if way not in ("api_token", "scoped_token"):
            raise SettingsError(
                f"{way} connects through the gateway, not to the site's own host.", setting="connection"
            )
        if self.api_token and self.email:
            token = check_token(self.api_token, self.token_env)
            return BasicAuth(self.email.strip(), token, token_env=self.token_env)
        if self.api_token:
            raise SettingsError(
                "CONFLUENCE_API_TOKEN is set and CONFLUENCE_EMAIL is not: a token works only with its account's e-mail.",
                setting="CONFLUENCE_EMAIL",
                hint="Set CONFLUENCE_EMAIL.",
            )
        if self.email:
            raise SettingsError(
                "CONFLUENCE_EMAIL is set and CONFLUENCE_API_TOKEN is not.",
                setting="CONFLUENCE_API_TOKEN",
                hint="Make a token at https://id.atlassian.com/manage-profile/security/api-tokens.",
            )
        if self.method:
            raise SettingsError(
                f"To connect by {way} needs an e-mail and its API token, and neither is set.",
                setting="CONFLUENCE_API_TOKEN",
                hint="Set CONFLUENCE_EMAIL and CONFLUENCE_API_TOKEN, or choose another way to connect.",
            )
        raise SettingsError(
            "There are no credentials.",
            setting="CONFLUENCE_API_TOKEN",
            hint="Set CONFLUENCE_EMAIL and CONFLUENCE_API_TOKEN (Cloud) or CONFLUENCE_PAT (Data Center).",
        )

    def _bearer(self) -> BearerAuth:
        if not self.pat:
            raise SettingsError(
                "To connect by pat needs a personal access token, and none is set.",
                setting=self.pat_env,
                hint=f"Set {self.pat_env}, or choose another way to connect.",
            )
        return BearerAuth(check_token(self.pat, self.pat_env), token_env=self.pat_env)


def open_transport(
    connection: Connection, *, concurrency: int = 6, options: TransportOptions | None = None
) -> Transport:
    """A transport to the site, with credentials. Through the gateway one request may be sent, to find the site's cloudId.

    Raises: SettingsError; ApiError where the cloudId can't be asked.
    """
    kept = _options_of(connection, concurrency, options)
    if connection.is_by_gateway:
        door = _open_door(connection, kept)
        return Transport(door.root, door.auth, kept)
    return Transport(connection.address().root, connection.auth(), kept)


def _options_of(connection: Connection, concurrency: int, options: TransportOptions | None) -> TransportOptions:
    return replace(options or TransportOptions(), concurrency=concurrency, allow_writes=connection.allow_writes)


def _open_door(connection: Connection, options: TransportOptions) -> GatewayDoor:
    way, app = connection.way(), connection.app()
    if connection.deployment == "datacenter":
        raise SettingsError(
            f"A Data Center site can't be connected to by {way}.", setting="connection", hint="Set CONFLUENCE_PAT."
        )
    if app is None and way != "scoped_token":
        raise missing_app()
    return open_door(
        way,
        connection.address(),
        app,
        api_url=check_https(connection.api_url, "CONFLUENCE_API_URL"),
        basic=connection.auth,
        logins=connection.logins,
        options=options,
    )


@dataclass(frozen=True, slots=True)
class OpenSite:
    """A way to a site whose dialect is known. `site_url` is its own address, where that is not the transport's."""

    transport: Transport
    deployment: Deployment
    cloud_id: str | None
    site_url: str | None = None


def open_site(connection: Connection, *, concurrency: int = 6, options: TransportOptions | None = None) -> OpenSite:
    """The way to the site. Asks one request where the address does not tell what is there. Raises: as `connect`."""
    kept = _options_of(connection, concurrency, options)
    if connection.is_by_gateway:
        door = _open_door(connection, kept)
        return OpenSite(Transport(door.root, door.auth, kept), "cloud", door.cloud_id, door.site_url)
    address = connection.address()
    transport = Transport(address.root, connection.auth(), kept)
    deployment = connection.deployment or address.deployment
    if deployment is None and connection.pat and not connection.api_token:
        deployment = "datacenter"  # Cloud has no personal access tokens
    cloud_id = address.cloud_id
    if deployment is None:
        cloud_id = probe_cloud_id(transport)
        deployment = "cloud" if cloud_id else "datacenter"
    if deployment == "cloud" and connection.way() == "pat":
        transport.close()
        raise SettingsError(
            f"{connection.pat_env} holds a token of Data Center, and {address.root} is a Cloud site.",
            setting=connection.pat_env,
            hint=f"Set CONFLUENCE_EMAIL and {connection.token_env} instead "
            "(https://id.atlassian.com/manage-profile/security/api-tokens).",
        )
    if deployment == "datacenter" and address.context:
        transport.close()  # what looks like Cloud's `/wiki` is this server's context path
        transport = Transport(address.root + address.context, connection.auth(), kept)
    return OpenSite(transport, deployment, cloud_id)


def connect(connection: Connection, *, concurrency: int = 6, options: TransportOptions | None = None) -> Source:
    """The site as a `Source`. Asks one request where the address does not tell what is there.

    Raises: SettingsError for a wrong address or missing credentials; ApiError where the site can't be asked.
    """
    site = open_site(connection, concurrency=concurrency, options=options)
    if site.deployment == "cloud":
        return CloudSource(site.transport, site_url=connection.site_url or site.site_url, cloud_id=site.cloud_id)
    return DatacenterSource(site.transport)
