"""Killed at any of its writes: nobody is let in whom the site keeps out, nothing is lost, no change is told twice."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from confluence_assets.emulator import SiteConfig
from confluence_assets.emulator.config import SeedPlan
from tests.support.truth import held
from tests.sync.harness import Bench, bench
from tests.sync.kill_points import copy_of, kill_run
from tests.sync.leaks import leaks

STEP = 1 if os.environ.get("CONVERGENCE_SOAK") else 4
PLAN = SeedPlan(spaces=0, users=5, groups=2, audit_records=0)


class Wiki(Bench):
    """Three spaces, open to everybody licensed, with what opens and shuts on the move."""

    def furnish(self) -> None:
        edit = self.control.edit
        us = self.control.account_id("admin@example.com")
        self.ids: dict[str, str] = {}
        for key in ("OPEN", "OTHER", "SHUT"):
            edit("create_space", key=key, name=key, private=key == "SHUT")
        for key, titles in {
            "OPEN": ("secret", "opened", "reader", "mover", "vault", "child", "swap", "stays"),
            "OTHER": ("target", "left"),
            "SHUT": ("inside",),
        }.items():
            for title in titles:
                self.ids[title] = edit("create_page", space=key, title=title, body=f"<p>{title}</p>")["id"]
        for title in ("secret", "opened", "vault", "swap"):
            edit("restrict", id=self.ids[title], users=[us])
        edit("restrict", id=self.ids["reader"], users=[us, "user1@example.com"])
        self.ids["folder"] = edit("create_node", space="OPEN", title="Folder", kind="folder")["id"]
        for title in ("mover", "left", "secret"):
            edit("comment", container=self.ids[title], body="<p>so</p>")
            edit("upload", container=self.ids[title], filename=f"{title}.txt", text="text")
        edit("create_task", container=self.ids["mover"], body="do it")
        edit("relabel", id=self.ids["mover"], labels=["a"])
        edit("catch_up_index")

    def change(self) -> None:
        """What is restricted moves, what was open shuts, what was shut opens where nothing secret is left."""
        edit, ids = self.control.edit, self.ids
        us = self.control.account_id("admin@example.com")
        edit("move", id=ids["secret"], space="OTHER")
        edit("unrestrict", id=ids["opened"])
        edit("move", id=ids["opened"], parent=ids["vault"])
        edit("restrict", id=ids["reader"], users=[us, "user2@example.com"])
        edit("move", id=ids["mover"], space="SHUT")
        edit("move", id=ids["folder"], parent=ids["vault"])
        edit("move", id=ids["child"], parent=ids["folder"])
        edit("unrestrict", id=ids["swap"])
        edit("move", id=ids["swap"], space="SHUT")
        edit("restrict", id=ids["stays"], groups=[self.control.dump("group")[0]["id"]])
        edit("trash", id=ids["left"])
        edit("move", id=ids["inside"], space="OTHER")
        edit("restrict", id=ids["inside"], users=[us])
        edit("grant", space="SHUT", principal_type="user", principal_id="user3@example.com")
        edit("create_page", space="SHUT", title="new", body="<p>x</p>")
        edit("edit_content", id=ids["target"], body="<p>edited</p>")
        edit("relabel", id=ids["target"], labels=["b"])
        edit("catch_up_index")


@pytest.fixture
def wiki(tmp_path: Path) -> Iterator[Wiki]:
    with bench(SiteConfig(plan=PLAN), tmp_path / "home", publish=False, removal_limit=1.0) as made:
        built = Wiki(made.embedded, tmp_path / "home", publish=False, removal_limit=1.0)
        built.furnish()
        assert built.sync("full").failures == []
        yield built


def told(run: Bench) -> Counter:
    """What `content_changes` tells, and how often."""
    rows = (row for rows in run.lake.iter_rows("content_changes") for row in rows)
    return Counter((row["content_id"], row["change"], row["from_value"], row["to_value"]) for row in rows)


def places(run: Bench) -> Counter:
    return Counter(row["page_id"] for rows in run.lake.iter_rows("pages") for row in rows)


def deaths(wiki: Wiki, folder: Path, mode: str) -> Iterator[tuple[str, Bench]]:
    """The lake after a run was killed at each of its writes."""
    for write in range(0, 200, STEP):
        run = copy_of(wiki, folder / f"at-{write}")
        if not kill_run(run, mode, write):
            assert write > 10
            return
        yield f"killed at write {write}", run


@pytest.mark.parametrize("mode", ["incremental", "content"])
def test_killed_at_each_write(wiki: Wiki, tmp_path: Path, mode: str) -> None:
    wiki.change()
    before = set(leaks(wiki))
    whole = copy_of(wiki, tmp_path / "whole")
    assert whole.sync(mode).failures == []
    assert whole.sync().failures == []
    stay = set(held(whole.lake, "pages")) & set(held(wiki.lake, "pages"))
    problems: list[str] = []
    for here, run in deaths(wiki, tmp_path, mode):
        assert run.sync("content").failures == []
        if fresh := set(leaks(run)) - before:
            problems.append(f"{here}: {len(fresh)} leaks {sorted(fresh)[:3]}")
        if lost := stay - set(held(run.lake, "pages")):
            problems.append(f"{here}: no page {lost}")
        assert run.sync().failures == []
        problems += [f"{here}: {line}" for line in run.differences()]
        problems += [f"{here}: {one} in {count} places" for one, count in places(run).items() if count > 1]
        twice = {one for one, count in told(run).items() if count > 1}
        problems += [f"{here}: told twice {twice}"] if twice else []
        is_begun = "write 0" not in here  # else the content run tells its part first
        if mode == "incremental" and is_begun and told(run).keys() != told(whole).keys():
            problems.append(f"{here}: told {told(run) - told(whole)}, not told {told(whole) - told(run)}")
    assert problems == []


def test_who_derives_after_a_kill_lets_nobody_in(wiki: Wiki, tmp_path: Path) -> None:
    """Access made again from half of a commit, without a look at the site."""
    wiki.change()
    before = set(leaks(wiki))
    problems: list[str] = []
    for here, run in deaths(wiki, tmp_path, "incremental"):
        assert run.sync(tables=frozenset({"content_acl", "acl_profiles", "acl_readers"})).failures == []
        if fresh := set(leaks(run)) - before:
            problems.append(f"{here}: {len(fresh)} leaks {sorted(fresh)[:3]}")
    assert problems == []


def test_versions_that_a_killed_run_did_not_write_come_with_the_next(tmp_path: Path) -> None:
    """The page stood in the lake in its new version, and so nobody asked for its versions again."""
    plan = replace(PLAN, spaces=1, pages_per_space=3)
    with bench(SiteConfig(plan=plan), tmp_path / "home", publish=False, versions=True) as run:
        assert run.sync("full").failures == []
        page = run.control.dump("page")[0]
        run.control.edit("edit_content", id=page["id"], body="<p>new</p>")
        wanted = {(page["id"], number) for number in range(1, page["version_number"] + 2)}
        for number in range(20):
            dead = copy_of(run, tmp_path / str(number))
            if not kill_run(dead, "incremental", number):
                break
            assert dead.sync().failures == []
            assert wanted <= set(held(dead.lake, "content_versions")), f"killed at write {number}"
        assert number > 5
