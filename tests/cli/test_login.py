"""`login`: the browser's way there and back, the choice of a site, and where the tokens stay."""

import io
import json
import stat
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from confluence_assets.api.scopes import all_scopes
from confluence_assets.cli import main
from confluence_assets.emulator import EmbeddedSite, SiteConfig

SECRET = "embedded-app-secret"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedSite]:
    """A site that consents without a page, and an environment that names it and the app."""
    with EmbeddedSite(SiteConfig.shape("small")) as running:
        running.control.configure(oauth_consent="automatic")
        for name, value in {
            "CONFLUENCE_URL": running.url,
            "CONFLUENCE_OAUTH_CLIENT_ID": "embedded-app",
            "CONFLUENCE_OAUTH_CLIENT_SECRET": SECRET,
            "CONFLUENCE_ACCOUNTS_URL": running.auth_url,
            "CONFLUENCE_API_URL": running.api_url,
            "CONFLUENCE_HOME": str(tmp_path / "data"),
            "DAGSTER_HOME": "",
        }.items():
            monkeypatch.setenv(name, value)
        for name in ("CONFLUENCE_API_TOKEN", "CONFLUENCE_EMAIL", "CONFLUENCE_PAT", "CONFLUENCE_CONNECTION"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.chdir(tmp_path)
        yield running


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Goes where it is sent, and remembers it."""
    visited: list[str] = []

    def visit(url: str) -> bool:
        visited.append(url)
        requests.get(url, timeout=10)
        return True

    monkeypatch.setattr("webbrowser.open", visit)
    return visited


def logins(home: Path) -> list[Path]:
    return sorted((home / "data" / ".logins").glob("*.json"))


def test_login_doctor_and_sync(
    site: EmbeddedSite, browser: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["login", "--port", "0", "--keep", "file"]) == 0
    printed = capsys.readouterr()
    (kept,) = logins(tmp_path)
    assert printed.out == (
        f"Logged in to {site.url}; the tokens are in {kept.relative_to(tmp_path)} (0600).\n"
        "The site takes us for Site Admin. Next: confluence-assets doctor\n"
    )
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (kept.parent, tmp_path / "data")} == {0o700}
    held = json.loads(kept.read_text())
    for secret in (SECRET, held["access_token"], held["refresh_token"]):
        assert secret not in printed.out + printed.err
    asked = {name: values[0] for name, values in parse_qs(urlsplit(browser[0]).query).items()}
    assert (asked["code_challenge_method"], asked["response_type"], asked["prompt"]) == ("S256", "code", "consent")
    assert len(asked["state"]) >= 40
    assert asked["scope"] == " ".join([*all_scopes(), "offline_access"])
    assert asked["redirect_uri"].startswith("http://localhost:")
    assert main(["sync"]) == 0
    assert "Site Admin" in capsys.readouterr().out


def test_scopes_ready_to_paste(site: EmbeddedSite, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["login", "--scopes"]) == 0
    assert capsys.readouterr().out == " ".join([*all_scopes(), "offline_access"]) + "\n"
    assert site.control.request_count() == 0


def test_no_browser_prints_the_address(site: EmbeddedSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    codes: list[int] = []
    words = ["login", "--no-browser", "--port", "0", "--keep", "file"]
    import signal

    before = signal.getsignal(signal.SIGTERM)
    told: list[str] = []

    def follow() -> None:
        for _ in range(200):
            told.append(capsys.readouterr().err)
            found = [line for line in "".join(told).splitlines() if line.startswith(site.auth_url)]
            if found:
                requests.get(found[0], timeout=10)
                return
            time.sleep(0.05)

    person = threading.Thread(target=follow)
    person.start()
    codes.append(main(words))
    person.join(10)
    signal.signal(signal.SIGTERM, before)
    assert codes == [0]
    assert len(logins(tmp_path)) == 1


def test_a_browser_on_another_machine(
    site: EmbeddedSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Person(io.StringIO):
        def readline(self, *_size: int) -> str:  # type: ignore[override]
            address = next(line for line in capsys.readouterr().err.splitlines() if line.startswith(site.auth_url))
            reply = requests.get(address, allow_redirects=False, timeout=10)
            return reply.headers["Location"] + "\n"

    monkeypatch.setattr(sys, "stdin", Person())
    assert main(["login", "--paste", "--keep", "file"]) == 0
    assert len(logins(tmp_path)) == 1


def test_an_answer_to_another_question_is_not_taken(
    site: EmbeddedSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("http://localhost:8914/callback?code=stolen&state=other\n"))
    assert main(["login", "--paste"]) == 1
    assert "error: The browser came back with the answer to another login." in capsys.readouterr().err
    assert logins(tmp_path) == []


def test_a_stranger_at_the_door_does_not_end_the_wait(
    site: EmbeddedSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[requests.Response] = []

    def visit(url: str) -> bool:
        door = parse_qs(urlsplit(url).query)["redirect_uri"][0]
        answers.extend(requests.get(door + query, timeout=10) for query in ("", "?state=other&code=stolen"))
        answers.append(requests.get(url, timeout=10))
        return True

    monkeypatch.setattr("webbrowser.open", visit)
    assert main(["login", "--port", "0", "--keep", "file"]) == 0
    assert [answer.status_code for answer in answers] == [400, 400, 200]
    assert ["answer to another login" in answer.text for answer in answers] == [True, True, False]
    assert len(logins(tmp_path)) == 1


def test_several_sites(
    site: EmbeddedSite,
    browser: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    site.control.configure(resources_per_product=True)
    other = site.control.edit("add_site", name="Second", url="https://second.atlassian.net")
    assert main(["login", "--port", "0", "--keep", "file"]) == 0, "CONFLUENCE_URL chooses"
    assert [path.stem.startswith(site.site.cloud_id) for path in logins(tmp_path)] == [True]
    monkeypatch.delenv("CONFLUENCE_URL")
    assert main(["login", "--port", "0", "--keep", "file", "--site", "second.atlassian.net"]) == 0
    assert "Next: set CONFLUENCE_URL=https://second.atlassian.net\n" in capsys.readouterr().out
    assert any(path.stem.startswith(other["id"]) for path in logins(tmp_path))
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert main(["login", "--port", "0", "--keep", "file"]) == 2
    listed = capsys.readouterr().err
    assert f"  1  {site.url}  embedded\n  2  https://second.atlassian.net  Second\n" in listed
    assert "error: The login opens several sites. Choose one with --site ADDRESS." in listed
    answers = io.StringIO("9\n2\n")
    monkeypatch.setattr(answers, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", answers)
    assert main(["login", "--port", "0", "--keep", "file"]) == 0
    assert "Logged in to https://second.atlassian.net" in capsys.readouterr().out


def test_a_login_that_does_not_open_the_site(
    site: EmbeddedSite, browser: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["login", "--port", "0", "--site", "https://third.atlassian.net"]) == 2
    assert (
        f"error: The login does not open https://third.atlassian.net; it opens: {site.url} (embedded)."
        in capsys.readouterr().err
    )
    assert logins(tmp_path) == []


def test_forget(site: EmbeddedSite, browser: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["login", "--port", "0", "--keep", "file"]) == 0
    assert main(["login", "--forget"]) == 0
    assert logins(tmp_path) == []
    assert main(["login", "--forget"]) == 0
    assert f"There is no login to {site.url}." in capsys.readouterr().out


def test_tokens_in_the_keyring_stand_in_no_file(
    site: EmbeddedSite,
    browser: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    keyring = pytest.importorskip("keyring")
    from keyring.backend import KeyringBackend

    class Memory(KeyringBackend):
        priority = 5  # type: ignore[assignment]
        held: dict[tuple[str, str], str] = {}  # noqa: RUF012

        def get_password(self, service: str, username: str) -> str | None:
            return self.held.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            self.held[service, username] = password

        def delete_password(self, service: str, username: str) -> None:
            del self.held[service, username]

    before = keyring.get_keyring()
    keyring.set_keyring(Memory())
    try:
        assert main(["login", "--port", "0"]) == 0
        assert "the tokens are in the system's keyring" in capsys.readouterr().out
        ((_, text),) = Memory.held.items()
        held = json.loads(text)
        (kept,) = logins(tmp_path)
        assert [one for one in (held["access_token"], held["refresh_token"]) if one in kept.read_text()] == []
        site.control.configure(advance_seconds=3700)
        assert main(["doctor"]) == 0, capsys.readouterr().out
        ((_, renewed),) = Memory.held.items()
        assert json.loads(renewed)["refresh_token"] != held["refresh_token"]
        assert main(["login", "--forget"]) == 0
        assert Memory.held == {}
    finally:
        keyring.set_keyring(before)


def test_without_a_keyring_a_file_serves_and_a_wish_for_one_is_refused(
    site: EmbeddedSite,
    browser: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    keyring = pytest.importorskip("keyring")
    from keyring.backends import fail

    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    try:
        assert main(["login", "--port", "0"]) == 0
        assert "access_token" in json.loads(logins(tmp_path)[0].read_text())
        assert main(["login", "--port", "0", "--keep", "keyring"]) == 2
        assert "The keyring can't be used: this machine has none. Use --keep file." in capsys.readouterr().err
    finally:
        keyring.set_keyring(before)
