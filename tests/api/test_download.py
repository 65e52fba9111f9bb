"""Files: from the site to the media host, taken up where they were cut, counted to the end, their addresses kept secret."""

import base64
import logging
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from confluence_assets.api import Connection, Transport, connect, wire
from confluence_assets.api.download import open_download
from confluence_assets.api.source import Source
from confluence_assets.api.wire import Request as ApiRequest
from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.emulator.web.messages import Reply, Request
from confluence_assets.errors import AccessError, ApiError, ProtocolError, TransientError
from tests.api.clock import OwnedTime, quick_options
from tests.api.cloud import source_of
from tests.api.server import Answer, Asked, ScriptedSite, closed_port

MEDIA = "(media) /file/{fileId}/binary"
SECRET = "s1gned-and-secret"
SIGNED = f"/file/f-1/binary?token={SECRET}&X-Unheard-Of={SECRET}2"
CONTENT = bytes(random.Random(1).randbytes(200_000))


@contextmanager
def a_file(content: bytes = CONTENT) -> Iterator[tuple[EmbeddedSite, Source, dict[str, Any]]]:
    """An embedded site with one more file, a source that waits for nothing, and how the file is asked for."""
    with EmbeddedSite(SiteConfig.shape("small")) as embedded:
        page = next(row for row in embedded.control.dump("page") if row["status"] == "current")
        made = embedded.control.edit(
            "upload", container=page["id"], filename="a.bin", base64=base64.b64encode(content).decode()
        )
        connection = Connection(url=embedded.url, email="admin@example.com", api_token="admin")
        source = connect(connection, options=quick_options())
        yield embedded, source, {"container_id": page["id"], "attachment_id": made["id"], "version_number": 1}


def read(source: Source, where: dict[str, Any], size_bytes: int | None = None) -> bytes:
    with source.download_attachment(**where, size_bytes=size_bytes) as chunks:
        return b"".join(chunks)


def spoil(embedded: EmbeddedSite, how: Callable[[Request, Reply], Reply]) -> list[Request]:
    """Let the media host's answers be spoiled; returns what it is asked."""
    asked: list[Request] = []

    def fault(request: Request, template: str, reply: Reply) -> Reply:
        if template != MEDIA:
            return reply
        asked.append(request)
        return how(request, reply)

    embedded.site.faults.active.append(fault)
    return asked


def test_a_file_comes_through_the_redirect_without_credentials() -> None:
    with a_file() as (embedded, source, where):
        asked = spoil(embedded, lambda _request, reply: reply)
        assert read(source, where, len(CONTENT)) == CONTENT
        assert embedded.media_url != embedded.url
    assert [("authorization" in request.headers, "cookie" in request.headers) for request in asked] == [(False, False)]


def test_an_empty_file() -> None:
    with a_file(b"") as (_, source, where):
        assert read(source, where, 0) == b""


def test_cut_at_twenty_random_bytes_and_taken_up() -> None:
    chance = random.Random(20)
    cuts = sorted(chance.sample(range(1, len(CONTENT)), 20))
    waiting = list(cuts)

    def cut(request: Request, reply: Reply) -> Reply:
        if waiting:
            begin = int(request.headers.get("range", "bytes=0-")[6:-1])
            reply.cut_after_bytes = waiting.pop(0) - begin
        return reply

    with a_file() as (embedded, source, where):
        asked = spoil(embedded, cut)
        with source.tally() as tally:
            assert read(source, where, len(CONTENT)) == CONTENT
        assert (tally.requests, tally.retries) == (42, 0)
    assert [request.headers.get("range") for request in asked] == [None, *(f"bytes={cut}-" for cut in cuts)]
    assert sum(len(request.headers.get("range", "")) > 0 for request in asked) == 20


@pytest.mark.parametrize("seed", range(20))
def test_a_host_that_knows_no_ranges_gives_all_of_it_again(seed: int) -> None:
    at = random.Random(seed).randrange(len(CONTENT))
    cuts = [at]

    def cut(_request: Request, reply: Reply) -> Reply:
        whole = Reply(200, CONTENT, reply.content_type)
        whole.cut_after_bytes = cuts.pop() if cuts else None
        return whole

    with a_file() as (embedded, source, where):
        spoil(embedded, cut)
        assert read(source, where, len(CONTENT)) == CONTENT


