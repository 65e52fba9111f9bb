"""What was once wrong, each by its cause."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from confluence_assets.emulator import SiteConfig
from confluence_assets.emulator.config import SeedPlan, Switches
from confluence_assets.errors import ConfluenceAssetsError, IncompleteError
from tests.support.truth import differences, held
from tests.sync.harness import IMPATIENT, Bench, bench

PLAN = SeedPlan(spaces=3, pages_per_space=6, comments=12, attachments=6, tasks=6, blogposts_per_space=2)
CONTENT = ("spaces", "pages", "blogposts", "comments", "attachments", "tasks")


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Bench]:
    with bench(SiteConfig(plan=PLAN), tmp_path, publish=False) as synced:
        assert synced.sync("full").failures == []
        yield synced


def wrong(run: Bench) -> list[str]:
    """Where the content tables are not what the site is, but for addresses: only a sweep sees those of renamed keys."""
    truth = run.truth()
    lines = differences(run.lake, {table: truth[table] for table in CONTENT}, limit=1000)
    return [line for line in lines if " web_url is " not in line]


def leave_unfinished(run: Bench, mode: str = "incremental") -> None:
    """A run that reads everything and is not allowed to commit it."""
    run.control.fault("error", status=500, route="*/user/current", after=1)
    with pytest.raises(IncompleteError):
        run.sync(mode, transport=IMPATIENT)
    run.control.clear_faults()


def leaf(run: Bench, space: str) -> str:
    """A page of the space that nothing stands below."""
    rows = [row for row in run.control.dump("page") if row["space_key"] == space]
    parents = {row["parent_id"] for row in rows}
    return next(row["id"] for row in rows if row["id"] not in parents)


def restrict_to_us(run: Bench, content_id: str) -> None:
    run.control.edit("restrict", id=content_id, users=[run.control.account_id("admin@example.com")])
    run.control.edit("catch_up_index")


def break_pages_of(run: Bench, space: str) -> None:
    """The lists of pages that name this space fail, whatever else they name."""
    space_id = next(row["id"] for row in run.control.dump("space") if row["key"] == space)
    run.control.fault("error", status=500, route="*v2/pages", target=f"*space-id={space_id}*")


def leaks(run: Bench) -> list[tuple[str, str | None]]:
    """Contents and accounts that the lake lets in and the site does not."""
    readers: dict[str, set[str | None]] = {}
    for row in held(run.lake, "acl_readers").values():
        who = None if row["principal_type"] == "anonymous" else row["principal_id"]
        readers.setdefault(row["acl_profile_id"], set()).add(who)
    return [
        (row["content_id"], who)
        for rows in run.lake.iter_rows("content_acl")
        for row in rows
        for who in readers.get(row["acl_profile_id"], ())
        if not run.control.may_read(who, row["content_id"])
    ]


# Spaces and their keys


@pytest.mark.parametrize("mode", ["content", "incremental"])
def test_a_renamed_space_outlives_a_run_that_failed(run: Bench, mode: str) -> None:
    """The files had their new key already, and the next run took them for another space's and dropped them."""
    run.control.edit("rename_space_key", space="SP001", key="OTHER")
    leave_unfinished(run)
    assert run.sync(mode).failures == []
    assert wrong(run) == []


def test_swapped_keys_outlive_a_run_that_failed(run: Bench) -> None:
    """The second run swapped the files back, for it went by their keys and not by whose they are."""
    run.control.edit("rename_space_key", space="SP001", key="TMP")
    run.control.edit("rename_space_key", space="SP002", key="SP001")
    run.control.edit("rename_space_key", space="TMP", key="SP002")
    leave_unfinished(run)
    assert run.sync("content").failures == []
    assert wrong(run) == []


def test_files_that_a_killed_run_left_on_their_way_arrive(run: Bench) -> None:
    """A run killed between the two renames of a file left it under a name that nobody looked for."""
    space_id = next(row["id"] for row in run.control.dump("space") if row["key"] == "SP001")
    run.control.edit("rename_space_key", space="SP001", key="OTHER")
    run.lake.rename_partition("SP001", f"renaming {space_id}")
    run.control.edit("rename_space_key", space="OTHER", key="SP001")
    assert run.sync("content").failures == []
    assert wrong(run) == []


def test_a_space_that_takes_the_key_of_a_deleted_one_keeps_its_rows(run: Bench) -> None:
    """The deleted space stayed in `spaces` under the same key, and the run after dropped that key's files."""
    run.control.edit("delete_space", space="SP002")
    run.control.edit("rename_space_key", space="SP001", key="SP002")
    assert run.sync("incremental").failures == []
    assert wrong(run) == []
    assert run.sync("content").failures == []
    assert wrong(run) == []


