"""Scopes: the emulator's table is the documents', and what our client says it needs is enough, and needed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from confluence_assets.api import Connection, connect
from confluence_assets.api.cloud import endpoints
from confluence_assets.api.wire import Endpoint
from confluence_assets.emulator import EmbeddedSite, SeedPlan, SiteConfig
from confluence_assets.emulator.oauth.scopes import is_open
from confluence_assets.errors import AccessError
from confluence_assets.sync.contract import SyncMode, SyncReport, SyncRequest
from confluence_assets.sync.options import Site, SyncOptions
from confluence_assets.sync.runner import run_sync
from tests.conformance import scope_table
from tests.conformance.documents import needs_openapi


def declared() -> Iterator[Endpoint]:
    """Every endpoint of Cloud that our client knows, with a scope."""
    for value in vars(endpoints).values():
        for one in value.values() if isinstance(value, dict) else [value]:
            if isinstance(one, Endpoint) and one.scope:
                yield one


@needs_openapi
def test_the_table_is_the_documents() -> None:
    assert scope_table.TABLE.read_text(encoding="utf-8") == scope_table.build(), (
        "run python -m tests.conformance.scope_table"
    )


@pytest.mark.parametrize("endpoint", list(declared()), ids=lambda endpoint: f"{endpoint.method} {endpoint.path}")
def test_each_endpoint_names_the_scope_that_opens_it(endpoint: Endpoint) -> None:
    assert is_open(endpoint.method, endpoint.path, frozenset({endpoint.scope}))


PLAN = SeedPlan(
    spaces=2, pages_per_space=8, blogposts_per_space=2, comments=8, attachments=4, tasks=3, folders_per_space=1, users=5
)


@pytest.fixture(scope="module")
def site() -> Iterator[EmbeddedSite]:
    with EmbeddedSite(SiteConfig(plan=PLAN)) as found:
        yield found


def sync(site: EmbeddedSite, home: Path, scopes: set[str]) -> SyncReport:
    """A full sync through the gateway, with a token of these scopes."""
    made = site.control.edit("create_scoped_token", account="admin@example.com", scopes=sorted(scopes))
    connection = Connection(url=site.gateway_url, email=made["email"], api_token=made["token"])
    folder = Site("wiki", home, SyncOptions(versions=True, likes=True))
    return run_sync(folder, connect(connection), SyncRequest(mode=SyncMode.FULL))


def test_the_declared_scopes_are_enough_for_a_sync_through_the_gateway(site: EmbeddedSite, tmp_path: Path) -> None:
    report = sync(site, tmp_path, {one.scope for one in declared()})
    assert report.failures == []
    dump = site.control.dump()
    for table, kind in (("pages", "page"), ("comments", "comment"), ("attachments", "attachment"), ("users", "user")):
        assert report.row_counts[table] == sum(row["kind"] == kind for row in dump) > 0


@pytest.mark.parametrize("missing", ["read:page:confluence", "read:space:confluence", "search:confluence"])
def test_without_one_of_them_it_says_which(site: EmbeddedSite, tmp_path: Path, missing: str) -> None:
    try:
        report = sync(site, tmp_path, {one.scope for one in declared()} - {missing})
        told = [*report.failures, *report.notes]
    except AccessError as error:
        told = [str(error)]
    assert any(missing in line for line in told), told
