"""The audit log adds who and when to what listings showed, and what became of spaces; nothing hangs on it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from confluence_assets.emulator import SiteConfig
from confluence_assets.emulator.config import SeedPlan, Switches
from tests.sync.harness import Bench, bench
from tests.sync.sites import NEWEST, site_config

PLAN = SeedPlan(spaces=2, pages_per_space=8, blogposts_per_space=1, comments=4, users=5, groups=2, audit_records=4)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Bench]:
    with bench(SiteConfig(plan=PLAN), tmp_path, publish=False) as made:
        assert made.sync("full").failures == []
        yield made


def told(run: Bench) -> list[dict[str, Any]]:
    rows = [row for batch in run.lake.iter_rows("content_changes") for row in batch]
    assert len({row["change_id"] for row in rows}) == len(rows)
    return rows


def of(run: Bench, content_id: str) -> list[dict[str, Any]]:
    return [row for row in told(run) if row["content_id"] == content_id]


def pages(run: Bench) -> list[dict[str, Any]]:
    rows = [row for row in run.control.dump("page") if row["status"] == "current"]
    parents = {row["parent_id"] for row in rows}
    return [row for row in rows if row["id"] not in parents]


def admin(run: Bench) -> str:
    return run.control.account_id("admin@example.com")


def recorded(run: Bench, summary: str) -> Any:
    """When the site says that it happened."""
    rows = [row for batch in run.lake.iter_rows("audit_records") for row in batch if row["summary"] == summary]
    return rows[-1]["created_at"]


def all_recorded(run: Bench, summary: str, title: str) -> list[Any]:
    """When the site says that it happened to the contents of a title, oldest first."""
    rows = [row for batch in run.lake.iter_rows("audit_records") for row in batch if row["summary"] == summary]
    return sorted(row["created_at"] for row in rows if row["affected_object_name"] == title)


def purge(run: Bench, page_id: str) -> None:
    run.control.edit("trash", id=page_id, descendants=False)
    run.control.edit("purge", id=page_id)


def test_a_data_center_tells_the_same(tmp_path: Path) -> None:
    with bench(site_config(NEWEST, PLAN), tmp_path, publish=False) as run:
        assert run.sync("full").failures == []
        purged, restricted = (row["id"] for row in pages(run)[:2])
        purge(run, purged)
        run.control.edit("restrict", id=restricted, users=[admin(run)])
        run.control.edit("grant", space="SP002", principal_type="user", principal_id="user2@example.com")
        run.control.edit("catch_up_index")
        assert run.sync().failures == []
        (gone,) = of(run, purged)
        assert orjson.loads(gone["to_value"])["cause"] == "purged"
        assert gone["source_at"] == recorded(run, "Page purged")
        (row,) = of(run, restricted)
        assert (row["change"], row["source_at"]) == ("restricted", recorded(run, "Content restriction added"))
        (space,) = [row for row in told(run) if row["content_type"] == "space"]
        assert (space["space_key"], space["change"]) == ("SP002", "restricted")


def test_nothing_is_told_of_the_log_that_was_there(run: Bench) -> None:
    assert told(run) == []


def test_a_purged_page_is_told_from_a_hidden_one(run: Bench) -> None:
    purged, hidden = pages(run)[:2]
    purge(run, purged["id"])
    run.control.edit("restrict", id=hidden["id"], users=["user2@example.com"])
    requests = run.sync("content").requests
    assert requests
    assert run.sync().failures == []
    (gone,) = of(run, purged["id"])
    assert (gone["change"], gone["source_at"]) == ("gone", recorded(run, "Page purged"))
    assert orjson.loads(gone["to_value"]) == {"cause": "purged", "by": admin(run)}
    (lost,) = [row for row in of(run, hidden["id"]) if row["change"] == "gone"]
    assert lost["to_value"] is None


def test_the_id_is_the_same_with_and_without_the_log(run: Bench, tmp_path: Path) -> None:
    """A run that was killed, and one after it to which the log was closed, tell one change."""
    from tests.sync.kill_points import copy_of, kill_run

    purge(run, pages(run)[0]["id"])
    killed = copy_of(run, tmp_path / "killed")
    assert kill_run(killed, "incremental", 3)
    assert len(of(killed, pages(run)[0]["id"])) <= 1
    before = {row["change_id"] for row in told(killed)}
    assert before
    run.control.configure(audit_status=403)
    assert killed.sync().failures == []
    assert run.sync().failures == []
    assert {row["change_id"] for row in told(run)} == {row["change_id"] for row in told(killed)} >= before


def test_a_restriction_has_the_time_that_the_log_tells(run: Bench) -> None:
    page = pages(run)[0]
    run.control.edit("restrict", id=page["id"], users=[admin(run)])
    run.control.edit("catch_up_index")
    assert run.sync().failures == []
    (row,) = of(run, page["id"])
    assert (row["change"], row["source_at"]) == ("restricted", recorded(run, "Content restriction added"))


def test_pages_of_one_title_are_told_apart_by_their_space(run: Bench) -> None:
    ids = [
        run.control.edit("create_page", space=key, title="Twin", body="<p>x</p>")["id"] for key in ("SP001", "SP002")
    ]
    assert run.sync().failures == []
    for page_id in ids:
        run.control.edit("restrict", id=page_id, users=[admin(run)])
        run.control.edit("catch_up_index")
    assert run.sync().failures == []
    rows = [row for page_id in ids for row in of(run, page_id) if row["change"] == "restricted"]
    assert [row["source_at"] for row in rows] == all_recorded(run, "Content restriction added", "Twin")
    for page_id in ids:
        purge(run, page_id)
    assert run.sync().failures == []
    rows = [row for page_id in ids for row in of(run, page_id) if row["change"] == "gone"]
    assert [row["source_at"] for row in rows] == all_recorded(run, "Page purged", "Twin")


def test_a_purge_in_another_space_explains_nothing(run: Bench) -> None:
    hidden, purged = (
        run.control.edit("create_page", space=key, title="Notes", body="<p>x</p>")["id"] for key in ("SP001", "SP002")
    )
    assert run.sync(space_keys=("SP001",)).failures == []
    run.control.edit("restrict", id=hidden, users=["user2@example.com"])
    purge(run, purged)  # before it was ever seen
    assert run.sync().failures == []
    (lost,) = [row for row in of(run, hidden) if row["change"] == "gone"]
    assert lost["to_value"] is None
    assert lost["source_at"] != recorded(run, "Page purged")


def test_what_became_of_spaces(run: Bench) -> None:
    edit = run.control.edit
    space = next(row for row in run.control.dump("space") if row["key"] == "SP002")
    edit("grant", space="SP002", principal_type="user", principal_id="user2@example.com")
    edit("rename_space", space="SP002", name="Renamed")
    edit("archive_space", space="SP002")
    edit("create_space", key="NEW", name="New", private=False)
    assert run.sync().failures == []
    rows = {row["change"]: row for row in of(run, space["id"])}
    # The rename itself is told under the old name.
    assert {"restricted", "archived"} <= rows.keys()
    assert all(row["content_type"] == "space" and row["space_key"] == "SP002" for row in rows.values())
    said = orjson.loads(rows["restricted"]["to_value"])
    assert (said["summary"], said["by"]) == ("Space permission added", admin(run))
    assert rows["archived"]["source_at"] == recorded(run, "Space archived")
    (new,) = [row for row in told(run) if row["space_key"] == "NEW" and row["content_type"] == "space"]
    assert new["change"] == "created"
    edit("delete_space", space="NEW")
    for _ in range(2):
        assert run.sync().failures == []
        rows = [row for row in of(run, new["content_id"]) if row["change"] != "created"]
        assert [(row["change"], row["source_at"]) for row in rows] == [("gone", recorded(run, "Space deleted"))]


@pytest.mark.parametrize("why", ["off", "closed"])
def test_without_the_log_all_else_is_the_same(tmp_path: Path, why: str) -> None:
    switches = Switches(audit_status=200 if why == "off" else 403)
    with bench(SiteConfig(plan=PLAN, switches=switches), tmp_path, publish=False, audit=why != "off") as run:
        assert run.sync("full").failures == []
        page = pages(run)[0]
        purge(run, page["id"])
        run.control.edit("grant", space="SP002", principal_type="user", principal_id="user2@example.com")
        assert run.sync().failures == []
        assert run.differences() == []
        (row,) = told(run)
        assert (row["content_id"], row["change"], row["to_value"]) == (page["id"], "gone", None)


def test_the_log_costs_the_walk_that_the_sweep_makes_anyway(run: Bench) -> None:
    idle = run.sync().requests_by_endpoint
    purge(run, pages(run)[0]["id"])
    busy = run.sync().requests_by_endpoint
    audit = [name for name in busy if "audit" in name]
    assert [busy[name] for name in audit] == [idle[name] for name in audit] == [1]
