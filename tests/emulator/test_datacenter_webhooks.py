"""Data Center's webhooks: registration, signed delivery, loss and repetition."""

import contextlib
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from confluence_assets.emulator import SeedPlan
from tests.emulator.datacenter_asker import Server

Start = Callable[..., Server]
TINY = SeedPlan(spaces=1, pages_per_space=4, users=3)
EVENTS = [
    "page_created", "page_updated", "page_moved", "page_trashed", "page_restored", "page_removed", "blog_created",
    "comment_created", "comment_removed", "attachment_created", "attachment_updated", "label_added", "label_removed",
    "content_permissions_updated", "space_created", "space_permissions_updated", "user_deactivated", "group_created",
]  # fmt: skip


class Receiver:
    """Keeps what arrives: headers and raw bodies, in order."""

    def __init__(self, status: int = 200) -> None:
        self.arrived: list[tuple[dict[str, str], bytes]] = []
        arrived = self.arrived

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                arrived.append((dict(self.headers.items()), body))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hook?site=1"

    def payloads(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.arrived]

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join(5)
        self.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with contextlib.closing(Receiver()) as found:
        yield found


def register(server: Server, receiver: Receiver, **changes: Any) -> dict[str, Any]:
    body = {
        "name": "lake", "url": receiver.url, "events": EVENTS, "active": True, "configuration": {"secret": "s3cret"}, **changes,
    }  # fmt: skip
    reply = server.raw("/rest/api/webhooks", method="POST", json=body)
    assert reply.status_code == 201, reply.text
    return dict(reply.json())


def test_registration_is_kept_changed_and_removed(server_of: Start, receiver: Receiver) -> None:
    server = server_of("10.0", TINY)
    made = register(server, receiver)
    assert {key: made[key] for key in ("id", "name", "active", "scopeType", "sslVerificationRequired")} == {
        "id": 1, "name": "lake", "active": True, "scopeType": "global", "sslVerificationRequired": True,
    }  # fmt: skip
    assert server.get("/webhooks")["results"] == [made]
    assert server.get("/webhooks", event="theme_enabled")["results"] == []
    changed = server.raw("/rest/api/webhooks/1", method="PUT", json={"active": False, "name": "pond"}).json()
    assert (changed["active"], changed["name"], changed["url"]) == (False, "pond", receiver.url)
    assert server.get("/webhooks/1") == changed
    assert server.raw("/rest/api/webhooks/1", method="DELETE").status_code == 204
    assert server.status("/webhooks/1") == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"url": "ftp://x"},
        {"events": []},
        {"events": ["page_eaten"]},
        {"configuration": {"secret": "x" * 256}},
    ],
)
def test_wrong_registrations_are_refused(server_of: Start, receiver: Receiver, wrong: dict[str, Any]) -> None:
    body = {"name": "n", "url": receiver.url, "events": ["page_created"], **wrong}
    assert server_of("10.0", TINY).raw("/rest/api/webhooks", method="POST", json=body).status_code == 400


def test_registration_is_for_administrators(server_of: Start) -> None:
    server = server_of("10.0", TINY)
    assert server.status("/webhooks", "user1") == 403
    assert server.status("/webhooks", None) == 401


def test_the_signature_without_the_name_of_its_algorithm(server_of: Start, receiver: Receiver) -> None:
    server = server_of("10.0", TINY)
    register(server, receiver)
    server.site.control.configure(webhook_signature_prefix=False)
    server.edit("create_page", space="SP001", title="New")
    assert server.site.control.wait_for_webhooks()
    ((headers, body),) = receiver.arrived
    assert headers["X-Hub-Signature"] == hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()


def test_delivery_is_signed(server_of: Start, receiver: Receiver) -> None:
    server = server_of("10.0", TINY)
    register(server, receiver)
    page = server.edit("create_page", space="SP001", title="New", by="user1@example.com")["id"]
    assert server.site.control.wait_for_webhooks()
    (headers, body), *others = receiver.arrived
    assert others == []
    signature = hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    assert headers["X-Hub-Signature"] == f"sha256={signature}"
    assert headers["X-Event-Key"] == "page_created"
    assert len(headers["X-Request-Id"]) == 36
    assert json.loads(body) == {
        "timestamp": 1794816001000,
        "event": "page_created",
        "userKey": server.key("user1"),
        "page": {"id": int(page)},
    }


