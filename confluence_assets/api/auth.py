"""Who we say we are: each `Auth` decorates an outgoing request.

An `Auth` is a generator: it yields the request as it is to be sent, is sent the reply, and may yield again. A token
that has to be refreshed after a 401 is therefore a matter of its own `flow`; transport and client need not change.
"""

import base64
import re
from collections.abc import Generator
from typing import Literal, Protocol

from confluence_assets.api.wire import Outgoing, Reply
from confluence_assets.errors import SettingsError

_TOKEN = re.compile(r"[!#-&(-~]+")
"""Printable ASCII without blanks and quotation marks."""

AuthKind = Literal["none", "basic", "bearer", "oauth", "service"]
"""`oauth` is a person's login, `service` the credentials of a service account."""

AuthFlow = Generator[Outgoing, Reply, None]


def check_token(token: str, variable: str) -> str:
    """The token without white space around it. Raises: SettingsError for what can be none; it is not repeated."""
    found = token.strip()
    if _TOKEN.fullmatch(found):
        return found
    raise SettingsError(
        f"{variable} holds a character that no token has: a quotation mark, a blank, a line end, or a letter of another script.",
        setting=variable,
        hint="Copy the token again: whole, in one line, and without quotation marks.",
    )


class Auth(Protocol):
    """Decorates requests to the configured origin. Used from several threads."""

    @property
    def kind(self) -> AuthKind:
        """What the words of a 401 are chosen by."""
        ...

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything that must not be read anywhere; asked each time an error is made."""
        ...

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variables that the credentials come from: what people are told to look at."""
        ...

    def flow(self, outgoing: Outgoing) -> AuthFlow:
        """Yield the request to send, receive its reply, and yield again for another try."""
        ...


class NoAuth:
    """Sends no credentials: as anonymous."""

    kind: AuthKind = "none"
    secrets: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()

    def flow(self, outgoing: Outgoing) -> AuthFlow:
        yield outgoing


class _HeaderAuth:
    """One fixed Authorization header."""

    def __init__(self, kind: AuthKind, header: str, secrets: tuple[str, ...], variables: tuple[str, ...]) -> None:
        self.kind = kind
        self.variables = variables
        self._header = header
        self.secrets = secrets

    def __repr__(self) -> str:
        return f"{type(self).__name__}(***)"

    def flow(self, outgoing: Outgoing) -> AuthFlow:
        outgoing.headers["Authorization"] = self._header
        yield outgoing


class BasicAuth(_HeaderAuth):
    """E-mail and API token (Cloud), or user name and password (Data Center)."""

    def __init__(self, username: str, password: str, *, token_env: str = "CONFLUENCE_API_TOKEN") -> None:  # noqa: S107  # the name of a variable
        pair = base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
        super().__init__("basic", f"Basic {pair}", (password, pair), ("CONFLUENCE_EMAIL", token_env))


class BearerAuth(_HeaderAuth):
    """A personal access token, or an access token that somebody else keeps fresh."""

    def __init__(self, token: str, *, token_env: str = "CONFLUENCE_PAT") -> None:  # noqa: S107  # the name of a variable
        super().__init__("bearer", f"Bearer {token}", (token,), (token_env,))
