from collections.abc import Callable
from typing import Any

import pytest

from confluence_assets.api import paging
from confluence_assets.api.paging import iter_cursor_pages, iter_offset_pages
from confluence_assets.api.wire import Reply
from confluence_assets.errors import ProtocolError


def reply(payload: Any, **headers: str) -> Reply:
    return Reply(200, headers, b"", "https://x", payload)


def scripted(*payloads: Any) -> tuple[Callable[[dict[str, Any]], Reply], list[dict[str, Any]]]:
    positions: list[dict[str, Any]] = []

    def fetch(position: dict[str, Any]) -> Reply:
        positions.append(dict(position))
        found = payloads[len(positions) - 1]
        return found if isinstance(found, Reply) else reply(found)

    return fetch, positions


def page(*ids: str, after: str | None = None) -> dict[str, Any]:
    return {"results": [{"id": one} for one in ids], "_links": {"next": after} if after else {}}


def ids_of(payloads: Any) -> list[str]:
    return [row["id"] for payload in payloads for row in payload["results"]]


@pytest.mark.parametrize(
    "link",
    [
        "/wiki/api/v2/pages?limit=250&cursor=a%3D%3D",
        "/rest/api/content/search?cql=type%3Dpage&limit=25&cursor=a%3D%3D&start=25",
        "https://acme.atlassian.net/wiki/api/v2/pages?cursor=a%3D%3D",
        "https://evil.example.com/collect?cursor=a%3D%3D",
    ],
)
def test_only_the_cursor_of_a_next_link_is_used(link: str) -> None:
    fetch, positions = scripted(page("1", after=link), page("2"))
    assert ids_of(iter_cursor_pages(fetch, "GET /pages")) == ["1", "2"]
    assert positions == [{}, {"cursor": "a=="}]


def test_a_link_header_serves_where_the_body_has_no_next() -> None:
    first = reply(page("1"), Link='</wiki/api/v2/pages?cursor=b>; rel="next", </wiki>; rel="self"')
    fetch, positions = scripted(first, page("2"))
    assert ids_of(iter_cursor_pages(fetch, "GET /pages")) == ["1", "2"]
    assert positions[1] == {"cursor": "b"}


def test_short_and_empty_pages_are_not_the_last() -> None:
    fetch, _ = scripted(page("1", after="?cursor=a"), page(after="?cursor=b"), page(after="?cursor=c"), page("2"))
    assert ids_of(iter_cursor_pages(fetch, "GET /pages")) == ["1", "2"]


def test_emptiness_without_end_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "LONGEST_EMPTY_RUN", 3)
    fetch, positions = scripted(*(page(after=f"?cursor={number}") for number in range(9)))
    with pytest.raises(ProtocolError, match=r"^GET /pages gave 3 empty pages in a row and promises more\.$"):
        list(iter_cursor_pages(fetch, "GET /pages"))
    assert len(positions) == 4


def test_the_same_cursor_twice_is_an_error() -> None:
    fetch, _ = scripted(page("1", after="?cursor=a"), page("2", after="?cursor=b"), page("3", after="?cursor=a"))
    with pytest.raises(ProtocolError, match=r"^GET /pages goes in circles: it gave the same cursor twice\.$"):
        list(iter_cursor_pages(fetch, "GET /pages"))


def test_the_same_page_twice_is_an_error_before_it_is_given() -> None:
    fetch, _ = scripted(page("1", "2", after="?cursor=a"), page("1", "2", after="?cursor=b"))
    walk = iter_cursor_pages(fetch, "GET /pages")
    assert ids_of([next(walk)]) == ["1", "2"]
    with pytest.raises(ProtocolError, match=r"^GET /pages goes in circles: it gave the same page twice\.$"):
        next(walk)


def test_rows_that_come_again_on_another_page_are_let_through() -> None:
    fetch, _ = scripted(page("1", "2", after="?cursor=a"), page("2", "3"))
    assert ids_of(iter_cursor_pages(fetch, "GET /pages")) == ["1", "2", "2", "3"]


def test_a_next_without_a_cursor_is_an_error_and_not_the_end() -> None:
    fetch, _ = scripted(page("1", after="/wiki/api/v2/pages?limit=250"))
    with pytest.raises(ProtocolError, match="promises a next page but gives no cursor"):
        list(iter_cursor_pages(fetch, "GET /pages"))


@pytest.mark.parametrize("payload", [[], None, {"results": None}, {"message": "hello"}, {"results": ["1"]}, "text"])
def test_an_answer_without_rows_is_an_error_and_not_an_empty_page(payload: Any) -> None:
    fetch, _ = scripted(payload)
    with pytest.raises(ProtocolError):
        list(iter_cursor_pages(fetch, "GET /pages"))
    fetch, _ = scripted(payload)
    with pytest.raises(ProtocolError):
        list(iter_offset_pages(fetch, "GET /group", 2))


def offset_page(*ids: str, limit: int = 2, links_next: bool = False) -> dict[str, Any]:
    return {
        "results": [{"id": one} for one in ids],
        "limit": limit,
        "size": len(ids),
        "_links": {"next": "/rest/api/group?start=999"} if links_next else {},
    }


def test_offsets_advance_by_what_came() -> None:
    fetch, positions = scripted(offset_page("1", links_next=True), offset_page("2", "3"), offset_page("4"))
    assert ids_of(iter_offset_pages(fetch, "GET /group", 2)) == ["1", "2", "3", "4"]
    assert [position["start"] for position in positions] == [0, 1, 3]
    assert {position["limit"] for position in positions} == {2}


def test_a_full_page_without_next_is_not_believed_to_be_the_last() -> None:
    fetch, positions = scripted(offset_page("1", "2"), offset_page())
    assert ids_of(iter_offset_pages(fetch, "GET /group", 2)) == ["1", "2"]
    assert len(positions) == 2


def test_a_page_that_the_site_capped_is_full() -> None:
    fetch, _ = scripted(offset_page("1", limit=1), offset_page("2", limit=1), offset_page(limit=1))
    assert ids_of(iter_offset_pages(fetch, "GET /group", 200)) == ["1", "2"]


def test_offsets_that_are_ignored_are_circles() -> None:
    fetch, _ = scripted(offset_page("1", "2"), offset_page("1", "2"))
    with pytest.raises(ProtocolError, match="same page twice"):
        list(iter_offset_pages(fetch, "GET /group", 2))


def test_rows_without_ids_are_told_apart() -> None:
    rows = [{"principal": {"principalId": "a"}, "roleId": "1"}, {"principal": {"principalId": "b"}, "roleId": "1"}]
    fetch, _ = scripted({"results": rows[:1], "_links": {"next": "?cursor=a"}}, {"results": rows[1:]})
    assert len(list(iter_cursor_pages(fetch, "GET /roles"))) == 2
