"""Text of each kind of file; and files that mean harm, each of which costs one outcome with an error."""

import io
import os
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from confluence_assets.convert import html_to_markdown
from confluence_assets.extract import Extraction, ExtractLimits, ExtractStatus, extract_text, reader_labels
from tests.extract import files

SMALL = ExtractLimits(memory_bytes=512 << 20, cpu_seconds=5, wall_seconds=20)


def read(
    folder: Path, content: bytes, name: str | None, media_type: str | None, limits: ExtractLimits = SMALL
) -> Extraction:
    path = folder / "file"
    path.write_bytes(content)
    return extract_text(path, filename=name, media_type=media_type, limits=limits, html_to_markdown=html_to_markdown)


def text_of(folder: Path, content: bytes, name: str, media_type: str | None = None) -> str:
    outcome = read(folder, content, name, media_type)
    assert (outcome.status, outcome.error) == (ExtractStatus.READ, None)
    assert outcome.extractor in reader_labels()
    return outcome.text or ""


def error_of(folder: Path, content: bytes, name: str | None = "a.bin", media_type: str | None = None) -> str:
    outcome = read(folder, content, name, media_type)
    assert outcome.status is ExtractStatus.UNREADABLE
    assert outcome.text is None
    return outcome.error or ""


# Each kind


def test_pdf(tmp_path: Path) -> None:
    assert text_of(tmp_path, files.pdf("Quarterly report"), "a.pdf", "application/pdf") == "Quarterly report"


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-256"])
def test_a_pdf_that_is_locked_against_changes_alone(tmp_path: Path, algorithm: str) -> None:
    content = files.encrypted_pdf("Open to read", "", algorithm)
    assert text_of(tmp_path, content, "a.pdf") == "Open to read"


def test_word(tmp_path: Path) -> None:
    content = files.docx(
        files.paragraph("Plan", "Heading1")
        + files.paragraph("Two &amp; two.")
        + files.table([["part", "count"], ["bell", "2"]])
    )
    text = text_of(tmp_path, content, "a.docx")
    assert text.startswith("# Plan\n\nTwo & two.\n\n")
    assert "| part | count |" in text
    assert "| bell | 2 |" in text


def test_powerpoint(tmp_path: Path) -> None:
    assert text_of(tmp_path, files.pptx(), "a.pptx") == (
        "## Plan | 2027\n\n- Ship it\n  - in May\n\n> Say it slowly.\n> Then stop.\n\n"
        "## Slide 2\n\n| part | count |\n| --- | --- |\n| a\\|b | 2 |\n\ninside a group"
    )


def test_excel(tmp_path: Path) -> None:
    content = files.xlsx({"Parts": [["part", "count"], [], ["bell", 2.0, None, "x|y"]], "Empty": []})
    assert text_of(tmp_path, content, "a.xlsx") == (
        "## Parts\n\n| part | count |  |  |\n| --- | --- | --- | --- |\n| bell | 2 |  | x\\|y |"
    )


def test_html(tmp_path: Path) -> None:
    content = b"<html><body><h1>Plan</h1><script>alert(1)</script><p>Two <b>bells</b>.</p></body></html>"
    assert text_of(tmp_path, content, "a.html") == "# Plan\n\nTwo **bells**."


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_csv(tmp_path: Path, sign: str) -> None:
    content = f'part{sign}note\nbell{sign}"a{sign} b"\nstand\n'.encode()
    assert text_of(
        tmp_path, content, "a.csv"
    ) == f"| part | note |\n| --- | --- |\n| bell | a{sign} b |\n| stand |  |".replace("\t b", "\t b")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_plain_text_in_its_encoding(tmp_path: Path, encoding: str) -> None:
    assert text_of(tmp_path, "Über – “das”\r\nhinaus".encode(encoding), "a.txt") == "Über – “das”\nhinaus"


