"""The same rows, or an error: never fewer rows, whatever the site does to its answers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import orjson
import pytest

from confluence_assets.api import Connection, Scope, SpaceRef, connect
from confluence_assets.api.cloud.source import CloudSource
from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.emulator.web.messages import Reply, Request
from confluence_assets.errors import AccessError, ApiError, ProtocolError, TransientError
from tests.api.clock import OwnedTime, quick_options

LISTED = "/wiki/api/v2/pages"


@pytest.fixture(scope="module")
def site() -> Iterator[EmbeddedSite]:
    config = SiteConfig.shape("small")
    config.switches.update(v2_limit_cap=6, cql_cap="25")
    with EmbeddedSite(config) as found:
        yield found


@contextmanager
def source_with(site: EmbeddedSite, spoil: Callable[[int, Request, Reply], Reply]) -> Iterator[CloudSource]:
    """A source to the site, whose n-th answer (from 1) `spoil` may spoil."""
    count = 0

    def fault(request: Request, _template: str, reply: Reply) -> Reply:
        nonlocal count
        count += 1
        return spoil(count, request, reply)

    source = connect(
        Connection(site.url, "admin@example.com", "admin", deployment="cloud"), options=quick_options(OwnedTime())
    )
    assert isinstance(source, CloudSource)
    site.site.faults.active.append(fault)
    try:
        yield source
    finally:
        site.site.faults.clear()
        source.close()


def rows_of(source: CloudSource) -> list[object]:
    spaces = [row for rows in source.iter_spaces() for row in rows]
    scope = Scope(tuple(SpaceRef(row["space_id"], row["space_key"]) for row in spaces), True)
    found: list[object] = [*spaces]
    for walk in (
        source.iter_pages(scope),
        source.iter_blogposts(scope),
        source.iter_comments(scope, "footer"),
        source.iter_comments(Scope(scope.spaces[:1], False), None),
        source.iter_attachments(scope),
        source.iter_tasks(scope),
        source.iter_details(scope, "tree"),
        source.iter_groups(),
    ):
        found += [row for rows in walk for row in rows]
    return found


@pytest.fixture(scope="module")
def truth(site: EmbeddedSite) -> list[object]:
    with source_with(site, lambda _count, _request, reply: reply) as source:
        return rows_of(source)


SPOILERS: dict[str, Callable[[Reply], Reply]] = {
    "500": lambda _reply: Reply(500),
    "502 page": lambda _reply: Reply(502, b"<html>bad gateway</html>", "text/html"),
    "429": lambda _reply: Reply(429, headers={"Retry-After": "1"}),
    "429 without a word": lambda _reply: Reply(429, b"slow down", "text/plain"),
    "503": lambda _reply: Reply(503, headers={"Retry-After": "2"}),
    "reset": lambda _reply: Reply(is_reset=True),
    "cut": lambda reply: Reply(reply.status, reply.body, reply.content_type, reply.headers, cut_after_bytes=40),
    "damaged": lambda reply: Reply(reply.status, reply.body[: len(reply.body) // 2], reply.content_type, reply.headers),
    "nothing": lambda _reply: Reply(200, b""),
}


@pytest.mark.parametrize("name", SPOILERS)
def test_every_other_answer_is_spoiled_and_no_row_is_missing(
    site: EmbeddedSite, truth: list[object], name: str
) -> None:
    spoil = SPOILERS[name]
    with source_with(site, lambda count, _request, reply: spoil(reply) if count % 2 else reply) as source:
        assert rows_of(source) == truth


def _with_next(reply: Reply, change: Callable[[str], str]) -> Reply:
    payload = orjson.loads(reply.body)
    links = payload.get("_links", {})
    if "next" in links:
        links["next"] = change(links["next"])
    headers = {name: value for name, value in reply.headers.items() if name.lower() != "link"}
    return Reply(reply.status, orjson.dumps(payload), reply.content_type, headers)


def test_a_next_link_to_another_host_leads_nowhere(site: EmbeddedSite, truth: list[object]) -> None:
    with source_with(
        site, lambda _count, _request, reply: _with_next(reply, lambda link: "https://evil.example.com" + link)
    ) as source:
        assert rows_of(source) == truth


def test_a_next_link_that_loops_is_an_error(site: EmbeddedSite) -> None:
    cursors: list[str] = []

    def loop(_count: int, request: Request, reply: Reply) -> Reply:
        if request.path != LISTED:
            return reply
        return _with_next(reply, lambda link: cursors[0] if cursors else (cursors.append(link) or link))

    with source_with(site, loop) as source, pytest.raises(ProtocolError, match="goes in circles"):
        rows_of(source)


@pytest.mark.parametrize(
    ("spoiled", "kind"),
    [
        (Reply(200, b"<html><title>Log in</title></html>", "text/html"), AccessError),
        (Reply(200, b"<html><title>Maintenance</title></html>", "text/html"), ProtocolError),
        (Reply(200, b'{"message": "all is well"}'), ProtocolError),
        (Reply(401), AccessError),
        (Reply(403), AccessError),
        (Reply(500), TransientError),
        (Reply(is_reset=True), TransientError),
    ],
    ids=["login", "maintenance", "no list", "401", "403", "500", "reset"],
)
def test_a_walk_that_breaks_raises_after_the_rows_that_came(
    site: EmbeddedSite, spoiled: Reply, kind: type[ApiError]
) -> None:
    pages = 0

    def third_page(_count: int, request: Request, reply: Reply) -> Reply:
        nonlocal pages
        pages += request.path == LISTED
        return spoiled if request.path == LISTED and pages > 2 else reply

    with source_with(site, third_page) as source:
        walk = source.iter_pages(Scope((), True))
        assert len(next(walk)) == 6
        assert len(next(walk)) == 6
        with pytest.raises(kind):
            next(walk)
