"""Proxies and a company's own authority by the usual variables, and answers that would lead us elsewhere."""

import select
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from confluence_assets.api import Connection, Scope, connect
from confluence_assets.api.auth import BasicAuth
from confluence_assets.api.transport import Transport
from confluence_assets.api.wire import Request
from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.errors import AccessError, ApiError, ProtocolError, SettingsError
from tests.api.clock import quick_options
from tests.api.server import Answer, ScriptedSite
from tests.api.test_transport import self_signed

VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
GET = Request("GET", "/wiki/rest/api/user/current", label="GET", is_safe=True)
TOKEN = "s3cret-token"


class Proxy:
    """A small proxy: passes on what is asked for in the clear, and tunnels to what speaks TLS."""

    def __init__(self, credentials: str | None = None) -> None:
        self.lines: list[str] = []
        self.heads: list[bytes] = []
        self._credentials = credentials
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._is_open = True
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._listening.getsockname()[1]}"

    def close(self) -> None:
        self._is_open = False
        self._listening.close()

    def _serve(self) -> None:
        while self._is_open:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        with client:
            head = b""
            while b"\r\n\r\n" not in head:
                received = client.recv(65536)
                if not received:
                    return  # hung up before it asked
                head += received
            self.heads.append(head)
            line, _, rest = head.partition(b"\r\n")
            self.lines.append(line.decode())
            if self._credentials and self._credentials.encode() not in head:
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                return
            method, target, _ = line.decode().split(" ")
            where = target if method == "CONNECT" else target.split("/")[2]
            host, _, port = where.partition(":")
            with socket.create_connection((host, int(port))) as server:
                if method == "CONNECT":
                    client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                else:
                    path = "/" + target.split("/", 3)[3]
                    server.sendall(f"{method} {path} HTTP/1.1\r\nConnection: close\r\n".encode() + rest)
                _pump(client, server)


def _pump(one: socket.socket, other: socket.socket) -> None:
    while True:
        ready, _, _ = select.select([one, other], [], [], 10)
        for source in ready:
            try:
                content = source.recv(65536)
                if not content:
                    return
                (other if source is one else one).sendall(content)
            except (ConnectionResetError, BrokenPipeError):
                return  # either side may hang up while the other still speaks
        if not ready:
            return


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    found = Proxy()
    yield found
    found.close()


def test_a_site_through_a_proxy(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    with EmbeddedSite(SiteConfig.shape("small")) as site:
        monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.address}")
        with closing(connect(Connection(site.url, "admin@example.com", "admin"), options=quick_options())) as source:
            assert source.get_account().display_name == "Site Admin"
            assert sum(len(rows) for rows in source.iter_pages(Scope((), True), bodies=False)) == 40
        assert all(line.split(" ")[1].startswith(f"{site.url}/") for line in proxy.lines)
        asked = len(proxy.lines)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        with closing(connect(Connection(site.url, "admin@example.com", "admin"), options=quick_options())) as source:
            source.get_account()
        assert len(proxy.lines) == asked > 0


def test_tls_through_a_proxy_with_a_companys_own_authority(
    proxy: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.address}")
    with ScriptedSite(lambda _asked: Answer(payload={}), context) as site:
        with (
            closing(Transport(site.url, BasicAuth("me@x", TOKEN), quick_options())) as transport,
            pytest.raises(SettingsError, match="can't be trusted: self-signed certificate"),
        ):
            transport.send(GET)
        assert site.asked == [], "nothing was sent to whom nobody vouches for"
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", certificate)
        with closing(Transport(site.url, BasicAuth("me@x", TOKEN), quick_options())) as transport:
            transport.send(GET)
        assert len(site.asked) == 1
    assert {line.split(" ")[0] for line in proxy.lines} == {"CONNECT"}
    assert [head for head in proxy.heads if b"authorization" in head.lower()] == [], (
        "the proxy sees no credentials of ours"
    )


def test_a_proxys_own_password_is_told_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = Proxy(credentials="Proxy-Authorization: Basic bWU6cHIweHktc2VjcmV0")
    with ScriptedSite(lambda _asked: Answer(payload={})) as site:
        monkeypatch.setenv("HTTP_PROXY", f"http://me:pr0xy-secret@{proxy.address}")
        with closing(Transport(site.url, BasicAuth("me@x", TOKEN), quick_options())) as transport:
            transport.send(GET)
            assert len(proxy.lines) == len(site.asked) == 1, "the proxy let it pass, so it was told the password"
            proxy.close()
        monkeypatch.setenv("HTTP_PROXY", "http://me:pr0xy-secret@127.0.0.1:9")
        with (
            closing(Transport(site.url, BasicAuth("me@x", TOKEN), quick_options())) as transport,
            pytest.raises(ApiError) as caught,
        ):
            transport.send(GET)
    shown = f"{caught.value} {caught.value.excerpt} {vars(caught.value)}"
    assert "pr0xy-secret" not in shown
    assert "bWU6cHIweHk" not in shown


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_credentials_follow_no_redirect_to_another_origin(status: int) -> None:
    with ScriptedSite(lambda _asked: Answer(payload={})) as elsewhere:
        moved = Answer(status, headers={"Location": f"{elsewhere.url}/wiki/rest/api/user/current"})
        with (
            ScriptedSite(lambda _asked: moved) as site,
            closing(Transport(site.url, BasicAuth("me@x", TOKEN), quick_options())) as transport,
            pytest.raises(ProtocolError, match="credentials are not sent there"),
        ):
            transport.send(GET)
        assert elsewhere.asked == []


def test_a_next_link_to_another_host_is_not_followed() -> None:
    with EmbeddedSite(SiteConfig.shape("small")) as site, ScriptedSite(lambda _asked: Answer(payload={})) as elsewhere:
        site.control.fault("cap_limit", route="/wiki/api/v2/pages", limit=15)
        site.control.fault("next_link", route="/wiki/api/v2/pages", form="foreign", host=elsewhere.url, times=1)
        with closing(connect(Connection(site.url, "admin@example.com", "admin"), options=quick_options())) as source:
            assert sum(len(rows) for rows in source.iter_pages(Scope((), True), bodies=False)) == 40
        assert elsewhere.asked == []


def test_an_excerpt_is_bounded_and_redacted() -> None:
    long = Answer(403, text=f"Bearer {TOKEN}-and-more " + "x" * 100_000)
    with (
        ScriptedSite(lambda _asked: long) as site,
        closing(Transport(site.url, BasicAuth("me@x", TOKEN), quick_options())) as transport,
        pytest.raises(AccessError) as caught,
    ):
        transport.send(GET)
    assert len(caught.value.excerpt) <= 300
    assert TOKEN not in f"{caught.value} {caught.value.excerpt}"