def test_what_is_inside_counts_and_not_what_it_is_called(tmp_path: Path) -> None:
    assert text_of(tmp_path, files.pdf("A report"), "a.docx", "application/msword") == "A report"
    assert text_of(tmp_path, files.docx(files.paragraph("A letter")), "a.pdf", "application/pdf") == "A letter"
    assert text_of(tmp_path, b"just words", "a.pdf", "application/pdf") == "just words"


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "image/png"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        (files.zipped({"a.txt": "words"}), "application/zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "application/msword"),
    ],
    ids=["png", "svg", "zip", "doc"],
)
def test_kinds_without_a_reader(tmp_path: Path, content: bytes, media_type: str) -> None:
    outcome = read(tmp_path, content, "a", media_type)
    assert outcome.status is ExtractStatus.UNSUPPORTED
    assert outcome.error == f"There is no reader for {media_type}."
    assert outcome.extractor in reader_labels()


# Those that mean harm


def test_an_empty_file(tmp_path: Path) -> None:
    for name in ("a.txt", "a.pdf", "a.docx", None):
        outcome = read(tmp_path, b"", name, None)
        assert (outcome.status, outcome.text) == (ExtractStatus.READ, "")
        assert (outcome.error or "").startswith("There is no text in it")


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-256"])
def test_an_encrypted_pdf(tmp_path: Path, algorithm: str) -> None:
    content = files.encrypted_pdf("Secret", "hunter2", algorithm)
    assert error_of(tmp_path, content, "a.pdf") == "It is encrypted: a password would be needed."


def test_encrypted_office_files(tmp_path: Path) -> None:
    said = "It is encrypted: a password would be needed."
    assert error_of(tmp_path, files.encrypted_office(), "a.docx") == said
    assert error_of(tmp_path, files.encrypted_zip(files.docx("")), "a.docx") == said


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9])
def test_truncated_files(tmp_path: Path, share: float) -> None:
    """A row each, whatever is left of them; nothing raises."""
    for content in (files.pdf("Half a report"), files.docx(files.paragraph("Half a letter")), files.pptx()):
        outcome = read(tmp_path, content[: int(len(content) * share)], "a", None)
        assert outcome.status in (ExtractStatus.UNREADABLE, ExtractStatus.READ, ExtractStatus.UNSUPPORTED)
        assert outcome.error is not None or "Half a report" in (outcome.text or "")


def test_a_truncated_pdf_is_damaged(tmp_path: Path) -> None:
    assert error_of(tmp_path, files.pdf("Half")[:60], "a.pdf").startswith("It is damaged")


def test_a_zip_bomb_that_tells(tmp_path: Path) -> None:
    content = files.unpacking_to(100 << 20)
    assert len(content) < 1 << 20
    started = time.monotonic()
    outcome = read(tmp_path, content, "a.docx", None, replace(SMALL, unpacked_bytes=64 << 20))
    assert outcome.error == "It unpacks to 100 MB; more than 64 MB are not read."
    assert time.monotonic() - started < 5


def test_a_zip_bomb_that_lies(tmp_path: Path) -> None:
    content = files.with_lying_sizes(files.unpacking_to(100 << 20))
    assert error_of(tmp_path, content, "a.docx")


