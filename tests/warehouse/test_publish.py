"""What stands in the published file, and when it is published."""

import re
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from confluence_assets.errors import StorageError
from confluence_assets.lake import Lake
from confluence_assets.tables import TABLES
from confluence_assets.warehouse import ConfluenceWarehouse, publish, read_publication
from confluence_assets.warehouse.schema import DUCKDB_TYPES
from confluence_assets.warehouse.update import sql_scripts
from tests.warehouse.conftest import T0, Fill


def page(page_id: str, space_key: str = "A", **more: object) -> dict[str, object]:
    return {"page_id": page_id, "space_key": space_key, "version_number": 1, "updated_at": T0} | more


def connect(path: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(path), read_only=True)


def test_every_table_is_there_as_declared(lake: Lake) -> None:
    path = publish(lake.root, lake.manifest()).path
    with connect(path) as connection:
        columns = connection.execute(
            "select table_name, column_name, data_type, is_nullable, comment from duckdb_columns() "
            "where schema_name = 'main' and not internal"
        ).fetchall()
        tables = dict(
            connection.execute("select table_name, comment from duckdb_tables() where schema_name = 'main'").fetchall()
        )
        keys = dict(
            connection.execute(
                "select table_name, constraint_column_names from duckdb_constraints() "
                "where constraint_type = 'PRIMARY KEY' and schema_name = 'main'"
            ).fetchall()
        )
    declared = {
        (table.name, column.name, DUCKDB_TYPES[column.type].replace("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE"))
        for table in TABLES
        for column in table.columns
    }
    known = {table.name for table in TABLES}
    columns = [row for row in columns if row[0] in known]
    assert {row[:3] for row in columns} == declared
    assert {row[0:2]: row[4] for row in columns} == {(t.name, c.name): c.doc for t in TABLES for c in t.columns}
    assert tables == {table.name: table.doc for table in TABLES}
    assert {name: tuple(key) for name, key in keys.items()} == {table.name: table.key for table in TABLES}
    required = {(row[0], row[1]) for row in columns if not row[3]}
    assert required == {(t.name, c.name) for t in TABLES for c in t.columns if not c.nullable or c.name in t.key}


def test_rows_come_as_they_are(lake: Lake, fill: Fill) -> None:
    fill(
        pages=[
            page("1", "2024", title="It's ü 🎉", labels=["a", "b"], body_storage="<p>x</p>", version_minor_edit=True)
        ],
        content_properties=[{"content_id": "1", "key": "k", "space_key": "2024", "value": '{"a": [1, 2]}'}],
        sync_ledger=[{"run_id": "r", "table_name": "pages", "space_key": "2024", "throttled_seconds": 0.5}],
    )
    result = publish(lake.root, lake.manifest())
    assert (result.changed, result.rows["pages"], result.rows["users"]) == (True, 1, 0)
    assert result.bytes == result.path.stat().st_size > 0
    with connect(result.path) as connection:
        [row] = connection.execute(
            "select space_key, title, labels, body_storage, version_minor_edit, epoch_us(updated_at), "
            "epoch_us(synced_at), body_markdown from confluence.pages"
        ).fetchall()
        assert row == (
            "2024", "It's ü 🎉", ["a", "b"], "<p>x</p>", True, T0.timestamp() * 1e6, T0.timestamp() * 1e6, None,
        )  # fmt: skip
        assert connection.execute("select value->'$.a[1]' from content_properties").fetchall() == [("2",)]
        assert connection.execute("select throttled_seconds from sync_ledger").fetchall() == [(0.5,)]


def test_derived_columns_are_joined_in(lake: Lake, fill: Fill) -> None:
    fill(
        pages=[page("1"), page("2")],
        comments=[{"comment_id": "3", "space_key": "A"}],
        attachments=[{"attachment_id": f"att{n}", "space_key": "A", "version_number": 2} for n in (1, 2)],
        documents=[
            {"content_id": "1", "space_key": "A", "breadcrumb": ["Home"], "ancestor_ids": ["9"], "depth": 1}
            | {"body_markdown": "**x**", "word_count": 1},
            {"content_id": "3", "space_key": "A", "body_markdown": "comment"},
        ],
        content_acl=[{"content_id": id_, "space_key": "A", "acl_profile_id": f"p{id_}"} for id_ in ("1", "3", "att1")],
        attachment_texts=[
            {"attachment_id": "att1", "version_number": version, "space_key": "A", "sha256": f"s{version}"}
            for version in (1, 2)
        ],
        content_chunks=[{"content_id": "1", "chunk_index": index, "space_key": "A"} for index in (0, 1)],
    )
    with connect(publish(lake.root, lake.manifest()).path) as connection:
        ask = connection.execute
        assert ask(
            "select page_id, breadcrumb, ancestor_ids, depth, body_markdown, word_count, acl_profile_id "
            "from pages order by all"
        ).fetchall() == [("1", ["Home"], ["9"], 1, "**x**", 1, "p1"), ("2", None, None, None, None, None, None)]
        assert ask("select body_markdown, acl_profile_id from comments").fetchall() == [("comment", "p3")]
        assert ask("select attachment_id, sha256, acl_profile_id from attachments order by all").fetchall() == [
            ("att1", "s2", "patt1"),
            ("att2", None, None),
        ]
        assert ask("select distinct acl_profile_id from content_chunks").fetchall() == [("p1",)]


