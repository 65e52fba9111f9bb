"""Comments and files whose listings come before those of what they hang on: they wait, and end in the right place."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from confluence_assets.api.cloud.source import CloudSource
from confluence_assets.api.source import ContentDetails
from confluence_assets.emulator import SiteConfig
from confluence_assets.emulator.config import SeedPlan
from confluence_assets.errors import TransientError
from confluence_assets.sync import crawl
from confluence_assets.sync.context import RunContext
from confluence_assets.sync.early import EarlyRows
from tests.sync.harness import Bench, bench

PLAN = SeedPlan(
    spaces=3, pages_per_space=8, blogposts_per_space=2, comments=60, attachments=40, custom_content=6, users=4, groups=1
)
HANGING = ("walk_comments", "walk_attachments")
HOLDERS = ("walk_content", "walk_custom_content")


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Bench]:
    with bench(SiteConfig(plan=PLAN), tmp_path, publish=False) as made:
        pages = made.control.dump("page")
        for row in made.control.dump("attachment")[:3]:
            made.control.edit("comment", container=row["id"], body="<p>about the file</p>")
        made.control.edit("archive_space", space=pages[-1]["space_key"])
        yield made


def rows(table: str, *numbers: int) -> tuple[str, list[dict[str, Any]]]:
    return table, [{"id": number, "body": "text " * number} for number in numbers]


def test_rows_come_back_once_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    early = EarlyRows(tmp_path, in_memory=3)
    batches = [rows("comments", 1, 2), rows("attachments", 3), rows("comments", 4, 5), rows("comments", 6)]
    for table, batch in batches:
        early.add(table, batch)
    assert list(tmp_path.iterdir()) == [], "what is on disk has no name"
    taken = early.take()
    assert next(taken) == batches[0]
    early.add(*rows("comments", 7))
    assert list(taken) == batches[1:]
    assert list(early.take()) == [rows("comments", 7)]
    assert list(early.take()) == []
    for table, batch in batches:
        early.add(table, batch)
    early.close()
    assert list(early.take()) == []


def test_large_bodies_are_not_held(tmp_path: Path) -> None:
    early = EarlyRows(tmp_path)
    held, spilled = ("comments", [{"body_storage": "x" * 5_000_000}]), ("comments", [{"body_storage": "y" * 5_000_000}])
    early.add(*held)
    assert early._file is None
    early.add(*spilled)
    assert early._file is not None
    assert not early.is_empty
    assert list(early.take()) == [held, spilled]
    assert early.is_empty


def let_wait(monkeypatch: pytest.MonkeyPatch, first: tuple[str, ...], then: tuple[str, ...]) -> None:
    """Hold back the walks of `then` until all of `first` that were begun have ended."""
    lock, running, begun = threading.Lock(), set[int](), threading.Event()
    ended = threading.Condition(lock)

    def leading(walk: Callable[..., None]) -> Callable[..., None]:
        def wrapped(*arguments: Any, **options: Any) -> None:
            token = threading.get_ident()
            with ended:
                running.add(token)
                begun.set()
            try:
                walk(*arguments, **options)
            finally:
                with ended:
                    running.discard(token)
                    ended.notify_all()

        return wrapped

    def following(walk: Callable[..., None]) -> Callable[..., None]:
        def wrapped(*arguments: Any, **options: Any) -> None:
            assert begun.wait(20)
            with ended:
                assert ended.wait_for(lambda: not running, 20)
            walk(*arguments, **options)

        return wrapped

    for name in first:
        monkeypatch.setattr(crawl, name, leading(getattr(crawl, name)))
    for name in then:
        monkeypatch.setattr(crawl, name, following(getattr(crawl, name)))


@pytest.mark.parametrize("in_memory", [2_000, 4])
@pytest.mark.parametrize(
    ("first", "then"),
    [
        (HANGING, HOLDERS),
        (HOLDERS, HANGING),
        (("walk_comments",), ("walk_attachments",)),
        (("walk_attachments",), ("walk_comments",)),
    ],
    ids=["hanging first", "holders first", "comments before files", "files before comments"],
)
def test_whichever_comes_first_the_lake_is_the_same(
    run: Bench, monkeypatch: pytest.MonkeyPatch, first: tuple[str, ...], then: tuple[str, ...], in_memory: int
) -> None:
    monkeypatch.setattr(crawl, "EarlyRows", lambda folder: EarlyRows(folder, in_memory=in_memory))
    let_wait(monkeypatch, first, then)
    report = run.sync("full")
    assert report.failures == []
    assert run.differences() == []
    assert not [note for note in report.notes if "hang on" in note]
    again = run.sync("full")
    assert (again.failures, again.is_changed) == ([], False)


def test_a_file_that_is_set_aside_at_the_last_moment_takes_its_comments_along(
    run: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A walk may find that holders are still awaited, and add its rows only after the first that waited were placed."""
    place, add = crawl.place_early, EarlyRows.add
    placed = threading.Event()

    def place_and_tell(ctx: RunContext) -> None:
        place(ctx)
        placed.set()

    def add_late(early: EarlyRows, table: str, rows: list[dict[str, Any]]) -> None:
        if table == "attachments":
            assert placed.wait(20)
        add(early, table, rows)

    let_wait(monkeypatch, ("walk_comments",), HOLDERS)
    monkeypatch.setattr(crawl, "place_early", place_and_tell)
    monkeypatch.setattr(EarlyRows, "add", add_late)
    report = run.sync("full")
    assert report.failures == []
    assert run.differences() == []
    assert not [note for note in report.notes if "hang on" in note]


def test_details_of_archived_files_that_fail_cost_their_space(run: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of archived spaces that came before their pages are asked for by id when these are known."""
    ask = CloudSource.get_details
    refused: list[str] = []

    def refuse_files(source: CloudSource, content_ids: list[str], keys: tuple[str, ...] = ()) -> list[ContentDetails]:
        if content_ids[0].startswith("att") and not refused:
            refused.extend(content_ids)
            raise TransientError("The site is down.")
        return ask(source, content_ids, keys)

    let_wait(monkeypatch, HANGING, HOLDERS)
    monkeypatch.setattr(CloudSource, "get_details", refuse_files)
    report = run.sync("full")
    assert refused
    assert report.failures
    assert run.lake.total_rows("pages") == len(run.truth()["pages"])
    assert run.sync("incremental").failures == []
    assert run.differences() == []
