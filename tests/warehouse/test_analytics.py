"""Each view of `analytics` against literal rows, worked out by hand."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from confluence_assets.tables import Row
from tests.warehouse.conftest import T0, Fill

Answer = Callable[[str], list[tuple[Any, ...]]]

NOW = datetime.now(UTC)


def page(page_id: str, *, space: str = "A", **more: Any) -> Row:
    row = {"page_id": page_id, "space_key": space, "title": f"T{page_id}", "status": "current"}
    return row | {"version_number": 1, "created_at": T0, "updated_at": NOW} | more


def folder(folder_id: str, **more: Any) -> Row:
    return {"folder_id": folder_id, "space_key": "A", "title": f"F{folder_id}", "status": "current"} | more


def link(source_id: str, index: int, **more: Any) -> Row:
    row = {"source_id": source_id, "link_index": index, "source_type": "page", "space_key": "A"}
    return row | {"is_broken": False} | more


def document(content_id: str, words: int) -> Row:
    return {"content_id": content_id, "space_key": "A", "content_type": "page", "word_count": words}


def test_page_tree(fill: Fill, answer: Answer) -> None:
    fill(
        pages=[page("1"), page("2", parent_id="5"), page("3", parent_id="2"), page("4", parent_id="gone")],
        folders=[folder("5", parent_id="1")],
        documents=[document("1", 10), document("2", 20), document("3", 30)],
    )
    rows = answer(
        "select content_id, content_type, depth, ancestor_ids, path, child_count, descendant_count, "
        "word_count, subtree_word_count from analytics.page_tree order by content_id"
    )
    assert rows == [
        ("1", "page", 0, [], "T1", 1, 3, 10, 60),
        ("2", "page", 2, ["1", "5"], "T1 / F5 / T2", 1, 1, 20, 50),
        ("3", "page", 3, ["1", "5", "2"], "T1 / F5 / T2 / T3", 0, 0, 30, 30),
        ("4", "page", 0, [], "T4", 0, 0, 0, 0),
        ("5", "folder", 1, ["1"], "T1 / F5", 1, 2, 0, 50),
    ]


def test_page_tree_leaves_out_what_hangs_in_a_circle(fill: Fill, answer: Answer) -> None:
    fill(
        pages=[
            page("1"),
            page("2", parent_id="3"),
            page("3", parent_id="2"),
            page("4", parent_id="3"),
            page("5", parent_id="1"),
        ]
    )
    rows = answer("select content_id, depth, path, descendant_count from analytics.page_tree order by content_id")
    assert rows == [("1", 0, "T1", 1), ("5", 1, "T1 / T5", 0)]


def test_page_tree_against_a_walk_by_hand(fill: Fill, answer: Answer) -> None:
    """Random forests with lost parents, circles, rows that are their own parent, and titles that are missing."""
    draw = random.Random(9)
    parents = {str(n): draw.choice([None, "lost", str(n), str(draw.randrange(120)), str(n // 2)]) for n in range(120)}
    titles = {one: draw.choice([f"T{one}", "", None]) for one in parents}
    words = {one: draw.randrange(50) for one in parents}
    fill(
        pages=[page(one, parent_id=parents[one], title=titles[one]) for one in parents if int(one) % 3],
        folders=[folder(one, parent_id=parents[one], title=titles[one]) for one in parents if not int(one) % 3],
        documents=[document(one, words[one]) for one in parents if int(one) % 3],
        blogposts=[{"blogpost_id": "post", "space_key": "A"}],
    )

    def line_of(one: str) -> list[str] | None:
        line = [one]
        while (above := parents[line[0]]) in parents:
            if above in line:
                return None
            line.insert(0, str(above))
        return line

    lines = {one: line for one in parents if (line := line_of(one))}
    expected = [
        (
            one,
            len(line) - 1,
            line[:-1],
            " / ".join(titles[each] or "" for each in line) if len(line) > 1 else titles[one],
            sum(other[-2:-1] == [one] for other in lines.values()),
            sum(one in other[:-1] for other in lines.values()),
            sum(words[other] for other, above in lines.items() if one in above and int(other) % 3),
        )
        for one, line in sorted(lines.items())
    ]
    assert 40 < len(expected) < 120
    rows = answer(
        "select content_id, depth, ancestor_ids, path, child_count, descendant_count, subtree_word_count "
        "from analytics.page_tree order by content_id"
    )
    assert rows == expected


def test_stale_pages(fill: Fill, answer: Answer) -> None:
    fill(
        pages=[
            page("1", updated_at=NOW - timedelta(days=366), version_author_id="u1"),
            page("2", updated_at=NOW - timedelta(days=364)),
            page("3", updated_at=NOW - timedelta(days=999), status="archived"),
            page("4", updated_at=NOW - timedelta(days=400, hours=1), version_author_id="u2"),
        ],
        users=[
            {"account_id": "u1", "display_name": "Ada", "account_status": "active"},
            {"account_id": "u2", "display_name": "Bob", "account_status": "closed"},
        ],
    )
    rows = answer(
        "select page_id, days_since_update, version_author_name, is_author_gone from analytics.stale_pages order by 1"
    )
    assert rows == [("1", 366, "Ada", False), ("4", 400, "Bob", True)]


def test_orphan_pages(fill: Fill, answer: Answer) -> None:
    pages = [
        page("1"),  # the home page
        page("2", parent_id="1"),  # linked
        page("3", parent_id="1"),  # links only to itself
        page("4"),  # has a child
        page("5", parent_id="4", status="archived"),
        page("6"),  # nothing at all
    ]
    fill(pages=pages, spaces=[{"space_id": "s", "space_key": "A", "homepage_id": "1"}])
    assert answer("select * from analytics.orphan_pages") == []
    fill(content_links=[link("3", 0, target_id="3"), link("6", 0, target_id="2")])
    rows = answer("select page_id, is_at_root from analytics.orphan_pages order by 1")
    assert rows == [("3", False), ("6", True)]


def test_duplicate_titles(fill: Fill, answer: Answer) -> None:
    fill(
        pages=[
            page("10", title="Meeting notes"),
            page("9", title=" meeting NOTES ", space="B"),
            page("3", title="Meeting notes", status="archived"),
            page("4", title="Once"),
            page("5", title=""),
            page("6", title=""),
        ]
    )
    assert answer("select * from analytics.duplicate_titles") == [("meeting notes", 2, 2, ["A", "B"], ["9", "10"])]


def test_empty_spaces(fill: Fill, answer: Answer) -> None:
    spaces = [
        {"space_id": key, "space_key": key, "name": key, "status": status, "homepage_id": f"home{key}"}
        for key, status in [("A", "current"), ("B", "current"), ("C", "current"), ("D", "archived"), ("E", "current")]
    ]
    fill(
        spaces=spaces,
        pages=[page("homeA"), page("1", space="B"), page("2", space="E", status="archived")],
        blogposts=[{"blogpost_id": "3", "space_key": "C"}],
    )
    rows = answer("select space_key, page_count from analytics.empty_spaces order by 1")
    assert rows == [("A", 1), ("E", 0)]


def test_attachment_weight(fill: Fill, answer: Answer) -> None:
    def file(number: int, container: str, size: int | None) -> Row:
        return {"attachment_id": f"att{number}", "container_id": container, "container_type": "page"} | {
            "space_key": "A", "filename": f"f{number}", "file_size_bytes": size, "updated_at": T0 + timedelta(number)
        }  # fmt: skip

    fill(pages=[page("1")], attachments=[file(1, "1", 5), file(2, "1", 70), file(3, "9", None)])
    rows = answer(
        "select container_id, container_title, file_count, file_size_bytes, largest_file_bytes, largest_file "
        "from analytics.attachment_weight order by 1"
    )
    assert rows == [("1", "T1", 2, 75, 70, "f2"), ("9", None, 1, None, None, None)]


def test_open_tasks(fill: Fill, answer: Answer) -> None:
    def task(number: int, **more: Any) -> Row:
        return {"task_id": str(number), "space_key": "A", "status": "incomplete", "page_id": "1"} | more

    fill(
        pages=[page("1"), page("2", status="archived")],
        blogposts=[{"blogpost_id": "b", "space_key": "A", "title": "News", "status": "current"}],
        users=[{"account_id": "u", "display_name": "Ada"}],
        tasks=[
            task(1, due_at=NOW - timedelta(days=3, hours=1), assigned_to="u", body_markdown="do it"),
            task(2, due_at=NOW + timedelta(days=3)),
            task(3, status="complete"),
            task(4, page_id="2"),
            task(5, page_id=None, blogpost_id="b", assigned_to="unknown"),
        ],
    )
    rows = answer(
        "select task_id, task, assigned_to, assignee_name, is_overdue, days_overdue, content_id, content_title "
        "from analytics.open_tasks order by 1"
    )
    assert rows == [
        ("1", "do it", "u", "Ada", True, 3, "1", "T1"),
        ("2", None, None, None, False, None, "1", "T1"),
        ("5", None, "unknown", None, False, None, "b", "News"),
    ]


def test_space_activity_counts_by_utc_week(fill: Fill, answer: Answer) -> None:
    sunday = datetime(2026, 3, 8, 23, 30, tzinfo=UTC)
    monday = sunday + timedelta(hours=1)
    fill(
        pages=[
            page("1", created_at=sunday, updated_at=sunday, author_id="u1", version_author_id="u1"),
            page("2", created_at=sunday, updated_at=monday, author_id="u1", version_author_id="u2"),
        ],
        comments=[{"comment_id": "c", "space_key": "A", "updated_at": monday, "author_id": "u3"}],
        attachments=[{"attachment_id": "a", "space_key": "B", "updated_at": monday, "author_id": "u3"}],
        tasks=[{"task_id": "t", "space_key": "A", "completed_at": monday, "completed_by": "u2"}],
    )
    assert answer("select * from analytics.space_activity order by 1, 2") == [
        ("A", date(2026, 3, 2), 2, 0, 0, 0, 0, 1),
        ("A", date(2026, 3, 9), 0, 1, 1, 0, 1, 2),
        ("B", date(2026, 3, 9), 0, 0, 0, 1, 0, 1),
    ]


def test_contributors(fill: Fill, answer: Answer) -> None:
    fill(
        users=[{"account_id": "u1", "display_name": "Ada", "account_status": "active"}],
        pages=[page("1", updated_at=T0 + timedelta(1), author_id="u1", version_author_id="u2")],
        blogposts=[{"blogpost_id": "b", "space_key": "B", "author_id": "u1", "created_at": T0}],
        comments=[{"comment_id": "c", "space_key": "A", "updated_at": T0 + timedelta(2), "author_id": "u2"}],
        attachments=[{"attachment_id": "a", "space_key": "A", "author_id": None}],
    )
    rows = answer(
        "select account_id, display_name, created_count, last_edited_count, comment_count, upload_count, "
        "tasks_completed_count, space_count, epoch(first_active_at), epoch(last_active_at) "
        "from analytics.contributors order by 1"
    )
    start = T0.timestamp()
    assert rows == [
        ("u1", "Ada", 2, 0, 0, 0, 0, 2, start, start),
        ("u2", None, 0, 1, 1, 0, 0, 1, start + 86400, start + 2 * 86400),
    ]


def test_broken_links(fill: Fill, answer: Answer) -> None:
    fill(
        pages=[page("1")],
        content_links=[
            link("1", 0, target_id="1"),
            link("1", 1, is_broken=True, target_type="page", target_title="Gone", target_space_key="A", link_text="x"),
            link("1", 2, is_broken=None),
        ],
    )
    rows = answer("select source_id, source_title, link_index, link_text, target_title from analytics.broken_links")
    assert rows == [("1", "T1", 1, "x", "Gone")]


def test_most_linked(fill: Fill, answer: Answer) -> None:
    fill(
        pages=[page("1"), page("2"), page("3", space="B")],
        content_links=[
            link("1", 0, target_id="2"),
            link("1", 1, target_id="2"),
            link("2", 0, target_id="2"),
            link("3", 0, target_id="2", space_key="B"),
            link("3", 1, target_id="1", space_key="B"),
            link("3", 2, target_id="unknown", space_key="B"),
        ],
    )
    rows = answer(
        "select content_id, title, link_count, source_count, space_count from analytics.most_linked order by 3 desc"
    )
    assert rows == [("2", "T2", 3, 2, 2), ("1", "T1", 1, 1, 1)]


def test_restricted_but_linked(fill: Fill, answer: Answer) -> None:
    def restriction(content_id: str, operation: str = "read") -> Row:
        row = {"content_id": content_id, "operation": operation, "principal_type": "user", "principal_id": "u"}
        return row | {"content_type": "page", "space_key": "A"}

    fill(
        pages=[page("1"), page("2"), page("3", parent_id="2"), page("4", parent_id="2"), page("5")],
        content_restrictions=[restriction("2"), restriction("4"), restriction("5", "update")],
        comments=[{"comment_id": "c", "container_id": "3", "space_key": "A"}],
        content_links=[
            link("1", 0, target_id="3"),  # from outside to below a lock
            link("1", 1, target_id="5"),  # who may edit does not matter
            link("3", 0, target_id="2"),  # behind the same lock
            link("3", 1, target_id="4"),  # one lock more
            link("4", 0, target_id="3"),  # from further inside
            link("c", 0, target_id="2", source_type="comment"),  # a comment stands where its page stands
            link("c", 1, target_id="4", source_type="comment"),
        ],
    )
    rows = answer(
        "select source_id, content_id, locked_by, title, source_title from analytics.restricted_but_linked order by all"
    )
    assert rows == [
        ("1", "3", ["2"], "T3", "T1"),
        ("3", "4", ["2", "4"], "T4", "T3"),
        ("c", "4", ["2", "4"], "T4", "T3"),
    ]


def _minutes_since(moment: datetime) -> int:
    return int((datetime.now(UTC) - moment).total_seconds() // 60)


def test_sync_health(fill: Fill, answer: Answer) -> None:
    def entry(run: str, table: str, ago: timedelta, **more: Any) -> Row:
        return {"run_id": run, "table_name": table, "space_key": "A", "finished_at": NOW - ago, "requests": 2} | more

    fill(
        sync_ledger=[
            entry("r1", "pages", timedelta(hours=2), received=10, expected=10),
            entry("r2", "pages", timedelta(hours=1), received=8, expected=10, error="2 could not be read"),
            entry("r1", "tasks", timedelta(hours=2), received=3),
        ]
    )
    rows = answer(
        "select table_name, is_ok, last_run_id, minutes_since_ok, last_error, shortfall, run_count, failed_run_count, "
        "request_count from analytics.sync_health order by 1"
    )
    assert [(*row[:3], row[3] - _minutes_since(NOW - timedelta(hours=2)) in (-1, 0), *row[4:]) for row in rows] == [
        ("pages", False, "r2", True, "2 could not be read", 2, 2, 1, 4),
        ("tasks", True, "r1", True, None, None, 1, 0, 2),
    ]


def test_each_view_and_macro_says_what_it_is(answer: Answer) -> None:
    views = answer("select view_name, comment from duckdb_views() where not internal and schema_name <> '_search'")
    macros = answer(
        "select function_name, comment from duckdb_functions() where not internal and schema_name <> '_search'"
    )
    assert {"search", "visible_pages", "visible_content", "access_explained"} <= {name for name, _ in macros}
    assert len(views) >= 14
    assert [name for name, comment in [*views, *macros] if not comment or len(comment) < 40] == []
