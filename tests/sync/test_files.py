"""Files of attachments end to end: embedded site, media host on another origin, lake and disk."""

import base64
import hashlib
import random
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from confluence_assets.api import Connection, connect
from confluence_assets.emulator import SiteConfig
from confluence_assets.emulator.web.messages import Reply, Request
from confluence_assets.lake import Lake
from confluence_assets.sync import files as sync_files_module
from confluence_assets.sync.contract import SyncMode, SyncReport, SyncRequest
from confluence_assets.sync.file_plan import FileChoice
from confluence_assets.sync.options import Site, SyncOptions
from confluence_assets.sync.runner import run_sync
from confluence_assets.tables import TABLES
from confluence_assets.warehouse import ConfluenceWarehouse
from tests.api.clock import quick_options
from tests.extract import files
from tests.sync.harness import Bench, bench

Row = dict[str, Any]
MEDIA = "(media) /file/{fileId}/binary"
BOTH = {"attachment_files": True, "attachment_texts": True}


@contextmanager
def empty_site(home: Path, **options: Any) -> Iterator[Bench]:
    """A small site whose own files are gone, so that a test knows every file there is."""
    with bench(SiteConfig.shape("small"), home, audit=False, people=False, **options) as run:
        for row in run.control.dump("attachment"):
            run.control.edit("delete_file", id=row["id"], purge=True)
        yield run


def sync(run: Bench, mode: str = "incremental", *, home: Path | None = None, **request: Any) -> SyncReport:
    """A sync that waits for nothing; `home` for another lake than the bench's."""
    connection = Connection(url=run.embedded.url, email="admin@example.com", api_token="admin")
    site = Site("wiki", home, run.site.options) if home else run.site
    source = connect(connection, options=quick_options())
    return run_sync(site, source, SyncRequest(mode=SyncMode(mode), **request))


def choose(run: Bench, **options: Any) -> None:
    """Another choice of the owner from now on."""
    run.site = Site(run.site.name, run.site.home, SyncOptions(audit=False, people=False, **options))


def pages(run: Bench) -> list[Row]:
    return [row for row in run.control.dump("page") if row["status"] == "current"]


def upload(run: Bench, name: str, content: bytes, *, page: int = 0, media_type: str | None = None) -> str:
    made = run.control.edit(
        "upload",
        container=pages(run)[page]["id"],
        filename=name,
        base64=base64.b64encode(content).decode(),
        **({"media_type": media_type} if media_type else {}),
    )
    return str(made["id"])


def rows_of(run: Bench, home: Path | None = None) -> dict[str, Row]:
    lake = Lake(home / "wiki") if home else run.lake
    return {row["attachment_id"]: row for rows in lake.iter_rows("attachment_texts") for row in rows}


def on_disk(run: Bench) -> dict[str, bytes]:
    folder = run.site.folder / "files"
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name[0] != "."}


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def downloads(run: Bench) -> int:
    """Requests that the media host got since the last time that this was asked."""
    counted = run.control.stats()["by_endpoint"].get(f"GET {MEDIA}", 0)
    run.control.reset_stats()
    return int(counted)


def spoil(run: Bench, how: Callable[[Request, Reply], Reply]) -> None:
    run.embedded.site.faults.active.append(
        lambda request, template, reply: how(request, reply) if template == MEDIA else reply
    )


def outcome(report: SyncReport) -> Any:
    (found,) = [row for row in report.outcomes if row.table == "attachment_texts" and row.received]
    return found


def test_nothing_is_downloaded_unless_chosen(tmp_path: Path) -> None:
    with empty_site(tmp_path) as run:
        upload(run, "a.txt", b"words")
        sync(run, "full")
        assert downloads(run) == 0
        assert rows_of(run) == {}
        assert not (run.site.folder / "files").exists()


