"""What can't be decided lets nobody in, is said in the rows, and is counted with its cause."""

from typing import Literal

import pytest

from confluence_assets.access import Cause, SiteAccess
from confluence_assets.tables import Row
from tests.access.site import SmallSite


def site() -> SmallSite:
    built = SmallSite()
    built.group("staff", "user")
    built.account("ann", "staff")
    built.account("ben", "staff")
    built.space("S", "group:staff")
    return built


def profile_rows(built: SmallSite, content_id: str) -> list[Row]:
    resolution = built.resolve("S")
    profile_id = resolution.profile_of(content_id).profile_id
    return [row for batch in resolution.iter_acl_profiles() for row in batch if row["acl_profile_id"] == profile_id]


def test_a_missing_ancestor_closes_all_that_is_below_it_and_is_counted_once() -> None:
    built = site()
    built.node("S", "1")
    built.node("S", "2", parent="draft")
    built.node("S", "3", parent="2")
    built.contained("comments", "S", "4", "3")

    counts = built.resolve("S").counts()

    assert counts.undecidable_profiles == {Cause.ANCESTOR_MISSING: 1}
    assert counts.undecidable_contents == {Cause.ANCESTOR_MISSING: 3}
    assert (counts.contents, counts.profiles, counts.readers) == (4, 2, 2)
    assert [
        (row["layer_source_id"], row["principal_type"], row["is_decidable"], row["cause"])
        for row in profile_rows(built, "3")
    ] == [("id-S", "group", False, None), ("draft", "none", False, "ancestor_missing")]


def test_unread_permissions_close_the_space_whatever_a_page_says() -> None:
    built = site()
    built.unread.add(("space_permissions", "S"))
    built.node("S", "1", "user:ann")

    assert built.readers_of("1") == []
    assert built.resolve("S").counts().undecidable_contents == {Cause.SPACE_UNREAD: 1}
    assert {row["is_decidable"] for row in profile_rows(built, "1")} == {False}


def test_no_rows_are_not_unread_rows() -> None:
    built = site()
    built.rows["space_permissions"].clear()
    built.node("S", "1")

    assert built.readers_of("1") == []
    assert not built.resolve("S").counts().undecidable_contents
    assert [(row["principal_type"], row["principal_id"], row["is_decidable"]) for row in profile_rows(built, "1")] == [
        ("none", "none", True)
    ]


def test_a_listing_of_restrictions_that_could_not_be_read_closes_the_space() -> None:
    built = site()
    built.unread.add(("content_restrictions", "S"))
    built.node("S", "1")
    built.contained("attachments", "S", "att1", "1")

    assert built.readers_of("att1") == []
    assert built.resolve("S").counts().undecidable_contents == {Cause.RESTRICTION_UNREAD: 2}


def test_the_members_of_a_cycle_and_what_hangs_on_it_are_closed() -> None:
    built = site()
    built.node("S", "0")
    built.node("S", "1", parent="3")
    built.node("S", "2", parent="1")
    built.node("S", "3", parent="2")
    built.node("S", "4", "user:ann", parent="2")
    built.node("S", "5", parent="5")

    resolution = built.resolve("S")

    assert [resolution.may_read("ann", str(number)) for number in range(6)] == [True] + [False] * 5
    assert resolution.counts().undecidable_contents == {Cause.ANCESTOR_CYCLE: 5}
    assert resolution.profile_of("1") is resolution.profile_of("3")


def test_an_id_at_two_places_is_closed() -> None:
    built = site()
    built.node("S", "1", "user:ann")
    built.node("S", "2")
    built.node("S", "3", parent="1")
    built.node("S", "3", kind="folder", parent="2")

    assert built.readers_of("3") == []
    assert built.resolve("S").counts().undecidable_contents == {Cause.TWO_PLACES: 1}


@pytest.mark.parametrize("holder", ["elsewhere", None, "loop"])
def test_content_without_a_container_is_closed(holder: str | None) -> None:
    built = site()
    built.contained("custom_content", "S", "loop", holder, "custom_content")

    assert built.readers_of("loop") == []
    assert sum(built.resolve("S").counts().undecidable_contents.values()) == 1


def test_content_of_another_space_is_not_content_of_this_one() -> None:
    built = site()
    built.contained("custom_content", "S", "7", "id-OTHER", "space")

    assert built.readers_of("7") == []