def test_a_bomb_of_entities(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY e{n} "{"".join([f"&e{n - 1};"] * 10)}">' for n in range(1, 10))
    prologue = f'<!DOCTYPE d [<!ENTITY e0 "AAAAAAAAAA">{entities}]>'
    assert error_of(tmp_path, files.docx(files.paragraph("&e9;"), prologue), "a.docx")


def test_a_document_does_not_bring_other_files_in(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the-secret-words")
    prologue = f'<!DOCTYPE d [<!ENTITY x SYSTEM "file://{secret}">]>'
    outcome = read(tmp_path, files.docx(files.paragraph("a &x; b"), prologue), "a.docx", None)
    assert "the-secret-words" not in f"{outcome.text} {outcome.error}"


def test_memory_is_bounded(tmp_path: Path) -> None:
    tight = ExtractLimits(memory_bytes=150 << 20, cpu_seconds=20, wall_seconds=30, text_characters=200 << 20)
    outcome = read(tmp_path, b"words " * (30 << 20), "a.txt", None, tight)
    assert outcome.status is ExtractStatus.UNREADABLE
    assert outcome.error == "Reading it takes more than 150 MB of memory."


def test_cpu_time_is_bounded(tmp_path: Path) -> None:
    rows = b"<table>" + b"<tr><td>a</td><td>b</td></tr>" * 300_000 + b"</table>"
    brief = ExtractLimits(cpu_seconds=1, wall_seconds=30, memory_bytes=4 << 30)
    outcome = read(tmp_path, rows, "a.html", None, brief)
    assert outcome.error == "Reading it takes more than 1 seconds of CPU time, or more memory than there is."


def test_the_clock_is_bounded(tmp_path: Path) -> None:
    rows = b"<table>" + b"<tr><td>a</td><td>b</td></tr>" * 300_000 + b"</table>"
    brief = ExtractLimits(cpu_seconds=60, wall_seconds=1, memory_bytes=4 << 30)
    started = time.monotonic()
    outcome = read(tmp_path, rows, "a.html", None, brief)
    assert outcome.error == "Reading it takes longer than 1 seconds."
    assert time.monotonic() - started < 4


def test_endless_text_is_cut_off(tmp_path: Path) -> None:
    brief = ExtractLimits(text_characters=10_000)
    outcome = read(tmp_path, b"word " * 1_000_000, "a.txt", None, brief)
    assert outcome.status is ExtractStatus.READ
    assert len(outcome.text or "") == 10_000
    assert outcome.error == "The text is cut off after 10000 characters."


def test_a_sheet_that_says_it_is_a_million_wide(tmp_path: Path) -> None:
    content = files.xlsx({"A": [["only"]]})
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    assert isinstance(sheet, bytes)
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(b'ref="A1"', b'ref="A1:XFD1048576"').replace(
        b'ref="A1:A1"', b'ref="A1:XFD1048576"'
    )
    assert text_of(tmp_path, files.zipped(parts), "a.xlsx") == "## A\n\n| only |\n| --- |"


@pytest.mark.parametrize(
    "name",
    [
        "../../x",
        "/etc/passwd",
        "a\nb.txt",
        "x\u202etxt.exe",
        "n" * 251 + ".txt",
        "",
        ".",
        "a\x00b",
        "\ud83d.txt",
        "-m",
        "'; rm -rf ~",
    ],
    ids=["up", "absolute", "newline", "right-to-left", "long", "none", "dot", "nul", "half a pair", "option", "shell"],
)
def test_hostile_names(tmp_path: Path, name: str) -> None:
    assert text_of(tmp_path, b"words", name, "text/plain\nX: y") == "words"
    unsupported = read(tmp_path, b"\x00\x01", name, "a/b\n\u202e" + "c" * 1000)
    assert "\n" not in (unsupported.error or "\n")
    assert len(unsupported.error or "") < 400


# The process itself


def _in_worker(script: str) -> str:
    """Runs a script after the worker's walls went up."""
    code = (
        "import sys; from confluence_assets.extract.sandbox import *; "
        f"limit_resources(512 << 20, 5, 1 << 20); deny_the_world()\n{script}"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, env=environment, check=False
    )
    return run.stdout + run.stderr.strip().rpartition("\n")[2]


@pytest.mark.parametrize(
    "script",
    [
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import socket; socket.getaddrinfo('example.com', 80)",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9')",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
        "import os; os.fork()",
        "open('/etc/passwd').read()",
        "open('/tmp/written-by-a-file', 'w')",
        "import os; os.open('/tmp/written-by-a-file', os.O_CREAT | os.O_WRONLY)",
        "import os; os.remove('/tmp/written-by-a-file')",
    ],
)
def test_a_reader_reaches_nothing(script: str) -> None:
    assert _in_worker(script).startswith("PermissionError: A file wanted")
    assert not Path("/tmp/written-by-a-file").exists()


def test_the_process_knows_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from confluence_assets.extract.process import _environment

    monkeypatch.setenv("CONFLUENCE_API_TOKEN", "s3cret")
    assert "s3cret" not in str(_environment())


def test_a_missing_library_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shadow = tmp_path / "shadow"
    shadow.mkdir()
    (shadow / "pypdf.py").write_text("raise ModuleNotFoundError(\"No module named 'pypdf'\", name='pypdf')")
    monkeypatch.syspath_prepend(str(shadow))
    outcome = read(tmp_path, files.pdf("words"), "a.pdf", None)
    assert (outcome.status, outcome.extractor) == (ExtractStatus.NOT_INSTALLED, None)
    assert outcome.error == "pypdf is missing. Install what reads files: pip install 'confluence-assets[files]'."
