import base64
from collections.abc import Callable
from typing import Any

import pytest

from confluence_assets.emulator import SeedPlan, SiteConfig, Switches
from tests.emulator.asker import ADMIN, Asker

SiteOf = Callable[..., Asker]


def test_v2_next_is_root_relative_and_repeated_in_the_link_header(small: Asker) -> None:
    reply = small.raw("/wiki/api/v2/pages?limit=30&sort=title")
    page = reply.json()
    assert len(page["results"]) == 30
    assert page["_links"]["base"] == f"{small.site.url}/wiki"
    assert page["_links"]["next"].startswith("/wiki/api/v2/pages?sort=title&limit=30&cursor=")
    assert reply.headers["Link"] == f'<{page["_links"]["next"]}>; rel="next"'


def test_last_page_has_neither_next_nor_link(small: Asker) -> None:
    reply = small.raw("/wiki/api/v2/pages?limit=40")
    assert list(reply.json()["_links"]) == ["base"]
    assert "Link" not in reply.headers
    assert len(reply.json()["results"]) == 40


@pytest.mark.parametrize(
    "sort", ["id", "-id", "created-date", "-created-date", "modified-date", "-modified-date", "title", "-title"]
)
@pytest.mark.parametrize("limit", [1, 7, 39, 40])
def test_a_walk_meets_every_row_once_in_order(small: Asker, sort: str, limit: int) -> None:
    keys: dict[str, Callable[[Any], Any]] = {
        "id": lambda row: int(row["id"]),
        "created-date": lambda row: (row["createdAt"], int(row["id"])),
        "modified-date": lambda row: (row["version"]["createdAt"], int(row["id"])),
        "title": lambda row: (row["title"].lower(), int(row["id"])),
    }
    rows = small.walk(f"/pages?limit={limit}&sort={sort}")
    assert len(rows) == 40
    assert rows == sorted(rows, key=keys[sort.lstrip("-")], reverse=sort.startswith("-"))


@pytest.mark.parametrize("limit", ["0", "251", "-1"])
def test_limit_out_of_range_is_refused(small: Asker, limit: str) -> None:
    reply = small.raw(f"/wiki/api/v2/pages?limit={limit}")
    assert reply.status_code == 400
    assert reply.json()["errors"][0]["code"] == "INVALID_REQUEST_PARAMETER"


def test_limit_out_of_range_is_capped_where_the_switch_says_so(site_of: SiteOf) -> None:
    asker = site_of(SiteConfig(plan=SeedPlan(pages_per_space=300), switches=Switches(limit_out_of_range="cap")))
    assert len(asker.v2("/pages?limit=999")["results"]) == 250


def test_limits_can_be_capped_in_silence(small: Asker) -> None:
    small.site.control.configure(v2_limit_cap=10)
    page = small.v2("/pages?limit=250")
    assert len(page["results"]) == 10
    assert len(small.walk("/pages?limit=250")) == 40


def test_likes_may_be_asked_with_limit_zero(small: Asker) -> None:
    page = small.ids("/pages?limit=1")[0]
    small.site.control.edit("like", id=page)
    assert small.v2(f"/pages/{page}/likes/users?limit=0")["results"] == []


@pytest.mark.parametrize("cursor", ["x", "!!", "e30", base64.urlsafe_b64encode(b"[1]").decode() + "é"])
def test_broken_cursor_is_400_in_the_words_of_cloud(small: Asker, cursor: str) -> None:
    reply = small.raw("/wiki/api/v2/pages", params={"cursor": cursor})
    assert reply.status_code == 400
    assert reply.json() == {
        "errors": [
            {
                "status": 400,
                "code": "INVALID_REQUEST_PARAMETER",
                "title": "Provided value for 'cursor' is not the correct type. Expected type is Cursor.",
                "detail": "The provided cursor was not valid. Please use a cursor that was returned by this endpoint.",
            }
        ]
    }


def test_cursor_belongs_to_its_filters(small: Asker) -> None:
    target = small.v2("/pages?limit=5")["_links"]["next"]
    assert small.status(target + "&status=archived") == 400
    small.site.control.configure(cursor_binding="none")
    assert small.status(target + "&status=archived") == 200


def test_keyset_cursor_is_stable_under_deletion_and_offset_is_not(small: Asker) -> None:
    everything = small.ids("/pages?limit=250")
    for kind, expected in (("keyset", everything[1:]), ("offset", everything[1:10] + everything[11:])):
        small.site.control.reset()
        small.site.control.configure(cursor_kind=kind)
        first = small.v2("/pages?limit=10")
        small.site.control.edit("trash", id=everything[0], descendants=False)
        rest = small.walk(first["_links"]["next"].removeprefix("/wiki/api/v2"))
        assert [row["id"] for row in first["results"] + rest][1:] == expected


def test_edited_rows_escape_a_walk_by_modification(small: Asker) -> None:
    first = small.v2("/pages?limit=10&sort=-modified-date")
    last = small.ids("/pages?limit=250&sort=-modified-date")[-1]
    small.site.control.edit("edit_content", id=last, body="<p>new</p>")
    rest = small.walk(first["_links"]["next"].removeprefix("/wiki/api/v2"))
    assert last not in [row["id"] for row in first["results"] + rest]


def test_short_pages_filter_after_paging(small: Asker) -> None:
    ids = small.ids("/pages?limit=250")
    for page in ids[2:8]:
        small.site.control.edit("restrict", id=page, users=["user1@example.com"])
    small.site.control.configure(short_pages=True)
    first = small.v2("/pages?limit=8")
    assert len(first["results"]) < 8
    assert "next" in first["_links"]


def test_v1_lists_are_by_offset_with_links_below_the_context(small: Asker) -> None:
    page = small.v1("/group?limit=2&start=1")
    assert (page["start"], page["limit"], page["size"]) == (1, 2, 2)
    assert page["_links"]["base"] == f"{small.site.url}/wiki"
    assert page["_links"]["context"] == "/wiki"
    assert page["_links"]["prev"] == "/rest/api/group?limit=2&start=0"
    assert "next" not in page["_links"]
    assert small.v1("/group?limit=2")["_links"]["next"] == "/rest/api/group?limit=2&start=2"


def test_cql_next_is_context_relative_and_start_does_nothing(small: Asker) -> None:
    first = small.v1("/content/search?cql=type=page&limit=3")
    assert first["_links"]["next"].startswith("/rest/api/content/search?cql=type%3Dpage&next=true&cursor=")
    again = small.v1("/content/search?cql=type=page&limit=3&start=3")
    assert again["start"] == 3
    assert again["results"] == first["results"]


def test_ancestors_have_no_cursor(small: Asker) -> None:
    control = small.site.control
    parent = small.ids("/spaces?limit=1") and None
    chain: list[str] = []
    for depth in range(5):
        parent = control.edit("create_page", space="SP001", title=f"Deep {depth}", parent=parent)["id"]
        chain.append(parent)
    nearest = small.v2(f"/pages/{chain[4]}/ancestors?limit=2")["results"]
    assert nearest == [{"id": chain[2], "type": "page"}, {"id": chain[3], "type": "page"}]
    assert small.v2(f"/pages/{nearest[0]['id']}/ancestors?limit=2")["results"] == [
        {"id": chain[0], "type": "page"},
        {"id": chain[1], "type": "page"},
    ]
    assert small.v2(f"/pages/{chain[0]}/ancestors", ADMIN)["results"] == []
