# ruff: noqa: S608 - SQL over made-up sites, made of ids and names of tables
"""Each filter: the rows of the unfiltered lake with the filter applied in SQL, for all tables, access included.

Cloud and Data Center both. What is above a page that is kept shuts it, be it left out itself.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.emulator.config import SeedPlan
from confluence_assets.errors import SettingsError
from confluence_assets.sync.options import SyncOptions
from tests.sync.filtered_lakes import COMPARED, LABELS_OF, Lakes, below
from tests.sync.harness import IMPATIENT, Bench

PLAN = SeedPlan(
    spaces=3,
    pages_per_space=14,
    blogposts_per_space=3,
    comments=40,
    attachments=20,
    properties=8,
    tasks=12,
    custom_content=6,
    folders_per_space=3,
    archived_share=0.1,
    labelled_share=0.4,
    restricted_share=0.35,
    users=12,
    groups=4,
    audit_records=5,
    body_bytes=400,
    fanout=3,
    odd=True,
)
EVERYTHING = {
    "custom_content_types": ("ac:diagrams:drawing",),
    "property_keys": ("review",),
    "publish": False,
}
PAGE_BY_PAGE = {"content_versions", "content_likes"}
"""Tables that cost a request for each content: the full lake has them, and those that are about them."""


class Wiki:
    """A site with the lake of all of it, and what a test needs to know of it."""

    def __init__(self, embedded: EmbeddedSite, home: Path) -> None:
        self.embedded, self.home = embedded, home
        self._decorate()
        keys = tuple(sorted({row["key"] for row in embedded.control.dump("property")}))
        self.options: dict[str, Any] = {**EVERYTHING, "property_keys": keys}
        self.full = Bench(embedded, home / "full", **self.options, versions=True, likes=True)
        assert self.full.sync("full").failures == []
        self.lakes = Lakes(full=self.full.lake)
        self.count = 0

    def _decorate(self) -> None:
        """Labels on posts, comments and files on posts and files, restrictions high in the tree, links, a personal space."""
        control = self.embedded.control
        edit = control.edit
        for row in control.dump("page")[::3]:
            edit("like", id=row["id"])
        for number, row in enumerate(control.dump("blogpost")):
            edit("relabel", id=row["id"], labels=[("security", "runbook", "draft-idea")[number % 3]])
            edit("comment", container=row["id"], body="<p>well said</p>")
            edit("upload", container=row["id"], filename="notes.txt", text="notes")
            edit("create_task", container=row["id"], body="read it")
        people = [row["account_id"] for row in control.dump("user") if row["account_status"] == "active"]
        pages = [row for row in control.dump("page") if row["status"] == "current"]
        parents = [row for row in pages if any(other["parent_id"] == row["id"] for other in pages)]
        for number, row in enumerate(parents[::2]):
            edit(
                "restrict",
                id=row["id"],
                users=[*people[number % 5 : number % 5 + 3], control.account_id("admin@example.com")],
            )
        folders = [row for row in control.dump("folder") if row["status"] == "current"]
        for number, row in enumerate(folders[:3]):
            edit("restrict", id=row["id"], users=[people[number], control.account_id("admin@example.com")])
        for number, row in enumerate(pages[:20]):
            title = pages[(number * 7 + 3) % len(pages)]["title"].replace("&", "&amp;").replace('"', "&quot;")
            title = title.replace("<", "&lt;")
            key = pages[(number * 7 + 3) % len(pages)]["space_key"]
            link = f'<ac:link><ri:page ri:space-key="{key}" ri:content-title="{title}"/></ac:link>'
            edit("edit_content", id=row["id"], body=f"<p>see {link}</p>")

    def filtered(self, **filters: Any) -> Bench:
        """A fresh lake of what these filters let in."""
        self.count += 1
        bench = Bench(self.embedded, self.home / f"part{self.count}", **{**self.options, **filters})
        mode = "incremental" if self.count % 2 else "full"
        assert bench.sync(mode).failures == []
        return bench

    def check(self, filters: dict[str, Any], **conditions: Any) -> Bench:
        """Hold a filtered lake against SQL on the full one; something must be in and something out."""
        bench = self.filtered(**filters)
        self.lakes.load("part", bench.lake)
        off = {"versions": "content_versions", "likes": "content_likes"}
        silent = {table for option, table in off.items() if not filters.get(option)}
        self.lakes.choose(**{**conditions, "off": {*conditions.get("off", ()), *silent}})
        assert self.lakes.differences("part", "want") == []
        counts = [[lake.total_rows(table) for table in COMPARED] for lake in (bench.lake, self.full.lake)]
        assert counts[0] != counts[1]
        assert self.lakes.rows("select count(*) from part_content_acl")[0][0] > 0
        return bench

    def tree(self) -> tuple[str, str, str]:
        """Ids of a page with restricted pages below it, of a folder with pages below it, and of a page deep down."""
        ((page,),) = self.lakes.rows(
            "select parent_id from full_pages where parent_type = 'page' group by all order by count(*) desc, 1 limit 1"
        )
        ((folder,),) = self.lakes.rows(
            "select parent_id from full_pages where parent_type = 'folder' group by all order by count(*) desc, 1 limit 1"
        ) or [(page,)]
        ((deep,),) = self.lakes.rows(
            "select p.page_id from full_pages p join full_documents d on d.content_id = p.page_id "
            "where p.status = 'current' order by d.depth desc, 1 limit 1"
        )
        return page, folder, deep


def config(deployment: str) -> SiteConfig:
    if deployment == "cloud":
        return SiteConfig(plan=PLAN, seed=7)
    return SiteConfig(plan=PLAN, seed=7, deployment="datacenter", profile="10.0", context_path="/confluence")


@pytest.fixture(scope="module", params=["cloud", "datacenter"])
def wiki(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wiki]:
    with EmbeddedSite(config(request.param)) as embedded:
        yield Wiki(embedded, tmp_path_factory.mktemp(request.param))


def test_pages_with_their_descendants(wiki: Wiki) -> None:
    page, folder, deep = wiki.tree()
    inside = f"in ({below([folder, deep])})"
    wiki.check({"include_pages": (folder, deep)}, **in_tree(inside))
    wiki.check({"exclude_pages": (folder, deep)}, **in_tree(f"not {inside}"))
    wiki.check(
        {"include_pages": (page,), "exclude_pages": (deep,)},
        **in_tree(f"in ({below([page])}) and id not in ({below([deep])})"),
    )


def in_tree(inside: str) -> dict[str, str]:
    """Conditions on pages and nodes, which have an id of another name each."""
    nodes = "coalesce(columns('(folder|whiteboard|database|embed)_id'))"
    return {
        "pages": f"page_id {inside}".replace(" id not", " page_id not"),
        "nodes": f"{nodes} {inside}".replace(" id not", f" {nodes} not"),
    }


def test_blogposts_by_id(wiki: Wiki) -> None:
    ids = [row[0] for row in wiki.lakes.rows("select blogpost_id from full_blogposts order by 1 limit 3")]
    listed = ", ".join(f"'{one}'" for one in ids)
    wiki.check({"include_blogposts": tuple(ids)}, blogposts=f"blogpost_id in ({listed})")
    wiki.check({"exclude_blogposts": tuple(ids)}, blogposts=f"blogpost_id not in ({listed})")


def test_labels(wiki: Wiki) -> None:
    some = LABELS_OF.format("'security', 'runbook'")
    wiki.check(
        {"include_labels": ("security", "runbook")}, pages=f"page_id in ({some})", blogposts=f"blogpost_id in ({some})"
    )
    wiki.check(
        {"exclude_labels": ("security", "runbook")},
        pages=f"page_id not in ({some})",
        blogposts=f"blogpost_id not in ({some})",
    )


@pytest.mark.parametrize("what", ["modified", "created"])
def test_dates(what: str, wiki: Wiki) -> None:
    column = {"modified": "updated_at", "created": "created_at"}[what]
    ((early, late),) = wiki.lakes.rows(
        f"select quantile_disc({column}, 0.3), quantile_disc({column}, 0.7) from full_pages"
    )
    after, between = f"{column} >= '{early}'", f"{column} >= '{early}' and {column} < '{late}'"
    wiki.check({f"{what}_after": early.isoformat()}, pages=after, blogposts=after)
    wiki.check(
        {f"{what}_after": early.isoformat(), f"{what}_before": late.isoformat()}, pages=between, blogposts=between
    )


def test_spaces_by_key_type_and_status(wiki: Wiki) -> None:
    keys = [row[0] for row in wiki.lakes.rows("select space_key from full_spaces where status = 'current' order by 1")]
    wiki.check(
        {"include_spaces": (keys[0], f"{keys[1][:3]}*")},
        spaces=f"space_key = '{keys[0]}' or space_key like '{keys[1][:3]}%'",
    )
    wiki.check(
        {"exclude_spaces": (keys[0],), "archived_spaces": False},
        spaces=f"space_key <> '{keys[0]}' and status <> 'archived'",
    )
    ((kind,),) = wiki.lakes.rows("select type from full_spaces group by all order by count(*), 1 limit 1")
    if wiki.lakes.rows(f"select 1 from full_spaces where type <> '{kind}'"):
        wiki.check({"include_space_types": (kind,)}, spaces=f"type = '{kind}'")
        wiki.check({"exclude_space_types": (kind,)}, spaces=f"type <> '{kind}'")


TOGGLES: dict[str, dict[str, Any]] = {
    "archived_content": {
        "pages": "status <> 'archived'",
        "blogposts": "status <> 'archived'",
        "nodes": "status is distinct from 'archived'",
    },
    "comments": {"comments": "false"},
    "page_comments": {"comments": "container_type <> 'page'"},
    "blogpost_comments": {"comments": "container_type <> 'blogpost'"},
    "inline_comments": {"comments": "comment_type <> 'inline'"},
    "attachments": {"attachments": "false", "off": ["attachment_texts"]},
    "page_attachments": {"attachments": "container_type <> 'page'"},
    "blogpost_attachments": {"attachments": "container_type <> 'blogpost'"},
    "tasks": {"tasks": "false"},
    "pages": {"pages": "false", "nodes": "false"},
    "blogposts": {"blogposts": "false"},
    "documents": {"off": ["documents", "content_links", "content_chunks"]},
}


TOGETHER = (
    ("archived_content",),
    ("comments", "documents"),
    ("page_comments", "attachments"),
    ("blogpost_comments", "inline_comments", "page_attachments"),
    ("blogpost_attachments", "tasks"),
    ("pages",),
    ("blogposts",),
)
"""Some at a time, each of which has something to leave out."""


@pytest.mark.parametrize("toggles", TOGETHER, ids="-".join)
def test_toggles(toggles: tuple[str, ...], wiki: Wiki) -> None:
    conditions: dict[str, Any] = {"off": []}
    for toggle in toggles:
        for kind, condition in TOGGLES[toggle].items():
            conditions[kind] = (
                conditions.get(kind, []) + condition if kind == "off" else both(conditions, kind, condition)
            )
    bench = wiki.check(dict.fromkeys(toggles, False), **conditions)
    off = set(COMPARED) - bench.site.options.tables()
    assert {table for table in off if bench.lake.total_rows(table)} == set()


def both(conditions: dict[str, Any], kind: str, condition: str) -> str:
    return f"({conditions.get(kind, 'true')}) and ({condition})"


def test_every_toggle_is_tried() -> None:
    assert {toggle for toggles in TOGETHER for toggle in toggles} == set(TOGGLES)


def test_people_and_permissions(wiki: Wiki) -> None:
    people = ("users", "groups", "group_members")
    access = (
        "content_acl",
        "acl_profiles",
        "acl_readers",
        "content_restrictions",
        "space_permissions",
        "space_role_assignments",
    )
    for toggle, tables in (("people", people), ("permissions", access)):
        bench = wiki.filtered(**{toggle: False})
        assert [bench.lake.total_rows(table) for table in tables if table not in access[:3]] == [0] * len(
            [table for table in tables if table not in access[:3]]
        )
        assert bench.lake.total_rows("pages") == wiki.full.lake.total_rows("pages")
    assert wiki.filtered(audit=False).lake.total_rows("audit_records") == 0


def test_custom_types_and_property_keys(wiki: Wiki) -> None:
    bench = wiki.filtered(custom_content_types=(), property_keys=())
    assert bench.lake.total_rows("custom_content") == 0
    assert bench.lake.total_rows("content_properties") == 0
    assert wiki.full.lake.total_rows("custom_content") > 0


def test_filters_together(wiki: Wiki) -> None:
    _, _, deep = wiki.tree()
    some = LABELS_OF.format("'security'")
    wiki.check(
        {
            "exclude_pages": (deep,),
            "exclude_labels": ("security",),
            "archived_content": False,
            "inline_comments": False,
        },
        pages=f"page_id not in ({below([deep])}) and page_id not in ({some}) and status <> 'archived'",
        blogposts=f"blogpost_id not in ({some}) and status <> 'archived'",
        nodes=in_tree(f"not in ({below([deep])})")["nodes"] + " and status is distinct from 'archived'",
        comments="comment_type <> 'inline'",
    )


def test_a_restricted_page_that_is_left_out_shuts_what_is_below_it(wiki: Wiki) -> None:
    """The readers of a kept page are those of the unfiltered lake, and fewer than those of its space."""
    rows = wiki.lakes.rows(
        "select p.page_id, p.parent_id from full_pages p join full_content_restrictions r on r.content_id = p.parent_id "
        "where r.operation = 'read' and p.page_id not in (select content_id from full_content_restrictions) "
        "and p.page_id not in (select parent_id from full_pages where parent_id is not null) and p.parent_type = 'page' order by 1"
    )
    page_id, parent_id = rows[0]
    bench = wiki.filtered(include_pages=(page_id,), blogposts=False)
    assert [row["page_id"] for rows in bench.lake.iter_rows("pages") for row in rows] == [page_id]
    wiki.lakes.load("part", bench.lake)
    readers = "select principal_type, principal_id from {0}_acl_readers join {0}_content_acl using (acl_profile_id) where content_id = '{1}'"
    kept = set(wiki.lakes.rows(readers.format("part", page_id)))
    assert kept == set(wiki.lakes.rows(readers.format("full", page_id)))
    ((everybody,),) = wiki.lakes.rows("select count(*) from full_users")
    assert 0 < len(kept) < everybody
    ((layers,),) = wiki.lakes.rows(
        f"select count(*) from part_acl_profiles where layer_source_id = '{parent_id}' and layer_source_type = 'page'"
    )
    assert layers > 0
    documents = wiki.lakes.rows(f"select breadcrumb, ancestor_ids from part_documents where content_id = '{page_id}'")
    assert documents == wiki.lakes.rows(
        f"select breadcrumb, ancestor_ids from full_documents where content_id = '{page_id}'"
    )


@pytest.mark.parametrize("deployment", ["cloud", "datacenter"])
@pytest.mark.parametrize("mode", ["incremental", "access alone", "content"])
def test_a_restriction_above_shuts_though_it_is_left_out(mode: str, deployment: str, tmp_path: Path) -> None:
    """A restriction that comes later, on a page that the filter leaves out, shuts what is kept below it."""
    access = {"space_permissions", "space_role_assignments", "content_restrictions", "groups", "group_members", "users"}
    derived = {"content_acl", "acl_profiles", "acl_readers"}
    site = SiteConfig.shape("small", deployment=deployment)
    with EmbeddedSite(site) as embedded:
        control = embedded.control
        space = control.dump("space")[0]["key"]
        above = control.edit("create_page", space=space, title="Above")["id"]
        below = control.edit("create_page", space=space, title="Below", parent=above)["id"]
        options = {"licensed_groups": ("confluence-users", "site-admins")} if deployment == "datacenter" else {}
        bench = Bench(embedded, tmp_path, include_pages=(below,), publish=False, **options)
        assert bench.sync("incremental").failures == []
        assert len(readers(bench, below)) > 1
        us = control.account_id("admin@example.com")
        control.edit("restrict", id=above, users=[us])
        if mode == "content":
            # No stream shows a restriction; a page that comes in below is not open for a moment all the same.
            below = control.edit("create_page", space=space, title="Below as well", parent=below)["id"]
            control.edit("edit_content", id=above, body="<p>new</p>")
            assert bench.sync("content").failures == []
        elif mode == "access alone":
            assert bench.sync("incremental", tables=frozenset(access | derived)).failures == []
        else:
            assert bench.sync("incremental").failures == []
        assert readers(bench, below) <= {us}
        assert bench.lake.total_rows("pages") == (2 if mode == "content" else 1)


def test_what_a_stream_shows_to_be_left_out_waits_for_the_sweep(tmp_path: Path) -> None:
    """Until then it stays as it was, with its readers and what hangs on it; then all of it leaves, with the reason."""
    with EmbeddedSite(SiteConfig.shape("small")) as embedded:
        edit = embedded.control.edit
        space = embedded.control.dump("space")[0]["key"]
        page = edit("create_page", space=space, title="Page", body="<p>old</p>")["id"]
        below = edit("create_page", space=space, title="Below", parent=page)["id"]
        edit("comment", container=page, body="<p>so</p>")
        bench = Bench(embedded, tmp_path, exclude_labels=("confidential",), publish=False)
        assert bench.sync("incremental").failures == []
        before = readers(bench, page), readers(bench, below)
        assert len(before[0]) > 1
        edit("relabel", id=page, labels=["confidential"])
        edit("edit_content", id=page, body="<p>secret</p>")
        assert bench.sync("content").failures == []
        assert (readers(bench, page), readers(bench, below)) == before
        bodies = {row["page_id"]: row["body_storage"] for rows in bench.lake.iter_rows("pages") for row in rows}
        assert bodies[page] == "<p>old</p>"
        report = bench.sync("incremental")
        assert "Rows leave because the filters leave them out now: 1 of pages, 1 of comments." in report.notes
        gone = [
            (row["content_type"], row["change"])
            for rows in bench.lake.iter_rows("content_changes")
            for row in rows
            if row["change"] == "out_of_scope"
        ]
        assert sorted(gone) == [("comment", "out_of_scope"), ("page", "out_of_scope")]
        assert readers(bench, below) == before[1]
        edit("relabel", id=page, labels=[])
        assert bench.sync("incremental").failures == []
        bodies = {row["page_id"]: row["body_storage"] for rows in bench.lake.iter_rows("pages") for row in rows}
        assert bodies[page] == "<p>secret</p>"
        assert (readers(bench, page), readers(bench, below)) == before


FAULTS = {
    "labels can not be read": (
        {"exclude_labels": ("confidential",)},
        {"route": "*/content/search", "status": 500},
        False,
    ),
    "folders are not shown": (
        {"inline_comments": False, "exclude_labels": ("x",)},
        {"route": "*/folders/*", "status": 403},
        True,
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_could_not_be_decided(name: str, tmp_path: Path) -> None:
    """Nothing new comes in and nothing leaves while a decision can't be made; what is never shown stops nobody."""
    filters, fault, comes_in = FAULTS[name]
    plan = SeedPlan(spaces=1, pages_per_space=6, folders_per_space=1, labelled_share=0.0, comments=3)
    with EmbeddedSite(SiteConfig(plan=plan)) as embedded:
        bench = Bench(embedded, tmp_path, publish=False, **filters)
        assert bench.sync("incremental").failures == []
        held = bench.lake.total_rows("pages")
        assert held == 6
        space = embedded.control.dump("space")[0]["key"]
        page = embedded.control.edit("create_page", space=space, title="New")["id"]
        old = next(row["id"] for row in embedded.control.dump("page") if row["id"] != page)
        embedded.control.edit("relabel", id=old, labels=["confidential"])
        embedded.control.fault(kind="error", **fault)
        report = bench.sync("incremental", transport=IMPATIENT)
        assert bool(report.failures) is not comes_in
        assert bench.lake.total_rows("pages") == held + comes_in
        embedded.control.clear_faults()
        assert bench.sync("incremental").failures == []
        # The new page is in by now, and the labelled one out where there is a filter for it.
        assert bench.lake.total_rows("pages") == (held + 1 if comes_in else held)


