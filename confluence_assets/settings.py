"""What the environment says, read here and nowhere else.

Must not know of Dagster, of HTTP or of files; it names settings, checks that they fit together, and says what to do where they don't.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Literal, cast, get_args

from confluence_assets.errors import SettingsError

URL = "CONFLUENCE_URL"
EMAIL = "CONFLUENCE_EMAIL"
API_TOKEN = "CONFLUENCE_API_TOKEN"  # noqa: S105  # the name of a variable, not a token
PAT = "CONFLUENCE_PAT"
OAUTH_CLIENT_ID = "CONFLUENCE_OAUTH_CLIENT_ID"
OAUTH_CLIENT_SECRET = "CONFLUENCE_OAUTH_CLIENT_SECRET"  # noqa: S105  # the name of a variable, not a secret
CONNECTION = "CONFLUENCE_CONNECTION"
LOGINS = "CONFLUENCE_LOGINS"
ACCOUNTS_URL = "CONFLUENCE_ACCOUNTS_URL"
API_URL = "CONFLUENCE_API_URL"
HOME = "CONFLUENCE_HOME"
WEBHOOK_SECRET = "CONFLUENCE_WEBHOOK_SECRET"  # noqa: S105  # the name of a variable, not a secret

SETTINGS: dict[str, str] = {
    URL: "Address of the site, such as https://acme.atlassian.net. Without it an embedded demo site serves.",
    EMAIL: "E-mail address of the account (Cloud).",
    API_TOKEN: "API token of the account (Cloud).",
    PAT: "Personal access token (Data Center).",
    OAUTH_CLIENT_ID: "Client id of an OAuth 2.0 app, or of a service account's credentials (Cloud).",
    OAUTH_CLIENT_SECRET: "The client secret that belongs to it.",
    CONNECTION: "How to connect, where the variables that are set leave a choice: `api_token`, `scoped_token`, `oauth`, `client_credentials` or `pat`.",
    LOGINS: "Folder where `login` keeps tokens; `.logins` in the data folder where it is not set.",
    ACCOUNTS_URL: "Where OAuth asks for consent and tokens, where that is not https://auth.atlassian.com.",
    API_URL: "Where the gateway is, where that is not https://api.atlassian.com.",
    HOME: "Folder for all data; ./data of the project where it is not set.",
    WEBHOOK_SECRET: "Secret that senders of webhooks sign with, or send; needed by `listen` alone.",
}
"""Every variable that is read, and what it is for; the README's table is tested against this."""

EMBEDDED = "embedded"
"""As an address: the embedded demo site, even where CONFLUENCE_URL names another."""

EMBEDDED_DATACENTER = "embedded-datacenter"
"""The same, served by an embedded Data Center."""

EMBEDDED_ADDRESSES = (EMBEDDED, EMBEDDED_DATACENTER)

DEMO_SITE = "demo"
DEFAULT_SITE = "confluence"

_SITE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_TOKEN_STARTS = ("ATATT", "ATCTT", "ATOA", "ATSTT")
_SHORTEST_SECRET = 30
_LEAST_CHANGES = 0.4
"""Words change seldom from small to large letters and digits, random text at every second character."""
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}")
_OWNER = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,7}|team:.+")
_PROJECT_MARKERS = ("pyproject.toml", "dg.toml", "workspace.yaml")


