"""What is kept of a login: which site it opens, with which scopes, and the tokens. Pure."""

import hashlib
import time
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from confluence_assets.errors import StorageError

Keeper = Literal["file", "keyring"]
VERSION = 1
_SECRET_NAMES = ("access_token", "refresh_token", "expires_at")


@dataclass(frozen=True, slots=True)
class Tokens:
    """One answer of the token endpoint. `expires_at` is in seconds of this machine's clock."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: float
    scopes: tuple[str, ...] = ()

    def is_fresh(self, *, margin_seconds: float = 60.0) -> bool:
        """Whether the access token serves for a while."""
        return time.time() + margin_seconds < self.expires_at


@dataclass(frozen=True, slots=True)
class Login:
    """One consent of one account: an app, a site, and the tokens of the moment.

    `site_url` is the address that Atlassian tells, `addresses` are those that the owner may write for it. `refused` says why the
    token endpoint ended the login; an ended one is not tried again.
    """

    client_id: str
    cloud_id: str
    site_url: str
    site_name: str
    tokens: Tokens
    addresses: tuple[str, ...] = ()
    keeper: Keeper = "file"
    refused: str = ""

    @property
    def login_id(self) -> str:
        """The name that it is kept under; another app's login to the same site has another."""
        return login_id_of(self.client_id, self.cloud_id)

    def renewed(self, tokens: Tokens) -> "Login":
        """The same with new tokens; a refresh that brings no new refresh token leaves the old one in force."""
        kept = replace(
            tokens,
            refresh_token=tokens.refresh_token or self.tokens.refresh_token,
            scopes=tokens.scopes or self.tokens.scopes,
        )
        return replace(self, tokens=kept, refused="")

    def to_json(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What anybody may know of it, and its secrets."""
        plain = asdict(self)
        tokens = plain.pop("tokens")
        secrets = {name: tokens[name] for name in _SECRET_NAMES}
        return {"version": VERSION, **plain, "scopes": list(tokens["scopes"])}, secrets

    @classmethod
    def from_json(cls, plain: dict[str, Any], secrets: dict[str, Any]) -> "Login":
        """Raises: StorageError for something else than a login."""
        try:
            if plain["version"] != VERSION:
                raise StorageError("It was written by another version.", hint="Run `confluence-assets login` again.")
            tokens = Tokens(
                str(secrets["access_token"]),
                str(secrets["refresh_token"]),
                float(secrets["expires_at"]),
                tuple(plain["scopes"]),
            )
            names = ("client_id", "cloud_id", "site_url", "site_name", "keeper", "refused")
            return cls(tokens=tokens, addresses=tuple(plain["addresses"]), **{name: plain[name] for name in names})
        except (KeyError, TypeError, ValueError):
            raise StorageError("It does not hold a login.", hint="Run `confluence-assets login` again.") from None


def login_id_of(client_id: str, cloud_id: str) -> str:
    """The site's cloudId, and a mark of the app."""
    return f"{cloud_id}-{hashlib.sha256(client_id.encode()).hexdigest()[:8]}"
