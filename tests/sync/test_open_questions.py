"""Every question that public material leaves open, with each answer: the promises of a sync hold under all of them.

The embedded site has a switch for each. A history is played under several contrary answers at once: full sync, edits, an
incremental run; the lake must equal what a full sync into an empty one gives (rule 1), and let nobody in whom the site keeps
out. The last tests hold that no answer of any switch is forgotten here.
"""

import dataclasses
from pathlib import Path
from random import Random
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from confluence_assets.emulator import SeedPlan
from confluence_assets.emulator.config import Switches
from confluence_assets.emulator.datacenter.switches import DatacenterSwitches
from tests.api.clock import quick_options
from tests.support.truth import comparable, differences, held
from tests.sync.harness import Bench, bench
from tests.sync.histories import EDITS, Editor
from tests.sync.sites import CLOUD, site_config

TYPE, KEY = "ac:demo:note", "review"
PLAN = SeedPlan(
    spaces=2,
    pages_per_space=4,
    blogposts_per_space=1,
    comments=6,
    attachments=4,
    tasks=3,
    properties=3,
    custom_content=2,
    folders_per_space=1,
    restricted_share=0.2,
    users=6,
    groups=3,
    audit_records=2,
    body_bytes=300,
    archived_share=0.1,
    odd=True,
)
EDITS_PER_HISTORY = 24
TABLES = "spaces pages blogposts comments attachments content_labels content_properties custom_content tasks folders whiteboards"
TABLES += " databases embeds space_permissions space_role_assignments content_restrictions users groups group_members"
TABLES += " content_acl acl_profiles acl_readers documents content_links content_chunks"

CLOUD_ANSWERS: list[dict[str, Any]] = [
    {
        "default_sort": "-modified-date", "limit_out_of_range": "cap", "v2_limit_cap": 3, "cursor_kind": "offset",
        "cursor_binding": "none", "unauthorized_body": "html", "space_role_mode": "ROLES", "role_principals": "role",
        "cql_cap": "25", "withdrawn_v1_status": 200, "attachment_servlet_status": 200,
    },
    {
        "short_pages": True, "unknown_parameters": "refuse", "inline_property_keys": "camel", "unauthorized_body": "empty",
        "space_role_mode": "PRE_ROLES", "roles_endpoint_status": 400, "cql_cap": "50", "cql_time_zone": "user",
        "instance_time_zone": "Asia/Tokyo", "withdrawn_v1_status": 404, "anonymous_access": True,
    },
    {
        "site_comment_lists_include_replies": False, "inline_property_keys": "hyphen", "cql_start_parameter": "omit",
        "cql_links_prev": False, "comment_ancestors": "none", "unreadable_ancestors": "left_out", "role_principals": "flattened",
        "cql_cap": "200", "cql_finds_nodes": "folders", "user_search_links_next": False, "memberof_links_next": False,
    },
    {
        "list_pages_of_archived_spaces": False, "cql_finds_nodes": "none", "cql_cap": "1000", "space_role_mode": "PRE_ROLES",
        "roles_endpoint_status": 403,
    },
    {
        "roles_endpoint_status": 404, "space_role_mode": "PRE_ROLES", "anonymous_access": True, "short_pages": True,
        "quiet_changes_make_versions": True,
    },
]  # fmt: skip
DATACENTER_ANSWERS: list[tuple[str, dict[str, Any]]] = [
    ("10.0", {
        "content_scan": False, "server_information": False, "wrong_next_offsets": True, "content_cap": 7, "expanded_cap": 5,
        "body_cap": 3, "space_list_cap": 2, "people_cap": 3, "email_in_lists": True, "email_visibility": "admins",
    }),
    ("10.0", {
        "user_list": False, "active_user_list": False, "nested_group_routes": False, "next_omits_start": True,
        "members_need_admin": False, "members_flattened": True, "permissions_denied_status": 403, "old_storage": True,
        "anonymous_access": True, "anonymous_permissions_form": "operations", "failed_bearer": "401",
    }),
    ("9.2", {
        "rows_past_the_end": True, "most_bodies": 4, "expanded_children_limit": 1, "expanded_labels_limit": 1,
        "expanded_names_limit": 1, "attachment_cql_offset": "fails", "unknown_space_status": 500, "email_visibility": "hidden",
        "user_list_loses_rows": False, "anonymous_without_access": "401",
    }),
    ("8.5", {
        "attachment_cql_offset": "fails_once", "unknown_space_status": 200, "invalid_cql_status": 404, "memberof_nested": False,
        "cql_time_zone": "instance", "instance_time_zone": "Asia/Tokyo", "anonymous_without_access": "302", "short_pages": True,
        "user_list_loses_rows": True,
    }),
    ("7.19", {
        "global_permissions": True, "space_status_shown": True, "server_information": True, "user_list": True,
        "anonymous_access": True, "quiet_changes_make_versions": True,
    }),
    ("10.0", {"global_permissions": False, "space_status_shown": False, "user_list_loses_rows": False}),
]  # fmt: skip


