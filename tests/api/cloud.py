"""A scripted Cloud site for quirks that only one answer in a thousand has."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from confluence_assets.api import Connection, Scope, SpaceRef, connect
from confluence_assets.api.cloud.source import CloudSource
from tests.api.clock import OwnedTime, quick_options
from tests.api.server import ScriptedSite

WHOLE = Scope((SpaceRef("1", "ENG"),), True)
ONE_SPACE = Scope((SpaceRef("1", "ENG"),), False)
SEARCH = "/wiki/rest/api/content/search"


@contextmanager
def source_of(site: ScriptedSite, time: OwnedTime | None = None, **policy: Any) -> Iterator[CloudSource]:
    connection = Connection(site.url, "me@example.com", "token", deployment="cloud")
    source = connect(connection, options=quick_options(time, **policy))
    assert isinstance(source, CloudSource)
    try:
        yield source
    finally:
        source.close()


def listing(rows: list[dict[str, Any]], following: str | None = None, **more: Any) -> dict[str, Any]:
    links = {"base": "https://acme.atlassian.net/wiki"} | ({"next": following} if following else {})
    return {"results": rows, "_links": links, **more}


def principals(*rows: dict[str, Any], limit: int = 200) -> dict[str, Any]:
    return {"results": list(rows), "start": 0, "limit": limit, "size": len(rows), "_links": {}}


def restrictions(read_users: dict[str, Any] | None = None, read_groups: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "read": {
            "operation": "read",
            "restrictions": {"user": read_users or principals(), "group": read_groups or principals()},
        },
        "update": {"operation": "update", "restrictions": {"user": principals(), "group": principals()}},
    }


def found_page(content_id: str, **more: Any) -> dict[str, Any]:
    return {
        "id": content_id,
        "type": "page",
        "status": "current",
        "title": f"Page {content_id}",
        "space": {"id": 1, "key": "ENG"},
        "version": {"number": 1},
        "metadata": {"labels": principals()},
        "restrictions": restrictions(),
        **more,
    }


def found_comment(
    content_id: str, *, location: str = "footer", replies: bool | None = False, **more: Any
) -> dict[str, Any]:
    return {
        "id": content_id,
        "type": "comment",
        "status": "current",
        "title": "Re: Page",
        "space": {"key": "ENG"},
        "container": {"id": "7", "type": "page"},
        "ancestors": [],
        **({} if replies is None else {"childTypes": {"comment": {"value": replies, "_links": {}}}}),
        "extensions": {"location": location},
        "version": {"number": 1, "when": "2026-01-02T03:04:05.000Z", "by": {"accountId": "a1"}},
        "_links": {"webui": f"/x/{content_id}"},
        **more,
    }


def listed_comment(content_id: str, **more: Any) -> dict[str, Any]:
    return {
        "id": content_id,
        "status": "current",
        "pageId": "7",
        "version": {"number": 1, "createdAt": "2026-01-02T03:04:05.000Z", "authorId": "a1"},
        "body": {"storage": {"representation": "storage", "value": f"<p>{content_id}</p>"}},
        "_links": {"webui": f"/x/{content_id}"},
        **more,
    }
