"""Who is who: sets of accounts, access classes, Data Center's licences and nested groups."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confluence_assets.access import Directory, Principal, SiteAccess, flatten_groups
from tests.access.site import SmallSite


def names(directory: Directory, kind: str, name: str) -> list[str]:
    return list(directory.list_of(directory.admitted(Principal(kind, name)).accounts))


def test_accounts_stand_in_the_order_of_rows() -> None:
    site = SmallSite()
    for account_id in ("b", "aa", "a", "10", "9"):
        site.account(account_id)

    assert site.directory().accounts == ("9", "a", "b", "10", "aa")


@given(st.sets(st.integers(0, 299)))
def test_a_set_of_accounts_keeps_its_members(numbers: set[int]) -> None:
    site = SmallSite()
    for number in range(300):
        site.account(f"{number:03}")
    directory = site.directory()
    accounts = [f"{number:03}" for number in sorted(numbers)]

    kept = directory.set_of(accounts)

    assert list(directory.list_of(kept)) == accounts
    assert [account for account in directory.accounts if directory.holds(kept, account)] == accounts


def test_who_may_use_data_center_is_said_by_the_licence() -> None:
    site = SmallSite(SiteAccess(deployment="datacenter", licensed_accounts=frozenset({"ann", "off", "gone"})))
    site.group("staff")
    site.account("ann", "staff")
    site.account("ben", "staff")
    site.account("off", "staff", status="inactive")

    assert names(site.directory(), "group", "staff") == ["ann"]


def test_who_may_use_data_center_is_said_by_the_groups_where_nothing_else_does() -> None:
    site = SmallSite(SiteAccess(deployment="datacenter"))
    site.group("confluence-users", "user")
    site.group("staff")
    site.account("ann", "staff", "confluence-users")
    site.account("ben", "staff")

    assert names(site.directory(), "group", "staff") == ["ann"]
    assert site.directory().licence_cause is None


def test_groups_of_data_center_are_names_in_any_case() -> None:
    site = SmallSite(SiteAccess(deployment="datacenter", licensed_accounts=frozenset({"ann"})))
    site.group("Staff")
    site.account("ann", "STAFF")

    assert names(site.directory(), "group", "staff") == ["ann"]


def test_groups_of_cloud_are_ids() -> None:
    site = SmallSite()
    site.group("Staff")
    site.account("ann", "Staff")

    assert names(site.directory(), "group", "staff") == []


def test_nested_groups_hold_each_other_without_end() -> None:
    nested = (("all", "north"), ("north", "oslo"), ("oslo", "all"), ("empty", "empty"))
    access = SiteAccess(
        deployment="datacenter", licensed_accounts=frozenset({"ann", "ben", "cat"}), nested_groups=nested
    )
    site = SmallSite(access)
    for group in ("all", "north", "oslo", "empty", "south"):
        site.group(group)
    site.account("ann", "oslo")
    site.account("ben", "all")
    site.account("cat", "south")

    assert names(site.directory(), "group", "north") == ["ann", "ben"]
    assert names(site.directory(), "group", "south") == ["cat"]
    assert names(site.directory(), "group", "empty") == []


def test_flattening_keeps_groups_that_hold_nobody() -> None:
    assert flatten_groups({"a": {"x"}}, [("b", "a"), ("c", "missing")]) == {"a": {"x"}, "b": {"x"}, "c": set()}


@pytest.mark.parametrize("cause_of", ["all-licensed-users", "all-product-admins"])
def test_access_classes_are_unknown_where_no_group_gives_access(cause_of: str) -> None:
    site = SmallSite()
    site.group("staff")
    site.account("ann", "staff")

    assert site.directory().admitted(Principal("access_class", cause_of)) == (0, "access_class_unknown")
