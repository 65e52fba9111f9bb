"""People and groups are complete: whoever a row names is there, whatever became of the account or of the group."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from confluence_assets.emulator import SeedPlan, SiteConfig
from confluence_assets.warehouse import ConfluenceWarehouse
from tests.sync.harness import Bench, bench

PLAN = SeedPlan(spaces=1, pages_per_space=2, users=8, groups=0, audit_records=0)


@pytest.fixture
def wiki(tmp_path: Path) -> Iterator[Bench]:
    with bench(SiteConfig(plan=PLAN), tmp_path) as run:
        yield run


def users(run: Bench) -> dict[str, dict[str, Any]]:
    """Rows of `users` by the part of the e-mail address that the site knows, hidden or not."""
    names = {user.account_id: user.email.partition("@")[0] for user in run.control.users()}
    return {names[row["account_id"]]: row for rows in run.lake.iter_rows("users") for row in rows}


def page_of(run: Bench) -> str:
    return str(run.control.dump("page")[-1]["id"])


def test_deactivated_and_deleted_accounts_stay_and_read_nothing(wiki: Bench) -> None:
    everybody = [f"user{number}@example.com" for number in (1, 2, 3)]
    wiki.control.edit("restrict", id=page_of(wiki), users=[*everybody, "admin@example.com"])
    assert wiki.sync("full").is_ok
    assert {users(wiki)[name]["account_status"] for name in ("user1", "user2", "user3")} == {"active"}

    wiki.control.edit("deactivate_user", account=everybody[0])
    wiki.control.edit("close_user", account=everybody[1])
    assert wiki.sync().is_ok

    found = users(wiki)
    assert [found[name]["account_status"] for name in ("user1", "user2", "user3")] == ["inactive", "closed", "active"]
    with ConfluenceWarehouse(wiki.site.folder / "confluence.duckdb") as warehouse:
        for name, count in (("user1", 0), ("user2", 0), ("user3", 2)):
            who = wiki.control.account_id(f"{name}@example.com")
            assert len(warehouse.query_rows("select 1 from visible_pages(?)", [who])) == count, name
        # The restriction goes on naming them: that is what the site holds.
        named = warehouse.query_rows("select count(*) from content_restrictions where principal_type = 'user'")
        assert named == [(4,)]


def test_a_hidden_address_is_no_missing_person(wiki: Bench) -> None:
    wiki.control.edit("hide_email", account="user1@example.com")
    assert wiki.sync("full").is_ok
    hidden = users(wiki)["user1"]
    assert (hidden["email"], hidden["email_hidden"], hidden["account_status"]) == (None, True, "active")
    with ConfluenceWarehouse(wiki.site.folder / "confluence.duckdb") as warehouse:
        pages = "select count(*) from visible_pages(?)"
        assert warehouse.query_rows(pages, [hidden["account_id"]]) == [(2,)]
        assert warehouse.query_rows(pages, ["user1@example.com"]) == [(0,)]
        unmatched = "select cause, readable_profile_count from analytics.unmatched_people where account_id = ?"
        assert warehouse.query_rows(unmatched, [hidden["account_id"]]) == [("email_hidden", 1)]

    wiki.control.edit("show_email", account="user1@example.com")
    assert wiki.sync().is_ok
    assert users(wiki)["user1"]["email"] == "user1@example.com"


def test_a_deleted_group_stays_in_a_restriction_under_its_name(wiki: Bench) -> None:
    page = page_of(wiki)
    group = wiki.control.edit("create_group", name="night-shift", members=["user1@example.com"])["id"]
    wiki.control.edit("restrict", id=page, users=["admin@example.com"], groups=["night-shift"])
    assert wiki.sync("full").is_ok

    wiki.control.edit("delete_group", group="night-shift")
    assert wiki.sync().is_ok

    rows = [row for rows in wiki.lake.iter_rows("content_restrictions") for row in rows]
    kept = [row for row in rows if row["principal_type"] == "group"]
    assert [(row["principal_id"], row["principal_name"]) for row in kept] == [(group, "night-shift")]
    assert group not in {row["group_id"] for rows in wiki.lake.iter_rows("groups") for row in rows}
    assert group not in {row["group_id"] for rows in wiki.lake.iter_rows("group_members") for row in rows}
    layers = [row for rows in wiki.lake.iter_rows("acl_profiles") for row in rows if row["principal_id"] == group]
    assert {(row["cause"], row["is_complete"], row["is_decidable"]) for row in layers} == {
        ("group_unknown", False, True)
    }


def test_everybody_whom_a_row_names_is_in_users(tmp_path: Path) -> None:
    with bench(SiteConfig.shape("odd"), tmp_path, publish=False) as run:
        assert run.sync("full").is_ok
        known = {row["account_id"] for rows in run.lake.iter_rows("users") for row in rows}
        on_site = {user.account_id for user in run.control.users()}
        named = {
            row["principal_id"]
            for table in ("space_permissions", "space_role_assignments", "content_restrictions")
            for rows in run.lake.iter_rows(table)
            for row in rows
            if row["principal_type"] == "user"
        }
        named |= {row["account_id"] for rows in run.lake.iter_rows("group_members") for row in rows}
        assert named & on_site <= known
        assert len(known) > 10


def test_access_is_derived_at_no_request(tmp_path: Path) -> None:
    """The same sync with and without the derived tables asks the site the same number of times."""
    asked = []
    with bench(SiteConfig.shape("odd"), tmp_path, publish=False) as run:
        fetched = run.site.options.tables() - {"content_acl", "acl_profiles", "acl_readers"}
        for number, tables in enumerate((fetched, None)):
            other = Bench(run.embedded, tmp_path / str(number), publish=False)
            for mode in ("full", "incremental", "content"):
                run.control.reset_stats()
                assert other.sync(mode, tables=tables).is_ok
                asked.append((mode, run.control.request_count()))
        run.control.reset_stats()
        derived = frozenset({"content_acl", "acl_profiles", "acl_readers"})
        assert other.sync("full", tables=derived).is_ok
        assert run.control.request_count() == 0
    assert asked[:3] == asked[3:]
