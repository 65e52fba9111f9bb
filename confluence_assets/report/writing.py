"""Writes the report beside the database that it was made from: whole, or not at all; once for each publication."""

import os
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from confluence_assets.errors import StorageError
from confluence_assets.report.page import Lists, Page, render
from confluence_assets.report.pictures import Ask, draw_pictures
from confluence_assets.warehouse import ConfluenceWarehouse, read_publication

REPORT_NAME = "report.html"
_HEAD_CHARACTERS = 2000

_NUMBERS = (
    ("spaces", "select count(*) from spaces"),
    ("pages", "select count(*) from pages"),
    ("blog posts", "select count(*) from blogposts"),
    ("comments", "select count(*) from comments"),
    ("files", "select count(*) from attachments"),
    ("words", "select coalesce(sum(word_count), 0)::bigint from documents"),
    ("contributors", "select count(*) from analytics.contributors"),
    ("broken links", "select count(*) from analytics.broken_links"),
)


@dataclass(frozen=True, slots=True)
class ReportResult:
    """What became of the report. Without `is_new` the one that stood is of this publication already."""

    path: Path
    is_new: bool
    bytes: int
    sayings: tuple[str, ...] = ()
    """A sentence for each picture."""


def write_report(database: Path, *, site: str, force: bool = False) -> ReportResult:
    """Write `report.html` beside the database.

    Raises: StorageError where there is no database yet, or where the file can't be written.
    """
    publication = read_publication(database)
    if publication is None:
        raise StorageError(f"{database} is not there yet, or can't be read.", hint="Run a sync first.")
    target = database.with_name(REPORT_NAME)
    if not force and _made_from(target) == publication.fingerprint:
        return ReportResult(target, False, target.stat().st_size)
    with ConfluenceWarehouse(database) as warehouse:
        page = _read_page(warehouse, site, publication.fingerprint, publication.published_at)
    _replace(target, render(page))
    sayings = tuple(f"{picture.title}: {picture.saying}" for picture in page.pictures)
    return ReportResult(target, True, target.stat().st_size, sayings)


def _read_page(warehouse: ConfluenceWarehouse, site: str, fingerprint: str, published_at: datetime) -> Page:
    ask = warehouse.query_rows
    numbers = [(f"{ask(sql)[0][0]:,}", name) for name, sql in _NUMBERS]
    lists = [_most_linked(ask), _longest_untouched(ask)]
    published = f"{published_at:%Y-%m-%d %H:%M}"
    return Page(site, published, fingerprint, numbers, draw_pictures(warehouse, published_at), lists)


def _most_linked(ask: Ask) -> Lists:
    rows = ask(
        "select coalesce(title, content_id), space_key, link_count, source_count, web_url from analytics.most_linked "
        "order by link_count desc, content_id limit 10"
    )
    columns = ["title", "space", "links", "sources"]
    return Lists(
        "most-linked", "What most leads to", "The content that other content links to most often.", columns,
        [row[:4] for row in rows], [row[4] for row in rows],
    )  # fmt: skip


def _longest_untouched(ask: Ask) -> Lists:
    rows = ask(
        "select title, space_key, updated_at::date, coalesce(version_author_name, version_author_id), web_url "
        "from analytics.stale_pages order by updated_at, page_id limit 10"
    )
    columns = ["title", "space", "last updated", "by"]
    return Lists(
        "untouched", "Longest untouched", "Current pages that nobody has edited for a year or longer.", columns,
        [row[:4] for row in rows], [row[4] for row in rows],
    )  # fmt: skip


def _made_from(path: Path) -> str:
    """The publication that a report was made from; empty where there is none."""
    try:
        with path.open(encoding="utf-8") as file:
            head = file.read(_HEAD_CHARACTERS)
    except (OSError, UnicodeDecodeError):
        return ""
    found = re.search(r'<meta name="made-from" content="([^"]*)">', head)
    return found[1] if found else ""


def _replace(target: Path, text: str) -> None:
    """Write aside and swap in; nobody but the owner may read it, not even for a moment."""
    aside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(target)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise StorageError(f"{target} could not be written: {error}") from error
