"""What Data Center costs, counted by the server: what one list brings together is not asked for twice."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from confluence_assets.api.source import ContentStream
from tests.api.datacenter import PROFILES, Live, datacenter, live_site


@pytest.fixture(scope="module", params=PROFILES)
def counted(request: pytest.FixtureRequest) -> Iterator[Live]:
    """The frugal site: 1 space, 1,000 pages, 1,000 files on 400 of them, 500 comments, 100 users, 10 groups."""
    with live_site(datacenter("frugal", request.param)) as found:
        yield found


def cost(live: Live, walk: Callable[[], Any]) -> int:
    before = live.control.request_count()
    found = walk()
    if isinstance(found, Iterator):
        for _ in found:
            pass
    return live.control.request_count() - before


def test_lists_take_as_few_requests_as_their_caps_allow(counted: Live) -> None:
    source, scope = counted.source, counted.scope
    walks: dict[str, Callable[[], Any]] = {
        "who we are": source.get_account,
        "spaces": source.iter_spaces,
        "pages with bodies, details, files and tasks": lambda: source.iter_content("page", scope),
        "pages with details and files": lambda: source.iter_content("page", scope, bodies=False),
        "posts": lambda: source.iter_content("blogpost", scope),
        "comments": lambda: source.iter_comments(scope, None),
        "comments without bodies": lambda: source.iter_comments(scope, None, bodies=False),
        "audit": source.iter_audit_records,
    }
    assert (
        {name: cost(counted, walk) for name, walk in walks.items()}
        == {
            "who we are": 1,
            "spaces": 2 if counted.site.site.config.profile == "7.19" else 1,  # which does not say which are archived
            "pages with bodies, details, files and tasks": 22,  # 20 full pages, one that shows that they were all, the archived
            "pages with details and files": 7,
            "posts": 1,
            "comments": 11,  # 10 full pages, and the one that shows that they were all
            "comments without bodies": 3,
            "audit": 1,
        }
    )


def test_groups_take_two_requests_each_however_they_nest(counted: Live) -> None:
    groups = [row["group_id"] for rows in counted.source.iter_groups() for row in rows]
    assert cost(counted, lambda: [list(counted.source.iter_group_members(group)) for group in groups]) == 2 * len(
        groups
    )


@pytest.mark.parametrize("stream", ["pages", "blogposts", "footer_comments", "inline_comments", "attachments"])
def test_a_tick_with_nothing_new_takes_a_request_a_stream(counted: Live, stream: ContentStream) -> None:
    assert cost(counted, lambda: next(counted.source.iter_newest(stream, counted.scope, limit=25))) == 1
