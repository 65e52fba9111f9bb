"""A published database of any size, made straight in DuckDB: what `analytics.py` asks its questions of.

The words follow Zipf's law over half a million of them, so that an index of terms has the shape that it has in life.
Pages hang six below one, content is read by groups, one page in forty is restricted.
"""

from pathlib import Path

import duckdb

from confluence_assets.tables import TABLES
from confluence_assets.warehouse.database import STORAGE_VERSION
from confluence_assets.warehouse.schema import create_statement
from confluence_assets.warehouse.search_index import build_search_index
from confluence_assets.warehouse.update import sql_scripts

VOCABULARY = 500_000
WORDS = 180
"""Words of a page, on average."""
PAGES_PER_SPACE = 5_000
BATCH = 100_000

_SETTINGS = "SELECT setseed(0.42)"
_WORD = "translate(floor(exp(random() * ln({vocabulary})))::bigint::varchar, '0123456789', 'aeioubdgkt')"

_PEOPLE = """
INSERT INTO users BY NAME SELECT 'u' || n AS account_id, 'atlassian' AS account_type,
    CASE WHEN n % 20 = 19 THEN 'closed' ELSE 'active' END AS account_status, 'Person ' || n AS display_name,
    'person' || n || '@example.com' AS email, false AS email_hidden FROM range(5000) AS t(n);
INSERT INTO groups BY NAME SELECT 'g' || n AS group_id, 'group-' || n AS name,
    CASE WHEN n = 0 THEN ['user'] ELSE [] END AS access_types FROM range(300) AS t(n);
INSERT INTO group_members BY NAME SELECT 'g0' AS group_id, 'u' || n AS account_id FROM range(5000) AS t(n);
INSERT INTO group_members BY NAME SELECT DISTINCT 'g' || (1 + (n * 7 + k * 13) % 299) AS group_id, 'u' || n AS account_id
    FROM range(5000) AS t(n), range(5) AS s(k);
"""

_SPACES = """
INSERT INTO spaces BY NAME SELECT 's' || n AS space_id, 'S' || n AS space_key, 'Space ' || n AS name, 'global' AS type,
    'current' AS status, (n * {per_space})::varchar AS homepage_id, {start} AS created_at FROM range({spaces}) AS t(n);
INSERT INTO acl_profiles BY NAME SELECT 'p' || n AS acl_profile_id, 0 AS layer_index, 'group' AS principal_type,
    'g' || (n % 300) AS principal_id, 'S' || (n % {spaces}) AS space_key, 'space' AS layer_source_type,
    's' || (n % {spaces}) AS layer_source_id, true AS is_complete, true AS is_decidable
    FROM range({profiles}) AS t(n);
INSERT INTO acl_readers BY NAME SELECT 'p' || n AS acl_profile_id, 'user' AS principal_type,
    'u' || (CASE WHEN n < {spaces} AND n % 3 = 0 THEN k ELSE (n * 17 + k * 31) % 5000 END) AS principal_id,
    any_value('S' || (n % {spaces})) AS space_key
    FROM range({profiles}) AS t(n), range(5000) AS s(k)
    WHERE (n < {spaces} AND n % 3 = 0) OR k < 60 GROUP BY ALL;
INSERT INTO acl_readers BY NAME SELECT 'p' || n AS acl_profile_id, 'anonymous' AS principal_type, 'anonymous' AS principal_id,
    'S' || n AS space_key FROM range({spaces}) AS t(n) WHERE n % 25 = 0;
"""

