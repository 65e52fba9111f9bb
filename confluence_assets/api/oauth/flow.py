"""Access tokens as an `Auth`: refreshed before they expire or after a 401, once for all threads and processes.

A token is saved before it is used: whoever dies between asking and saving leaves the old refresh token in the store, which the
token endpoint takes for ten minutes more. Where saving fails although it was tried before asking, the token serves from memory, and
each use tries to save it again. Source: api facts, section 12.
"""

import copy
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from confluence_assets.api.auth import AuthFlow, AuthKind
from confluence_assets.api.oauth.endpoint import LOGIN_AGAIN, LoginEndedError, TokenEndpoint
from confluence_assets.api.oauth.login import Login, Tokens, login_id_of
from confluence_assets.api.oauth.store import BusyLoginError, LoginStore
from confluence_assets.api.wire import Outgoing, Reply
from confluence_assets.errors import StorageError, TransientError

_LOGGER = logging.getLogger("confluence_assets")
_SECRETS_KEPT = 40


class TokenSource(Protocol):
    """Where access tokens come from. Safe to use from several threads."""

    @property
    def secrets(self) -> tuple[str, ...]: ...

    @property
    def variables(self) -> tuple[str, ...]: ...

    def get_token(self) -> str:
        """A token that serves for a while."""
        ...

    def replace_token(self, refused: str) -> str:
        """Another token in place of one that the site refused; the same where there is none to be had."""
        ...


class OAuthAuth:
    """Sends an access token, and a second one where the site does not know the first one any more."""

    def __init__(self, tokens: TokenSource, *, kind: AuthKind = "oauth") -> None:
        self.kind = kind
        self._tokens = tokens
        self._useless: set[str] = set()

    @property
    def secrets(self) -> tuple[str, ...]:
        return self._tokens.secrets

    @property
    def variables(self) -> tuple[str, ...]:
        return self._tokens.variables

    def flow(self, outgoing: Outgoing) -> AuthFlow:
        token = self._tokens.get_token()
        outgoing.headers["Authorization"] = f"Bearer {token}"
        reply = yield outgoing
        if not _is_token_refused(reply) or token in self._useless:
            return
        another = self._tokens.replace_token(token)
        if another == token:
            return
        outgoing.headers["Authorization"] = f"Bearer {another}"
        reply = yield outgoing
        if _is_token_refused(reply):
            self._useless.add(another)  # it is not the token's age: no third one is asked for


def _is_token_refused(reply: Reply) -> bool:
    """Whether a 401 is about the token itself, and not about what it may do."""
    return reply.status == 401 and b"scope" not in reply.body[:2000].lower()


class _Secrets:
    """Every secret that this process has held lately, for the redaction of errors."""

    def __init__(self, *first: str) -> None:
        self._fixed = first
        self._seen: dict[str, None] = {}

    def add(self, tokens: Tokens) -> None:
        for secret in (tokens.access_token, tokens.refresh_token):
            if secret:
                self._seen[secret] = None
        while len(self._seen) > _SECRETS_KEPT:
            del self._seen[next(iter(self._seen))]

    def told(self) -> tuple[str, ...]:
        return (*self._fixed, *self._seen)


class _SharedFailure:
    """Who waited while another thread failed gets that failure, and does not keep the next one waiting for the same."""

    def __init__(self) -> None:
        self._last: tuple[float, TransientError] | None = None

    @contextmanager
    def watched(self, since: float) -> Iterator[None]:
        """To be entered with the lock held; `since` is when the thread began to wait for it. Raises: TransientError."""
        if self._last is not None and self._last[0] >= since:
            raise copy.copy(self._last[1])
        try:
            yield
        except TransientError as error:
            self._last = (time.monotonic(), copy.copy(error))
            raise


