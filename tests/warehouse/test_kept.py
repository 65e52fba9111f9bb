"""When a publication is put off, and what is kept of those before."""

import errno
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from confluence_assets.lake import Lake
from confluence_assets.warehouse import ConfluenceWarehouse, PublishPolicy, history, publish, read_due
from confluence_assets.warehouse.history import kept_publications
from tests.warehouse.conftest import Fill
from tests.warehouse.test_update import acl, ask, document, page

KEEP_TWO = PublishPolicy(history_count=2)
RARELY = PublishPolicy(interval_seconds=60)


def publish_with(lake: Lake, policy: PublishPolicy) -> bool:
    return publish(lake.root, lake.manifest(), policy=policy).changed


def titles(path: Path) -> list[object]:
    return [row[0] for row in ask(path, "select title from pages order by page_id")]


def test_the_first_is_published_at_once_and_the_next_is_put_off(lake: Lake, fill: Fill) -> None:
    fill(pages=[page("1", title="one")])
    assert publish_with(lake, RARELY)
    assert read_due(lake.root) is None
    fill(pages=[page("1", title="two")])
    before = datetime.now(UTC)
    result = publish(lake.root, lake.manifest(), policy=RARELY)
    assert (result.changed, titles(result.path)) == (False, ["one"])
    assert result.due_at is not None
    assert result.due_at == read_due(lake.root)
    assert timedelta(seconds=50) < result.due_at - before < timedelta(seconds=60)
    assert publish_with(lake, PublishPolicy())  # whoever may not wait does not
    assert (titles(result.path), read_due(lake.root)) == (["two"], None)


def test_what_was_put_off_and_undone_is_due_no_more(lake: Lake, fill: Fill) -> None:
    fill(pages=[page("1", title="one")])
    publish_with(lake, RARELY)
    published = next(file for file in lake.manifest() if file.table == "pages").path.read_bytes()
    fill(pages=[page("1", title="two")])
    assert not publish_with(lake, RARELY)
    path = next(file for file in lake.manifest() if file.table == "pages").path
    path.write_bytes(published)
    assert not publish_with(lake, RARELY)
    assert read_due(lake.root) is None


def test_a_clock_that_was_put_back_puts_nothing_off(lake: Lake, fill: Fill) -> None:
    fill(pages=[page("1", title="one")])
    path = publish(lake.root, lake.manifest()).path
    with duckdb.connect(str(path)) as connection:
        connection.execute("update _meta.publication set published_at = published_at + interval 1 year")
    fill(pages=[page("1", title="two")])
    assert publish_with(lake, RARELY)


def test_a_damaged_marker_is_due_now(lake: Lake) -> None:
    lake.root.mkdir(parents=True)
    (lake.root / ".publication-due").write_text("2026-1")
    due_at = read_due(lake.root)
    assert due_at is not None
    assert due_at <= datetime.now(UTC)


def test_a_marker_that_a_killed_process_had_begun_goes(lake: Lake, fill: Fill) -> None:
    fill(pages=[page("1")])
    publish_with(lake, RARELY)
    (lake.root / ".publication-due.999").write_text("2026-1")
    publish_with(lake, RARELY)
    assert sorted(entry.name for entry in lake.root.iterdir()) == ["confluence.duckdb", "lake"]


def test_the_last_publications_are_kept(lake: Lake, fill: Fill) -> None:
    for title in ("one", "two", "three"):
        fill(pages=[page("1", title=title)])
        publish_with(lake, KEEP_TWO)
        publish_with(lake, KEEP_TWO)  # nothing new: nothing is kept twice
    kept = kept_publications(lake.root)
    assert [titles(path) for path in kept] == [["two"], ["three"]]
    assert [path.name for path in kept] == ["confluence.duckdb"] * 2
    assert kept[-1].stat().st_ino == (lake.root / "confluence.duckdb").stat().st_ino
    assert all(path.parent.stat().st_mode & 0o777 == 0o700 for path in kept)
    publish_with(lake, PublishPolicy())
    assert not (lake.root / "history").exists()


