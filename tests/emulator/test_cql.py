from typing import Any

import pytest

from confluence_assets.emulator import SiteConfig
from confluence_assets.emulator.cql.syntax import Both, Clause, CqlError, Either, Function, Negation, parse
from tests.emulator.asker import ADMIN, Asker


def test_and_binds_closer_than_or_and_not_closer_still() -> None:
    page, post = Clause("type", "=", ("page",)), Clause("type", "=", ("blogpost",))
    labelled = Clause("label", "in", ("a", "b c"))
    assert parse('type=page or type = blogpost and label in (a, "b c")').where == Either((page, Both((post, labelled))))
    assert parse("not (type=page) and type=blogpost").where == Both((Negation(page), post))


def test_functions_strings_and_order() -> None:
    query = parse('lastModified >= now("-4h") AND title ~ "a \\"b\\"" order by created desc, title')
    assert query.where == Both(
        (Clause("lastmodified", ">=", (Function("now", ("-4h",)),)), Clause("title", "~", ('a "b"',)))
    )
    assert query.order == (("created", True), ("title", False))


@pytest.mark.parametrize(
    "text", ["", "type", "type=", "type page", "(type=page", "type=page order", "type=page)", "= page", 'title ~ "x']
)
def test_what_is_no_cql(text: str) -> None:
    with pytest.raises(CqlError):
        parse(text)


@pytest.mark.parametrize(
    "cql",
    [
        "nonsense",
        "shoe = 1",
        "type = shoe",
        "type = user",
        'created > "yesterday"',
        "created ~ 1",
        'created > now("1x")',
        "type=page order by shoe",
    ],
)
def test_wrong_queries_are_400(small: Asker, cql: str) -> None:
    reply = small.raw("/wiki/rest/api/content/search", params={"cql": cql})
    assert reply.status_code == 400
    assert reply.json()["statusCode"] == 400


def test_cql_is_required(small: Asker) -> None:
    assert small.status("/wiki/rest/api/content/search") == 400


TITLES = {
    'title = "Roadmap"': ["Roadmap"],
    'type = page and title ~ "runbook slow"': ["Runbook: backend is slow"],
    'label = roadmap and type in (page, blogpost)': ["Roadmap"],
    'type = blogpost and created >= "2026-11-01"': ["Closed on 24 December", "Firmware 4.3 is out"],
    'type = blogpost and created >= "2026/11/05 09:20" order by created': ["Closed on 24 December"],
    'type = blogpost and created >= now("-12d") order by created': ["Firmware 4.3 is out", "Closed on 24 December"],
    "type = folder": ["Policies", "Runbooks", "Board"],
    'type in (whiteboard, database, embed)': ["Components", "Retro, October", "App screens"],
    'space = PRD and label = research and type = page and label != courier and label != family order by title': [
        "Competitors", "Locker: test with couriers", "Research", "Survey 2026",
    ],
    'space.type = personal and type = blogpost': ["Bread, attempt nine"],
    'type = attachment and title ~ "survey"': ["survey-2026.csv", "survey-2026.pdf"],
    'text ~ "spare bank" and space = ENG and type = page and not label = incident': ["Over-the-air updates"],
}  # fmt: skip


@pytest.mark.parametrize(("cql", "titles"), TITLES.items(), ids=list(TITLES))
def test_what_is_found(demo: Asker, cql: str, titles: list[str]) -> None:
    found = [row["title"] for row in demo.cql(cql)]
    assert found == titles if "order by" in cql else sorted(found) == sorted(titles)


def by_title(demo: Asker, title: str) -> str:
    return str(demo.cql(f'title = "{title}"')[0]["id"])


def test_places(demo: Asker) -> None:
    locker, research = by_title(demo, "Parcel locker"), by_title(demo, "Research")
    assert {row["title"] for row in demo.cql(f"parent = {locker}")} == {"Locker: test with couriers", "Locker: cost"}
    assert len(demo.cql(f"ancestor = {research}")) == 3
    assert {row["type"] for row in demo.cql(f"container = {locker}")} == {"comment", "attachment"}
    assert {row["id"] for row in demo.cql(f"id in ({locker}, {research}, 1)")} == {locker, research}


def test_people(demo: Asker) -> None:
    account = demo.site.control.account_id("omar@example.com")
    assert {row["title"] for row in demo.cql(f'creator = "{account}" and type = page')} == {"Printer", "Tools"}
    assert "Office" in {row["title"] for row in demo.cql(f'contributor = "{account}" and type = page')}
    mine = demo.cql("creator = currentUser() and type = page", ("omar@example.com", "omar"))
    assert {row["title"] for row in mine} == {"Printer", "Tools"}


def test_archived_pages_need_the_context_and_archived_spaces_need_search(demo: Asker) -> None:
    old = 'title = "Old deployment notes"'
    assert demo.cql(old) == []
    assert len(demo.cql(old, cqlcontext='{"contentStatuses":["current","archived"]}')) == 1
    assert demo.cql("space = PROTO") == []
    both = demo.v1("/search?cql=space=PROTO and type=page&includeArchivedSpaces=true")
    assert both["totalSize"] == 4
    assert demo.v1("/search?cql=type=page&includeArchivedSpaces=true&excludeCurrentSpaces=true")["totalSize"] == 4
    assert (
        demo.cql('title = "Draft of a monitoring plan"', cqlcontext='{"contentStatuses":["current","trashed"]}') == []
    )


