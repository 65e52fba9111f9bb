"""OAuth 2.0 of Atlassian's Cloud: apps, consent, tokens that are kept and refreshed. The rest of `api` sees an `Auth`."""

from confluence_assets.api.oauth.app import ACCOUNTS_URL, API_URL, OAuthApp
from confluence_assets.api.oauth.login import Login, Tokens
from confluence_assets.api.oauth.store import LoginStore

__all__ = ["ACCOUNTS_URL", "API_URL", "Login", "LoginStore", "OAuthApp", "Tokens"]
