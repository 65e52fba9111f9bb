"""What can't be read of access lets nobody in, and is counted with its cause; the next whole run decides it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from confluence_assets.access import Cause
from confluence_assets.emulator import SeedPlan, SiteConfig
from confluence_assets.sync.access_report import read_access_report
from confluence_assets.sync.contract import SyncReport
from tests.sync.harness import IMPATIENT, Bench, bench

PLAN = SeedPlan(spaces=0, users=4, groups=0, audit_records=0)
PERMISSIONS = "GET */spaces/{id}/permissions"
ROLES = "GET */spaces/{id}/role-assignments"
SEARCHES = ("GET /wiki/rest/api/content/search", "GET /wiki/rest/api/search")
ITS_OWN_RESTRICTIONS = "GET */content/{id}/restriction*"
GROUPS, MEMBERS = "GET /wiki/rest/api/group", "GET */group/{groupId}/membersByGroupId"
EVERYBODY, NOBODY = ["user1", "user2", "user3"], []


class Wiki(Bench):
    """One space that the group `team` and user3 may read: an open page, one for user1 alone, and one in a folder."""

    def furnish(self) -> None:
        edit = self.control.edit
        self.team = edit("create_group", name="team", members=[f"user{n}@example.com" for n in (1, 2)])["id"]
        edit("create_space", key="DOC", name="Docs", private=True)
        edit("grant", space="DOC", principal_type="group", principal_id="team")
        edit("grant", space="DOC", principal_type="user", principal_id="user3@example.com")
        self.open = edit("create_page", space="DOC", title="Open")["id"]
        self.own = edit("create_page", space="DOC", title="Own")["id"]
        self.restrict(self.own, "user1")
        self.folder = edit("create_node", space="DOC", title="Folder", kind="folder")["id"]
        self.below = edit("create_page", space="DOC", title="Below", parent=self.folder)["id"]

    def restrict(self, content_id: str, *people: str) -> None:
        self.control.edit("restrict", id=content_id, users=[f"{name}@example.com" for name in (*people, "admin")])

    def fail(self, *routes: str, status: int, **trigger: Any) -> None:
        for route in routes:
            self.control.fault("error", route=route, status=status, **trigger)

    def run(self, mode: str = "incremental") -> SyncReport:
        return self.sync(mode, transport=IMPATIENT)

    def readers(self, content_id: str) -> list[str]:
        """Who of the three may read that content, by the lake."""
        acl = {row["content_id"]: row["acl_profile_id"] for rows in self.lake.iter_rows("content_acl") for row in rows}
        admitted = {
            row["principal_id"]
            for rows in self.lake.iter_rows("acl_readers")
            for row in rows
            if row["acl_profile_id"] == acl[content_id]
        }
        return [name for name in EVERYBODY if self.control.account_id(f"{name}@example.com") in admitted]

    def counts(self) -> dict[Cause, tuple[bool, int]]:
        """By cause: whether it closes the contents to everybody, and how many they are."""
        return {each.cause: (each.is_closed, each.contents) for each in read_access_report(self.lake).causes}


@pytest.fixture
def wiki(tmp_path: Path) -> Iterator[Wiki]:
    with bench(SiteConfig(plan=PLAN), tmp_path) as made:
        built = Wiki(made.embedded, tmp_path, publish=False)
        built.furnish()
        yield built


def is_decided(wiki: Wiki) -> None:
    """A run without faults brings everything right."""
    wiki.control.clear_faults()
    assert wiki.run().is_ok
    assert [wiki.readers(each) for each in (wiki.open, wiki.own, wiki.below)] == [EVERYBODY, ["user1"], EVERYBODY]
    assert wiki.counts() == {}


@pytest.mark.parametrize("is_known", [False, True], ids=["first", "later"])
@pytest.mark.parametrize("status", [403, 500])
def test_permissions_that_cant_be_read_close_the_space(wiki: Wiki, status: int, is_known: bool) -> None:
    if is_known:
        is_decided(wiki)
    wiki.fail(PERMISSIONS, status=status)

    report = wiki.run()

    assert report.is_ok == (status == 403)
    assert [wiki.readers(each) for each in (wiki.open, wiki.own, wiki.below)] == [NOBODY] * 3
    assert wiki.counts() == {Cause.SPACE_UNREAD: (True, 5)}
    (note,) = [note for note in report.notes if note.startswith("Access, ")]
    assert note.startswith("Access, space_permissions_unread: 5 contents in DOC, closed to everybody. ")
    assert note.endswith(Cause.SPACE_UNREAD.advice)
    is_decided(wiki)


@pytest.mark.parametrize("is_known", [False, True], ids=["first", "later"])
@pytest.mark.parametrize("status", [403, 500])
def test_roles_that_cant_be_read_close_only_themselves(wiki: Wiki, status: int, is_known: bool) -> None:
    viewer = next(row["id"] for row in wiki.control.dump("role") if row["name"] == "Viewer")
    wiki.control.edit("revoke", space="DOC", principal_type="group", principal_id="team")
    wiki.control.edit("assign_role", space="DOC", principal_type="group", principal_id="team", role=viewer)
    if is_known:
        is_decided(wiki)
    wiki.fail(ROLES, status=status)

    wiki.run()

    assert [wiki.readers(each) for each in (wiki.open, wiki.own)] == [["user3"], NOBODY]
    assert wiki.counts() == {Cause.ROLES_UNREAD: (False, 5)}
    is_decided(wiki)


@pytest.mark.parametrize("status", [403, 404, 500])
def test_what_is_below_an_ancestor_that_cant_be_read_is_closed(wiki: Wiki, status: int) -> None:
    wiki.fail("GET */folders/{id}", status=status)

    wiki.run()

    assert [wiki.readers(each) for each in (wiki.open, wiki.below)] == [EVERYBODY, NOBODY]
    assert wiki.counts() == {Cause.ANCESTOR_MISSING: (True, 1)}
    is_decided(wiki)


@pytest.mark.parametrize("status", [403, 404, 500])
def test_an_ancestor_that_can_no_longer_be_read_opens_nothing(wiki: Wiki, status: int) -> None:
    is_decided(wiki)
    wiki.restrict(wiki.folder, "user2")
    wiki.fail("GET */folders/{id}", status=status)

    wiki.run()

    assert set(wiki.readers(wiki.below)) <= {"user2"}
    wiki.control.clear_faults()
    assert wiki.run().is_ok
    assert wiki.readers(wiki.below) == ["user2"]


@pytest.mark.parametrize("is_known", [False, True], ids=["first", "later"])
@pytest.mark.parametrize("status", [403, 500])
def test_restrictions_that_nobody_tells_close_the_contents(wiki: Wiki, status: int, is_known: bool) -> None:
    if is_known:
        is_decided(wiki)
        wiki.restrict(wiki.open, "user2")
    wiki.fail(*SEARCHES, ITS_OWN_RESTRICTIONS, status=status)

    report = wiki.run()

    assert report.is_ok == (status == 403)
    assert [wiki.readers(each) for each in (wiki.open, wiki.own, wiki.below)] == [NOBODY] * 3
    closed, contents = wiki.counts()[Cause.RESTRICTION_UNREAD]
    assert closed
    assert contents >= 4
    if is_known:
        wiki.control.edit("unrestrict", id=wiki.open)
    is_decided(wiki)


def test_restrictions_that_the_index_does_not_tell_are_asked_of_the_contents(wiki: Wiki) -> None:
    wiki.fail(*SEARCHES, status=403)

    wiki.run()

    assert [wiki.readers(each) for each in (wiki.open, wiki.own)] == [EVERYBODY, ["user1"]]
    # The index alone tells which folders there are.
    assert wiki.counts() == {Cause.ANCESTOR_MISSING: (True, 1)}
    assert wiki.readers(wiki.below) == NOBODY
    is_decided(wiki)


@pytest.mark.parametrize("is_answering", [True, False])
def test_a_folder_that_no_page_names_is_not_taken_to_be_as_open_as_before(wiki: Wiki, is_answering: bool) -> None:
    empty = wiki.control.edit("create_node", space="DOC", title="Empty", kind="folder")["id"]
    is_decided(wiki)
    assert wiki.readers(empty) == EVERYBODY
    wiki.restrict(empty, "user2")
    wiki.fail(*SEARCHES, *(() if is_answering else (ITS_OWN_RESTRICTIONS,)), status=403)

    wiki.run()

    assert wiki.readers(empty) == (["user2"] if is_answering else NOBODY)
    is_decided(wiki)
    assert wiki.readers(empty) == ["user2"]


@pytest.mark.parametrize("lookups", [50, 0])
def test_a_page_that_is_not_indexed_yet_is_no_open_page(tmp_path: Path, lookups: int) -> None:
    with bench(SiteConfig(plan=PLAN), tmp_path) as made:
        wiki = Wiki(made.embedded, tmp_path, publish=False, undecided_lookups=lookups)
        wiki.furnish()
        is_decided(wiki)
        wiki.control.configure(index_lag_seconds=600)
        fresh = wiki.control.edit("create_page", space="DOC", title="Fresh")["id"]
        wiki.restrict(fresh, "user2")

        for mode in ("content", "incremental", "full"):
            report = wiki.run(mode)
            assert report.is_ok
            assert wiki.readers(fresh) == (["user2"] if lookups else NOBODY)
            assert wiki.counts() == ({} if lookups else {Cause.RESTRICTION_UNREAD: (True, 1)})
            assert any("restriction_unread: 1 content in DOC" in note for note in report.notes) == (not lookups)

        wiki.control.edit("catch_up_index")
        assert wiki.run().is_ok
        assert wiki.readers(fresh) == ["user2"]
        assert wiki.counts() == {}


@pytest.mark.parametrize("status", [403, 500])
def test_groups_that_were_never_read_let_nobody_in(wiki: Wiki, status: int) -> None:
    wiki.fail(GROUPS, status=status)

    wiki.run()

    assert [wiki.readers(each) for each in (wiki.open, wiki.own)] == [NOBODY, NOBODY]
    assert wiki.counts() == {Cause.GROUP_UNKNOWN: (False, 5), Cause.LICENCE_IN_DOUBT: (False, 5)}
    is_decided(wiki)


def test_groups_that_can_no_longer_be_read_let_nobody_in(wiki: Wiki) -> None:
    is_decided(wiki)
    wiki.fail(GROUPS, status=403)

    assert wiki.run().is_ok

    assert [wiki.readers(each) for each in (wiki.open, wiki.own)] == [NOBODY, NOBODY]
    assert wiki.counts() == {Cause.GROUP_UNREAD: (False, 5), Cause.LICENCE_IN_DOUBT: (False, 5)}
    is_decided(wiki)


def test_groups_that_fail_once_stay_as_they_were_and_fail_the_run(wiki: Wiki) -> None:
    is_decided(wiki)
    wiki.fail(GROUPS, status=500)

    assert not wiki.run().is_ok

    assert wiki.readers(wiki.open) == EVERYBODY


@pytest.mark.parametrize("is_known", [False, True], ids=["first", "later"])
def test_one_group_whose_members_are_hidden_closes_itself_only(wiki: Wiki, is_known: bool) -> None:
    wiki.control.edit("create_group", name="guests", members=["user2@example.com"])
    wiki.control.edit("grant", space="DOC", principal_type="group", principal_id="guests")
    if is_known:
        is_decided(wiki)
        held = wiki.lake.count_rows("group_members")
    wiki.fail(MEMBERS, status=403, target=f"*{wiki.team}*")

    report = wiki.run()

    assert report.is_ok
    assert wiki.readers(wiki.open) == ["user2", "user3"]
    assert wiki.counts() == {Cause.GROUP_UNREAD: (False, 5)}
    assert any(wiki.team in note for note in report.notes)
    if is_known:
        assert wiki.lake.count_rows("group_members") == held, "what can't be read is not gone"
    is_decided(wiki)


def test_an_unknown_principal_beside_known_ones_closes_only_itself(wiki: Wiki) -> None:
    wiki.control.edit("create_group", name="old", members=["user2@example.com"])
    wiki.control.edit("restrict", id=wiki.open, users=["user1@example.com", "admin@example.com"], groups=["old"])
    wiki.control.edit("delete_group", group="old")

    assert wiki.run().is_ok

    assert wiki.readers(wiki.open) == ["user1"]
    assert wiki.counts() == {Cause.GROUP_UNKNOWN: (False, 1)}


def test_the_rule_lets_the_crawling_account_read_all_that_it_fetched(tmp_path: Path) -> None:
    with bench(SiteConfig.shape("odd"), tmp_path, publish=False) as run:
        for email, token in (("admin@example.com", "admin"), ("user3@example.com", "user3")):
            report = run.sync("full", email=email, token=token, allow_removals=True)
            assert read_access_report(run.lake).refusals == ()
            assert not [note for note in report.notes if "refuses this account" in note]
            footers = [run.lake.read_meta("content_acl", key) for key in run.lake.partitions("content_acl")]
            assert {meta.extra["account"] for meta in footers if meta} == {run.control.account_id(email)}
