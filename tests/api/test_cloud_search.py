"""CQL walks: caps, halving, bad bodies, cut-off lists, what is unknown, and replies that lists leave out."""

from typing import Any

import pytest

from confluence_assets.api import Scope, SpaceRef
from confluence_assets.errors import TransientError
from tests.api.cloud import (
    ONE_SPACE,
    SEARCH,
    WHOLE,
    found_comment,
    found_page,
    listed_comment,
    listing,
    principals,
    restrictions,
    source_of,
)
from tests.api.server import Answer, Asked, ScriptedSite


def ids_of(pages: Any, name: str = "content_id") -> list[str]:
    return [getattr(row, name) if not isinstance(row, dict) else row[name] for rows in pages for row in rows]


def paged(rows: list[dict[str, Any]], asked: Asked, cap: int = 200) -> Answer:
    """A CQL listing whose cursor is a position, with the site's cap in force."""
    limit = min(int(asked.one("limit") or 25), cap)
    start = int(asked.one("cursor") or 0)
    more = f"/rest/api/content/search?cursor={start + limit}&start={start + limit}&next=true"
    following = more if start + limit < len(rows) else None
    return Answer(payload=listing(rows[start : start + limit], following, limit=limit, size=len(rows[start:][:limit])))


def test_a_capped_search_gives_every_row() -> None:
    pages = [found_page(str(number)) for number in range(1, 8)]
    with ScriptedSite(lambda asked: paged(pages, asked, cap=3)) as site, source_of(site) as source:
        assert ids_of(source.iter_details(WHOLE, "tree")) == ["1", "2", "3", "4", "5", "6", "7"]
    assert {asked.one("limit") for asked in site.asked} == {"200"}
    assert [asked.one("cursor") for asked in site.asked] == [None, "3", "6"]
    first = site.asked[0]
    assert first.one("cql") == "type in (page,blogpost,folder,whiteboard,database,embed) order by created"
    assert first.one("cqlcontext") == '{"contentStatuses":["current","archived"]}'


def test_a_search_that_chokes_is_halved_and_gives_each_row_once() -> None:
    pages = [found_page(str(number)) for number in range(300)]

    def answer(asked: Asked) -> Answer:
        too_much = int(asked.one("limit") or 0) > 50 and asked.one("cursor") is not None
        return Answer(504) if too_much else paged(pages, asked)

    with ScriptedSite(answer) as site, source_of(site) as source:
        found = ids_of(source.iter_details(WHOLE, "tree"))
    assert found == [str(number) for number in range(300)]
    assert [asked.one("limit") for asked in site.asked] == ["200"] * 4 + ["100"] * 4 + ["50"] * 6


def test_a_search_that_always_chokes_ends_as_an_error() -> None:
    with ScriptedSite(lambda _asked: Answer(500)) as site, source_of(site) as source, pytest.raises(TransientError):
        list(source.iter_details(WHOLE, "tree"))
    assert site.asked[-1].one("limit") == "5"


def test_restrictions_of_users_and_groups_become_rows() -> None:
    read = restrictions(
        principals({"accountId": "a1", "displayName": "Ann"}, {"type": "known", "displayName": "Former user"}),
        principals({"id": "g1", "name": "staff", "type": "group"}),
    )
    with (
        ScriptedSite(lambda asked: paged([found_page("5", restrictions=read)], asked)) as site,
        source_of(site) as source,
    ):
        (found,) = next(iter(source.iter_details(WHOLE, "tree")))
    base = {"content_id": "5", "operation": "read", "content_type": "page", "space_key": "ENG"}
    assert found.restrictions == (
        {**base, "principal_type": "user", "principal_id": "a1", "principal_name": "Ann"},
        {**base, "principal_type": "unknown", "principal_id": "unknown", "principal_name": "Former user"},
        {**base, "principal_type": "group", "principal_id": "g1", "principal_name": "staff"},
    )


@pytest.mark.parametrize("broken", [None, {}, {"read": {"restrictions": {}}}, {"read": restrictions()["read"]}])
def test_restrictions_that_did_not_come_are_unknown_and_not_none(broken: Any) -> None:
    with (
        ScriptedSite(lambda asked: paged([found_page("5", restrictions=broken)], asked)) as site,
        source_of(site) as source,
    ):
        (found,) = next(iter(source.iter_details(WHOLE, "tree")))
    assert found.restrictions is None


