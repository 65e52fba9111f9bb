"""`request` and `graphql` against a site: what is printed, what is refused, and that only --allow-writes writes."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from confluence_assets.cli import main
from confluence_assets.emulator import EmbeddedSite, SiteConfig
from tests.api.server import Answer, ScriptedSite

PAGES = "/wiki/api/v2/pages"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch, home: Path) -> Iterator[EmbeddedSite]:
    """A site of this test's own, so that it may be written to."""
    with EmbeddedSite(SiteConfig.shape("small")) as running:
        monkeypatch.setenv("CONFLUENCE_URL", running.url)
        yield running


def test_the_query_of_the_path_and_of_param_are_sent(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["request", "get", f"{PAGES}?limit=2", "--param", "sort=id", "--param", "status=current"]) == 0
    rows = json.loads(capsys.readouterr().out)["results"]
    assert len(rows) == 2
    assert int(rows[0]["id"]) < int(rows[1]["id"])


def test_text_is_as_it_came_and_output_is_a_file(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["request", "GET", f"{PAGES}?limit=1", "--text"]) == 0
    text = capsys.readouterr().out
    assert main(["request", "GET", f"{PAGES}?limit=1", "--output", "pages.json"]) == 0
    assert capsys.readouterr().out == ""
    assert json.loads(text) == json.loads(Path("pages.json").read_bytes())


def test_headers_and_bodies_arrive(written: EmbeddedSite, capsys: pytest.CaptureFixture[str]) -> None:
    space = json.loads(_answer(capsys, ["request", "GET", "/wiki/api/v2/spaces?limit=1"]))["results"][0]
    body = {"spaceId": space["id"], "status": "current", "title": "By hand", "body": _storage("<p>x</p>")}
    Path("page.json").write_text(json.dumps(body), encoding="utf-8")
    words = ["request", "POST", PAGES, "--data", "@page.json", "--allow-writes", "--header", "X-Trace: 7"]
    made = json.loads(_answer(capsys, words))
    assert json.loads(_answer(capsys, ["request", "GET", f"{PAGES}/{made['id']}"]))["title"] == "By hand"
    assert written.site.stats.writes == 1


def test_retries_and_pauses_are_the_callers_choice(written: EmbeddedSite, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["request", "GET", PAGES, "--retries", "2", "--delay", "0.01", "--backoff", "1", "--timeout", "5"]
    written.control.fault("error", route=f"GET {PAGES}", status=503, times=2)
    assert json.loads(_answer(capsys, words))["results"]
    assert written.control.stats()["by_endpoint"][f"GET {PAGES}"] == 3


def test_without_allow_writes_nothing_is_written(written: EmbeddedSite, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["POST", PAGES, "--data", "{}"], ["PUT", f"{PAGES}/1", "--data", "{}"], ["DELETE", f"{PAGES}/1"]):
        assert main(["request", *words]) == 2
        assert "--allow-writes" in capsys.readouterr().err
    assert main(["graphql", "mutation { deletePagePages(input: {pageId: 1}) { success } }"]) == 2
    assert "--allow-writes" in capsys.readouterr().err
    assert written.site.stats.writes == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["GET", PAGES, "--param", "limit"], "--param 'limit' is no NAME=VALUE."),
        (["GET", PAGES, "--header", "Accept"], "--header 'Accept' is no NAME:VALUE."),
        (["POST", PAGES, "--data", "{"], "--data is no JSON"),
        (["POST", PAGES, "--data", "@missing.json"], "missing.json can't be read"),
        (["GET", "https://elsewhere.example/wiki"], ""),
        (["GET", PAGES, "--retries", "-1"], "retries is -1"),
        (["GET", PAGES, "--timeout", "0"], "timeout_seconds is 0"),
    ],
)
def test_wrong_words_are_told(home: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str) -> None:
    assert main(["request", *words]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert told in error


def test_what_the_site_refuses_is_an_error_in_words(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["request", "GET", f"{PAGES}/999999999"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Missing, or hidden" in captured.err
    assert "404" in captured.err


def test_a_login_page_is_no_answer(
    monkeypatch: pytest.MonkeyPatch, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = Answer(text="<!doctype html><title>Log in - Acme</title>", headers={"Content-Type": "text/html"})
    with ScriptedSite(lambda _asked: page) as site:
        monkeypatch.setenv("CONFLUENCE_URL", site.url)
        monkeypatch.setenv("CONFLUENCE_EMAIL", "me@example.com")
        monkeypatch.setenv("CONFLUENCE_API_TOKEN", "s3cret-token")
        assert main(["request", "GET", PAGES]) == 1
        captured = capsys.readouterr()
    assert captured.out == ""
    assert "login page" in captured.err


def test_a_graphql_query_and_its_variables(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("query.graphql").write_text("query Q($h: [String!]!) { tenantContexts(hostNames: $h) { cloudId } }")
    assert main(["graphql", "@query.graphql", "--variables", '{"h": ["acme.example"]}']) == 0
    assert "tenantContexts" in json.loads(capsys.readouterr().out)["data"]
    assert main(["graphql", "{ nothing like this"]) == 2
    assert main(["graphql", "{ a }", "--variables", "[]"]) == 2


def test_debug_shows_the_call_and_no_secret(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["request", "GET", f"{PAGES}?limit=1", "--debug"]) == 0
    shown = capsys.readouterr().err
    assert "GET" in shown
    assert "YWRtaW5AZXhhbXBsZS5jb206YWRtaW4=" not in shown


def _answer(capsys: pytest.CaptureFixture[str], words: list[str]) -> str:
    assert main(words) == 0
    return capsys.readouterr().out


def _storage(value: str) -> dict[str, str]:
    return {"representation": "storage", "value": value}