def test_no_progress_is_given_up() -> None:
    def cut(_request: Request, reply: Reply) -> Reply:
        reply.cut_after_bytes = 0
        return reply

    with a_file() as (embedded, source, where):
        asked = spoil(embedded, cut)
        with pytest.raises(TransientError):
            read(source, where)
    assert len(asked) == 5


@pytest.mark.parametrize("promised", [len(CONTENT) - 1, len(CONTENT) + 1, 0])
def test_another_length_than_was_promised_is_refused(promised: int) -> None:
    with a_file() as (_, source, where), pytest.raises(ProtocolError, match=f"where {promised} were promised"):
        read(source, where, promised)


LOGIN = "<!doctype html><title>Log in - Confluence</title><form><input type='password' name='os_password'></form>"
NOTES = "<!doctype html><title>Notes</title><p>Nothing to sign.</p>"
HTML = {"Content-Type": "text/html;charset=UTF-8"}


def streamed(answer: Answer, size_bytes: int | None = None) -> bytes:
    with (
        ScriptedSite(lambda _asked: answer) as site,
        open_download(
            Transport(site.url, options=quick_options()),
            ApiRequest("GET", "/download/a", is_safe=True),
            size_bytes=size_bytes,
        ) as chunks,
    ):
        return b"".join(chunks)


@pytest.mark.parametrize("has_length", [True, False])
@pytest.mark.parametrize("size_bytes", [None, 33])
def test_a_login_page_is_no_file(has_length: bool, size_bytes: int | None) -> None:
    """A session that has ended is answered with 200 and a page by some servers; it was kept as the file."""
    with pytest.raises(AccessError, match="login page was answered to GET /download/a"):
        streamed(Answer(200, text=LOGIN, headers=HTML, has_length=has_length), size_bytes)


def test_a_file_that_is_a_web_page_is_one() -> None:
    assert streamed(Answer(200, text=NOTES, headers=HTML, has_length=False)).decode() == NOTES
    assert streamed(Answer(200, text=NOTES * 900, headers=HTML)).decode() == NOTES * 900
    sent = HTML | {"Content-Disposition": "attachment; filename=login.html"}
    assert streamed(Answer(200, text=LOGIN, headers=sent, has_length=False)).decode() == LOGIN
    assert streamed(Answer(200, text=LOGIN, headers=HTML), len(LOGIN)).decode() == LOGIN  # as long as the list says


def test_a_login_page_does_not_go_on_where_a_file_was_cut() -> None:
    answers = [
        Answer(200, text=NOTES * 900, headers=HTML, cut=True),
        Answer(200, text=LOGIN, headers=HTML, has_length=False),
    ]
    with (
        ScriptedSite(lambda _asked: answers.pop(0)) as site,
        pytest.raises(AccessError, match="login page"),
        open_download(
            Transport(site.url, options=quick_options()), ApiRequest("GET", "/download/a", is_safe=True)
        ) as chunks,
    ):
        b"".join(chunks)


def test_a_host_that_gives_the_wrong_part_is_refused() -> None:
    def lie(request: Request, reply: Reply) -> Reply:
        if "range" in request.headers:
            reply.headers["Content-Range"] = f"bytes 150000-199999/{len(CONTENT)}"
        else:
            reply.cut_after_bytes = 1000
        return reply

    with a_file() as (embedded, source, where):
        spoil(embedded, lie)
        with pytest.raises(ProtocolError, match="another part"):
            read(source, where)


def test_what_changed_meanwhile_is_not_mixed() -> None:
    tags = iter(["one", "two", "two", "two", "two", "two", "two"])

    def changing(_request: Request, reply: Reply) -> Reply:
        reply.headers["ETag"] = f'"{next(tags)}"'
        reply.cut_after_bytes = 1000
        return reply

    with a_file() as (embedded, source, where):
        spoil(embedded, changing)
        with pytest.raises(TransientError, match="changed while"):
            read(source, where)