def test_what_left_the_site_leaves_what_is_kept(lake: Lake, fill: Fill) -> None:
    secret = [page("1", title="kept"), page("2", title="secret")]
    fill(
        pages=secret,
        documents=[document("1"), document("2")],
        content_acl=[acl("1", "p"), acl("2", "p")],
        comments=[{"comment_id": "3", "container_id": "2", "space_key": "A"}],
        content_links=[{"source_id": "2", "link_index": 0, "space_key": "A", "link_text": "secret"}],
        content_changes=[{"change_id": "c", "content_id": "2", "to_value": '"secret"', "run_id": "r"}],
        spaces=[{"space_id": "7", "space_key": "B"}, {"space_id": "8", "space_key": "A"}],
    )
    policy = PublishPolicy(history_count=3)
    publish_with(lake, policy)
    with ConfluenceWarehouse(kept_publications(lake.root)[0]) as reader:
        assert reader.query_rows("select count(*) from pages") == [(2,)]
        fill(pages=secret[:1], spaces=[{"space_id": "8", "space_key": "A"}], documents=[document("1")])
        for table in ("comments", "content_links"):
            lake.drop_partition(table, "A")
        publish_with(lake, policy)
        kept, _ = kept_publications(lake.root)
        for table in ("pages", "documents", "content_acl", "spaces"):
            assert ask(kept, f"select count(*) from {table}") == [(1,)], table  # noqa: S608
        for table in ("comments", "content_links", "content_changes"):
            assert ask(kept, f"select count(*) from {table}") == [(0,)], table  # noqa: S608
        assert [entry.name for entry in kept.parent.iterdir()] == ["confluence.duckdb"]
        assert reader.query_rows("select title from pages") == [("kept",)]
    assert ask(lake.root / "confluence.duckdb", "select content_id from content_changes") == [("2",)]


def test_a_move_takes_nothing_from_what_is_kept(lake: Lake, fill: Fill) -> None:
    fill(pages=[page("1"), page("2")])
    publish_with(lake, KEEP_TWO)
    fill(pages=[page("1")])
    fill(pages=[page("2", "B")])
    publish_with(lake, KEEP_TWO)
    assert [len(titles(path)) for path in kept_publications(lake.root)] == [2, 2]


def test_what_left_leaves_what_is_kept_though_the_database_was_deleted(lake: Lake, fill: Fill) -> None:
    fill(pages=[page("1", title="kept"), page("2", title="secret")])
    publish_with(lake, KEEP_TWO)
    (lake.root / "confluence.duckdb").unlink()
    fill(pages=[page("1", title="kept")])
    publish_with(lake, KEEP_TWO)
    assert [titles(path) for path in kept_publications(lake.root)] == [["kept"], ["kept"]]


def test_without_links_a_copy_is_kept_and_none_that_was_cut_off(
    lake: Lake, fill: Fill, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_link(path: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "no links here")

    def cut_off(source: Path, target: Path) -> None:
        target.write_bytes(source.read_bytes()[:5000])
        raise KeyboardInterrupt

    fill(pages=[page("1", title="one")])
    publish_with(lake, PublishPolicy())
    monkeypatch.setattr(Path, "hardlink_to", no_link)
    with monkeypatch.context() as patch:
        patch.setattr(history, "copy_file", cut_off)
        with pytest.raises(KeyboardInterrupt):
            publish_with(lake, KEEP_TWO)
    (lake.root / ".confluence.duckdb.999").write_bytes(b"of a killed run")
    assert not any(path.exists() for path in kept_publications(lake.root))
    publish_with(lake, KEEP_TWO)
    (kept,) = kept_publications(lake.root)
    assert (titles(kept), kept.stat().st_nlink) == (["one"], 1)
    assert sorted(entry.name for entry in lake.root.iterdir()) == ["confluence.duckdb", "history", "lake"]


def test_a_kept_file_that_cannot_be_purged_goes(lake: Lake, fill: Fill) -> None:
    fill(pages=[page("1"), page("2")])
    publish_with(lake, KEEP_TWO)
    (kept,) = kept_publications(lake.root)
    kept.unlink()
    kept.write_bytes(b"damaged")
    fill(pages=[page("1")])
    result = publish(lake.root, lake.manifest(), policy=KEEP_TWO)
    assert result.changed
    assert len(result.dropped) == 1
    assert kept.parent.name in result.dropped[0]
    assert len(kept_publications(lake.root)) == 1


@pytest.mark.parametrize("foreign", ["notes.txt", "2026-old"])
def test_what_others_put_there_stays(lake: Lake, fill: Fill, foreign: str) -> None:
    fill(pages=[page("1")])
    publish_with(lake, KEEP_TWO)
    (lake.root / "history" / foreign).mkdir()
    publish_with(lake, PublishPolicy())
    assert [entry.name for entry in (lake.root / "history").iterdir()] == [foreign]
