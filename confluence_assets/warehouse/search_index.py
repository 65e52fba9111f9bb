"""Keeps the inverted index that the macro `search` reads (sql/search): whole, or only what changed.

A content that changed is posted again under a new number. Its old postings stay where they are, and lead to no content:
taking them out would touch a block for each term. Once they are too many, the index is made anew.
"""
# ruff: noqa: S608

import duckdb

INDEXED_TABLES = ("documents", "attachments", "attachment_texts")
"""The tables whose rows say what there is to find; the first column of each key is the id of the content."""

_VERSION = 1
"""Of what is posted: to be raised where this module posts other words or weights than before."""
_TITLE_WEIGHT = 4
_SMALL_BATCH_BYTES, _BATCH_BYTES = 2 * 1024 * 1024, 12 * 1024 * 1024
"""Text that is cut into terms at a time, which is what bounds the memory. A question looks into each batch, so there are few."""
_FEW_BATCHES = 12
_SPARE_NUMBERS = 5_000


def search_mark() -> str:
    """What tells an index that another release filled otherwise."""
    return f"search {_VERSION}, titles {_TITLE_WEIGHT}"


def build_search_index(connection: duckdb.DuckDBPyConnection) -> None:
    """Post all content anew. The scripts of sql/search were run before."""
    connection.execute("DELETE FROM _search.postings")
    connection.execute("DELETE FROM _search.contents")
    connection.execute("DELETE FROM _search.numbering")
    connection.execute("INSERT INTO _search.numbering VALUES (0)")
    _post(connection, "true")


def update_search_index(connection: duckdb.DuckDBPyConnection, touched: str) -> None:
    """Post what changed. `touched` is a query for the ids of all content whose rows in INDEXED_TABLES came, left or changed."""
    connection.execute(f"DELETE FROM _search.contents WHERE content_id IN ({touched})")
    _post(connection, f"content_id IN ({touched})")
    if _is_worn(connection):
        build_search_index(connection)


def _is_worn(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether so many numbers lead to no content that a question meets more of them than it should."""
    [(used, live)] = connection.execute(
        "SELECT next_no, (SELECT count(*) FROM _search.contents) FROM _search.numbering"
    ).fetchall()
    return bool(used > live * 1.25 + _SPARE_NUMBERS)


def _post(connection: duckdb.DuckDBPyConnection, condition: str) -> None:
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE _to_post AS "
        "SELECT number + (SELECT next_no FROM _search.numbering) AS content_no, content_id, "
        "sum(size) OVER (ORDER BY number) // "
        f"greatest({_SMALL_BATCH_BYTES}, least({_BATCH_BYTES}, sum(size) OVER () // {_FEW_BATCHES})) AS batch "
        "FROM (SELECT row_number() OVER () - 1 AS number, content_id, "
        "coalesce(strlen(title), 0) + coalesce(strlen(body), 0) AS size "
        f"FROM _search.sources WHERE {condition})"
    )
    batches = connection.execute("SELECT DISTINCT batch FROM _to_post ORDER BY batch").fetchall()
    for (batch,) in batches:
        _post_batch(connection, batch)
    connection.execute("UPDATE _search.numbering SET next_no = next_no + (SELECT count(*) FROM _to_post)")
    for name in ("_to_post", "_posted"):
        connection.execute(f"DROP TABLE IF EXISTS temp.{name}")


def _post_batch(connection: duckdb.DuckDBPyConnection, batch: int) -> None:
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE _posted AS SELECT content_no, term, count(*) AS weight FROM ("
        f"SELECT content_no, unnest(_search.terms_in(concat(repeat(concat(title, chr(10)), {_TITLE_WEIGHT}), body))) AS term "
        "FROM _search.sources JOIN _to_post USING (content_id) WHERE batch = ?) GROUP BY content_no, term",
        [batch],
    )
    connection.execute(
        # A digest costs as much as cutting the text does: each term's is made once.
        "INSERT INTO _search.postings SELECT digest, content_no, least(weight, 65535) FROM _posted JOIN "
        "(SELECT term, md5_number_lower(term) AS digest FROM (SELECT DISTINCT term FROM _posted)) USING (term) "
        "ORDER BY digest, content_no"
    )
    connection.execute(
        "INSERT INTO _search.contents SELECT content_no, any_value(content_id), coalesce(sum(weight), 0) "
        "FROM _to_post LEFT JOIN _posted USING (content_no) WHERE batch = ? GROUP BY content_no ORDER BY content_no",
        [batch],
    )
