"""Random spaces: the resolver and the SQL answer what the definition, taken literally, answers for every account."""

from contextlib import closing

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from confluence_assets.access import SiteAccess
from tests.access.reference import may_read
from tests.access.site import SmallSite

ACCOUNTS = ["a1", "a2", "a3", "a4", "guest", "app", "off", "odd"]
GROUPS = ["g1", "g2", "g3", "g4"]
RESTRICTED = [f"user:{account}" for account in [*ACCOUNTS, "stranger"]] + [
    f"group:{group}" for group in [*GROUPS, "gone"]
]
SPACE = [
    *RESTRICTED,
    "access_class:all-licensed-users",
    "access_class:all-product-admins",
    "access_class:authenticated-users",
    "access_class:anonymous-users",
    "access_class:jsm-project-admins",
    "anonymous",
    "role:viewer",
]
TREE_KINDS = ["page", "page", "page", "folder", "whiteboard", "database", "blogpost"]


@st.composite
def people(draw: st.DrawFn, site: SmallSite) -> None:
    for group in GROUPS:
        site.group(group, *draw(st.sets(st.sampled_from(["user", "admin", "site-admin"]), max_size=2)))
    for account in ACCOUNTS:
        status = {"off": "inactive", "odd": "unknown"}.get(account, "active")
        groups = draw(st.sets(st.sampled_from([*GROUPS, "gone"]), max_size=3))
        kind = "app" if account == "app" else "atlassian"
        site.account(account, *sorted(groups), status=status, kind=kind, is_external=account == "guest")


@st.composite
def grants(draw: st.DrawFn, site: SmallSite) -> None:
    site.space("S", *draw(st.lists(st.sampled_from(SPACE), max_size=4, unique=True)))
    site.permission("S", draw(st.sampled_from(RESTRICTED)), "create", "page")
    for principal in draw(st.lists(st.sampled_from(SPACE[:-3]), max_size=2, unique=True)):
        site.role(
            "S", principal, draw(st.sampled_from(["viewer", "other"])), *draw(st.sampled_from([(), ("read/space",)]))
        )
    for table in ("space_permissions", "space_role_assignments", "content_restrictions"):
        if draw(st.integers(0, 30)) == 17:
            site.unread.add((table, "S"))


@st.composite
def contents(draw: st.DrawFn, site: SmallSite) -> None:
    ids = [str(number) for number in range(1, draw(st.integers(2, 12)))]
    for number, content_id in enumerate(ids):
        kind = draw(st.sampled_from(TREE_KINDS))
        parents: list[str | None] = [None, *ids[:number], *ids[:number]]
        if draw(st.integers(0, 12)) == 7:
            parents = [*ids, "missing"]
        site.node("S", content_id, kind=kind, parent=draw(st.sampled_from(parents)))
        if draw(st.booleans()):
            for principal in draw(st.lists(st.sampled_from([*RESTRICTED, "team:x"]), max_size=4, unique=True)):
                site.restrict("S", content_id, principal, draw(st.sampled_from(["read", "read", "update"])), kind)
        if draw(st.integers(0, 15)) == 9:
            site.restrict("S", content_id, "unknown:unknown", draw(st.sampled_from(["read", "update"])))
    for number, table in enumerate(
        draw(st.lists(st.sampled_from(["comments", "attachments", "custom_content"]), max_size=4))
    ):
        holder = draw(st.sampled_from([*ids, "c0", "c1", "nowhere"]))
        site.contained(table, "S", f"c{number}", holder)
        if draw(st.booleans()):
            site.restrict("S", f"c{number}", draw(st.sampled_from(RESTRICTED)), content_type=table)


@st.composite
def sites(draw: st.DrawFn) -> SmallSite:
    deployment = draw(st.sampled_from(["cloud", "cloud", "datacenter"]))
    site = SmallSite(SiteAccess(deployment=deployment, anonymous_access=draw(st.sampled_from([True, False, None]))))
    draw(people(site))
    draw(grants(site))
    draw(contents(site))
    return site


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(sites())
def test_the_resolver_answers_what_the_definition_says(site: SmallSite) -> None:
    resolution = site.resolve("S")

    for content_id, _, _ in resolution.iter_contents():
        right = {account for account in ACCOUNTS if may_read(site, account, "S", content_id)}
        assert {account for account in ACCOUNTS if resolution.may_read(account, content_id)} == right, content_id


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(sites())
def test_the_sql_answers_what_the_definition_says(site: SmallSite) -> None:
    with closing(site.database()) as connection:
        compare_sql(site, connection)


def compare_sql(site: SmallSite, connection: duckdb.DuckDBPyConnection) -> None:
    contents = [row[0] for row in connection.execute("select content_id from content_acl").fetchall()]

    for account in ACCOUNTS:
        right = {content_id for content_id in contents if may_read(site, account, "S", content_id)}
        by_id = connection.execute("select content_id from visible_content(?)", [account]).fetchall()
        by_mail = connection.execute("select content_id from visible_content(?)", [f"{account}@EXAMPLE.com"]).fetchall()
        assert {row[0] for row in by_id} == {row[0] for row in by_mail} == right

        pages = connection.execute("select page_id from visible_pages(?)", [account]).fetchall()
        assert {row[0] for row in pages} == right & {row["page_id"] for row in site.rows["pages"]}

        for content_id in contents[:3]:
            explained = connection.execute(
                "select bool_and(admits), any_value(may_read) from analytics.access_explained(?, ?)",
                [account, content_id],
            ).fetchone()
            assert explained is not None
            assert explained[1] == (content_id in right)
            assert explained[0] == explained[1] or "datacenter" in site.access.deployment


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(sites(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_show(site: SmallSite, random: object) -> None:
    resolution = site.resolve("S")
    for rows in site.rows.values():
        random.shuffle(rows)  # type: ignore[attr-defined]
    again = site.resolve("S")

    for name in ("iter_content_acl", "iter_acl_profiles", "iter_acl_readers"):
        assert list(getattr(again, name)()) == list(getattr(resolution, name)())
