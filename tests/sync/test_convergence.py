"""Rule 1: after any history of changes, one incremental run leaves the lake equal to a fresh full sync.

A state machine plays random edits and syncs, in any order: runs on which the site is edited, runs that meet a fault at a
random request, runs that are killed at a random instant or at a write of the lake. After each clean incremental run the
lake is held against the site's own dump, and at the end of each history against a full sync into an empty lake, row for
row.
`make soak` plays many more histories, and compares after every step.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.emulator.config import SeedPlan
from confluence_assets.emulator.web.messages import Reply, Request
from confluence_assets.errors import ConfluenceAssetsError
from tests.support.truth import comparable, differences, expected, held
from tests.sync.harness import IMPATIENT, Bench
from tests.sync.histories import EDITS, Edit, Editor
from tests.sync.kill_points import kill_run
from tests.sync.run_once import start_run

HISTORIES = int(os.environ.get("CONVERGENCE_HISTORIES", "200"))
PARTS = 8
"""The histories are shared out, so that several workers play them."""
STEPS = int(os.environ.get("CONVERGENCE_STEPS", "25"))
SHRINK = bool(os.environ.get("CONVERGENCE_SHRINK"))
"""Making a failing history smaller takes minutes; the blob that is printed plays it again."""
SOAK = bool(os.environ.get("CONVERGENCE_SOAK"))
_CUSTOM_TYPE = "ac:demo:note"
_PROPERTY = "review"
_OPTIONS = {
    "custom_content_types": (_CUSTOM_TYPE,),
    "property_keys": (_PROPERTY,),
    "publish": False,
    "removal_limit": 1.0,
}
_VOLATILE = ("synced_at", "last_synced_at")
_LITTLE = {
    "pages_per_space": 5,
    "blogposts_per_space": 1,
    "comments": 8,
    "attachments": 5,
    "tasks": 4,
    "properties": 4,
    "custom_content": 2,
    "folders_per_space": 1,
    "restricted_share": 0.2,
    "users": 6,
    "groups": 3,
    "audit_records": 3,
    "body_bytes": 600,
}
PLANS = {"small": SeedPlan(spaces=2, **_LITTLE), "odd": SeedPlan(spaces=3, odd=True, archived_share=0.1, **_LITTLE)}
"""One of everything: what a history finds, it finds on a small site as well, and in a tenth of the time."""

FAULTS: dict[str, dict[str, Any]] = {
    "throttled": {"kind": "throttle", "retry_after": None},
    "500": {"kind": "error", "status": 500},
    "404": {"kind": "error", "status": 404},
    "403": {"kind": "error", "status": 403},
    "401": {"kind": "error", "status": 401},
    "login page": {"kind": "login_page"},
    "reset": {"kind": "reset"},
    "cut": {"kind": "cut", "is_framed": True},
    "token expired": {"kind": "expire_token"},
    "anonymous": {"kind": "turn_anonymous"},
    "capped": {"kind": "cap_limit", "limit": 3},
    "same page again": {"kind": "next_link", "form": "repeat"},
    "empty page": {"kind": "next_link", "form": "empty_page"},
    "no next": {"kind": "next_link", "form": "null"},
    "odd": {"kind": "odd_answers"},
}
MODES = st.sampled_from(["incremental", "incremental", "content", "full"])

numbers = st.integers(0, 999)
an_edit = st.tuples(st.sampled_from(EDITS), numbers, numbers)
some_edits = st.lists(an_edit, min_size=1, max_size=4)


class Convergence(RuleBasedStateMachine):
    """A site with its lake, and an editor who does not sleep."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="convergence-"))
        self.embedded: EmbeddedSite | None = None
        self.is_dirty = False
        self.seconds = 0.3

    def config(self, shape: str, seed: int) -> SiteConfig:
        return SiteConfig(plan=PLANS[shape], seed=seed)

    @initialize(seed=st.integers(1, 50), shape=st.sampled_from(["small", "odd"]))
    def start(self, seed: int, shape: str) -> None:
        self.embedded = EmbeddedSite(self.config(shape, seed)).start()
        self.bench = Bench(self.embedded, self.folder / "home", **_OPTIONS)
        self.editor = Editor(self.embedded, (_CUSTOM_TYPE,), (_PROPERTY,))
        assert self.bench.sync("full").failures == []

    @rule(kind=st.sampled_from(["fault", "edit", "kill", "write"]), mode=MODES, by=st.data())
    def disturbed(self, kind: str, mode: str, by: st.DataObject) -> None:
        """A run that meets a fault, on whose site somebody works, or that is killed."""
        self.is_dirty = True
        if kind == "kill":
            self.kill_run(mode, by.draw(st.floats(0.02, 1.1)))
        elif kind == "write":
            kill_run(self.bench, mode, by.draw(st.integers(0, 60)))
        elif kind == "edit":
            self.edit_during_run(mode, by.draw(an_edit), by.draw(st.integers(1, 60)))
        else:
            name, at = by.draw(st.sampled_from(sorted(FAULTS))), by.draw(st.integers(1, 60))
            when = {"after": at - 1} if by.draw(st.booleans()) else {"nth": at}
            self.control.fault(**FAULTS[name], **when)
            self.run_that_may_fail(mode)

    def edit_during_run(self, mode: str, edit: Edit, at: int) -> None:
        """Rows move between the pages of a walk."""
        left = iter(range(1, at + 1))

        def edit_once(request: Request, template: str, reply: Reply) -> Reply:
            if next(left, None) == at:
                self.editor.play(edit)
            return reply

        spoilers: list[Callable[..., Any]] = self.site.site.faults.active  # type: ignore[assignment]
        spoilers.append(edit_once)
        self.run_that_may_fail(mode)

    def run_that_may_fail(self, mode: str) -> None:
        try:
            self.bench.sync(mode, transport=IMPATIENT)
        except ConfluenceAssetsError:
            pass
        finally:
            self.control.clear_faults()

    def kill_run(self, mode: str, share: float) -> None:
        """SIGKILL to a process of its own, at a share of the time that the last run took."""
        run = start_run(self.site, self.bench.site.home, mode, self.bench.site.options)
        time.sleep(share * self.seconds)
        run.kill()
        run.join(30)

    @property
    def site(self) -> EmbeddedSite:
        assert self.embedded is not None
        return self.embedded

    @property
    def control(self) -> Any:
        return self.site.control

    @rule(edits=some_edits)
    def edit(self, edits: list[Edit]) -> None:
        for one in edits:
            self.is_dirty = self.editor.play(one) or self.is_dirty
        if SOAK:
            self.sync()

    @rule(edits=some_edits)
    def edit_more(self, edits: list[Edit]) -> None:
        """Three steps of four or so are edits: what happens to a site, happens between two runs of many."""
        self.edit(edits)

    @rule(edits=some_edits)
    def edit_even_more(self, edits: list[Edit]) -> None:
        self.edit(edits)

    @precondition(lambda self: self.is_dirty)
    @rule()
    def tick(self) -> None:
        """A content tick may come at any time; what it leaves open, the next incremental run closes."""
        assert self.bench.sync("content").failures == []

    @precondition(lambda self: self.is_dirty)
    @rule()
    def sync(self) -> None:
        started = time.monotonic()
        assert self.bench.sync("incremental").failures == []
        self.seconds = time.monotonic() - started
        assert differences(self.bench.lake, self.truth()) == []
        self.is_dirty = False

    def truth(self) -> dict:
        assert self.embedded is not None
        account = self.embedded.control.account_id("admin@example.com")
        return expected(self.embedded.control.dump_as(account), (_CUSTOM_TYPE,), (_PROPERTY,))

    def teardown(self) -> None:
        try:
            if self.embedded is not None:
                self.sync()
                self.compare_with_full()
        finally:
            if self.embedded is not None:
                self.embedded.stop()
            shutil.rmtree(self.folder, ignore_errors=True)

    def compare_with_full(self) -> None:
        assert self.embedded is not None
        fresh = Bench(self.embedded, self.folder / "fresh", **_OPTIONS)
        assert fresh.sync("full").failures == []
        truth = self.truth()
        archived = {row["space_key"] for row in truth["spaces"].values() if row["status"] == "archived"}
        for table in (
            *truth,
            "content_acl",
            "acl_profiles",
            "acl_readers",
            "documents",
            "content_links",
            "content_chunks",
        ):
            mine = comparable(held(self.bench.lake, table), table, archived)
            full = comparable(held(fresh.lake, table), table, archived)
            assert _unlike(_plain(mine), _plain(full)) == [], table