def test_a_file_is_stored_by_its_hash_and_read(tmp_path: Path) -> None:
    with empty_site(tmp_path, **BOTH) as run:
        file_id = upload(run, "a.pdf", files.pdf("Quarterly report"))
        report = sync(run, "full")
        row = rows_of(run)[file_id]
        digest = sha(files.pdf("Quarterly report"))
        path = run.site.folder / "files" / digest[:2] / digest
        assert row["text_markdown"] == "Quarterly report"
        assert (row["status"], row["character_count"], row["error"]) == ("read", 16, None)
        assert (row["sha256"], row["file_path"]) == (digest, f"files/{digest[:2]}/{digest}")
        assert path.read_bytes() == files.pdf("Quarterly report")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        for folder in (path.parent, path.parent.parent):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert report.failures == []
        assert outcome(report).requests == 2, "the site, and the media host that it leads to"
        with ConfluenceWarehouse(run.site.folder / "confluence.duckdb") as warehouse:
            found = warehouse.query("select sha256, file_path from attachments")
            assert found["sha256"][0] == digest
            assert found["file_path"][0] == row["file_path"]
            booked = warehouse.query("select sum(requests) as n from sync_ledger where table_name = 'attachment_texts'")
            assert booked["n"][0] == 2


def test_the_same_file_on_fifty_pages_is_stored_once(tmp_path: Path) -> None:
    with empty_site(tmp_path, **BOTH) as run:
        space = pages(run)[0]["space_key"]
        content = files.pdf("One for all")
        for number in range(50):
            page = run.control.edit("create_page", space=space, title=f"Page {number}")
            run.control.edit(
                "upload", container=page["id"], filename="a.pdf", base64=base64.b64encode(content).decode()
            )
        sync(run, "full")
        rows = rows_of(run)
        assert len(rows) == 50
        assert {row["text_markdown"] for row in rows.values()} == {"One for all"}
        assert on_disk(run) == {sha(content): content}


def test_only_what_changed_is_downloaded(tmp_path: Path) -> None:
    with empty_site(tmp_path, **BOTH) as run:
        first, second = upload(run, "a.txt", b"one"), upload(run, "b.txt", b"two", page=30)
        sync(run, "full")
        assert downloads(run) == 2
        for mode in ("incremental", "content", "full"):
            sync(run, mode)
            assert downloads(run) == 0
        run.control.edit("new_file_version", id=first, text="one and a half")
        sync(run, "content")
        assert downloads(run) == 1
        rows = rows_of(run)
        assert (rows[first]["version_number"], rows[first]["text_markdown"]) == (2, "one and a half")
        assert rows[second]["text_markdown"] == "two"
        assert on_disk(run) == {sha(b"one and a half"): b"one and a half", sha(b"two"): b"two"}


def test_what_is_gone_from_the_site_is_gone_from_disk(tmp_path: Path) -> None:
    with empty_site(tmp_path, **BOTH) as run:
        shared, alone = upload(run, "a.txt", b"shared"), upload(run, "b.txt", b"alone")
        also = upload(run, "c.txt", b"shared", page=1)
        sync(run, "full")
        run.control.edit("delete_file", id=shared, purge=True)
        run.control.edit("delete_file", id=alone)
        sync(run)
        assert set(rows_of(run)) == {also}
        assert set(on_disk(run)) == {sha(b"shared")}
        run.control.edit("delete_file", id=also)
        sync(run)
        assert rows_of(run) == {}
        assert on_disk(run) == {}
        assert not run.lake.partitions("attachment_texts")


def test_a_page_that_moves_takes_its_files_along_without_a_download(tmp_path: Path) -> None:
    with empty_site(tmp_path, **BOTH) as run:
        file_id = upload(run, "a.pdf", files.pdf("On the move"))
        sync(run, "full")
        downloads(run)
        page = pages(run)[0]
        target = next(row["key"] for row in run.control.dump("space") if row["key"] != page["space_key"])
        run.control.edit("move", id=page["id"], space=target)
        sync(run)
        row = rows_of(run)[file_id]
        assert (row["space_key"], row["text_markdown"], downloads(run)) == (target, "On the move", 0)
        assert set(on_disk(run)) == {row["sha256"]}