def test_unread_roles_leave_the_permissions_standing() -> None:
    built = site()
    built.permission("S", "role:viewer")
    built.unread.add(("space_role_assignments", "S"))
    built.node("S", "1")

    assert built.readers_of("1") == ["ann", "ben"]
    assert built.resolve("S").counts().incomplete_contents == {Cause.ROLES_UNREAD: 1}
    assert [
        (row["principal_type"], row["principal_id"], row["is_complete"], row["cause"])
        for row in profile_rows(built, "1")
    ] == [
        ("role", "viewer", False, "roles_unread"),
        ("group", "staff", False, None),
    ]


@pytest.mark.parametrize(
    ("principal", "cause"),
    [
        ("group:deleted", Cause.GROUP_UNKNOWN),
        ("user:stranger", Cause.ACCOUNT_UNKNOWN),
        ("user:odd", Cause.ACCOUNT_UNKNOWN),
        ("team:rocket", Cause.PRINCIPAL_UNKNOWN),
        ("group:secret", Cause.GROUP_UNREAD),
    ],
)
def test_a_principal_that_cant_be_resolved_closes_only_itself(principal: str, cause: Cause) -> None:
    built = site()
    built.access = SiteAccess(anonymous_access=False, unread_groups=frozenset({"secret"}))
    built.group("secret")
    built.account("odd", "staff", status="unknown")
    built.node("S", "1", principal, "user:ann")

    assert built.readers_of("1") == ["ann"]
    counts = built.resolve("S").counts()
    assert counts.incomplete_profiles == counts.incomplete_contents == {cause: 1}
    assert not counts.undecidable_profiles
    layer = [row for row in profile_rows(built, "1") if row["layer_index"] == 1]
    assert {row["is_complete"] for row in layer} == {False}
    assert {row["is_decidable"] for row in layer} == {True}
    assert sorted(str(row["cause"]) for row in layer) == sorted(["None", cause])


@pytest.mark.parametrize("deployment", ["cloud", "datacenter"])
def test_a_group_that_could_not_be_read_licenses_nobody(deployment: Literal["cloud", "datacenter"]) -> None:
    """Its rows are those of an earlier run: who was in it then may have left, and with it the licence for everything else."""
    built = SmallSite(SiteAccess(deployment, anonymous_access=False, unread_groups=frozenset({"staff"})))
    built.group("staff", "user")
    built.group("admins", "user", "admin")
    built.group("team")
    built.account("ann", "staff", "team")
    built.account("ben", "admins", "team")
    built.account("gus", "team", status="inactive")
    built.space("S", "group:team", "user:ann")
    built.node("S", "1")
    built.node("S", "2", "user:ann")
    built.node("S", "3", "user:ben")
    built.node("S", "4", "user:gus")

    assert [built.readers_of(each) for each in "1234"] == [["ben"], [], ["ben"], []]
    counts = built.resolve("S").counts()
    assert not counts.undecidable_profiles
    assert counts.incomplete_contents == {Cause.LICENCE_IN_DOUBT: 4}
    causes = {(row["principal_type"], row["principal_id"]): row["cause"] for row in profile_rows(built, "3")}
    assert causes == {
        ("group", "team"): "licence_in_doubt",
        ("user", "ann"): "licence_in_doubt",
        ("user", "ben"): None,
    }
    built.access = SiteAccess(deployment, anonymous_access=False)
    assert built.readers_of("2") == ["ann"]
    assert not built.resolve("S").counts().incomplete_contents


@pytest.mark.parametrize(
    ("anonymous", "cause", "is_complete"),
    [(True, None, True), (False, "anonymous_off", True), (None, "anonymous_unknown", False)],
)
def test_anonymous_says_why_it_does_not_count(anonymous: bool | None, cause: str | None, is_complete: bool) -> None:
    built = site()
    built.access = SiteAccess(anonymous_access=anonymous)
    built.permission("S", "anonymous")
    built.node("S", "1")

    row = next(row for row in profile_rows(built, "1") if row["principal_type"] == "anonymous")

    assert (row["cause"], row["is_complete"], row["is_decidable"]) == (cause, is_complete, True)


def test_data_center_is_not_decidable_without_knowing_who_can_use_it() -> None:
    built = site()
    built.rows["groups"][0]["access_types"] = []
    built.access = SiteAccess(deployment="datacenter", anonymous_access=True)
    built.permission("S", "anonymous")
    built.node("S", "1")

    assert built.readers_of("1") == []
    assert built.resolve("S").counts().undecidable_contents == {Cause.LICENCE_UNREAD: 1}
    assert not list(built.resolve("S").iter_acl_readers())


def test_every_cause_says_what_to_do() -> None:
    for cause in Cause:
        assert len(cause.advice) > 20
        assert cause.is_undecidable + cause.is_incomplete == (cause is not Cause.ANONYMOUS_OFF)