def _plain(rows: dict) -> dict:
    return {key: {name: value for name, value in row.items() if name not in _VOLATILE} for key, row in rows.items()}


def _unlike(mine: dict, full: dict, limit: int = 5) -> list[tuple]:
    """Keys whose rows differ, with both sides' differing values."""
    found = []
    for key in mine.keys() | full.keys():
        one, other = mine.get(key), full.get(key)
        if one is None or other is None:
            found.append((key, "incremental only" if other is None else "full only"))
        elif one != other:
            found.append((key, {name: (one[name], other[name]) for name in one if one[name] != other[name]}))
    return found[:limit]


@pytest.mark.slow
@pytest.mark.timeout(36_000)
@pytest.mark.parametrize("part", range(PARTS))
def test_one_incremental_run_equals_a_full_sync(part: int) -> None:
    play_histories(Convergence, -(-HISTORIES // PARTS), part)


def play_histories(machine: type[Convergence], count: int = HISTORIES, part: int = 0) -> None:
    """Play so many histories. Those of a part are the same ones each time, but for a soak."""
    chosen = type(f"{machine.__name__}{part}", (machine,), {})
    run_state_machine_as_test(
        chosen if SOAK else seeded(part)(chosen),
        settings=settings(
            max_examples=count,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=(Phase.explicit, Phase.generate, *((Phase.shrink,) if SHRINK else ())),
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