def _restriction_page(asked: Asked, users: list[str], groups: list[str], caps: tuple[int, int]) -> Answer:
    start = int(asked.one("start") or 0)
    user_part = [{"accountId": one} for one in users[start : start + caps[0]]]
    group_part = [{"id": one} for one in groups[start : start + caps[1]]]
    lists = {"user": principals(*user_part, limit=caps[0]), "group": principals(*group_part, limit=caps[1])}
    read = {"operation": "read", "restrictions": lists}
    return Answer(
        payload=listing([read, {"operation": "update", "restrictions": {"user": principals(), "group": principals()}}])
    )


def test_cut_off_restrictions_are_asked_of_the_content_to_their_end() -> None:
    users = [f"u{number}" for number in range(7)]
    groups = [f"g{number}" for number in range(5)]
    cut_off = restrictions(principals({"accountId": "u0"}, limit=1))

    def answer(asked: Asked) -> Answer:
        if asked.path.endswith("/restriction"):
            return _restriction_page(asked, users, groups, (3, 2))
        return paged([found_page("5", restrictions=cut_off)], asked)

    with ScriptedSite(answer) as site, source_of(site) as source:
        (found,) = next(iter(source.iter_details(WHOLE, "tree")))
    assert found.restrictions is not None
    assert [row["principal_id"] for row in found.restrictions if row["principal_type"] == "user"] == users
    assert [row["principal_id"] for row in found.restrictions if row["principal_type"] == "group"] == groups
    starts = [asked.one("start") for asked in site.asked if asked.path.endswith("/restriction")]
    assert starts == ["0", "2", "4", "7"]


def test_a_content_hidden_meanwhile_has_unknown_restrictions() -> None:
    cut_off = restrictions(principals({"accountId": "u0"}, limit=1))

    def answer(asked: Asked) -> Answer:
        return Answer(404) if "/restriction" in asked.path else paged([found_page("5", restrictions=cut_off)], asked)

    with ScriptedSite(answer) as site, source_of(site) as source:
        (found,) = next(iter(source.iter_details(WHOLE, "tree")))
    assert found.restrictions is None


def test_cut_off_labels_are_asked_of_the_content() -> None:
    few = principals({"prefix": "global", "name": "a", "id": "1"}, limit=1)

    def answer(asked: Asked) -> Answer:
        if asked.path == "/wiki/api/v2/pages/5/labels":
            return Answer(
                payload=listing(
                    [{"id": "1", "prefix": "global", "name": "a"}, {"id": "2", "prefix": "team", "name": "b"}]
                )
            )
        return paged([found_page("5", metadata={"labels": few})], asked)

    with ScriptedSite(answer) as site, source_of(site) as source:
        (found,) = next(iter(source.iter_details(WHOLE, "tree")))
    assert [(row["prefix"], row["name"], row["label_id"]) for row in found.labels] == [
        ("global", "a", "1"),
        ("team", "b", "2"),
    ]


def test_properties_hold_canonical_json() -> None:
    entry = {"id": "9", "key": "meta", "value": {"b": 1, "a": [True, None]}, "version": {"number": 4}, "_links": {}}
    metadata = {"labels": principals(), "properties": {"meta": entry, "_links": {}, "_expandable": {"other": ""}}}
    with (
        ScriptedSite(lambda asked: paged([found_page("5", metadata=metadata)], asked)) as site,
        source_of(site) as source,
    ):
        (found,) = next(iter(source.iter_details(WHOLE, "tree", ["meta"])))
    assert found.properties == (
        {
            "content_id": "5",
            "key": "meta",
            "content_type": "page",
            "space_key": "ENG",
            "property_id": "9",
            "value": '{"a":[true,null],"b":1}',
            "version_number": 4,
        },
    )
    assert "metadata.properties.meta" in (site.asked[0].one("expand") or "")


def test_the_space_key_is_read_from_the_link_where_it_was_not_expanded() -> None:
    content = found_page("5", _expandable={"space": "/rest/api/space/~abc"})
    del content["space"]
    with ScriptedSite(lambda asked: paged([content], asked)) as site, source_of(site) as source:
        (found,) = next(iter(source.iter_details(WHOLE, "tree")))
    assert found.space_key == "~abc"


def test_spaces_are_quoted_and_split_into_groups_that_fit_a_url() -> None:
    spaces = tuple(SpaceRef(str(number), f"~{'x' * 40}{number:03}") for number in range(120))
    with ScriptedSite(lambda asked: paged([], asked)) as site, source_of(site) as source:
        assert list(source.iter_details(Scope(spaces, False), "attachments")) == [[], [], []]
    queries = [asked.one("cql") or "" for asked in site.asked]
    assert queries[0].startswith('type=attachment and space in ("~xxx')
    assert sum(query.count("~") for query in queries) == 120
    assert max(len(query) for query in queries) < 2_700