def test_an_id_in_two_files_is_one_row_the_one_read_last(lake: Lake, fill: Fill) -> None:
    later = T0.replace(month=2)
    fill(at=later, pages=[page("1", "B", title="moved here"), page("3", "B")])
    fill(at=T0, pages=[page("1", "A", title="was here"), page("2", "A")])
    fill(at=T0, content_acl=[{"content_id": "1", "space_key": "A", "acl_profile_id": "old"}])
    fill(at=T0, content_acl=[{"content_id": "1", "space_key": "B", "acl_profile_id": "new"}])
    with connect(publish(lake.root, lake.manifest()).path) as connection:
        rows = connection.execute("select page_id, space_key, acl_profile_id from pages order by 1").fetchall()
    assert rows == [("1", "B", "new"), ("2", "A", None), ("3", "B", None)]


def test_nothing_changed_nothing_published(lake: Lake, fill: Fill) -> None:
    space = {"space_id": "1", "space_key": "A", "last_synced_at": T0}
    fill(pages=[page("1")], spaces=[space])
    first = publish(lake.root, lake.manifest())
    before = (first.path.stat().st_ino, first.path.stat().st_mtime_ns)
    fill(pages=[page("1")], spaces=[space | {"last_synced_at": T0.replace(day=2)}])
    fill(sync_ledger=[{"run_id": "r", "table_name": "pages", "space_key": "A"}])
    second = publish(lake.root, lake.manifest())
    assert (second.changed, second.rows) == (False, first.rows)
    assert (first.path.stat().st_ino, first.path.stat().st_mtime_ns) == before
    fill(pages=[page("1", title="New")])
    assert publish(lake.root, lake.manifest()).changed is True
    lake.drop_partition("pages", "A")
    assert publish(lake.root, lake.manifest()).rows["pages"] == 0
    fill(content_changes=[{"change_id": "c"}])
    assert publish(lake.root, lake.manifest()).changed is True
    assert publish(lake.root, lake.manifest()).changed is False
    assert publish(lake.root, lake.manifest(), force=True).changed is True


def test_the_folder_holds_one_file_and_no_traces(lake: Lake, fill: Fill) -> None:
    fill(pages=[page("1")])
    (lake.root / "confluence.duckdb.wal").write_bytes(b"stale")
    (lake.root / ".confluence.duckdb.999").write_bytes(b"of a killed run")
    path = publish(lake.root, lake.manifest()).path
    assert sorted(entry.name for entry in lake.root.iterdir()) == ["confluence.duckdb", "lake"]
    assert path.stat().st_mode & 0o777 == 0o600
    with connect(path) as connection:
        assert connection.execute("select count(*) from pages").fetchall() == [(1,)]


def test_a_damaged_publication_is_made_anew(lake: Lake, fill: Fill) -> None:
    fill(pages=[page("1")])
    path = publish(lake.root, lake.manifest()).path
    path.write_bytes(path.read_bytes()[:5000])
    assert read_publication(path) is None
    assert publish(lake.root, lake.manifest()).changed is True
    publication = read_publication(path)
    assert publication is not None
    assert publication.rows["pages"] == 1


def test_a_damaged_input_is_named_and_the_old_file_stands(lake: Lake, fill: Fill) -> None:
    fill(pages=[page("1")])
    path = publish(lake.root, lake.manifest()).path
    fill(pages=[page("1", title="New")])
    files = lake.manifest()
    files[0].path.write_bytes(b"PAR1 nonsense PAR1")
    with pytest.raises(StorageError, match=r"space=A/data\.parquet"):
        publish(lake.root, files)
    with connect(path) as connection:
        assert connection.execute("select title from pages").fetchall() == [(None,)]
    assert sorted(entry.name for entry in lake.root.iterdir()) == ["confluence.duckdb", "lake"]


@pytest.mark.parametrize("older", ["A", "B"])
def test_files_of_two_releases_are_read_together(lake: Lake, fill: Fill, older: str) -> None:
    fill(pages=[page("1", "A", owner_id="u"), page("2", "B", owner_id="u")])
    [path] = [file.path for file in lake.manifest() if file.partition == older]
    table = pq.read_table(path, partitioning=None).drop_columns(["owner_id"])
    metadata = pq.read_metadata(path).metadata[b"confluence_assets"].replace(b'"layout":"', b'"layout":"older')
    pq.write_table(table.replace_schema_metadata({b"confluence_assets": metadata}), path)
    with connect(publish(lake.root, lake.manifest()).path) as connection:
        rows = dict(connection.execute("select space_key, owner_id from pages").fetchall())
    assert rows == {"A": "u", "B": "u"} | {older: None}


