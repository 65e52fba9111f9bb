"""The pictures of the report: what each asks of the published database, and how it is drawn.

Times are counted back from the moment of publication, so that a report says the same however late it is made.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from confluence_assets.report.charts import Drawing, Series, draw_bars, draw_columns, draw_links
from confluence_assets.warehouse import ConfluenceWarehouse

_SPACES = 12
_ROWS = 200
_WEEKS = 52
_BANDS = (
    (30, "up to a month"), (90, "1 to 3 months"), (180, "3 to 6 months"), (365, "6 to 12 months"), (730, "1 to 2 years"),
    (10**6, "over 2 years"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Picture:
    """One figure: what it says in a sentence, its drawing, and the table behind it. Without rows the sentence is all."""

    name: str
    title: str
    saying: str
    drawing: Drawing
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    legend: Sequence[tuple[str, str]] = field(default=())
    """Colour and name."""

    @property
    def shown_rows(self) -> Sequence[Sequence[Any]]:
        """The rows of the table, as many as anybody reads."""
        return self.rows[:_ROWS]


Ask = Callable[..., list[tuple[Any, ...]]]


def draw_pictures(warehouse: ConfluenceWarehouse, now: datetime) -> list[Picture]:
    """All pictures, in the order of the page."""
    ask = warehouse.query_rows
    return [
        draw_activity(ask, now),
        draw_staleness(ask, now),
        draw_sizes(ask),
        draw_link_graph(ask),
        draw_exposure(ask),
        draw_tasks(ask, now),
        draw_sync(ask),
    ]


def draw_activity(ask: Ask, now: datetime) -> Picture:
    """What happened by week, over the last year."""
    last = now.astimezone(UTC).date() - timedelta(days=now.astimezone(UTC).weekday())
    weeks = [last - timedelta(weeks=back) for back in reversed(range(_WEEKS))]
    found: dict[date, tuple[int, ...]] = {
        row[0]: row[1:]
        for row in ask(
            "select week, sum(created_count)::bigint, sum(updated_count)::bigint, sum(comment_count)::bigint, "
            "sum(upload_count)::bigint from analytics.space_activity where week between ? and ? group by week",
            [weeks[0], weeks[-1]],
        )
    }
    names = (("created", "c1"), ("last updated", "c2"), ("comments", "c3"), ("files", "c4"))
    series = [
        Series(name, colour, [found.get(week, (0, 0, 0, 0))[at] for week in weeks])
        for at, (name, colour) in enumerate(names)
    ]
    total = sum(sum(row) for row in found.values())
    busiest = max(found, key=lambda week: sum(found[week]), default=None)
    saying = (
        f"{_count(total, 'event')} in the last {_WEEKS} weeks; the busiest began on {busiest}."
        if busiest
        else f"Nothing happened in the last {_WEEKS} weeks."
    )
    return Picture(
        "activity", "Activity by week", saying, draw_columns([f"{week:%d %b}" for week in weeks], series),
        ["week from", *(name for name, _ in names)], [[week, *found[week]] for week in weeks if week in found],
        [(colour, name) for name, colour in names],
    )  # fmt: skip


def draw_staleness(ask: Ask, now: datetime) -> Picture:
    """How long current pages stand as they are."""
    ages = ask(
        "select floor((epoch(?) - epoch(updated_at)) / 86400)::bigint as days, count(*) from pages "
        "where status = 'current' and updated_at is not null group by days",
        [now],
    )
    counts = [0] * len(_BANDS)
    for days, count in ages:
        counts[next(at for at, (limit, _) in enumerate(_BANDS) if days < limit)] += count
    total, old = sum(counts), sum(counts[4:])
    colours = ("c3", "c3", "c1", "c1", "c2", "c5")
    series = [
        Series("pages", colour, [count if at == own else 0 for at, count in enumerate(counts)])
        for own, colour in enumerate(colours)
    ]
    saying = (
        f"{old:,} of {_count(total, 'current page')} ({_share(old, total)}) were not touched for a year or longer."
        if total
        else "There is no current page."
    )
    labels = [label for _, label in _BANDS]
    notes = [f"{count:,} ({_share(count, total)})" for count in counts]
    rows = [[label, count, _share(count, total)] for label, count in zip(labels, counts, strict=True) if total]
    drawing = draw_bars(labels, series, notes=notes)
    return Picture("staleness", "Age of pages", saying, drawing, ["last updated", "pages", "share"], rows)


def draw_sizes(ask: Ask) -> Picture:
    """How much each space holds."""
    rows = ask(
        "select coalesce(spaces.name, spaces.space_key), spaces.space_key, coalesce(held.pages, 0), "
        "coalesce(held.words, 0)::bigint, coalesce(files.files, 0), coalesce(files.bytes, 0)::bigint from spaces "
        "left join (select space_key, count(*) as pages, sum(word_count) as words from pages group by space_key) as held "
        "on held.space_key = spaces.space_key "
        "left join (select space_key, count(*) as files, sum(file_size_bytes) as bytes from attachments group by space_key) "
        "as files on files.space_key = spaces.space_key order by 3 desc, 2"
    )
    top = rows[:_SPACES]
    notes = [f"{_count(pages, 'page')}, {_size(size)}" for _, _, pages, _, _, size in top]
    drawing = draw_bars([row[0] for row in top], [Series("pages", "c1", [row[2] for row in top])], notes=notes)
    shown = f"The {_SPACES} largest of {len(rows):,} spaces" if len(rows) > _SPACES else _count(len(rows), "space")
    saying = (
        f"{shown}, by pages; files take {_size(sum(row[5] for row in rows))} in all." if rows else "There is no space."
    )
    columns = ["space", "key", "pages", "words", "files", "size of files"]
    table = [[*row[:5], _size(row[5])] for row in rows]
    return Picture("size", "Size by space", saying, drawing, columns, table)


def draw_link_graph(ask: Ask) -> Picture:
    """Which spaces link to one another, and how many links lead nowhere."""
    found = ask(
        "select space_key, target_space_key, count(*), count(*) filter (where is_broken) from content_links "
        "where target_space_key is not null group by all order by 3 desc, 1, 2"
    )
    sizes: dict[str, int] = {}
    between: dict[tuple[str, str], int] = {}
    for source, target, count, _ in found:
        sizes[source] = sizes.get(source, 0) + count
        if source != target:
            sizes[target] = sizes.get(target, 0) + count
    names = sorted(sizes, key=lambda key: (-sizes[key], key))[:_SPACES]
    for source, target, count, _ in found:
        if source != target and source in names and target in names:
            pair = (min(source, target), max(source, target))
            between[pair] = between.get(pair, 0) + count
    links, broken = sum(row[2] for row in found), sum(row[3] for row in found)
    across = sum(row[2] for row in found if row[0] != row[1])
    saying = (
        f"{links:,} links lead to content, {across:,} of them into another space; {broken:,} ({_share(broken, links)}) "
        "lead nowhere. A dot is a space, as large as the links from and to it"
        + (f"; the {_SPACES} largest are shown." if len(sizes) > _SPACES else ".")
        if found
        else "No link to content is known."
    )
    drawing = draw_links(sorted(names), between, sizes)
    return Picture("links", "Links between spaces", saying, drawing, ["from", "to", "links", "of them broken"], found)


def draw_exposure(ask: Ask) -> Picture:
    """Who can read what, by space, from the widest circle down."""
    found = ask(
        "select coalesce(any_value(spaces.name), acl.space_key), count(*) filter (where open.widest_exposure = 'anonymous'), "
        "count(*) filter (where open.widest_exposure = 'externals'), "
        "count(*) filter (where open.widest_exposure = 'all licensed users'), "
        "count(*) filter (where open.widest_exposure is null), count(*) from content_acl as acl "
        "left join (select content_id, widest_exposure from analytics.public_exposure) as open "
        "on open.content_id = acl.content_id left join spaces on spaces.space_key = acl.space_key "
        "where acl.content_type in ('page', 'blogpost') group by acl.space_key order by 6 desc, 1"
    )
    names = (("anybody", "c5"), ("guests", "c2"), ("all licensed people", "c1"), ("fewer", "c3"))
    top = found[:_SPACES]
    series = [Series(name, colour, [row[at + 1] for row in top]) for at, (name, colour) in enumerate(names)]
    public = sum(row[1] for row in found)
    saying = (
        f"{public:,} of {sum(row[5] for row in found):,} pages and posts can be read without signing in."
        if found
        else "There is no page or post, or who can read them was not synced."
    )
    columns = ["space", *(name for name, _ in names), "all"]
    legend = [(colour, name) for name, colour in names]
    drawing = draw_bars([row[0] for row in top], series)
    return Picture("exposure", "Who can read pages and posts", saying, drawing, columns, found, legend)


def draw_tasks(ask: Ask, now: datetime) -> Picture:
    """What is overdue, by the person who is to do it."""
    found = ask(
        "select coalesce(assignee_name, assigned_to, 'nobody'), count(*) filter (where epoch(due_at) < epoch(?)), "
        "count(*) filter (where due_at is null or epoch(due_at) >= epoch(?)), min(due_at)::date "
        "from analytics.open_tasks group by 1 order by 2 desc, 3 desc, 1",
        [now, now],
    )
    top = found[:_SPACES]
    series = [Series("overdue", "c5", [row[1] for row in top]), Series("open", "c1", [row[2] for row in top])]
    overdue, waiting = sum(row[1] for row in found), sum(row[2] for row in found)
    saying = f"{overdue:,} of {_count(overdue + waiting, 'open task')} are overdue." if found else "No task is open."
    notes = [f"{row[1]:,} overdue of {row[1] + row[2]:,}" for row in top]
    return Picture(
        "tasks", "Open tasks", saying, draw_bars([row[0] for row in top], series, notes=notes),
        ["person", "overdue", "open, not due", "oldest due date"], found, [("c5", "overdue"), ("c1", "open, not due")],
    )  # fmt: skip


def draw_sync(ask: Ask) -> Picture:
    """How each table stands: spaces that are read to the end, and those whose last run failed."""
    found = ask(
        "select table_name, count(*) filter (where is_ok), count(*) filter (where not is_ok), "
        "strftime(max(last_ok_at), '%Y-%m-%d %H:%M'), coalesce(sum(shortfall), 0)::bigint, coalesce(sum(request_count), 0)::bigint "
        "from analytics.sync_health group by table_name order by 3 desc, 6 desc, 1"
    )
    failed, short = sum(row[2] for row in found), sum(max(0, row[4]) for row in found)
    top = found[:_SPACES]
    series = [Series("in order", "c3", [row[1] for row in top]), Series("failed", "c5", [row[2] for row in top])]
    state = "All listings are in order" if not failed else f"{_count(failed, 'listing')} failed when last read"
    saying = (
        f"{state}; {_count(short, 'row')} that the site counts did not come. A listing is a table of a space, or of the site; "
        f"{len(top)} of {len(found)} tables are shown, those with failures first, then those that ask the most."
        if found
        else "No run is recorded."
    )
    columns = ["table", "in order", "failed", "last read (UTC)", "rows that did not come", "requests"]
    notes = [f"{row[2]:,} failed" if row[2] else _count(row[5], "request") for row in top]
    return Picture(
        "sync", "State of the sync", saying, draw_bars([row[0] for row in top], series, notes=notes), columns, found,
        [("c3", "listings in order"), ("c5", "last run failed")],
    )  # fmt: skip


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.0%}" if whole else "0%"


def _size(count: int) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:,.1f} {unit}"
    return f"{count:,} B"
