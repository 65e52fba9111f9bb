"""From settings to a `Source`: where the site is, as whom we ask, and which dialect it speaks."""

from dataclasses import dataclass, field, replace

from confluence_assets.api.auth import Auth, BasicAuth, BearerAuth
from confluence_assets.api.caller import Caller
from confluence_assets.api.cloud import endpoints
from confluence_assets.api.cloud.source import CloudSource
from confluence_assets.api.datacenter.source import DatacenterSource
from confluence_assets.api.paging import payload_of
from confluence_assets.api.source import Source
from confluence_assets.api.transport import Transport, TransportOptions
from confluence_assets.api.urls import Deployment, SiteAddress, parse_site_url
from confluence_assets.errors import AccessError, NotFoundError, ProtocolError, SettingsError, UnavailableError


@dataclass(frozen=True, slots=True)
class Connection:
    """Where a site is and as whom we ask. Secrets are kept out of `repr`.

    `deployment` None means that the address tells, or the site is asked. `site_url` is the site's own address where `url` is the
    gateway's. `allow_http` lets credentials travel in the clear to another machine.
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

    def address(self) -> SiteAddress:
        """The normalised address. Raises: SettingsError."""
        return parse_site_url(self.url, allow_http=self.allow_http)

    def auth(self) -> Auth:
        """How requests are decorated. Raises: SettingsError naming what is missing."""
        if self.api_token and self.email:
            return BasicAuth(self.email.strip(), self.api_token.strip())
        if self.pat:
            return BearerAuth(self.pat.strip())
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
        raise SettingsError(
            "There are no credentials.",
            setting="CONFLUENCE_API_TOKEN",
            hint="Set CONFLUENCE_EMAIL and CONFLUENCE_API_TOKEN (Cloud) or CONFLUENCE_PAT (Data Center).",
        )


def open_transport(
    connection: Connection, *, concurrency: int = 6, options: TransportOptions | None = None
) -> Transport:
    """A transport to the site, with credentials; sends nothing yet. Raises: SettingsError."""
    return _open(connection, connection.address().root, concurrency, options)


def _open(connection: Connection, root: str, concurrency: int, options: TransportOptions | None) -> Transport:
    chosen = options or TransportOptions()
    kept = replace(chosen, concurrency=concurrency, allow_writes=connection.allow_writes)
    return Transport(root, connection.auth(), kept)


@dataclass(frozen=True, slots=True)
class OpenSite:
    """A way to a site whose dialect is known."""

    transport: Transport
    deployment: Deployment
    cloud_id: str | None


def open_site(connection: Connection, *, concurrency: int = 6, options: TransportOptions | None = None) -> OpenSite:
    """The way to the site. Asks one request where the address does not tell what is there. Raises: as `connect`."""
    address = connection.address()
    transport = open_transport(connection, concurrency=concurrency, options=options)
    deployment = connection.deployment or address.deployment
    cloud_id = address.cloud_id
    if deployment is None:
        cloud_id = _probe_cloud_id(transport)
        deployment = "cloud" if cloud_id else "datacenter"
    if deployment == "datacenter" and address.context:
        transport.close()  # what looks like Cloud's `/wiki` is this server's context path
        transport = _open(connection, address.root + address.context, concurrency, options)
    return OpenSite(transport, deployment, cloud_id)


def connect(connection: Connection, *, concurrency: int = 6, options: TransportOptions | None = None) -> Source:
    """The site as a `Source`. Asks one request where the address does not tell what is there.

    Raises: SettingsError for a wrong address or missing credentials; ApiError where the site can't be asked.
    """
    site = open_site(connection, concurrency=concurrency, options=options)
    if site.deployment == "cloud":
        return CloudSource(site.transport, site_url=connection.site_url, cloud_id=site.cloud_id)
    return DatacenterSource(site.transport)


def _probe_cloud_id(transport: Transport) -> str | None:
    """The cloudId that every Cloud site tells anybody; None where nobody tells one."""
    try:
        reply = Caller(transport).ask(endpoints.TENANT_INFO, with_credentials=False)
    except (AccessError, NotFoundError, ProtocolError, UnavailableError):
        return None
    cloud_id = payload_of(reply, endpoints.TENANT_INFO.label).get("cloudId")
    return str(cloud_id) if cloud_id else None
