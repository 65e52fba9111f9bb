"""Filters that change back and forth while the site is edited: one incremental run equals a fresh full sync with those filters.

Each history is a number: which edits are played, which filters are chosen and which runs come between is drawn from it. After
each step the lake is held against a full sync into an empty folder, row for row, and nobody may read more than the site lets.
"""

import os
import random
from pathlib import Path
from typing import Any

import pytest

from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.lake import Lake
from tests.api.datacenter import datacenter
from tests.support.truth import comparable, held
from tests.sync.harness import Bench
from tests.sync.histories import EDITS, Editor
from tests.sync.test_convergence import PLANS, _plain, _unlike

HISTORIES = int(os.environ.get("FILTER_HISTORIES", "2"))
STEPS = int(os.environ.get("FILTER_STEPS", "4"))
TABLES = (
    "spaces", "pages", "blogposts", "comments", "attachments", "custom_content", "tasks", "folders", "whiteboards", "databases",
    "embeds", "content_labels", "content_properties", "content_restrictions", "content_versions", "content_likes",
    "space_permissions", "space_role_assignments", "users", "groups", "group_members", "content_acl", "acl_profiles",
    "acl_readers", "documents", "content_links", "content_chunks",
)  # fmt: skip
ALWAYS = {"property_keys": ("review",), "versions": True, "publish": False, "removal_limit": 0.0}
"""What leaves by the owner's wish is held by no limit, be it the narrowest; other runs are allowed to remove."""
_TYPES = ("ac:demo:note",)
_SWITCHES = (
    "archived_spaces", "archived_content", "pages", "blogposts", "comments", "page_comments", "inline_comments", "attachments",
    "page_attachments", "tasks", "people", "permissions", "documents",
)  # fmt: skip
_TREE = ("page", "folder", "whiteboard", "database", "embed")


def draw_filters(draw: random.Random, embedded: EmbeddedSite) -> dict[str, Any]:
    """Up to three filters about what stands on the site at that moment."""
    dump = embedded.control.dump
    tree = [row["id"] for kind in _TREE for row in dump(kind) if row["status"] in ("current", "archived")]
    posts = [row["id"] for row in dump("blogpost")]
    keys = [row["key"] for row in dump("space")]
    times = sorted(row["updated_at"] for row in dump("page")) or ["2025-01-01T00:00:00+00:00"]
    labels = sorted({row["name"] for row in dump("label")} | {"label-0"})
    choices: list[dict[str, Any]] = [
        {"include_pages": tuple(draw.sample(tree, min(len(tree), 2)))},
        {"exclude_pages": tuple(draw.sample(tree, min(len(tree), 2)))},
        {"include_blogposts": tuple(posts[:1])},
        {"exclude_blogposts": tuple(posts[:1])},
        {"include_labels": tuple(draw.sample(labels, min(len(labels), 2)))},
        {"exclude_labels": tuple(draw.sample(labels, min(len(labels), 2)))},
        {"modified_after": draw.choice(times)},
        {"modified_before": draw.choice(times)},
        {"created_after": draw.choice(times)},
        {"modified_after": draw.choice(["-30d", "-300d"])},
        {"include_spaces": tuple(draw.sample(keys, max(1, len(keys) - 1)))},
        {"exclude_spaces": tuple(draw.sample(keys, 1))},
        {"versions": False},
        {"custom_content_types": _TYPES},
        *({switch: False} for switch in _SWITCHES),
    ]
    chosen: dict[str, Any] = {}
    for each in draw.sample(choices, draw.randint(0, 3)):
        chosen |= each
    if "modified_after" in chosen:
        chosen.pop("modified_before", None)  # a period that ends before it begins is refused
    return chosen


class History:
    """A site, its lake, and an owner who can't decide."""

    def __init__(self, embedded: EmbeddedSite, folder: Path, seed: int) -> None:
        self.embedded, self.folder = embedded, folder
        self.draw = random.Random(seed)
        self.editor = Editor(embedded, _TYPES, ("review",))
        self.filters: dict[str, Any] = {}
        self.played: list[Any] = []

    def play(self) -> None:
        self.run("full")
        for step in range(STEPS):
            if self.draw.random() < 0.8:
                self.filters = draw_filters(self.draw, self.embedded)
                self.played.append(self.filters)
            if step and self.draw.random() < 0.3:
                self.run("content")
            for _ in range(self.draw.randint(0, 6)):
                edit = (self.draw.choice(EDITS), self.draw.randrange(1000), self.draw.randrange(1000))
                if self.editor.play(edit):
                    self.played.append(edit)
            if self.draw.random() < 0.3:
                self.run("content")
            self.run("incremental")
            self.compare(step)

    def bench(self, name: str) -> Bench:
        return Bench(self.embedded, self.folder / name, **{**ALWAYS, **self.filters})

    def run(self, mode: str) -> None:
        self.played.append(mode)
        report = self.bench("mine").sync(mode, allow_removals=True)
        assert report.failures == [], self.played

    def compare(self, step: int) -> None:
        fresh = self.bench(f"fresh{step}")
        assert fresh.sync("full").failures == [], self.played
        mine = self.bench("mine").lake
        archived = {row["key"] for row in self.embedded.control.dump("space") if row["status"] == "archived"}
        for table in TABLES:
            one, other = (_plain(comparable(held(lake, table), table, archived)) for lake in (mine, fresh.lake))
            assert _unlike(one, other) == [], (table, self.played)
        self.check_readers(mine)

    def check_readers(self, lake: Lake) -> None:
        """Nobody may read what the site does not let them read."""
        profiles: dict[str, set[str]] = {}
        for row in (row for rows in lake.iter_rows("acl_readers") for row in rows):
            profiles.setdefault(row["acl_profile_id"], set()).add(row["principal_id"])
        for row in (row for rows in lake.iter_rows("content_acl") for row in rows):
            for person in profiles.get(row["acl_profile_id"], set()) - {"anonymous"}:
                assert self.embedded.control.may_read(person, row["content_id"]), (row, person, self.played)


def config(deployment: str, seed: int) -> SiteConfig:
    shape = ("small", "odd")[seed % 2]
    if deployment == "cloud":
        return SiteConfig(plan=PLANS[shape], seed=seed)
    site = datacenter("small", "10.0", seed=seed)
    site.plan = PLANS[shape]
    return site


CASES = [
    ("cloud", 0),
    ("cloud", 1),
    ("datacenter", 1),
    ("datacenter", 13),  # tasks that are wanted again stand in bodies that did not change
    ("datacenter", 43),  # versions of a page that moved into a new space stayed in its old one, too
    *((deployment, seed) for seed in range(2, HISTORIES) for deployment in ("cloud", "datacenter")),
]


@pytest.mark.parametrize(("deployment", "seed"), CASES)
def test_an_incremental_run_after_a_change_equals_a_fresh_full_sync(deployment: str, seed: int, tmp_path: Path) -> None:
    with EmbeddedSite(config(deployment, seed)) as embedded:
        History(embedded, tmp_path, seed).play()
