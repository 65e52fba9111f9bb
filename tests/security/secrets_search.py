"""Looks for secrets in everything that was written: files as they are, and what databases and columns hold inside."""

import base64
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import pyarrow.parquet as pq


def forms_of(secrets: Iterable[str], email: str) -> dict[bytes, str]:
    """Each secret as it may stand somewhere: plain, in an address, in a Basic header, in base64."""
    found: dict[bytes, str] = {}
    for secret in secrets:
        pair = f"{email}:{secret}".encode()
        for form in (
            secret,
            quote(secret, safe=""),
            base64.b64encode(pair).decode()[:-4],
            base64.b64encode(secret.encode()).decode()[:-4],
        ):
            found[form.encode()] = secret
    return found


def hits(content: bytes, forms: dict[bytes, str]) -> set[str]:
    return {secret for form, secret in forms.items() if form in content}


def hits_below(folder: Path, forms: dict[bytes, str]) -> dict[str, set[str]]:
    """Secrets by the file that holds them; files that can be opened as a database are searched inside as well."""
    found: dict[str, set[str]] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        seen = hits(path.read_bytes(), forms) | hits(str(path).encode(), forms)
        for content in contents_of(path):
            seen |= hits(content, forms)
        if seen:
            found[str(path.relative_to(folder))] = seen
    return found


def contents_of(path: Path) -> Iterator[bytes]:
    """What stands inside a file in another form than its bytes."""
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        yield repr(table.schema.metadata).encode()
        for column in table.columns:
            yield repr(column.to_pylist()).encode()
    elif path.suffix == ".duckdb":
        yield from _of_duckdb(path)
    elif path.read_bytes()[:16] == b"SQLite format 3\x00":
        yield from _of_sqlite(path)


def _of_duckdb(path: Path) -> Iterator[bytes]:
    with duckdb.connect(str(path), read_only=True) as database:
        names = database.sql("select schema_name, table_name from duckdb_tables() where not internal").fetchall()
        assert names
        for schema, name in names:
            yield repr(database.sql(f'select * from "{schema}"."{name}"').fetchall()).encode()  # noqa: S608


def _of_sqlite(path: Path) -> Iterator[bytes]:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        for (name,) in database.execute("select name from sqlite_master where type = 'table'").fetchall():
            for row in database.execute(f'select * from "{name}"'):  # noqa: S608
                yield from map(_plain, row)


def _plain(value: Any) -> bytes:
    """A value, unpacked where Dagster has packed it: its snapshots are compressed."""
    content = value if isinstance(value, bytes) else str(value).encode()
    try:
        return zlib.decompress(content)
    except zlib.error:
        return content