def test_an_expired_address_is_asked_for_again() -> None:
    refusals = [Reply(403, b'{"code":403}')]
    with a_file() as (embedded, source, where):
        asked = spoil(embedded, lambda _request, reply: refusals.pop() if refusals else reply)
        assert read(source, where) == CONTENT
    assert len(asked) == 2


def test_leaving_early_lets_the_connection_go() -> None:
    with a_file() as (_, source, where):
        with source.download_attachment(**where) as chunks:
            assert CONTENT.startswith(next(chunks))
        assert read(source, where) == CONTENT


def to(location: str) -> Callable[[Asked], Answer]:
    return lambda asked: Answer(302, headers={"Location": location}) if "/download" in asked.path else Answer(500)


@pytest.mark.parametrize(
    "location",
    [
        "ftp://media.example/file",
        "ftp://127.0.0.1/file",
        "file:///etc/passwd",
        "file://localhost/etc/passwd",
        "http://media.example/plain",
        "gopher://localhost:70/x",
    ],
)
def test_foreign_schemes_are_refused(location: str) -> None:
    with ScriptedSite(to(location)) as site, source_of(site) as source, pytest.raises(ProtocolError, match="redirects"):
        read(source, {"container_id": "1", "attachment_id": "att2"})
    assert len(site.asked) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 416, 429, 500])
def test_the_signed_address_is_told_to_nobody(status: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    answer = Answer(status, text=f"<Error><Signed>{SIGNED}</Signed><Key>{SECRET}</Key></Error>")
    with (
        ScriptedSite(lambda _asked: answer) as media,
        ScriptedSite(to(media.url + SIGNED)) as site,
        source_of(site) as source,
        pytest.raises(ApiError) as caught,
    ):
        read(source, {"container_id": "1", "attachment_id": "att2"})
    assert media.asked
    assert all("Authorization" not in asked.headers for asked in media.asked)
    error = caught.value
    told = f"{error} {error.url} {error.excerpt} {error.hint} {error.__cause__} {error.__context__}"
    assert SECRET not in told
    assert SECRET not in caplog.text
    assert "f-1" not in told
    assert any("urllib3" in record.name for record in caplog.records), "urllib3 logs, and the test must see it"


def test_a_media_host_that_is_down_is_named_without_the_address(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with (
        ScriptedSite(to(f"http://127.0.0.1:{closed_port()}{SIGNED}")) as site,
        source_of(site) as source,
        pytest.raises(TransientError) as caught,
    ):
        read(source, {"container_id": "1", "attachment_id": "att2"})
    error = caught.value
    assert "Nothing answers at http://127.0.0.1" in str(error)
    assert SECRET not in f"{error} {error.url} {error.excerpt} {caplog.text}"
    assert "f-1" not in f"{error} {error.url} {error.excerpt}"


def test_a_host_that_drips_is_left() -> None:
    time = OwnedTime()

    def an_hour_later() -> float:
        time.seconds += 3600
        return time.seconds

    options = quick_options(time)
    slow = replace(options, clock=replace(options.clock, monotonic=an_hour_later))
    with ScriptedSite(lambda _asked: Answer(text="x" * 1000)) as site:
        source = connect(Connection(site.url, "me@example.com", "token", deployment="cloud"), options=slow)
        with pytest.raises(TransientError, match="too slow"):
            read(source, {"container_id": "1", "attachment_id": "att2"})


@pytest.mark.parametrize("location", ["http://127.0.0.1:8500/v1/kv", "https://localhost/x", "https://[::1]/x"])
def test_a_site_elsewhere_can_not_send_us_to_our_own_services(location: str) -> None:
    transport = Transport("https://wiki.example.com")
    request = ApiRequest("GET", "/download", is_safe=True, wants_json=False)
    with pytest.raises(ProtocolError, match="redirects"):
        transport._follow(request, wire.Reply(302, {}, b"", "https://wiki.example.com/download"), location)
