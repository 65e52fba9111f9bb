"""What the environment says, read here and nowhere else.

Must not know of Dagster, of HTTP or of files; it names settings, checks that they fit together, and says what to do where they don't.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from confluence_assets.errors import SettingsError

URL = "CONFLUENCE_URL"
EMAIL = "CONFLUENCE_EMAIL"
API_TOKEN = "CONFLUENCE_API_TOKEN"  # noqa: S105  # the name of a variable, not a token
PAT = "CONFLUENCE_PAT"
OAUTH_CLIENT_ID = "CONFLUENCE_OAUTH_CLIENT_ID"
OAUTH_CLIENT_SECRET = "CONFLUENCE_OAUTH_CLIENT_SECRET"  # noqa: S105  # the name of a variable, not a secret
HOME = "CONFLUENCE_HOME"
WEBHOOK_SECRET = "CONFLUENCE_WEBHOOK_SECRET"  # noqa: S105  # the name of a variable, not a secret

SETTINGS: dict[str, str] = {
    URL: "Address of the site, such as https://acme.atlassian.net. Without it an embedded demo site serves.",
    EMAIL: "E-mail address of the account (Cloud).",
    API_TOKEN: "API token of the account (Cloud).",
    PAT: "Personal access token (Data Center).",
    OAUTH_CLIENT_ID: "Client id of an OAuth 2.0 app (Cloud).",
    OAUTH_CLIENT_SECRET: "Client secret of an OAuth 2.0 app (Cloud).",
    HOME: "Folder for all data; ./data of the project where it is not set.",
    WEBHOOK_SECRET: "Secret that senders of webhooks sign with, or send; needed by `listen` alone.",
}
"""Every variable that is read, and what it is for; the README's table is tested against this."""

EMBEDDED = "embedded"
"""As an address: the embedded demo site, even where CONFLUENCE_URL names another."""

EMBEDDED_DATACENTER = "embedded-datacenter"
"""The same, served by an embedded Data Center."""

DEMO_SITE = "demo"
DEFAULT_SITE = "confluence"

_SITE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_PROJECT_MARKERS = ("pyproject.toml", "dg.toml", "workspace.yaml")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who we are to the site. Secrets stay out of `repr`."""

    email: str | None = None
    api_token: str | None = field(default=None, repr=False)
    pat: str | None = field(default=None, repr=False)
    oauth_client_id: str | None = None
    oauth_client_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one site, as far as the environment gives them. `url` None: the embedded demo site serves."""

    url: str | None
    site: str
    home: Path
    email: str | None

    @property
    def is_embedded(self) -> bool:
        return self.url is None


def read_variable(name: str, environment: Mapping[str, str] | None = None) -> str | None:
    """The variable's value without white space around it; None where it is missing or empty."""
    value = (os.environ if environment is None else environment).get(name, "").strip()
    return value or None


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings that stand in the environment."""
    url = read_variable(URL, environment)
    return Settings(
        url=url,
        site=DEFAULT_SITE if url else DEMO_SITE,
        home=resolve_home(read_variable(HOME, environment)),
        email=read_variable(EMAIL, environment),
    )


def read_credentials(
    email: str | None = None,
    *,
    token_env: str = API_TOKEN,
    pat_env: str = PAT,
    environment: Mapping[str, str] | None = None,
) -> Credentials:
    """The credentials for a site, from the variables of those names.

    Raises: SettingsError where there are none, too many, or half of them.
    """
    email = email or read_variable(EMAIL, environment)
    token, pat = read_variable(token_env, environment), read_variable(pat_env, environment)
    if token and pat:
        raise SettingsError(
            f"{token_env} and {pat_env} are both set.",
            setting=pat_env,
            hint=f"Keep {token_env} for a Cloud site, or {pat_env} for Data Center, and unset the other.",
        )
    if not token and not pat:
        raise SettingsError(
            f"The site needs credentials: neither {token_env} nor {pat_env} is set.",
            setting=token_env,
            hint=f"Cloud: set {EMAIL} and {token_env} (https://id.atlassian.com/manage-profile/security/api-tokens). "
            f"Data Center: set {pat_env}.",
        )
    if token and not email:
        raise SettingsError(
            f"{token_env} is set, but {EMAIL} is not.",
            setting=EMAIL,
            hint="Set it to the e-mail address of the account that made the token.",
        )
    return Credentials(
        email=email,
        api_token=token,
        pat=pat,
        oauth_client_id=read_variable(OAUTH_CLIENT_ID, environment),
        oauth_client_secret=read_variable(OAUTH_CLIENT_SECRET, environment),
    )


def check_site_name(site: str) -> str:
    """The name, if it can stand in asset keys, jobs and folders.

    Raises: SettingsError.
    """
    if _SITE_NAME.fullmatch(site):
        return site
    raise SettingsError(
        f"site: {site!r} is not a name for a site.",
        setting="site",
        hint="Use letters, digits and underscores, beginning with a letter, such as acme_wiki.",
    )


def resolve_home(home: str | Path | None = None, *, root: Path | None = None) -> Path:
    """The data folder as an absolute path; a relative one is relative to the project's root."""
    return (root or find_project_root()) / Path(home or "data").expanduser()


def find_project_root(start: Path | None = None) -> Path:
    """The nearest folder above `start` (the working directory) that holds a project file, else `start` itself."""
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if any((folder / marker).is_file() for marker in _PROJECT_MARKERS):
            return folder
    return start
