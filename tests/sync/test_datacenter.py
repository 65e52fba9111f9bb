"""What only a Data Center has of a sync; the promises that it shares with Cloud are in the same tests, with another site."""

from pathlib import Path

import pytest

from confluence_assets.emulator import SiteConfig
from tests.api.datacenter import PROFILES, datacenter
from tests.support.truth import differences
from tests.sync.harness import Bench, bench
from tests.sync.test_convergence import HISTORIES, Convergence, play_histories


@pytest.mark.parametrize("mode", ["incremental", "content"])
def test_tasks_follow_their_bodies(mode: str, tmp_path: Path) -> None:
    """There is no list of tasks: a body that was not read again keeps its tasks, one that was gives them anew."""
    with bench(datacenter("small"), tmp_path, publish=False) as run:
        edit = run.control.edit
        here, there = sorted(row["key"] for row in run.control.dump("space"))[:2]
        pages = [edit("create_page", space=here, title=f"Chores {number}")["id"] for number in range(3)]
        tasks = [edit("create_task", container=page, body=f"do {page}")["id"] for page in pages for _ in range(2)]
        assert run.sync("full").failures == []
        assert differences(run.lake, {"tasks": run.truth()["tasks"]}) == []
        edit("tick_task", id=tasks[0])
        edit("delete_task", id=tasks[2])
        edit("delete_task", id=tasks[3])
        edit("create_task", container=pages[0], body="one more")
        assert run.sync(mode).failures == []
        assert differences(run.lake, {"tasks": run.truth()["tasks"]}) == []
        if mode == "incremental":
            edit("trash", id=pages[0])
            edit("move", id=pages[2], space=there)
            assert run.sync(mode).failures == []
            assert run.differences() == []


def readers(run: Bench) -> dict[str, set[str]]:
    """Who may read each content, by the lake."""
    profiles: dict[str, set[str]] = {}
    for rows in run.lake.iter_rows("acl_readers"):
        for row in rows:
            profiles.setdefault(row["acl_profile_id"], set()).add(row["principal_id"])
    return {
        row["content_id"]: profiles.get(row["acl_profile_id"], set())
        for rows in run.lake.iter_rows("content_acl")
        for row in rows
    }


def check_oracle(run: Bench) -> int:
    """Hold every answer for everybody against the site's own. Returns how many there were."""
    found = readers(run)
    accounts = [user.account_id for user in run.control.users()]
    for content_id, people in found.items():
        right = {one for one in accounts if run.control.may_read(one, content_id)}
        assert people - {"anonymous"} == right, content_id
        assert ("anonymous" in people) is run.control.may_read(None, content_id), content_id
    return len(found) * len(accounts)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("shape", ["demo", "small"])
def test_who_may_read_is_what_the_site_says(shape: str, profile: str, tmp_path: Path) -> None:
    """Groups inside groups, disabled people, user keys, anonymous: for every content and everybody."""
    options = {} if profile == "10.0" else {"licensed_groups": ("Confluence-Users", "site-admins")}
    with bench(datacenter(shape, profile), tmp_path, publish=False, **options) as run:
        assert run.sync("full").failures == []
        assert check_oracle(run) > 100
        edit = run.control.edit
        people = sorted(user.account_id for user in run.control.users() if user.username != "admin")
        page = next(row for row in run.control.dump("page") if row["status"] == "current")
        outer = edit("create_group", name="outer", members=[])["id"]
        inner = edit("create_group", name="inner", members=people[:2])["id"]
        edit("add_subgroup", group=outer, subgroup=inner)
        edit("restrict", id=page["id"], users=[run.control.account_id("admin@example.com")], groups=[outer])
        edit("deactivate_user", account=people[-1])
        assert run.sync("incremental").failures == []
        check_oracle(run)


@pytest.mark.parametrize("profile", PROFILES[:3])
def test_nobody_is_let_in_where_nobody_says_who_may_use_the_site(profile: str, tmp_path: Path) -> None:
    with bench(datacenter("small", profile), tmp_path, publish=False) as run:
        assert run.sync("full").failures == []
        assert set().union(*readers(run).values()) == set()


class DatacenterConvergence(Convergence):
    """Random histories of a Data Center, in any version."""

    def config(self, shape: str, seed: int) -> SiteConfig:
        return datacenter(shape, PROFILES[seed % len(PROFILES)], seed=seed)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_one_incremental_run_equals_a_full_sync() -> None:
    play_histories(DatacenterConvergence, HISTORIES)