def test_ages_move_on(tmp_path: Path) -> None:
    """What ages out leaves with the next sweep, though nothing changed on the site."""
    with EmbeddedSite(SiteConfig.shape("small", now="2026-01-01T00:00:00Z")) as embedded:
        old = [row["id"] for row in embedded.control.dump("page")]
        bench = Bench(embedded, tmp_path, modified_after="-90d", publish=False)
        assert bench.sync("incremental").failures == []
        assert bench.lake.total_rows("pages") == 0
        assert bench.lake.total_rows("left_out") >= len(old)
        bench.site = replace(bench.site, options=SyncOptions(modified_before="-1h", publish=False))
        assert bench.sync("content").failures == []
        assert bench.lake.total_rows("pages") == len(old)


@pytest.mark.parametrize("deployment", ["cloud", "datacenter"])
def test_a_filter_saves_requests(deployment: str, tmp_path: Path) -> None:
    """What is switched off is not asked for; what is asked page by page is asked for what is kept."""
    with EmbeddedSite(SiteConfig.shape("small", deployment=deployment)) as embedded:
        page = next(
            row["id"] for row in embedded.control.dump("page") if row["status"] == "current" and row["parent_id"]
        )
        off = dict.fromkeys(("comments", "attachments", "tasks", "people", "permissions", "audit", "blogposts"), False)
        costs = []
        for name, filters in (("all", {}), ("some", {**off, "include_pages": (page,)})):
            bench = Bench(embedded, tmp_path / name, versions=True, publish=False, **filters)
            report = bench.sync("incremental")
            assert report.failures == []
            costs.append((report.requests, bench.lake.total_rows("pages")))
        (every, all_pages), (some, kept) = costs
        assert every - some >= all_pages - kept
        assert some <= 12 + 2 * kept


