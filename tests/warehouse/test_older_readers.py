"""Readers of DuckDB 1.1 and later get from a published file, row for row, what the DuckDB that wrote it gets."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from confluence_assets.lake import Lake
from confluence_assets.tables import Row
from confluence_assets.warehouse import publish
from tests.warehouse import older_reader
from tests.warehouse.conftest import T0, Fill
from tests.warehouse.test_update import ask, updated

Answer = Callable[[str], list[tuple[Any, ...]]]

OLDER = [folder for folder in os.environ.get("OLDER_DUCKDB", "").split(os.pathsep) if Path(folder or "-").is_dir()]
"""Folders with a DuckDB of another version each, as `pip install --target` leaves it; `make test` sees to 1.1."""

NODES = {"folders": "folder_id", "whiteboards": "whiteboard_id", "databases": "database_id", "embeds": "embed_id"}


def test_no_view_or_macro_holds_a_union_on_the_right_of_another(answer: Answer) -> None:
    """DuckDB before 2 loses rows of `a union all (b union all c)`, and DuckDB 2 writes `a union all b union all c` like that."""
    views = answer("select view_name, sql from duckdb_views() where not internal")
    macros = answer("select function_name, macro_definition from duckdb_functions() where not internal")
    assert len(views) > 15
    assert len(macros) > 5
    nested = re.compile(r"UNION( ALL)?( BY NAME)? \(\(")
    assert [name for name, text in [*views, *macros] if nested.search(text)] == []
    assert nested.search(answer("select 'SELECT 1 UNION ALL ((SELECT 2) UNION ALL (SELECT 3))'")[0][0])


def rows() -> dict[str, list[Row]]:
    """A site with something of every kind in it."""

    def content(number: int, **more: Any) -> Row:
        return {"space_key": "A", "title": f"T{number}", "status": "current", "created_at": T0, "updated_at": T0} | more

    pages = [
        content(n, page_id=str(n), parent_id=str(n // 2) if n > 1 else None, labels=["a"], position=n, author_id="ada")
        for n in range(1, 30)
    ]
    texts = {"1": "Deploy to staging.", "2": "東京タワー", "3": "it's quoted"}
    return {
        "spaces": [{"space_id": "s", "space_key": "A", "name": "Space", "homepage_id": "1", "status": "current"}],
        "pages": pages,
        "blogposts": [content(40, blogpost_id="40")],
        **{table: [content(n, **{key: str(n)}, parent_id="1")] for n, (table, key) in enumerate(NODES.items(), 50)},
        "comments": [{"comment_id": "60", "container_id": "1", "space_key": "A", "updated_at": T0, "author_id": "bob"}],
        "attachments": [{"attachment_id": "70", "container_id": "1", "space_key": "A", "filename": "f", "file_size_bytes": 5}],
        "custom_content": [{"custom_content_id": "80", "type": "app", "space_key": "A", "title": "C"}],
        "tasks": [{"task_id": "90", "page_id": "1", "space_key": "A", "status": "incomplete", "due_at": T0}],
        "documents": [
            {"content_id": one, "content_type": "page", "space_key": "A", "body_markdown": text, "word_count": 3}
            for one, text in texts.items()
        ],
        "content_chunks": [
            {"content_id": one, "chunk_index": 0, "space_key": "A", "text": text, "heading_path": ["H"]}
            for one, text in texts.items()
        ],
        "content_links": [
            {"source_id": str(n), "link_index": 0, "space_key": "A", "target_id": "3", "is_broken": n == 9} for n in range(5, 10)
        ],
        "content_properties": [{"content_id": "1", "key": "k", "space_key": "A", "value": '{"a": 1}'}],
        "content_restrictions": [
            {"content_id": "3", "operation": "read", "principal_type": "user", "principal_id": "ada", "space_key": "A"}
        ],
        "users": [
            {"account_id": who, "account_status": "active", "account_type": "atlassian", "email": f"{who}@example.com"}
            for who in ("ada", "bob")
        ],
        "content_acl": [
            {"content_id": str(n), "content_type": "page", "space_key": "A", "acl_profile_id": "p" if n < 20 else "q"}
            for n in range(1, 30)
        ],
        "acl_profiles": [
            {"acl_profile_id": "p", "layer_index": 0, "principal_type": "user", "principal_id": "ada", "space_key": "A"}
            | {"layer_source_type": "space", "layer_source_id": "s", "is_complete": True, "is_decidable": True}
        ],
        "acl_readers": [
            {"acl_profile_id": "p", "principal_type": "user", "principal_id": "ada", "space_key": "A"},
            {"acl_profile_id": "q", "principal_type": "anonymous", "principal_id": "anonymous", "space_key": "A"},
        ],
        "sync_ledger": [{"run_id": "r", "table_name": "pages", "space_key": "A", "finished_at": T0, "requests": 2}],
    }  # fmt: skip


@pytest.mark.skipif(not OLDER, reason="OLDER_DUCKDB names no folder with another DuckDB (pip install --target)")
@pytest.mark.parametrize("folder", OLDER, ids=lambda folder: Path(folder).name)
def test_an_older_duckdb_answers_all_that_can_be_asked_alike(lake: Lake, fill: Fill, folder: str) -> None:
    site = rows()
    fill(**site)
    publish(lake.root, lake.manifest())
    site["pages"][0]["title"] = "new"
    fill(pages=site["pages"], at=T0 + timedelta(days=1))
    path = updated(lake).path
    environment = {**os.environ, "PYTHONPATH": folder}
    command = [sys.executable, older_reader.__file__, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.stderr == ""
    told = json.loads(done.stdout)
    assert told["version"].split(".") < ["2"]
    assert told["answers"] == older_reader.read(str(path))
    assert len(told["answers"]["analytics.contents"]) == 34
    assert ask(path, "select title from pages where page_id = '1'") == [("new",)]
