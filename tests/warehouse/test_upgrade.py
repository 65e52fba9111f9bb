"""Files that earlier releases published open, and become what this release would have made, without anybody's doing."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from confluence_assets.lake import Lake
from confluence_assets.tables import TABLES, TABLES_BY_NAME
from confluence_assets.warehouse import (
    RowDelta,
    publication,
    publish,
    read_publication,
    search_index,
    update,
)
from confluence_assets.warehouse.account import KnownFile, KnownTable, Publication, write_account
from confluence_assets.warehouse.database import open_to_write
from confluence_assets.warehouse.schema import comment_statements, create_statement, name_of
from tests.warehouse.conftest import Fill
from tests.warehouse.test_update import ask, document, page, updated

SCHEMAS = sorted((Path(__file__).parent / "schemas").glob("*.json"))


def first_rows(fill: Fill) -> None:
    fill(
        pages=[page("1", title="T", labels=["a"]), page("2", "B", title="U")],
        documents=[document("1"), document("2", "B")],
        content_properties=[{"content_id": "1", "key": "k", "space_key": "A", "value": '{"a": 1}'}],
        users=[{"account_id": "u", "display_name": "Ada"}],
    )


def publish_as(lake: Lake, schema: dict[str, Any]) -> None:
    """What a release with this schema would have published of the lake, with the rows in the columns that it had."""
    files = lake.manifest()
    with open_to_write(lake.root / "confluence.duckdb", 200, is_new=True) as connection:
        tables: dict[str, KnownTable] = {}
        for name, table in schema["tables"].items():
            connection.execute(table["definition"])
            for comment in table["comments"]:
                connection.execute(comment)
            paths = [str(file.path) for file in files if file.table == name]
            if paths:
                source = f"read_parquet({paths}, hive_partitioning=false, union_by_name=true)"
                have = {row[0] for row in connection.execute(f"describe select * from {source}").fetchall()}  # noqa: S608
                wanted = [
                    row[0] for row in connection.execute(f"describe {name_of(name)}").fetchall() if row[0] in have
                ]
                columns = ", ".join(map(name_of, wanted))
                connection.execute(f"insert into {name_of(name)} ({columns}) select {columns} from {source}")  # noqa: S608
            [(count,)] = connection.execute(f"select count(*) from {name_of(name)}").fetchall()  # noqa: S608
            tables[name] = KnownTable(count, table["definition"], "comments of then")
        for table, column, key in (("pages", "body_markdown", "page_id"), ("pages", "word_count", "page_id")):
            if f'"{column}"' in schema["tables"]["documents"]["definition"]:
                connection.execute(
                    f"update {table} set {column} = of.{column} from documents as of where of.content_id = {key}"  # noqa: S608
                )
        connection.execute("create view main.view_of_then as select 1 as one")
        connection.execute("create macro main.macro_of_then() as table select 1 as one")
        connection.execute("create macro main.number_of_then() as 1")
        signed = Publication("then", datetime(2026, 1, 1, tzinfo=UTC), schema["format"], tables=tables)
        known = {
            (file.table, str(file.path.relative_to(lake.root))): KnownFile(file.generation, file.partition, False)
            for file in files
            if file.table in tables
        }
        write_account(connection, replace(signed, rebuilt_at=datetime.now(UTC)), known)


def as_declared(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    columns = "select table_name, column_name, data_type, comment from duckdb_columns() where schema_name = 'main' and not internal"
    keys = "select table_name, constraint_column_names::varchar from duckdb_constraints() where constraint_type = 'PRIMARY KEY'"
    names = "select view_name from duckdb_views() where not internal union select function_name from duckdb_functions() where not internal"
    tables = "select table_name, comment from duckdb_tables()"
    return {query: sorted(ask(path, query), key=str) for query in (columns, keys, names, tables)}


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.stem)
def test_every_earlier_release(lake: Lake, fill: Fill, path: Path, tmp_path: Path) -> None:
    first_rows(fill)
    publish_as(lake, json.loads(path.read_text("utf-8")))
    assert ask(lake.root / "confluence.duckdb", "select title from pages order by 1") == [("T",), ("U",)]
    fill(pages=[page("1", title="new", labels=["a"])])
    result = updated(lake)
    assert ask(result.path, "select title, body_markdown from pages order by 1") == [("U", "md 2"), ("new", "md 1")]
    other = Lake(tmp_path / "other")
    assert as_declared(result.path) == as_declared(publish(other.root, other.manifest()).path)


def test_the_first_schema_is_kept_as_it_was() -> None:
    assert [path.stem for path in SCHEMAS][:1] == ["0.1"]
    first = json.loads(SCHEMAS[0].read_text("utf-8"))
    assert len(first["tables"]) >= 31


def of_now() -> dict[str, Any]:
    return {
        "format": 2,
        "tables": {
            table.name: {"definition": create_statement(table), "comments": list(comment_statements(table))}
            for table in TABLES
        },
    }


@pytest.mark.parametrize(
    ("table", "old", "new"),
    [
        ("pages", '"owner_id" VARCHAR, ', ""),  # a column that came
        ("pages", '"title" VARCHAR', '"title" VARCHAR, "nickname" VARCHAR'),  # one that went
        ("pages", '"version_number" BIGINT', '"version_number" VARCHAR'),  # one of another type
        ("pages", "PRIMARY KEY", "UNIQUE"),  # a key
        ("documents", '"word_count" BIGINT, ', ""),  # one that others join
        ("users", None, None),  # a table that came
    ],
)
def test_any_difference_is_evened_out(lake: Lake, fill: Fill, table: str, old: str | None, new: str | None) -> None:
    first_rows(fill)
    schema = of_now()
    if old is None or new is None:
        del schema["tables"][table]
    else:
        definition = schema["tables"][table]["definition"]
        assert old in definition
        schema["tables"][table] = {"definition": definition.replace(old, new), "comments": []}
    schema["tables"]["gone"] = {"definition": "create table gone (id varchar)", "comments": []}
    publish_as(lake, schema)
    result = updated(lake)
    assert ask(result.path, "select count(*) from duckdb_tables() where table_name = 'gone'") == [(0,)]
    assert ask(result.path, "select count(*) from duckdb_views() where view_name = 'view_of_then'") == [(0,)]
    assert ask(result.path, "select count(*) from duckdb_functions() where function_name like '%_of_then'") == [(0,)]
    assert [row[0] for row in ask(result.path, f"select column_name from (describe {table})")] == list(  # noqa: S608
        TABLES_BY_NAME[table].column_names
    )


def test_a_file_of_an_older_or_a_newer_format_is_made_anew(lake: Lake, fill: Fill) -> None:
    first_rows(fill)
    path = lake.root / "confluence.duckdb"
    lake.root.mkdir(exist_ok=True)
    with duckdb.connect(str(path)) as connection:  # as the first commits wrote it
        connection.execute("create schema _meta")
        connection.execute("create table _meta.publication as select 'mark' as fingerprint, now() as published_at")
        connection.execute("create table _meta.tables as select 'pages' as table_name, 0::bigint as row_count")
    result = publish(lake.root, lake.manifest())
    assert (result.rebuilt_because, result.rows["pages"]) == ("it is of another release's format", 2)
    with duckdb.connect(str(path)) as connection:
        connection.execute("update _meta.publication set format = 99, fingerprint = 'other'")
    assert publish(lake.root, lake.manifest()).rebuilt_because == "it is of another release's format"


def test_another_site_a_damaged_file_and_a_wish_are_made_anew(lake: Lake, fill: Fill) -> None:
    first_rows(fill)
    path = publish(lake.root, lake.manifest(), site_id="one").path
    assert publish(lake.root, lake.manifest(), site_id="one").changed is False
    fill(users=[])
    assert publish(lake.root, lake.manifest(), site_id="other").rebuilt_because == "it is another site's"
    path.write_bytes(b"nonsense")
    assert publish(lake.root, lake.manifest()).rebuilt_because == "it can't be read"
    assert publish(lake.root, lake.manifest(), force=True).rebuilt_because == "it was asked for"


def test_an_update_that_fails_costs_no_publication(lake: Lake, fill: Fill) -> None:
    first_rows(fill)
    path = publish(lake.root, lake.manifest()).path
    with duckdb.connect(str(path)) as connection:
        connection.execute("drop table documents")
    fill(documents=[document("1", word_count=5)])
    result = publish(lake.root, lake.manifest())
    assert result.rebuilt_because.startswith("it could not be updated: ")
    assert "documents" in result.rebuilt_because
    assert ask(path, "select word_count from pages where page_id = '1'") == [(5,)]


def test_waste_and_residue_are_cleared_away(lake: Lake, fill: Fill, monkeypatch: pytest.MonkeyPatch) -> None:
    def rows(number: int) -> list[dict[str, object]]:
        return [page(str(n), body_storage=os.urandom(2000).hex(), title=str(number)) for n in range(200)]

    fill(pages=rows(0))
    made_bytes = publish(lake.root, lake.manifest()).bytes
    monkeypatch.setattr(publication, "_BORNE_BYTES", 1 << 19)
    reasons = []
    for number in range(1, 9):
        fill(pages=rows(number))
        result = publish(lake.root, lake.manifest())
        assert result.deltas == {"pages": RowDelta(changed=200)}
        made_bytes = result.bytes if result.rebuilt_because else made_bytes
        assert result.bytes <= 2 * made_bytes + (1 << 19), "twice what the rows took when the file was last made"
        reasons.append(result.rebuilt_because)
    assert "" in reasons
    assert any("had become of what takes" in reason for reason in reasons)
    monkeypatch.setattr(publication, "_BORNE_BYTES", 1 << 30)
    fill(pages=rows(99)[:100])
    publish(lake.root, lake.manifest())
    known = read_publication(result.path)
    assert known is not None
    assert known.has_residue
    monkeypatch.setattr(publication, "RESIDUE_LIFETIME", -publication.RESIDUE_LIFETIME)
    fill(pages=rows(100)[:100])
    result = publish(lake.root, lake.manifest())
    assert result.rebuilt_because == "rows had left it, whose bytes go with this"
    assert result.deltas == {"pages": RowDelta(changed=100)}


def test_residue_is_cleared_away_though_nothing_more_changes(
    lake: Lake, fill: Fill, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(pages=[page("1", body_storage="kept"), page("2", body_storage="purged-words")])
    path = publish(lake.root, lake.manifest()).path
    fill(pages=[page("1", body_storage="kept")])
    publish(lake.root, lake.manifest())
    assert b"purged-words" in path.read_bytes()
    assert publish(lake.root, lake.manifest()).changed is False
    monkeypatch.setattr(publication, "RESIDUE_LIFETIME", timedelta())
    result = publish(lake.root, lake.manifest())
    assert result.rebuilt_because == "rows had left it, whose bytes go with this"
    assert result.deltas == {}
    assert b"purged-words" not in path.read_bytes()
    assert publish(lake.root, lake.manifest()).changed is False


def test_a_release_of_another_format_or_search_publishes_what_stands_in_the_lake(
    lake: Lake, fill: Fill, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(documents=[document("1", title="Alpha")])
    path = publish(lake.root, lake.manifest()).path
    weight = "select max(weight) from _search.postings"
    [(before,)] = ask(path, weight)
    monkeypatch.setattr(search_index, "_TITLE_WEIGHT", 9)
    result = publish(lake.root, lake.manifest())
    assert (result.changed, result.rebuilt_because) == (True, "")
    assert ask(path, weight) == [(before + 5,)]
    for module in (publication, update):
        monkeypatch.setattr(module, "FORMAT", 77)
    assert publish(lake.root, lake.manifest()).rebuilt_because == "it is of another release's format"
    assert ask(path, "select format from _meta.publication") == [(77,)]
    assert publish(lake.root, lake.manifest()).changed is False
