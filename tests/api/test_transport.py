import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from confluence_assets.api.auth import Auth, AuthFlow, BasicAuth, NoAuth
from confluence_assets.api.transport import Transport, TransportOptions
from confluence_assets.api.wire import Outgoing, Request, encode_parameters
from confluence_assets.errors import AccessError, ApiError, ProtocolError, SettingsError, TransientError
from tests.api.clock import OwnedTime, quick_options
from tests.api.server import Answer, Asked, ScriptedSite, closed_port

GET = Request("GET", "/wiki/api/v2/pages", "limit=1", label="GET /wiki/api/v2/pages", is_safe=True)
POST = Request("POST", "/wiki/api/v2/pages", body=b"{}")
DOWNLOAD = Request("GET", "/download", is_safe=True, wants_json=False, may_leave_origin=True)
GOOD = Answer(payload={"results": []})


@contextmanager
def transport_to(
    site: ScriptedSite, time: OwnedTime | None = None, *, auth: Auth | None = None, **policy: Any
) -> Iterator[Transport]:
    with closing(
        Transport(site.url, auth or BasicAuth("me@x", "s3cret-token"), quick_options(time, **policy))
    ) as found:
        yield found


def in_turn(*answers: Answer) -> Any:
    waiting = list(answers)
    return lambda _asked: waiting.pop(0) if len(waiting) > 1 else waiting[0]


def test_an_answer_is_parsed_and_credentials_are_sent() -> None:
    with ScriptedSite(lambda _asked: GOOD) as site, transport_to(site) as transport:
        assert transport.send(GET).payload == {"results": []}
    assert site.asked[0].headers["Authorization"].startswith("Basic ")
    assert site.asked[0].query == {"limit": ["1"]}
    assert site.asked[0].headers["User-Agent"].startswith("confluence-assets")


@pytest.mark.parametrize(
    "trouble",
    [
        Answer(500),
        Answer(502, text="<html>bad gateway</html>", headers={"Content-Type": "text/html"}),
        Answer(504),
        Answer(drop=True),
        Answer(payload={"results": ["x" * 500]}, cut=True),
        Answer(text='{"results": [', headers={"Content-Type": "application/json"}),
        Answer(text=""),
    ],
    ids=["500", "502", "504", "reset", "cut-off body", "damaged json", "empty"],
)
def test_what_passes_is_tried_again_with_growing_pauses(trouble: Answer) -> None:
    time = OwnedTime()
    with (
        ScriptedSite(in_turn(trouble, trouble, GOOD)) as site,
        transport_to(site, time) as transport,
        transport.tally() as tally,
    ):
        assert transport.send(GET).payload == {"results": []}
    assert len(site.asked) == 3
    assert time.sleeps == [2.0, 4.0]
    assert (tally.requests, tally.retries, tally.throttled_seconds) == (3, 2, 0.0)
    assert tally.by_endpoint == {"GET /wiki/api/v2/pages": 3}


def test_attempts_are_bounded() -> None:
    time = OwnedTime()
    with (
        ScriptedSite(lambda _asked: Answer(503)) as site,
        transport_to(site, time) as transport,
        pytest.raises(TransientError) as caught,
    ):
        transport.send(GET)
    assert len(site.asked) == 5
    assert caught.value.attempts == 5
    assert caught.value.status == 503
    assert time.sleeps == [2.0, 4.0, 8.0, 16.0]


@pytest.mark.parametrize("trouble", [Answer(500), Answer(429), Answer(drop=True)], ids=["500", "429", "reset"])
def test_a_write_is_never_sent_twice(trouble: Answer) -> None:
    with ScriptedSite(in_turn(trouble, GOOD)) as site, transport_to(site) as transport, pytest.raises(TransientError):
        transport.send(POST)
    assert len(site.asked) == 1


