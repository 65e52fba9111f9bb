"""The whole way: a random site is synced over HTTP and published, and the macro answers what the site enforces."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from confluence_assets.api import Connection, Scope, SpaceRef, connect
from confluence_assets.emulator.config import SiteConfig
from confluence_assets.emulator.embedded import EmbeddedSite
from confluence_assets.emulator.site import Site as EmulatedSite
from confluence_assets.emulator.store.model import Permission
from confluence_assets.errors import AccessError
from confluence_assets.sync.contract import SyncMode, SyncRequest
from confluence_assets.sync.options import Site
from confluence_assets.sync.runner import run_sync
from tests.access.test_oracle import PLAN, make_site

ADMIN = "admin@example.com"


def let_the_crawler_in(site: EmulatedSite) -> None:
    """The crawling account sees everything, so that the lake is whole; everybody else is as random as before."""
    store = site.store
    admin = store.user_by_email(ADMIN)
    assert admin is not None
    admin.status, admin.is_guest, admin.account_type = "active", False, "atlassian"
    group = next(group for group in store.groups.values() if group.name == "site-admins")
    group.access = ("user", "admin", "site-admin")
    group.members[:] = sorted({*group.members, admin.account_id})
    for space in store.spaces.values():
        space.permissions.append(Permission(9_999, "user", admin.account_id, "read", "space"))
    for operations in store.restrictions.values():
        for named in operations.values():
            if not named.is_empty:
                named.users[:] = sorted({*named.users, admin.account_id})


@contextmanager
def served(seed: int) -> Iterator[EmbeddedSite]:
    made = make_site(seed)
    let_the_crawler_in(made)
    with EmbeddedSite(SiteConfig(seed=seed % 1000, plan=PLAN)) as embedded:
        # The same seed gave the same ids: what was shuffled takes the place of what stands there.
        vars(embedded.site.store).update(vars(made.store))
        embedded.control.configure(**made.switches.as_dict())
        embedded.site.store.touch()
        yield embedded


def published(embedded: EmbeddedSite, home: Path) -> duckdb.DuckDBPyConnection:
    source = connect(Connection(embedded.url, ADMIN, "admin", deployment="cloud"))
    try:
        report = run_sync(Site("wiki", home), source, SyncRequest(mode=SyncMode.FULL))
    finally:
        source.close()
    assert report.is_ok, report.failures
    return duckdb.connect(str(home / "wiki" / "confluence.duckdb"), read_only=True)


ASKS_FOR_ANONYMOUS = pytest.mark.xfail(
    reason="the sync does not ask yet whether the site lets anonymous in", strict=False
)
SEEDS = [pytest.param(seed, marks=ASKS_FOR_ANONYMOUS if seed == 4 else ()) for seed in range(12)]


@pytest.mark.parametrize("seed", SEEDS)
def test_what_a_sync_leaves_answers_what_the_site_enforces(seed: int, tmp_path: Path) -> None:
    with served(seed) as embedded, published(embedded, tmp_path) as database:
        store = embedded.site.store
        known = {row[0] for row in database.execute("select content_id from content_acl").fetchall()}
        assert {content.api_id for content in store.by_kind["page"]} <= known

        for account_id, user in store.users.items():
            viewer = embedded.site.door.as_user(user)
            right = {content.api_id for content in store.contents.values() if viewer.reads(content)}
            rows = database.execute("select content_id from visible_content(?)", [account_id]).fetchall()
            assert {row[0] for row in rows} == right & known, user.email


def pages_by_token(embedded: EmbeddedSite, email: str, token: str) -> set[str]:
    """What the person gets who asks the site for all pages."""
    source = connect(Connection(embedded.url, email, token, deployment="cloud"))
    try:
        spaces = tuple(SpaceRef(row["space_id"], row["space_key"]) for rows in source.iter_spaces() for row in rows)
        listing = source.iter_pages(Scope(spaces, True), bodies=False) if spaces else ()
        return {row["page_id"] for rows in listing for row in rows}
    except AccessError:
        return set()
    finally:
        source.close()


@pytest.mark.parametrize("seed", [0, 5])
def test_everybodys_own_token_reads_what_visible_pages_says(seed: int, tmp_path: Path) -> None:
    with served(seed) as embedded, published(embedded, tmp_path) as database:
        answers = set()
        for user in embedded.site.store.users.values():
            rows = database.execute("select page_id from visible_pages(?)", [user.account_id]).fetchall()
            assert {row[0] for row in rows} == pages_by_token(embedded, user.email, user.token or ""), user.email
            answers.add(len(rows))
        assert len(answers) > 2
