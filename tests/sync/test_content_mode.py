"""A content run holds what the change streams show, and leaves everything else as it was."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from confluence_assets.emulator.config import SeedPlan
from tests.support.truth import differences
from tests.sync.harness import Bench, bench
from tests.sync.sites import DEAR, site_config

PLAN = SeedPlan(spaces=3, pages_per_space=4, comments=6, attachments=3, tasks=4, blogposts_per_space=1)
SHOWN = ("pages", "blogposts", "comments", "attachments", "tasks", "content_restrictions", "content_labels")


@pytest.fixture(params=DEAR)
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    with bench(site_config(request.param, PLAN), tmp_path, publish=False) as synced:
        assert synced.sync("full").failures == []
        yield synced


def first(run: Bench, kind: str) -> str:
    return min((row["id"] for row in run.control.dump(kind)), key=lambda one: int(one.removeprefix("att")))


def edited_with_labels_and_restrictions(run: Bench) -> None:
    page_id = first(run, "page")
    run.control.edit("relabel", id=page_id, labels=["fresh"])
    run.control.edit("restrict", id=page_id, users=[run.control.account_id("admin@example.com")])
    run.control.edit("catch_up_index")
    run.control.edit("edit_content", id=page_id, title="With all")


CHANGES: dict[str, Callable[[Bench], object]] = {
    "title": lambda run: run.control.edit("edit_content", id=first(run, "page"), title="Another"),
    "body": lambda run: run.control.edit("edit_content", id=first(run, "page"), body="<p>Another</p>"),
    "details": edited_with_labels_and_restrictions,
    "page": lambda run: run.control.edit("create_page", space="SP001", title="New", body="<p>x</p>"),
    "post": lambda run: run.control.edit("create_blogpost", space="SP002", title="News", body="<p>x</p>"),
    "post edited": lambda run: run.control.edit("edit_content", id=first(run, "blogpost"), title="Other news"),
    "comment": lambda run: run.control.edit("comment", container=first(run, "page"), body="<p>hm</p>"),
    "file": lambda run: run.control.edit("upload", container=first(run, "page"), filename="a.txt", text="a"),
    "file version": lambda run: run.control.edit("new_file_version", id=first(run, "attachment"), text="b"),
    "task ticked": lambda run: run.control.edit("tick_task", id=first(run, "task")),
}


def wrong(run: Bench) -> list[str]:
    """What differs from the site, but for addresses of comments: no stream shows that a page above them was renamed."""
    truth = run.truth()
    lines = differences(run.lake, {table: truth[table] for table in SHOWN})
    return [line for line in lines if not (line.startswith("comments:") and " web_url is " in line)]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_that_a_stream_shows_is_held_after_a_content_run(run: Bench, change: str) -> None:
    """The tables of the streams were never planned, and their positions moved on all the same."""
    CHANGES[change](run)
    run.control.edit("catch_up_index")
    report = run.sync("content")
    assert report.failures == []
    assert any(outcome.is_changed for outcome in report.outcomes)
    assert wrong(run) == []
    again = run.sync("content")
    assert [outcome.table for outcome in again.outcomes if outcome.is_changed] == []


def test_all_changes_together(run: Bench) -> None:
    for change in CHANGES.values():
        change(run)
    run.control.edit("catch_up_index")
    assert run.sync("content").failures == []
    assert wrong(run) == []
