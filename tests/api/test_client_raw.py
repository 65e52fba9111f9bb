"""Raw calls and GraphQL: what is sent, what comes back, what is tried again, what may not be said, and what the debug log tells."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from confluence_assets.api import ConfluenceClient, Connection
from confluence_assets.api.exchange_log import describe_reply
from confluence_assets.api.redaction import Redactor
from confluence_assets.api.transport import TransportOptions
from confluence_assets.api.wire import Reply
from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.errors import (
    AccessError,
    NotFoundError,
    ProtocolError,
    SettingsError,
    TransientError,
    UnavailableError,
)
from tests.api.clock import OwnedTime, quick_options
from tests.api.server import Answer, Asked, ScriptedSite
from tests.api.writing import connection_of


@pytest.fixture(scope="module")
def site() -> Iterator[EmbeddedSite]:
    with EmbeddedSite(SiteConfig.shape("small")) as found:
        yield found


@pytest.fixture
def client(site: EmbeddedSite) -> Iterator[ConfluenceClient]:
    site.control.reset()
    with ConfluenceClient(connection_of(site, "cloud"), options=quick_options()) as found:
        yield found


def scripted(site: ScriptedSite, **more: Any) -> ConfluenceClient:
    connection = Connection(site.url, "me@example.com", "s3cret-token", deployment="cloud", allow_writes=True)
    return ConfluenceClient(connection, **more)


# what is sent and what comes back


def test_parameters_body_headers_and_responses_of_any_form() -> None:
    with ScriptedSite(lambda _asked: Answer(text='{"a": "ü"}')) as site, scripted(site) as client:
        reply = client.request(
            "put", "/rest/x?a=1", params={"b": [1, 2], "c": True, "d": None}, body={"k": "v"}, headers={"X-One": "1"}
        )
        assert reply.payload == {"a": "ü"}
        assert client.request("GET", "/rest/x", response="text").payload == '{"a": "ü"}'
        assert client.request("GET", "/rest/x", response="binary").payload == '{"a": "ü"}'.encode()
        client.request("POST", "/rest/x", body="plain", response="text")
        client.request(
            "POST", "/rest/x", body=b"\x00\x01", headers={"Content-Type": "application/x-own"}, response="text"
        )
    first, _, _, text, own = site.asked
    assert (first.method, first.path, first.query) == (
        "PUT", "/rest/x", {"a": ["1"], "b": ["1", "2"], "c": ["true"]}
    )  # fmt: skip
    assert (first.body, first.headers["Content-Type"], first.headers["X-One"]) == (
        b'{"k": "v"}',
        "application/json",
        "1",
    )
    assert first.headers["Authorization"].startswith("Basic ")
    assert (text.body, text.headers["Content-Type"]) == (b"plain", "text/plain; charset=utf-8")
    assert (own.body, own.headers["Content-Type"]) == (b"\x00\x01", "application/x-own")


def test_an_address_of_the_site_is_a_path_too(client: ConfluenceClient, site: EmbeddedSite) -> None:
    reply = client.request("GET", f"{site.url}/wiki/api/v2/pages?limit=5")
    assert len(reply.payload["results"]) == 5


@pytest.mark.parametrize(
    "path",
    [
        "https://elsewhere.example/wiki/api/v2/pages",
        "http://127.0.0.1.elsewhere.example/x",
        "//elsewhere.example/x",
        "@elsewhere.example/x",
        "wiki/api/v2/pages",
        "/wiki/../../secret",
        "/wiki/%2e%2e/%2e%2e/secret",
        "/wiki/%252e%252e/secret",
        "/wiki/..\\secret",
        "ftp://x/y",
        "",
    ],
)
def test_the_origin_is_pinned(client: ConfluenceClient, site: EmbeddedSite, path: str) -> None:
    site.control.reset_stats()
    with pytest.raises(SettingsError):
        client.request("GET", path)
    assert site.control.stats()["total"] == 0


@pytest.mark.parametrize("header", ["Authorization", "authorization ", "Cookie", "Host", "Proxy-Authorization"])
def test_credentials_can_not_be_overridden(client: ConfluenceClient, header: str) -> None:
    with pytest.raises(SettingsError) as caught:
        client.request("GET", "/wiki/api/v2/pages", headers={header: "Bearer of-somebody-else"})
    assert "of-somebody-else" not in str(caught.value)


@pytest.mark.parametrize("value", ["a\r\nAuthorization: Bearer x", "a\nb", "a\0"])
def test_a_header_can_not_smuggle_another(client: ConfluenceClient, value: str) -> None:
    with pytest.raises(SettingsError):
        client.request("GET", "/wiki/api/v2/pages", headers={"X-One": value})


def test_an_answer_for_anonymous_is_no_answer() -> None:
    """A Data Center turns a token that expired into nobody, and says so in a header only."""
    config = SiteConfig.shape("small", deployment="datacenter")
    with EmbeddedSite(config) as site:
        connection = Connection(site.url, pat="expired", deployment="datacenter")
        with (
            ConfluenceClient(connection, options=quick_options()) as client,
            pytest.raises(AccessError, match="anonymous"),
        ):
            client.request("GET", "/rest/api/space")


LOGIN_PAGE = Answer(
    text="<!doctype html><title>Sign in to your account</title>", headers={"Content-Type": "text/html; charset=utf-8"}
)


@pytest.mark.parametrize("response", ["text", "binary"])
def test_a_login_page_is_no_answer_in_any_form(response: Any) -> None:
    with ScriptedSite(lambda _asked: LOGIN_PAGE) as site, scripted(site) as client:
        with pytest.raises(AccessError, match="login page"):
            client.request("GET", "/rest/x", response=response)
        site.answer = lambda _asked: Answer(302, headers={"Location": "/login.action?os_destination=%2Fx"})
        site.asked.clear()
        with pytest.raises(AccessError, match="login page"):
            client.request("GET", "/rest/x", response=response)
        assert len(site.asked) == 1


def test_a_text_stays_on_the_site_and_a_file_may_leave_it_but_not_for_a_login() -> None:
    with ScriptedSite(lambda _asked: Answer(text="bytes")) as other:
        away = Answer(302, headers={"Location": f"{other.url}/start"})
        with ScriptedSite(lambda _asked: away) as site, scripted(site) as client:
            with pytest.raises(ProtocolError, match="credentials are not sent there"):
                client.request("GET", "/rest/x", response="text")
            assert other.asked == []
            assert client.request("GET", "/rest/x", response="binary").payload == b"bytes"
            other.answer = lambda _asked: LOGIN_PAGE
            with pytest.raises(AccessError, match="login page"):
                client.request("GET", "/rest/x", response="binary")


def test_a_file_about_logins_is_a_file() -> None:
    """Sent as a file, and below a path and a name that a login might have."""
    target = "/wiki/download/attachments/1/login"
    headers = {"Content-Type": "text/html", "Content-Disposition": 'attachment; filename="login"'}

    def answer(asked: Asked) -> Answer:
        if asked.path == target:
            return Answer(text="<html><title>Log in</title>", headers=headers)
        return Answer(302, headers={"Location": target})

    with ScriptedSite(answer) as site, scripted(site) as client:
        assert client.request("GET", "/x", response="binary").payload == b"<html><title>Log in</title>"


# attempts


def flaky(failures: int, answer: Answer | None = None) -> ScriptedSite:
    left = [failures]

    def reply(_asked: Asked) -> Answer:
        left[0] -= 1
        return (answer or Answer(503, {})) if left[0] >= 0 else Answer(payload={"ok": True})

    return ScriptedSite(reply)


def test_retries_delay_and_backoff_are_chosen() -> None:
    time = OwnedTime()
    with flaky(3) as site, scripted(site, options=quick_options(time)) as client:
        client.request("GET", "/x", retries=3, delay_seconds=1.0, backoff=3.0, longest_delay_seconds=5.0)
    assert time.sleeps == [1.0, 3.0, 5.0]
    assert len(site.asked) == 4


def test_no_retry_may_be_chosen() -> None:
    with flaky(1) as site, scripted(site, options=quick_options()) as client, pytest.raises(TransientError):
        client.request("GET", "/x", retries=0)
    assert len(site.asked) == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("answer", [Answer(503, {}), Answer(429, {}), Answer(drop=True)], ids=["503", "429", "reset"])
def test_what_writes_is_sent_once_whatever_was_asked_for(method: str, answer: Answer) -> None:
    with flaky(1, answer) as site, scripted(site, options=quick_options()) as client, pytest.raises(TransientError):
        client.request(method, "/x", body={}, retries=5)
    assert len(site.asked) == 1


def test_a_timeout_is_chosen(client: ConfluenceClient, site: EmbeddedSite) -> None:
    site.control.fault("stall", route="*", seconds=5)
    with pytest.raises(TransientError, match="did not answer in time"):
        client.request("GET", "/wiki/api/v2/pages", timeout_seconds=0.1, retries=0)


@pytest.mark.parametrize(
    "options", [{"retries": -1}, {"timeout_seconds": 0}, {"delay_seconds": -1.0}, {"backoff": -2.0}]
)
def test_numbers_that_make_no_sense_are_told(client: ConfluenceClient, options: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as caught:
        client.request("GET", "/wiki/api/v2/pages", **options)
    assert caught.value.setting == next(iter(options))


# GraphQL

QUERY = "query One($id: ID!) { me { user { accountId } } confluence { page(id: $id) { title space { key } } } }"


def test_a_query_is_answered(client: ConfluenceClient) -> None:
    page = next(iter(client.iter_pages()))
    found = client.graphql(QUERY, {"id": page["id"]})
    assert found["data"]["confluence"]["page"]["title"] == page["title"]
    assert found["data"]["me"]["user"]["accountId"] == client.get_current_user()["accountId"]


def test_a_query_is_sent_again_and_a_mutation_is_not(site: EmbeddedSite) -> None:
    site.control.reset()
    space = site.control.dump("space")[0]
    mutation = (
        f'mutation {{ confluence {{ createPage(input: {{spaceId: "{space["id"]}", title: "Q"}}) {{ success }} }} }}'
    )
    connection = connection_of(site, "cloud", allow_writes=True)
    with ConfluenceClient(connection, options=quick_options()) as client:
        site.control.fault("error", route="POST /gateway/api/graphql", status=503, times=2)
        assert client.graphql("{ me { user { name } } }")["data"]["me"]["user"]["name"]
        site.control.clear_faults()
        site.control.reset_stats()
        site.control.fault("reset", route="POST /gateway/api/graphql", times=1)
        with pytest.raises(TransientError):
            client.graphql(mutation)
        assert site.control.stats()["by_endpoint"] == {"POST /gateway/api/graphql": 1}
        assert site.control.stats()["writes"] == 1


def test_the_gateway_is_asked_at_its_origin(site: EmbeddedSite) -> None:
    site.control.reset()
    made = site.control.edit("create_scoped_token", account="admin@example.com", scopes=["read:page:confluence"])
    connection = Connection(site.gateway_url, made["email"], made["token"])
    with ConfluenceClient(connection, options=quick_options()) as client:
        assert client.graphql("{ me { user { name } } }")["data"]["me"]["user"]["name"] == "Site Admin"
    assert "POST (api) /graphql" in site.control.stats()["by_endpoint"]


def test_errors_of_graphql_are_told_and_parts_are_kept(client: ConfluenceClient) -> None:
    with pytest.raises(ProtocolError, match="Cannot query field 'nothing'"):
        client.graphql("{ me { nothing } }")
    found = client.graphql('{ confluence { page(id: "1") { title } } }')
    assert found["data"] == {"confluence": {"page": None}}


@pytest.mark.parametrize(
    "document", ["", "{", "{ me } }", "fragment F on User { name }", "subscription { me }", "{ a } { b }"]
)
def test_what_is_no_query_is_told_before_it_is_sent(
    client: ConfluenceClient, site: EmbeddedSite, document: str
) -> None:
    site.control.reset_stats()
    with pytest.raises(SettingsError):
        client.graphql(document)
    assert site.control.stats()["total"] == 0


def test_a_site_without_graphql_says_so(client: ConfluenceClient, site: EmbeddedSite) -> None:
    site.control.configure(graphql=False)
    with pytest.raises(NotFoundError):
        client.graphql("{ me { user { name } } }")


def test_data_center_documents_none() -> None:
    config = SiteConfig.shape("small", deployment="datacenter")
    with (
        EmbeddedSite(config) as site,
        ConfluenceClient(connection_of(site, "datacenter")) as client,
        pytest.raises(UnavailableError, match="documents no GraphQL"),
    ):
        client.graphql("{ me }")


# the debug log: a secret hunt

SECRET = "ATATT3xFfGF0-very-secret-token=ABCDEF12"
PAIR = base64.b64encode(f"me@example.com:{SECRET}".encode()).decode()
OTHERS = (
    "session-of-somebody",
    "oauth-code-1234",
    "refresh-me-5678",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
)


def test_no_secret_is_in_the_debug_log() -> None:
    """Secrets in the credentials, and in every field of requests and answers in which a site or a user might put one."""

    def reply(asked: Asked) -> Answer:
        if asked.path == "/redirect":
            return Answer(302, {}, headers={"Location": f"{site.url}/x?jwt={OTHERS[3]}&token={OTHERS[2]}"})
        told = {
            "access_token": OTHERS[2],
            "echo": asked.headers.get("Authorization"),
            "text": f"it was {SECRET}",
            "jwt": OTHERS[3],
        }
        status = 503 if asked.path == "/fails" else 200
        return Answer(status, told, headers={"Set-Cookie": f"JSESSIONID={OTHERS[0]}", "X-Echo": f"Basic {PAIR}"})

    lines: list[str] = []
    options = TransportOptions(debug=lines.append, retry=quick_options().retry, clock=OwnedTime().clock())
    with ScriptedSite(reply) as site:
        connection = Connection(site.url, "me@example.com", SECRET, deployment="cloud", allow_writes=True)
        with ConfluenceClient(connection, options=options) as client:
            client.request(
                "GET", "/x", params={"token": SECRET, "code": OTHERS[1], "q": SECRET}, headers={"X-Own": SECRET}
            )
            client.request(
                "POST", "/x", body={"password": OTHERS[0], "deep": {"client_secret": OTHERS[1]}, "t": SECRET}
            )
            client.request("POST", "/x", body=f"Authorization: Bearer {SECRET}")
            client.request("POST", "/x", body=(f"{SECRET}\n" * 3000))
            client.request("GET", "/redirect")
            client.graphql("{ me }", {"token": OTHERS[2], "plain": SECRET})
            with pytest.raises(TransientError):
                client.request("GET", "/fails")
    with ConfluenceClient(connection, options=options) as client, pytest.raises(TransientError):
        client.request("GET", "/x", params={"token": SECRET})
    written = "\n".join(lines)
    assert len(lines) > 20
    assert "> GET http://127.0.0.1" in written
    assert "< 200 in" in written
    assert "< no answer" in written
    for secret in (SECRET, SECRET[:20], PAIR, PAIR[:24], *OTHERS):
        assert secret not in written


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("https://media.example/signed/s3cret/a?sig=s3cret", "< Location: https://media.example/***"),
        ("https://who:s3cret@media.example/a", "< Location: https://media.example/***"),
        ("//media.example/s3cret", "< Location: ://media.example/***"),
        ("/wiki/x?jwt=s3cret", "< Location: /wiki/x?***"),
        ("https://acme.example/wiki/x", "< Location: https://acme.example/wiki/x"),
    ],
)
def test_of_where_a_reply_leads_the_debug_log_tells_no_signature(location: str, told: str) -> None:
    """A signature may stand in the path as well as in the query."""
    reply = Reply(302, {"Location": location}, b"", "https://acme.example/wiki/download/a")
    assert told in describe_reply(reply, 0.1, Redactor()).splitlines()


def test_the_debug_log_tells_what_was_said(client: ConfluenceClient, site: EmbeddedSite) -> None:
    lines: list[str] = []
    options = TransportOptions(debug=lines.append)
    connection = connection_of(site, "cloud", allow_writes=True)
    with ConfluenceClient(connection, options=options) as talking:
        page = talking.create_page(site.control.dump("space")[0]["key"], "Told", "<p>In the log.</p>")
        talking.upload_attachment(page["id"], "new.bin", b"\x00\x01\x02 not shown")
        with talking.download_attachment(
            page["id"], next(talking.iter_attachments(page_id=page["id"]))["id"]
        ) as chunks:
            assert b"".join(chunks) == b"\x00\x01\x02 not shown"
    written = "\n".join(lines)
    assert "In the log." in written
    assert "> Authorization: ***" in written
    assert "bytes of multipart/form-data" in written
    assert "not shown" not in written
    assert "token=" not in written.replace("token=***", "")