# Who may read what


@pytest.mark.parametrize("tables", [{"pages"}, {"pages", "blogposts", "comments", "attachments", "tasks"}])
def test_a_page_never_comes_without_its_restrictions(run: Bench, tables: set[str]) -> None:
    """A run of the pages alone brought no restrictions, and whatever derived access next took new pages for open."""
    made = run.control.edit("create_page", space="SP001", title="Secret", body="<p>x</p>")
    restrict_to_us(run, made["id"])
    assert run.sync("incremental", tables=frozenset(tables)).failures == []
    assert run.sync("content").failures == []
    assert leaks(run) == []


def test_a_page_whose_restrictions_a_tick_can_not_read_is_closed(run: Bench) -> None:
    """Where the search failed, the rows that say `unknown` were not committed, and the page was."""
    made = run.control.edit("create_page", space="SP001", title="Secret", body="<p>x</p>")
    restrict_to_us(run, made["id"])
    run.control.fault("error", status=500, route="*search*")
    run.control.fault("error", status=500, route="*restriction*")
    assert run.sync("content", transport=IMPATIENT).failures != []
    assert made["id"] in {content_id for (content_id,) in held(run.lake, "content_acl")}
    assert leaks(run) == []


@pytest.mark.parametrize("broken", ["SP001", "SP002"])
def test_a_page_that_moved_stays_closed_where_it_still_stands(run: Bench, broken: str) -> None:
    """Its restrictions went to the new space, while a listing of pages that failed kept it in the old one."""
    page_id = leaf(run, "SP001")
    restrict_to_us(run, page_id)
    assert run.sync("incremental").failures == []
    run.control.edit("move", id=page_id, space="SP002")
    run.control.edit("catch_up_index")
    break_pages_of(run, broken)
    assert run.sync("incremental", transport=IMPATIENT).failures != []
    assert leaks(run) == []


def test_a_page_that_moves_between_its_details_and_its_listing_is_closed(tmp_path: Path) -> None:
    """Restrictions stood in the space where the search had seen the page, the page in the one that it had moved to."""
    with bench(SiteConfig(plan=PLAN), tmp_path, publish=False, concurrency=1) as run:
        page_id = leaf(run, "SP001")
        restrict_to_us(run, page_id)
        assert run.sync("full").failures == []
        edits = [{"op": "move", "id": page_id, "space": "SP002"}]
        space_id = next(row["id"] for row in run.control.dump("space") if row["key"] == "SP002")
        run.control.fault("edit", edits=edits, route="*v2/pages", target=f"*space-id={space_id}*")
        assert run.sync("incremental").failures == []
        assert "SP002" in {row["space_key"] for key, row in held(run.lake, "pages").items() if key == (page_id,)}
        assert leaks(run) == []


def test_restrictions_that_were_not_asked_for_stay(run: Bench) -> None:
    """A run of the restrictions alone dropped those of archived spaces, for no walk of the index holds them."""
    page_id = leaf(run, "SP001")
    restrict_to_us(run, page_id)
    run.control.edit("archive_space", space="SP001")
    run.control.edit("catch_up_index")
    assert run.sync("incremental").failures == []
    assert run.sync("incremental", tables=frozenset({"content_restrictions"})).failures == []
    assert run.sync("content").failures == []
    assert leaks(run) == []


# What hangs on what was not read

HANGING = ("pages", "blogposts", "comments", "attachments", "custom_content", "tasks", "content_labels",
           "content_properties", "content_restrictions")  # fmt: skip


@pytest.mark.parametrize(
    "tables",
    [
        {"pages", "comments", "attachments"},
        {"pages", "blogposts", "attachments"},
        {"blogposts", "comments"},
        {"comments"},
        {"attachments"},
        {"content_restrictions"},
        {"content_labels"},
    ],
)
def test_some_tables_alone_remove_nothing(run: Bench, tables: set[str]) -> None:
    """Comments on pages were taken to be gone where a run listed blog posts and no pages."""
    before = {table: set(held(run.lake, table)) for table in HANGING}
    assert run.sync("incremental", tables=frozenset(tables)).failures == []
    assert {table: set(held(run.lake, table)) for table in HANGING} == before


