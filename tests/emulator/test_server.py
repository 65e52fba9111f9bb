import base64
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.emulator.main import build_parser, config_from, main
from tests.emulator.asker import Asker

BASIC = b"Authorization: Basic " + base64.b64encode(b"admin@example.com:admin") + b"\r\n"


def talk(port: int, *pieces: bytes, answers: int) -> list[tuple[int, bytes]]:
    """Send raw bytes; status and body of so many answers."""
    found: list[tuple[int, bytes]] = []
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        for piece in pieces:
            line.sendall(piece)
            time.sleep(0.02)
        buffer = b""
        while len(found) < answers:
            chunk = line.recv(65536)
            assert chunk, buffer
            buffer += chunk
            while (end := buffer.find(b"\r\n\r\n")) >= 0:
                length = int(re.search(rb"Content-Length: (\d+)", buffer[:end])[1])  # type: ignore[index]
                if len(buffer) < end + 4 + length:
                    break
                found.append((int(buffer[9:12]), buffer[end + 4 : end + 4 + length]))
                buffer = buffer[end + 4 + length :]
    return found


def request(path: str, more: bytes = b"") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n".encode() + BASIC + more + b"\r\n"


def test_pipelined_requests_are_answered_in_order(small: Asker) -> None:
    paths = ("/wiki/api/v2/space-role-mode", "/wiki/nowhere", "/_edge/tenant_info")
    found = talk(small.site.port, b"".join(map(request, paths)), answers=3)
    assert [status for status, _ in found] == [200, 404, 200]
    assert b"cloudId" in found[2][1]


def test_a_request_may_come_in_pieces_and_in_chunks(small: Asker) -> None:
    head = b"POST /wiki/api/v2/users-bulk HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n" + BASIC + b"\r\n"
    body = b'{"accountIds":["nobody"]}'
    chunk = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
    found = talk(small.site.port, head[:20], head[20:], chunk[:9], chunk[9:], answers=1)
    assert found[0][0] == 200


def test_what_is_no_http_is_400(small: Asker) -> None:
    assert talk(small.site.port, b"hello\r\n\r\n", answers=1)[0][0] == 400


