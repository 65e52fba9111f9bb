"""Which run a hint asks for."""

from datetime import UTC, datetime

import pytest

from confluence_assets.inbox import PendingHint
from confluence_assets.sync.contract import SyncMode
from confluence_assets.sync.hints import HintPlan, Need, need_of, plan_run

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
SPACES = {"ENG", "HR", "OPS"}
WHERE = {"1": "ENG", "2": "HR"}


def plan(*events: tuple[str, str | None, str | None]) -> HintPlan:
    hints = [
        PendingHint(number, "forge", event, NOON, space_key, content_id)
        for number, (event, space_key, content_id) in enumerate(events, start=1)
    ]
    return plan_run(hints, SPACES, lambda ids: {content_id: WHERE[content_id] for content_id in ids & WHERE.keys()})


@pytest.mark.parametrize(
    ("event", "need"),
    [
        ("page_created", Need.CONTENT),
        ("page_updated", Need.CONTENT),
        ("blueprint_page_created", Need.CONTENT),
        ("blog_updated", Need.CONTENT),
        ("comment_created", Need.CONTENT),
        ("comment_updated", Need.CONTENT),
        ("attachment_updated", Need.CONTENT),
        ("space_created", Need.CONTENT),
        ("space_removed", Need.CONTENT),
        ("page edited by somebody", Need.CONTENT),
        ("avi:confluence:updated:page", Need.CONTENT),
        ("avi:confluence:updated:task", Need.CONTENT),
        ("avi:confluence:deleted:space:V2", Need.CONTENT),
        ("page_moved", Need.SWEEP),
        ("page_trashed", Need.SWEEP),
        ("page_removed", Need.SWEEP),
        ("page_restored", Need.SWEEP),
        ("page_archived", Need.SWEEP),
        ("page_children_reordered", Need.SWEEP),
        ("comment_removed", Need.SWEEP),
        ("attachment_trashed", Need.SWEEP),
        ("content_permissions_updated", Need.SWEEP),
        ("space_permissions_updated", Need.SWEEP),
        ("space_updated", Need.SWEEP),
        ("label_added", Need.SWEEP),
        ("label_removed", Need.SWEEP),
        ("avi:confluence:permissions_updated:page", Need.SWEEP),
        ("avi:confluence:deleted:comment", Need.SWEEP),
        ("avi:confluence:created:folder", Need.SWEEP),
        ("avi:confluence:added:label", Need.SWEEP),
        ("avi:confluence:permissions_updated:space:V2", Need.SWEEP),
        ("page_viewed", Need.NOTHING),
        ("avi:confluence:liked:page", Need.NOTHING),
        ("label_created", Need.NOTHING),
        ("user_followed", Need.NOTHING),
        ("group_created", Need.NOTHING),
        ("search_performed", Need.NOTHING),
    ],
)
def test_what_an_event_asks_for(event: str, need: Need) -> None:
    assert need_of(event) is need


def test_edits_are_one_content_run_on_the_whole_site() -> None:
    assert plan(("page_updated", "ENG", None), ("blog_updated", None, "2")) == HintPlan(SyncMode.CONTENT, None, (1, 2))


def test_a_sweep_is_of_the_spaces_concerned() -> None:
    assert plan(("page_moved", None, "1"), ("page_moved", None, "2"), ("label_added", "OPS", None)) == HintPlan(
        SyncMode.INCREMENTAL, ("ENG", "HR", "OPS"), (1, 2, 3)
    )


def test_the_oldest_hint_decides_and_the_others_wait_unless_its_run_sees_to_them() -> None:
    edit, sweep, other_edit = ("page_updated", "ENG", None), ("page_trashed", "ENG", None), ("page_updated", "HR", None)
    assert plan(edit, sweep, other_edit) == HintPlan(SyncMode.CONTENT, None, (1, 3))
    assert plan(sweep, edit, other_edit) == HintPlan(SyncMode.INCREMENTAL, ("ENG",), (1, 2))


def test_what_the_lake_does_not_hold_is_left_to_the_streams() -> None:
    assert plan(("page_trashed", None, "99")) == HintPlan(SyncMode.CONTENT, None, (1,))
    assert plan(("page_moved", "NEW", None)) == HintPlan(SyncMode.CONTENT, None, (1,))


def test_a_sweep_of_no_named_place_is_of_the_whole_site() -> None:
    assert plan(("page_updated", "HR", None), ("page_moved", None, None)).mode is SyncMode.CONTENT
    assert plan(("page_moved", None, None), ("page_updated", "HR", None)) == HintPlan(
        SyncMode.INCREMENTAL, None, (1, 2)
    )


def test_what_needs_no_run_goes_with_any() -> None:
    assert plan(("page_viewed", "ENG", None)) == HintPlan(None, (), (1,))
    assert plan(("page_viewed", "ENG", None), ("page_updated", None, None)).hint_ids == (1, 2)
    assert plan(("page_viewed", "ENG", None), ("page_moved", None, "1")).hint_ids == (1, 2)
