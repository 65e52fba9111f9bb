"""Reading, renaming, damaged and older files, and the tables that runs append to."""

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from confluence_assets.errors import StorageError
from confluence_assets.lake import Lake
from confluence_assets.lake.journal import Journal
from confluence_assets.lake.rows import layout_of
from confluence_assets.tables import Row
from tests.lake.rows import T0, day, label, ledger, page


def put(lake: Lake, rows: list[Row], *, table: str = "pages", at: int = 1, **order: str) -> None:
    with lake.stage(table, run_id=f"r{at}") as stage:
        stage.add(rows)
        for key in stage.partitions():
            stage.commit(key, synced_at=day(at), watermark=order.get("watermark"), space_id=order.get("space_id"))


def file_of(lake: Lake, key: str = "DOCS") -> Path:
    return lake.root / f"lake/pages/space={key}/data.parquet"


def test_row_groups_are_small_and_read_one_by_one(lake: Lake) -> None:
    put(lake, [page(n) for n in range(3500)])
    groups = list(lake.iter_batches("pages", "DOCS", ["page_id", "updated_at"]))
    assert sum(len(group) for group in groups) == 3500
    assert max(len(group) for group in groups) <= 1000
    assert groups[0].schema.names == ["page_id", "updated_at"]
    put(lake, [page(n, body="x" * 100_000) for n in range(300)], at=2)
    assert max(group.nbytes for group in lake.iter_batches("pages", "DOCS")) < 9_000_000
    keys = [key for batch in lake.read_keys("pages", "DOCS") for key in batch.column("page_id").to_pylist()]
    assert keys == [str(n) for n in range(300)]


def test_a_table_is_read_over_all_its_partitions(lake: Lake) -> None:
    put(lake, [page(1, space="B"), page(2, space="A")])
    assert [row["page_id"] for rows in lake.iter_rows("pages", columns=["page_id"]) for row in rows] == ["2", "1"]
    assert list(lake.iter_rows("blogposts")) == []
    assert (lake.count_rows("pages"), lake.count_rows("pages", "A"), lake.count_rows("pages", "Z")) == (2, 1, 0)
    assert lake.read_meta("pages", "Z") is None


def test_distinct_values(lake: Lake) -> None:
    put(lake, [page(1, author_id="u1", owner_id="u2"), page(2, space="B", author_id="u3"), page(3, author_id="u1")])
    assert lake.distinct_values("pages", ("author_id", "owner_id")) == {"u1", "u2", "u3"}
    assert lake.distinct_values("pages", ("author_id",), partition="B") == {"u3"}
    assert lake.distinct_values("pages", ("author_id",), where=("page_id", "3")) == {"u1"}


def test_wrong_names_are_refused(lake: Lake) -> None:
    with pytest.raises(StorageError, match="no table nonsense"):
        lake.partitions("nonsense")
    with pytest.raises(StorageError, match="no column nonsense"):
        list(lake.iter_rows("pages", "DOCS", ["nonsense"]))
    with pytest.raises(StorageError, match="None is no partition"):
        lake.stage("pages", run_id="r").commit(None, synced_at=T0)
    with pytest.raises(StorageError, match="append_run"):
        lake.stage("sync_ledger", run_id="r")
    with pytest.raises(StorageError, match="see stage"):
        lake.append_run("pages", [], "r")


def test_the_manifest_follows_commits_of_others(lake: Lake) -> None:
    put(lake, [page(1)])
    other = Lake(lake.root)
    [first] = other.manifest()
    assert (first.table, first.partition, first.path, first.row_count) == ("pages", "DOCS", file_of(lake), 1)
    put(lake, [page(1, title="Newer")], at=2)
    [second] = other.manifest()
    assert second.generation not in ("", first.generation)
    assert lake.drop_partition("pages", "DOCS") is True
    assert lake.drop_partition("pages", "DOCS") is False
    assert other.manifest() == []


