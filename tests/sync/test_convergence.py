"""Rule 1: after any history of changes, one incremental run leaves the lake equal to a fresh full sync.

A state machine plays random edits and syncs, in any order. After each incremental run the lake is held against the
site's own dump, and at the end of each history against a full sync into an empty lake, row for row.
`make soak` plays more and longer histories, and compares after every step.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from confluence_assets.emulator import EmbeddedSite, SiteConfig
from tests.support.truth import comparable, differences, expected, held
from tests.sync.harness import Bench
from tests.sync.histories import EDITS, Edit, Editor

HISTORIES = int(os.environ.get("CONVERGENCE_HISTORIES", "60"))
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

numbers = st.integers(0, 999)


class Convergence(RuleBasedStateMachine):
    """A site with its lake, and an editor who does not sleep."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="convergence-"))
        self.embedded: EmbeddedSite | None = None
        self.is_dirty = False

    @initialize(seed=st.integers(1, 50), shape=st.sampled_from(["small", "odd"]))
    def start(self, seed: int, shape: str) -> None:
        self.embedded = EmbeddedSite(SiteConfig.shape(shape, seed=seed)).start()
        self.bench = Bench(self.embedded, self.folder / "home", **_OPTIONS)
        self.editor = Editor(self.embedded, (_CUSTOM_TYPE,), (_PROPERTY,))
        assert self.bench.sync("full").failures == []

    @rule(edits=st.lists(st.tuples(st.sampled_from(EDITS), numbers, numbers), min_size=1, max_size=6))
    def edit(self, edits: list[Edit]) -> None:
        for one in edits:
            self.is_dirty = self.editor.play(one) or self.is_dirty
        if SOAK:
            self.sync()

    @precondition(lambda self: self.is_dirty)
    @rule()
    def tick(self) -> None:
        """A content tick may come at any time; what it leaves open, the next incremental run closes."""
        assert self.bench.sync("content").failures == []

    @precondition(lambda self: self.is_dirty)
    @rule()
    def sync(self) -> None:
        assert self.bench.sync("incremental").failures == []
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
@pytest.mark.timeout(3600)
def test_one_incremental_run_equals_a_full_sync() -> None:
    run_state_machine_as_test(
        Convergence,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=STEPS,
            deadline=None,
            phases=(Phase.explicit, Phase.generate, *((Phase.shrink,) if SHRINK else ())),
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
