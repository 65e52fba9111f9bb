"""What a stage says about the lake, and what a commit leaves in it."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from confluence_assets.errors import StorageError
from confluence_assets.lake import CommitResult, Lake
from confluence_assets.tables import TABLES, Row, sort_key
from tests.lake.rows import T0, day, label, page, space


def put(lake: Lake, rows: list[Row], *, at: int = 1, table: str = "pages", **order: Any) -> CommitResult:
    partition = None if table == "spaces" else "DOCS"
    heavy = order.pop("has_heavy", True)
    with lake.stage(table, run_id=f"run{at}", has_heavy=heavy) as stage:
        stage.add(rows)
        return stage.commit(partition, synced_at=day(at), **order)


def read(lake: Lake, table: str = "pages", partition: str | None = "DOCS") -> list[Row]:
    return [row for rows in lake.iter_rows(table, partition) for row in rows]


def ids(lake: Lake) -> list[str]:
    return [row["page_id"] for row in read(lake)]


def test_what_is_committed_is_what_was_staged(lake: Lake) -> None:
    row = page(1, body="<p>é 🎉 مرحبا</p>", version_minor_edit=False, parent_id=None)
    result = put(lake, [row])
    assert (result.row_count, result.added, result.changed, result.removed) == (1, 1, 0, 0)
    assert result.path == "lake/pages/space=DOCS/data.parquet"
    [stored] = read(lake)
    assert {name: stored[name] for name in row} == row
    assert stored["synced_at"] == day(1)
    assert stored["owner_id"] is None
    assert "body_markdown" not in stored
    assert not [name for name in stored if name.startswith("_")]


def test_rows_stand_in_numeric_order_of_their_ids(lake: Lake) -> None:
    numbers = list(range(1, 300))
    random.Random(7).shuffle(numbers)
    put(lake, [page(number) for number in numbers])
    assert ids(lake) == [str(number) for number in range(1, 300)]


def test_unchanged_rows_keep_their_stamp_and_the_file_is_left_alone(lake: Lake) -> None:
    put(lake, [page(1), page(2)], at=1)
    file = lake.root / "lake/pages/space=DOCS/data.parquet"
    before = (file.stat().st_ino, file.stat().st_mtime_ns)
    again = put(lake, [page(2), page(1)], at=2)
    assert (again.wrote, again.unchanged, again.is_changed) == (False, 2, False)
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == before
    changed = put(lake, [page(1), page(2, title="New")], at=3)
    assert (changed.wrote, changed.changed, changed.unchanged) == (True, 1, 1)
    assert [(row["title"], row["synced_at"]) for row in read(lake)] == [("Page 1", day(1)), ("New", day(3))]


@pytest.mark.parametrize(
    ("keep", "left", "removed"),
    [
        (False, ["2"], 2),
        (True, ["1", "2", "3"], 0),
        ({("3",)}, ["2", "3"], 1),
        (["1", "3"], ["1", "2", "3"], 0),
        (lambda key: key == ("1",), ["1", "2"], 1),
    ],
)
def test_missing_rows_leave_unless_kept(lake: Lake, keep: Any, left: list[str], removed: int) -> None:
    put(lake, [page(1), page(2), page(3)])
    result = put(lake, [page(2, title="New")], at=2, keep_missing=keep)
    assert ids(lake) == left
    assert (result.removed, result.changed, result.row_count) == (removed, 1, len(left))


def test_the_last_row_takes_the_file_with_it(lake: Lake) -> None:
    put(lake, [page(1)])
    result = put(lake, [], at=2)
    assert (result.removed, result.row_count, result.wrote, result.generation) == (1, 0, True, "")
    assert lake.partitions("pages") == []
    assert not (lake.root / "lake/pages/space=DOCS").exists()
    assert put(lake, [], at=3).wrote is False


def test_every_column_counts_even_where_the_version_is_lower(lake: Lake) -> None:
    put(lake, [page(1, version_number=5, position=1)])
    assert put(lake, [page(1, version_number=4, position=1)], at=2).changed == 1
    assert put(lake, [page(1, version_number=4, position=2)], at=3).changed == 1
    assert put(lake, [page(1, version_number=4, position=2, labels=["a"])], at=4).changed == 1
    assert put(lake, [page(1, version_number=4, position=2, labels=["a"], body="other")], at=5).changed == 1
    assert read(lake)[0]["body_storage"] == "other"


def test_of_two_rows_in_a_walk_the_higher_version_stays_else_the_later(lake: Lake) -> None:
    put(
        lake,
        [
            page(1, version_number=2, title="higher"),
            page(1, version_number=1, title="lower"),
            page(2, title="earlier"),
            page(2, title="later"),
        ],
    )
    assert [row["title"] for row in read(lake)] == ["higher", "later"]


def test_a_sweep_without_bodies_keeps_those_of_the_same_version(lake: Lake) -> None:
    put(lake, [page(1, body="one"), page(2, body="two"), page(3, body="three")])
    sweep = [page(1, body=None, title="Renamed"), page(2, body=None, version_number=2), page(4, body=None)]
    with lake.stage("pages", run_id="r2", has_heavy=False) as stage:
        stage.add(sweep)
        assert list(stage.heavy_wanted("DOCS")) == [("2",), ("4",)]
        stage.add([page(2, body="two, again", version_number=2), page(4, body="four")])
        assert list(stage.heavy_wanted("DOCS")) == []
        result = stage.commit("DOCS", synced_at=day(2))
    assert (result.added, result.changed, result.removed) == (1, 2, 1)
    assert [row["body_storage"] for row in read(lake)] == ["one", "two, again", "four"]


def test_a_body_that_could_not_be_fetched_is_asked_for_again(lake: Lake) -> None:
    """A row of a new version must never keep the old body, nor pass as complete without one."""
    put(lake, [page(1, body="old")])
    for at in (2, 3):
        with lake.stage("pages", run_id=f"r{at}", has_heavy=False) as stage:
            stage.add([page(1, body=None, version_number=2)])
            assert list(stage.heavy_wanted("DOCS")) == [("1",)]
            stage.commit("DOCS", synced_at=day(at))
        assert read(lake)[0]["body_storage"] is None
    with lake.stage("pages", run_id="r4", has_heavy=False) as stage:
        stage.add([page(1, body=None, version_number=2)], has_heavy=True)
        assert list(stage.heavy_wanted("DOCS")) == []
        assert stage.commit("DOCS", synced_at=day(4)).changed == 1
    with lake.stage("pages", run_id="r5", has_heavy=False) as stage:
        stage.add([page(1, body=None, version_number=2)])
        assert list(stage.heavy_wanted("DOCS")) == []


def test_a_walk_with_and_one_without_bodies_give_the_same_row_in_either_order(lake: Lake) -> None:
    for rows in ([page(1, body="b"), page(1, body=None)], [page(1, body=None), page(1, body="b")]):
        put(lake, [], at=1)
        put(lake, rows, at=2, has_heavy=False)
        assert read(lake)[0]["body_storage"] == "b"


def test_diff_and_changes_say_what_a_commit_would_do(lake: Lake) -> None:
    put(lake, [page(1), page(2), page(3)])
    with lake.stage("pages", run_id="r2") as stage:
        stage.add([page(1), page(2, title="New"), page(10)])
        diff = stage.diff("DOCS")
        assert (diff.added, diff.changed, diff.unchanged, diff.missing) == (1, 1, 1, 1)
        assert list(diff.missing_keys) == list(diff.missing_keys) == [("3",)]
        changes = list(stage.iter_changes("DOCS", columns=("title",)))
        assert [(change.key, change.old, change.new) for change in changes] == [
            (("2",), {"title": "Page 2"}, {"title": "New"}),
            (("3",), {"title": "Page 3"}, None),
            (("10",), None, {"title": "Page 10"}),
        ]
        assert [change.key for change in stage.iter_changes("DOCS", missing=False)] == [("2",), ("10",)]
        assert list(stage.iter_ids("DOCS")) == ["1", "2", "10"]
        light = next(stage.iter_changes("DOCS"))
        assert light.new is not None
        assert "body_storage" not in light.new
        assert light.new["updated_at"] == T0
        heavy = next(stage.iter_changes("DOCS", columns=("body_storage",)))
        assert heavy.new == {"body_storage": "<p>body</p>"}
    assert ids(lake) == ["1", "2", "3"]


def test_many_partitions_from_one_walk(lake: Lake) -> None:
    with lake.stage("pages", run_id="r1") as stage:
        stage.add([page(n, space=key) for n, key in enumerate(["A", "B", "A", "~me", "a/b%", "C D"])])
        assert stage.partitions() == ["A", "B", "C D", "a/b%", "~me"]
        for key in stage.partitions():
            stage.commit(key, synced_at=T0)
    assert lake.partitions("pages") == ["A", "B", "C D", "a/b%", "~me"]
    assert [lake.count_rows("pages", key) for key in lake.partitions("pages")] == [2, 1, 1, 1, 1]
    assert lake.total_rows("pages") == 6


def test_watermark_and_extra_move_without_a_change_of_rows(lake: Lake) -> None:
    put(lake, [page(n) for n in range(2500)], watermark="w1", space_id="7", extra={"pages": "g1"})
    first = lake.read_meta("pages", "DOCS")
    assert first is not None
    assert (first.watermark, first.space_id, first.extra, first.row_count) == ("w1", "7", {"pages": "g1"}, 2500)
    result = put(lake, [page(n) for n in range(2500)], at=2, watermark="w2", space_id="7", extra={"pages": "g2"})
    second = lake.read_meta("pages", "DOCS")
    assert second is not None
    assert (second.watermark, second.extra, second.run_id) == ("w2", {"pages": "g2"}, "run2")
    assert second.generation == first.generation == result.generation
    assert (result.wrote, result.is_changed) == (True, False)
    assert [row["synced_at"] for row in read(lake)] == [day(1)] * 2500
    assert put(lake, [page(1)], at=3, keep_missing=True, watermark="w3").wrote is True
    assert ids(lake) == [str(n) for n in range(2500)]


def test_a_time_of_looking_is_refreshed_and_makes_no_change(lake: Lake) -> None:
    put(lake, [space("1", "A", last_synced_at=day(1))], table="spaces")
    before = lake.read_meta("spaces")
    result = put(lake, [space("1", "A", last_synced_at=day(2))], at=2, table="spaces")
    after = lake.read_meta("spaces")
    assert before is not None
    assert after is not None
    assert (result.wrote, result.is_changed, after.generation) == (True, False, before.generation)
    [row] = read(lake, "spaces", None)
    assert (row["last_synced_at"], row["synced_at"]) == (day(2), day(1))


def test_days_are_taken_from_the_record(lake: Lake) -> None:
    late = datetime(2026, 3, 1, 23, 30, tzinfo=timezone(timedelta(hours=-2)))
    with lake.stage("audit_records", run_id="r1") as stage:
        stage.add([{"record_id": "x", "created_at": T0}, {"record_id": "y", "created_at": late}])
        assert stage.partitions() == ["2026-01-01", "2026-03-02"]
        stage.commit("2026-03-02", synced_at=T0)
    [row] = read(lake, "audit_records", "2026-03-02")
    assert row["created_at"] == late
    assert row["created_at"].tzinfo is UTC


class _Status(StrEnum):
    CURRENT = "current"


def test_an_enums_member_is_its_value(lake: Lake) -> None:
    put(lake, [page(1, status=_Status.CURRENT)])
    assert put(lake, [page(1, status="current")], at=2).is_changed is False


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"title": 3}, "pages.title of row 1"),
        ({"position": "3"}, "pages.position of row 1"),
        ({"position": True}, "pages.position"),
        ({"position": 2**63}, "pages.position"),
        ({"version_minor_edit": 1}, "pages.version_minor_edit"),
        ({"updated_at": "2026-01-01T00:00:00Z"}, "pages.updated_at"),
        ({"updated_at": datetime(2026, 1, 1)}, "no zone"),  # noqa: DTZ001
        ({"labels": "a"}, "pages.labels"),
        ({"labels": ["a", 1]}, "pages.labels"),
        ({"space_key": None}, "pages.space_key"),
        ({"colour": "red"}, "colour"),
        ({"body_markdown": "x"}, "body_markdown"),
    ],
)
def test_a_row_that_does_not_fit_is_named(lake: Lake, more: Row, named: str) -> None:
    with lake.stage("pages", run_id="r1") as stage, pytest.raises(StorageError, match=named):
        stage.add([page(0), page(1, **more)], partition="DOCS")


def test_json_must_be_json(lake: Lake) -> None:
    row = {"content_id": "1", "key": "k", "space_key": "A", "value": "{"}
    with lake.stage("content_properties", run_id="r1") as stage, pytest.raises(StorageError, match=r"value of row 1/k"):
        stage.add([row])


def test_half_a_character_is_replaced_and_costs_no_row(lake: Lake) -> None:
    """A title cut at 255 UTF-16 units ends in half an emoji; JSON carries it as a lone surrogate."""
    put(lake, [page(1, title="Party \ud83c", body="<p>\ud83c\udf89 \udf89</p>")])
    [row] = read(lake)
    assert (row["title"], row["body_storage"]) == ("Party \ufffd", "<p>🎉 \ufffd</p>")


def test_composite_keys_with_numbers(lake: Lake) -> None:
    rows = [
        {"content_id": c, "version_number": v, "content_type": "page", "space_key": "DOCS"}
        for c in ("9", "10")
        for v in (10, 9, 1)
    ]
    put(lake, rows, table="content_versions")
    stored = [(row["content_id"], row["version_number"]) for row in read(lake, "content_versions")]
    assert stored == [("9", 1), ("9", 9), ("9", 10), ("10", 1), ("10", 9), ("10", 10)]
    put(lake, [label("1", "b"), label("1", "a"), label("1", "a")], table="content_labels")
    assert [row["name"] for row in read(lake, "content_labels")] == ["a", "b"]


def test_every_table_takes_a_row_of_nulls(lake: Lake) -> None:
    for table in TABLES:
        if table.grain.value == "run":
            continue
        row: Row = {
            column.name: 1 if column.type.value == "int64" else "x"
            for column in table.stored_columns
            if not column.nullable
        }
        partition = {"space": "x", "site": None, "day": "2026-01-01"}[table.grain.value]
        with lake.stage(table.name, run_id="r") as stage:
            stage.add([row], partition=partition)
            assert stage.commit(partition, synced_at=T0).row_count == 1
            assert stage.diff(partition).is_empty


@pytest.mark.parametrize("buffer_bytes", [4_000, 40_000, 10_000_000])
@pytest.mark.parametrize("seed", range(4))
def test_any_history_of_walks_gives_what_a_dictionary_gives(lake: Lake, buffer_bytes: int, seed: int) -> None:
    """The model is a plain dictionary; the buffers are so small that walks spill, in several runs that overlap."""
    chance = random.Random(seed)
    model: dict[str, Row] = {}
    for at in range(1, 7):
        is_full, has_heavy = chance.random() < 0.6, chance.random() < 0.5
        walk = _walk(chance, model, has_heavy=has_heavy)
        with lake.stage("pages", run_id=f"r{at}", has_heavy=has_heavy, buffer_bytes=buffer_bytes) as stage:
            for start in range(0, len(walk), 17):
                stage.add(walk[start : start + 17])
            wanted = _merge(model, walk, is_full=is_full, has_heavy=has_heavy)
            stage.commit("DOCS", synced_at=day(at), keep_missing=not is_full)
        stored = {row["page_id"]: row for row in read(lake)}
        assert list(stored) == sorted(wanted, key=lambda key: sort_key((key,)))
        for key, row in wanted.items():
            assert {name: stored[key][name] for name in row} == row
            is_same = key in model and all(model[key][name] == value for name, value in row.items())
            assert stored[key]["synced_at"] == (model[key]["synced_at"] if is_same else day(at))
        model = stored
    leftovers = [path for path in (lake.folder / ".staging").rglob("*") if path.is_file()]
    assert leftovers == []


def _walk(chance: random.Random, model: dict[str, Row], *, has_heavy: bool) -> list[Row]:
    rows = []
    for _ in range(chance.randrange(20, 220)):
        number = chance.randrange(1, 150)
        version = chance.choice([1, 1, 1, 2])
        body = f"body {number} v{version}" * 5 if has_heavy or chance.random() < 0.8 else None
        rows.append(page(number, body=body, version_number=version, title=f"T{number} {chance.choice('abc')}"))
    return sorted(rows, key=lambda row: int(row["page_id"])) if chance.random() < 0.5 else rows


def _merge(model: dict[str, Row], walk: list[Row], *, is_full: bool, has_heavy: bool) -> dict[str, Row]:
    staged: dict[str, Row] = {}
    for row in walk:
        earlier = staged.get(row["page_id"])
        winner, loser = row, earlier
        if earlier is not None and earlier["version_number"] > row["version_number"]:
            winner, loser = earlier, row
        if loser is not None and winner["body_storage"] is None and loser["version_number"] == winner["version_number"]:
            winner = winner | {"body_storage": loser["body_storage"]}
        staged[row["page_id"]] = winner
    names = list(page(1))
    result = {} if is_full else {key: {name: row[name] for name in names} for key, row in model.items()}
    for key, row in staged.items():
        known = model.get(key)
        if row["body_storage"] is None and known and known["version_number"] == row["version_number"]:
            row = row | {"body_storage": known["body_storage"]}
        result[key] = row
    return result


def test_an_abandoned_stage_leaves_nothing(lake: Lake, tmp_path: Path) -> None:
    stage = lake.stage("pages", run_id="r", buffer_bytes=1000)
    stage.add([page(number, body="x" * 500) for number in range(50)])
    assert [path.suffix for path in tmp_path.rglob("*") if path.is_file()] == [".arrow"]
    with stage, pytest.raises(StorageError):
        stage.add([page("51", title=5)])
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_several_threads_fill_one_stage(lake: Lake) -> None:
    with lake.stage("pages", run_id="r", buffer_bytes=50_000) as stage:

        def walk(start: int) -> None:
            for number in range(start, 2000, 4):
                stage.add([page(number)])
                if number % 400 == start:
                    assert list(stage.iter_ids("DOCS"))

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(walk, range(4)))
        assert stage.commit("DOCS", synced_at=T0).row_count == 2000
    assert ids(lake) == [str(number) for number in range(2000)]


def test_two_stages_of_one_table_do_not_meet(lake: Lake) -> None:
    """Both spill into one staging folder; a name by number alone made the second overwrite the first."""
    with (
        lake.stage("pages", run_id="r", buffer_bytes=1000) as one,
        lake.stage("pages", run_id="r", buffer_bytes=1000) as other,
    ):
        for number in range(20):
            one.add([page(number, body="one" * 100)])
            other.add([page(number, body="other" * 100)], partition="OTHER")
        one.commit("DOCS", synced_at=T0)
        other.commit("OTHER", synced_at=T0)
    assert {row["body_storage"] for row in read(lake)} == {"one" * 100}
    assert {row["body_storage"] for row in read(lake, partition="OTHER")} == {"other" * 100}
