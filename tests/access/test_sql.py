"""The views and macros beyond visible_pages: literal answers over a small site."""

from pathlib import Path

import duckdb
import pytest

from confluence_assets.access import SiteAccess
from confluence_assets.warehouse import publish
from tests.access.site import SQL_FILES, SmallSite


def site() -> SmallSite:
    built = SmallSite(SiteAccess(anonymous_access=True))
    built.group("staff", "user")
    built.group("board")
    built.account("ann", "staff", "board", display_name="Ann")
    built.account("ben", "staff", email=None, display_name="Ben")
    built.account("guest", is_external=True, email="guest@partner.example")
    built.account("off", "staff", status="inactive", email="ann@example.com")
    built.account("unlicensed", "board")
    built.space("TEAM", "access_class:all-licensed-users")
    built.space("PUB", "anonymous")
    built.space("EXT", "group:board", "user:guest")
    built.node("TEAM", "1")
    built.node("TEAM", "2", "group:board", parent="1")
    built.node("TEAM", "3", "user:ben", parent="2")
    built.node("PUB", "4")
    built.node("PUB", "5", "user:guest", parent="4")
    built.node("EXT", "6")
    built.contained("attachments", "EXT", "att7", "6")
    return built


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    return site().database()


def visible(database: duckdb.DuckDBPyConnection, who: str | None) -> list[str]:
    rows = database.execute("select content_id from visible_content(?) order by content_id", [who]).fetchall()
    return [row[0] for row in rows]


@pytest.mark.parametrize(
    ("who", "contents"),
    [
        ("ann", "1 2 4 6 att7"),
        ("ANN@example.com", "1 2 4 6 att7"),
        ("ben", "1 4"),
        ("guest@partner.example", "4 5 6 att7"),
        ("anonymous", "4"),
        ("off", ""),
        ("unlicensed", ""),
        ("nobody@example.com", ""),
        ("", ""),
        (None, ""),
        ("Ann", ""),
    ],
)
def test_what_somebody_sees(database: duckdb.DuckDBPyConnection, who: str | None, contents: str) -> None:
    assert visible(database, who) == contents.split()


def test_visible_pages_are_whole_rows_of_pages(database: duckdb.DuckDBPyConnection) -> None:
    columns = [row[0] for row in database.execute("describe pages").fetchall()]
    seen = database.execute("select * from visible_pages('ben') order by page_id")

    assert [column[0] for column in seen.description] == columns
    assert [row[0] for row in seen.fetchall()] == ["1", "4"]


def test_an_address_that_two_active_accounts_share_names_neither() -> None:
    built = site()
    built.account("twin", "staff", email="Ann@Example.com")
    database = built.database()

    assert visible(database, "ann@example.com") == []
    assert visible(database, "twin") == ["1", "4"]


def test_an_empty_address_names_nobody() -> None:
    built = site()
    built.account("blank", "staff", email="")

    assert visible(built.database(), "") == []


def test_an_account_id_is_not_taken_for_somebody_elses_address() -> None:
    built = site()
    built.account("ben@example.com", "staff", email=None)
    built.account("third", "staff", email="ben@example.com")

    assert visible(built.database(), "ben@example.com") == []


def test_public_exposure(database: duckdb.DuckDBPyConnection) -> None:
    rows = database.execute(
        "select content_id, content_type, title, widest_exposure, anonymous_can_read, all_licensed_can_read, "
        "external_reader_count from analytics.public_exposure order by content_id"
    ).fetchall()

    assert rows == [
        ("1", "page", "Title of 1", "all licensed users", False, True, 0),
        ("4", "page", "Title of 4", "anonymous", True, True, 1),
        ("5", "page", "Title of 5", "externals", False, False, 1),
        ("6", "page", "Title of 6", "externals", False, False, 1),
        ("att7", "attachment", None, "externals", False, False, 1),
    ]


def test_unmatched_people() -> None:
    built = site()
    built.account("twin", "staff", email="ann@EXAMPLE.com")
    built.account("bot", kind="app", email=None)
    rows = (
        built.database()
        .execute(
            "select account_id, cause, readable_profile_count, what_to_do from analytics.unmatched_people order by 1"
        )
        .fetchall()
    )

    assert [row[:3] for row in rows] == [
        ("ann", "email_shared", 3),
        ("ben", "email_hidden", 1),
        ("twin", "email_shared", 1),
    ]
    assert all("account_id" in row[3] for row in rows)


def explained(database: duckdb.DuckDBPyConnection, who: str, content_id: str) -> list[tuple[object, ...]]:
    return database.execute(
        "select layer_index, source_type, source_title, admits, reason, may_read from analytics.access_explained(?, ?)",
        [who, content_id],
    ).fetchall()


def test_access_explained_says_which_layer_refuses(database: duckdb.DuckDBPyConnection) -> None:
    assert explained(database, "ben", "3") == [
        (-1, "account", None, True, "active", False),
        (0, "space", "The TEAM space", True, "let in by access_class:all-licensed-users", False),
        (1, "page", "Title of 2", False, "names neither the account nor a group of it", False),
        (2, "page", "Title of 3", True, "let in by user:Ben", False),
    ]


def test_access_explained_says_what_admits(database: duckdb.DuckDBPyConnection) -> None:
    assert [row[3:] for row in explained(database, "ann@example.com", "2")] == [
        (True, "active", True),
        (True, "let in by access_class:all-licensed-users", True),
        (True, "let in by group:Board", True),
    ]