def is_told(site: str, switches: dict[str, Any]) -> bool:
    """Whether the site says who may use it."""
    return site == CLOUD or bool(switches.get("global_permissions", site == "10.0"))


def options(site: str, switches: dict[str, Any]) -> dict[str, Any]:
    told = {} if is_told(site, switches) else {"licensed_groups": ("confluence-users", "site-admins")}
    kinds = {"custom_content_types": (TYPE,), "property_keys": (KEY,)}
    return {**kinds, **told, "publish": False, "removal_limit": 1.0}


def play(site: str, switches: dict[str, Any], home: Path) -> Bench:
    """A history under these answers, held against a full sync into an empty lake, and against what the site enforces."""
    dice = Random(f"{site}{sorted(switches)}")
    with bench(site_config(site, PLAN, switches=switches), home / "lake", **options(site, switches)) as run:
        assert run.sync("full", transport=quick_options()).failures == []
        editor = Editor(run.embedded, (TYPE,), (KEY,))
        for _ in range(EDITS_PER_HISTORY):
            editor.play((dice.choice(EDITS), dice.randrange(1000), dice.randrange(1000)))
        assert run.sync("incremental", transport=quick_options()).failures == []
        let_nobody_in_too_many(run)
        equals_a_full_sync(run, home / "fresh", options(site, switches))
        return run


def equals_a_full_sync(run: Bench, home: Path, chosen: dict[str, Any]) -> None:
    fresh = Bench(run.embedded, home, **chosen)
    assert fresh.sync("full", transport=quick_options()).failures == []
    archived = {row["key"] for row in run.control.dump("space") if row["status"] == "archived"}
    for table in TABLES.split():
        mine, full = (plain(held(lake, table), table, archived) for lake in (run.lake, fresh.lake))
        assert mine == full, table


def plain(rows: dict[Any, Any], table: str, archived: set[str]) -> dict[Any, Any]:
    kept = comparable(rows, table, archived)
    volatile = ("synced_at", "last_synced_at")
    return {key: {name: value for name, value in row.items() if name not in volatile} for key, row in kept.items()}


def let_nobody_in_too_many(run: Bench) -> None:
    """Nobody is let in whom the site keeps out, and all are whom it lets in, but for what the lake says it can't decide."""
    closed = {row["acl_profile_id"] for rows in run.lake.iter_rows("acl_profiles") for row in rows if row["cause"]}
    readers: dict[str, set[str]] = {}
    for rows in run.lake.iter_rows("acl_readers"):
        for row in rows:
            readers.setdefault(row["acl_profile_id"], set()).add(row["principal_id"])
    accounts = [user.account_id for user in run.control.users()]
    for rows in run.lake.iter_rows("content_acl"):
        for row in rows:
            content_id, found = row["content_id"], readers.get(row["acl_profile_id"], set())
            right = {one for one in accounts if run.control.may_read(one, content_id)}
            is_public = "anonymous" in found
            assert found - {"anonymous"} <= right, content_id
            assert is_public <= run.control.may_read(None, content_id), content_id
            if row["acl_profile_id"] not in closed and not is_public:
                assert found == right, content_id


@pytest.mark.parametrize("number", range(len(CLOUD_ANSWERS)))
def test_cloud_under_other_answers(number: int, tmp_path: Path) -> None:
    switches = CLOUD_ANSWERS[number]
    run = play(CLOUD, switches, tmp_path)
    hides = {"list_pages_of_archived_spaces": True, "cql_finds_nodes": "all", "role_principals": "absent"}
    if (
        all(switches.get(name, shown) == shown for name, shown in hides.items())
        and "roles_endpoint_status" not in switches
    ):
        assert differences(run.lake, run.seen_by_us()) == []


@pytest.mark.parametrize("number", range(len(DATACENTER_ANSWERS)))
def test_datacenter_under_other_answers(number: int, tmp_path: Path) -> None:
    profile, switches = DATACENTER_ANSWERS[number]
    run = play(profile, switches, tmp_path)
    if (
        profile == "10.0" and "global_permissions" not in switches
    ):  # else the owner says who is licensed, and the dump does not
        assert differences(run.lake, run.seen_by_us()) == []


