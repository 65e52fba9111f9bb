"""The free check: the rule must let the crawling account in to what it fetched."""

from confluence_assets.access import CrawlerPowers, SiteAccess, find_unadmitted
from tests.access.site import SmallSite


def site(access: SiteAccess | None = None) -> SmallSite:
    built = SmallSite(access or SiteAccess(anonymous_access=False))
    built.group("staff", "user")
    built.group("confluence-administrators")
    built.account("crawler", "staff")
    built.account("ann", "staff")
    built.space("S", "group:staff")
    return built


def test_nothing_is_found_where_the_rule_lets_it_in() -> None:
    built = site()
    built.node("S", "1", "user:crawler")

    assert find_unadmitted(built.resolve("S"), "crawler") == []


def test_a_restriction_that_does_not_name_it_is_found_once_a_profile() -> None:
    built = site()
    built.node("S", "1", "user:ann")
    built.node("S", "2", parent="1")
    built.node("S", "3", parent="1")

    found = find_unadmitted(built.resolve("S"), "crawler")

    assert [(each.source_type, each.source_id, each.content_count, each.example_content_id) for each in found] == [
        ("page", "1", 3, "1")
    ]


def test_nothing_is_said_of_an_account_of_which_it_cant_be_told_whether_it_may_use_the_site() -> None:
    built = site(SiteAccess(anonymous_access=False, unread_groups=frozenset({"staff"})))
    built.permission("S", "user:crawler")
    built.node("S", "1")

    assert built.readers_of("1") == []
    assert find_unadmitted(built.resolve("S"), "crawler") == []


def test_a_space_that_does_not_name_it_is_found() -> None:
    built = site()
    built.rows["space_permissions"].clear()
    built.node("S", "1")

    found = find_unadmitted(built.resolve("S"), "crawler")

    assert [(each.source_type, each.source_id) for each in found] == [("space", "id-S")]


def test_an_account_that_the_lake_does_not_know_is_found() -> None:
    built = site()
    built.node("S", "1")

    assert find_unadmitted(built.resolve("S"), "stranger")[0].source_type == "account"


def test_what_is_not_known_is_not_held_against_the_rule() -> None:
    built = site()
    built.node("S", "1", "unknown:unknown")
    built.node("S", "2", "group:deleted")

    assert find_unadmitted(built.resolve("S"), "crawler") == []


def test_powers_explain_what_the_rule_does_not() -> None:
    built = site()
    built.node("S", "1", "user:ann")
    resolution = built.resolve("S")

    assert find_unadmitted(resolution, "crawler", CrawlerPowers(admin_key=True)) == []
    assert find_unadmitted(resolution, "crawler", CrawlerPowers(space_admin=True)) == []
    assert find_unadmitted(resolution, "crawler") != []


def test_the_super_group_of_data_center_reads_everything() -> None:
    for deployment, found in (("datacenter", 0), ("cloud", 1)):
        built = site(SiteAccess(deployment=deployment, licensed_accounts=frozenset({"crawler", "ann"})))  # type: ignore[arg-type]
        built.add("group_members", group_id="confluence-administrators", account_id="crawler")
        built.node("S", "1", "user:ann")

        assert len(find_unadmitted(built.resolve("S"), "crawler")) == found