def test_incremental_equals_full(tmp_path: Path) -> None:
    chance = random.Random(4)
    with empty_site(tmp_path / "one", **BOTH) as run:
        ids = [upload(run, f"{n}.txt", b"%d" % n, page=n % 20) for n in range(12)]
        sync(run, "full")
        for round_number in range(3):
            for file_id in chance.sample(ids, 3):
                run.control.edit("new_file_version", id=file_id, text=f"{file_id} {round_number}")
            run.control.edit("delete_file", id=ids.pop(), purge=bool(round_number % 2))
            ids.append(upload(run, f"late-{round_number}.txt", b"late"))
            sync(run, chance.choice(["incremental", "content"]))
        sync(run)
        other = tmp_path / "two"
        sync(run, "full", home=other)
        assert rows_of(run) == rows_of(run, other)
        assert set(on_disk(run)) == {row["sha256"] for row in rows_of(run).values()}


def test_cut_off_at_twenty_random_bytes_in_one_run(tmp_path: Path) -> None:
    chance = random.Random(11)
    contents = {f"{n}.bin": chance.randbytes(chance.randrange(5_000, 200_000)) for n in range(20)}
    seen: set[str] = set()

    def cut(request: Request, reply: Reply) -> Reply:
        name = request.query["name"][0]
        if name not in seen:
            seen.add(name)
            reply.cut_after_bytes = chance.randrange(1, len(contents[name]))
        return reply

    with empty_site(tmp_path, attachment_files=True) as run:
        for number, (name, content) in enumerate(contents.items()):
            upload(run, name, content, page=number)
        spoil(run, cut)
        report = sync(run, "full")
        assert report.failures == []
        assert downloads(run) == 40
        assert on_disk(run) == {sha(content): content for content in contents.values()}
        assert {row["status"] for row in rows_of(run).values()} == {"kept"}


def test_one_file_that_fails_does_not_fail_the_run_and_is_tried_again(tmp_path: Path) -> None:
    with empty_site(tmp_path, **BOTH) as run:
        bad, good = upload(run, "bad.txt", b"bad"), upload(run, "good.txt", b"good")
        broken = [True]
        spoil(run, lambda request, reply: Reply(503) if broken and request.query["name"] == ["bad.txt"] else reply)
        report = sync(run, "full")
        assert report.failures == []
        assert outcome(report).error == "1 files could not be downloaded; attachment_texts.error says why"
        rows = rows_of(run)
        assert (rows[bad]["status"], rows[bad]["sha256"], rows[good]["text_markdown"]) == ("waiting", None, "good")
        assert "The file was not given by http://127.0.0.1" in rows[bad]["error"]
        downloads(run)
        sync(run, "content")
        assert downloads(run) == 0, "a look every minute does not try again"
        broken.clear()
        assert sync(run).failures == []
        assert downloads(run) == 1
        assert rows_of(run)[bad]["text_markdown"] == "bad"
        sync(run)
        assert downloads(run) == 0


def test_a_file_that_is_missing_is_left_until_a_full_run(tmp_path: Path) -> None:
    with empty_site(tmp_path, **BOTH) as run:
        file_id = upload(run, "a.txt", b"words")
        gone = [True]
        spoil(run, lambda _request, reply: Reply(404) if gone else reply)
        assert sync(run, "full").failures == []
        assert rows_of(run)[file_id]["status"] == "failed"
        gone.clear()
        downloads(run)
        sync(run)
        assert downloads(run) == 0
        sync(run, "full")
        assert rows_of(run)[file_id]["text_markdown"] == "words"


def test_a_host_that_is_down_fails_the_run_and_the_rest_comes_later(tmp_path: Path) -> None:
    with empty_site(tmp_path, attachment_files=True, concurrency=2) as run:
        for number in range(40):
            upload(run, f"{number}.txt", b"%d" % number, page=number % 30)
        down = [True]
        spoil(run, lambda _request, reply: Reply(503) if down else reply)
        report = sync(run, "full")
        assert len(report.failures) == 1
        assert "attachment_texts of space" in report.failures[0]
        assert 20 <= len(rows_of(run)) < 30
        down.clear()
        assert sync(run).failures == []
        assert {row["status"] for row in rows_of(run).values()} == {"kept"}
        assert len(on_disk(run)) == 40