def test_details_by_id_look_into_archived_spaces() -> None:
    def answer(asked: Asked) -> Answer:
        return Answer(payload=listing([{"content": found_page("5")}, {"user": {}}]))

    with ScriptedSite(answer) as site, source_of(site) as source:
        found = source.get_details([str(number) for number in range(150)])
    assert [one.content_id for one in found] == ["5"]
    assert [asked.path for asked in site.asked] == ["/wiki/rest/api/search"] * 2
    assert site.asked[0].one("includeArchivedSpaces") == "true"
    assert (site.asked[0].one("cql") or "").count(",") == 99


# Comments of the whole site.


def comment_site(listed: list[dict[str, Any]], indexed: list[dict[str, Any]], **children: list[dict[str, Any]]) -> Any:
    """`listed` in the footer list, `indexed` in the search index, `c1=[…]` below comment 1."""

    def answer(asked: Asked) -> Answer:
        if asked.path == "/wiki/rest/api/search":
            if asked.one("limit") == "1":
                return Answer(payload=listing([], totalSize=len(indexed)))
            return Answer(payload=listing([{"content": one} for one in indexed]))
        if asked.path == SEARCH:
            return paged(indexed, asked, cap=50)
        if asked.path.endswith("/children"):
            found = children.get(f"c{asked.path.split('/')[-2]}")
            return Answer(404) if found is None else Answer(payload=listing(found))
        if asked.path.startswith("/wiki/api/v2/footer-comments/"):
            return Answer(payload=listed_comment(asked.path.rpartition("/")[2], parentCommentId="1"))
        return Answer(payload=listing(listed if "footer" in asked.path else []))

    return answer


def test_a_reply_in_the_list_proves_that_replies_are_listed() -> None:
    listed = [listed_comment("1"), listed_comment("2", parentCommentId="1", pageId=None)]
    with ScriptedSite(comment_site(listed, [])) as site, source_of(site) as source:
        (rows,) = source.iter_comments(WHOLE, "footer")
    assert [(row["comment_id"], row["parent_comment_id"], row["container_id"]) for row in rows] == [
        ("1", None, "7"),
        ("2", "1", "7"),
    ]
    assert len(site.asked) == 1


def test_an_empty_list_needs_no_proof() -> None:
    with ScriptedSite(comment_site([], [])) as site, source_of(site) as source:
        assert list(source.iter_comments(WHOLE, "footer")) == [[]]
    assert len(site.asked) == 1


def test_a_list_without_replies_is_whole_where_the_index_knows_none_either() -> None:
    indexed = [found_comment("1"), found_comment("8", location="inline", replies=True)]
    with ScriptedSite(comment_site([listed_comment("1")], indexed)) as site, source_of(site) as source:
        assert ids_of(source.iter_comments(WHOLE, "footer"), "comment_id") == ["1"]
    assert [asked.path for asked in site.asked] == ["/wiki/api/v2/footer-comments", "/wiki/rest/api/search"]
    assert site.asked[1].one("includeArchivedSpaces") == "true"


def test_replies_that_the_list_leaves_out_are_asked_of_their_parents() -> None:
    listed = [listed_comment("1"), listed_comment("4"), listed_comment("6")]
    indexed = [
        found_comment("1", replies=True),
        found_comment("2", replies=True),
        found_comment("4"),
        found_comment("6", replies=True),
    ]
    second = listed_comment("2", pageId=None, parentCommentId="1")
    third = listed_comment("3", pageId=None)
    with ScriptedSite(comment_site(listed, indexed, c1=[second], c2=[third])) as site, source_of(site) as source:
        rows = [row for rows in source.iter_comments(WHOLE, "footer") for row in rows]
    assert [
        (row["comment_id"], row["parent_comment_id"], row["container_id"], row["body_storage"]) for row in rows
    ] == [
        ("1", None, "7", "<p>1</p>"),
        ("4", None, "7", "<p>4</p>"),
        ("6", None, "7", "<p>6</p>"),
        ("2", "1", "7", "<p>2</p>"),
        ("3", "2", "7", "<p>3</p>"),
    ]
    assert len(site.asked) == 5


