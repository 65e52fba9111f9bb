"""Logins against an embedded site, without a browser: the consent is given automatically."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from confluence_assets.api import Connection
from confluence_assets.api.oauth import Login, LoginStore, OAuthApp
from confluence_assets.api.oauth.consent import Consent, with_offline_access
from confluence_assets.api.oauth.endpoint import TokenEndpoint
from confluence_assets.api.scopes import all_scopes
from confluence_assets.emulator import EmbeddedSite

CLIENT_ID, CLIENT_SECRET = "embedded-app", "embedded-app-secret"
REDIRECT = "http://localhost:8914/callback"


def app_of(site: EmbeddedSite, **changes: Any) -> OAuthApp:
    known = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **changes}
    return OAuthApp(accounts_url=site.auth_url, api_url=site.api_url, **known)


def log_in(site: EmbeddedSite, folder: Path, scopes: tuple[str, ...] | None = None, **changes: Any) -> Login:
    """A login in a store, as `confluence-assets login` leaves it."""
    site.control.configure(oauth_consent="automatic")
    consent = Consent(app_of(site), REDIRECT, with_offline_access(all_scopes() if scopes is None else scopes))
    reply = requests.get(consent.url, allow_redirects=False, timeout=5)
    tokens = TokenEndpoint(app_of(site)).redeem_code(
        consent.read_code(reply.headers["Location"]), REDIRECT, consent.verifier
    )
    login = Login(CLIENT_ID, site.site.cloud_id, site.url, "embedded", tokens, addresses=(site.url,), **changes)
    LoginStore(folder).save(login)
    return login


def oauth_connection(site: EmbeddedSite, folder: Path, **changes: Any) -> Connection:
    known: dict[str, Any] = {
        "url": site.url,
        "method": "oauth",
        "oauth_client_id": CLIENT_ID,
        "oauth_client_secret": CLIENT_SECRET,
        "accounts_url": site.auth_url,
        "api_url": site.api_url,
        "logins": folder,
    }
    return Connection(**{**known, **changes})


def token_requests(site: EmbeddedSite) -> int:
    return int(site.control.stats()["by_endpoint"].get("POST (auth) /oauth/token", 0))


def gateway_requests(site: EmbeddedSite) -> int:
    """Requests to a site's API, wherever they were sent."""
    found = site.control.stats()["by_endpoint"]
    return sum(count for name, count in found.items() if urlsplit(name.partition(" ")[2]).path.startswith("/wiki"))
