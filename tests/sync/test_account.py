"""Not even by another's eyes: what an account stops seeing in the middle of a run is not taken to be gone."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from confluence_assets.emulator.config import SeedPlan
from confluence_assets.errors import ConfluenceAssetsError, IncompleteError
from confluence_assets.sync.contract import SyncReport
from tests.support.truth import held
from tests.sync.harness import IMPATIENT, Bench, bench
from tests.sync.sites import CLOUD, DEAR, NEWEST, OLDEST, site_config

EMAIL = "crawler@example.com"
PLAN = SeedPlan(spaces=3, pages_per_space=8, comments=18, attachments=9, tasks=6, blogposts_per_space=2)
TABLES = ("spaces", "pages", "blogposts", "comments", "attachments", "tasks", "groups", "group_members")
MOMENTS = {
    "pages": {"route": "GET */v2/pages", "nth": 1},
    "more pages": {"route": "GET */v2/pages", "nth": 4},
    "posts": {"route": "GET */v2/blogposts"},
    "comments": {"route": "GET */v2/footer-comments", "nth": 2},
    "files": {"route": "GET */v2/attachments", "nth": 1},
    "tasks": {"route": "GET */v2/tasks"},
    "index": {"route": "GET */rest/api/content/search", "nth": 2},
    "permissions": {"route": "GET */permissions", "nth": 2},
    "the last question": {"route": "GET */rest/api/user/current", "nth": 2},
}
"""Requests after the groups were read."""
MOMENTS_OF_DATACENTER = {
    "pages": {"route": "GET */content/scan", "target": "*type=page*", "nth": 1},
    "more pages": {"route": "GET */content/scan", "target": "*type=page*", "nth": 4},
    "posts": {"route": "GET */content/scan", "target": "*type=blogpost*"},
    "comments": {"route": "GET */content/scan", "target": "*type=comment*", "nth": 2},
    "the last question": {"route": "GET */rest/api/user/current", "nth": 2},
}
SWITCHES = {"v2_limit_cap": 5}
SWITCHES_OF_DATACENTER = {"expanded_cap": 5, "body_cap": 5, "members_need_admin": False}


@pytest.fixture(scope="module")
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A crawler sees two spaces and half of the pages of the third one only as a member of the insiders."""
    site = getattr(request, "param", CLOUD)
    switches = {"anonymous_access": True, **(SWITCHES if site == CLOUD else SWITCHES_OF_DATACENTER)}
    config = site_config(site, PLAN, switches=switches)
    with bench(config, tmp_path_factory.mktemp("lake"), publish=False, removal_limit=1.0) as made:
        control = made.control
        everybody = [row["id"] for row in control.dump("group") if "user" in row["access"]]
        crawler = control.edit("create_user", email=EMAIL, name="Crawler", groups=everybody)["account_id"]
        insiders = control.edit("create_group", name="insiders", members=[crawler])["id"]
        for key in ("HID1", "HID2"):
            control.edit("create_space", key=key, name=key, private=True)
            control.edit("grant", space=key, principal_type="group", principal_id=insiders)
            page = control.edit("create_page", space=key, title="Hidden", body="<p>hidden</p>")["id"]
            control.edit("comment", container=page, body="<p>hidden</p>")
            control.edit("upload", container=page, filename="hidden.txt", text="hidden")
        for row in control.dump("page")[:8]:
            if row["space_key"] == "SP001":
                control.edit("restrict", id=row["id"], groups=[insiders])
        anybody = {"principal_type": "access-class", "principal_id": "anonymous-users"}
        control.edit("grant", space="SP002", **(anybody if site == CLOUD else {"principal_type": "anonymous"}))
        control.edit("catch_up_index")
        assert sync(made, "full").failures == []
        yield made


def sync(run: Bench, mode: str = "incremental", **more: Any) -> SyncReport:
    return run.sync(mode, email=EMAIL, token="crawler", **more)


def rows_of(run: Bench) -> dict[str, set[tuple[Any, ...]]]:
    return {table: set(held(run.lake, table)) for table in TABLES}


def said(run: Bench, mode: str = "incremental") -> str:
    """What a run had to say of its failure; nothing where it went well."""
    try:
        return "; ".join(sync(run, mode, transport=IMPATIENT).failures)
    except ConfluenceAssetsError as error:
        return str(error)


def moment_of(run: Bench, name: str) -> dict[str, Any]:
    return dict((MOMENTS_OF_DATACENTER if run.embedded.site.is_datacenter else MOMENTS)[name])