def test_a_file_of_another_length_than_promised_is_not_kept(tmp_path: Path) -> None:
    def shorten(_request: Request, reply: Reply) -> Reply:
        reply.body = reply.body[:-1]
        return reply

    with empty_site(tmp_path, **BOTH) as run:
        file_id = upload(run, "a.txt", b"words")
        spoil(run, shorten)
        sync(run, "full")
        row = rows_of(run)[file_id]
        assert (row["status"], row["text_markdown"]) == ("failed", None)
        assert "gives 4 bytes, where 5 were promised" in row["error"]
        assert on_disk(run) == {}


def test_types_and_sizes_by_choice(tmp_path: Path) -> None:
    choice = {"attachment_types": ("text/*",), "exclude_attachment_types": ("text/csv",)}
    with empty_site(tmp_path, **BOTH, **choice, attachment_size_limit_bytes=100) as run:
        taken = upload(run, "a.txt", b"a")
        for name in ("b.csv", "c.pdf"):
            upload(run, name, b"b")
        upload(run, "d.txt", b"d" * 101)
        report = sync(run, "full")
        assert set(rows_of(run)) == {taken}
        assert outcome(report).skipped == 1
        assert "larger than 100 bytes (attachment_size_limit_bytes)" in " ".join(report.notes)
        choose(run, **BOTH, attachment_size_limit_bytes=101)
        sync(run)
        assert len(rows_of(run)) == 4
        choose(run, **BOTH, attachment_types=("application/*",))
        sync(run)
        assert len(rows_of(run)) == len(on_disk(run)) == 1


@pytest.mark.parametrize(
    ("media_type", "include", "exclude", "is_wanted"),
    [
        ("image/PNG", (), (), True),
        ("image/png", ("image/*",), (), True),
        ("image/png", ("IMAGE/*",), ("*/png",), False),
        (None, ("text/*",), (), False),
        (None, ("application/octet-stream",), (), True),
    ],
)
def test_media_types(media_type: str | None, include: Any, exclude: Any, is_wanted: bool) -> None:
    assert FileChoice(True, True, include, exclude, 1).admits(media_type) is is_wanted


def test_texts_without_files_and_files_later(tmp_path: Path) -> None:
    with empty_site(tmp_path, attachment_texts=True) as run:
        file_id = upload(run, "a.txt", b"words")
        sync(run, "full")
        row = rows_of(run)[file_id]
        assert (row["text_markdown"], row["file_path"], row["sha256"]) == ("words", None, sha(b"words"))
        assert on_disk(run) == {}
        downloads(run)
        sync(run, "full")
        assert downloads(run) == 0
        choose(run, **BOTH)
        sync(run)
        assert (downloads(run), on_disk(run)) == (1, {sha(b"words"): b"words"})


def test_files_first_and_texts_later_need_no_download(tmp_path: Path) -> None:
    with empty_site(tmp_path, attachment_files=True) as run:
        file_id = upload(run, "a.txt", b"words")
        sync(run, "full")
        downloads(run)
        choose(run, **BOTH)
        sync(run)
        assert (rows_of(run)[file_id]["text_markdown"], downloads(run)) == ("words", 0)


def test_switched_off_keeps_what_is_there_and_forgets_what_is_gone(tmp_path: Path) -> None:
    with empty_site(tmp_path, **BOTH) as run:
        stays, goes = upload(run, "a.txt", b"a"), upload(run, "b.txt", b"b")
        sync(run, "full")
        choose(run)
        run.control.edit("delete_file", id=goes, purge=True)
        upload(run, "c.txt", b"c")
        sync(run)
        assert set(rows_of(run)) == {stays}
        assert set(on_disk(run)) == {sha(b"a")}


