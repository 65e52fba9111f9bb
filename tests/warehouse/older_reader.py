"""Answers whatever a published file can be asked, in the DuckDB that is on the path: run as a program, by `test_older_readers`."""

import json
import sys

import duckdb

TABLES = "select schema_name || '.' || table_name from duckdb_tables() where database_name = 'published' order by 1"
VIEWS = "select schema_name || '.' || view_name from duckdb_views() where database_name = 'published' and not internal order by 1"
PASSING = "exclude (minutes_since_ok)"
PEOPLE = ("ada", "ADA@example.com", "bob@example.com", "anonymous", "nobody@example.com", "")
QUESTIONS = ("deploy staging", "東京", 'it\'s "quoted"', "🙂", "", "deploy " * 500)


def read(path: str) -> dict[str, list[str]]:
    """Rows of every table, view and macro, as sorted text. Two threads, since it takes two for some faults to show."""
    answers: dict[str, list[str]] = {}
    with duckdb.connect(":memory:", config={"threads": 2}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"ATTACH '{path}' AS published (READ_ONLY)")
        connection.execute("USE published")

        def ask(name: str, sql: str, *parameters: str) -> None:
            rows = connection.execute(sql, list(parameters)).fetchall()
            answers[name] = sorted(map(repr, rows))

        for (name,) in connection.execute(f"({TABLES}) union all ({VIEWS})").fetchall():
            ask(name, f"select * {PASSING if name == 'analytics.sync_health' else ''} from {name}")  # noqa: S608
            ask(f"{name}, described", f"select column_name, column_type from (describe {name})")  # noqa: S608
        for who in PEOPLE:
            ask(f"visible_pages {who}", "select * from visible_pages(?)", who)
            ask(f"visible_content {who}", "select * from visible_content(?)", who)
            ask(f"explained {who}", "select * from analytics.access_explained(?, '1')", who)
            for question in QUESTIONS:
                ask(f"search {question[:20]} as {who}", "select * from search(?, ?)", question, who)
        ask("comments", "select table_name, column_name, comment from duckdb_columns() where comment is not null")
    return answers


if __name__ == "__main__":
    json.dump({"version": duckdb.__version__, "answers": read(sys.argv[1])}, sys.stdout)