@pytest.mark.parametrize("mode", ["incremental", "content"])
def test_tasks_that_are_listed_later_than_their_page_come_with_the_next_run(mode: str, tmp_path: Path) -> None:
    with bench(site_config(CLOUD, PLAN, switches={"task_lag_seconds": 60}), tmp_path, publish=False) as run:
        assert run.sync("full").failures == []
        page = run.control.edit("create_page", space=run.control.dump("space")[0]["key"], title="Chores")["id"]
        task = run.control.edit("create_task", container=page, body="sweep")["id"]
        assert run.sync(mode).failures == []
        assert (task,) not in held(run.lake, "tasks")
        run.control.configure(advance_seconds=61)
        assert run.sync(mode).failures == []
        assert (task,) in held(run.lake, "tasks")
        assert differences(run.lake, {"tasks": run.truth()["tasks"]}) == []


# No answer is forgotten

LIBRARY_TESTS = {
    "access_token_seconds": "api/test_quota.py",
    "archived_space_write_status": "api/test_writes_pages.py",
    "attachment_limit_bytes": "api/test_writes_files.py",
    "audit_status": "sync/test_audit_trail.py",
    "broken_storage": "api/test_other_answers.py",
    "gateway_takes_unscoped_tokens": "api/test_other_answers.py",
    "graphql": "api/test_client_raw.py",
    "index_lag_seconds": "sync/test_access_undecided.py",
    "media_refuses_authorization": "api/test_other_answers.py",
    "media_url_seconds": "api/test_other_answers.py",
    "oauth_consent": "cli/test_login.py",
    "oauth_refresh_error": "api/test_oauth.py",
    "oauth_refresh_leeway_seconds": "api/test_oauth.py",
    "rate_limit_blocks": "api/test_other_answers.py",
    "rate_limit_body": "api/test_other_answers.py",
    "rate_limit_capacity": "api/test_other_answers.py",
    "read_only": "api/test_datacenter_quirks.py",
    "remote_api": "api/test_datacenter_quirks.py",
    "resources_per_product": "cli/test_login.py",
    "task_lag_seconds": "sync/test_open_questions.py",
    "version_conflict_status": "api/test_other_answers.py",
    "write_denied_status": "api/test_writes_pages.py",
    "write_limit_bytes": "api/test_writes_pages.py",
}
"""Answers that a history of syncs does not meet, and the tests of the library that do."""
NO_QUESTION_TO_US = {
    "admin_key_entitled": "the library asks for no Admin Key",
    "admin_key_via_gateway": "the library asks for no Admin Key",
    "rate_limit_fill": "a size of the bucket",
    "rate_limit_interval_seconds": "a size of the bucket",
    "version": "each version is a profile of its own",
    "webhook_lose_every": "a fault: runs look for themselves, whatever arrives",
    "webhook_signature_prefix": "read by the listener: listener/test_listener.py",
    "webhook_repeat_every": "a fault: a hint that comes twice is one",
    "withdrawn_v1_overrides": "one route's `withdrawn_v1_status`",
}


def answers_of(kind: type) -> dict[str, set[Any] | None]:
    """The answers that each switch knows; None where it takes a number, a text or a list."""
    hints = get_type_hints(kind)
    found: dict[str, set[Any] | None] = {}
    for field in dataclasses.fields(kind):
        hint = hints[field.name]
        known = set(get_args(hint)) if get_origin(hint) is Literal else {True, False} if hint is bool else None
        found[field.name] = known
    return found


def played(name: str) -> list[Any]:
    """The values with which histories are played, the default among them: that is what all other tests are played with."""
    sets = [*CLOUD_ANSWERS, *(switches for _, switches in DATACENTER_ANSWERS)]
    return [
        getattr(DatacenterSwitches(), name),
        getattr(Switches(), name, None),
        *(each[name] for each in sets if name in each),
    ]


@pytest.mark.parametrize("name", sorted(answers_of(DatacenterSwitches)))
def test_every_answer_is_played(name: str) -> None:
    if name in LIBRARY_TESTS:
        where = Path(__file__).parents[1] / LIBRARY_TESTS[name]
        assert name in where.read_text(encoding="utf-8")
    elif name not in NO_QUESTION_TO_US:
        known = answers_of(DatacenterSwitches)[name]
        values = played(name)
        assert known <= set(values) if known is not None else any(value != values[0] for value in values[2:])


def test_what_is_listed_is_a_switch() -> None:
    listed = [*LIBRARY_TESTS, *NO_QUESTION_TO_US, *(name for each in CLOUD_ANSWERS for name in each)]
    listed += [name for _, each in DATACENTER_ANSWERS for name in each]
    assert set(listed) <= set(answers_of(DatacenterSwitches))
    assert not LIBRARY_TESTS.keys() & NO_QUESTION_TO_US.keys()