def test_a_file_that_somebody_deleted_comes_again(tmp_path: Path) -> None:
    with empty_site(tmp_path, **BOTH) as run:
        upload(run, "a.txt", b"words")
        sync(run, "full")
        (path,) = (run.site.folder / "files").glob("??/*")
        path.unlink()
        sync(run, "full")
        assert on_disk(run) == {sha(b"words"): b"words"}


def test_what_a_killed_run_left_is_cleared(tmp_path: Path) -> None:
    with empty_site(tmp_path, **BOTH) as run:
        upload(run, "a.txt", b"words")
        orphan = run.site.folder / "files" / "ab" / ("ab" * 32)
        half = run.site.folder / "files" / ".incoming" / "x"
        for path in (orphan, half):
            path.parent.mkdir(parents=True)
            path.write_bytes(b"left")
        sync(run, "full")
        assert set(on_disk(run)) == {sha(b"words")}
        assert not half.exists()
        assert not orphan.parent.exists()


def test_the_table_alone(tmp_path: Path) -> None:
    with empty_site(tmp_path, **BOTH) as run:
        file_id = upload(run, "a.txt", b"words")
        sync(run, "full", tables=frozenset({"spaces", "pages", "attachments"}))
        assert rows_of(run) == {}
        report = sync(run, "full", tables=frozenset({"attachment_texts"}))
        assert report.failures == []
        assert rows_of(run)[file_id]["text_markdown"] == "words"


def test_a_space_without_wanted_files_is_looked_at_once(tmp_path: Path) -> None:
    with empty_site(tmp_path, **BOTH, attachment_types=("video/*",)) as run:
        upload(run, "a.txt", b"words")
        first, second = sync(run, "full"), sync(run)
        assert [row for row in first.outcomes if row.table == "attachment_texts"] != []
        assert [row for row in second.outcomes if row.table == "attachment_texts"] == []


# Files that mean harm

NAMES = ["../../x", "/etc/passwd", "a\nb.txt", "x\u202etxt.exe", "n" * 251 + ".txt", ".", "a'b\"c.txt", "{}.txt"]


