"""What goes wrong in the middle of a walk: next links, limits, rows that move, callers that change."""

from collections.abc import Callable
from typing import Any

import pytest

from confluence_assets.emulator import SeedPlan, SiteConfig
from confluence_assets.emulator.faults.odd import ODD_KEY
from tests.emulator.asker import ADMIN, Asker, user

PAGES = "/wiki/api/v2/pages"


def first_page(small: Asker, path: str = f"{PAGES}?limit=5") -> tuple[dict[str, Any], str]:
    reply = small.raw(path)
    return reply.json(), reply.headers.get("Link", "")


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("repeat", f"{PAGES}?limit=5"),
        ("empty", ""),
        ("null", None),
    ],
)
def test_next_that_must_not_be_followed(small: Asker, form: str, expected: str | None) -> None:
    small.site.control.fault("next_link", form=form)
    page, link = first_page(small)
    assert (page["_links"]["next"], len(page["results"])) == (expected, 5)
    assert link == (f'<{expected}>; rel="next"' if expected else "")


def test_next_on_another_host(small: Asker) -> None:
    small.site.control.fault("next_link", form="foreign", host="https://evil.example")
    assert first_page(small)[0]["_links"]["next"].startswith(f"https://evil.example{PAGES}?limit=5&cursor=")


@pytest.mark.parametrize("kind", ["keyset", "offset"])
@pytest.mark.parametrize("sort", ["id", "-modified-date"])
@pytest.mark.parametrize("trigger", [{}, {"nth": 1}, {"nth": 3}])
def test_empty_pages_lead_on_and_nothing_is_lost(small: Asker, kind: str, sort: str, trigger: dict[str, int]) -> None:
    path = f"/pages?limit=10&sort={sort}"
    expected = small.ids(path)
    small.site.control.configure(cursor_kind=kind)
    small.site.control.fault("next_link", form="empty_page", route=PAGES, **trigger)
    assert small.ids(path) == expected
    assert small.site.control.faults()[0]["fired"] >= 1


def test_empty_pages_in_a_search(small: Asker) -> None:
    expected = [row["id"] for row in small.cql("type = page")]
    small.site.control.fault("next_link", form="empty_page", route="GET /wiki/rest/api/content/search")
    assert [row["id"] for row in small.cql("type = page")] == expected


def test_an_endless_walk_has_ever_new_cursors(small: Asker) -> None:
    small.site.control.fault("next_link", form="endless")
    seen, path = set(), f"{PAGES}?limit=5"
    for _ in range(20):
        page = small.raw(path).json()
        assert page["results"] == []
        path = page["_links"]["next"]
        seen.add(path)
    assert len(seen) == 20


def test_what_is_no_list_is_left_alone(small: Asker) -> None:
    page = small.ids("/pages?limit=1")[0]
    small.site.control.fault("next_link")
    assert "next" not in small.v2(f"/pages/{page}")["_links"]


def test_limits_are_capped_without_a_word(small: Asker) -> None:
    everything = small.ids("/pages?limit=250")
    small.site.control.fault("cap_limit", limit=7)
    assert len(small.raw(f"{PAGES}?limit=250").json()["results"]) == 7
    assert len(small.raw(PAGES).json()["results"]) == 7
    assert len(small.raw(f"{PAGES}?limit=3").json()["results"]) == 3
    assert small.ids("/pages?limit=250") == everything
    found = small.v1("/content/search?cql=type=page&limit=50")
    assert (found["limit"], found["size"]) == (7, 7)


def test_rows_move_between_pages(small: Asker) -> None:
    """A page that is edited during a walk by date is met twice; one that moves up the other way would be lost."""
    ids = small.ids("/pages?limit=250&sort=-modified-date")
    last = ids[-1]
    edit = {"op": "edit_content", "id": last, "body": "<p>Moved to the front.</p>"}
    small.site.control.fault("edit", edits=edit, route=PAGES, nth=2)
    walked = small.ids("/pages?limit=10&sort=modified-date")
    assert walked.count(last) == 2
    assert small.site.control.faults()[0]["fired"] == 1
    assert small.ids("/pages?limit=250&sort=-modified-date")[0] == last


def test_edits_fire_once_and_may_come_after_the_answer(small: Asker) -> None:
    page = small.ids("/pages?limit=1")[0]
    edits = [{"op": "rename", "id": page, "title": "New name"}, {"op": "relabel", "id": page, "labels": ["late"]}]
    small.site.control.fault("edit", edits=edits, when="after", route=f"{PAGES}/{{id}}")
    first = small.v2(f"/pages/{page}")["title"]
    assert first != "New name"
    assert small.v2(f"/pages/{page}")["title"] == "New name"
    assert small.v2(f"/pages/{page}")["version"]["number"] == 2


