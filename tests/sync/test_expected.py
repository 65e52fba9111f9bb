"""What the site says that it has, beside what came: in the ledger, and loud where they differ."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from confluence_assets.emulator import SiteConfig
from confluence_assets.emulator.config import SeedPlan
from confluence_assets.emulator.web.messages import Reply, Request
from tests.sync.harness import Bench, bench

PLAN = SeedPlan(
    spaces=2,
    pages_per_space=6,
    blogposts_per_space=2,
    comments=4,
    attachments=7,
    folders_per_space=2,
    users=4,
    groups=1,
)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Bench]:
    with bench(SiteConfig(plan=PLAN), tmp_path, publish=False) as made:
        yield made


def ledger(run: Bench, run_id: str) -> dict[tuple[str, str], tuple[int | None, int]]:
    rows = [row for batch in run.lake.iter_rows("sync_ledger") for row in batch if row["run_id"] == run_id]
    return {(row["table_name"], row["space_key"]): (row["expected"], row["received"]) for row in rows}


@pytest.mark.parametrize("mode", ["full", "incremental"])
def test_the_ledger_holds_both(run: Bench, mode: str) -> None:
    assert run.sync("full").failures == []
    for row in run.control.dump("page")[:3]:
        run.control.edit("edit_content", id=row["id"], body="<p>edited</p>")
    report = run.sync(mode)
    assert not [note for note in report.notes if "came." in note]
    rows = ledger(run, report.run_id)
    truth = run.truth()
    for table in ("pages", "blogposts", "attachments", "folders"):
        for key in ("SP001", "SP002"):
            count = sum(row["space_key"] == key for row in truth[table].values())
            assert count == 0 or rows[table, key] == (count, count), (table, key)


def lie(run: Bench, path: str, change: Any) -> None:
    """Change what one of the site's answers says."""

    def spoil(request: Request, template: str, reply: Reply) -> Reply:
        if not request.path.endswith(path) or reply.status != 200:
            return reply
        payload = json.loads(reply.body)
        change(payload)
        return Reply(reply.status, json.dumps(payload).encode(), reply.content_type)

    run.embedded.site.faults.active.append(spoil)  # type: ignore[arg-type]


def test_a_total_that_is_not_true_is_loud(run: Bench) -> None:
    """Of contents that are asked for by their ids the site states how many it has found."""
    assert run.sync("full").failures == []
    page = run.control.dump("page")[0]["id"]
    run.control.edit("edit_content", id=page, body="<p>edited</p>")
    lie(run, "/rest/api/search", lambda payload: payload.update(totalSize=payload["totalSize"] + 7))
    report = run.sync("content")
    assert report.failures == []
    (note,) = [note for note in report.notes if "came." in note]
    assert note.endswith("said that it has 8 rows, 1 came.")


def test_a_file_that_a_listing_does_not_hold_is_loud(run: Bench) -> None:
    left_out = next(row for row in run.control.dump("attachment") if row["space_key"] == "SP001")

    def leave_out(payload: dict[str, Any]) -> None:
        payload["results"] = [row for row in payload["results"] if row["id"] != left_out["id"]]

    lie(run, "/v2/attachments", leave_out)
    report = run.sync("full")
    (note,) = [note for note in report.notes if "came." in note]
    count = sum(row["space_key"] == "SP001" for row in run.truth()["attachments"].values())
    assert note == f"attachments of SP001: the site says that it has {count} rows, {count - 1} came."
    assert ledger(run, report.run_id)["attachments", "SP001"] == (count, count - 1)


def test_a_file_that_went_while_the_index_slept_is_no_alarm(run: Bench) -> None:
    run.control.configure(index_lag_seconds=3600)
    assert run.sync("full").failures == []
    run.control.edit("delete_file", id=run.control.dump("attachment")[0]["id"], purge=False)
    report = run.sync()
    assert report.failures == []
    assert not [note for note in report.notes if "came." in note]
