"""Every writing call made once, with the refusals that it can meet, and recorded at the server."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from confluence_assets.emulator.stats import is_write
from confluence_assets.emulator.urls import build_router
from confluence_assets.emulator.urls.datacenter import build_datacenter_router
from confluence_assets.errors import ConfluenceAssetsError
from tests.api.writing import Live, live
from tests.conformance.documents import bare
from tests.conformance.recording import Exchange, recording

BODY = "<p>Written.</p>"
WRITING = """
## Writing operations

Made by the client's own writing calls (`tests/conformance/writes.py`); their answers, and on Cloud their requests, hold against
the document. Other writes of the real product are not embedded. `reset`, `cut`, `stall` and `error` with `applied` lose the answer
of a write that was made. The control surface counts writes: `writes` in `GET /_emulator/stats`.

"""
OTHERS = ("admin-key", "/webhooks", "/_emulator", "graphql", "/rpc/")
"""Routes that are no content."""


def writing_routes(deployment: str) -> list[Any]:
    """The routes of the embedded Confluence that write contents."""
    router = build_router() if deployment == "cloud" else build_datacenter_router("10.0")
    return [
        route
        for route in router.routes
        if is_write(route.method, route.template) and not any(word in route.template for word in OTHERS)
    ]


@contextmanager
def written(deployment: str) -> Iterator[tuple[Live, list[Exchange]]]:
    """A site on which everything was written, and what was said meanwhile."""
    with (
        live(deployment, "odd") as at,
        recording(at.site, "/wiki" if deployment == "cloud" else "/rest") as exchanges,
    ):
        _write_pages(at)
        _write_files(at)
        _write_properties(at)
        _be_refused(at)
        yield at, exchanges


def _write_pages(at: Live) -> None:
    client = at.client
    page = client.create_page(at.key, "First", BODY)
    client.create_page(at.key, "Root", BODY, root_level=True)
    below = client.create_page(at.key, "Below", BODY, parent_id=page["id"])
    client.update_page(page["id"], title="Renamed", body="<p>New.</p>", message="why")
    client.update_page(below["id"], parent_id=page["id"], title="Moved")
    draft = client.create_page(at.key, "Draft", BODY, status="draft")
    client.update_page(draft["id"], status="current")
    client.delete_page(client.create_page(at.key, "Other draft", BODY, status="draft")["id"], draft=True)
    client.delete_page(below["id"], purge=True)


def _write_files(at: Live) -> None:
    client = at.client
    page = client.create_page(at.key, "Files", BODY)
    made = client.upload_attachment(page["id"], "new.txt", b"one", comment="first")
    client.upload_attachment_version(made["id"], b"two", comment="second")
    if at.deployment == "cloud":
        form = b'--b\r\nContent-Disposition: form-data; name="file"; filename="put.txt"\r\n\r\nx\r\n--b--\r\n'
        headers = {"Content-Type": "multipart/form-data; boundary=b", "X-Atlassian-Token": "nocheck"}
        path = f"/wiki/rest/api/content/{page['id']}/child/attachment"
        client.request("PUT", path, body=form, headers=headers)
    client.delete_attachment(made["id"], purge=True)


def _holders(at: Live) -> dict[str, str]:
    page = at.client.create_page(at.key, "Properties", BODY)["id"]
    file = at.client.upload_attachment(page, "held.txt", b"one")["id"]
    post = at.site.control.edit("create_blogpost", space=at.key, title="Held post")["id"]
    custom = next(row["id"] for row in at.site.control.dump("custom_content") if row["status"] == "current")
    return {"page": page, "blogpost": post, "attachment": file, "custom_content": custom}


def _write_properties(at: Live) -> None:
    for holder, content_id in _holders(at).items():
        kind: Any = holder
        at.client.create_property(content_id, "one.key", {"a": [1, None]}, holder=kind)
        at.client.update_property(content_id, "one.key", "text", holder=kind)
        at.client.delete_property(content_id, "one.key", holder=kind)


def _be_refused(at: Live) -> None:
    """What a site says no to: each by a raw call, so that no client looks before."""
    page = at.client.create_page(at.key, "Refused", BODY)
    at.client.create_property(page["id"], "k", 1)
    for attempt in _attempts(at, page["id"]):
        try:
            attempt()
        except ConfluenceAssetsError:
            continue
        raise AssertionError("that was to be refused")


def _attempts(at: Live, page_id: str) -> Iterator[Callable[[], object]]:
    raw = at.client.request
    base, is_cloud = ("/wiki/api/v2/pages", True) if at.deployment == "cloud" else ("/rest/api/content", False)
    files = "/wiki/rest/api/content" if is_cloud else "/rest/api/content"
    new = _new_page(at, "Refused")
    yield lambda: raw("POST", base, body=new)  # the title is taken
    yield lambda: raw("POST", base, body={**new, "title": "x" * (6 << 20)})
    yield lambda: raw("PUT", f"{base}/{page_id}", body=_change(at, page_id, 7))
    yield lambda: raw("PUT", f"{base}/999999999", body=_change(at, "999999999", 2))
    yield lambda: raw("DELETE", f"{base}/999999999", response="text")
    yield lambda: raw("POST", f"{files}/{page_id}/child/attachment", body=b"", headers={"Content-Type": "text/plain"})
    place = f"{base}/{page_id}/{'properties' if is_cloud else 'property'}"
    yield lambda: raw("POST", place, body={"key": "k", "value": 2})
    known = at.client.get_property(page_id, "k")
    version = {"key": "k", "value": 2, "version": {"number": 7}}
    yield lambda: raw("PUT", f"{place}/{known['id'] if is_cloud else 'k'}", body=version)
    yield lambda: raw("DELETE", f"{place}/{'99999' if is_cloud else 'none'}", response="text")
    if is_cloud:
        at.site.control.edit("archive_space", space=at.key)
        yield lambda: raw("POST", base, body={**new, "title": "Late"})
        at.site.control.edit("unarchive_space", space=at.key)


def _new_page(at: Live, title: str) -> dict[str, Any]:
    body = {"representation": "storage", "value": BODY}
    if at.deployment == "cloud":
        return {"spaceId": at.client.get_space(key=at.key)["id"], "status": "current", "title": title, "body": body}
    return {"type": "page", "title": title, "space": {"key": at.key}, "body": {"storage": body}}


def _change(at: Live, page_id: str, number: int) -> dict[str, Any]:
    plain = _new_page(at, "Refused")
    return json.loads(json.dumps({**plain, "id": page_id, "version": {"number": number}}))


def table(deployment: str) -> str:
    """The routes that write, and with which statuses they were seen to answer."""
    seen: dict[str, set[int]] = {}
    with written(deployment) as (_, exchanges):
        for one in exchanges:
            seen.setdefault(f"{one.method} {bare(one.template)}", set()).add(one.status)
    names = sorted(
        {f"{route.method} {bare(route.template)}" for route in writing_routes(deployment)},
        key=lambda name: (name.partition(" ")[2], name),
    )
    rows = [f"| `{name}` | {', '.join(map(str, sorted(seen[name])))} |" for name in names]
    return WRITING + "| route | answered with |\n|---|---|\n" + "\n".join(rows) + "\n"