def test_one_ancestor_fails_the_batch(small: Asker) -> None:
    plain = "/wiki/rest/api/content/search?cql=type=page&expand=ancestors&limit=50"
    rows = small.raw(plain).json()["results"]
    above = next(row["ancestors"][-1]["id"] for row in rows if row["ancestors"])
    expanded = plain.replace("=ancestors", "=ancestors.restrictions.read.restrictions.user")
    assert small.status(expanded) == 200
    small.site.control.fault("unreadable_ancestor", ids=[above])
    reply = small.raw(expanded)
    assert reply.status_code == 404
    assert f"No content with id {above}" in reply.json()["message"]
    assert small.status(plain) == 200
    small.site.control.clear_faults()
    small.site.control.fault("unreadable_ancestor", ids=["1"])
    assert small.status(expanded) == 200


def test_odd_answers(small: Asker) -> None:
    small.site.control.fault("odd_answers")
    page = small.v2("/pages?limit=2&body-format=storage")
    assert ODD_KEY in page
    assert all(ODD_KEY in row and ODD_KEY in row["version"] for row in page["results"])
    assert set(page["results"][0]["body"]) == {"storage"}
    (group, *_) = small.v1("/group")["results"]
    assert (group["usageType"], group["managedBy"]) == ("new-USERBASE_GROUP", "new-ADMINS")
    small.site.control.clear_faults()
    small.site.control.fault("odd_answers", enums=False)
    assert small.v1("/group")["results"][0]["usageType"] == "USERBASE_GROUP"


# callers


def test_a_token_that_expires(small: Asker) -> None:
    small.site.control.fault("expire_token", after=2, route=PAGES)
    assert [small.status(PAGES) for _ in range(4)] == [200, 200, 401, 401]
    assert small.status("/wiki/api/v2/spaces") == 401  # on every route
    assert small.status("/wiki/rest/api/user/current", user("user1")) == 200  # another token
    assert small.raw(PAGES).headers["WWW-Authenticate"].startswith("OAuth realm=")


def test_a_token_that_is_refused_for_a_while(small: Asker) -> None:
    small.site.control.fault("expire_token", nth=2, lasts=3)
    assert [small.status(PAGES) for _ in range(6)] == [200, 401, 401, 401, 200, 200]


def test_a_caller_that_turns_anonymous(site_of: Callable[..., Asker]) -> None:
    demo = site_of(SiteConfig.demo())
    known = demo.ids("/pages?limit=250")
    anonymous = demo.ids("/pages?limit=250", None)
    assert 0 < len(anonymous) < len(known)
    demo.site.control.fault("turn_anonymous", after=1)
    assert demo.ids("/pages?limit=250") == known
    reply = demo.raw(f"{PAGES}?limit=250")
    assert (reply.status_code, reply.headers["X-AACCOUNTID"]) == (200, "")
    assert [row["id"] for row in reply.json()["results"]] == anonymous
    assert demo.v1("/user/current")["type"] == "anonymous"


def test_a_caller_that_loses_a_group(site_of: Callable[..., Asker]) -> None:
    small = site_of(SiteConfig(plan=SeedPlan(spaces=1, pages_per_space=12, users=4)))
    control = small.site.control
    account = control.account_id("user1@example.com")
    control.edit("create_group", name="secret keepers", members=[account, "admin@example.com"])
    page = small.ids("/pages?limit=250", user("user1"))[-1]
    control.edit("restrict", id=page, groups=["secret keepers"], users=[])
    assert page in small.ids("/pages?limit=250", user("user1"))
    control.fault("lose_group", group="secret keepers", nth=2)
    rows, path = [], f"{PAGES}?limit=5"
    while path:
        answer = small.raw(path, user("user1")).json()
        rows += [row["id"] for row in answer["results"]]
        path = answer["_links"].get("next")
    assert page not in rows
    assert page in small.ids("/pages?limit=250", ADMIN)


def test_an_admin_key_that_ends(small: Asker) -> None:
    control = small.site.control
    page = small.ids("/pages?limit=250")[0]
    control.edit("restrict", id=page, users=[control.account_id("user1@example.com")])
    small.raw("/wiki/api/v2/admin-key", method="POST")
    control.fault("end_admin_key", route=f"{PAGES}/{{id}}", nth=2)
    headers = {"Atl-Confluence-With-Admin-Key": "true"}
    found = [small.raw(f"{PAGES}/{page}", headers=headers).status_code for _ in range(3)]
    assert found == [200, 404, 404]
    assert small.status("/wiki/api/v2/admin-key") == 404
