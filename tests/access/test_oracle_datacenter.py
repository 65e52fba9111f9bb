"""The oracle of access on Data Center: random histories of access, and for every content and everybody the site's own answer.

Groups stand in groups, people are disabled, restrictions overlap, pages move; after a full sync and after each incremental run the
lake lets in whom the site lets in, and nobody else. What can't be decided is asked about in `tests/sync/test_datacenter.py`.
"""

from pathlib import Path
from random import Random

import pytest

from confluence_assets.emulator import SeedPlan
from tests.access.test_oracle_sync import ACCESS_EDITS
from tests.sync.harness import IMPATIENT, Bench, bench
from tests.sync.histories import Editor
from tests.sync.sites import NEWEST, OLDEST, site_config
from tests.sync.test_datacenter import check_oracle, readers

PLAN = SeedPlan(
    spaces=2,
    pages_per_space=8,
    blogposts_per_space=2,
    comments=4,
    attachments=4,
    restricted_share=0.3,
    users=8,
    groups=4,
    odd=True,
)
LICENSED = ("confluence-users", "site-admins")
EDITS_PER_ROUND = 10
ROUNDS = 2


def nest_groups(run: Bench, dice: Random) -> None:
    """Put one group into another, or take it out; the site refuses a loop."""
    names = sorted(row["id"] for row in run.control.dump("group"))
    outer, inner = dice.sample(names, 2)
    inside = {(row["group_id"], row["subgroup_id"]) for row in run.control.dump("subgroup")}
    try:
        run.control.edit("remove_subgroup" if (outer, inner) in inside else "add_subgroup", group=outer, subgroup=inner)
    except ValueError:
        return


@pytest.mark.parametrize("profile", [OLDEST, NEWEST])
@pytest.mark.parametrize("seed", range(3))
def test_any_history_of_access_is_answered_as_the_site_does(seed: int, profile: str, tmp_path: Path) -> None:
    dice = Random(seed)
    switches = {"anonymous_access": dice.random() < 0.5}
    told = {} if profile == NEWEST else {"licensed_groups": LICENSED}
    config = site_config(profile, PLAN, seed=seed + 1, switches=switches)
    with bench(config, tmp_path, publish=False, documents=False, removal_limit=1.0, **told) as run:
        assert run.sync("full").failures == []
        assert check_oracle(run) > 100
        editor = Editor(run.embedded)
        for _ in range(ROUNDS):
            for _ in range(EDITS_PER_ROUND):
                editor.play((dice.choice(ACCESS_EDITS), dice.randrange(1000), dice.randrange(1000)))
            nest_groups(run, dice)
            assert run.sync("incremental").failures == []
            check_oracle(run)


UNREAD = {
    NEWEST: {
        "permissions": "GET */space/{spaceKey}/permissions",
        "anonymous permissions": "GET */permissions/anonymous",
        "members": "GET */group/{groupName}/member",
        "groups inside": "GET */group/{groupName}/groupmember",
        "groups": "GET */rest/api/group",
        "who may use the site": "GET */rest/api/permissions",
    },
    OLDEST: {
        "permissions": "POST *confluenceservice-v2",
        "members": "GET */group/{groupName}/member",
        "groups": "GET */rest/api/group",
    },
}


CASES = [
    (profile, name, status)
    for profile, routes in UNREAD.items()
    for name, status in zip(routes, (403, 404, 500, 403, 404, 500), strict=False)
]


@pytest.mark.parametrize(("profile", "name", "status"), CASES)
def test_what_can_not_be_read_lets_nobody_in_that_the_site_keeps_out(
    profile: str, name: str, status: int, tmp_path: Path
) -> None:
    """Access is taken away behind the back of a run that can't read it; the next whole run decides."""
    told = {} if profile == NEWEST else {"licensed_groups": LICENSED}
    config = site_config(profile, PLAN, switches={"anonymous_access": True})
    with bench(config, tmp_path, publish=False, documents=False, removal_limit=1.0, **told) as run:
        assert run.sync("full").failures == []
        before = readers(run)
        take_away(run)
        run.control.fault("error", status=status, route=UNREAD[profile][name])
        report = run.sync("incremental", transport=IMPATIENT)
        right = {content_id: let_in(run, content_id) for content_id in before}
        assert any(before[content_id] - right[content_id] for content_id in before), "nothing was taken away"
        for content_id, people in readers(run).items():
            assert people <= right[content_id], (content_id, report.failures, report.notes)
        run.control.clear_faults()
        assert run.sync("incremental").failures == []
        check_oracle(run)


def let_in(run: Bench, content_id: str) -> set[str]:
    """Whom the site lets read a content."""
    people = {user.account_id for user in run.control.users() if run.control.may_read(user.account_id, content_id)}
    return people | ({"anonymous"} if run.control.may_read(None, content_id) else set())


def take_away(run: Bench) -> None:
    """Somebody leaves a group, an inner group leaves another, and spaces shut their doors."""
    edit = run.control.edit
    us = run.control.account_id("admin@example.com")
    for row in run.control.dump("group_member"):
        if row["account_id"] != us and row["account_id"] < us:
            edit("remove_member", group=row["group_id"], account=row["account_id"])
    for row in run.control.dump("subgroup"):
        edit("remove_subgroup", group=row["group_id"], subgroup=row["subgroup_id"])
    for row in list(run.control.dump("space_permission"))[::2]:
        if (row["operation"], row["target_type"]) == ("read", "space") and row["principal_id"] != us:
            principal = {} if row["principal_type"] == "anonymous" else {"principal_id": row["principal_id"]}
            edit("revoke", space=row["space_key"], principal_type=row["principal_type"], **principal)
