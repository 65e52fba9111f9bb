"""What a sync costs, counted by the server: the plan on paper takes 44 requests for this site."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from confluence_assets.api import Connection, Scope, SpaceRef, connect
from confluence_assets.api.cloud.source import CloudSource
from confluence_assets.api.source import ContentStream
from confluence_assets.emulator import EmbeddedSite, SiteConfig
from tests.api.clock import quick_options


class Counted:
    """The frugal site: 1 space, 1,000 pages, 1,000 files, 500 comments, 100 users, 10 groups. Lists of 250, CQL of 200."""

    def __init__(self, site: EmbeddedSite) -> None:
        self.site = site
        source = connect(Connection(site.url, "admin@example.com", "admin"), options=quick_options())
        assert isinstance(source, CloudSource)
        self.source = source
        rows = [row for rows in source.iter_spaces() for row in rows]
        self.scope = Scope(tuple(SpaceRef(row["space_id"], row["space_key"]) for row in rows), True)
        self.space = self.scope.spaces[0]

    def cost(self, walk: Callable[[], Any]) -> tuple[int, int]:
        """Requests at the server, and rows."""
        before = self.site.control.request_count()
        found = walk()
        rows = sum(len(page) for page in found) if isinstance(found, Iterator) else 1
        return self.site.control.request_count() - before, rows


@pytest.fixture(scope="module")
def counted() -> Iterator[Counted]:
    config = SiteConfig.shape("frugal")
    config.switches.update(space_role_mode="PRE_ROLES")
    with EmbeddedSite(config) as site:
        found = Counted(site)
        yield found
        found.source.close()


def test_a_full_sync_takes_what_the_plan_says(counted: Counted) -> None:
    source, scope, space = counted.source, counted.scope, counted.space
    groups = [row["group_id"] for rows in source.iter_groups() for row in rows]
    users = [user.account_id for user in counted.site.control.users()][:250]
    walks: dict[str, Callable[[], Any]] = {
        "who we are": source.get_account,
        "spaces": source.iter_spaces,
        "pages": lambda: source.iter_pages(scope),
        "blog posts": lambda: source.iter_blogposts(scope),
        "footer comments": lambda: source.iter_comments(scope, "footer"),
        "inline comments": lambda: source.iter_comments(scope, "inline"),
        "attachments": lambda: source.iter_attachments(scope),
        "tasks": lambda: source.iter_tasks(scope),
        "custom content": lambda: source.iter_custom_content(scope, "ac:app:module"),
        "details of the tree": lambda: source.iter_details(scope, "tree", ("some-key",)),
        "details of files": lambda: source.iter_details(scope, "attachments", ("some-key",)),
        "space permissions": lambda: source.iter_space_permissions(space),
        "roles": lambda: source.iter_role_assignments(space),
        "groups": source.iter_groups,
        "members": lambda: (rows for group in groups for rows in source.iter_group_members(group)),
        "users": lambda: source.get_users(users),
        "audit": source.iter_audit_records,
    }
    costs = {name: counted.cost(walk)[0] for name, walk in walks.items()}
    assert costs == {
        "who we are": 1,
        "spaces": 1,
        "pages": 4,
        "blog posts": 1,
        "footer comments": 2,
        "inline comments": 1,
        "attachments": 4,
        "tasks": 1,
        "custom content": 1,
        "details of the tree": 5,
        "details of files": 5,
        "space permissions": 1,
        "roles": 1,
        "groups": 4,
        "members": 10,
        "users": 1,
        "audit": 1,
    }
    assert sum(costs.values()) == 44


@pytest.mark.parametrize("stream", ["pages", "blogposts", "footer_comments", "inline_comments", "attachments"])
def test_a_tick_with_nothing_new_takes_a_request_a_stream(counted: Counted, stream: ContentStream) -> None:
    walk = counted.source.iter_newest(stream, counted.scope, limit=25)
    assert counted.cost(lambda: next(walk))[0] == 1


def test_a_tally_counts_what_the_server_counts(counted: Counted) -> None:
    before = counted.site.control.request_count()
    with counted.source.tally() as tally:
        rows = sum(len(page) for page in counted.source.iter_pages(counted.scope))
    assert (rows, tally.requests) == (1000, counted.site.control.request_count() - before)
    assert tally.by_endpoint == {"GET /wiki/api/v2/pages": 4}
