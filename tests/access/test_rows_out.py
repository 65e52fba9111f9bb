"""The rows of the derived tables: literal, in the order of their keys, with ids that stay the same."""

import pytest

from confluence_assets.access import SiteAccess, SpaceRows, contained_rows, resolve_space, tree_rows
from confluence_assets.tables import TABLES_BY_NAME, Row, key_of, sort_key
from tests.access.site import SmallSite

TABLES = {"content_acl": "iter_content_acl", "acl_profiles": "iter_acl_profiles", "acl_readers": "iter_acl_readers"}


def site() -> SmallSite:
    built = SmallSite(SiteAccess(anonymous_access=True))
    built.group("staff", "user")
    for account_id in ("ann", "benedict", "cat"):
        built.account(account_id, "staff")
    built.space("S", "group:staff", "anonymous")
    built.node("S", "9")
    built.node("S", "10", "user:benedict", "user:ann", parent="9")
    built.node("S", "100", kind="blogpost")
    built.contained("attachments", "S", "att7", "10")
    return built


def rows_of(built: SmallSite, table: str, key: str = "S") -> list[Row]:
    return [row for batch in getattr(built.resolve(key), TABLES[table])(2) for row in batch]


def test_content_takes_the_profile_of_its_layers() -> None:
    rows = rows_of(site(), "content_acl")

    assert [(row["content_id"], row["content_type"], row["space_key"]) for row in rows] == [
        ("9", "page", "S"),
        ("10", "page", "S"),
        ("100", "blogpost", "S"),
        ("att7", "attachment", "S"),
    ]
    ids = [row["acl_profile_id"] for row in rows]
    assert ids[0] == ids[2] != ids[1] == ids[3]


def test_profiles_name_every_principal_of_every_layer() -> None:
    built = site()
    restricted = built.resolve("S").profile_of("10").profile_id

    rows = [row for row in rows_of(built, "acl_profiles") if row["acl_profile_id"] == restricted]

    assert [tuple(row[name] for name in TABLES_BY_NAME["acl_profiles"].column_names[1:]) for row in rows] == [
        (0, "group", "staff", "S", "space", "id-S", True, True, None),
        (0, "anonymous", "anonymous", "S", "space", "id-S", True, True, None),
        (1, "user", "ann", "S", "page", "10", True, True, None),
        (1, "user", "benedict", "S", "page", "10", True, True, None),
    ]


def test_a_public_profile_names_whom_it_lets_in_otherwise_and_anonymous() -> None:
    built = site()
    built.account("guest", is_external=True)
    public = built.resolve("S").profile_of("9").profile_id

    rows = [row for row in rows_of(built, "acl_readers") if row["acl_profile_id"] == public]

    assert [(row["principal_type"], row["principal_id"]) for row in rows] == [
        ("user", "ann"),
        ("user", "cat"),
        ("user", "benedict"),
        ("anonymous", "anonymous"),
    ]
    assert built.resolve("S").may_read("guest", "9")
    assert len(rows_of(built, "acl_readers")) == built.resolve("S").counts().readers


@pytest.mark.parametrize("table", TABLES)
def test_rows_stand_in_the_order_of_the_key_each_once(table: str) -> None:
    contract = TABLES_BY_NAME[table]

    rows = rows_of(site(), table)
    keys = [sort_key(key_of(contract, row)) for row in rows]

    assert len(rows) > 3
    assert keys == sorted(set(keys))
    assert {tuple(row) for row in rows} == {contract.column_names}


def test_profile_ids_outlive_the_run_and_tell_spaces_apart() -> None:
    built = site()
    built.space("T", "group:staff", "anonymous")
    built.node("T", "20")

    assert built.resolve("S").profile_of("9").profile_id == "93a6e09c6433069c5097dd2d70994c97"
    assert built.resolve("T").profile_of("20").profile_id != built.resolve("S").profile_of("9").profile_id


def test_a_change_in_a_group_keeps_the_ids_and_changes_the_readers() -> None:
    built = site()
    before = rows_of(built, "content_acl"), rows_of(built, "acl_profiles"), rows_of(built, "acl_readers")
    built.rows["group_members"].pop()

    assert (rows_of(built, "content_acl"), rows_of(built, "acl_profiles")) == before[:2]
    assert len(rows_of(built, "acl_readers")) < len(before[2])


def test_a_deep_tree_needs_no_recursion() -> None:
    built = site()
    built.rows["blogposts"].clear()
    tree = [{"content_id": "0", "content_type": "page", "parent_id": None, "parent_type": None}]
    tree += [
        {"content_id": str(n), "content_type": "page", "parent_id": str(n - 1), "parent_type": "page"}
        for n in range(1, 5_000)
    ]
    built.rows["pages"] = [{"page_id": row["content_id"], "space_key": "S", **row} for row in reversed(tree)]

    assert built.resolve("S").may_read("ann", "4999")


def test_a_blog_post_inherits_nothing_even_where_a_parent_is_named() -> None:
    built = site()
    rows = SpaceRows(
        space_id="id-S",
        space_key="S",
        tree=[[{"content_id": "1", "content_type": "blogpost", "parent_id": "draft", "parent_type": "page"}]],
        permissions=built.of_space("space_permissions", "S"),
    )

    assert resolve_space(rows, built.directory()).may_read("ann", "1")


def test_rows_of_the_lake_become_rows_of_the_tree() -> None:
    assert tree_rows("folders", [{"folder_id": "1", "parent_id": "2", "parent_type": "page"}]) == [
        {"content_id": "1", "content_type": "folder", "parent_id": "2", "parent_type": "page"}
    ]
    assert tree_rows("blogposts", [{"blogpost_id": "1"}])[0]["parent_id"] is None
    assert contained_rows(
        "custom_content", [{"custom_content_id": "1", "type": "ac:x:y", "container_id": "2", "container_type": "page"}]
    ) == [{"content_id": "1", "content_type": "ac:x:y", "container_id": "2", "container_type": "page"}]
