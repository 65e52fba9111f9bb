"""A run that takes up other filters, killed at any of its writes: nobody is let in whom the site keeps out, and the next run
holds what a fresh one holds. What is left out stands above what is kept, and shuts it.
"""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.emulator.config import SeedPlan
from confluence_assets.sync.options import SyncOptions
from tests.support.truth import held
from tests.sync.harness import Bench
from tests.sync.kill_points import copy_of, kill_run
from tests.sync.leaks import leaks
from tests.sync.test_convergence import _plain, _unlike

IS_SOAK = bool(os.environ.get("CONVERGENCE_SOAK"))
STEP = 1 if IS_SOAK else 13
DEPLOYMENTS = ("cloud", "datacenter") if IS_SOAK else ("cloud",)
PLAN = SeedPlan(spaces=0, users=5, groups=2, audit_records=0)
ALL: dict[str, Any] = {}
LABELLED = {"include_labels": ("keep",), "inline_comments": False}
DERIVED = frozenset({"content_acl", "acl_profiles", "acl_readers"})
TABLES = (
    "pages",
    "blogposts",
    "comments",
    "attachments",
    "content_labels",
    "content_restrictions",
    "left_out",
    *sorted(DERIVED),
)


def furnish(embedded: EmbeddedSite) -> dict[str, str]:
    """A vault and what is in it, some of it labelled; the vault itself is not."""
    edit = embedded.control.edit
    us = embedded.control.account_id("admin@example.com")
    ids: dict[str, str] = {}
    for key in ("OPEN", "OTHER"):
        edit("create_space", key=key, name=key, private=False)
    for title, parent in (
        ("vault", None),
        ("hall", None),
        ("box", "vault"),
        ("jewel", "box"),
        ("lamp", "hall"),
        ("chair", "hall"),
    ):
        above = {"parent": ids[parent]} if parent else {}
        ids[title] = edit("create_page", space="OPEN", title=title, body=f"<p>{title}</p>", **above)["id"]
    ids["post"] = edit("create_blogpost", space="OTHER", title="post", body="<p>post</p>")["id"]
    edit("restrict", id=ids["vault"], users=[us, "user1@example.com"])
    edit("restrict", id=ids["post"], users=[us])
    for title in ("jewel", "lamp", "post"):
        edit("relabel", id=ids[title], labels=["keep"])
        edit("comment", container=ids[title], body="<p>so</p>")
        edit("comment", container=ids[title], body="<p>there</p>", kind="inline", selection="x")
        edit("upload", container=ids[title], filename=f"{title}.txt", text="text")
    edit("catch_up_index")
    return ids


def change(embedded: EmbeddedSite, ids: dict[str, str]) -> None:
    """What is kept moves below what shuts, and what shuts it shuts tighter."""
    edit = embedded.control.edit
    edit("restrict", id=ids["vault"], users=[embedded.control.account_id("admin@example.com")])
    edit("move", id=ids["lamp"], parent=ids["box"])
    edit("restrict", id=ids["hall"], users=[embedded.control.account_id("admin@example.com"), "user2@example.com"])
    edit("relabel", id=ids["chair"], labels=["keep"])
    edit("catch_up_index")


def with_options(run: Bench, options: dict[str, Any]) -> Bench:
    run.site = replace(run.site, options=SyncOptions(**options, publish=False))
    return run


@pytest.mark.parametrize("deployment", DEPLOYMENTS)
@pytest.mark.parametrize("way", ["narrower", "wider"])
def test_killed_while_filters_change(way: str, deployment: str, tmp_path: Path) -> None:
    before, after = (ALL, LABELLED) if way == "narrower" else (LABELLED, ALL)
    with EmbeddedSite(SiteConfig(plan=PLAN, deployment=deployment)) as embedded:
        ids = furnish(embedded)
        base = Bench(embedded, tmp_path / "base", **before, publish=False)
        assert base.sync("full").failures == []
        change(embedded, ids)
        fresh = Bench(embedded, tmp_path / "fresh", **after, publish=False)
        assert fresh.sync("full").failures == []
        write, killed = 1, 0
        while True:
            run = with_options(copy_of(base, tmp_path / f"killed{write}"), after)
            if not kill_run(run, "incremental", write):
                break
            killed += 1
            assert run.sync("incremental", tables=DERIVED).failures == []
            assert [leak for leak in leaks(run) if not was_open(base, leak)] == [], write
            assert run.sync(("content", "incremental")[killed % 2]).failures == []
            assert leaks(run) == [], write
            if killed % 2:
                assert run.sync("content").failures == []
            for table in TABLES:
                assert _unlike(plain(run, table), plain(fresh, table)) == [], (write, table)
            write += STEP
        assert killed > 2


def was_open(base: Bench, leak: tuple[str, str | None]) -> bool:
    """Whether somebody was let in before the site changed: what no run has read yet can't be known."""
    return leak in leaks(base)


def plain(run: Bench, table: str) -> dict[Any, Any]:
    if table != "left_out":
        return _plain(held(run.lake, table))
    return {(row["content_id"],): row for rows in run.lake.iter_rows(table) for row in rows}
