"""`removal_limit` holds what hangs on contents, too, and lets it pass when a person says so; what leaves for a reason, it does not count."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from confluence_assets.emulator import SiteConfig
from confluence_assets.emulator.config import SeedPlan
from tests.support.truth import held
from tests.sync.harness import Bench, bench

PLAN = SeedPlan(spaces=1, pages_per_space=26, users=4, groups=1, audit_records=0, body_bytes=100)
CHANGED = 22
"""Of 26 rows: more than half, in a table that is no small one."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    home = tmp_path_factory.mktemp("lake")
    with bench(SiteConfig(plan=PLAN), home, publish=False, versions=True, property_keys=("review", "state")) as made:
        for page_id in pages(made):
            furnish(made, page_id)
        made.control.edit("catch_up_index")
        assert made.sync("full").failures == []
        yield made


def pages(run: Bench) -> list[str]:
    return [str(row["id"]) for row in run.control.dump("page") if row["status"] == "current"]


def furnish(run: Bench, page_id: str) -> None:
    edit = run.control.edit
    edit("relabel", id=page_id, labels=["a"])
    edit("set_property", id=page_id, key="review", value={"n": 1})
    edit("create_task", container=page_id, body="do it")
    edit("restrict", id=page_id, users=[run.control.account_id("admin@example.com")])
    for number in range(2):
        edit("edit_content", id=page_id, body=f"<p>{number}</p>")


def relabel(run: Bench) -> None:
    for page_id in pages(run)[:CHANGED]:
        run.control.edit("relabel", id=page_id, labels=[])


def delete_properties(run: Bench) -> None:
    for page_id in pages(run)[:CHANGED]:
        run.control.edit("delete_property", id=page_id, key="review")


def delete_tasks(run: Bench) -> None:
    for row in list(run.control.dump("task"))[:CHANGED]:
        run.control.edit("delete_task", id=row["id"])


def unrestrict(run: Bench) -> None:
    for page_id in pages(run)[:CHANGED]:
        run.control.edit("unrestrict", id=page_id, operation="read")


def delete_versions(run: Bench) -> None:
    for page_id in pages(run)[:CHANGED]:
        for _ in range(next(row["version_number"] for row in run.control.dump("page") if row["id"] == page_id), 1, -1):
            run.control.edit("delete_version", id=page_id, number=1)


HAPPENINGS: dict[str, Callable[[Bench], None]] = {
    "content_labels": relabel,
    "content_properties": delete_properties,
    "tasks": delete_tasks,
    "content_restrictions": unrestrict,
    "content_versions": delete_versions,
}


def told(run: Bench) -> int:
    """How much of what may be held `content_changes` tells."""
    rows = (row for batch in run.lake.iter_rows("content_changes") for row in batch)
    return sum(row["change"] in ("gone", "relabelled", "restricted") for row in rows)


@pytest.mark.parametrize("table", HAPPENINGS)
def test_it_is_held_until_a_person_lets_it_pass(run: Bench, table: str) -> None:
    before, told_before = set(held(run.lake, table)), told(run)
    HAPPENINGS[table](run)
    run.control.edit("catch_up_index")
    for _ in range(2):
        (failure,) = run.sync().failures
        assert failure.startswith(f"{table} of space SP001: ")
        assert "removal_limit" in failure
        assert "--allow-removals" in failure
        assert set(held(run.lake, table)) >= before
    assert told(run) == told_before
    assert run.sync(allow_removals=True).failures == []
    assert len(held(run.lake, table)) < len(before) / 2
    assert run.differences() == []
    assert run.sync().failures == []


def test_what_leaves_with_its_content_is_not_counted(run: Bench) -> None:
    """Twelve pages of 26 go, and with them all the labels that there are."""
    leaving = pages(run)[:12]
    for page_id in pages(run):
        run.control.edit("relabel", id=page_id, labels=["b", "c"] if page_id in leaving else [])
    run.control.edit("catch_up_index")
    assert run.sync(allow_removals=True).failures == []
    assert len(held(run.lake, "content_labels")) == 24
    for page_id in leaving:
        run.control.edit("trash", id=page_id, descendants=False)
    assert run.sync().failures == []
    assert held(run.lake, "content_labels") == {}


def test_a_property_that_is_not_wanted_any_more_leaves(tmp_path: Path) -> None:
    with bench(SiteConfig(plan=PLAN), tmp_path, publish=False, property_keys=("review",)) as run:
        for page_id in pages(run):
            run.control.edit("set_property", id=page_id, key="review", value={"n": 1})
        run.control.edit("catch_up_index")
        assert run.sync("full").failures == []
        assert len(held(run.lake, "content_properties")) == 26
        options = replace(run.site.options, property_keys=("state",))
        without = Bench(run.embedded, tmp_path)
        without.site = replace(run.site, options=options)
        assert without.sync().failures == []
        assert held(run.lake, "content_properties") == {}


def test_whom_a_restriction_names_is_never_held(tmp_path: Path) -> None:
    """Were the old ones kept beside the new ones, they could read what they may not read any more."""
    with bench(SiteConfig(plan=PLAN), tmp_path, publish=False) as run:
        us, other = (run.control.account_id(f"{name}@example.com") for name in ("admin", "user1"))
        for page_id in pages(run):
            run.control.edit("restrict", id=page_id, users=[us, other])
        run.control.edit("catch_up_index")
        assert run.sync("full").failures == []
        for page_id in pages(run):
            run.control.edit("restrict", id=page_id, users=[us])
        run.control.edit("catch_up_index")
        assert run.sync().failures == []
        assert run.differences() == []
