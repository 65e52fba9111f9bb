"""What a publication may read: the audience's rows, from one SELECT, and no other file."""

from pathlib import Path

import duckdb
import pytest

from confluence_assets.errors import SettingsError
from confluence_assets.warehouse.audience import AudienceWarehouse

SQL = """
create schema analytics;
create table pages (page_id varchar, space_key varchar, title varchar);
insert into pages values ('1', 'A', 'open'), ('2', 'A', 'hers'), ('3', 'B', 'secret');
create table content_labels (content_id varchar, name varchar);
insert into content_labels values ('1', 'x'), ('3', 'hush');
create table content_changes (content_id varchar, change varchar, to_value varchar);
insert into content_changes values ('1', 'created', 'x'), ('1', 'restricted', 'read user eve'), ('3', 'created', 'y');
create table spaces (space_key varchar, name varchar);
insert into spaces values ('A', 'Alpha'), ('B', 'Beta');
create table users (account_id varchar, email varchar);
insert into users values ('anna', 'anna@example.com');
create table acl_readers (acl_profile_id varchar);
create table content_acl (content_id varchar, space_key varchar);
insert into content_acl select page_id, space_key from pages;
create view analytics.public_exposure as
    select content_id, space_key, content_id = '1' as all_licensed_can_read from content_acl;
create macro analytics.account_named(who) as table
    select account_id from users where who in (account_id, email);
create macro visible_content(who) as table
    select content_id, space_key from content_acl
    where content_id = '1' or (content_id = '2' and who in ('anna', 'anna@example.com'));
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "confluence.duckdb"
    with duckdb.connect(str(path)) as database:
        database.execute(SQL)
    return path


@pytest.mark.parametrize(
    ("audience", "titles"),
    [
        ("licensed", ["open"]),
        ("anonymous", ["open"]),
        ("anna@example.com", ["hers", "open"]),
        ("everything", ["hers", "open", "secret"]),
    ],
)
def test_tables_hold_what_the_audience_may_read(path: Path, audience: str, titles: list[str]) -> None:
    with AudienceWarehouse(path, audience) as warehouse:
        assert warehouse.query("select title from pages order by title")[1] == [(title,) for title in titles]
        labels = {name for (name,) in warehouse.query("select name from content_labels")[1]}
        assert ("hush" in labels) == (audience == "everything")
        spaces = {name for (name,) in warehouse.query("select name from spaces")[1]}
        assert ("Beta" in spaces) == (audience == "everything")


def test_tables_of_access_are_withheld_and_the_published_file_has_no_name_to_go_round_by(path: Path) -> None:
    with AudienceWarehouse(path) as warehouse:
        for table in ("acl_readers", "content_acl", "confluence.pages", "site_data.pages", "analytics.public_exposure"):
            with pytest.raises(SettingsError, match="can't be answered"):
                warehouse.query(f"from {table}")


@pytest.mark.parametrize("audience", ["licensed", "anonymous", "anna@example.com"])
def test_a_change_of_access_names_nobody_to_an_audience(path: Path, audience: str) -> None:
    with AudienceWarehouse(path, audience) as warehouse:
        assert warehouse.query("select content_id, change from content_changes")[1] == [("1", "created")]
    with AudienceWarehouse(path, "everything") as warehouse:
        assert warehouse.query("select count(*) from content_changes")[1] == [(3,)]


@pytest.mark.parametrize(
    "sql",
    [
        "drop table pages",
        "select 1; select 2",
        "copy (select 1) to 'out.csv'",
        "insert into pages values ('4', 'A', 'x')",
        "set enable_external_access = true",
        "attach 'other.duckdb'",
        "select * from read_text('pyproject.toml')",
        "select * from 'pyproject.toml'",
        "no sql at all",
    ],
)
@pytest.mark.parametrize("audience", ["licensed", "everything"])
def test_nothing_but_a_select_over_the_database_is_answered(path: Path, audience: str, sql: str) -> None:
    with AudienceWarehouse(path, audience) as warehouse, pytest.raises(SettingsError):
        warehouse.query(sql)


def test_nobody_and_nothing_known_of_access_are_told(path: Path) -> None:
    with pytest.raises(SettingsError, match="names nobody"):
        AudienceWarehouse(path, "eve@example.com")
    with duckdb.connect(str(path)) as database:
        database.execute("delete from content_acl")
    with pytest.raises(SettingsError, match="Who may read what is not in the database"):
        AudienceWarehouse(path)