class LoginTokens:
    """The tokens of a login in a store, which other processes use at the same time."""

    def __init__(self, store: LoginStore, login: Login, endpoint: TokenEndpoint) -> None:
        self._store = store
        self._login = login
        self._endpoint = endpoint
        endpoint.share_pause(store.path_of(login.login_id).with_suffix(".pause"))
        self._secrets = _Secrets(endpoint.app.client_secret)
        self._secrets.add(login.tokens)
        self._failure = _SharedFailure()
        self._unsaved: tuple[Login, Login] | None = None
        """What was renewed and could not be saved: as it stands in the store, and as it is."""

    @property
    def secrets(self) -> tuple[str, ...]:
        return self._secrets.told()

    @property
    def variables(self) -> tuple[str, ...]:
        return self._endpoint.app.variables

    def get_token(self) -> str:
        """Raises: LoginEndedError, SettingsError, StorageError, TransientError."""
        if self._unsaved is not None:
            self._save_again()
        tokens = self._login.tokens
        return tokens.access_token if tokens.is_fresh() else self.replace_token(tokens.access_token)

    def replace_token(self, refused: str) -> str:
        """The token that somebody else has got meanwhile, or a new one, saved before it is used."""
        self._endpoint.wait()
        since = time.monotonic()
        with self._locked(), self._failure.watched(since):
            stored = self._read()
            if stored.tokens.access_token == refused or not stored.tokens.is_fresh():
                stored = self._refresh(stored)
            self._secrets.add(stored.tokens)
            self._login = stored
        return stored.tokens.access_token

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Raises: TransientError where others have been asking for too long; StorageError."""
        try:
            with self._store.locked(self._login.login_id):
                yield
        except BusyLoginError as error:
            raise TransientError(
                f"{self._endpoint.app.accounts_url} gives no token: {error.message}",
                hint="It answers others slowly or not at all; or a process of yours hangs. Run again later.",
            ) from None

    def _read(self) -> Login:
        """The login as it is, be it saved or not."""
        stored = self._store.read(self._login.login_id)
        if self._unsaved is None:
            return stored
        before, renewed = self._unsaved
        if stored == before:
            return renewed
        self._unsaved = None  # somebody else has saved another one meanwhile
        return stored

    def _save_again(self) -> None:
        with suppress(StorageError), self._store.locked(self._login.login_id):  # still not: at the next use
            renewed = self._read()
            if self._unsaved is not None:
                self._store.save(renewed)
                self._unsaved = None

    def _refresh(self, stored: Login) -> Login:
        if stored.refused:
            raise _ended(stored)
        if not stored.tokens.refresh_token:
            raise _ended(replace(stored, refused="there is no refresh token: the scope offline_access was not granted"))
        self._store.save(stored)  # proves that it can be written, before the old refresh token is given away
        self._unsaved = None
        try:
            renewed = stored.renewed(self._endpoint.refresh(stored.tokens.refresh_token))
        except LoginEndedError as error:
            ended = replace(stored, refused=error.message)
            with suppress(StorageError):  # not remembered: then it is asked again
                self._store.save(ended)
            raise _ended(ended) from None
        try:
            self._store.save(renewed)
        except StorageError as error:
            self._unsaved = (stored, renewed)
            _LOGGER.warning("A new token of the login is kept in memory and tried to be saved at each use. %s", error)
        return renewed


def _ended(login: Login) -> LoginEndedError:
    return LoginEndedError(
        f"The login to {login.site_url} has ended ({login.refused}): it was withdrawn, unused for 90 days, or is older than a year.",
        setting="login",
        hint=f"{LOGIN_AGAIN} Until then nothing is asked.",
    )


class ServiceTokens:
    """Tokens of a service account (client credentials): kept in memory, since there is always another one to be had.

    `folder` is where processes tell one another how long the token host wants them to wait.
    """

    def __init__(self, endpoint: TokenEndpoint, folder: Path | None = None) -> None:
        self._endpoint = endpoint
        endpoint.share_pause(folder and folder / f"{login_id_of(endpoint.app.client_id, 'service')}.pause")
        self._lock = threading.Lock()
        self._tokens: Tokens | None = None
        self._secrets = _Secrets(endpoint.app.client_secret)
        self._failure = _SharedFailure()

    @property
    def secrets(self) -> tuple[str, ...]:
        return self._secrets.told()

    @property
    def variables(self) -> tuple[str, ...]:
        return self._endpoint.app.variables

    def get_token(self) -> str:
        """Raises: SettingsError, TransientError."""
        tokens = self._tokens
        if tokens is not None and tokens.is_fresh():
            return tokens.access_token
        return self.replace_token(tokens.access_token if tokens else "")

    def replace_token(self, refused: str) -> str:
        self._endpoint.wait()
        since = time.monotonic()
        with self._lock, self._failure.watched(since):
            if self._tokens is None or self._tokens.access_token == refused:
                self._tokens = self._endpoint.get_service_token()
                self._secrets.add(self._tokens)
            return self._tokens.access_token