def test_a_renamed_space_takes_its_rows_along(lake: Lake) -> None:
    put(lake, [page(1), page(2)], watermark="w", space_id="7")
    put(lake, [label("1", "a")], table="content_labels")
    lake.rename_partition("DOCS", "HAND")
    assert (lake.partitions("pages"), lake.partitions("content_labels")) == (["HAND"], ["HAND"])
    rows = [row for rows in lake.iter_rows("pages", "HAND") for row in rows]
    assert [(row["page_id"], row["space_key"], row["body_storage"]) for row in rows] == [
        ("1", "HAND", "<p>body</p>"),
        ("2", "HAND", "<p>body</p>"),
    ]
    meta = lake.read_meta("pages", "HAND")
    assert meta is not None
    assert (meta.watermark, meta.space_id) == ("w", "7")
    with lake.stage("pages", run_id="r2", has_heavy=False) as stage:
        stage.add([page(1, space="HAND", body=None), page(2, space="HAND", body=None)])
        assert stage.diff("HAND").is_empty
    lake.rename_partition("DOCS", "HAND")
    assert lake.count_rows("pages", "HAND") == 2


def test_a_renamed_space_does_not_bury_another(lake: Lake) -> None:
    put(lake, [page(1, space="A")], space_id="1")
    put(lake, [page(2, space="B")], space_id="2")
    with pytest.raises(StorageError, match=r"A \(id 1\) is now B.*id 2"):
        lake.rename_partition("A", "B")
    assert lake.partitions("pages") == ["A", "B"]


@pytest.mark.parametrize("damage", ["cut", "empty", "text"])
def test_a_damaged_file_is_named(lake: Lake, damage: str) -> None:
    put(lake, [page(n) for n in range(100)])
    path = file_of(lake)
    content = path.read_bytes()
    path.write_bytes({"cut": content[:-200], "empty": b"", "text": b"not parquet at all"}[damage])
    for read in (
        lambda: list(lake.iter_rows("pages", "DOCS")),
        lambda: lake.read_meta("pages", "DOCS"),
        lambda: put(lake, [page(1)], at=2),
    ):
        with pytest.raises(StorageError, match=r"space=DOCS/data\.parquet"):
            read()


def test_damage_inside_a_row_group_is_named(lake: Lake) -> None:
    put(lake, [page(n, body=os.urandom(50).hex()) for n in range(500)])
    path = file_of(lake)
    content = bytearray(path.read_bytes())
    content[2000:12000] = b"\xff" * 10000
    path.write_bytes(content)
    with pytest.raises(StorageError, match=r"space=DOCS/data\.parquet"):
        list(lake.iter_rows("pages", "DOCS"))


def test_a_foreign_file_is_refused(lake: Lake) -> None:
    file_of(lake).parent.mkdir(parents=True)
    pq.write_table(pa.table({"page_id": ["1"]}), file_of(lake))
    with pytest.raises(StorageError, match="not written by this library"):
        lake.read_meta("pages", "DOCS")


def test_a_file_of_an_earlier_release_lacks_a_column_and_reads_as_null(lake: Lake) -> None:
    put(lake, [page(1, owner_id=None), page(2)])
    path = file_of(lake)
    table = pq.read_table(path, partitioning=None)
    table = table.drop_columns(["owner_id", "subtype"])
    metadata = pq.read_metadata(path).metadata
    pq.write_table(table.replace_schema_metadata({b"confluence_assets": metadata[b"confluence_assets"]}), path)
    rows = [row for rows in lake.iter_rows("pages", "DOCS") for row in rows]
    assert [(row["page_id"], row["owner_id"]) for row in rows] == [("1", None), ("2", None)]
    with lake.stage("pages", run_id="r2") as stage:
        stage.add([page(1), page(2, owner_id="u")])
        result = stage.commit("DOCS", synced_at=day(2))
    assert (result.changed, result.unchanged) == (1, 1)
    rows = [row for rows in lake.iter_rows("pages", "DOCS") for row in rows]
    assert [(row["owner_id"], row["synced_at"]) for row in rows] == [(None, day(1)), ("u", day(2))]