@pytest.mark.parametrize(
    ("expand", "asked", "got"),
    [
        ("", 1500, 1000),
        ("version", 500, 200),
        ("body.storage,version", 100, 50),
        ("body.export_view", 100, 25),
        ("version", 7, 7),
    ],
)
def test_limits_are_capped_in_silence(small: Asker, expand: str, asked: int, got: int) -> None:
    page = small.v1(f"/content/search?cql=type=page&limit={asked}&expand={expand}")
    assert page["limit"] == got


@pytest.mark.parametrize(("cap", "got"), [("25", 25), ("50", 50), ("200", 200), ("1000", 500)])
def test_cap_is_a_switch(small: Asker, cap: str, got: int) -> None:
    small.site.control.configure(cql_cap=cap)
    assert small.v1("/content/search?cql=type=page&limit=500&expand=version")["limit"] == got


def test_nodes_may_be_unknown_to_cql(demo: Asker) -> None:
    try:
        for form, count in (("all", 6), ("folders", 3), ("none", 0)):
            demo.site.control.configure(cql_finds_nodes=form)
            assert len(demo.cql("type in (folder, whiteboard, database, embed)")) == count
    finally:
        demo.site.control.configure(cql_finds_nodes="all")


def test_zone_is_a_switch(small: Asker) -> None:
    page = small.site.control.edit("create_page", space="SP001", title="Zoned")["id"]  # 08:00 UTC on 16 November

    def found(text: str) -> bool:
        return page in {row["id"] for row in small.cql(f'created >= "{text}" and type = page')}

    assert found("2026-11-16 08:00")
    assert not found("2026-11-16 08:01")
    small.site.control.configure(instance_time_zone="Asia/Tokyo")
    assert found("2026-11-16 17:00")
    assert not found("2026-11-16 17:01")
    small.site.control.configure(cql_time_zone="user")  # the administrator lives in London
    assert not found("2026-11-16 08:01")


def test_index_runs_behind(small: Asker) -> None:
    control = small.site.control
    control.configure(index_lag_seconds=60)
    page = control.edit("create_page", space="SP001", title="Fresh")["id"]
    control.edit("relabel", id=page, labels=["new-label"])
    assert small.v2(f"/pages/{page}")["title"] == "Fresh"
    assert page in small.ids("/pages?limit=250")
    assert small.cql(f"id = {page}") == []
    control.edit("advance_clock", seconds=61)
    assert [row["id"] for row in small.cql("label = new-label")] == [page]
    control.edit("rename", id=page, title="Stale")
    assert [row["id"] for row in small.cql('title = "Fresh"')] == [page]
    control.edit("catch_up_index")
    assert small.cql('title = "Fresh"') == []


def expanded(asker: Asker, content_id: str, expand: str) -> Any:
    return asker.cql(f"id = {content_id}", expand=expand)[0]


def test_expansions(demo: Asker) -> None:
    cost = by_title(demo, "Locker: cost")
    row = expanded(
        demo,
        cost,
        "restrictions.read.restrictions.user,restrictions.read.restrictions.group,metadata.labels,ancestors,space,version",
    )
    users = row["restrictions"]["read"]["restrictions"]["user"]
    assert [person["displayName"] for person in users["results"]] == ["Maya Lindqvist", "Lena Okafor", "Site Admin"]
    assert users["size"] == 3
    assert row["restrictions"]["read"]["restrictions"]["group"]["results"] == []
    assert row["restrictions"]["_expandable"] == {"update": f"/rest/api/content/{cost}/restriction/byOperation/update"}
    assert [label["name"] for label in row["metadata"]["labels"]["results"]] == ["locker", "money"]
    assert [above["title"] for above in row["ancestors"]] == ["Product", "Parcel locker"]
    assert row["space"]["key"] == "PRD"
    assert row["version"]["number"] == 4
    survey = expanded(
        demo, by_title(demo, "Survey 2026"), "metadata.properties.survey,metadata.properties.none,body.storage"
    )
    assert survey["metadata"]["properties"]["survey"]["value"] == {"answers": 211, "open": False}
    assert survey["body"]["storage"]["value"].startswith("<p>211 answers.")


def test_search_refuses_user_fields_and_search_user_takes_them(demo: Asker) -> None:
    assert demo.status("/wiki/rest/api/search?cql=type=user") == 400
    assert demo.status('/wiki/rest/api/search?cql=user.fullname~"Maya"') == 400
    names = {row["title"] for row in demo.v1("/search/user?cql=type=user&limit=100")["results"]}
    assert "Maya Lindqvist" in names
    assert names.isdisjoint({"Victor Sousa", "Ruth Adeyemi", "Release Bot", "Former user"})
    everybody = {
        row["title"] for row in demo.v1("/search/user?cql=type=user&limit=100&sitePermissionTypeFilter=all")["results"]
    }
    assert {"Ruth Adeyemi", "Release Bot"} <= everybody
    assert demo.v1('/search/user?cql=user.fullname~"maya"')["totalSize"] == 1


def test_user_search_may_lack_next(site_of: Any) -> None:
    asker = site_of(SiteConfig.shape("small"))
    assert "next" in asker.v1("/search/user?cql=type=user&limit=3", ADMIN)["_links"]
    asker.site.control.configure(user_search_links_next=False)
    assert "next" not in asker.v1("/search/user?cql=type=user&limit=3")["_links"]
