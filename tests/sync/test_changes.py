"""What happened between two rows, in the words of content_changes."""

from datetime import UTC, datetime

import pytest

from confluence_assets.lake import Change
from confluence_assets.sync.changes import ChangeLog, Event, compare

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


def _log(since: datetime | None = None) -> ChangeLog:
    return ChangeLog("run", T1, since)


def test_new_content_is_created_and_old_content_that_appears_is_restored() -> None:
    log = _log(since=datetime(2026, 1, 1, 12, tzinfo=UTC))
    log.add("pages", "HR", Change(("7",), None, PAGE), None)
    log.add("pages", "HR", Change(("8",), None, {**PAGE, "page_id": "8", "created_at": T1}), None)
    assert [row["change"] for row in log.finish()] == ["restored", "created"]


def test_content_that_came_from_another_space_has_moved() -> None:
    log = _log()
    log.add("pages", "IT", Change(("7",), None, {**PAGE, "space_key": "IT"}), None, moved_from="HR")
    log.add("pages", "HR", Change(("7",), PAGE, None), "moved")
    (row,) = log.finish()
    assert (row["change"], row["from_value"], row["to_value"]) == (
        "moved",
        '{"space_key":"HR"}',
        '{"space_key":"IT"}',
    )


def test_a_content_that_left_says_why() -> None:
    log = _log()
    log.add("pages", "HR", Change(("7",), PAGE, None), "trashed")
    (row,) = log.finish()
    assert (row["change"], row["to_value"]) == ("trashed", None)


def test_labels_are_told_by_content() -> None:
    log = _log()
    label = {"content_id": "7", "content_type": "page", "prefix": "global", "label_id": "1"}
    log.group("content_labels", "HR", Change(("7", "global", "old"), {**label, "name": "old"}, None))
    log.group("content_labels", "HR", Change(("7", "global", "new"), None, {**label, "name": "new"}))
    (row,) = log.finish()
    assert (row["change"], row["from_value"], row["to_value"]) == (
        "relabelled",
        '["global:old"]',
        '["global:new"]',
    )


def test_a_repeated_run_makes_the_same_ids() -> None:
    """A run killed between writing its changes and its rows is repeated: its changes must not stand twice."""

    def ids(run_id: str, detected_at: datetime) -> list[str]:
        log = ChangeLog(run_id, detected_at, T0)
        log.add("pages", "HR", Change(("7",), PAGE, {**PAGE, "title": "Holidays"}), None)
        return [row["change_id"] for row in log.finish()]

    assert ids("first", T0) == ids("second", T1)
