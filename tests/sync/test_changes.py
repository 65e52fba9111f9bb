"""What happened between two rows, in the words of content_changes."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from confluence_assets.lake import Change
from confluence_assets.sync.changes import ChangeLog, Event, compare
from confluence_assets.sync.spool import Spool

T0 = datetime(2026, 1, 1, tzinfo=UTC)
T1 = datetime(2026, 1, 2, tzinfo=UTC)

PAGE = {
    "page_id": "7",
    "space_key": "HR",
    "title": "Leave",
    "parent_id": "1",
    "position": 3,
    "status": "current",
    "labels": ["a"],
    "owner_id": "u1",
    "version_number": 4,
    "updated_at": T0,
    "created_at": T0,
}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"parent_id": "2"}, [Event("moved", {"parent_id": "1"}, {"parent_id": "2"})]),
        ({"position": 9}, [Event("moved", {"position": 3}, {"position": 9})]),
        ({"title": "Holidays"}, [Event("renamed", "Leave", "Holidays")]),
        ({"status": "archived"}, [Event("archived", "current", "archived")]),
        ({"owner_id": "u2"}, [Event("updated", {"owner_id": "u1"}, {"owner_id": "u2"})]),
        (
            {"title": "Holidays", "version_number": 5, "updated_at": T1},
            [
                Event("renamed", "Leave", "Holidays"),
                Event(
                    "updated",
                    {"version_number": 4, "updated_at": T0},
                    {"version_number": 5, "updated_at": T1},
                ),
            ],
        ),
        # Labels have rows of their own, from content_labels: here they would be told twice.
        ({"labels": ["a", "b"]}, []),
    ],
)
def test_each_change_has_its_word(changed: dict, expected: list[Event]) -> None:
    assert compare(PAGE, {**PAGE, **changed}) == expected


def test_unarchived_is_restored() -> None:
    assert compare({**PAGE, "status": "archived"}, PAGE) == [Event("restored", "archived", "current")]


def told(table: str, *changes: Change, space: str = "HR", since: datetime | None = None, **more: Any) -> list[dict]:
    """The rows of these changes of one table of one space."""
    log = ChangeLog("run", T1, since)
    with log.of(table, space, "generation") as tell:
        for change in changes:
            if table == "content_labels":
                tell.grouped(change)
            else:
                tell.content(change, **more)
    return list(log.iter_rows())


def test_new_content_is_created_and_old_content_that_appears_is_restored() -> None:
    rows = told(
        "pages",
        Change(("7",), None, PAGE),
        Change(("8",), None, {**PAGE, "page_id": "8", "created_at": T1}),
        since=datetime(2026, 1, 1, 12, tzinfo=UTC),
    )
    assert [row["change"] for row in rows] == ["restored", "created"]


def test_content_that_came_from_another_space_has_moved() -> None:
    (row,) = told("pages", Change(("7",), None, {**PAGE, "space_key": "IT"}), space="IT", moved_from="HR")
    assert (row["change"], row["from_value"], row["to_value"]) == (
        "moved",
        '{"space_key":"HR"}',
        '{"space_key":"IT"}',
    )
    assert told("pages", Change(("7",), PAGE, None), reason="moved") == []


def test_a_content_that_left_says_why() -> None:
    (row,) = told("pages", Change(("7",), PAGE, None), reason="trashed")
    assert (row["change"], row["to_value"]) == ("trashed", None)


LABEL = {"content_id": "7", "content_type": "page", "prefix": "global", "label_id": "1"}


def test_labels_are_told_by_content() -> None:
    (row,) = told(
        "content_labels",
        Change(("7", "global", "old"), {**LABEL, "name": "old"}, None),
        Change(("7", "global", "new"), None, {**LABEL, "name": "new"}),
    )
    assert (row["change"], row["from_value"], row["to_value"]) == (
        "relabelled",
        '["global:old"]',
        '["global:new"]',
    )


def ids(run_id: str, detected_at: datetime, old: dict) -> list[str]:
    log = ChangeLog(run_id, detected_at, T0)
    with log.of("pages", "HR", "generation") as tell:
        tell.content(Change(("7",), old, {**PAGE, "title": "Holidays"}))
    return [row["change_id"] for row in log.iter_rows()]


def test_a_repeated_run_makes_the_same_ids() -> None:
    """A run killed between writing its changes and its rows is repeated: its changes must not stand twice."""
    assert ids("first", T0, PAGE) == ids("second", T1, PAGE)


def test_the_same_change_later_on_is_another_one() -> None:
    """Renamed, named back and renamed again, while no position moved: the third was taken for the first."""
    assert ids("first", T0, {**PAGE, "synced_at": T0}) != ids("second", T1, {**PAGE, "synced_at": T1})


@pytest.mark.parametrize("in_memory", [1, 2, 7, 100])
def test_a_spool_holds_its_rows_in_order(tmp_path: Path, in_memory: int) -> None:
    spool = Spool(tmp_path, in_memory=in_memory)
    rows = [{"change_id": str(number), "source_at": None, "detected_at": T0} for number in range(7)]
    for row in rows:
        spool.add(row)
    assert list(spool) == list(spool) == rows
    assert spool.count == 7
    spool.add(rows[0])
    assert list(spool) == [*rows, rows[0]]
    spool.close()
    assert list(tmp_path.iterdir()) == []