def ledger_rows(lake: Lake) -> list[tuple[str, str]]:
    rows = [row for rows in lake.iter_rows("sync_ledger") for row in rows]
    return sorted((row["run_id"], row["table_name"]) for row in rows)


def journal_of(lake: Lake) -> Journal:
    return Journal(lake.folder, layout_of("sync_ledger"), lake._temporary, lake.staging_folder)


def files_of(lake: Lake) -> list[str]:
    folder = lake.folder / "sync_ledger"
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.parquet"))


def test_a_run_appended_again_replaces_its_own_rows(lake: Lake) -> None:
    lake.append_run("sync_ledger", [ledger("r/1", "pages"), ledger("r/1", "users")], "r/1")
    lake.append_run("sync_ledger", [ledger("r2", "pages")], "r2")
    lake.append_run("sync_ledger", [ledger("r/1", "pages")], "r/1")
    assert ledger_rows(lake) == [("r/1", "pages"), ("r2", "pages")]
    assert lake.total_rows("sync_ledger") == 2
    assert len(lake.partitions("sync_ledger")) == 1
    lake.append_run("sync_ledger", [], "r2")
    assert ledger_rows(lake) == [("r/1", "pages")]


def test_days_that_are_over_are_compacted(lake: Lake) -> None:
    journal = journal_of(lake)
    for number in range(3):
        journal.append([ledger(f"r{number}", "pages", received=number)], f"r{number}", today="2026-01-01")
    journal.append([ledger("r3", "pages")], "r3", today="2026-01-02")
    journal.tidy(today="2026-01-02")
    assert files_of(lake) == ["day=2026-01-01/data.parquet", "day=2026-01-02/run=r3.parquet"]
    assert ledger_rows(lake) == [(f"r{n}", "pages") for n in range(4)]
    journal.append([ledger("r1", "users")], "r1", today="2026-01-02")
    assert ledger_rows(lake) == [("r0", "pages"), ("r1", "users"), ("r2", "pages"), ("r3", "pages")]
    journal.tidy(today="2026-01-03")
    assert files_of(lake) == ["day=2026-01-01/data.parquet", "day=2026-01-02/data.parquet"]
    assert ledger_rows(lake) == [("r0", "pages"), ("r1", "users"), ("r2", "pages"), ("r3", "pages")]


def test_a_busy_day_is_compacted_before_it_is_over(lake: Lake) -> None:
    for number in range(40):
        lake.append_run("sync_ledger", [ledger(f"r{number}", "pages")], f"r{number}")
    assert len(files_of(lake)) < 20
    assert lake.total_rows("sync_ledger") == 40


def test_a_compaction_killed_half_way_leaves_nothing_twice(lake: Lake) -> None:
    journal = journal_of(lake)
    for number in range(2):
        journal.append([ledger(f"r{number}", "pages")], f"r{number}", today="2026-01-01")
    folder = lake.folder / "sync_ledger/day=2026-01-01"
    kept = {path: path.read_bytes() for path in folder.iterdir()}
    journal.tidy(today="2026-01-02")
    for path, content in kept.items():
        path.write_bytes(content)
    assert lake.total_rows("sync_ledger") == 4
    journal.tidy(today="2026-01-02")
    assert files_of(lake) == ["day=2026-01-01/data.parquet"]
    assert ledger_rows(lake) == [("r0", "pages"), ("r1", "pages")]


def test_an_append_killed_half_way_leaves_the_newer_rows(lake: Lake) -> None:
    journal = journal_of(lake)
    for number in range(2):
        journal.append([ledger(f"r{number}", "pages")], f"r{number}", today="2026-01-01")
    journal.tidy(today="2026-01-02")
    compacted = lake.folder / "sync_ledger/day=2026-01-01/data.parquet"
    content = compacted.read_bytes()
    journal.append([ledger("r1", "users")], "r1", today="2026-01-02")
    compacted.write_bytes(content)
    assert ("r1", "pages") in ledger_rows(lake)
    journal.tidy(today="2026-01-02")
    assert ledger_rows(lake) == [("r0", "pages"), ("r1", "users")]