def test_many_small_files(lake: Lake, fill: Fill) -> None:
    fill(pages=[page(str(n), f"S{n}") for n in range(700)])
    result = publish(lake.root, lake.manifest())
    assert result.rows["pages"] == 700
    assert result.seconds < 5


def test_large_bodies_are_loaded_in_parts_and_none_is_lost(
    lake: Lake, fill: Fill, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("confluence_assets.warehouse.load._CHUNK_BYTES", 3000)
    fill(
        pages=[page(f"{n}'", f"S{n % 3}", body_storage=f"body {n}") for n in range(1000)],
        documents=[{"content_id": f"{n}'", "space_key": f"S{n % 3}", "body_markdown": f"md {n}"} for n in range(1000)],
    )
    with connect(publish(lake.root, lake.manifest()).path) as connection:
        rows = connection.execute("select page_id, body_storage, body_markdown from pages").fetchall()
    assert sorted(rows) == sorted((f"{n}'", f"body {n}", f"md {n}") for n in range(1000))


def test_too_little_memory_is_answered_with_more(lake: Lake, fill: Fill, monkeypatch: pytest.MonkeyPatch) -> None:
    from confluence_assets.warehouse import publication

    fill(pages=[page(str(n), body_storage="x" * 2000) for n in range(500)])
    tried: list[int] = []
    build, update = publication.build, publication.update
    monkeypatch.setattr(publication, "build", lambda order, mib, told: (tried.append(mib), build(order, mib, told))[1])
    monkeypatch.setattr(publication, "update", lambda *args: (tried.append(args[3]), update(*args))[1])
    with pytest.raises(StorageError, match="could not be built"):
        publish(lake.root, lake.manifest(), memory_limit_mib=1)
    assert tried == [1]
    for name in ("_MEMORY_MIB", "_SMALL_MEMORY_MIB"):
        monkeypatch.setattr(publication, name, 1)
    assert publish(lake.root, lake.manifest()).rows["pages"] == 500
    assert tried[1:] in ([1, 2], [1, 2, 2], [1, 2, 2, 5], [1, 2, 2, 5, 16])
    fill(pages=[page(str(n), body_storage="y" * 2000) for n in range(500)])
    tried.clear()
    result = publish(lake.root, lake.manifest())
    assert (result.deltas["pages"].changed, result.rebuilt_because) == (500, "")
    assert tried in ([1, 2], [1, 2, 2], [1, 2, 2, 5], [1, 2, 2, 5, 16])


def test_views_and_macros_work_where_the_file_is_attached(lake: Lake, fill: Fill) -> None:
    fill(pages=[page("1", title="T", status="current")], spaces=[{"space_id": "1", "space_key": "A"}])
    path = publish(lake.root, lake.manifest()).path
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach '{path}' as wiki (read_only)")
        connection.execute("use wiki")
        views = connection.execute(
            "select view_name, comment from duckdb_views() where schema_name = 'analytics' and database_name = 'wiki'"
        ).fetchall()
        assert {"page_tree", "stale_pages", "open_tasks", "sync_health"} <= {name for name, _ in views}
        assert [name for name, comment in views if not comment] == []
        for name, _ in views:
            connection.execute(f"select * from analytics.{name}").fetchall()  # noqa: S608
        assert connection.execute("select title from analytics.page_tree").fetchall() == [("T",)]
        assert connection.execute("select * from visible_pages('nobody')").fetchall() == []


def test_the_reader_follows_publications_in_its_own_process(lake: Lake, fill: Fill) -> None:
    fill(pages=[page("1")])
    path = publish(lake.root, lake.manifest()).path
    with ConfluenceWarehouse(path) as warehouse:
        assert warehouse.query("select count(*) as n from pages")["n"].tolist() == [1]
        fill(pages=[page("1"), page("2")])
        publish(lake.root, lake.manifest())
        assert warehouse.query_arrow("select count(*) as n from pages").column("n").to_pylist() == [2]
        assert warehouse.query_rows("select count(*) from pages where page_id = ?", ["2"]) == [(1,)]
        with pytest.raises(duckdb.InvalidInputException, match="read-only"):
            warehouse.query_rows("delete from pages")
        [(stamp,)] = warehouse.query_rows("select updated_at::varchar from pages limit 1")
        assert stamp == "2026-01-01 00:00:00+00"
    with pytest.raises(StorageError, match="not there yet"):
        ConfluenceWarehouse(lake.root / "nothing.duckdb").query("select 1")


def test_scripts_keep_to_what_older_readers_know() -> None:
    """DuckDB 2 stores `if(…)` in a view as a function of that name, which DuckDB 1.1 to 1.4 do not have."""
    scripts = sql_scripts()
    assert len(scripts) >= 9
    assert [name for name, text in scripts if re.search(r"\bif\s*\(", text, re.IGNORECASE)] == []