def test_hostile_names_never_reach_the_disk(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with empty_site(home, **BOTH) as run:
        ids = [upload(run, name, b"words %d" % n, media_type="text/plain") for n, name in enumerate(NAMES)]
        assert sync(run, "full").failures == []
        rows = rows_of(run)
        assert [rows[file_id]["text_markdown"] for file_id in ids] == [f"words {n}" for n in range(len(NAMES))]
        assert set(on_disk(run)) == {sha(b"words %d" % n) for n in range(len(NAMES))}
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_hostile_files_cost_a_row_each(tmp_path: Path) -> None:
    hostile = {
        "bomb.docx": files.with_lying_sizes(files.unpacking_to(64 << 20)),
        "locked.pdf": files.encrypted_pdf("Secret", "hunter2"),
        "locked.docx": files.encrypted_office(),
        "locked-zip.docx": files.encrypted_zip(files.docx("")),
        "half.pdf": files.pdf("Half")[:60],
        "noise.pdf": b"%PDF-1.7\n" + random.Random(1).randbytes(5000),
        "noise.xlsx": b"PK\x03\x04" + random.Random(2).randbytes(5000),
        "wrong.png": files.pdf("Not a picture"),
        "empty.pdf": b"",
    }
    with empty_site(tmp_path, **BOTH) as run:
        ids = {name: upload(run, name, content) for name, content in hostile.items()}
        report = sync(run, "full")
        assert report.failures == []
        rows = {name: rows_of(run)[file_id] for name, file_id in ids.items()}
    assert rows["wrong.png"]["text_markdown"] == "Not a picture"
    assert (rows["empty.pdf"]["status"], rows["empty.pdf"]["character_count"]) == ("read", 0)
    for name in hostile.keys() - {"wrong.png", "empty.pdf"}:
        assert (rows[name]["status"], rows[name]["character_count"]) == ("unreadable", None), name
        assert rows[name]["error"], name
    assert {row["sha256"] for row in rows.values()} == {sha(content) for content in hostile.values()}


def test_credentials_and_signed_addresses_stay_where_they_belong(tmp_path: Path) -> None:
    asked: list[Request] = []

    def note(request: Request, reply: Reply) -> Reply:
        asked.append(request)
        return Reply(503) if request.query["name"] == ["bad.txt"] else reply

    with empty_site(tmp_path, **BOTH) as run:
        upload(run, "a.txt", b"words")
        upload(run, "bad.txt", b"words")
        spoil(run, note)
        report = sync(run, "full")
        tokens = {request.query["token"][0] for request in asked}
        assert len(asked) > 2
        assert all("authorization" not in request.headers for request in asked)
        signatures = {token.rpartition(".")[2] for token in tokens}
        kept = [repr(report), *(repr(row) for row in _everything(run))]
        raw = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
        for signature in signatures:
            assert not any(signature in text for text in kept)
            assert not any(signature.encode() in content for content in raw)


def _everything(run: Bench) -> Iterator[Row]:
    for table in TABLES:
        for rows in run.lake.iter_rows(table.name):
            yield from rows


def test_without_the_extra_it_is_said_once_and_made_good_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from confluence_assets.extract import versions

    shadow = tmp_path / "shadow"
    shadow.mkdir()
    (shadow / "pypdf.py").write_text("raise ModuleNotFoundError(\"No module named 'pypdf'\", name='pypdf')")
    found = versions._version
    with empty_site(tmp_path / "home", **BOTH) as run, monkeypatch.context() as without:
        ids = [upload(run, f"{n}.pdf", files.pdf(f"Report {n}")) for n in range(3)]
        without.syspath_prepend(str(shadow))
        without.setattr(versions, "_version", lambda library: "" if library == "pypdf" else found(library))
        report = sync(run, "full")
        assert report.failures == []
        said = "Install what reads files: pip install 'confluence-assets[files]'."
        about_files = [note for note in report.notes if not note.startswith("Access")]
        assert about_files == [f"Some files were not read. {said}"]
        assert {rows_of(run)[one]["status"] for one in ids} == {"not_installed"}
        assert {rows_of(run)[one]["error"] for one in ids} == {f"pypdf is missing. {said}"}
        downloads(run)
        without.undo()
        sync(run)
        assert [rows_of(run)[one]["text_markdown"] for one in ids] == ["Report 0", "Report 1", "Report 2"]
        assert downloads(run) == 0


def test_work_is_committed_while_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync_files_module, "_COMMIT_SECONDS", 0.0)
    with empty_site(tmp_path, **BOTH) as run:
        ids = [upload(run, f"{n}.txt", b"%d" % n, page=n) for n in range(10)]
        first = outcome(sync(run, "full"))
        assert (first.row_count, first.added, first.changed, first.removed, first.unchanged) == (10, 10, 0, 0, 0)
        run.control.edit("delete_file", id=ids.pop())
        for file_id in ids[:3]:
            run.control.edit("new_file_version", id=file_id, text=f"new {file_id}")
        second = outcome(sync(run))
        assert (second.row_count, second.added, second.removed, second.unchanged) == (9, 3, 4, 6)
        assert set(rows_of(run)) == set(ids)
        assert len(on_disk(run)) == 9


def test_files_of_a_space_that_is_gone_leave_with_it(tmp_path: Path) -> None:
    with empty_site(tmp_path, **BOTH) as run:
        here, there = pages(run)[0], next(row for row in pages(run) if row["space_key"] != pages(run)[0]["space_key"])
        upload(run, "a.txt", b"here")
        run.control.edit("upload", container=there["id"], filename="b.txt", text="there")
        sync(run, "full")
        assert len(on_disk(run)) == 2
        run.control.edit("delete_space", space=there["space_key"])
        report = sync(run, allow_removals=True)
        assert report.failures == []
        assert {row["space_key"] for row in rows_of(run).values()} == {here["space_key"]}
        assert set(on_disk(run)) == {sha(b"here")}
