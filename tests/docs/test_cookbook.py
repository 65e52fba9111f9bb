"""All answers of the cookbook, computed in another way: in Python, from what the embedded site says of itself."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime
from html import unescape
from typing import Any

import pytest

from confluence_assets.embedded import EMAIL, SITE_URL
from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.warehouse import ConfluenceWarehouse
from tests.docs.pages import DOCS, snippets

Row = dict[str, Any]
TOMAS = "tomas@example.com"


class Truth:
    """The rows that a sync keeps: what its account may read, nothing in the trash, and nothing that hangs on it."""

    def __init__(self, account: str, read_as: Callable[[str | None], list[Row]]) -> None:
        self._read_as = read_as
        self.rows = read_as(account)
        self.held = {(row["kind"], row["id"]) for row in self.rows if "id" in row}
        self.people = {row["account_id"]: row for row in self.of("user")}

    def of(self, kind: str, rows: list[Row] | None = None) -> list[Row]:
        kept = ("current", "archived", None)
        return [
            row
            for row in (self.rows if rows is None else rows)
            if row["kind"] == kind
            and all(row.get(name) in kept for name in ("root_status", "container_status"))
            and (kind not in ("page", "blogpost", "comment", "attachment") or row["status"] in kept)
        ]

    @property
    def pages(self) -> list[Row]:
        return self.of("page")

    @property
    def tree(self) -> list[Row]:
        return [row for kind in ("page", "folder", "whiteboard", "database", "embed") for row in self.of(kind)]

    def seen_by(self, email: str) -> list[Row]:
        (account,) = [row["account_id"] for row in self.people.values() if row["email"] == email]
        return [row for row in self._read_as(account) if (row["kind"], row.get("id")) in self.held]

    def anonymous(self) -> list[Row]:
        return self._read_as(None)

    def name(self, account: str | None) -> str | None:
        return self.people[account]["display_name"] if account in self.people else None


@pytest.fixture(scope="module")
def truth() -> Iterable[Truth]:
    with EmbeddedSite(SiteConfig.demo(site_url=SITE_URL)) as site:
        yield Truth(site.control.account_id(EMAIL), site.control.dump_as)


def ranked(counts: Counter[Any], limit: int | None = None) -> list[tuple[Any, int]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]


def day(text: str) -> date:
    return datetime.fromisoformat(text).date()


def per_space(rows: Iterable[Row]) -> list[tuple[Any, int]]:
    return ranked(Counter(row["space_key"] for row in rows))


def last_edited(truth: Truth) -> list[tuple[Any, ...]]:
    newest = sorted(truth.pages, key=lambda row: row["id"])
    newest.sort(key=lambda row: row["updated_at"], reverse=True)
    return [(row["title"], day(row["updated_at"])) for row in newest[:5]]


def creators(truth: Truth) -> list[tuple[Any, ...]]:
    return ranked(Counter(truth.name(row["author_id"]) for row in truth.pages), 5)


def labels(truth: Truth) -> list[tuple[Any, ...]]:
    kept = {row["id"] for kind in ("page", "blogpost") for row in truth.of(kind)}
    return ranked(Counter(row["name"] for row in truth.of("label") if row["content_id"] in kept), 5)


def broken_links(truth: Truth) -> list[tuple[Any, ...]]:
    titles = {(row["space_key"], row["title"]) for row in truth.pages}
    keys = {row["key"] for row in truth.of("space")}
    broken = []
    for row in [*truth.pages, *truth.of("blogpost")]:
        for tag in re.findall(r"<ac:link\b[^>]*>\s*<ri:page\b([^>]*)/>", row["body_storage"]):
            attributes = {name: unescape(value) for name, value in re.findall(r'ri:([\w-]+)="([^"]*)"', tag)}
            place = attributes.get("space-key", row["space_key"])
            if (
                attributes["content-title"] != "@self"
                and place in keys
                and (place, attributes["content-title"]) not in titles
            ):
                broken.append((row["space_key"], attributes["content-title"]))
    return sorted(broken)


def depths(truth: Truth) -> list[tuple[Any, ...]]:
    deepest = sorted(truth.pages, key=lambda row: (-len(row["ancestor_ids"]), row["id"]))
    return [(row["title"], len(row["ancestor_ids"])) for row in deepest[:5]]


def subtrees(truth: Truth) -> list[tuple[Any, ...]]:
    below = Counter(above for row in truth.tree for above in row["ancestor_ids"])
    children = Counter(row["parent_id"] for row in truth.tree)
    largest = sorted(truth.tree, key=lambda row: (-below[row["id"]], row["id"]))
    return [(row["title"], children[row["id"]], below[row["id"]]) for row in largest[:5]]


def authors_who_left(truth: Truth) -> list[tuple[Any, ...]]:
    found = Counter(row["version_author_id"] for row in truth.pages)
    gone = [
        (truth.people[who], count) for who, count in found.items() if truth.people[who]["account_status"] != "active"
    ]
    rows = [(person["display_name"], person["account_status"], count) for person, count in gone]
    return sorted(rows, key=lambda row: (-row[2], row[0]))


def discussed(truth: Truth) -> list[tuple[Any, ...]]:
    titles = {row["id"]: row["title"] for row in truth.pages}
    counts = Counter(row["container_id"] for row in truth.of("comment") if row["container_id"] in titles)
    return [(titles[one], count) for one, count in ranked(counts, 5)]


def waiting(truth: Truth) -> list[tuple[Any, ...]]:
    return per_space(
        row
        for row in truth.of("comment")
        if row["comment_type"] == "inline" and row["resolution_status"] == "open" and not row["parent_comment_id"]
    )


def media(truth: Truth) -> list[tuple[Any, ...]]:
    files = truth.of("attachment")
    weight = {kind: sum(row["file_size_bytes"] for row in files if row["media_type"] == kind) for kind in {row["media_type"] for row in files}}  # fmt: skip
    return [(kind, count, weight[kind]) for kind, count in ranked(Counter(row["media_type"] for row in files), 5)]


def heaviest(truth: Truth) -> list[tuple[Any, ...]]:
    titles = {row["id"]: row["title"] for row in [*truth.pages, *truth.of("blogpost")]}
    held: dict[str, list[int]] = {}
    for row in truth.of("attachment"):
        held.setdefault(row["container_id"], []).append(row["file_size_bytes"])
    rows = sorted(held.items(), key=lambda pair: (-sum(pair[1]), pair[0]))[:5]
    return [(titles.get(one), len(sizes), sum(sizes)) for one, sizes in rows]


def open_tasks(truth: Truth) -> list[Row]:
    return [row for row in truth.of("task") if row["status"] == "incomplete" and row["container_status"] == "current"]


def longest_due(truth: Truth) -> list[tuple[Any, ...]]:
    titles = {row["id"]: row["title"] for row in [*truth.pages, *truth.of("blogpost")]}
    due = [row for row in open_tasks(truth) if row["due_at"] and day(row["due_at"]) < date(2026, 11, 20)]
    due.sort(key=lambda row: (row["due_at"], row["id"]))
    return [(day(row["due_at"]), truth.name(row["assigned_to"]), titles[row["page_id"] or row["blogpost_id"]]) for row in due[:5]]  # fmt: skip


def restricted(truth: Truth) -> list[tuple[Any, ...]]:
    locked = {row["content_id"] for row in truth.of("restriction") if row["operation"] == "read"}
    return sorted((row["space_key"], row["title"]) for row in truth.pages if row["id"] in locked)


def in_the_open(truth: Truth) -> list[tuple[Any, ...]]:
    seen = truth.anonymous()
    counts = [(kind, len(truth.of(kind, seen))) for kind in ("blogpost", "page")]
    return [(kind, count) for kind, count in counts if count]


def readable(truth: Truth) -> list[tuple[Any, ...]]:
    return sorted(Counter(row["space_key"] for row in truth.of("page", truth.seen_by(TOMAS))).items())


def group_sizes(truth: Truth) -> list[tuple[Any, ...]]:
    held = Counter(row["group_id"] for row in truth.of("group_member"))
    return ranked(Counter({row["name"]: held[row["id"]] for row in truth.of("group")}))


def across_spaces(truth: Truth) -> list[tuple[Any, ...]]:
    pairs = {(row["author_id"], row["space_key"]) for row in truth.pages}
    return ranked(Counter(truth.name(author) for author, _ in pairs), 5)


def posts_by_month(truth: Truth) -> list[tuple[Any, ...]]:
    days = [day(row["created_at"]) for row in truth.of("blogpost")]
    return sorted(Counter(one.month for one in days if one.year == 2026).items())


def mentions(truth: Truth) -> list[tuple[Any, ...]]:
    """What a person may read whose title, text or name of the file holds the word."""
    seen, counts = truth.seen_by(TOMAS), Counter[str]()
    for kind in ("page", "blogpost", "comment", "attachment"):
        for row in truth.of(kind, seen):
            text = f"{row.get('title') or row.get('filename') or ''} {row.get('body_storage') or ''}"
            plain = unicodedata.normalize("NFD", unescape(re.sub(r"<[^>]+>", " ", text))).lower()
            counts[kind] += "hinge" in re.findall(r"\w+", plain)
    return sorted((kind, count) for kind, count in counts.items() if count)


ANSWERS: dict[str, Callable[[Truth], list[tuple[Any, ...]]]] = {
    "How large is each space?": lambda truth: per_space(truth.pages),
    "What was edited last?": last_edited,
    "Who has created the most pages?": creators,
    "How did it grow?": lambda truth: sorted(Counter(day(row["created_at"]).year for row in truth.pages).items()),
    "Which labels are used most?": labels,
    "How many pages have no label?": lambda truth: per_space(row for row in truth.pages if not row["labels"]),
    "Which links lead nowhere?": broken_links,
    "Which pages lie deepest?": depths,
    "Below which pages does most hang?": subtrees,
    "Which pages were not touched since 2024?": lambda truth: per_space(
        row for row in truth.pages if row["status"] == "current" and day(row["updated_at"]).year < 2025
    ),
    "Whose pages have lost their author?": authors_who_left,
    "Which pages are discussed most?": discussed,
    "Which inline comments wait for an answer?": waiting,
    "What kinds of files are there?": media,
    "Which pages carry the most?": heaviest,
    "Who has how much to do?": lambda truth: ranked(
        Counter(truth.name(row["assigned_to"]) or "nobody" for row in open_tasks(truth))
    ),
    "Which tasks have been due longest?": longest_due,
    "Who finishes tasks?": lambda truth: ranked(
        Counter(truth.name(row["completed_by"]) for row in truth.of("task") if row["status"] == "complete")
    ),
    "Which pages are restricted?": restricted,
    "What can be read without signing in?": in_the_open,
    "How much may one person read?": readable,
    "How large are the groups?": group_sizes,
    "Who works across spaces?": across_spaces,
    "How many posts were there in each month of 2026?": posts_by_month,
    "Where is something written about it?": mentions,
}


def questions() -> dict[str, str]:
    """Each heading of the cookbook that ends with a question mark, and its SQL."""
    text = (DOCS / "cookbook.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^### \d+\. ([^\n]*\?)$.*?^```sql\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


def test_there_are_twenty_five_and_each_is_checked() -> None:
    assert list(questions()) == list(ANSWERS)
    assert len(ANSWERS) == 25
    assert len([one for one in snippets("sql") if one.page == "cookbook.md" and one.answer]) == 25


@pytest.mark.parametrize("question", list(ANSWERS))
def test_the_answer_is_that_of_the_site(question: str, truth: Truth, warehouse: ConfluenceWarehouse) -> None:
    answer = ANSWERS[question](truth)
    assert answer, "an answer that is empty proves nothing"
    assert warehouse.query_rows(questions()[question]) == answer
