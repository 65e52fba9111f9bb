"""The connection to a site as a Dagster resource. Secrets are named here, and read when a run or a sensor needs them.

Usable alone, in any asset or op. Must not know of tables, of the lake or of runs.
"""

import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
from pydantic import Field, PrivateAttr, ValidationInfo, field_validator

from confluence_assets import settings
from confluence_assets.embedded import API_TOKEN, EMAIL, SITE_URL, get_embedded_url

if TYPE_CHECKING:
    from confluence_assets.api import ConfluenceClient, Connection, Source, TransportOptions
    from confluence_assets.api.oauth import OAuthApp

_EXCHANGES = logging.getLogger("confluence_assets.exchange")


def _tell(exchange: str) -> None:
    _EXCHANGES.info("%s", exchange)  # as it is: a body may hold a percent sign


class ConfluenceResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """A Confluence site as one account sees it.

        @dg.asset
        def space_names(confluence: ConfluenceResource) -> list[str]:
            return [row["name"] for rows in confluence.get_source().iter_spaces() for row in rows]

    Only the *names* of the variables that hold secrets are configuration, so no secret reaches a snapshot, an event or the UI.
    """

    url: str | None = Field(
        default=None,
        description="Address of the site, or `embedded` for the demo site; else CONFLUENCE_URL; else the demo site.",
    )
    email: str | None = Field(default=None, description="E-mail address of the account (Cloud); else CONFLUENCE_EMAIL.")
    token_env: str = Field(
        default=settings.API_TOKEN, description="Name of the variable that holds the API token (Cloud)."
    )
    pat_env: str = Field(
        default=settings.PAT, description="Name of the variable that holds the personal access token (Data Center)."
    )
    client_id_env: str = Field(
        default=settings.OAUTH_CLIENT_ID, description="Name of the variable that holds the OAuth app's id (Cloud)."
    )
    client_secret_env: str = Field(
        default=settings.OAUTH_CLIENT_SECRET, description="Name of the variable that holds the OAuth app's secret."
    )
    connection: str = Field(
        default=settings.AUTOMATIC,
        description="How to connect: api_token, scoped_token, oauth, client_credentials or pat; else the variables tell.",
    )
    home: str | None = Field(
        default=None, description="Folder for the data, with tokens of `login`; else CONFLUENCE_HOME."
    )
    allow_writes: bool = Field(
        default=False, description="Let actions and publications change the site; all else only reads."
    )
    debug: bool = Field(
        default=False,
        description="Log each request and answer to `confluence_assets.exchange`, secrets redacted.",
    )

    _source: "Source | None" = PrivateAttr(default=None)

    @field_validator("token_env", "pat_env", "client_id_env", "client_secret_env")
    @classmethod
    def _check_name(cls, name: str, info: ValidationInfo) -> str:
        """Raises: SettingsError where a secret stands instead of its variable's name: it would be in snapshots and in the UI."""
        return settings.check_variable_name(str(info.field_name), name)

    @property
    def is_embedded(self) -> bool:
        """Whether the embedded demo site serves."""
        return self._address() is None

    def _address(self) -> str | None:
        address = self.url or settings.read_variable(settings.URL)
        return None if address in settings.EMBEDDED_ADDRESSES else address

    @property
    def _names_datacenter(self) -> bool:
        return (self.url or settings.read_variable(settings.URL)) == settings.EMBEDDED_DATACENTER

    def get_connection(self) -> "Connection":
        """Where to connect, and as whom. Raises: SettingsError."""
        return replace(self._connect(), allow_writes=self.allow_writes)

    def _connect(self) -> "Connection":
        from confluence_assets.api import Connection

        url = self._address()
        if url is None and self._names_datacenter:
            return Connection(url=get_embedded_url("datacenter"), pat=API_TOKEN, deployment="datacenter")
        if url is None:
            return Connection(url=get_embedded_url(), email=EMAIL, api_token=API_TOKEN, site_url=SITE_URL)
        return self._connection_of(url, self.get_credentials())

    def get_credentials(self) -> settings.Credentials:
        """As whom we connect, and why in this way. Raises: SettingsError."""
        return settings.read_credentials(
            self.email,
            token_env=self.token_env,
            pat_env=self.pat_env,
            oauth_env=(self.client_id_env, self.client_secret_env),
            connection=None if self.connection == settings.AUTOMATIC else self.connection,
        )

    def get_oauth_app(self) -> "OAuthApp":
        """The OAuth app that a person logs in with. Raises: SettingsError."""
        from confluence_assets.api.gateway import missing_app

        names = (self.client_id_env, self.client_secret_env)
        known = settings.read_credentials(oauth_env=names, connection="oauth")
        app = self._connection_of("", known).app()
        if app is None:
            raise missing_app()
        return app

    def get_logins_folder(self) -> Path:
        """Where tokens of `login` are kept."""
        return settings.resolve_logins(settings.resolve_home(self.home) if self.home else None)

    def _connection_of(self, url: str, known: settings.Credentials) -> "Connection":
        from confluence_assets.api import Connection
        from confluence_assets.api.oauth import ACCOUNTS_URL, API_URL

        return Connection(
            url=url,
            email=known.email,
            api_token=known.api_token,
            pat=known.pat,
            oauth_client_id=known.oauth_client_id,
            oauth_client_secret=known.oauth_client_secret,
            method=known.method,
            logins=self.get_logins_folder(),
            accounts_url=settings.read_variable(settings.ACCOUNTS_URL) or ACCOUNTS_URL,
            api_url=settings.read_variable(settings.API_URL) or API_URL,
            token_env=self.token_env,
            pat_env=self.pat_env,
            oauth_env=(self.client_id_env, self.client_secret_env),
        )

    def get_source(self, *, concurrency: int = 6) -> "Source":
        """The site's content as rows; one source for as long as this resource lives, which is a run or a tick."""
        from confluence_assets.api import connect

        if self._source is None:
            self._source = connect(self.get_connection(), concurrency=concurrency, options=self._options())
        return self._source

    def get_client(self) -> "ConfluenceClient":
        """A client for single calls; the caller closes it."""
        from confluence_assets.api import ConfluenceClient

        return ConfluenceClient(self.get_connection(), options=self._options())

    def _options(self) -> "TransportOptions | None":
        """What is told of requests and answers; on standard error where nobody has said where such lines go."""
        if not self.debug:
            return None
        from confluence_assets.api import TransportOptions

        if not _EXCHANGES.isEnabledFor(logging.INFO):
            _EXCHANGES.setLevel(logging.INFO)
        if not _EXCHANGES.hasHandlers():
            _EXCHANGES.addHandler(logging.StreamHandler())
        return TransportOptions(debug=_tell)

    def get_hasty_source(self) -> "Source":
        """A source for a sensor's tick: one attempt and short time-outs, since the next tick asks again."""
        from confluence_assets.api.connection import connect
        from confluence_assets.api.limits import RetryPolicy
        from confluence_assets.api.transport import TransportOptions

        once = RetryPolicy(
            attempts=1,
            throttled_attempts=1,
            longest_delay_seconds=0.0,
            longest_pause_seconds=0.0,
            longest_quota_pause_seconds=0.0,
        )
        options = TransportOptions(connect_timeout_seconds=3.0, read_timeout_seconds=5.0, retry=once)
        return connect(self.get_connection(), concurrency=1, options=options)