def readers(bench: Bench, content_id: str) -> set[str]:
    """Who may read a content, by the lake."""
    profiles = {
        row["acl_profile_id"]
        for rows in bench.lake.iter_rows("content_acl")
        for row in rows
        if row["content_id"] == content_id
    }
    rows = (row for rows in bench.lake.iter_rows("acl_readers") for row in rows)
    return {row["principal_id"] for row in rows if row["acl_profile_id"] in profiles}


@pytest.mark.parametrize(
    ("options", "setting"),
    [
        ({"modified_after": "yesterday"}, "modified_after"),
        ({"created_before": "2026-13-01"}, "created_before"),
        ({"modified_after": "2026-02-01", "modified_before": "2026-01-01"}, "modified_after"),
        ({"include_pages": ("Home",)}, "include_pages"),
        ({"exclude_blogposts": ("12x",)}, "exclude_blogposts"),
        ({"include_space_types": ("team",)}, "include_space_types"),
        ({"exclude_labels": ("Security",)}, "exclude_labels"),
    ],
)
def test_a_value_that_can_not_be_is_refused_by_name(options: dict[str, Any], setting: str) -> None:
    with pytest.raises(SettingsError, match=f"^{setting}: ") as caught:
        SyncOptions(**options)
    assert caught.value.setting == setting