@pytest.mark.parametrize(
    ("who", "admits", "reason"),
    [
        ("off", False, "the account is inactive"),
        ("unlicensed", False, "active, but in no group that may use the site"),
        ("stranger", False, "no account has this id or e-mail address"),
        ("anonymous", True, "whoever has not signed in"),
    ],
)
def test_access_explained_knows_the_account(
    database: duckdb.DuckDBPyConnection, who: str, admits: bool, reason: str
) -> None:
    assert explained(database, who, "4")[0][3:5] == (admits, reason)
    assert explained(database, who, "4")[0][5] == (who == "anonymous")


def test_access_explained_says_what_could_not_be_decided() -> None:
    built = site()
    built.node("TEAM", "20", "unknown:unknown")
    built.node("TEAM", "21", "group:deleted", "user:ann")
    built.node("TEAM", "22", "group:deleted")
    database = built.database()

    assert explained(database, "ann", "20")[-1][3:] == (False, "not decidable: restriction_unread", False)
    assert explained(database, "ann", "21")[-1][3:] == (True, "let in by user:Ann (not complete: group_unknown)", True)
    refusal = "names neither the account nor a group of it (not complete: group_unknown)"
    assert explained(database, "ann", "22")[-1][3:] == (False, refusal, False)


def test_nothing_is_explained_where_there_is_no_such_content(database: duckdb.DuckDBPyConnection) -> None:
    assert explained(database, "ann", "404") == []


def test_macros_answer_in_a_file_that_is_attached(tmp_path: Path) -> None:
    path = str(tmp_path / "confluence.duckdb")
    built = site().database()
    built.execute(f"attach '{path}' as confluence")
    current = built.execute("select current_database()").fetchall()[0][0]
    for (table,) in built.execute("select table_name from duckdb_tables() where not temporary").fetchall():
        built.execute(f'create table confluence."{table}" as from {current}."{table}"')
    built.execute("use confluence")
    for script in SQL_FILES:
        built.execute(script.read_text())
    built.close()

    opened = duckdb.connect(path, read_only=True)
    assert visible(opened, "ben") == ["1", "4"]
    opened.close()
    attached = duckdb.connect()
    attached.execute(f"attach '{path}' as wiki (read_only)")
    attached.execute("use wiki")
    assert visible(attached, "ben") == ["1", "4"]
    assert len(explained(attached, "ben", "3")) == 4
    attached.close()


def test_a_publication_holds_the_macros_and_views(tmp_path: Path) -> None:
    publish(tmp_path, [])

    with duckdb.connect(str(tmp_path / "confluence.duckdb"), read_only=True) as published:
        assert visible(published, "ann") == []
        assert published.execute("select * from visible_pages('ann')").fetchall() == []
        for view in ("public_exposure", "unmatched_people", "reading_accounts", "content_names"):
            assert published.execute(f"select * from analytics.{view}").fetchall() == []  # noqa: S608
        assert explained(published, "ann", "1") == []


def test_people_who_are_licensed_by_themselves_read_what_is_open_to_all() -> None:
    """Data Center gives 'Can use' to single people as well: no group of theirs says so."""
    access = SiteAccess("datacenter", anonymous_access=True, licensed_accounts=frozenset({"ann", "solo"}))
    built = SmallSite(access)
    built.group("staff", "user")
    built.account("ann", "staff")
    built.account("solo")
    built.account("stranger")
    built.space("PUB", "anonymous")
    built.space("TEAM", "user:solo", "user:stranger")
    built.node("PUB", "1")
    built.node("TEAM", "2")
    database = built.database()

    assert [visible(database, who) for who in ("ann", "solo", "stranger", "anonymous")] == [
        ["1"],
        ["1", "2"],
        [],
        ["1"],
    ]
    assert [row[3] for row in explained(database, "solo", "1")] == [True, True]
    assert [row[3] for row in explained(database, "stranger", "2")] == [False, True], "named, and not licensed"


def test_whoever_may_be_licensed_by_a_group_that_was_not_read_is_explained_as_closed() -> None:
    built = SmallSite(SiteAccess(anonymous_access=False, unread_groups=frozenset({"staff"})))
    built.group("staff", "user")
    built.group("admins", "user")
    built.group("team")
    built.account("ann", "staff", "team")
    built.account("ben", "admins", "team")
    built.space("S", "group:team")
    built.node("S", "1")
    database = built.database()

    assert [visible(database, who) for who in ("ann", "ben")] == [[], ["1"]]
    assert [row[3:] for row in explained(database, "ben", "1")] == [
        (True, "active", True),
        (True, "let in by group:Team (not complete: licence_in_doubt)", True),
    ]


def test_what_all_licensed_people_of_a_data_center_read_is_exposed() -> None:
    """It tells no type of accounts: they are people all the same."""
    built = SmallSite(SiteAccess("datacenter", anonymous_access=False))
    built.group("users", "user")
    built.group("team")
    built.account("ann", "users", "team", kind=None)
    built.account("ben", "users", kind=None)
    built.account("gone", "users", kind=None, status="inactive")
    built.space("ALL", "group:users")
    built.space("SOME", "group:team")
    built.node("ALL", "1")
    built.node("SOME", "2")

    rows = built.database().execute("select content_id, widest_exposure from analytics.public_exposure").fetchall()
    assert rows == [("1", "all licensed users")]
