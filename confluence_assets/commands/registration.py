"""`listen --register` and `--unregister`: the webhook that makes a Data Center tell the listener what happens on it."""

import sys
from contextlib import closing
from dataclasses import dataclass, replace
from urllib.parse import urlsplit, urlunsplit

from confluence_assets.api.connection import Connection, OpenSite, open_site
from confluence_assets.api.datacenter.webhooks import DatacenterWebhooks
from confluence_assets.api.transport import is_loopback
from confluence_assets.api.urls import parse_site_url
from confluence_assets.errors import ConfluenceAssetsError, SettingsError
from confluence_assets.listener import DATACENTER, Receiver

SECRET_CHARACTERS = 255
_ON_CLOUD = (
    f"Let a Forge app pass its events on to /forge, or an Automation rule (Send web request) to /automation, with the secret in "
    f"X-Webhook-Secret; {DATACENTER} and --register are for Data Center."
)
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  # compared with, not listened on


@dataclass(frozen=True, slots=True)
class Registrar:
    """Registers the listener of one site. `url` is its public address, where that is not the one that it listens on."""

    connection: Connection
    site_name: str
    url: str | None = None

    @property
    def name(self) -> str:
        """The name of the webhook, by which it is found again."""
        return f"confluence-assets: {self.site_name}"

    def check(self, host: str, secret: str) -> None:
        """See that the site can be told an address and the secret, before anything listens. Raises: SettingsError."""
        if len(secret) > SECRET_CHARACTERS:
            raise SettingsError(
                f"The secret has more than the {SECRET_CHARACTERS} characters that a Data Center keeps.",
                setting="--secret-env",
                hint="Make a shorter one.",
            )
        with closing(self._open().transport):
            self._address(host, 0)

    def register(self, host: str, port: int, secret: str, receiver: Receiver) -> None:
        """Make or change the webhook, once the site has reached the receiver. Raises: SettingsError, ApiError, UnreachedError."""
        address = self._address(host, port)
        with closing(self._open().transport) as transport:
            webhooks = DatacenterWebhooks(transport)
            self._try_out(webhooks, address, receiver)
            kept = webhooks.register(self.name, address, secret)
        verb = "Registered" if kept.outcome == "made" else "Updated"
        sys.stderr.write(f"{verb} the webhook {kept.name!r}: {len(kept.events)} events go to {kept.url}.\n")

    def _try_out(self, webhooks: DatacenterWebhooks, address: str, receiver: Receiver) -> None:
        """See that a trial delivery arrives; what arrives is seen here, whatever the site says of it."""
        knocks = receiver.datacenter_knocks
        trial = webhooks.try_out(address)
        if receiver.datacenter_knocks > knocks:
            return
        if trial.is_taken is False:
            raise UnreachedError(
                f"The site can't reach this listener at {address}: {trial.description}.",
                hint="Give the address that the site can reach with --url; see to firewalls, TLS and the proxy before the "
                "listener, and to the site's own list of allowed addresses (General configuration, Allowlist).",
            )
        sys.stderr.write(f"No trial delivery came to this listener ({address}: {trial.description}).\n")

    def unregister(self) -> None:
        """Remove the webhook. Raises: SettingsError, ApiError."""
        with closing(self._open().transport) as transport:
            removed = DatacenterWebhooks(transport).remove(self.name)
        for one in removed:
            sys.stderr.write(f"Removed the webhook {one.name!r} to {one.url}.\n")
        if not removed:
            sys.stderr.write(f"There is no webhook {self.name!r}.\n")

    def _open(self) -> OpenSite:
        site = open_site(replace(self.connection, allow_writes=True))
        if site.deployment == "cloud":
            site.transport.close()
            raise SettingsError(
                "Confluence Cloud has no webhooks that could be registered.", setting="--register", hint=_ON_CLOUD
            )
        return site

    def _address(self, host: str, port: int) -> str:
        """Where the site is to send to. Raises: SettingsError where that can't be known."""
        if self.url is None:
            site_host = parse_site_url(self.connection.url, allow_http=True).host
            is_here = is_loopback(site_host)
            if (is_loopback(host) or host in _EVERYWHERE) and not is_here:
                raise SettingsError(
                    f"The site {site_host} can't reach {host}, which is an address of this machine alone.",
                    setting="--url",
                    hint="Put a server that speaks TLS before the listener, and give its address: --url https://hooks.example.com",
                )
            shown = "127.0.0.1" if host in _EVERYWHERE else f"[{host}]" if ":" in host else host
            return f"http://{shown}:{port}{DATACENTER}"
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SettingsError(f"--url {self.url!r} is no address.", setting="--url", hint="Write https://…")
        path = parts.path if parts.path.strip("/") else DATACENTER
        return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))


class UnreachedError(ConfluenceAssetsError):
    """The site's trial delivery did not arrive; nothing was registered."""
