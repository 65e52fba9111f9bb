"""Who asks a Data Center: Basic with user name and password, or a personal access token as Bearer.

Password and token of an account are its user name (`admin` for the administrator). A token that is wrong makes nobody of the
caller: the request goes on as anonymous, and only `X-AUSERNAME` tells. A wrong password is refused.
"""

import base64
import binascii

from confluence_assets.emulator.access.sign_in import Door, WrongCredentials
from confluence_assets.emulator.access.viewer import Viewer
from confluence_assets.emulator.datacenter.switches import DatacenterSwitches
from confluence_assets.emulator.store.model import User
from confluence_assets.emulator.store.store import Store


class DatacenterDoor(Door):
    """Turns headers into a `Viewer`. `tokens` are personal access tokens beyond the first, by account."""

    def __init__(self, store: Store, quirks: DatacenterSwitches) -> None:
        super().__init__(store, quirks)
        self.quirks = quirks
        self.tokens: dict[str, str] = {}

    def viewer(self, headers: dict[str, str], now_ms: int) -> Viewer:
        """The caller behind the headers. Raises: WrongCredentials."""
        authorization = headers.get("authorization")
        if authorization is None:
            return self.as_user(None)
        scheme, _, value = authorization.partition(" ")
        if scheme.lower() == "bearer":
            user = self._by_token(value.strip())
            if user is None and self.quirks.failed_bearer == "401":
                raise WrongCredentials
            return self.as_user(user)
        return self.as_user(self._user(authorization))

    def _by_token(self, token: str) -> User | None:
        owner = self.tokens.get(token)
        user = self.store.users.get(owner) if owner else self.store.user_by_name(token)
        if user is None or user.status != "active" or (owner is None and user.token != token):
            return None
        return user

    def _check(self, authorization: str) -> User:
        scheme, _, value = authorization.partition(" ")
        if scheme.lower() != "basic":
            raise WrongCredentials
        try:
            name, _, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise WrongCredentials from None
        user = self.store.user_by_name(name)
        if user is None or not user.token or user.token != password or user.status != "active":
            raise WrongCredentials
        return user
