"""The token endpoint of Atlassian's accounts, and the list of sites that a token reaches. Each refusal in words."""

import json
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from confluence_assets.api.auth import AuthFlow, AuthKind, BearerAuth
from confluence_assets.api.limits import RateLimits, read_retry_after
from confluence_assets.api.oauth.app import APPS_PAGE, OAuthApp
from confluence_assets.api.oauth.login import Tokens
from confluence_assets.api.oauth.pauses import SharedPause
from confluence_assets.api.transport import Transport, TransportOptions
from confluence_assets.api.wire import Outgoing, Reply, Request
from confluence_assets.errors import AccessError, ProtocolError, SettingsError, TransientError

_REFUSALS = frozenset({400, 401, 403})
_THROTTLED = 429
_ENDED = frozenset({"invalid_grant", "unauthorized_client"})
_SECRETS_KEPT = 40
_LONG_PAUSE_SECONDS = 3600.0
_PATIENCE_SECONDS = 15.0
"""How long an answer may take: meanwhile the login is locked, and everybody who uses it waits."""
LOGIN_AGAIN = "Run `confluence-assets login` again."


class LoginEndedError(SettingsError):
    """The refresh token is worth nothing any more: only a person can log in again."""


@dataclass(frozen=True, slots=True)
class ReachedSite:
    """A site that a grant opens."""

    cloud_id: str
    url: str
    name: str
    scopes: tuple[str, ...] = ()


class _Hidden:
    """Sends no Authorization header, and knows what no error may show: the app's secret, and what was sent lately."""

    kind: AuthKind = "none"
    variables: tuple[str, ...] = ()

    def __init__(self, *secrets: str) -> None:
        self._fixed = secrets
        self.secrets = secrets

    def know(self, sent: tuple[str, ...]) -> None:
        lately = [*sent, *self.secrets[len(self._fixed) :]]
        self.secrets = (*self._fixed, *dict.fromkeys(lately[:_SECRETS_KEPT]))

    def flow(self, outgoing: Outgoing) -> AuthFlow:
        yield outgoing


