"""What one run could not settle, and the next one does: nobody is let in meanwhile, nothing leaves, nothing is told twice."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from confluence_assets.emulator import SiteConfig
from confluence_assets.emulator.config import SeedPlan
from tests.support.truth import held
from tests.sync.harness import IMPATIENT, Bench, bench
from tests.sync.kill_points import copy_of, kill_run
from tests.sync.leaks import leaks

PLAN = SeedPlan(spaces=0, users=5, groups=2, audit_records=0)
BROKEN = {"kind": "error", "route": "*v2/pages", "status": 500}


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Bench]:
    with bench(SiteConfig(plan=PLAN), tmp_path / "home", publish=False, removal_limit=0.0) as made:
        for key in ("A", "B"):
            made.control.edit("create_space", key=key, name=key, private=False)
        yield made


def filtered(run: Bench, **filters: Any) -> Bench:
    return Bench(run.embedded, run.site.home, publish=False, removal_limit=0.0, **filters)


def page(run: Bench, title: str, space: str = "A", **more: Any) -> str:
    made: str = run.control.edit("create_page", space=space, title=title, body=f"<p>{title}</p>", **more)["id"]
    return made


def us(run: Bench) -> str:
    return run.control.account_id("admin@example.com")


def spaces_of(run: Bench, table: str) -> Counter[str]:
    return Counter(row["space_key"] for row in held(run.lake, table).values())


def test_what_waits_for_the_sweep_shuts_what_is_below_it_at_once(run: Bench) -> None:
    edit, secretive = run.control.edit, filtered(run, exclude_labels=("internal",))
    top = page(run, "top")
    below = page(run, "below", parent=top)
    assert secretive.sync("full").failures == []
    edit("relabel", id=top, labels=["internal"])
    edit("edit_content", id=top, body="<p>secret</p>")
    edit("restrict", id=top, users=[us(run)])
    edit("edit_content", id=below, body="<p>secret, too</p>")
    edit("comment", container=top, body="<p>hush</p>")
    new = page(run, "new", parent=below)
    edit("catch_up_index")
    for _ in range(2):
        assert secretive.sync("content").failures == []
        assert (new,) in held(secretive.lake, "pages")
        assert leaks(secretive) == []
    assert held(secretive.lake, "pages")[(top,)]["body_storage"] == "<p>top</p>"
    assert held(secretive.lake, "comments") == {}
    assert secretive.sync().failures == []
    assert (top,) not in held(secretive.lake, "pages")
    assert leaks(secretive) == []


def moved_and_let_in(run: Bench) -> tuple[Bench, str]:
    """A page with a comment that was left out of one space, and is let in where it moved to."""
    choosy = filtered(run, include_labels=("keep",))
    moved = page(run, "moved")
    run.control.edit("comment", container=moved, body="<p>so</p>")
    assert choosy.sync("full").failures == []
    assert held(choosy.lake, "pages") == {}
    run.control.edit("move", id=moved, space="B")
    run.control.edit("relabel", id=moved, labels=["keep"])
    run.control.edit("edit_content", id=moved, body="<p>moved</p>")
    run.control.edit("catch_up_index")
    return choosy, moved


def test_what_another_space_lets_in_stays_where_the_old_one_breaks(run: Bench) -> None:
    choosy, _ = moved_and_let_in(run)
    assert choosy.sync(space_keys=("B",)).failures == []
    assert (spaces_of(choosy, "pages"), spaces_of(choosy, "comments")) == ({"B": 1}, {"B": 1})
    space_id = next(row["id"] for row in run.control.dump("space") if row["key"] == "A")
    run.control.fault(kind="error", route="*v2/pages", target=f"*space-id={space_id}*", status=500)
    assert choosy.sync(transport=IMPATIENT).failures != []
    assert (spaces_of(choosy, "pages"), spaces_of(choosy, "comments")) == ({"B": 1}, {"B": 1})


def test_a_content_run_lets_in_what_its_old_space_left_out(run: Bench) -> None:
    choosy, moved = moved_and_let_in(run)
    assert choosy.sync("content").failures == []
    assert spaces_of(choosy, "pages") == {"B": 1}
    assert choosy.sync().failures == []
    assert (moved,) not in {(row["content_id"],) for rows in choosy.lake.iter_rows("left_out") for row in rows}


@pytest.mark.parametrize("names", [("user1@example.com", "user2@example.com"), ("user2@example.com",)])
def test_a_layer_that_gets_wider_shuts_while_the_tree_is_not_known(run: Bench, names: tuple[str, ...]) -> None:
    edit = run.control.edit
    above, below = page(run, "above"), page(run, "below")
    for one in (above, below):
        edit("restrict", id=one, users=[us(run), "user1@example.com"])
    edit("catch_up_index")
    assert run.sync("full").failures == []
    edit("move", id=below, parent=above)
    edit("restrict", id=below, users=[us(run), *names])
    edit("catch_up_index")
    run.control.fault(**BROKEN)
    for _ in range(2):
        assert run.sync(transport=IMPATIENT).failures != []
        assert held(run.lake, "pages")[(below,)]["parent_id"] != above
        assert leaks(run) == []
    run.control.clear_faults()
    assert run.sync().failures == []
    assert run.differences() == []


def test_a_layer_of_what_is_left_out_does_not_get_wider_either(run: Bench) -> None:
    edit, ids = run.control.edit, dict[str, str]()
    for title in ("old", "new"):
        ids[title] = page(run, title)
        edit("restrict", id=ids[title], users=[us(run), "user1@example.com"])
    ids["kept"] = page(run, "kept", parent=ids["old"])
    edit("relabel", id=ids["kept"], labels=["keep"])
    edit("catch_up_index")
    choosy = filtered(run, include_labels=("keep",))
    assert choosy.sync("full").failures == []
    edit("move", id=ids["kept"], parent=ids["new"])
    edit("restrict", id=ids["old"], users=[us(run), "user1@example.com", "user2@example.com"])
    edit("catch_up_index")
    run.control.fault(**BROKEN)
    for _ in range(2):
        assert choosy.sync(transport=IMPATIENT).failures != []
        assert leaks(choosy) == []
    run.control.clear_faults()
    assert choosy.sync().failures == []
    assert leaks(choosy) == []


def test_another_space_does_not_end_what_a_killed_run_began(run: Bench, tmp_path: Path) -> None:
    edit = run.control.edit
    ids = [page(run, f"page {number}") for number in range(3)]
    page(run, "other", "B")
    assert run.sync("full").failures == []
    for one in ids:
        edit("edit_content", id=one, body="<p>new</p>")
        edit("restrict", id=one, users=[us(run)])
    edit("catch_up_index")
    note = "A run before this one was ended while it wrote; what it was writing is read again."
    for write in range(1, 9):
        dead = copy_of(run, tmp_path / str(write))
        assert kill_run(dead, "incremental", write)
        if not dead.lake.read_site_state()["unguarded_space_ids"]:
            continue
        assert note not in dead.sync(space_keys=("B",)).notes
        assert note in dead.sync(space_keys=("A",)).notes
        rows = [row["change_id"] for rows in dead.lake.iter_rows("content_changes") for row in rows]
        assert len(rows) == len(set(rows)) >= 2 * len(ids), write
        assert dead.lake.read_site_state()["unfinished_runs"] == []
        assert dead.differences() == []