def test_nothing_leaves_because_its_pages_could_not_be_listed(tmp_path: Path) -> None:
    """Comments, files, versions and likes of a space left when the list of its pages failed."""
    with bench(SiteConfig(plan=PLAN), tmp_path, publish=False, versions=True, likes=True) as run:
        assert run.sync("full").failures == []
        tables = (*HANGING, "content_versions", "content_likes")
        before = {table: set(held(run.lake, table)) for table in tables}
        break_pages_of(run, "SP001")
        assert run.sync("incremental", transport=IMPATIENT).failures != []
        assert {table: set(held(run.lake, table)) for table in tables} == before


def test_comments_stay_where_the_list_of_the_space_they_moved_to_fails(run: Bench) -> None:
    """They left with their page, and no listing had seen them arrive."""
    comment = next(
        row for row in run.control.dump("comment") if row["space_key"] == "SP001" and row["container_type"] == "page"
    )
    run.control.edit("move", id=comment["container_id"], space="SP002")
    run.control.edit("catch_up_index")
    run.control.fault("error", status=500, route="*footer-comments")
    run.control.fault("error", status=500, route="*search*", target="*comment*SP002*")
    assert run.sync("incremental", transport=IMPATIENT).failures != []
    assert (comment["id"],) in held(run.lake, "comments")
    run.control.clear_faults()
    assert run.sync("incremental").failures == []
    assert wrong(run) == []


def test_a_lost_space_stays_as_long_as_its_pages_do(run: Bench) -> None:
    """Where a look-up failed its pages stayed, and the space left: no run ever looked at them again."""
    pages = {key for key, row in held(run.lake, "pages").items() if row["space_key"] == "SP002"}
    run.control.edit("delete_space", space="SP002")
    run.control.fault("error", status=500, route="*v2/pages", target="*id=*")
    assert run.sync("content", transport=IMPATIENT).failures != []
    assert pages <= held(run.lake, "pages").keys()
    assert "SP002" in {row["space_key"] for row in held(run.lake, "spaces").values()}
    assert leaks(run) == []
    run.control.clear_faults()
    assert run.sync("incremental").failures == []
    assert run.differences() == []


# How far the lake has seen the site


def test_half_a_listing_moves_no_position(tmp_path: Path) -> None:
    """A listing that was refused on its second page fails no run, and its stream's position moved all the same."""
    plan = SeedPlan(spaces=2, pages_per_space=6, attachments=260)
    with bench(SiteConfig(plan=plan), tmp_path, publish=False) as run:
        run.control.fault("error", status=403, route="*v2/attachments", after=1)
        run.sync("full")
        assert set(run.lake.read_site_state()["seen_until"]) & {"pages", "attachments"} == {"pages"}


def test_switching_permissions_on_again_starts_from_a_sweep(tmp_path: Path) -> None:
    """Pages that came while restrictions were switched off were taken for open by the next content run."""
    with bench(SiteConfig(plan=PLAN), tmp_path, publish=False) as run:
        assert run.sync("full").failures == []
        without = Bench(run.embedded, tmp_path, publish=False, permissions=False)
        made = run.control.edit("create_page", space="SP001", title="Secret", body="<p>x</p>")
        restrict_to_us(run, made["id"])
        assert without.sync("content").failures == []
        assert run.sync("content").failures == []
        assert leaks(run) == []
        assert wrong(run) == []


def test_members_are_not_believed_once_people_are_switched_off(run: Bench) -> None:
    """Whoever was in a group on the day when people were switched off stayed in it for good."""
    us = run.control.account_id("admin@example.com")
    for member in list(run.control.dump("group_member")):
        if member["account_id"] != us:
            run.control.edit("remove_member", group=member["group_id"], account=member["account_id"])
    without = Bench(run.embedded, run.site.home, publish=False, people=False)
    assert without.sync("incremental").failures == []
    assert leaks(run) == []
    assert run.sync("incremental").failures == []
    assert run.differences() == []
    assert leaks(run) == []


def test_a_sweep_sees_that_anonymous_may_not_come_in_any_more(tmp_path: Path) -> None:
    """Only a full run tried the anonymous door, so it stood open in the lake after the site had shut it."""
    with bench(SiteConfig.demo(), tmp_path, publish=False) as run:
        assert run.sync("full").failures == []
        assert "anonymous" in {row["principal_type"] for row in held(run.lake, "acl_readers").values()}
        run.control.configure(anonymous_access=False)
        assert run.sync("incremental").failures == []
        assert leaks(run) == []


# Found under faults and by random histories