_PAGES = """
CREATE OR REPLACE TEMP TABLE made AS
SELECT n, n::varchar AS id, n // {per_space} AS space, n % {per_space} AS place,
    CASE WHEN n % 40 = 7 THEN {spaces} + n // 40 % ({profiles} - {spaces}) ELSE n // {per_space} END AS profile,
    list_transform(generate_series(0, 3 + (random() * 3)::int), lambda i: {word}) AS title_words,
    list_transform(generate_series(0, 20 + (random() * {words} * 2)::int - 20), lambda i: {word}) AS words,
    {start} + to_seconds((random() * 94608000)::bigint) AS created_at
FROM range({low}, {high}) AS t(n);
CREATE OR REPLACE TEMP TABLE placed AS
SELECT made.* EXCLUDE (words, title_words), array_to_string(title_words, ' ') AS title, array_to_string(words, ' ') AS body,
    len(words) AS word_count, CASE WHEN place > 0 THEN (n - place + (place - 1) // 6) END AS parent
FROM made;
INSERT INTO pages BY NAME SELECT id AS page_id, 's' || space AS space_id, 'S' || space AS space_key,
    CASE WHEN n % 50 = 49 THEN 'archived' ELSE 'current' END AS status, title, parent::varchar AS parent_id,
    'page' AS parent_type, place AS position, 'u' || (n * 3 % 5000) AS author_id, created_at, 1 + n % 9 AS version_number,
    'u' || (n * 7 % 5000) AS version_author_id,
    created_at + to_seconds(((n * 7919) % 31536000)) AS updated_at, ['label-' || (n % 50)] AS labels,
    'https://wiki.example.com/wiki/spaces/S' || space || '/pages/' || id AS web_url, word_count,
    'p' || profile AS acl_profile_id FROM placed;
INSERT INTO documents BY NAME SELECT id AS content_id, 'page' AS content_type, 'S' || space AS space_key, title,
    body AS body_markdown, word_count, 1 + n % 9 AS version_number FROM placed;
INSERT INTO content_chunks BY NAME SELECT id AS content_id, k AS chunk_index, 'page' AS content_type,
    'S' || space AS space_key, ['Part ' || k] AS heading_path,
    substr(body, 1 + k * 450, 450) AS text, 110 AS token_estimate, 'p' || profile AS acl_profile_id
    FROM placed, range(12) AS t(k) WHERE k * 450 < greatest(1, length(body));
INSERT INTO content_acl BY NAME SELECT id AS content_id, 'page' AS content_type, 'S' || space AS space_key,
    'p' || profile AS acl_profile_id FROM placed;
INSERT INTO content_restrictions BY NAME SELECT id AS content_id, 'read' AS operation, 'group' AS principal_type,
    'g' || (n % 300) AS principal_id, 'page' AS content_type, 'S' || space AS space_key FROM placed WHERE n % 40 = 7;
INSERT INTO content_links BY NAME SELECT id AS source_id, k AS link_index, 'page' AS source_type, 'S' || space AS space_key,
    'page' AS target_type, CASE WHEN (n + k) % 30 = 0 THEN NULL ELSE ((n * 31 + k * 977) % {pages})::varchar END AS target_id,
    'S' || space AS target_space_key, 'Somewhere' AS target_title, 'see there' AS link_text, (n + k) % 30 = 0 AS is_broken
    FROM placed, range(2) AS t(k);
INSERT INTO comments BY NAME SELECT 'c' || id AS comment_id, 'footer' AS comment_type, id AS container_id,
    'page' AS container_type, 'S' || space AS space_key, 'current' AS status, 'u' || (n * 11 % 5000) AS author_id,
    created_at + to_seconds(86400) AS updated_at, 'p' || profile AS acl_profile_id FROM placed WHERE n % 2 = 0;
INSERT INTO attachments BY NAME SELECT 'att' || id AS attachment_id, id AS container_id, 'page' AS container_type,
    'S' || space AS space_key, 'current' AS status, 'file-' || id || '.pdf' AS filename, 'application/pdf' AS media_type,
    1000 + (n * 7919) % 5000000 AS file_size_bytes, 'u' || (n * 13 % 5000) AS author_id, created_at, created_at AS updated_at,
    1 AS version_number, 'p' || profile AS acl_profile_id FROM placed WHERE n % 2 = 1;
INSERT INTO tasks BY NAME SELECT 't' || id AS task_id, 'S' || space AS space_key, id AS page_id,
    CASE WHEN n % 3 = 0 THEN 'complete' ELSE 'incomplete' END AS status, 'Do ' || title AS body_markdown,
    'u' || (n * 17 % 5000) AS assigned_to, created_at, created_at + to_seconds(7776000) AS due_at,
    CASE WHEN n % 3 = 0 THEN created_at + to_seconds(3600) END AS completed_at, 'u' || (n * 17 % 5000) AS completed_by
    FROM placed WHERE n % 5 = 0;
"""

_LEDGER = """
INSERT INTO sync_ledger BY NAME SELECT 'run' || r AS run_id, table_name, 'S' || n AS space_key, 'incremental' AS mode,
    {start} + to_seconds(r * 3600) AS started_at, {start} + to_seconds(r * 3600 + 60) AS finished_at, 10 AS expected,
    10 AS received, 4 AS requests
    FROM range(40) AS r(r), range({spaces}) AS t(n), unnest(['pages', 'comments', 'attachments', 'tasks']) AS names(table_name);
"""


def make_warehouse(path: Path, *, pages: int) -> None:
    """Write the database. Shape: as published, with `pages` pages, half as many comments and files, twice as many links."""
    spaces = -(-pages // PAGES_PER_SPACE)
    names = {
        "pages": pages,
        "spaces": spaces,
        "profiles": spaces + max(1, pages // 400),
        "per_space": PAGES_PER_SPACE,
        "start": "TIMESTAMPTZ '2023-06-01 00:00:00+00'",
        "word": _WORD.format(vocabulary=VOCABULARY),
        "words": WORDS,
    }
    with duckdb.connect(":memory:", config={"threads": 2, "preserve_insertion_order": False}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"ATTACH '{path}' AS confluence (STORAGE_VERSION '{STORAGE_VERSION}')")
        connection.execute("USE confluence")
        connection.execute(_SETTINGS)
        for table in TABLES:
            connection.execute(create_statement(table))
        for script in (_PEOPLE, _SPACES, _LEDGER):
            connection.execute(script.format(**names))
        for low in range(0, pages, BATCH):
            connection.execute(_PAGES.format(**names, low=low, high=min(pages, low + BATCH)))
        connection.execute("CREATE SCHEMA IF NOT EXISTS analytics")
        for _, text in sql_scripts():
            connection.execute(text)
        build_search_index(connection)
        connection.execute("CHECKPOINT confluence")
