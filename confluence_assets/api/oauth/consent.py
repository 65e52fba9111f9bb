"""The question that a login asks in the browser, and the answer that comes back: state and PKCE (RFC 7636). Pure but for chance."""

import base64
import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

from confluence_assets.api.oauth.app import OAuthApp
from confluence_assets.errors import AccessError, ProtocolError, SettingsError

_AGAIN = "Run `confluence-assets login` again."


def new_state() -> str:
    """Nobody guesses it."""
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Consent:
    """One question. `state` ties the answer to it, `verifier` the code to who asked; both serve once."""

    app: OAuthApp
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str = field(default_factory=new_state, repr=False)
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(64), repr=False)

    @property
    def url(self) -> str:
        """The page that asks, to be opened in a browser."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        asked = {
            "audience": "api.atlassian.com",
            "client_id": self.app.client_id,
            "scope": " ".join(self.scopes),
            "redirect_uri": self.redirect_uri,
            "state": self.state,
            "response_type": "code",
            "prompt": "consent",
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        return f"{self.app.accounts_url}/authorize?{urlencode(asked)}"

    def read_code(self, address: str) -> str:
        """The code in the address that the browser was sent to.

        Raises: AccessError where consent was refused; SettingsError for a scope that the app may not ask for; ProtocolError
        where the answer is not one to this question.
        """
        told = dict(parse_qsl(urlsplit(address.strip()).query))
        if not secrets.compare_digest(told.get("state", "").encode(), self.state.encode()):
            raise ProtocolError("The browser came back with the answer to another login.", hint=_AGAIN)
        if "error" in told:
            _refuse(told["error"], told.get("error_description", ""))
        if not told.get("code"):
            raise ProtocolError("The browser came back without a code.", hint=_AGAIN)
        return told["code"]


def _refuse(error: str, description: str) -> None:
    words = f"{error}: {description}"[:300].rstrip(". :")
    if error == "invalid_scope":
        raise SettingsError(
            f"The app may not ask for all the scopes ({words}).",
            setting="scopes",
            hint="Add them under Permissions at https://developer.atlassian.com/console/myapps; "
            "`confluence-assets login --scopes` prints them.",
        )
    if error == "access_denied":
        raise AccessError(f"The login was not allowed ({words}).", hint="Press Accept on the page that asks. " + _AGAIN)
    raise ProtocolError(f"The login failed ({words}).", hint=_AGAIN)


def with_offline_access(scopes: Iterable[str]) -> tuple[str, ...]:
    """The scopes, and the one without which there is no refresh token."""
    return (*dict.fromkeys(scopes), "offline_access")
