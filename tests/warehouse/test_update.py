"""A database that was brought up to date is the one that would have been made from nothing, row for row."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from confluence_assets.lake import Lake
from confluence_assets.tables import TABLES, TABLES_BY_NAME, Row
from confluence_assets.warehouse import PublishResult, RowDelta, publish
from confluence_assets.warehouse.update import Order, build
from tests.warehouse.conftest import T0, Fill

SPACES = ("A", "B", "C")


def page(page_id: str, space_key: str = "A", **more: object) -> Row:
    return {"page_id": page_id, "space_key": space_key, "version_number": 1, "updated_at": T0} | more


def document(page_id: str, space_key: str = "A", **more: object) -> Row:
    return {"content_id": page_id, "space_key": space_key, "body_markdown": f"md {page_id}"} | more


def acl(page_id: str, profile: str, space_key: str = "A") -> Row:
    return {"content_id": page_id, "space_key": space_key, "acl_profile_id": profile}


@contextmanager
def reading(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach '{path}' as d (read_only)")
        connection.execute("use d")
        yield connection


def ask(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with reading(path) as connection:
        return connection.execute(sql).fetchall()


def contents(path: Path) -> dict[str, list[str]]:
    """Every row of every table, as text."""
    with reading(path) as connection:
        return {
            table.name: sorted(
                row[0]
                for row in connection.execute(f'select t::varchar from "{table.name}" as t').fetchall()  # noqa: S608
            )
            for table in TABLES
        }


def updated(lake: Lake) -> PublishResult:
    """Publish, see that the file was not made from nothing, and that it holds what one made from nothing holds."""
    result = publish(lake.root, lake.manifest())
    assert result.rebuilt_because == ""
    files = lake.manifest()
    aside = lake.root / "aside.duckdb"
    build(Order(lake.root, aside, files, "mark"), 200)
    try:
        assert contents(result.path) == contents(aside)
    finally:
        aside.unlink()
    assert result.rows == {name: len(rows) for name, rows in contents(result.path).items()}
    assert not result.path.with_name(f"{result.path.name}.wal").exists()
    return result


def test_one_edit_is_one_row(lake: Lake, fill: Fill) -> None:
    fill(pages=[page(str(n), title="old") for n in range(50)], documents=[document(str(n)) for n in range(50)])
    fill(pages=[page(str(n), "B") for n in range(100, 120)])
    publish(lake.root, lake.manifest())
    fill(pages=[page(str(n), title="new" if n == 7 else "old") for n in range(1, 51)], at=T0 + timedelta(hours=1))
    result = updated(lake)
    assert result.deltas == {"pages": RowDelta(added=1, changed=1, removed=1)}
    assert ask(result.path, "select title, body_markdown from pages where page_id = '7'") == [("new", "md 7")]
    assert ask(result.path, "select count(*) from pages") == [(70,)]


def test_what_is_joined_in_follows_though_its_own_file_stays(lake: Lake, fill: Fill) -> None:
    fill(
        pages=[page(str(n)) for n in range(5)],
        comments=[{"comment_id": "9", "space_key": "A"}],
        attachments=[{"attachment_id": "att1", "space_key": "A", "version_number": 2}],
        content_chunks=[{"content_id": "1", "chunk_index": n, "space_key": "A", "text": "x"} for n in (0, 1)],
        documents=[document("1"), document("2"), document("9")],
        content_acl=[acl("1", "p"), acl("2", "p"), acl("att1", "p")],
        attachment_texts=[{"attachment_id": "att1", "version_number": 2, "space_key": "A", "sha256": "s"}],
    )
    publish(lake.root, lake.manifest())
    fill(
        documents=[
            document("1", breadcrumb=["Home"], depth=1),
            document("3"),
            document("9", word_count=3),
        ],  # no column of comments
        content_acl=[acl("1", "q"), acl("2", "p"), acl("3", "r")],
        attachment_texts=[{"attachment_id": "att1", "version_number": 2, "space_key": "A", "sha256": "t"}],
    )
    result = updated(lake)
    assert result.deltas == {
        "pages": RowDelta(changed=3),
        "attachments": RowDelta(changed=1),
        "content_chunks": RowDelta(changed=2),
        "documents": RowDelta(added=1, changed=2, removed=1),
        "content_acl": RowDelta(added=1, changed=1, removed=1),
        "attachment_texts": RowDelta(changed=1),
    }
    rows = ask(result.path, "select page_id, breadcrumb, depth, body_markdown, acl_profile_id from pages order by 1")
    assert rows[1:4] == [("1", ["Home"], 1, "md 1", "q"), ("2", None, None, None, "p"), ("3", None, None, "md 3", "r")]
    assert ask(result.path, "select sha256, acl_profile_id from attachments") == [("t", None)]


def test_a_move_between_spaces_is_one_row_at_every_moment(lake: Lake, fill: Fill) -> None:
    fill(pages=[page("1"), page("2")], documents=[document("1")])
    fill(pages=[page("3", "B")])
    publish(lake.root, lake.manifest())
    fill(pages=[page("1", "B", title="moved"), page("3", "B")], at=T0 + timedelta(hours=1))
    result = updated(lake)  # it has arrived, and stands in the other file as well
    assert result.deltas == {"pages": RowDelta(changed=1)}
    assert ask(result.path, "select space_key, title, body_markdown from pages where page_id = '1'") == [
        ("B", "moved", "md 1")
    ]
    fill(documents=[document("2")])
    updated(lake)
    lake.drop_partition("pages", "B")
    result = updated(lake)  # what arrived is gone again, so the row that stayed counts
    assert ask(result.path, "select page_id, space_key, title from pages order by 1") == [
        ("1", "A", None),
        ("2", "A", None),
    ]


def test_a_move_whose_document_moved_elsewhere(lake: Lake, fill: Fill) -> None:
    fill(pages=[page("1"), page("2")], documents=[document("1", "B")])
    publish(lake.root, lake.manifest())
    fill(documents=[document("1", "B", word_count=7)])
    fill(documents=[document("2", "C")])
    result = updated(lake)
    assert ask(result.path, "select page_id, word_count, body_markdown from pages order by 1") == [
        ("1", 7, "md 1"),
        ("2", None, "md 2"),
    ]


def test_a_space_that_leaves_and_one_that_is_renamed(lake: Lake, fill: Fill) -> None:
    for key, name in (("A", "1"), ("B", "2"), ("C", "3")):
        fill(pages=[page(name, key)], content_acl=[acl(name, "p", key)])
    publish(lake.root, lake.manifest())
    for table in ("pages", "content_acl"):
        lake.drop_partition(table, "B")
    lake.rename_partition("C", "NEW")
    result = updated(lake)
    assert result.deltas == {
        "pages": RowDelta(changed=1, removed=1),
        "content_acl": RowDelta(changed=1, removed=1),
    }
    assert ask(result.path, "select space_key, acl_profile_id from pages order by 1") == [("A", "p"), ("NEW", "p")]


def test_journals_and_days(lake: Lake, fill: Fill) -> None:
    def record(number: int, day: int) -> Row:
        return {"record_id": str(number), "created_at": T0 + timedelta(days=day), "summary": "x"}

    lake.append_run("content_changes", [{"change_id": "c1", "run_id": "r1"}], "r1")
    fill(audit_records=[record(1, 0), record(2, 1)])
    publish(lake.root, lake.manifest())
    for number in range(2, 40):  # more than a day's files may be: they are compacted
        rows = [{"change_id": f"c{number}", "run_id": f"r{number}"}]
        lake.append_run("content_changes", rows, f"r{number}")
        if number == 20:
            assert updated(lake).deltas == {"content_changes": RowDelta(added=19)}
    fill(audit_records=[record(1, 0), record(3, 0), record(4, 5)])
    result = updated(lake)
    assert result.deltas == {"content_changes": RowDelta(added=19), "audit_records": RowDelta(added=2)}
    again = [{"change_id": name, "run_id": "r39", "change": "gone"} for name in ("c5", "c40")]
    lake.append_run("content_changes", again, "r39")
    assert updated(lake).rows["content_changes"] == 39  # c39 was taken back, c5 is told a second time


def test_what_only_looks_newer_is_not_told(lake: Lake, fill: Fill) -> None:
    space = {"space_id": "1", "space_key": "A", "last_synced_at": T0}
    fill(spaces=[space], pages=[page("1")])
    publish(lake.root, lake.manifest())
    later = T0 + timedelta(days=1)
    fill(spaces=[space | {"last_synced_at": later}])
    fill(pages=[page("1", title="x")])
    result = updated(lake)
    assert result.deltas == {"pages": RowDelta(changed=1)}
    assert ask(result.path, "select epoch(last_synced_at) from spaces") == [(later.timestamp(),)]


def test_large_files_are_compared_in_parts(lake: Lake, fill: Fill, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("confluence_assets.warehouse.load._CHUNK_BYTES", 3000)
    for key in SPACES:
        fill(pages=[page(f"{key}{n}", key, body_storage=f"body {n}") for n in range(300)])
        fill(documents=[document(f"{key}{n}", key) for n in range(300)])
    publish(lake.root, lake.manifest())
    for key in SPACES:
        rows = [page(f"{key}{n}", key, body_storage=f"body {n % 299}") for n in range(10, 310)]
        fill(pages=rows, documents=[document(f"{key}{n}", key, depth=n % 2) for n in range(300)])
    result = updated(lake)
    assert result.deltas["pages"] == RowDelta(added=30, changed=870, removed=30)


KINDS: dict[str, tuple[str, ...]] = {
    "pages": ("title", "body_storage"),
    "documents": ("body_markdown", "title"),
    "content_acl": ("acl_profile_id",),
    "content_chunks": ("text",),
    "comments": ("status",),
    "attachments": ("filename",),
    "attachment_texts": ("sha256", "text_markdown"),
}


def _row(table: str, number: int, space_key: str, dice: random.Random) -> Row:
    row: Row = {"space_key": space_key}
    for name in TABLES_BY_NAME[table].key:
        row[name] = 1 + number % 2 if name in ("version_number", "chunk_index") else str(number)
    if table == "attachments":
        row["version_number"] = 1 + dice.randrange(2)
    if table == "documents":
        row["breadcrumb"] = [str(dice.randrange(3))]
    for name in KINDS[table]:
        row[name] = f"{name} {dice.randrange(3)}"
    return row


def _step(lake: Lake, fill: Fill, dice: random.Random, moment: datetime) -> None:
    """Any commit that a run may make, or be killed after: rows come, change, leave and move, one file at a time."""
    table, space_key = dice.choice(list(KINDS)), dice.choice(SPACES)
    if dice.random() < 0.15:
        lake.drop_partition(table, space_key)
        return
    chosen = dice.sample(range(12), dice.randrange(1, 12))
    fill(at=moment, **{table: [_row(table, number, space_key, dice) for number in chosen]})


@pytest.mark.parametrize("seed", range(2))
def test_any_history_of_commits(lake: Lake, fill: Fill, seed: int) -> None:
    dice = random.Random(seed)
    fill(pages=[page("1")])
    publish(lake.root, lake.manifest())
    for number in range(8):
        for _ in range(dice.randrange(1, 5)):
            _step(lake, fill, dice, T0 + timedelta(hours=number))
        updated(lake)
