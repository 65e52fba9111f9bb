"""A table: which change is seen by which run, by which requests, and what that costs. And the budgets, asserted.

`CONFLUENCE_WRITE_DOCS=1` writes docs/changes-and-signals.md again; without it a table that is no longer true fails here.
"""

import os
from collections import Counter
from pathlib import Path

import pytest

from confluence_assets.emulator import SiteConfig
from confluence_assets.emulator.config import SHAPES, SeedPlan, Switches
from confluence_assets.sync.contract import SyncReport
from confluence_assets.tables import NODE_TABLES, Origin, tables_of
from tests.support.truth import differences
from tests.sync.harness import Bench, bench
from tests.sync.signals import CHANGES, Change, Clicks

PAGE = Path(__file__).parents[2] / "docs" / "changes-and-signals.md"
PLAN = SeedPlan(
    spaces=3, pages_per_space=24, blogposts_per_space=2, comments=16, attachments=8, tasks=10, properties=4,
    custom_content=5, folders_per_space=2, users=6, groups=3,
)  # fmt: skip
HEAD = """# Changes, and what shows them

Made by `tests/sync/test_signals.py`, which plays each change on the embedded site and fails where this table is not true.
*Content run* is what the sensor starts every minute, *incremental run* the one that proves that nothing was missed.
*Asked beyond* are the requests that the run made and that a run without the change does not make.

Where nothing changed, a content run on this site of three spaces asks {tick} requests, an incremental one {sweep}.

| change | shows in | content run | asked beyond | incremental run | asked beyond |
|---|---|---|---|---|---|
"""


def asked_beyond(report: SyncReport, idle: SyncReport) -> str:
    """The requests that an idle run does not make, as a cell of the table."""
    more = Counter(report.requests_by_endpoint) - Counter(idle.requests_by_endpoint)
    return ", ".join(f"{count} × `{label.replace('/wiki', '')}`" for label, count in sorted(more.items())) or "nothing"


def wrong(run: Bench, table: str) -> list[str]:
    return differences(run.lake, {table: run.seen_by_us()[table]})


def play(run: Bench, clicks: Clicks, change: Change) -> tuple[str, SyncReport, SyncReport]:
    """One line of the table, and the idle runs after it."""
    if change.before is not None:
        change.before(clicks)
        assert run.sync().failures == []
    run.control.edit("advance_clock", seconds=3600)
    change.click(clicks)
    assert wrong(run, change.table), f"{change.name} changed nothing"
    tick = run.sync("content")
    seen_by_tick = not wrong(run, change.table)
    sweep = run.sync()
    assert tick.failures == sweep.failures == []
    assert differences(run.lake, run.seen_by_us()) == [], change.name
    idle_tick, idle_sweep = run.sync("content"), run.sync()
    cells = (
        change.name,
        f"`{change.table}`",
        "seen" if seen_by_tick else "no",
        asked_beyond(tick, idle_tick),
        "seen before" if seen_by_tick else "seen",
        asked_beyond(sweep, idle_sweep),
    )
    return f"| {' | '.join(cells)} |", idle_tick, idle_sweep


@pytest.mark.slow
def test_the_table_of_changes_and_signals(tmp_path: Path) -> None:
    with bench(SiteConfig(plan=PLAN), tmp_path, publish=False, property_keys=("review",)) as run:
        for kind in ("footer", "inline"):
            # Lists that show a reply are known to show all; what shows none has to be asked for, which takes turns.
            # They stand in a space that is still there at the end.
            page = [row["id"] for row in run.control.dump("page") if row["space_key"] == "SP001"][-1]
            comment = run.control.edit("comment", container=page, body="<p>so</p>", kind=kind, selection="words")["id"]
            run.control.edit("reply", comment=comment, body="<p>indeed</p>")
        assert run.sync("full").failures == []
        run.sync()
        tick, sweep = run.sync("content"), run.sync()
        clicks = Clicks(run)
        lines = [play(run, clicks, change)[0] for change in CHANGES]
    text = HEAD.format(tick=tick.requests, sweep=sweep.requests) + "\n".join(lines) + "\n"
    if os.environ.get("CONFLUENCE_WRITE_DOCS"):
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text, "CONFLUENCE_WRITE_DOCS=1 writes it again"


# Budgets

LITTLE = {"body_bytes": 300, "users": 10, "groups": 3}
FETCHED = frozenset(table.name for table in tables_of(origin=Origin.FETCHED))


def idle_tick(run: Bench) -> int:
    """Requests of a content run on a site where nothing changed."""
    report = run.sync("content", tables=FETCHED)
    assert report.failures == []
    assert not report.is_changed
    return report.requests


def ticks_of(plan: SeedPlan, home: Path) -> int:
    with bench(SiteConfig(plan=plan), home, publish=False) as run:
        assert run.sync("full", tables=FETCHED).failures == []
        types = len(run.site.options.custom_content_types)
        idle_tick(run)
        return idle_tick(run) - types


def test_a_tick_without_news_asks_ten_requests_at_most(tmp_path: Path) -> None:
    assert ticks_of(SeedPlan(spaces=1, pages_per_space=1000, comments=500, attachments=1000, **LITTLE), tmp_path) <= 10


