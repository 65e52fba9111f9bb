"""A running site of either deployment, and clients that may write to it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from confluence_assets.api import ConfluenceClient, Connection
from confluence_assets.emulator import EmbeddedSite, SiteConfig
from tests.api.clock import OwnedTime, quick_options

DEPLOYMENTS = ("cloud", "datacenter")
WRITES = {
    "create": {"cloud": "POST /wiki/api/v2/pages", "datacenter": "POST /rest/api/content"},
    "update": {"cloud": "PUT /wiki/api/v2/pages/{id}", "datacenter": "PUT /rest/api/content/{id}"},
    "delete": {"cloud": "DELETE /wiki/api/v2/pages/{id}", "datacenter": "DELETE /rest/api/content/{id}"},
    "upload": {
        "cloud": "POST /wiki/rest/api/content/{id}/child/attachment",
        "datacenter": "POST /rest/api/content/{id}/child/attachment",
    },
    "upload_data": {
        "cloud": "POST /wiki/rest/api/content/{id}/child/attachment/{attachmentId}/data",
        "datacenter": "POST /rest/api/content/{id}/child/attachment/{attachmentId}/data",
    },
    "create_property": {
        "cloud": "POST /wiki/api/v2/pages/{page-id}/properties",
        "datacenter": "POST /rest/api/content/{id}/property",
    },
    "update_property": {
        "cloud": "PUT /wiki/api/v2/pages/{page-id}/properties/{property-id}",
        "datacenter": "PUT /rest/api/content/{id}/property/{key}",
    },
    "delete_property": {
        "cloud": "DELETE /wiki/api/v2/pages/{page-id}/properties/{property-id}",
        "datacenter": "DELETE /rest/api/content/{id}/property/{key}",
    },
}
"""The route of each write, where faults are put."""


@dataclass
class Live:
    """A site, a client of its administrator that may write, and the clock that its waiting runs by."""

    site: EmbeddedSite
    deployment: str
    client: ConfluenceClient
    time: OwnedTime

    @property
    def key(self) -> str:
        """The key of a space that stays open."""
        return str(self.spaces[0]["key"])

    @property
    def spaces(self) -> list[dict[str, Any]]:
        return sorted(self.site.control.dump("space"), key=lambda row: int(row["id"]))

    def fault(self, kind: str, write: str, **fields: Any) -> None:
        self.site.control.fault(kind, route=WRITES[write][self.deployment], **fields)

    def counted(self, write: str) -> int:
        """How often that write came to the server since the last reset."""
        name = WRITES[write][self.deployment]
        return int(self.site.control.stats()["by_endpoint"].get(name, 0))

    def pages_titled(self, title: str) -> list[dict[str, Any]]:
        return [row for row in self.site.control.dump("page") if row["title"] == title]


def connection_of(site: EmbeddedSite, deployment: str, email: str = "admin@example.com", **more: Any) -> Connection:
    name = email.partition("@")[0]
    if deployment == "cloud":
        return Connection(site.url, email, name, deployment="cloud", **more)
    return Connection(site.url, pat=name, deployment="datacenter", **more)


@contextmanager
def live(deployment: str, shape: str = "small", **changes: Any) -> Iterator[Live]:
    found = {} if deployment == "cloud" else {"deployment": "datacenter", "context_path": "/confluence"}
    with ExitStack() as stack:
        site = stack.enter_context(EmbeddedSite(SiteConfig.shape(shape, **found, **changes)))
        time = OwnedTime()
        connection = connection_of(site, deployment, allow_writes=True)
        client = stack.enter_context(ConfluenceClient(connection, options=quick_options(time)))
        yield Live(site, deployment, client, time)


def reader_only(at: Live, key: str) -> str:
    """A space in which reader@example.com may read and nothing else; its key."""
    control = at.site.control
    control.edit("create_user", email="reader@example.com", name="Reader")
    control.edit("create_space", key=key, name="Shut", private=True)
    control.edit("grant", space=key, principal_type="user", principal_id="reader@example.com")
    return key
