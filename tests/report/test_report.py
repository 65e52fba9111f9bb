"""The report: what it says of literal rows, that nothing of a site gets out of its quotes, and when it is written."""

import re
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from confluence_assets.errors import StorageError
from confluence_assets.lake import Lake
from confluence_assets.report import REPORT_NAME, write_report
from confluence_assets.report.charts import Series, draw_bars, draw_columns, draw_links
from confluence_assets.warehouse import publish
from tests.warehouse.conftest import Fill

NOW = datetime.now(UTC)
EVIL = """<script>alert("1")</script>'"><img src=x onerror=alert(1)>"""
VOID = {"meta", "img", "link"}


class Reader(HTMLParser):
    """What a browser would see: elements, addresses, texts by section, and whether all are closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def page(page_id: str, **more: object) -> dict[str, object]:
    row = {"page_id": page_id, "space_key": "A", "title": f"T{page_id}", "status": "current", "created_at": NOW}
    return row | {"updated_at": NOW, "web_url": f"https://wiki.example.com/{page_id}"} | more


def fill_all(fill: Fill) -> None:
    old, older = NOW - timedelta(days=400), NOW - timedelta(days=900)
    fill(
        spaces=[{"space_id": key, "space_key": key, "name": name} for key, name in (("A", EVIL), ("B", "Beta"))],
        pages=[page("1", title=EVIL), page("2", updated_at=old), page("3", updated_at=older, title="Old"), page("4", space_key="B")],
        users=[{"account_id": "u", "display_name": EVIL, "account_status": "active"}],
        tasks=[
            {"task_id": "t1", "space_key": "A", "page_id": "1", "status": "incomplete", "assigned_to": "u", "due_at": old},
            {"task_id": "t2", "space_key": "A", "page_id": "1", "status": "incomplete"},
        ],
        content_links=[
            {"source_id": one, "link_index": at, "space_key": "A", "target_space_key": key, "target_id": target, "is_broken": broken}
            for one, at, key, target, broken in (("2", 0, "B", "4", False), ("2", 1, "A", "1", False), ("3", 0, "A", None, True))
        ],
        content_acl=[
            {"content_id": one, "content_type": "page", "space_key": "A", "acl_profile_id": name}
            for one, name in (("1", "open"), ("2", "shut"))
        ],
        acl_readers=[{"acl_profile_id": "open", "principal_type": "anonymous", "principal_id": "anonymous", "space_key": "A"}],
        attachments=[{"attachment_id": "f", "space_key": "A", "filename": EVIL, "file_size_bytes": 2_500_000}],
        sync_ledger=[
            {"run_id": "r", "table_name": "pages", "space_key": key, "finished_at": NOW, "expected": 5, "received": 4, "error": error}
            for key, error in (("A", None), ("B", EVIL))
        ],
    )  # fmt: skip


@pytest.fixture
def report(lake: Lake, fill: Fill) -> Path:
    fill_all(fill)
    return write_report(publish(lake.root, lake.manifest()).path, site="acme").path


def test_it_says_what_the_rows_say(lake: Lake, fill: Fill) -> None:
    fill_all(fill)
    result = write_report(publish(lake.root, lake.manifest()).path, site="acme")
    week = (NOW - timedelta(days=NOW.weekday())).date()
    assert result.sayings == (
        f"Activity by week: 4 events in the last 52 weeks; the busiest began on {week}.",
        "Age of pages: 2 of 4 current pages (50%) were not touched for a year or longer.",
        "Size by space: 2 spaces, by pages; files take 2.5 MB in all.",
        "Links between spaces: 3 links lead to content, 1 of them into another space; 1 (33%) lead nowhere. "
        "A dot is a space, as large as the links from and to it.",
        "Who can read pages and posts: 1 of 2 pages and posts can be read without signing in.",
        "Open tasks: 1 of 2 open tasks are overdue.",
        "State of the sync: 1 listing failed when last read; 2 rows that the site counts did not come. A listing is a table of a "
        "space, or of the site; 1 of 1 tables are shown, those with failures first, then those that ask the most.",
    )
    rows = re.findall(r"<tr><td>(.*?)</td><td class=\"number\">(\d+)</td><td>(\d+%)</td></tr>", result.path.read_text())
    assert [row for row in rows if row[1] != "0"] == [("up to a month", "2", "50%"), ("1 to 2 years", "1", "25%"), ("over 2 years", "1", "25%")]  # fmt: skip


def test_it_asks_nothing_of_a_network_and_runs_no_script(report: Path) -> None:
    text = report.read_text(encoding="utf-8")
    reader = Reader(text)
    assert reader.open == []
    tags = {tag for tag, _ in reader.seen}
    assert not tags & {"script", "img", "link", "iframe", "object", "form", "image", "use", "foreignobject"}
    for tag, attributes in reader.seen:
        assert not any(name.startswith("on") or name in ("src", "style", "srcset") for name in attributes), (
            tag,
            attributes,
        )
        if "href" in attributes:
            assert tag == "a"
            assert (attributes["href"] or "").startswith("https://wiki.example.com/")
    assert not re.search(r"url\(|@import|@font-face", text)
    assert "default-src 'none'" in text
    assert EVIL not in text
    assert sum(EVIL in one for one in ["".join(reader.texts)]) == 1  # it is shown, as text


def test_each_picture_can_be_read_without_eyes(report: Path) -> None:
    reader = Reader(report.read_text(encoding="utf-8"))
    ids = {attributes["id"] for _, attributes in reader.seen if "id" in attributes}
    pictures = [attributes for tag, attributes in reader.seen if tag == "svg"]
    assert len(pictures) == 7
    for picture in pictures:
        assert picture["role"] == "img"
        assert set((picture["aria-labelledby"] or "").split()) <= ids
    tags = [tag for tag, _ in reader.seen]
    assert tags.count("details") == tags.count("summary") == tags.count("desc") == 7
    assert [attributes.get("lang") for tag, attributes in reader.seen if tag == "html"] == ["en"]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_colours_stand_out_in_light_and_dark(report: Path) -> None:
    palettes = [dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block)) for block in re.findall(r":root \{(.*?)\}", report.read_text(), re.DOTALL)]  # fmt: skip
    screens = [palette for palette in palettes if "paper" in palette]
    assert len(screens) == 2
    for palette in screens:
        assert min(contrast(palette[ink], palette["card"]) for ink in ("ink", "soft")) >= 4.5
        assert min(contrast(palette[f"c{number}"], palette["card"]) for number in range(1, 6)) >= 3


def test_one_for_each_publication(lake: Lake, fill: Fill) -> None:
    fill(pages=[page("1")])
    database = publish(lake.root, lake.manifest()).path
    first = write_report(database, site="acme")
    assert (first.path, first.is_new) == (lake.root / REPORT_NAME, True)
    assert stat.S_IMODE(first.path.stat().st_mode) == 0o600
    stamp = first.path.stat().st_mtime_ns
    assert write_report(database, site="acme").is_new is False
    assert first.path.stat().st_mtime_ns == stamp
    fill(pages=[page("1"), page("2")])
    publish(lake.root, lake.manifest())
    assert write_report(database, site="acme").is_new is True
    assert "<b>2</b>pages" in first.path.read_text()
    assert not list(lake.root.glob(".report*"))


def test_an_empty_database_has_a_report_and_none_has_none(lake: Lake, fill: Fill, tmp_path: Path) -> None:
    fill(groups=[{"group_id": "g"}])
    result = write_report(publish(lake.root, lake.manifest()).path, site="acme")
    assert result.sayings == (
        "Activity by week: Nothing happened in the last 52 weeks.",
        "Age of pages: There is no current page.",
        "Size by space: There is no space.",
        "Links between spaces: No link to content is known.",
        "Who can read pages and posts: There is no page or post, or who can read them was not synced.",
        "Open tasks: No task is open.",
        "State of the sync: No run is recorded.",
    )
    reader = Reader(result.path.read_text())
    assert reader.open == []
    assert not {"svg", "details", "table"} & {tag for tag, _ in reader.seen}, "a sentence says it all"
    with pytest.raises(StorageError, match="not there yet"):
        write_report(tmp_path / "nothing.duckdb", site="acme")


@pytest.mark.parametrize(
    ("draw", "expected"),
    [
        (lambda: draw_columns(["a", "b"], [Series("n", "c1", [0, 3])]), ["b: 3 n"]),
        (lambda: draw_bars(["a", "b<"], [Series("n", "c1", [1, 2]), Series("m", "c2", [0, 4])]), ["a: 1 n", "b&lt;: 2 n", "b&lt;: 4 m"]),
        (lambda: draw_links(["a", "b"], {("a", "b"): 3}, {"a": 3, "b": 3}), ["a and b: 3 links"]),
        (lambda: draw_links([], {}, {}), []),
        (lambda: draw_bars([], []), []),
    ],
)  # fmt: skip
def test_drawings_say_their_values(draw: Callable[[], object], expected: list[str]) -> None:
    assert re.findall(r"<title>(.*?)</title>", draw().body) == expected  # type: ignore[attr-defined]


def test_of_very_many_spaces_the_largest_are_drawn_and_the_rest_is_counted(lake: Lake, fill: Fill) -> None:
    keys = [f"S{number:03}" for number in range(300)]
    fill(spaces=[{"space_id": key, "space_key": key, "name": f"Space {key}"} for key in keys])
    result = write_report(publish(lake.root, lake.manifest()).path, site="acme")
    assert "Size by space: The 12 largest of 300 spaces, by pages; files take 0 B in all." in result.sayings
    text = result.path.read_text()
    assert text.count("<td>Space S") == 200
    assert "<p>And 100 more, in the database.</p>" in text


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("space_role_assignments", "space_role_assignments"),
        ("Inżynieria i rozwój produktu", "Inżynieria i rozwój p…"),
        ("製品開発チームの名前です", "製品開発チームの名前…"),  # as wide as twice as many letters
        ("e\u0301" * 22, "e\u0301" * 22),  # accents of their own take no room
    ],
)
def test_what_is_too_wide_is_cut_and_can_be_pointed_at(name: str, shown: str) -> None:
    body = draw_bars([name], [Series("n", "c1", [0])]).body
    [label, _] = re.findall(r"<text [^>]*>(.*?)</text>", body)
    assert label == (name if shown == name else f"<title>{name}</title>{shown}")


def test_bars_are_as_long_as_their_values() -> None:
    body = draw_bars(["a", "b"], [Series("n", "c1", [10, 5])]).body
    widths = [float(one) for one in re.findall(r'width="([\d.]+)"', body)]
    assert widths[0] == pytest.approx(2 * widths[1])
