"""The secret hunt: runs with known secrets in every field, good ones and bad ones, and then a search of all that was written.

No secret may stand anywhere but in the Authorization header to the configured origin, in what is sent to the token endpoint, and
in the login's own file.
"""

import json
import logging
import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psutil
import pytest
import requests

from confluence_assets import build_confluence_defs
from confluence_assets.api import connect
from confluence_assets.cli import main
from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.emulator.web.messages import Reply, Request
from confluence_assets.errors import ConfluenceAssetsError
from tests.api.oauth import oauth_connection
from tests.security.secrets_search import forms_of, hits, hits_below

EMAIL = "admin@example.com"
CLIENT_SECRET = "hunted-client-secret-0815"
DECOYS = {
    "CONFLUENCE_API_TOKEN": "hunted-api-token-4711",
    "CONFLUENCE_PAT": "hunted-personal-token-4712",
    "CONFLUENCE_WEBHOOK_SECRET": "hunted-webhook-secret-4713",
}
"""Secrets that stand in the environment as well, and that these runs have no use for."""


@dataclass
class Wire:
    """Every request that the embedded hosts saw, and what is to be answered instead of the truth."""

    site: EmbeddedSite
    seen: list[tuple[str, Request]] = field(default_factory=list)
    echo_on: str = ""

    def __call__(self, request: Request, template: str, reply: Reply) -> Reply:
        self.seen.append((template, Request(request.method, request.target, dict(request.headers), request.body)))
        if self.echo_on and template == self.echo_on:
            said = json.dumps({"message": f"you sent {request.headers.get('authorization')}"}).encode()
            if request.method == "POST":
                words = f"you sent {request.body.decode()}, that is {' '.join(json.loads(request.body).values())}"
                said = json.dumps({"error": "invalid_grant", "error_description": words}).encode()
            return Reply(403, said, "application/json")  # a refusal: what fails for good is not tried again
        return reply

    def host_of(self, request: Request) -> str:
        names = {
            self.site.url: "site",
            self.site.api_url: "gateway",
            self.site.auth_url: "accounts",
            self.site.media_url: "media",
        }
        return names[f"http://{request.headers['host']}"]


@pytest.fixture
def wire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    with EmbeddedSite(SiteConfig.shape("small")) as site:
        site.control.configure(oauth_consent="automatic")
        site.control.edit("create_oauth_app", name="Hunted", client_id="hunted", client_secret=CLIENT_SECRET)
        found = Wire(site)
        site.site.faults.active.append(found)
        for name, value in {
            "CONFLUENCE_URL": site.url,
            "CONFLUENCE_EMAIL": EMAIL,
            "CONFLUENCE_OAUTH_CLIENT_ID": "hunted",
            "CONFLUENCE_OAUTH_CLIENT_SECRET": CLIENT_SECRET,
            "CONFLUENCE_ACCOUNTS_URL": site.auth_url,
            "CONFLUENCE_API_URL": site.api_url,
            "CONFLUENCE_CONNECTION": "oauth",
            "CONFLUENCE_HOME": str(tmp_path / "data"),
            "DAGSTER_HOME": "",
            **DECOYS,
        }.items():
            monkeypatch.setenv(name, value)
        folder = tmp_path / "wiki" / "defs" / "confluence"
        folder.mkdir(parents=True)
        (tmp_path / "pyproject.toml").touch()
        (folder / "defs.yaml").write_text(
            "type: confluence_assets.ConfluenceComponent\n"
            "attributes: {versions: true, likes: true, attachment_files: true, attachment_texts: true, debug: true}\n"
        )
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr("webbrowser.open", lambda url: requests.get(url, timeout=10).ok)
        yield found


def sync_in_a_process(folder: Path) -> tuple[str, list[str]]:
    """What a sync of its own process printed, and the command lines that `ps` showed meanwhile."""
    words = [sys.executable, "-m", "confluence_assets", "sync", "--verbose"]
    package = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(package)}
    with (  # a file, for a pipe that nobody reads meanwhile is soon full
        TemporaryFile() as output,
        subprocess.Popen(words, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT) as process,
    ):
        lines: set[str] = set()
        while process.poll() is None:
            try:
                family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
                lines |= {" ".join(one.cmdline()) for one in family}
            except psutil.Error:
                continue
            time.sleep(0.2)
        output.seek(0)
        printed = output.read().decode()
    assert process.returncode == 0, printed
    return printed, sorted(lines)


def held(login: Path) -> list[str]:
    content = json.loads(login.read_text())
    return [content["access_token"], content["refresh_token"]]


def secrets_on(wire: Wire) -> set[str]:
    """Every secret that went over the wire: codes, verifiers, states, tokens of each moment."""
    found: set[str] = set()
    for _, request in wire.seen:
        authorization = request.headers.get("authorization", "")
        if authorization:
            found.add(authorization.partition(" ")[2])
        asked = {name: values[0] for name, values in parse_qs(urlsplit(request.target).query).items()}
        if wire.host_of(request) == "accounts" and request.method == "POST":
            asked |= json.loads(request.body)
        found |= {
            asked[name]
            for name in ("code", "code_verifier", "refresh_token", "client_secret", "state")
            if name in asked
        }
    return {secret for secret in found if len(secret) > 8}


