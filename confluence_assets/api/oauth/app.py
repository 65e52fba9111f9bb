"""An OAuth app as its owner knows it, and where Atlassian's accounts and gateway are. Pure."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from confluence_assets.api.transport import is_loopback
from confluence_assets.errors import SettingsError

ACCOUNTS_URL = "https://auth.atlassian.com"
"""Consent and tokens."""

API_URL = "https://api.atlassian.com"
"""The sites that a token reaches, and the gateway to each of them."""

APPS_PAGE = "https://developer.atlassian.com/console/myapps"


@dataclass(frozen=True, slots=True)
class OAuthApp:
    """An app of the developer console, or the credentials of a service account. The secret stays out of `repr`.

    `client_id_env` and `client_secret_env` are what people are told to look at.
    """

    client_id: str
    client_secret: str = field(repr=False)
    accounts_url: str = ACCOUNTS_URL
    api_url: str = API_URL
    client_id_env: str = "CONFLUENCE_OAUTH_CLIENT_ID"
    client_secret_env: str = "CONFLUENCE_OAUTH_CLIENT_SECRET"  # noqa: S105  # the name of a variable

    def __post_init__(self) -> None:
        """Raises: SettingsError where secrets would travel in the clear."""
        check_https(self.accounts_url, "CONFLUENCE_ACCOUNTS_URL")
        check_https(self.api_url, "CONFLUENCE_API_URL")

    @property
    def variables(self) -> tuple[str, ...]:
        return self.client_id_env, self.client_secret_env


def check_https(url: str, setting: str) -> str:
    """The address without a slash at its end. Raises: SettingsError for one that is not https, but on this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname)):
        return url.rstrip("/")
    raise SettingsError(
        f"{setting} does not start with https://.",
        setting=setting,
        hint="Write https://: the client secret and tokens are sent there.",
    )
