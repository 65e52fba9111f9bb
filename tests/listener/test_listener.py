"""Whom the listener believes, what it keeps, and what it answers."""

import json
import logging
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from confluence_assets.errors import SettingsError
from confluence_assets.listener import ReceiverOptions
from tests.listener.conftest import NOON, NOON_MS, SECRET, Sender, listening, signature

PAGE_UPDATED = {"timestamp": NOON_MS, "event": "page_updated", "userKey": "8a7f", "page": {"id": 123456}}


def test_a_signed_webhook_is_kept(sender: Sender) -> None:
    assert sender.datacenter(PAGE_UPDATED) == 202
    assert sender.kept() == [("datacenter", "page_updated", None, "123456")]


def test_upper_case_digits_are_the_same_signature(sender: Sender) -> None:
    body = json.dumps(PAGE_UPDATED).encode()
    assert sender.datacenter(body, X_Hub_Signature=signature(body).upper()) == 202


def test_the_signature_may_stand_without_the_name_of_its_algorithm(sender: Sender) -> None:
    """Whether a Data Center writes it before is not documented."""
    body = json.dumps(PAGE_UPDATED).encode()
    assert sender.datacenter(body, X_Hub_Signature=signature(body).removeprefix("sha256=")) == 202


@pytest.mark.parametrize(
    "header",
    [
        "",
        "sha256=",
        "sha256=" + "0" * 64,
        "sha1=2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
        signature(json.dumps(PAGE_UPDATED).encode(), "another secret altogether"),
        signature(json.dumps(PAGE_UPDATED).encode()).replace("sha256=", "sha1="),
        signature(json.dumps(PAGE_UPDATED).encode()).replace("sha256=", "sha256=sha256="),
        signature(json.dumps(PAGE_UPDATED).encode())[:-1],
        signature(json.dumps(PAGE_UPDATED).encode()) + "0",
        "sha256=ünïcödé",
    ],
)
def test_a_wrong_signature_is_refused(sender: Sender, header: str) -> None:
    body = json.dumps(PAGE_UPDATED).encode()
    assert sender.send("POST", "/datacenter", body, X_Hub_Signature=header)[0] == 401
    assert sender.kept() == []


def test_the_signature_is_of_the_raw_body(sender: Sender) -> None:
    body = json.dumps(PAGE_UPDATED).encode()
    assert sender.datacenter(body + b" ", X_Hub_Signature=signature(body)) == 401
    assert sender.datacenter(PAGE_UPDATED | {"page": {"id": 7}}, X_Hub_Signature=signature(body)) == 401
    spaced = json.dumps(PAGE_UPDATED, indent=3).encode()
    assert sender.datacenter(spaced) == 202


def test_a_missing_signature_is_refused_and_the_secret_alone_is_none(sender: Sender) -> None:
    body = json.dumps(PAGE_UPDATED).encode()
    assert sender.send("POST", "/datacenter", body)[0] == 401
    assert sender.send("POST", "/datacenter", body, X_Webhook_Secret=SECRET)[0] == 401


def test_a_repeated_delivery_is_answered_well_and_kept_once(sender: Sender) -> None:
    assert sender.datacenter(PAGE_UPDATED, X_Request_Id="one") == 202
    sender.inbox.acknowledge([hint.hint_id for hint in sender.inbox.peek()])
    assert sender.datacenter(PAGE_UPDATED, X_Request_Id="one") == 200
    assert sender.datacenter(PAGE_UPDATED, X_Request_Id="two") == 200, "the header is not signed, and proves nothing"
    assert sender.kept() == []
    assert sender.datacenter(PAGE_UPDATED | {"timestamp": NOON_MS + 1}) == 202


@pytest.mark.parametrize(("seconds", "status"), [(-301, 409), (-299, 202), (299, 202), (301, 409)])
def test_an_old_payload_is_refused(sender: Sender, seconds: int, status: int) -> None:
    assert sender.datacenter(PAGE_UPDATED | {"timestamp": NOON_MS + seconds * 1000}) == status
    assert len(sender.kept()) == (1 if status == 202 else 0)