def test_a_post_that_only_reads_is_sent_again() -> None:
    reading = Request("POST", "/wiki/api/v2/users-bulk", body=b"{}", is_safe=True)
    with ScriptedSite(in_turn(Answer(500), GOOD)) as site, transport_to(site) as transport:
        transport.send(reading)
    assert [asked.body for asked in site.asked] == [b"{}", b"{}"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 413, 501])
def test_what_will_not_pass_is_asked_once(status: int) -> None:
    with (
        ScriptedSite(lambda _asked: Answer(status)) as site,
        transport_to(site) as transport,
        pytest.raises(ApiError) as caught,
    ):
        transport.send(GET)
    assert len(site.asked) == 1
    assert caught.value.status == status


def test_a_429_waits_as_it_says_and_counts_as_throttled() -> None:
    time = OwnedTime()
    limited = Answer(429, headers={"Retry-After": "7"})
    with (
        ScriptedSite(in_turn(limited, GOOD)) as site,
        transport_to(site, time) as transport,
        transport.tally() as tally,
    ):
        transport.send(GET)
    assert 7.0 <= sum(time.sleeps) <= 8.0
    assert tally.throttled_seconds == sum(time.sleeps)
    assert tally.retries == 1


def test_a_429_that_asks_for_too_much_ends_at_once_and_says_so() -> None:
    time = OwnedTime()
    limited = Answer(429, headers={"Retry-After": "3600", "RateLimit-Reason": "confluence-burst-based"})
    with (
        ScriptedSite(lambda _asked: limited) as site,
        transport_to(site, time) as transport,
        pytest.raises(TransientError) as caught,
    ):
        transport.send(GET)
    assert str(caught.value) == (
        "The site limits how much may be asked (429, confluence-burst-based for GET /wiki/api/v2/pages). "
        "It asks for a longer wait than we keep; run again later."
    )
    assert (len(site.asked), time.sleeps) == (1, [])


def test_the_points_of_an_hour_are_waited_for() -> None:
    time = OwnedTime()
    limited = Answer(429, headers={"Retry-After": "1800", "RateLimit-Reason": "confluence-quota-global-based"})
    with ScriptedSite(in_turn(limited, GOOD)) as site, transport_to(site, time) as transport:
        transport.send(GET)
    assert 1800 <= sum(time.sleeps) <= 1803
    assert len(site.asked) == 2


def test_a_look_does_not_wait_for_the_points_of_an_hour() -> None:
    time = OwnedTime()
    limited = Answer(429, headers={"Retry-After": "1800", "RateLimit-Reason": "conf-global-based"})
    with (
        ScriptedSite(lambda _asked: limited) as site,
        transport_to(site, time, longest_quota_pause_seconds=0.0) as transport,
        pytest.raises(TransientError) as caught,
    ):
        transport.send(GET)
    assert str(caught.value) == (
        "The points of the OAuth app are used up for this hour (429, conf-global-based for GET /wiki/api/v2/pages); "
        "they come back at the full hour. All who use the app share them: choose fewer spaces, sweep less often, or ask "
        "Atlassian for more. API tokens have no such limit."
    )
    assert (len(site.asked), time.sleeps) == (1, [])


def test_a_503_that_says_zero_is_not_hammered() -> None:
    time = OwnedTime()
    busy = Answer(503, headers={"Retry-After": "0"})
    with ScriptedSite(in_turn(busy, busy, GOOD)) as site, transport_to(site, time) as transport:
        transport.send(GET)
    assert time.sleeps == [2.0, 4.0]


def test_429s_have_a_longer_patience_than_failures() -> None:
    with ScriptedSite(in_turn(*[Answer(429)] * 8, GOOD)) as site, transport_to(site) as transport:
        transport.send(GET)
    assert len(site.asked) == 9