@pytest.mark.filterwarnings("ignore:Property `ScheduleDefinition")  # Dagster's own, where it describes a code location
def test_the_secret_hunt(
    wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], caplog: Any
) -> None:
    site = wire.site
    assert main(["login", "--port", "0", "--keep", "file"]) == 0
    with caplog.at_level(logging.DEBUG):
        (login,) = (tmp_path / "data" / ".logins").glob("*.json")
        known = held(login)
        printed, lines = sync_in_a_process(tmp_path)
        site.control.fault("expire_token", route="/wiki/api/v2/pages", nth=1)
        assert main(["sync", "--mode", "full"]) == 0, "refreshed in the middle"
        known += held(login)
        assert len(set(known)) == 4
        wire.echo_on = "/wiki/api/v2/pages"
        assert main(["sync", "--verbose"]) == 1, "the site tells our own secret back"
        wire.echo_on = "/wiki/rest/api/user/current"
        assert main(["sync"]) == 1
        assert main(["doctor", "--json"]) == 1
        wire.echo_on = "(auth) /oauth/token"
        site.control.edit("revoke_grants", account=EMAIL)
        assert main(["sync"]) == 2, "the login has ended"
        monkeypatch.setenv("CONFLUENCE_CONNECTION", "api_token")
        assert main(["sync", "--verbose"]) == 1, "a token that is nobody's"
        assert main(["doctor"]) == 1
    output = capsys.readouterr()
    snapshots = code_location_snapshot()

    secrets = {*known, CLIENT_SECRET, *DECOYS.values(), *secrets_on(wire)}
    assert len(secrets) >= 12
    forms = forms_of(secrets, EMAIL)
    told = [printed, output.out, output.err, caplog.text, snapshots, *lines]
    assert [sorted(hits(text.encode(), forms)) for text in told if hits(text.encode(), forms)] == []
    assert any("sync" in line for line in lines)
    assert "> Authorization: ***" in printed, "debug shows each exchange, on standard error where nobody says where"
    assert "> Authorization: ***" in caplog.text
    files = hits_below(tmp_path, forms)
    assert set(files) == {str(login.relative_to(tmp_path))}
    assert files[str(login.relative_to(tmp_path))] <= set(known)
    assert stat.S_IMODE(login.stat().st_mode) == 0o600
    assert {path.suffix for path in (tmp_path / "data").rglob("*") if path.is_file()} >= {".parquet", ".duckdb", ".db"}
    check_wire(wire, forms)


def code_location_snapshot() -> str:
    """All that the UI, and whoever asks its GraphQL, is told of the definitions and their configuration."""
    from dagster._core.remote_representation.external_data import RepositorySnap
    from dagster._serdes import serialize_value

    repository = build_confluence_defs().get_repository_def()
    text = serialize_value(RepositorySnap.from_def(repository))
    assert "CONFLUENCE_OAUTH_CLIENT_SECRET" in text, "the names of variables, and not what they hold"
    return text


def check_wire(wire: Wire, forms: dict[bytes, str]) -> None:
    """Secrets go to whom they belong: tokens to the configured origin, the app's secret to the token endpoint."""
    hosts = {wire.host_of(request) for _, request in wire.seen}
    assert hosts == {"site", "gateway", "accounts", "media"}
    for template, request in wire.seen:
        host = wire.host_of(request)
        headers = {name: value for name, value in request.headers.items() if name != "authorization"}
        in_headers, in_target = hits(repr(headers).encode(), forms), hits(request.target.encode(), forms)
        in_body = hits(request.body, forms)
        assert in_headers == set(), template
        if host == "accounts":
            assert "authorization" not in request.headers
            continue  # codes, refresh tokens and the app's secret are what it is asked with
        assert (in_target, in_body) == (set(), set()), template
        if host == "media":
            assert "authorization" not in request.headers
        if host == "site":
            is_basic = request.headers.get("authorization", "Basic ").startswith("Basic ")
            assert is_basic, "an OAuth token belongs to the gateway"


def test_an_error_in_the_middle_of_everything_tells_no_secret(wire: Wire, tmp_path: Path) -> None:
    """What a debugger or a crash reporter would collect: the whole chain of exceptions, as text."""
    assert main(["login", "--port", "0", "--keep", "file"]) == 0
    (login,) = (tmp_path / "data" / ".logins").glob("*.json")
    wire.echo_on = "/wiki/rest/api/user/current"
    connection = oauth_connection(wire.site, login.parent, oauth_client_id="hunted", oauth_client_secret=CLIENT_SECRET)
    with closing(connect(connection)) as source, pytest.raises(ConfluenceAssetsError) as caught:
        source.get_account()
    chain: list[BaseException] = [caught.value]
    while follow := chain[-1].__cause__ or chain[-1].__context__:
        chain.append(follow)
    text = " ".join(f"{one!r} {one!s} {vars(one)}" for one in chain)
    assert "you sent Bearer ***" in text
    assert hits(text.encode(), forms_of([*held(login), CLIENT_SECRET], EMAIL)) == set()