def test_head_and_wrong_methods(small: Asker) -> None:
    head = small.raw("/wiki/api/v2/spaces", method="HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["Content-Length"]) > 100
    reply = small.raw("/wiki/api/v2/spaces", method="DELETE")
    assert (reply.status_code, reply.headers["Allow"]) == (405, "GET")


def test_latency_blocks_nobody_else(small: Asker) -> None:
    small.site.control.configure(latency_ms=300)
    started = time.perf_counter()
    threads = [threading.Thread(target=small_request, args=(small.site.url,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    took = time.perf_counter() - started
    assert 0.3 <= took < 1.5  # eight one after the other would take 2.4
    assert small.site.control.request_count() == 8


def small_request(url: str) -> None:
    requests.get(f"{url}/wiki/api/v2/spaces", auth=("admin@example.com", "admin"), timeout=10).close()


def test_requests_are_counted_by_endpoint(small: Asker) -> None:
    page = small.ids("/pages?limit=250")[0]
    small.raw(f"/wiki/api/v2/pages/{page}")
    small.raw("/wiki/api/v2/pages/1")
    small.raw("/_emulator/dump", None)
    stats = small.raw("/_emulator/stats", None).json()
    assert stats["total"] == 3
    assert stats["by_endpoint"] == {"GET /wiki/api/v2/pages": 1, "GET /wiki/api/v2/pages/{id}": 2}
    assert stats["by_status"] == {"200": 2, "404": 1}
    assert {"method": "GET", "endpoint": "/wiki/api/v2/pages/{id}", "status": 404, "count": 1} in stats["detail"]
    small.raw("/_emulator/stats/reset", None, "POST")
    assert small.site.control.request_count() == 0


def test_downloads_go_to_another_origin_that_refuses_credentials(small: Asker) -> None:
    row = small.walk("/attachments")[0]
    path = f"/wiki/rest/api/content/{row['pageId']}/child/attachment/{row['id']}/download"
    reply = small.raw(path)
    assert reply.status_code == 302
    location = reply.headers["Location"]
    assert location.startswith(f"{small.site.media_url}/file/{row['fileId']}/binary?token=")
    assert small.site.media_url != small.site.url
    plain = requests.get(location, timeout=5)
    assert (plain.status_code, len(plain.content), plain.headers["Content-Type"]) == (
        200,
        row["fileSize"],
        row["mediaType"],
    )
    assert requests.get(location, auth=("admin@example.com", "admin"), timeout=5).status_code == 400
    assert requests.get(location.replace("token=", "token=1"), timeout=5).status_code == 403
    small.site.control.configure(media_url_seconds=-1)
    assert requests.get(small.raw(path).headers["Location"], timeout=5).status_code == 403
    assert small.status(f"{path}?version=9") == 400
    assert small.status(path.replace(row["pageId"], small.ids("/pages?sort=-id")[0])) == 404


def test_the_old_servlet_turns_tokens_away(small: Asker) -> None:
    row = small.walk("/attachments")[0]
    reply = small.raw("/wiki" + row["downloadLink"])
    assert (reply.status_code, reply.headers["WWW-Authenticate"]) == (401, f'OAuth realm="{small.site.url}/wiki"')
    small.site.control.configure(attachment_servlet_status=200)
    assert len(small.raw("/wiki" + row["downloadLink"]).content) == row["fileSize"]


@pytest.mark.parametrize("status", [410, 404, 200])
def test_withdrawn_reads_answer_by_switch(small: Asker, status: int) -> None:
    small.site.control.configure(withdrawn_v1_status=status)
    page = small.ids("/pages?limit=1")[0]
    for path in (
        "/space",
        "/space/SP001",
        "/content",
        f"/content/{page}",
        f"/content/{page}/label",
        f"/content/{page}/history",
        f"/content/{page}/child?expand=page,comment",
        f"/content/{page}/child/page",
        f"/content/{page}/version",
        f"/content/{page}/version/1",
        "/space/SP001/content",
        "/space/SP001/content/page",
        "/space/SP001/property",
        "/group/confluence-users/member",
    ):
        assert small.status(f"/wiki/rest/api{path}") == status, path
    small.site.control.configure(withdrawn_v1_overrides={"/wiki/rest/api/space": 200})
    assert small.status("/wiki/rest/api/space") == 200


def test_errors_have_the_words_of_their_dialect(small: Asker) -> None:
    v2 = small.raw("/wiki/api/v2/pages/1")
    assert (v2.status_code, v2.json()) == (
        404,
        {"errors": [{"status": 404, "code": "NOT_FOUND", "title": "Not Found", "detail": None}]},
    )
    wrong = small.raw("/wiki/api/v2/pages/Docs").json()["errors"][0]
    assert wrong["title"] == "Provided value {Docs} for 'id' is not the correct type. Expected type is long."
    v1 = small.raw("/wiki/rest/api/content/1/restriction").json()
    assert (v1["statusCode"], v1["reason"]) == (404, "Not Found")
    assert v1["message"].endswith("NotFoundException: No content found with id: ContentId{id=1}")


def test_unknown_switches_are_refused(small: Asker) -> None:
    assert small.raw("/_emulator/config", None, "POST", json={"switches": {"nope": 1}}).status_code == 400
    with pytest.raises(ValueError, match="no such switch: nope"):
        small.site.control.configure(nope=1)


def test_a_site_starts_and_stops_again_and_again() -> None:
    ports = set()
    for _ in range(3):
        with EmbeddedSite(SiteConfig.shape("empty")) as site:
            ports.add(site.port)
        site.stop()
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{site.url}/_emulator/stats", timeout=2)
    assert 0 not in ports


def test_a_port_that_is_taken_is_an_oserror() -> None:
    with EmbeddedSite(SiteConfig.shape("empty")) as site, pytest.raises(OSError, match="in use"):
        EmbeddedSite(SiteConfig.shape("empty", port=site.port)).start()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_serves_until_a_signal(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "confluence_assets.emulator", "--shape", "small", "--seed", "5"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found, line
        assert requests.get(f"{found[0]}/_emulator/stats", timeout=5).json()["total"] == 0
        process.send_signal(number)
        out, error = process.communicate(timeout=10)
        assert (process.returncode, out, error) == (0, "", "")
    finally:
        process.kill()
        process.communicate()


def test_arguments(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parse: Callable[[list[str]], SiteConfig] = lambda argv: config_from(build_parser().parse_args(argv))  # noqa: E731
    assert parse([]).is_demo
    sized = parse(
        ["--spaces", "3", "--pages-per-space", "7", "--seed", "9", "--site-url", "https://x.test", "--latency-ms", "5"]
    )
    assert (sized.plan.spaces, sized.plan.pages_per_space, sized.seed, sized.site_url, sized.latency_ms) == (
        3,
        7,
        9,
        "https://x.test",
        5.0,
    )
    assert not sized.is_demo
    assert parse(["--shape", "frugal", "--comments", "3"]).plan.attachments == 1000
    assert parse(["--content", str(tmp_path)]).content_dir == tmp_path
    assert main(["--content", str(tmp_path / "no")]) == 2
    assert "no such folder" in capsys.readouterr().err
