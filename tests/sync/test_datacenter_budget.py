"""What a sync of a Data Center costs, in each version, with a hundred people in ten groups: counted by the server.

E-mail addresses stand apart: no list of a Data Center holds them, so that the first sight of a person is a request.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from confluence_assets.sync.people import PEOPLE_PER_TURN
from tests.api.datacenter import PROFILES, datacenter
from tests.sync.harness import Bench, bench

PEOPLE = 100
ADDRESS = "GET /rest/api/user"


@pytest.fixture(params=PROFILES)
def frugal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """1 space, 1,000 pages, 1,000 files on 400 of them, 500 comments, labels, restrictions, 100 people, 10 groups."""
    with bench(datacenter("frugal", request.param), tmp_path, publish=False) as run:
        yield run


def cost(run: Bench, mode: str) -> tuple[int, int]:
    """Requests of one clean run: those for single people's addresses, and all others."""
    before = run.control.request_count()
    report = run.sync(mode)
    assert report.failures == []
    total = run.control.request_count() - before
    assert total == report.requests
    addresses = report.requests_by_endpoint.get(ADDRESS, 0)
    return addresses, total - addresses


def test_what_a_sync_costs(frugal: Bench) -> None:
    """At most 70 requests with everything but addresses; at most 45 with everything where nothing changed."""
    addresses, others = cost(frugal, "full")
    assert addresses == PEOPLE - 1
    assert others <= 70
    assert frugal.differences() == []
    for _ in range(2):
        addresses, others = cost(frugal, "incremental")
        assert addresses == PEOPLE_PER_TURN
        assert addresses + others <= 45
    addresses, others = cost(frugal, "content")
    assert addresses == 0
    assert others <= 15
    assert frugal.differences() == []


@pytest.mark.parametrize("profile", ["7.19", "10.0"])
def test_everybody_is_asked_for_again_in_turns(profile: str, tmp_path: Path) -> None:
    """An address that changed without a trace comes in the end; the deleted are asked for when it is their turn, too."""
    config = datacenter("small", profile)
    config.plan = replace(config.plan, users=14)
    with bench(config, tmp_path, publish=False) as run:
        assert run.sync("full").failures == []
        people = sorted(user.account_id for user in run.control.users() if user.username != "admin")
        for account in people:
            run.control.edit("hide_email", account=account)
        run.control.edit("close_user", account=people[0])
        costs = [run.sync("incremental").requests_by_endpoint.get(ADDRESS, 0) for _ in range(5)]
        assert run.differences() == []
        rows = {row["account_id"]: row for rows in run.lake.iter_rows("users") for row in rows}
        assert {rows[account]["email"] for account in people[1:]} == {None}
        assert max(costs) <= PEOPLE_PER_TURN + 1
        assert run.sync("content").requests_by_endpoint.get(ADDRESS, 0) == 0