def test_payloads_say_little(server_of: Start, receiver: Receiver) -> None:
    server = server_of("10.0", TINY)
    register(server, receiver)
    rows = server.dump("page")
    home, page = rows[0]["id"], rows[1]["id"]
    server.edit("edit_content", id=page, body="<p>x</p>")
    server.edit("move", id=page, space="SP001")
    server.edit("relabel", id=page, labels=["new"])
    comment = server.edit("comment", container=page)["id"]
    file = server.edit("upload", container=page, filename="a.txt")["id"]
    server.edit("upload", container=page, filename="a.txt")
    server.edit("restrict", id=page, users=["admin@example.com"])
    server.edit("delete_comment", id=comment)
    server.edit("trash", id=page)
    server.edit("restore", id=page)
    server.edit("purge", id=page)
    server.edit("deactivate_user", account="user2@example.com")
    assert server.site.control.wait_for_webhooks()
    found = [{k: v for k, v in one.items() if k not in ("timestamp", "userKey")} for one in receiver.payloads()]
    attached = {"attachments": [{"id": int(file.removeprefix("att"))}], "attachedTo": {"id": int(page)}}
    assert found == [
        {"event": "page_updated", "page": {"id": int(page)}},
        {"event": "page_moved", "page": {"id": int(page)}, "oldParent": {"id": int(home)}},
        {"event": "label_added", "label": {"prefix": "global", "name": "new"}, "labeled": {"id": int(page)}},
        {"event": "comment_created", "comment": {"id": int(comment)}},
        {"event": "attachment_created", **attached},
        {"event": "attachment_updated", **attached},
        {"event": "content_permissions_updated", "content": {"id": int(page)}},
        {"event": "comment_removed", "comment": {"id": int(comment)}},
        {"event": "page_trashed", "page": {"id": int(page)}},
        {"event": "page_restored", "page": {"id": int(page)}},
        {"event": "page_removed", "page": {"id": int(page)}},
        {"event": "user_deactivated", "user": {"userKey": server.key("user2")}},
    ]


def test_every_edit_can_be_made_with_a_webhook_listening(server_of: Start, receiver: Receiver) -> None:
    """No edit may fail because of what its events look up."""
    server = server_of("10.0", TINY)
    register(server, receiver, events=["space_created", "group_created", "space_permissions_updated", "page_created"])
    server.edit("create_space", key="NEW", name="New")
    server.edit("grant", space="NEW", principal_type="anonymous")
    server.edit("create_group", name="crew")
    server.edit("delete_group", group="crew")
    server.edit("delete_space", space="NEW")
    assert server.site.control.wait_for_webhooks()
    assert [one["event"] for one in receiver.payloads()] == [
        "space_created", "page_created", "space_permissions_updated", "group_created",
    ]  # fmt: skip
    assert receiver.payloads()[0]["space"] == {"key": "NEW"}


def test_only_what_was_asked_for_arrives(server_of: Start, receiver: Receiver) -> None:
    server = server_of("10.0", TINY)
    register(server, receiver, events=["comment_created"], configuration={})
    page = server.edit("create_page", space="SP001", title="New")["id"]
    server.edit("comment", container=page)
    assert server.site.control.wait_for_webhooks()
    assert [headers["X-Event-Key"] for headers, _ in receiver.arrived] == ["comment_created"]
    assert "X-Hub-Signature" not in receiver.arrived[0][0]
    server.raw("/rest/api/webhooks/1", method="PUT", json={"active": False})
    server.edit("comment", container=page)
    assert server.site.control.wait_for_webhooks()
    assert len(receiver.arrived) == 1


def test_deliveries_get_lost_and_come_twice(server_of: Start, receiver: Receiver) -> None:
    server = server_of("10.0", TINY, webhook_lose_every=3, webhook_repeat_every=2)
    register(server, receiver)
    ids = [int(server.edit("create_page", space="SP001", title=f"New {number}")["id"]) for number in range(4)]
    assert server.site.control.wait_for_webhooks()
    arrived = [one["page"]["id"] for one in receiver.payloads()]
    assert arrived == [ids[0], ids[1], ids[1], ids[3], ids[3]]


def test_statistics_tell_how_deliveries_went(server_of: Start) -> None:
    server = server_of("10.0", TINY)
    with contextlib.closing(Receiver(500)) as failing:
        register(server, failing, events=["page_created"])
        register(server, failing, url="http://192.0.2.1/far", events=["page_created"])
        assert server.raw("/rest/api/webhooks/1/latest").status_code == 204
        server.edit("create_page", space="SP001", title="New")
        assert server.site.control.wait_for_webhooks()
    counts = [server.get(f"/webhooks/{number}/statistics/summary")["counts"] for number in (1, 2)]
    assert [(one["successes"], one["failures"], one["errors"]) for one in counts] == [(0, 1, 0), (0, 0, 1)]
    latest = server.get("/webhooks/1/latest")
    assert (latest["event"]["id"], latest["result"]) == ("page_created", {"outcome": "FAILURE", "description": "500"})
    assert "not on this machine" in server.get("/webhooks/2/latest", outcome="ERROR")["result"]["description"]
    assert server.get("/webhooks/1/statistics")["lastFailure"]["id"] == latest["id"]


def test_an_address_can_be_tried(server_of: Start, receiver: Receiver) -> None:
    server = server_of("10.0", TINY)
    reply = server.raw("/rest/api/webhooks/test", method="POST", params={"url": receiver.url})
    assert (reply.status_code, reply.json()["result"]["outcome"]) == (200, "SUCCESS")
    headers, body = receiver.arrived[0]
    assert (headers["X-Event-Key"], json.loads(body)) == ("diagnostics:ping", {"test": True})
    reply = server.raw("/rest/api/webhooks/test", method="POST", params={"url": "http://127.0.0.1:9/"})
    assert reply.json()["result"]["outcome"] == "ERROR"