@pytest.mark.parametrize(
    ("run", "moment", "mode"),
    [
        *((CLOUD, moment, mode) for moment in MOMENTS for mode in ("incremental", "full")),
        *((site, moment, "incremental") for site in (OLDEST, NEWEST) for moment in MOMENTS_OF_DATACENTER),
    ],
    indirect=["run"],
    scope="module",
)
def test_a_group_that_is_lost_in_the_middle_of_a_run(run: Bench, moment: str, mode: str) -> None:
    before = rows_of(run)
    assert len(before["spaces"]) == 5
    run.control.fault("lose_group", group="insiders", times=1, **moment_of(run, moment))
    words = said(run, mode)
    assert run.control.faults()[0]["fired"] == 1
    assert rows_of(run) == before
    assert "group" in words or not words, words
    # From the start of the next run on it is the truth that nothing more is seen.
    run.control.clear_faults()
    assert sync(run).failures == []
    assert len(rows_of(run)["spaces"]) == 3
    run.control.edit("add_member", group="insiders", account=EMAIL)
    assert sync(run).failures == []
    assert rows_of(run) == before


def anonymous_for_good(run: Bench, moment: dict[str, Any]) -> None:
    run.control.fault("turn_anonymous", **moment)


def anonymous_for_a_while(run: Bench, moment: dict[str, Any]) -> None:
    run.control.fault("turn_anonymous", lasts=6, **moment)


def token_expires(run: Bench, moment: dict[str, Any]) -> None:
    run.control.fault("expire_token", **moment)


def token_expires_for_a_while(run: Bench, moment: dict[str, Any]) -> None:
    run.control.fault("expire_token", lasts=6, **moment)


OTHER_EYES = (anonymous_for_good, anonymous_for_a_while, token_expires, token_expires_for_a_while)


@pytest.mark.parametrize(
    ("run", "mode", "moment"),
    [
        *((CLOUD, "incremental", moment) for moment in MOMENTS),
        *((CLOUD, "content", moment) for moment in ("posts", "tasks")),
        *((site, "incremental", moment) for site in (OLDEST, NEWEST) for moment in MOMENTS_OF_DATACENTER),
    ],
    indirect=["run"],
    scope="module",
)
@pytest.mark.parametrize("happens", OTHER_EYES, ids=lambda one: one.__name__)
def test_other_eyes(run: Bench, happens: Callable[[Bench, dict[str, Any]], None], mode: str, moment: str) -> None:
    """The site lets anybody in, so that a request without an account is answered, with less in it."""
    before = rows_of(run)
    happens(run, moment_of(run, moment))
    words = said(run, mode)
    fired = run.control.faults()[0]["fired"]
    after = rows_of(run)
    assert {table: before[table] - after[table] for table in TABLES} == {table: set() for table in TABLES}, words
    if fired and happens in (anonymous_for_good, token_expires):
        assert words
    run.control.clear_faults()
    assert sync(run).failures == []
    assert rows_of(run) == before


def test_the_run_says_whose_eyes_they_were(run: Bench) -> None:
    run.control.fault("turn_anonymous", **MOMENTS["comments"])
    with pytest.raises(IncompleteError, match=r"did not say at the end of the run who we are.*Nothing was committed"):
        sync(run, transport=IMPATIENT)
    run.control.clear_faults()


# Mass removals


@pytest.fixture(params=DEAR)
def large(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    plan = SeedPlan(spaces=5, pages_per_space=24, comments=120, attachments=120, attachment_pages=60)
    with bench(site_config(request.param, plan), tmp_path, publish=False) as made:
        assert made.sync("full").failures == []
        yield made


def trash_most_pages(run: Bench) -> str:
    pages = [row for row in run.control.dump("page") if row["space_key"] == "SP001"]
    for row in pages[:20]:
        run.control.edit("trash", id=row["id"], descendants=False)
    return "pages"


def delete_all_comments(run: Bench) -> str:
    for row in run.control.dump("comment"):
        if not row["parent_comment_id"]:
            run.control.edit("delete_comment", id=row["id"], with_replies=True)
    return "comments"


def delete_all_files(run: Bench) -> str:
    for row in run.control.dump("attachment"):
        run.control.edit("delete_file", id=row["id"], purge=False)
    return "attachments"


def delete_most_spaces(run: Bench) -> str:
    for key in ("SP001", "SP002", "SP003"):
        run.control.edit("delete_space", space=key)
    return "spaces"


@pytest.mark.parametrize(
    "happens",
    [trash_most_pages, delete_all_comments, delete_all_files, delete_most_spaces],
    ids=lambda one: one.__name__,
)
def test_a_mass_removal_is_held_until_a_person_lets_it_pass(large: Bench, happens: Callable[[Bench], str]) -> None:
    before = {table: set(held(large.lake, table)) for table in ("spaces", "pages", "comments", "attachments")}
    table = happens(large)
    report = large.sync()
    assert any("removal_limit" in line and "--allow-removals" in line for line in report.failures), report.failures
    assert {name: set(held(large.lake, name)) for name in before} == before
    # It is held as long as nobody says otherwise.
    assert large.sync().failures != []
    assert set(held(large.lake, table)) == before[table]
    assert large.sync(allow_removals=True).failures == []
    assert large.differences() == []
