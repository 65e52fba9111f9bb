"""Apps, codes and tokens of one site, with their lifetimes (facts, section 12)."""

import base64
import hashlib
import time
from dataclasses import dataclass, field

from confluence_assets.emulator.clock import Clock
from confluence_assets.emulator.config import Switches
from confluence_assets.emulator.store.model import User
from confluence_assets.emulator.store.store import Store

CODE_SECONDS = 300
IDLE_SECONDS = 90 * 86_400
CONSENT_SECONDS = 365 * 86_400
DEFAULT_APP = ("embedded-app", "embedded-app-secret")
"""The id and secret of the app that every site knows; any address may be its redirect_uri."""


class OAuthError(Exception):
    """A refusal of the token endpoint."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description


@dataclass(slots=True)
class App:
    """A registered client. `account_id` is whom it acts as by client credentials; `scopes` None allows all."""

    client_id: str
    secret: str
    name: str
    redirect_uris: list[str] = field(default_factory=list)
    scopes: frozenset[str] | None = None
    account_id: str | None = None


@dataclass(slots=True)
class Consent:
    """What somebody has allowed an app to do."""

    app: App
    account_id: str
    scope: str
    since: float

    @property
    def scopes(self) -> frozenset[str]:
        return frozenset(self.scope.split())


@dataclass(slots=True)
class Code:
    """An authorization code: once, and soon."""

    consent: Consent
    redirect_uri: str
    challenge: str
    challenge_method: str
    until: float


@dataclass(slots=True)
class RefreshToken:
    """One link of the chain of refresh tokens."""

    consent: Consent
    issued: float
    rotated: float | None = None


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who is behind a token, and what it opens; `scopes` None is a token without scopes."""

    account_id: str
    scopes: frozenset[str] | None
    until: float = float("inf")


class Grants:
    """Everything that was granted. Time is the machine's, and moves on with the site's own clock as well."""

    def __init__(self, store: Store, clock: Clock, switches: Switches) -> None:
        self.store = store
        self.clock = clock
        self.switches = switches
        self._start_ms = clock.now_ms
        self.apps = {DEFAULT_APP[0]: App(*DEFAULT_APP, "Embedded app")}
        self.codes: dict[str, Code] = {}
        self.access: dict[str, Bearer] = {}
        self.refresh: dict[str, RefreshToken] = {}
        self.scoped: dict[tuple[str, str], Bearer] = {}  # account id and API token
        self.other_sites: list[dict[str, str]] = []

    def now(self) -> float:
        return time.time() + (self.clock.now_ms - self._start_ms) / 1000

    def make_token(self, kind: str) -> str:
        """A new secret; the same seed makes the same ones in the same order."""
        number = self.store.next_id(f"token-{kind}")
        digest = hashlib.sha256(f"{self.store.seed}/{kind}/{number}".encode()).digest()
        return f"{kind}{base64.urlsafe_b64encode(digest * 2).decode().rstrip('=')}"

    def user(self, account_id: str) -> User | None:
        """The account, where it is still active."""
        user = self.store.users.get(account_id)
        return user if user is not None and user.status == "active" else None

    # making

    def make_code(self, consent: Consent, redirect_uri: str, challenge: str, challenge_method: str) -> str:
        code = self.make_token("code")
        self.codes[code] = Code(consent, redirect_uri, challenge, challenge_method, self.now() + CODE_SECONDS)
        return code

    def issue(self, consent: Consent, *, with_refresh: bool = True) -> dict[str, str | int]:
        """The answer of the token endpoint."""
        now, seconds = self.now(), self.switches.access_token_seconds
        access = self.make_token("eyJ")
        self.access[access] = Bearer(consent.account_id, consent.scopes, now + seconds)
        answer: dict[str, str | int] = {
            "access_token": access,
            "expires_in": seconds,
            "token_type": "Bearer",
            "scope": consent.scope,
        }
        if with_refresh and "offline_access" in consent.scopes:
            refresh = self.make_token("r")
            self.refresh[refresh] = RefreshToken(consent, now)
            answer["refresh_token"] = refresh
        return answer

    # redeeming

    def app_of(self, client_id: str, secret: str) -> App:
        """Raises: OAuthError 401."""
        app = self.apps.get(client_id)
        if app is None or app.secret != secret:
            raise OAuthError(401, "access_denied", "Unauthorized")
        return app

    def redeem_code(self, app: App, text: str, redirect_uri: str, verifier: str) -> dict[str, str | int]:
        """Raises: OAuthError 403."""
        code = self.codes.pop(text, None)
        if code is None or code.consent.app is not app or code.until < self.now():
            raise OAuthError(403, "invalid_grant", "Invalid authorization code")
        if code.redirect_uri != redirect_uri:
            raise OAuthError(403, "invalid_grant", "The redirect URI is not the one of the authorization request")
        if code.challenge and code.challenge != _challenge(verifier, code.challenge_method):
            raise OAuthError(403, "invalid_grant", "Failed to verify code verifier")
        return self.issue(code.consent)

    def redeem_refresh(self, app: App, text: str) -> dict[str, str | int]:
        """A new pair; the old token goes on working for the leeway. Raises: OAuthError 403."""
        token, now = self.refresh.get(text), self.now()
        if token is None or token.consent.app is not app or self._is_over(token, now):
            if self.switches.oauth_refresh_error == "documented":
                raise OAuthError(403, "invalid_grant", "Unknown or invalid refresh token.")
            raise OAuthError(403, "unauthorized_client", "refresh_token is invalid")
        if token.rotated is None:
            token.rotated = now
        return self.issue(token.consent)

    def _is_over(self, token: RefreshToken, now: float) -> bool:
        if token.rotated is not None and now > token.rotated + self.switches.oauth_refresh_leeway_seconds:
            return True
        return now > token.issued + IDLE_SECONDS or now > token.consent.since + CONSENT_SECONDS

    def revoke(self, account_id: str) -> None:
        """Everything that was granted in that account's name."""
        self.codes = {key: code for key, code in self.codes.items() if code.consent.account_id != account_id}
        self.access = {key: one for key, one in self.access.items() if one.account_id != account_id}
        self.refresh = {key: one for key, one in self.refresh.items() if one.consent.account_id != account_id}
        self.scoped = {key: one for key, one in self.scoped.items() if one.account_id != account_id}

    # asking

    def bearer_of(self, authorization: str) -> Bearer | None:
        """Who comes with that header: an access token, or an e-mail and an API token with scopes."""
        scheme, _, value = authorization.partition(" ")
        if scheme.lower() == "bearer":
            found = self.access.get(value.strip())
        elif scheme.lower() == "basic":
            found = self._basic(value)
        else:
            return None
        is_good = found is not None and found.until > self.now() and self.user(found.account_id) is not None
        return found if is_good else None

    def _basic(self, value: str) -> Bearer | None:
        try:
            email, _, token = base64.b64decode(value.strip(), validate=True).decode().partition(":")
        except ValueError:
            return None
        user = self.store.user_by_email(email)
        if user is None:
            return None
        if self.switches.gateway_takes_unscoped_tokens and user.token and user.token == token:
            return Bearer(user.account_id, None)
        return self.scoped.get((user.account_id, token))


def _challenge(verifier: str, method: str) -> str:
    if method == "plain":
        return verifier
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
