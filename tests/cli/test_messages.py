"""What people are told when they connect in a wrong way: each mistake is made, and what the command line says stands in the docs.

`CONFLUENCE_WRITE_DOCS=1` writes docs/messages.md again; without it a message that has changed fails here.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from confluence_assets.cli import main
from confluence_assets.emulator import EmbeddedSite, SiteConfig
from tests.cli.mistakes import MISTAKES, Mistake, Scene, played

PAGE = Path(__file__).parents[2] / "docs" / "messages.md"
HEADER = """\
# Mistakes, and what is said

Each mistake is made by `tests/cli/test_messages.py` on the embedded site, and this is what the command line answers: the message
of a command that fails, or the failed line of `doctor` with its next step. The exit code is 2 where settings are wrong, else 1.
`doctor` finds most of it in one go: start there. How to connect: [Connecting](connecting.md).

| mistake | command | what is said |
|---|---|---|
"""
SECRETS = ("s3cret-t0ken", "s3cret", "embedded-app-secret")
CLEARED = (
    "CONFLUENCE_PAT", "CONFLUENCE_CONNECTION", "CONFLUENCE_LOGINS", "CONFLUENCE_OAUTH_CLIENT_ID",
    "CONFLUENCE_OAUTH_CLIENT_SECRET", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "HTTPS_PROXY", "HTTP_PROXY", "https_proxy",
    "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy",
)  # fmt: skip


@pytest.fixture(scope="module")
def site() -> Iterator[EmbeddedSite]:
    with EmbeddedSite(SiteConfig.shape("small")) as running:
        yield running


@pytest.fixture
def scene(site: EmbeddedSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A project that would work; the mistake comes on top."""
    for name in CLEARED:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    found = Scene(site, tmp_path, monkeypatch, ExitStack())
    found.set(
        CONFLUENCE_URL=site.url,
        CONFLUENCE_EMAIL="admin@example.com",
        CONFLUENCE_API_TOKEN="admin",
        CONFLUENCE_HOME=str(tmp_path / "data"),
        CONFLUENCE_ACCOUNTS_URL=site.auth_url,
        CONFLUENCE_API_URL=site.api_url,
        DAGSTER_HOME="",
    )
    found.shown |= {
        site.url: "https://acme.atlassian.net",
        site.auth_url: "https://auth.atlassian.com",
        site.api_url: "https://api.atlassian.com",
        site.site.cloud_id: "<cloudId>",
        str(tmp_path): "~/wiki",
    }
    yield found
    site.control.clear_faults()
    site.control.configure(oauth_consent="page")


def said(words: list[str], printed: "pytest.CaptureResult[str]") -> str:
    """The message that matters: the error, or doctor's failed lines with their next step."""
    if words[0] != "doctor":
        return next(line for line in reversed(printed.err.splitlines()) if line.startswith("error: "))
    lines = printed.out.splitlines()
    failed = []
    for number, line in enumerate(lines):
        if line.startswith("FAIL"):
            failed.append(
                " ".join([" ".join(line.split()), *(" ".join(one.split()) for one in lines[number + 1 : number + 2])])
            )
    return " ".join(failed)


def shown(message: str, scene: Scene) -> str:
    for real, name in sorted(scene.shown.items(), key=lambda pair: -len(pair[0])):
        message = message.replace(real, name)
    return message


def row_of(one: Mistake, message: str) -> str:
    command = one.words.format(port=8914, free=8914)
    escaped = message.replace("|", "\\|").replace("<", "&lt;")
    return f"| {one.name} | `{command}` | {escaped} |"


def test_there_are_enough_of_them() -> None:
    assert len(MISTAKES) >= 25
    assert len({one.name for one in MISTAKES}) == len(MISTAKES)


@pytest.fixture(scope="module")
def rows() -> Iterator[dict[str, str]]:
    """What was said, by mistake; writes the page at the end where that is asked for."""
    found: dict[str, str] = {}
    yield found
    if os.environ.get("CONFLUENCE_WRITE_DOCS") and len(found) == len(MISTAKES):
        PAGE.write_text(HEADER + "\n".join(found[one.name] for one in MISTAKES) + "\n", encoding="utf-8")


@pytest.mark.parametrize("one", MISTAKES, ids=lambda one: one.name)
def test_what_people_are_told(
    one: Mistake, scene: Scene, rows: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with played(one, scene) as words:
        code = main(words)
    printed = capsys.readouterr()
    everything = printed.out + printed.err
    assert "Traceback" not in everything
    assert "This is a fault of the program" not in everything
    assert [secret for secret in SECRETS if secret in everything] == []
    message = shown(said(words, printed), scene)
    assert code == one.code, everything
    assert len(message) < 900
    rows[one.name] = row_of(one, message)
    if not os.environ.get("CONFLUENCE_WRITE_DOCS"):
        written = PAGE.read_text(encoding="utf-8")
        assert rows[one.name] in written.splitlines(), "CONFLUENCE_WRITE_DOCS=1 writes it again"


def test_the_page_holds_nothing_else() -> None:
    if os.environ.get("CONFLUENCE_WRITE_DOCS"):
        pytest.skip("it is being written")
    written = PAGE.read_text(encoding="utf-8")
    assert written.startswith(HEADER)
    assert len(written.removeprefix(HEADER).splitlines()) == len(MISTAKES)
