"""Which server this is, in which version, who we are there, and whether it lets anybody in."""

import re
import threading

from confluence_assets.api.datacenter import endpoints
from confluence_assets.api.datacenter.caller import DatacenterCaller
from confluence_assets.api.fields import text_of
from confluence_assets.api.paging import payload_of
from confluence_assets.api.source import Account, SiteIdentity
from confluence_assets.api.wire import JsonObject
from confluence_assets.errors import (
    AccessError,
    ApiError,
    NotFoundError,
    ProtocolError,
    SettingsError,
    UnavailableError,
)

Release = tuple[int, int]
_RELEASE = re.compile(r"(\d+)\.(\d+)")
_NOT_THERE = (NotFoundError, UnavailableError, ProtocolError)


class DatacenterIdentity:
    """Answers of the server about itself; its version is asked once."""

    def __init__(self, caller: DatacenterCaller) -> None:
        self._caller = caller
        self._lock = threading.Lock()
        self._site: SiteIdentity | None = None
        self.current_user: JsonObject | None = None
        """What the server last said of ourselves."""

    def get_site(self) -> SiteIdentity:
        """The site by its base URL. Raises: AccessError where we are nobody there."""
        with self._lock:
            if self._site is None:
                told = self._ask_server()
                base = str(told.get("baseUrl") or told.get("url") or self._caller.transport.root).rstrip("/")
                self._site = SiteIdentity(base, base, "datacenter", text_of(told.get("version")))
            return self._site

    def is_before(self, release: Release) -> bool | None:
        """Whether the server is older than that release; None where it does not tell its version."""
        found = _RELEASE.match(self.get_site().version or "")
        return None if found is None else (int(found[1]), int(found[2])) < release

    def _ask_server(self) -> JsonObject:
        """What the server tells of itself: by its own call (8.4 and later), or to application links, which needs no account."""
        try:
            return self._caller.get(endpoints.SERVER_INFORMATION)
        except _NOT_THERE:
            pass
        try:
            reply = self._caller.ask(endpoints.MANIFEST, with_credentials=False)
            return payload_of(reply, endpoints.MANIFEST.label)
        except (*_NOT_THERE, AccessError):
            return {}

    def is_read_only(self) -> bool | None:
        """Whether the server takes no writes for now; None where it does not say."""
        try:
            mode = self._caller.ask(endpoints.ACCESS_MODE).payload
        except (*_NOT_THERE, AccessError):
            return None
        return bool(mode == "READ_ONLY")

    def get_account(self) -> Account:
        """Who the server takes us for. Raises: AccessError for nobody, SettingsError where there is no Confluence."""
        try:
            user = self._caller.get(endpoints.CURRENT_USER)
        except NotFoundError as error:
            raise SettingsError(
                f"There is no Confluence at {self._caller.transport.root}.",
                setting="CONFLUENCE_URL",
                hint="Check CONFLUENCE_URL: the address as in a browser, with the context path where there is one "
                "(https://wiki.example.com/confluence); for Cloud https://<your site>.atlassian.net.",
            ) from error
        key = text_of(user.get("userKey"))
        if user.get("type") == "anonymous" or key is None:
            raise AccessError(
                f"{self._caller.transport.root} takes us for anonymous: the credentials were not looked at.",
                method="GET",
                hint="Check CONFLUENCE_PAT, or user name and password.",
            )
        self.current_user = user
        name = str(user.get("displayName") or user.get("username") or key)
        return Account(key, name, "user", text_of(user.get("timeZone")), text_of(user.get("email")))

    def get_anonymous_access(self) -> bool | None:
        """Whether anybody sees a space without credentials; None where that could not be asked."""
        try:
            reply = self._caller.ask(endpoints.SPACES, {"limit": 1}, with_credentials=False)
        except (AccessError, NotFoundError):
            return False
        except ApiError:
            return None
        return bool(payload_of(reply, endpoints.SPACES.label).get("results"))