def test_an_index_that_says_nothing_of_replies_is_compared_by_id() -> None:
    indexed = [found_comment("1", replies=None), found_comment("2", replies=None)]
    with ScriptedSite(comment_site([listed_comment("1")], indexed)) as site, source_of(site) as source:
        rows = [row for rows in source.iter_comments(WHOLE, "footer", bodies=False) for row in rows]
    assert [(row["comment_id"], row["parent_comment_id"]) for row in rows] == [("1", None), ("2", "1")]
    assert rows[1]["body_storage"] is None


# Comments of some spaces.


def test_comments_of_a_space_come_from_the_index_with_all_columns() -> None:
    inline = found_comment(
        "3",
        location="resolved",
        body={"storage": {"value": "<p>ok</p>"}},
        ancestors=[{"id": "2", "type": "comment"}],
        extensions={
            "location": "resolved",
            "inlineProperties": {"originalSelection": "some words", "markerRef": "m1"},
            "resolution": {"status": "resolved"},
        },
    )
    with ScriptedSite(lambda asked: paged([found_comment("1"), inline], asked)) as site, source_of(site) as source:
        (rows,) = source.iter_comments(ONE_SPACE, "inline")
        (both,) = source.iter_comments(ONE_SPACE, None)
    (row,) = rows
    assert [one["comment_type"] for one in both] == ["footer", "inline"]
    assert {name: str(value) for name, value in row.items()} == {
        "comment_id": "3",
        "comment_type": "inline",
        "container_id": "7",
        "container_type": "page",
        "parent_comment_id": "2",
        "space_key": "ENG",
        "status": "current",
        "resolution_status": "resolved",
        "inline_selection": "some words",
        "inline_marker_ref": "m1",
        "author_id": "a1",
        "updated_at": "2026-01-02 03:04:05+00:00",
        "version_number": "1",
        "body_storage": "<p>ok</p>",
        "web_url": "https://acme.atlassian.net/wiki/x/3",
    }
    assert site.asked[0].one("cql") == 'type=comment and space in ("ENG") order by created'


def test_parents_of_replies_are_asked_of_the_few_comments_that_have_some() -> None:
    indexed = [found_comment("1", replies=True), found_comment("2"), found_comment("3")]
    with ScriptedSite(comment_site([], indexed, c1=[listed_comment("3")])) as site, source_of(site) as source:
        (rows,) = source.iter_comments(ONE_SPACE, None)
    assert [(row["comment_id"], row["parent_comment_id"]) for row in rows] == [("1", None), ("2", None), ("3", "1")]
    assert len(site.asked) == 2


def test_parents_of_many_replies_are_read_from_the_lists() -> None:
    listed = [listed_comment("99", parentCommentId="9")]
    indexed = [found_comment(str(number), replies=True) for number in range(1, 31)] + [found_comment("99")]
    children: dict[str, list[dict[str, Any]]] = {f"c{number}": [] for number in range(1, 31)}
    with ScriptedSite(comment_site(listed, indexed, **children)) as site, source_of(site) as source:
        (rows,) = source.iter_comments(ONE_SPACE, None)
    assert rows[-1]["parent_comment_id"] == "9"
    assert len([asked for asked in site.asked if asked.path.endswith("/children")]) == 3
    assert len(site.asked) == 1 + 3 + 2 + 2


def test_lists_without_replies_leave_only_the_questions() -> None:
    indexed = [found_comment(str(number), replies=True) for number in range(1, 8)] + [found_comment("99")]
    children: dict[str, list[dict[str, Any]]] = {f"c{number}": [] for number in range(1, 7)}
    with (
        ScriptedSite(comment_site([], indexed, **children, c7=[listed_comment("99")])) as site,
        source_of(site) as source,
    ):
        (rows,) = source.iter_comments(ONE_SPACE, None)
    assert rows[-1]["parent_comment_id"] == "7"
    assert len([asked for asked in site.asked if asked.path.endswith("/children")]) == 7


def test_a_body_that_breaks_the_search_is_asked_for_by_itself() -> None:
    """CONFCLOUD-76433."""

    def answer(asked: Asked) -> Answer:
        if asked.path == SEARCH:
            return Answer(500) if "body" in (asked.one("expand") or "") else paged([found_comment("1")], asked)
        return Answer(payload=listed_comment("1"))

    with ScriptedSite(answer) as site, source_of(site, attempts=1) as source:
        (rows,) = source.iter_comments(ONE_SPACE, "footer")
    assert [row["body_storage"] for row in rows] == ["<p>1</p>"]
    assert site.asked[-1].path == "/wiki/api/v2/footer-comments/1"
