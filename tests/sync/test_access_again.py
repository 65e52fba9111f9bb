"""A change of access is seen after one incremental run, and only the spaces that it touches are resolved again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from confluence_assets.emulator import SeedPlan, SiteConfig
from confluence_assets.sync.contract import SyncReport
from confluence_assets.warehouse import ConfluenceWarehouse
from tests.sync.harness import Bench, bench

PLAN = SeedPlan(spaces=0, users=6, groups=0, audit_records=0)


class Wiki(Bench):
    """Four spaces, each let in by something else: a group, another group, everybody licensed, one person."""

    def furnish(self) -> None:
        edit = self.control.edit
        self.group = {
            name: edit("create_group", name=name, members=[f"{first}@example.com"])["id"]
            for name, first in (("red", "user1"), ("blue", "user2"))
        }
        self.pages = {}
        for key, kind, who in (
            ("RED", "group", "red"),
            ("BLUE", "group", "blue"),
            ("ALL", "access-class", "all-licensed-users"),
            ("ONE", "user", "user3@example.com"),
        ):
            edit("create_space", key=key, name=key, private=True)
            edit("grant", space=key, principal_type=kind, principal_id=who)
            self.pages[key] = edit("create_page", space=key, title="Page")["id"]
            edit("create_page", space=key, title="Below", parent=self.pages[key])
        self.restrict(self.pages["ALL"], "user1")

    def restrict(self, content_id: str, *people: str) -> None:
        names = [f"{name}@example.com" for name in (*people, "admin")]
        self.control.edit("restrict", id=content_id, users=names, groups=["blue"])

    def readers(self, key: str) -> list[str]:
        """Who may read the page of a space, by the published database."""
        with ConfluenceWarehouse(self.site.folder / "confluence.duckdb") as warehouse:
            return [
                name
                for name in (f"user{number}" for number in range(1, 6))
                if warehouse.query_rows(
                    "select 1 from visible_pages(?) where page_id = ?",
                    [self.control.account_id(f"{name}@example.com"), self.pages[key]],
                )
            ]

    def again(self) -> set[str]:
        """Sync what changed. Returns the spaces that were resolved again."""
        report = self.sync()
        assert report.is_ok, report.failures
        return resolved(report)


def resolved(report: SyncReport) -> set[str]:
    return {outcome.space_key for outcome in report.outcomes if outcome.table == "content_acl"}


@pytest.fixture
def wiki(tmp_path: Path) -> Iterator[Wiki]:
    with bench(SiteConfig(plan=PLAN), tmp_path) as made:
        built = Wiki(made.embedded, tmp_path)
        built.furnish()
        assert built.sync("full").is_ok
        yield built


def test_every_kind_of_change_touches_its_own_spaces(wiki: Wiki) -> None:
    edit = wiki.control.edit
    assert wiki.again() == set()
    assert [wiki.readers(key) for key in wiki.pages] == [["user1"], ["user2"], ["user1", "user2"], ["user3"]]

    edit("add_member", group="red", account="user4@example.com")
    assert wiki.again() == {"RED"}
    assert wiki.readers("RED") == ["user1", "user4"]

    # The blue group is named in a space's permissions and in another space's restriction.
    edit("remove_member", group="blue", account="user2@example.com")
    assert wiki.again() == {"BLUE", "ALL"}
    assert (wiki.readers("BLUE"), wiki.readers("ALL")) == ([], ["user1"])

    edit("grant", space="ONE", principal_type="user", principal_id="user5@example.com")
    assert wiki.again() == {"ONE"}
    assert wiki.readers("ONE") == ["user3", "user5"]

    edit("revoke", space="ONE", principal_type="user", principal_id="user3@example.com")
    assert wiki.again() == {"ONE"}
    assert wiki.readers("ONE") == ["user5"]

    wiki.restrict(wiki.pages["RED"], "user4")
    assert wiki.again() == {"RED"}
    assert wiki.readers("RED") == ["user4"]

    edit("unrestrict", id=wiki.pages["ALL"])
    assert wiki.again() == {"ALL"}
    assert wiki.readers("ALL") == ["user1", "user2", "user3", "user4", "user5"]


def test_a_person_who_leaves_and_a_role_that_comes(wiki: Wiki) -> None:
    edit = wiki.control.edit
    edit("deactivate_user", account="user1@example.com")
    assert wiki.again() == {"RED", "ALL"}
    assert (wiki.readers("RED"), wiki.readers("ALL")) == ([], ["user2"])

    edit("reactivate_user", account="user1@example.com")
    assert wiki.again() == {"RED", "ALL"}
    assert wiki.readers("RED") == ["user1"]

    role = next(row["id"] for row in wiki.control.dump("role") if "read/space" in row["permissions"])
    edit("assign_role", space="BLUE", principal_type="user", principal_id="user5@example.com", role=role)
    assert wiki.again() == {"BLUE"}
    assert wiki.readers("BLUE") == ["user2", "user5"]

    edit("delete_group", group="red")
    assert "RED" in wiki.again()
    assert wiki.readers("RED") == []


def test_a_new_parent_brings_its_restriction(wiki: Wiki) -> None:
    closed = wiki.control.edit("create_page", space="ONE", title="Closed")["id"]
    wiki.control.edit("restrict", id=closed, users=["admin@example.com"])
    assert wiki.again() == {"ONE"}
    assert wiki.readers("ONE") == ["user3"]

    wiki.control.edit("move", id=wiki.pages["ONE"], parent=closed)
    assert wiki.again() == {"ONE"}
    assert wiki.readers("ONE") == []


def test_the_anonymous_door_is_seen_by_the_next_full_run(wiki: Wiki) -> None:
    wiki.control.edit("grant", space="RED", principal_type="access-class", principal_id="anonymous-users")
    assert wiki.again() == {"RED"}
    assert wiki.readers("RED") == ["user1"]

    wiki.control.configure(anonymous_access=True)
    assert resolved(wiki.sync("full")) == {"RED"}
    assert wiki.readers("RED") == ["user1", "user2", "user3", "user4", "user5"]


def test_a_folder_of_an_archived_space_that_its_last_page_left_is_not_kept_as_it_was(wiki: Wiki) -> None:
    """The index leaves archived spaces out: only the page below named the folder."""
    edit = wiki.control.edit
    closed = edit("create_page", space="ONE", title="Closed")["id"]
    edit("restrict", id=closed, users=["admin@example.com"])
    folder = edit("create_node", space="ONE", title="Folder", kind="folder")["id"]
    edit("move", id=wiki.pages["ONE"], parent=folder)
    edit("archive_space", space="ONE")
    wiki.again()
    reader = wiki.control.account_id("user3@example.com")
    readable = "select content_id from visible_content(?) where content_type = 'folder'"
    with ConfluenceWarehouse(wiki.site.folder / "confluence.duckdb") as warehouse:
        assert warehouse.query_rows(readable, [reader]) == [(folder,)]
        edit("move", id=wiki.pages["ONE"], space="ONE")
        edit("move", id=folder, parent=closed)
        assert wiki.again() == {"ONE"}
        assert warehouse.query_rows(readable, [reader]) == []
