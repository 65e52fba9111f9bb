"""Which site this is, who we are there, and whether it lets anybody in."""

import threading
from contextlib import closing
from urllib.parse import parse_qs, urlsplit

from confluence_assets.api.caller import Caller
from confluence_assets.api.cloud import endpoints
from confluence_assets.api.fields import text_of
from confluence_assets.api.paging import payload_of
from confluence_assets.api.source import Account, SiteIdentity
from confluence_assets.errors import AccessError, ApiError, NotFoundError, ProtocolError, SettingsError

_GATEWAY_PATH = "/ex/confluence/"
_ROWS = 250


class CloudIdentity:
    """Answers of the site about itself; its identity is asked once.

    `site_url` is the site's own origin, also where we talk to it through the gateway; None where only the gateway is known.
    """

    def __init__(self, caller: Caller, site_url: str | None, cloud_id: str | None = None) -> None:
        self._caller = caller
        self._site_url = site_url.rstrip("/") if site_url else caller.transport.root
        self._is_direct = _GATEWAY_PATH not in caller.transport.root
        self._cloud_id = cloud_id
        self._lock = threading.Lock()
        self._site: SiteIdentity | None = None

    @property
    def link_base(self) -> str:
        """Where browser links start, unless an answer says it better."""
        return f"{self._site_url}/wiki"

    def get_site(self) -> SiteIdentity:
        with self._lock:
            if self._site is None:
                cloud_id = self._cloud_id or self._ask_cloud_id()
                self._site = SiteIdentity(cloud_id or self.link_base, self.link_base, "cloud")
            return self._site

    def _ask_cloud_id(self) -> str | None:
        """The cloudId; None where the site has none to tell, so that its address is its identity."""
        try:
            reply = self._caller.ask(endpoints.TENANT_INFO, with_credentials=False)
        except (NotFoundError, ProtocolError, AccessError):
            return None
        return text_of(payload_of(reply, endpoints.TENANT_INFO.label).get("cloudId"))

    def get_account(self) -> Account:
        try:
            user = self._caller.get(endpoints.CURRENT_USER)
        except NotFoundError as error:
            raise SettingsError(
                f"There is no Confluence at {self._caller.transport.root}.",
                setting="CONFLUENCE_URL",
                hint="Check CONFLUENCE_URL: https://<your site>.atlassian.net for Cloud.",
            ) from error
        account_id = text_of(user.get("accountId"))
        if user.get("type") == "anonymous" or account_id is None:
            raise AccessError(
                f"{self._caller.transport.root} takes us for anonymous: the credentials were not looked at.",
                method="GET",
                hint="Check CONFLUENCE_EMAIL and CONFLUENCE_API_TOKEN.",
            )
        return Account(
            account_id,
            str(user.get("displayName") or user.get("publicName") or account_id),
            str(user.get("accountType") or "unknown"),
            text_of(user.get("timeZone")),
            text_of(user.get("email")),
        )

    def get_anonymous_access(self) -> bool | None:
        if self._is_direct:
            return _sees_spaces(self._caller)
        if self._site_url == self._caller.transport.root:
            return None  # only the gateway is known, which lets nobody in without credentials, whatever the site does
        with closing(self._caller.transport.open_sibling(self._site_url)) as transport:
            return _sees_spaces(Caller(transport))


def _sees_spaces(caller: Caller) -> bool | None:
    """Whether anybody sees a space without credentials; None where that could not be asked.

    Pages hold what is left of them once the hidden spaces are taken out, so that an empty one may not be the last.
    """
    cursor: str | None = None
    seen: set[str] = set()
    while True:
        parameters = {"limit": _ROWS, "cursor": cursor}
        try:
            payload = payload_of(
                caller.ask(endpoints.SPACES, parameters, with_credentials=False), endpoints.SPACES.label
            )
        except (AccessError, NotFoundError):
            return False
        except ApiError:
            return None
        if payload.get("results"):
            return True
        link = str((payload.get("_links") or {}).get("next") or "")
        cursor = parse_qs(urlsplit(link).query).get("cursor", [None])[0]
        if cursor is None:
            return False
        if cursor in seen:
            return None
        seen.add(cursor)