def test_after_one_429_no_thread_asks_before_the_pause_is_over() -> None:
    stamps: list[float] = []
    start = threading.Barrier(4)
    limited = threading.Event()

    def answer(_asked: Asked) -> Answer:
        import time

        stamps.append(time.monotonic())
        if not limited.is_set():
            limited.set()
            return Answer(429, headers={"X-RateLimit-Reset": "0.3"})
        return GOOD

    def work(transport: Transport, first: bool) -> None:
        start.wait(5)
        if not first:
            limited.wait(5)
            threading.Event().wait(0.1)
        transport.send(GET)

    with ScriptedSite(answer) as site, closing(Transport(site.url, NoAuth(), TransportOptions())) as transport:
        threads = [threading.Thread(target=work, args=(transport, number == 0)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert len(stamps) == 5
    assert all(stamp - stamps[0] >= 0.28 for stamp in stamps[1:])


def test_connections_are_kept_and_are_as_many_as_threads() -> None:
    with ScriptedSite(lambda _asked: GOOD) as site, transport_to(site) as transport:
        threads = [threading.Thread(target=lambda: [transport.send(GET) for _ in range(10)]) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert len(site.asked) == 60
        assert site.connections <= 6


def test_credentials_never_follow_a_redirect_to_another_origin() -> None:
    with ScriptedSite(lambda _asked: Answer(text="bytes")) as media:
        away = Answer(302, headers={"Location": f"{media.url}/file?token=signed"})
        with ScriptedSite(lambda _asked: away) as site, transport_to(site) as transport:
            assert transport.send(DOWNLOAD).body == b"bytes"
    assert "Authorization" in site.asked[0].headers
    assert "Authorization" not in media.asked[0].headers
    assert media.asked[0].query == {"token": ["signed"]}


def test_the_callers_own_headers_and_body_stay_on_the_origin() -> None:
    own = {"X-Api-Key": "mine", "X-Trace": "7", "Range": "bytes=1-", "If-Range": '"e"', "User-Agent": "own/1"}
    with ScriptedSite(lambda _asked: Answer(text="bytes")) as media:
        away = Answer(302, headers={"Location": f"{media.url}/file"})
        with ScriptedSite(lambda _asked: away) as site, transport_to(site) as transport:
            transport.send(replace(DOWNLOAD, headers=own, body=b"private"))
    assert (site.asked[0].headers["X-Api-Key"], site.asked[0].body) == ("mine", b"private")
    told = media.asked[0]
    assert set(told.headers) - {"Host", "Connection"} == {
        "Accept", "Accept-Encoding", "Range", "If-Range", "User-Agent"
    }  # fmt: skip
    assert told.body == b""


def test_an_api_call_does_not_leave_the_origin() -> None:
    with ScriptedSite(lambda _asked: GOOD) as other:
        away = Answer(301, headers={"Location": f"{other.url}/wiki/api/v2/pages?token=abc123"})
        with (
            ScriptedSite(lambda _asked: away) as site,
            transport_to(site) as transport,
            pytest.raises(ProtocolError) as caught,
        ):
            transport.send(GET)
    assert str(caught.value) == (
        f"{site.url} redirects GET /wiki/api/v2/pages to {other.url}/wiki/api/v2/pages; "
        "credentials are not sent there. If the site has moved, set CONFLUENCE_URL to its new address."
    )
    assert other.asked == []


def test_a_redirect_to_a_login_page_is_an_access_error() -> None:
    login = Answer(302, headers={"Location": "/login.action?os_destination=%2Fwiki"})
    with (
        ScriptedSite(lambda _asked: login) as site,
        transport_to(site) as transport,
        pytest.raises(AccessError) as caught,
    ):
        transport.send(GET)
    assert str(caught.value).startswith(
        f"{site.url} sends GET /wiki/api/v2/pages to a login page ({site.url}/login.action): the credentials were not accepted."
    )
    assert len(site.asked) == 1


def test_a_redirect_within_the_origin_is_followed_with_credentials() -> None:
    def answer(asked: Asked) -> Answer:
        return GOOD if asked.path == "/new" else Answer(307, headers={"Location": "/new"})

    with ScriptedSite(answer) as site, transport_to(site) as transport:
        assert transport.send(GET).payload == {"results": []}
    assert "Authorization" in site.asked[1].headers


def test_redirects_in_circles_end() -> None:
    around = Answer(302, headers={"Location": "/wiki/api/v2/pages?limit=1"})
    with (
        ScriptedSite(lambda _asked: around) as site,
        transport_to(site) as transport,
        pytest.raises(ProtocolError, match=r"^GET /wiki/api/v2/pages was redirected more than 5 times\.$"),
    ):
        transport.send(GET)
    assert len(site.asked) == 6


def test_no_cookie_is_ever_sent_back() -> None:
    with (
        ScriptedSite(lambda _asked: Answer(payload={}, headers={"Set-Cookie": "JSESSIONID=1"})) as site,
        transport_to(site) as transport,
    ):
        transport.send(GET)
        transport.send(GET)
    assert all("Cookie" not in asked.headers for asked in site.asked)


def test_netrc_is_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with ScriptedSite(lambda _asked: GOOD) as site, transport_to(site, auth=NoAuth()) as transport:
        transport.send(GET)
    assert "Authorization" not in site.asked[0].headers


class _RefreshingAuth:
    """A token that is renewed when it was refused."""

    kind = "oauth"
    variables = ()

    def __init__(self) -> None:
        self.token = "old-token"
        self.refreshes = 0

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.token,)

    def flow(self, outgoing: Outgoing) -> AuthFlow:
        outgoing.headers["Authorization"] = f"Bearer {self.token}"
        reply = yield outgoing
        if reply.status == 401:
            self.token = "new-token"
            self.refreshes += 1
            outgoing.headers["Authorization"] = f"Bearer {self.token}"
            yield outgoing


def test_an_auth_may_renew_its_token_in_the_middle() -> None:
    def answer(asked: Asked) -> Answer:
        return GOOD if asked.headers["Authorization"] == "Bearer new-token" else Answer(401)

    auth = _RefreshingAuth()
    with ScriptedSite(answer) as site, transport_to(site, auth=auth) as transport, transport.tally() as tally:  # type: ignore[arg-type]
        transport.send(GET)
        transport.send(GET)
    assert auth.refreshes == 1
    assert (tally.requests, tally.retries) == (3, 1)


def test_a_closed_port_is_told_at_once() -> None:
    time = OwnedTime()
    port = closed_port()
    with (
        closing(Transport(f"http://127.0.0.1:{port}", NoAuth(), quick_options(time))) as transport,
        pytest.raises(TransientError) as caught,
    ):
        transport.send(GET)
    assert str(caught.value) == (
        f"Nothing answers at http://127.0.0.1:{port} (connection refused). "
        "Check host and port of CONFLUENCE_URL, and that the site is up."
    )
    assert time.sleeps == []


def test_a_port_that_closes_later_is_tried_again() -> None:
    time = OwnedTime()
    with ScriptedSite(lambda _asked: Answer(payload={}, headers={"Connection": "close"})) as site:
        transport = Transport(site.url, NoAuth(), quick_options(time, attempts=3))
        transport.send(GET)
    with closing(transport), pytest.raises(TransientError) as caught:
        transport.send(GET)
    assert caught.value.attempts == 3
    assert time.sleeps == [2.0, 4.0]


def test_an_unknown_host_is_told_at_once() -> None:
    with (
        closing(Transport("https://no-such-site.invalid", NoAuth(), quick_options())) as transport,
        pytest.raises(TransientError) as caught,
    ):
        transport.send(GET)
    assert str(caught.value) == (
        "There is no host named no-such-site.invalid. Check the spelling of CONFLUENCE_URL, and the network (DNS, VPN)."
    )
    assert caught.value.attempts == 1


def test_tls_to_a_plain_port_is_a_matter_of_settings() -> None:
    with ScriptedSite(lambda _asked: GOOD) as site:
        root = site.url.replace("http://", "https://")
        with closing(Transport(root, NoAuth(), quick_options())) as transport, pytest.raises(SettingsError) as caught:
            transport.send(GET)
    assert str(caught.value) == f"{root} does not speak TLS. Check scheme and port of CONFLUENCE_URL."


def test_a_certificate_that_nobody_vouches_for_is_a_matter_of_settings(tmp_path: Path) -> None:
    files = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    with (
        ScriptedSite(lambda _asked: GOOD, tls=context) as site,
        closing(Transport(site.url, NoAuth(), quick_options())) as transport,
        pytest.raises(SettingsError) as caught,
    ):
        transport.send(GET)
    assert str(caught.value) == (
        "The TLS certificate of 127.0.0.1 can't be trusted: self-signed certificate. Check the host in CONFLUENCE_URL; "
        "for a company's own authority set REQUESTS_CA_BUNDLE to its certificate file."
    )


def test_a_companys_own_authority_is_trusted_where_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = self_signed(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", files[0])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    with ScriptedSite(lambda _asked: GOOD, tls=context) as site, transport_to(site) as transport:
        assert transport.send(GET).payload == {"results": []}


def self_signed(folder: Path) -> tuple[str, str]:
    """A certificate for 127.0.0.1 and its key, made now."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "key.pem").write_bytes(pem)
    return str(folder / "cert.pem"), str(folder / "key.pem")


def test_a_proxy_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{closed_port()}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    transport = Transport("https://acme.atlassian.net", NoAuth(), quick_options())
    with closing(transport), pytest.raises(TransientError) as caught:
        transport.send(GET)
    assert str(caught.value) == (
        "The proxy did not let us through to https://acme.atlassian.net. Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY."
    )


def test_a_slow_answer_is_a_transient_error() -> None:
    stop = threading.Event()

    def slow(_asked: Asked) -> Answer:
        stop.wait(5)
        return GOOD

    options = TransportOptions(read_timeout_seconds=0.2, retry=quick_options(attempts=1).retry)
    with ScriptedSite(slow) as site, closing(Transport(site.url, NoAuth(), options)) as transport:
        with pytest.raises(TransientError) as caught:
            transport.send(GET)
        stop.set()
    assert str(caught.value) == f"{site.url} did not answer in time."


def test_an_error_carries_no_secret_anywhere() -> None:
    echo = Answer(500, payload={"message": "you sent s3cret-token and Basic bWVAeDpzM2NyZXQtdG9rZW4="})
    asked = Request("GET", "/wiki/x", "jwt=abc.def&q=s3cret-token", is_safe=True)
    with (
        ScriptedSite(lambda _asked: echo) as site,
        transport_to(site, attempts=1) as transport,
        pytest.raises(TransientError) as caught,
    ):
        transport.send(asked)
    error = caught.value
    shown = f"{error} {error.url} {error.excerpt} {error.args} {error!r} {error.__context__!r} {error.__cause__!r}"
    assert "s3cret-token" not in shown
    assert "bWVAeDp" not in shown
    assert error.url == f"{site.url}/wiki/x?jwt=***&q=***"


def test_nothing_of_requests_hangs_on_a_network_error() -> None:
    with (
        closing(Transport(f"http://127.0.0.1:{closed_port()}", NoAuth(), quick_options())) as transport,
        pytest.raises(TransientError) as caught,
    ):
        transport.send(GET)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_tallies_nest_and_belong_to_their_thread() -> None:
    with ScriptedSite(lambda _asked: GOOD) as site, transport_to(site) as transport, transport.tally() as outer:
        transport.send(GET)
        with transport.tally() as inner:
            transport.send(GET)
            other = threading.Thread(target=transport.send, args=(GET,))
            other.start()
            other.join(5)
        transport.send(GET)
    assert (outer.requests, inner.requests, len(site.asked)) == (3, 1, 4)


def test_parameters_are_encoded_as_the_api_wants_them() -> None:
    encoded = encode_parameters({"id": ["1", "2"], "limit": 250, "blank": True, "none": None, "cql": 'space="A&B"'})
    assert encoded == "id=1&id=2&limit=250&blank=true&cql=space%3D%22A%26B%22"