Method = Literal["api_token", "scoped_token", "oauth", "client_credentials", "pat"]
METHODS: tuple[str, ...] = get_args(Method)
AUTOMATIC = "auto"
_SERVICE_ACCOUNTS = "@serviceaccount.atlassian.com"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who we are to the site, and how we connect. Secrets stay out of `repr`; `reason` says why it is this way."""

    email: str | None = None
    api_token: str | None = field(default=None, repr=False)
    pat: str | None = field(default=None, repr=False)
    oauth_client_id: str | None = None
    oauth_client_secret: str | None = field(default=None, repr=False)
    method: Method = "api_token"
    reason: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class SecretNames:
    """Names of the variables that hold secrets."""

    token: str = API_TOKEN
    pat: str = PAT
    client_id: str = OAUTH_CLIENT_ID
    client_secret: str = OAUTH_CLIENT_SECRET


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
    oauth_env: tuple[str, str] = (OAUTH_CLIENT_ID, OAUTH_CLIENT_SECRET),
    connection: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> Credentials:
    """The credentials for a site, from the variables of those names, and the way to connect.

    `connection` is the way; without it, and without CONFLUENCE_CONNECTION, the variables that are set tell.
    Raises: SettingsError where there are none, too many, or half of them.
    """
    names = SecretNames(token_env, pat_env, *oauth_env)
    _check_names(names)
    email = email or read_variable(EMAIL, environment)
    values = {name: read_variable(name, environment) for name in (token_env, pat_env, *oauth_env)}
    method, reason = _choose_method(names, values, email, connection, environment)
    if method in ("api_token", "scoped_token"):
        _require(names.token, values, method)
        if not email:
            raise SettingsError(
                f"{token_env} is set, but {EMAIL} is not.",
                setting=EMAIL,
                hint="Set it to the e-mail address of the account that made the token.",
            )
        return Credentials(email=email, api_token=values[token_env], method=method, reason=reason)
    if method == "pat":
        _require(names.pat, values, method)
        return Credentials(email=email, pat=values[pat_env], method=method, reason=reason)
    _require(names.client_id, values, method)
    _require(names.client_secret, values, method)
    return Credentials(
        oauth_client_id=values[names.client_id],
        oauth_client_secret=values[names.client_secret],
        method=method,
        reason=reason,
    )


def _check_names(names: SecretNames) -> None:
    """Raises: SettingsError for one that is no name of a variable."""
    check_variable_name("token_env", names.token)
    check_variable_name("pat_env", names.pat)
    check_variable_name("client_id_env", names.client_id)
    check_variable_name("client_secret_env", names.client_secret)


def _choose_method(
    names: SecretNames,
    values: Mapping[str, str | None],
    email: str | None,
    connection: str | None,
    environment: Mapping[str, str] | None,
) -> tuple[Method, str]:
    """The way to connect, and why. Raises: SettingsError."""
    asked, said_by = (connection, "connection") if connection else (read_variable(CONNECTION, environment), CONNECTION)
    if not asked or asked == AUTOMATIC:
        return _method_of_variables(names, values, email)
    if asked not in METHODS:
        raise SettingsError(
            f"{said_by} is {asked!r}, which is no way to connect.",
            setting=said_by,
            hint=f"Choose one of {', '.join(METHODS)}; or leave it out, and the variables that are set tell.",
        )
    return cast(Method, asked), f"{said_by} says so"


def _method_of_variables(names: SecretNames, values: Mapping[str, str | None], email: str | None) -> tuple[Method, str]:
    """The way that the variables tell. Raises: SettingsError where they tell none, or two."""
    is_service = (email or "").endswith(_SERVICE_ACCOUNTS)
    ways: list[tuple[Method, str]] = [
        ("scoped_token" if is_service else "api_token", names.token),
        ("pat", names.pat),
        ("oauth", names.client_id if values[names.client_id] else names.client_secret),
    ]
    found = [(method, name) for method, name in ways if values[name]]
    if not found:
        raise SettingsError(
            f"The site needs credentials: neither {names.token} nor {names.pat} is set.",
            setting=names.token,
            hint=f"Cloud: set {EMAIL} and {names.token} (https://id.atlassian.com/manage-profile/security/api-tokens), or "
            f"{names.client_id} and {names.client_secret} for OAuth. Data Center: set {names.pat}.",
        )
    if len(found) > 1:
        (one, first), (other, second) = found[:2]
        raise SettingsError(
            f"{first} and {second} are both set.",
            setting=second,
            hint=f"Unset one of them, or set {CONNECTION} to {one} or {other}.",
        )
    method, name = found[0]
    return method, f"the address ends in {_SERVICE_ACCOUNTS}" if method == "scoped_token" else f"{name} is set"


def _require(name: str, values: Mapping[str, str | None], method: Method) -> None:
    if not values[name]:
        raise SettingsError(
            f"{name} is not set, which {method} needs.", setting=name, hint=f"Set it, or choose another {CONNECTION}."
        )


def resolve_logins(
    home: Path | None = None, *, environment: Mapping[str, str] | None = None, root: Path | None = None
) -> Path:
    """The folder where tokens of `login` are kept."""
    chosen = read_variable(LOGINS, environment)
    if chosen:
        return (root or find_project_root()) / Path(chosen).expanduser()
    return (home or resolve_home(read_variable(HOME, environment), root=root)) / ".logins"


def check_variable_name(attribute: str, name: str) -> str:
    """The name of a variable. Raises: SettingsError, which does not repeat it: it may be the secret itself."""
    if _VARIABLE_NAME.fullmatch(name) and not _looks_like_a_secret(name):
        return name
    raise SettingsError(
        f"{attribute} is not the name of an environment variable.",
        setting=attribute,
        hint="Put the secret into a variable, and that variable's name here. If the secret itself stood here, make a new one.",
    )


def _looks_like_a_secret(name: str) -> bool:
    """Whether it is a token rather than a name: of Atlassian's beginnings, or with letters and digits at random."""
    if name.startswith(_TOKEN_STARTS) and len(name) > 30:
        return True
    kinds = ["digit" if one.isdigit() else "upper" if one.isupper() else "lower" for one in name if one != "_"]
    changes = sum(one != other for one, other in pairwise(kinds))
    return len(kinds) >= _SHORTEST_SECRET and changes >= _LEAST_CHANGES * len(kinds)


def check_site_name(site: str, setting: str = "site") -> str:
    """The name, if it can stand in asset keys, jobs and folders; `setting` is what the user typed it for.

    Raises: SettingsError.
    """
    if _SITE_NAME.fullmatch(site):
        return site
    raise SettingsError(
        f"{setting}: {site!r} is not a name for {'a site' if setting == 'site' else 'an asset'}.",
        setting=setting,
        hint="Use letters, digits and underscores, beginning with a letter, such as acme_wiki.",
    )


def check_owner(owner: str) -> str:
    """The owner of assets, as Dagster takes it. Raises: SettingsError."""
    if _OWNER.fullmatch(owner):
        return owner
    raise SettingsError(
        f"owners: {owner!r} is neither an e-mail address nor a team.",
        setting="owners",
        hint="Write anna@example.com, or team:docs.",
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