def test_configured_custom_types_cost_one_each(tmp_path: Path) -> None:
    plan = SeedPlan(spaces=3, pages_per_space=20, custom_content=9, comments=20, attachments=20, tasks=9, **LITTLE)
    assert ticks_of(plan, tmp_path) <= 10


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_tick_asks_the_same_of_fifty_thousand_pages(tmp_path: Path) -> None:
    small = ticks_of(SeedPlan(spaces=1, pages_per_space=1000, **LITTLE), tmp_path / "small")
    large = ticks_of(SeedPlan(spaces=1, pages_per_space=50_000, **LITTLE), tmp_path / "large")
    assert small == large <= 10


def test_a_tick_asks_the_same_of_twenty_spaces_last_edited_weeks_apart(tmp_path: Path) -> None:
    plan = SeedPlan(spaces=20, pages_per_space=12, comments=800, attachments=800, blogposts_per_space=2, **LITTLE)
    with bench(SiteConfig(plan=plan), tmp_path, publish=False) as run:
        first = {row["space_key"]: row["id"] for row in reversed(run.control.dump("page"))}
        for page_id in first.values():
            run.control.edit("advance_clock", seconds=14 * 86400)
            run.control.edit("edit_content", id=page_id, body="<p>weeks later</p>")
            run.control.edit("comment", container=page_id, body="<p>weeks later</p>")
            run.control.edit("upload", container=page_id, filename="later.txt", text="later")
        assert run.sync("full", tables=FETCHED).failures == []
        idle_tick(run)
        assert idle_tick(run) <= 10


def full_pages(row_count: int, per_page: int) -> int:
    return -(-row_count // per_page)


def sweep_budget(run: Bench) -> float:
    """Within a tenth of what the lists hold, by the page sizes of the two dialects."""
    truth = run.truth()
    count = {table: len(rows) for table, rows in truth.items()}
    listed = [count["pages"], count["blogposts"], count["attachments"], count["tasks"], count["custom_content"]]
    listed += [sum(row["comment_type"] == kind for row in truth["comments"].values()) for kind in ("footer", "inline")]
    tree = count["pages"] + count["blogposts"] + sum(count[table] for table in NODE_TABLES.values())
    lists = sum(full_pages(rows, 250) for rows in listed)
    lists += full_pages(tree, 200) + full_pages(count["attachments"], 200)
    members = Counter(row["group_id"] for row in truth["group_members"].values())
    # Groups are listed four times: all, and those that let into the product, as user, as admin and as site admin.
    people = 4 * full_pages(count["groups"], 200) + sum(max(full_pages(one, 200), 1) for one in members.values())
    spaces = full_pages(count["spaces"], 250) + count["spaces"]
    return 1.1 * lists + people + spaces + 10


def idle_sweep(run: Bench) -> int:
    report = run.sync("incremental", tables=FETCHED)
    assert report.failures == []
    assert not report.is_changed
    return report.requests


def test_the_sweep_of_the_frugal_site(tmp_path: Path) -> None:
    config = SiteConfig(plan=SHAPES["frugal"], switches=Switches(space_role_mode="PRE_ROLES"))
    with bench(config, tmp_path, publish=False) as run:
        assert run.sync("full", tables=FETCHED).failures == []
        requests = idle_sweep(run)
        assert requests <= 46
        assert requests <= sweep_budget(run)


@pytest.mark.parametrize(
    "plan",
    [
        SeedPlan(spaces=300, pages_per_space=20, **LITTLE),
        SeedPlan(
            spaces=4, pages_per_space=300, comments=1200, attachments=900, blogposts_per_space=20, tasks=30, **LITTLE
        ),
    ],
    ids=["300 spaces of 20 pages", "4 spaces with everything"],
)
@pytest.mark.slow
def test_a_sweep_asks_what_its_lists_hold(plan: SeedPlan, tmp_path: Path) -> None:
    config = SiteConfig(plan=plan, switches=Switches(space_role_mode="PRE_ROLES"))
    with bench(config, tmp_path, publish=False) as run:
        assert run.sync("full", tables=FETCHED).failures == []
        assert idle_sweep(run) <= sweep_budget(run)


@pytest.mark.slow
def test_a_few_changes_cost_a_few_requests(tmp_path: Path) -> None:
    plan = SeedPlan(spaces=5, pages_per_space=1000, comments=1000, attachments=500, **LITTLE)
    with bench(SiteConfig(plan=plan), tmp_path, publish=False) as run:
        assert run.sync("full", tables=FETCHED).failures == []
        sweep = idle_sweep(run)
        pages = [row for row in run.control.dump("page") if row["parent_id"] is not None]
        chosen = iter(pages[:: len(pages) // 20])
        for number in range(10):
            run.control.edit("edit_content", id=next(chosen)["id"], body=f"<p>edit {number}</p>")
        for _ in range(3):
            run.control.edit("trash", id=next(chosen)["id"], descendants=False)
        for number in range(2):
            run.control.edit("create_page", space=f"SP00{number + 1}", title=f"Addition {number}", body="<p>x</p>")
        run.control.edit("move", id=next(chosen)["id"], parent=next(chosen)["id"])
        run.control.edit("restrict", id=next(chosen)["id"], users=[run.control.account_id("admin@example.com")])
        report = run.sync("incremental", tables=FETCHED)
        assert report.failures == []
        assert report.requests - sweep <= 25
        assert differences(run.lake, run.truth()) == []