def test_no_gap_is_left_between_the_two_guards_against_replays(tmp_path: Path) -> None:
    """At no moment is a captured request both forgotten and fresh."""
    clock = [NOON]
    with listening(tmp_path, now=lambda: clock[0]) as sender:
        ahead = PAGE_UPDATED | {"timestamp": NOON_MS + 299_000}
        assert sender.datacenter(ahead) == 202
        for minutes in range(1, 130):
            clock[0] = NOON + timedelta(minutes=minutes)
            assert sender.datacenter(ahead) in (200, 409), minutes
    with pytest.raises(SettingsError, match="replay window"):
        ReceiverOptions(secret=SECRET, max_age=timedelta(minutes=31))


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b"[]",
        b'"page_updated"',
        b"\xff\xfe",
        b"[" * 100_000,
        {"event": "page_updated"},
        {"timestamp": NOON_MS},
        {"timestamp": "yesterday", "event": "page_updated"},
        {"timestamp": 10**40, "event": "page_updated"},
        {"timestamp": NOON_MS, "event": "page\nupdated"},
        {"timestamp": NOON_MS, "event": 7},
        {"timestamp": NOON_MS, "event": "page_updated", "page": {"id": "1 or 1=1"}},
        {"timestamp": NOON_MS, "event": "page_updated", "page": {"id": True}},
    ],
)
def test_nonsense_is_refused(sender: Sender, payload: Any) -> None:
    assert sender.datacenter(payload) == 400
    assert sender.kept() == []


def test_a_test_of_the_connection_keeps_nothing(sender: Sender) -> None:
    assert sender.datacenter({"test": True}) == 200
    assert sender.kept() == []


@pytest.mark.parametrize(
    ("payload", "places"),
    [
        ({"event": "page_moved", "page": {"id": 5}, "oldParent": {"id": 6}, "newParent": {"id": 7}}, {"5", "6", "7"}),
        ({"event": "blog_updated", "blog": {"id": 8}}, {"8"}),
        ({"event": "label_added", "label": {"name": "x"}, "labeled": {"id": 9, "contentType": "page"}}, {"9"}),
        ({"event": "attachment_created", "attachments": [{"id": 10}], "attachedTo": {"id": 11}}, {"10", "11"}),
        ({"event": "group_created"}, {None}),
    ],
)
def test_where_data_center_says_it_was(sender: Sender, payload: dict[str, Any], places: set[str | None]) -> None:
    assert sender.datacenter({"timestamp": NOON_MS, **payload}) == 202
    assert {content_id for _, _, _, content_id in sender.kept()} == places


def test_spaces_and_ids_of_forge(sender: Sender) -> None:
    payload = {
        "eventType": "avi:confluence:updated:page",
        "eventCreatedDate": NOON.isoformat(),
        "atlassianId": "557058:1",
        "content": {"id": "98305", "type": "page", "title": "Salaries", "space": {"id": 4, "key": "ENG"}},
    }
    assert sender.automation(payload, "/forge") == 202
    assert sender.automation(payload, "/forge") == 200
    assert sender.kept() == [("forge", "avi:confluence:updated:page", "ENG", None)]


def test_automation_says_what_it_likes(sender: Sender) -> None:
    assert sender.automation({"event": "page edited", "spaceKey": "ENG", "contentId": 98305}) == 202
    assert sender.automation({"event": "page edited", "spaceKey": "ENG", "contentId": 98305}) == 202, (
        "no time, no replay"
    )
    assert sender.automation({"event": "page edited", "deliveryId": "a-1"}) == 202
    assert sender.automation({"event": "page edited", "deliveryId": "a-1"}) == 200
    assert sender.kept() == [("automation", "page edited", "ENG", None), ("automation", "page edited", None, None)]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X_Webhook_Secret": SECRET}, 202),
        ({"Authorization": f"Bearer {SECRET}"}, 202),
        ({}, 401),
        ({"X_Webhook_Secret": ""}, 401),
        ({"X_Webhook_Secret": SECRET[:-1]}, 401),
        ({"X_Webhook_Secret": SECRET + "x"}, 401),
        ({"Authorization": f"Basic {SECRET}"}, 401),
        ({"Authorization": "Bearer"}, 401),
    ],
)
def test_who_knows_the_secret(sender: Sender, headers: dict[str, str], status: int) -> None:
    assert sender.send("POST", "/automation", b'{"event": "page_updated"}', **headers)[0] == status


def test_routes(sender: Sender) -> None:
    assert sender.send("GET", "/health") == (200, {"status": "ok"})
    assert sender.send("POST", "/health")[0] == 405
    assert sender.send("GET", "/datacenter")[0] == 405
    assert sender.send("POST", "/elsewhere")[0] == 404
    assert sender.send("GET", "/health?deep=1")[0] == 200


def test_a_body_is_bounded(sender: Sender) -> None:
    big = json.dumps({**PAGE_UPDATED, "padding": "x" * (1 << 20)}).encode()
    assert sender.datacenter(big) == 413
    just_fits = json.dumps({**PAGE_UPDATED, "padding": "x" * ((1 << 20) - 200)}).encode()
    assert sender.datacenter(just_fits) == 202


