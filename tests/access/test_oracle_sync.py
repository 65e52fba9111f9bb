"""The whole way: random sites are synced over HTTP and published, and the macros answer what the site enforces; then their
access is edited at random, and one incremental run sees all of it, with only what it touches recomputed.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from confluence_assets.api import Connection, connect
from confluence_assets.emulator.app import App
from confluence_assets.emulator.embedded import EmbeddedSite
from confluence_assets.emulator.site import Site as EmulatedSite
from confluence_assets.emulator.store.model import TREE, Content, Permission
from confluence_assets.sync.contract import SyncMode, SyncReport, SyncRequest
from confluence_assets.sync.options import Site, SyncOptions
from confluence_assets.sync.runner import run_sync
from confluence_assets.warehouse import ConfluenceWarehouse
from tests.access.eyes import KINDS, Eyes
from tests.access.test_oracle import make_config, shuffle
from tests.sync.histories import Editor

ADMIN = "admin@example.com"
SITES = int(os.environ.get("CONFLUENCE_ORACLE_SITES", "16"))
"""Each costs two runs; a longer look is a matter of patience."""
EDITS_PER_HISTORY = 12
ACCESS_EDITS = ("grant", "membership", "group", "user", "role", "restrict", "unrestrict", "move", "move_node")
ACCESS_EDITS += ("grant_group", "open_space", "role_of_group")


def let_the_crawler_in(site: EmulatedSite) -> None:
    """The crawling account sees everything, so that the lake is whole; everybody else is as random as before."""
    store = site.store
    admin = store.user_by_email(ADMIN)
    assert admin is not None
    admin.status, admin.is_guest, admin.account_type = "active", False, "atlassian"
    groups = list(store.groups.values())
    group = next((group for group in groups if "site-admin" in group.access), groups[0])
    group.access = ("user", "admin", "site-admin")
    if admin.account_id not in group.members:
        group.members.append(admin.account_id)
    named = ("user", admin.account_id, "read", "space")
    for space in store.spaces.values():
        if named not in [(g.principal_type, g.principal_id, g.key, g.target) for g in space.permissions]:
            space.permissions.append(Permission(9_999, *named))
    for operations in store.restrictions.values():
        for restriction in operations.values():
            if not restriction.is_empty and admin.account_id not in restriction.users:
                restriction.users.append(admin.account_id)
    store.touch()


@contextmanager
def served(seed: int) -> Iterator[EmbeddedSite]:
    dice = Random(seed)
    embedded = EmbeddedSite(make_config(seed, dice))
    shuffle(embedded.site, dice)
    let_the_crawler_in(embedded.site)
    with embedded:
        yield embedded


def sync(embedded: EmbeddedSite, home: Path, mode: SyncMode) -> SyncReport:
    source = connect(Connection(embedded.url, ADMIN, "admin", deployment="cloud"))
    types = tuple(sorted({row["type"] for row in embedded.control.dump("custom_content")}))
    try:
        report = run_sync(Site("wiki", home, SyncOptions(custom_content_types=types)), source, SyncRequest(mode=mode))
    finally:
        source.close()
    assert report.is_ok, report.failures
    return report


def has_page_below(site: EmulatedSite, content: Content) -> bool:
    return any(found.kind == "page" for found, _ in site.store.descendants(content.id))


def out_of_reach(site: EmulatedSite) -> set[str]:
    """What no listing shows: folders and the like of archived spaces that hold no page. A limit that the docs state."""
    return {
        content.api_id
        for content in site.store.contents.values()
        if content.kind in TREE
        and content.kind != "page"
        and site.store.space_of(content).status == "archived"
        and not has_page_below(site, content)
    }


def compare(embedded: EmbeddedSite, warehouse: ConfluenceWarehouse) -> int:
    """Hold the answers for everybody against the site's. Returns how many different answers there were."""
    site, store = embedded.site, embedded.site.store
    app = App(site)
    known = {row[0] for row in warehouse.query_rows("select content_id from content_acl")}
    hidden = {content.api_id for content in store.contents.values()} - known
    assert hidden <= out_of_reach(site)
    kinds = {content.api_id: content.kind for content in store.contents.values()}
    answers = set()
    for user in (*store.users.values(), None):
        who = user.account_id if user else "anonymous"
        viewer = site.door.as_user(user)
        right = {content.api_id for content in store.contents.values() if viewer.reads(content)}
        found = {row[0] for row in warehouse.query_rows("select content_id from visible_content(?)", [who])}
        assert found == right & known, who
        by_token = Eyes(site, app, user).read()
        assert {each for each in found if kinds[each] in KINDS} == by_token - hidden, who
        pages = {row[0] for row in warehouse.query_rows("select page_id from visible_pages(?)", [who])}
        assert pages == {each for each in by_token if kinds[each] == "page"}, who
        answers.add(frozenset(found))
    return len(answers)


def people_meant(site: EmulatedSite, kind: str, principal_id: str) -> tuple[bool, frozenset[str]]:
    """Whether there is such a group, and whom a principal means, in the site's own opinion."""
    eyes = {account_id: site.door.as_user(user) for account_id, user in site.store.users.items()}
    meant = {name for name, viewer in eyes.items() if viewer.may_use_site and viewer.is_principal(kind, principal_id)}
    return kind != "group" or principal_id in site.store.groups, frozenset(meant)


def picture(embedded: EmbeddedSite) -> Mapping[str, object]:
    """All that the access of each space hangs on: its own rows, and whom the principals in them mean."""
    rows: dict[str, list[str]] = {}
    named: dict[str, set[tuple[str, str]]] = {}
    for row in embedded.control.dump():
        if "space_key" not in row or row["kind"] in ("space", "property", "label", "task", "version"):
            continue
        rows.setdefault(row["space_key"], []).append(repr(sorted(row.items())))
        if "principal_type" in row:
            kind = {"USER": "user", "GROUP": "group", "ACCESS_CLASS": "access-class"}.get(
                row["principal_type"], row["principal_type"]
            )
            named.setdefault(row["space_key"], set()).add((kind, row["principal_id"]))
    return {
        key: (sorted(held), {each: people_meant(embedded.site, *each) for each in sorted(named.get(key, ()))})
        for key, held in rows.items()
    }


def resolved_again(report: SyncReport) -> set[str]:
    return {outcome.space_key for outcome in report.outcomes if outcome.table == "content_acl"}


@pytest.mark.parametrize("seed", range(SITES))
def test_a_sync_and_an_incremental_run_after_edits_answer_what_the_site_enforces(seed: int, tmp_path: Path) -> None:
    dice = Random(seed)
    with served(seed) as embedded, ConfluenceWarehouse(tmp_path / "wiki" / "confluence.duckdb") as warehouse:
        sync(embedded, tmp_path, SyncMode.FULL)
        assert compare(embedded, warehouse) > 1
        before = picture(embedded)
        editor = Editor(embedded)
        for _ in range(EDITS_PER_HISTORY):
            editor.play((dice.choice(ACCESS_EDITS), dice.randrange(1000), dice.randrange(1000)))
        embedded.control._run(lambda: let_the_crawler_in(embedded.site))
        after = picture(embedded)

        report = sync(embedded, tmp_path, SyncMode.INCREMENTAL)

        compare(embedded, warehouse)
        assert resolved_again(report) <= {key for key in after if after[key] != before.get(key)}
