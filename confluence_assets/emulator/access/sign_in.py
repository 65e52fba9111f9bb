"""Who a request comes from, and what keeps it out.

Basic authentication with e-mail and token. A token is what the seed gave the account: `admin` for `admin@example.com`, and
the part before the @ for the others; a user may also carry further tokens later (OAuth, personal access tokens).
"""

import base64
import binascii

from confluence_assets.emulator.access.viewer import Viewer
from confluence_assets.emulator.config import Switches
from confluence_assets.emulator.store.model import User
from confluence_assets.emulator.store.store import Store

ADMIN_KEY_HEADER = "atl-confluence-with-admin-key"


class WrongCredentials(Exception):
    """The credentials are none of ours: 401."""


class Door:
    """Turns headers into a `Viewer`; viewers are kept, since they remember what they may read."""

    def __init__(self, store: Store, switches: Switches) -> None:
        self.store = store
        self.switches = switches
        self._viewers: dict[tuple[str, bool], Viewer] = {}
        self._users: dict[str, User] = {}
        self._generation = -1

    def viewer(self, headers: dict[str, str], now_ms: int) -> Viewer:
        """The caller behind the headers. Raises: WrongCredentials."""
        authorization = headers.get("authorization")
        if authorization is None:
            return self.as_user(None)
        user = self._user(authorization)
        wants_key = headers.get(ADMIN_KEY_HEADER, "").lower() == "true"
        return self.as_user(user, has_admin_key=wants_key and self.has_admin_key(user, now_ms))

    def has_admin_key(self, user: User, now_ms: int) -> bool:
        return self.store.admin_keys.get(user.account_id, 0) > now_ms

    def as_user(self, user: User | None, *, has_admin_key: bool = False) -> Viewer:
        key = (user.account_id if user else "", has_admin_key)
        viewer = self._viewers.get(key)
        if viewer is None or viewer.user is not user:
            viewer = Viewer(self.store, self.switches, user, has_admin_key=has_admin_key)
            self._viewers[key] = viewer
        return viewer

    def everything(self) -> Viewer:
        return Viewer(self.store, self.switches, None, sees_all=True)

    def _user(self, authorization: str) -> User:
        if self._generation != self.store.generation:
            self._generation = self.store.generation
            self._users.clear()
        user = self._users.get(authorization)
        if user is None:
            user = self._users[authorization] = self._check(authorization)
        return user

    def _check(self, authorization: str) -> User:
        scheme, _, value = authorization.partition(" ")
        if scheme.lower() != "basic":
            raise WrongCredentials  # bearer tokens belong to the gateway
        try:
            email, _, token = base64.b64decode(value.strip(), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise WrongCredentials from None
        user = self.store.user_by_email(email)
        if user is None or not user.token or user.token != token or user.status != "active":
            raise WrongCredentials
        return user