def exchange(port: int, raw: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(raw)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
        return answer


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"\r\n\r\n", 400),
        (b"GET /health HTTP/2\r\n\r\n", 400),
        (b"GET health HTTP/1.1\r\n\r\n", 400),
        (b"GET /health HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"POST /datacenter HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
        (b"POST /datacenter HTTP/1.1\r\nContent-Length: +2\r\n\r\n{}", 400),
        (b"POST /datacenter HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", 413),
        (b"POST /datacenter HTTP/1.1\r\n\r\n", 411),
        (b"POST /datacenter HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
        (b"GET /health HTTP/1.1\r\nX: " + b"x" * 20_000 + b"\r\n\r\n", 431),
    ],
)
def test_what_is_not_http_is_refused(sender: Sender, raw: bytes, status: int) -> None:
    assert exchange(sender.port, raw).startswith(f"HTTP/1.1 {status} ".encode())


def test_a_sender_that_asks_before_it_sends_hears_go_on(sender: Sender) -> None:
    body = json.dumps(PAGE_UPDATED).encode()
    head = f"POST /datacenter HTTP/1.1\r\nX-Hub-Signature: {signature(body)}\r\nContent-Length: {len(body)}\r\n"
    with socket.create_connection(("127.0.0.1", sender.port), timeout=10) as connection:
        connection.sendall(head.encode() + b"Expect: 100-continue\r\n\r\n")
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert connection.recv(100).startswith(b"HTTP/1.1 202 ")


def test_slow_senders_are_cut_off_and_hold_nobody_up(tmp_path: Path) -> None:
    with (
        listening(tmp_path, read_seconds=1.0) as sender,
        socket.create_connection(("127.0.0.1", sender.port), timeout=10) as slow,
    ):
        started = time.monotonic()
        slow.sendall(b"POST /datacenter HTTP/1.1\r\nContent-Length: 9\r\n\r\n{")
        assert sender.datacenter(PAGE_UPDATED) == 202
        stop = threading.Event()
        drip = threading.Thread(target=lambda: [slow.send(b" ") for _ in range(5) if not stop.wait(0.3)])
        drip.start()
        assert slow.recv(100).startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - started < 3
        stop.set()
        drip.join()


def test_connections_are_bounded(tmp_path: Path) -> None:
    with listening(tmp_path, connections=3, read_seconds=5.0) as sender:
        idle = [socket.create_connection(("127.0.0.1", sender.port), timeout=10) for _ in range(3)]
        time.sleep(0.2)
        assert sender.send("GET", "/health")[0] == 503
        for connection in idle:
            connection.close()
        time.sleep(0.2)
        assert sender.send("GET", "/health")[0] == 200


def test_a_store_that_can_not_be_written_is_no_yes(sender: Sender) -> None:
    for path in sender.inbox.path.parent.iterdir():
        path.unlink()
    sender.inbox.path.write_bytes(b"no database, and long enough to look at" * 50)
    assert sender.datacenter(PAGE_UPDATED) == 503
    assert sender.send("GET", "/health")[0] == 503
    sender.inbox.path.unlink()
    assert sender.datacenter(PAGE_UPDATED) == 202


def test_nothing_of_a_body_and_no_secret_is_logged_or_kept(sender: Sender, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told = {**PAGE_UPDATED, "page": {"id": 5, "title": "Salaries 2027", "body": "4711"}}
    assert sender.datacenter(told) == 202
    body = json.dumps(told).encode()
    assert sender.send("POST", "/datacenter", body, X_Hub_Signature="sha256=1234")[0] == 401
    assert sender.send("POST", "/automation", body, X_Webhook_Secret="a wrong secret")[0] == 401
    assert sender.datacenter({**told, "event": "Salaries\n2027"}) == 400
    files = b"".join(path.read_bytes() for path in sender.inbox.path.parent.iterdir())
    for word in ("Salaries", "4711", SECRET, "a wrong secret", signature(body)):
        assert word not in caplog.text
        assert word.encode() not in files
    assert "page_updated kept" in caplog.text


def test_a_path_writes_no_lines_into_the_log(sender: Sender, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    exchange(sender.port, b"GET /\x0b\x1b[31mred" + b"x" * 500 + b" HTTP/1.1\r\n\r\n")
    (line,) = [record.getMessage() for record in caplog.records if "404" in record.getMessage()]
    assert "\x1b" not in line
    assert len(line) < 200


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(SettingsError, match="fewer than 16 characters"):
        ReceiverOptions(secret="hunter2")
    assert SECRET not in repr(ReceiverOptions(secret=SECRET))
    assert ReceiverOptions(secret=SECRET).now().tzinfo is UTC
    assert abs(ReceiverOptions(secret=SECRET).now() - datetime.now(UTC)) < timedelta(seconds=5)