class TokenEndpoint:
    """Asks for tokens in the name of one app. Safe to use from several threads."""

    def __init__(self, app: OAuthApp, options: TransportOptions | None = None) -> None:
        self.app = app
        self._options = replace(options or TransportOptions(), allow_writes=True, debug=None)  # no log holds a token
        self._hidden = _Hidden(app.client_secret)
        patience = min(self._options.read_timeout_seconds, _PATIENCE_SECONDS)
        self._transport = Transport(
            app.accounts_url, self._hidden, replace(self._options, read_timeout_seconds=patience)
        )
        self._limits = RateLimits(self._options.retry, self._options.clock)
        self._silent_until = 0.0
        self._shared = SharedPause(None, self._options.clock)

    def share_pause(self, path: Path | None) -> None:
        """Keep the pauses that other processes were asked for, and tell them of ours, by that file."""
        self._shared = SharedPause(path, self._options.clock)

    def wait(self) -> None:
        """Keep the pause that the host asked for; nobody who holds a lock should. Raises: TransientError where it is too long."""
        self._adopt(self._shared.left_seconds())
        if self._options.clock.monotonic() < self._silent_until:
            raise self._throttled("It asks for a longer wait than we keep; run again later.")
        self._limits.wait()

    def _adopt(self, seconds: float) -> None:
        if seconds > self._options.retry.longest_pause_seconds:
            self._silent_until = max(self._silent_until, self._options.clock.monotonic() + seconds)
        elif seconds > self._limits.left_seconds():
            self._limits.pause_for(seconds)

    def redeem_code(self, code: str, redirect_uri: str, verifier: str) -> Tokens:
        """The first tokens of a login. Raises: SettingsError for the app's secret; AccessError for the code."""
        asked = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        reply = self._post(asked | {"code_verifier": verifier}, is_safe=False)
        if reply.status != 200:
            self._refuse_app(reply)
            raise AccessError(
                f"{self.app.accounts_url} did not accept the code of this login ({self._words(reply)}).",
                status=reply.status,
                hint="A code lives for five minutes and serves once. " + LOGIN_AGAIN,
            )
        return self._tokens(reply)

    def refresh(self, refresh_token: str) -> Tokens:
        """New tokens for an old refresh token, which may be sent again for ten minutes should the answer get lost.

        Raises: LoginEndedError where it is worth nothing any more; SettingsError for the app's secret.
        """
        reply = self._post({"grant_type": "refresh_token", "refresh_token": refresh_token}, is_safe=True)
        if reply.status != 200:
            self._refuse_app(reply)
            if _error_of(reply) in _ENDED:
                raise LoginEndedError(self._words(reply), setting="login")
            self._refuse_otherwise(reply)
        return self._tokens(reply)

    def get_service_token(self) -> Tokens:
        """A token for the app's own account (client credentials). Raises: SettingsError."""
        reply = self._post({"grant_type": "client_credentials"}, is_safe=True)
        if reply.status != 200:
            self._refuse_app(reply)
            if _error_of(reply) in _ENDED:
                raise SettingsError(
                    f"The app of {self.app.client_id_env} may not use client credentials ({self._words(reply)}).",
                    setting="CONFLUENCE_CONNECTION",
                    hint="They are made for a service account, at https://admin.atlassian.com; for an app of the developer "
                    "console set CONFLUENCE_CONNECTION=oauth, and run `confluence-assets login`.",
                )
            self._refuse_otherwise(reply)
        return self._tokens(reply)

    def get_sites(self, tokens: Tokens) -> list[ReachedSite]:
        """The Confluence sites that the token opens, each once: one with several products is listed for each of them."""
        with closing(Transport(self.app.api_url, BearerAuth(tokens.access_token), self._options)) as transport:
            path = "/oauth/token/accessible-resources"
            rows = transport.send(Request("GET", path, label=f"GET {path}", is_safe=True)).payload
        if not isinstance(rows, list):
            raise ProtocolError(f"{self.app.api_url} did not list the sites of the login.")
        found: dict[str, ReachedSite] = {}
        for row in rows:
            before = found.get(row["id"])
            scopes = tuple(sorted({*row.get("scopes", ()), *(before.scopes if before else ())}))
            found[row["id"]] = ReachedSite(row["id"], str(row["url"]).rstrip("/"), str(row.get("name") or ""), scopes)
        return list(found.values())

    def _post(self, fields: Mapping[str, str], *, is_safe: bool) -> Reply:
        app = self.app
        self._hidden.know(
            tuple(fields[name] for name in ("code", "code_verifier", "refresh_token") if fields.get(name))
        )
        body = json.dumps({**fields, "client_id": app.client_id, "client_secret": app.client_secret}).encode()
        try:
            reply = self._transport.send(
                Request(
                    "POST",
                    "/oauth/token",
                    body=body,
                    headers={"Content-Type": "application/json"},
                    label="POST /oauth/token",
                    is_safe=is_safe,
                    judged=_REFUSALS | {_THROTTLED},
                )
            )
        finally:
            self._transport.close()  # its connections; the next token is an hour away
        if reply.status == _THROTTLED:
            self._note_pause(reply)
        self._limits.note_success({})
        return reply

    def _note_pause(self, reply: Reply) -> NoReturn:
        clock = self._options.clock
        if self._limits.note_refusal(reply.status, reply.headers) == float("inf"):
            asked = read_retry_after(reply.headers, clock.now()) or _LONG_PAUSE_SECONDS
            self._silent_until = clock.monotonic() + min(asked, _LONG_PAUSE_SECONDS)
            self._shared.tell(min(asked, _LONG_PAUSE_SECONDS))
            self.wait()
        self._shared.tell(self._limits.left_seconds())
        raise self._throttled("")

    def _throttled(self, hint: str) -> TransientError:
        return TransientError(
            f"{self.app.accounts_url} limits how often tokens may be asked for (429).",
            method="POST",
            url=f"{self.app.accounts_url}/oauth/token",
            status=_THROTTLED,
            hint=hint,
        )

    def _tokens(self, reply: Reply) -> Tokens:
        payload: Any = reply.payload
        if not isinstance(payload, dict) or not payload.get("access_token"):
            raise ProtocolError(f"{self.app.accounts_url} answered without a token.", status=reply.status)
        return Tokens(
            str(payload["access_token"]),
            str(payload.get("refresh_token") or ""),
            time.time() + float(payload.get("expires_in") or 3600),
            tuple(str(payload.get("scope") or "").split()),
        )

    def _refuse_app(self, reply: Reply) -> None:
        if reply.status == 401 or _error_of(reply) in ("access_denied", "invalid_client"):
            raise SettingsError(
                f"{self.app.accounts_url} did not accept the id and secret of the OAuth app ({self._words(reply)}).",
                setting=self.app.client_secret_env,
                hint=f"Check {self.app.client_id_env} and {self.app.client_secret_env}: {APPS_PAGE} shows both, under Settings.",
            )

    def _refuse_otherwise(self, reply: Reply) -> NoReturn:
        raise ProtocolError(f"{self.app.accounts_url} gave no token ({self._words(reply)}).", status=reply.status)

    def _words(self, reply: Reply) -> str:
        """`403: refresh_token is invalid`, without the secrets that the host tells back."""
        said = reply.payload.get("error_description") if isinstance(reply.payload, dict) else None
        words = self._transport.redactor.excerpt(str(said or _error_of(reply)), 200).rstrip(".")
        return f"{reply.status}: {words}" if words else str(reply.status)


def _error_of(reply: Reply) -> str:
    return str(reply.payload.get("error") or "") if isinstance(reply.payload, dict) else ""