def broken(run: Bench, fault: str, **fields: object) -> list[str]:
    """The failures of an incremental run under a fault; what it raised, where it ended with an error."""
    run.control.fault(fault, **fields)
    try:
        return run.sync(transport=IMPATIENT).failures
    except ConfluenceAssetsError as error:
        return [str(error)]
    finally:
        run.control.clear_faults()


@pytest.mark.parametrize("route", ["pages", "blogposts"])
def test_comments_and_files_stay_where_their_contents_were_not_listed(run: Bench, route: str) -> None:
    """What hung on a content that no listing had shown had no space, and was taken to lie in the trash."""
    before = {table: set(held(run.lake, table)) for table in ("comments", "attachments")}
    assert broken(run, "throttle", route=f"GET */v2/{route}", retry_after=None) != []
    assert {table: set(held(run.lake, table)) for table in before} == before


@pytest.mark.parametrize("route", ["footer-comments", "attachments", "tasks", "spaces/{id}/permissions"])
def test_a_listing_that_ends_early_removes_nothing(tmp_path: Path, route: str) -> None:
    """A page without a next link was the last one, and what should have followed was gone, or in the trash."""
    with bench(SiteConfig(plan=PLAN, switches=Switches(v2_limit_cap=3)), tmp_path, publish=False) as run:
        assert run.sync("full").failures == []
        tables = ("comments", "attachments", "tasks", "space_permissions")
        before = {table: set(held(run.lake, table)) for table in tables}
        broken(run, "next_link", form="null", route=f"GET */v2/{route}", nth=1)
        assert {table: set(held(run.lake, table)) for table in tables} == before


def test_members_behind_an_empty_page_stay(run: Bench) -> None:
    """An empty page of a listing by offsets was its end, whatever it promised."""
    before = set(held(run.lake, "group_members"))
    broken(run, "next_link", form="empty_page", route="GET */membersByGroupId", nth=1)
    assert set(held(run.lake, "group_members")) == before


def test_a_folder_that_the_index_names_is_not_gone(tmp_path: Path) -> None:
    """A 404 for a folder removed it, although the search index had named it in the same run."""
    with bench(SiteConfig(plan=replace(PLAN, folders_per_space=2)), tmp_path, publish=False) as run:
        assert run.sync("full").failures == []
        before = set(held(run.lake, "folders"))
        assert before
        broken(run, "error", status=404, route="GET */v2/folders/{id}")
        assert set(held(run.lake, "folders")) == before


def test_what_left_a_space_before_it_was_deleted_leaves_no_trace_in_it(tmp_path: Path) -> None:
    """A content run dropped the lost space and kept rows that stood elsewhere by then; no later run looked at them again."""
    with bench(SiteConfig(plan=replace(PLAN, folders_per_space=1)), tmp_path, publish=False) as run:
        assert run.sync("full").failures == []
        folders = {row["space_key"]: row["id"] for row in run.control.dump("folder")}
        file = next(row for row in run.control.dump("attachment") if row["space_key"] == "SP001")
        mover = run.control.edit("rename", id=file["container_id"], title="A mover")
        assert mover["ok"]
        run.control.edit("move", id=file["container_id"], space="SP002")
        run.control.edit("move", id=folders["SP001"], parent=folders["SP002"])
        run.control.edit("delete_space", space="SP001")
        assert run.sync("content").failures == []
        assert run.sync("incremental").failures == []
        assert run.differences() == []


def test_a_content_run_without_news_does_not_ask_twice_who_it_is(run: Bench) -> None:
    """A tick cost eleven requests, two of them to hear that the account had not changed while nothing was seen."""
    run.sync("content")
    asked = run.sync("content").requests_by_endpoint
    assert asked["GET /wiki/rest/api/user/current"] == 1
    assert sum(asked.values()) <= 10


def test_whom_only_a_space_names_is_known_from_the_first_run_on(tmp_path: Path) -> None:
    """Users were read before the spaces were written, so that the first run did not know the authors of spaces."""
    with bench(SiteConfig(plan=SeedPlan(spaces=0, users=4, groups=1)), tmp_path, publish=False) as run:
        author = run.control.edit("create_user", email="founder@example.com", name="Founder")["account_id"]
        run.control.edit("create_space", key="NEW", name="New", private=False, by=author)
        run.control.edit("revoke", space="NEW", principal_type="user", principal_id=author)
        run.control.edit("deactivate_user", account=author)
        for page in run.control.dump("page"):
            run.control.edit("trash", id=page["id"])
            run.control.edit("purge", id=page["id"])
        assert run.sync("full").failures == []
        assert (author,) in held(run.lake, "users")
        assert run.differences() == []
