"""Mistakes that people make when they connect, and how each is made; `test_messages` plays them and writes the page."""

import io
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from confluence_assets.api.scopes import all_scopes
from confluence_assets.emulator import EmbeddedSite
from tests.api.oauth import CLIENT_ID, CLIENT_SECRET, log_in
from tests.api.server import Answer, ScriptedSite, closed_port
from tests.api.test_transport import self_signed

NGINX = Answer(
    200, text="<!doctype html><title>Welcome to nginx!</title>", headers={"Content-Type": "text/html;charset=UTF-8"}
)
APP = {"CONFLUENCE_OAUTH_CLIENT_ID": CLIENT_ID, "CONFLUENCE_OAUTH_CLIENT_SECRET": CLIENT_SECRET}
NO_TOKEN = {"CONFLUENCE_API_TOKEN": "", "CONFLUENCE_EMAIL": ""}
OAUTH = {**NO_TOKEN, **APP}


@dataclass
class Scene:
    """What a mistake may touch: a running site, a project's folder, its environment."""

    site: EmbeddedSite
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    stack: ExitStack
    shown: dict[str, str] = field(default_factory=dict)
    """What changes from run to run, and how the page shows it."""

    def set(self, **variables: str) -> None:
        for name, value in variables.items():
            self.monkeypatch.setenv(name, value)

    def logged_in(self, scopes: tuple[str, ...] | None = None) -> None:
        log_in(self.site, self.folder / "data" / ".logins", scopes)
        self.set(**OAUTH)

    def scoped_token(self, scopes: tuple[str, ...] = all_scopes()) -> None:
        made = self.site.control.edit("create_scoped_token", account="admin@example.com", scopes=list(scopes))
        self.set(CONFLUENCE_API_TOKEN=made["token"])

    def serve(self, answer: Answer, tls: ssl.SSLContext | None = None) -> str:
        server = self.stack.enter_context(ScriptedSite(lambda _asked: answer, tls))
        self.shown[server.url] = "https://wiki.example.com"
        self.shown[server.url.partition("://")[2].partition(":")[0]] = "wiki.example.com"
        return server.url

    def write(self, text: str) -> None:
        folder = self.folder / "wiki" / "defs" / "confluence"
        folder.mkdir(parents=True)
        (folder / "defs.yaml").write_text(text, encoding="utf-8")
        (self.folder / "pyproject.toml").touch()

    def browse(self, **form: str) -> None:
        """A browser that answers the page of the login."""

        def visit(url: str) -> bool:
            if form:
                parts = dict(pair.split("=", 1) for pair in url.partition("?")[2].split("&"))
                from urllib.parse import unquote_plus

                fields = {name: unquote_plus(value) for name, value in parts.items()} | form
                requests.post(f"{self.site.auth_url}/authorize", data=fields, timeout=10)
            else:
                requests.get(url, timeout=10)
            return True

        self.monkeypatch.setattr("webbrowser.open", visit)


@dataclass(frozen=True)
class Mistake:
    name: str
    words: str
    make: Callable[[Scene], Any]
    code: int = 2


MISTAKES: list[Mistake] = []


def mistake(name: str, words: str = "doctor", code: int = 2) -> Callable[[Callable[[Scene], Any]], None]:
    def register(make: Callable[[Scene], Any]) -> None:
        MISTAKES.append(Mistake(name, words, make, code))

    return register


def with_variables(name: str, words: str = "doctor", code: int = 2, **variables: str) -> None:
    MISTAKES.append(Mistake(name, words, lambda scene: scene.set(**variables), code))


# the address

with_variables("only the site's name as the address", CONFLUENCE_URL="acme")
with_variables("plain http", CONFLUENCE_URL="http://acme.atlassian.net")
with_variables("a domain that looks like Atlassian's", CONFLUENCE_URL="https://acme.atlasian.net")
with_variables("another scheme", CONFLUENCE_URL="ftp://acme.atlassian.net")
with_variables("the page for tokens as the address", CONFLUENCE_URL="https://id.atlassian.com/manage-profile")
with_variables("the gateway without a cloudId", CONFLUENCE_URL="https://api.atlassian.com")
with_variables("user name and token within the address", CONFLUENCE_URL="https://me:s3cret-t0ken@acme.atlassian.net")
with_variables("a port that is no number", CONFLUENCE_URL="https://acme.atlassian.net:https")
with_variables("a host that does not exist", code=1, CONFLUENCE_URL="https://acme.invalid")


@mistake("a port on which nothing listens", code=1)
def _(scene: Scene) -> None:
    url = f"http://127.0.0.1:{closed_port()}"
    scene.shown[url] = "https://wiki.example.com:8090"
    scene.set(CONFLUENCE_URL=url)


@mistake("the address of some other web server", code=1)
def _(scene: Scene) -> None:
    scene.set(CONFLUENCE_URL=scene.serve(NGINX))


@mistake("https where the server speaks http")
def _(scene: Scene) -> None:
    url = scene.serve(NGINX).replace("http:", "https:")
    scene.shown[url] = "https://wiki.example.com:8090"
    scene.set(CONFLUENCE_URL=url)


@mistake("a certificate of a company's own authority, without REQUESTS_CA_BUNDLE")
def _(scene: Scene) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed(scene.folder))
    scene.set(CONFLUENCE_URL=scene.serve(NGINX, context))


@mistake("REQUESTS_CA_BUNDLE names a file that is not there")
def _(scene: Scene) -> None:
    scene.set(CONFLUENCE_URL="https://acme.atlassian.net", REQUESTS_CA_BUNDLE=str(scene.folder / "company.pem"))


@mistake("REQUESTS_CA_BUNDLE names a file that holds no certificate")
def _(scene: Scene) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed(scene.folder))
    (scene.folder / "company.pem").write_text("hello\n")
    scene.set(CONFLUENCE_URL=scene.serve(NGINX, context), REQUESTS_CA_BUNDLE=str(scene.folder / "company.pem"))


@mistake("a proxy that is not there", code=1)
def _(scene: Scene) -> None:
    scene.set(CONFLUENCE_URL="https://acme.atlassian.net", HTTPS_PROXY=f"http://127.0.0.1:{closed_port()}")


# who we are

with_variables("no credentials", **NO_TOKEN)
with_variables("a mistyped token", code=1, CONFLUENCE_API_TOKEN="s3cret-t0ken")
with_variables("another account's address", code=1, CONFLUENCE_EMAIL="somebody@example.com")
with_variables("no e-mail address", CONFLUENCE_EMAIL="")
with_variables(
    "a Data Center token for a Cloud site",
    CONFLUENCE_URL="https://acme.atlassian.net",
    CONFLUENCE_PAT="s3cret-t0ken",
    **NO_TOKEN,
)
with_variables("tokens of Cloud and of Data Center", CONFLUENCE_PAT="s3cret-t0ken")
with_variables("a token and an OAuth app", **APP)
with_variables("a misspelt way to connect", CONFLUENCE_CONNECTION="oath")


@mistake("a token with scopes, and nothing said of it")
def _(scene: Scene) -> None:
    scene.scoped_token()


@mistake("a token without scopes, where scopes were announced")
def _(scene: Scene) -> None:
    scene.set(CONFLUENCE_CONNECTION="scoped_token")


@mistake("a token without the scope of tasks", code=1)
def _(scene: Scene) -> None:
    scene.scoped_token(tuple(scope for scope in all_scopes() if "task" not in scope))
    scene.set(CONFLUENCE_CONNECTION="scoped_token")


@mistake("a token that lacks the first scope that is needed", "sync", code=1)
def _(scene: Scene) -> None:
    scene.scoped_token(("read:page:confluence",))
    scene.set(CONFLUENCE_CONNECTION="scoped_token")


@mistake("an account that may not use Confluence", code=1)
def _(scene: Scene) -> None:
    scene.site.control.fault("error", route="/wiki/rest/api/*", status=403)


with_variables("a token in quotation marks", CONFLUENCE_API_TOKEN='"s3cret-t0ken"')
with_variables("a token with a line end within", CONFLUENCE_API_TOKEN="s3cret-t0ken\ns3cret")


@mistake("the address of a proxy that is none", code=1)
def _(scene: Scene) -> None:
    scene.set(CONFLUENCE_URL="https://acme.atlassian.net", HTTPS_PROXY="http://127.0.0.1:port")


@mistake("a SOCKS proxy that is not there", code=1)
def _(scene: Scene) -> None:
    scene.set(CONFLUENCE_URL="https://acme.atlassian.net", HTTPS_PROXY=f"socks5://127.0.0.1:{closed_port()}")


# OAuth

with_variables("an OAuth app without its secret", **{**OAUTH, "CONFLUENCE_OAUTH_CLIENT_SECRET": ""})
with_variables("an OAuth app, and nobody has logged in", **OAUTH)
with_variables("tokens asked for in the clear", **OAUTH, CONFLUENCE_ACCOUNTS_URL="http://auth.example.com")


@mistake("a mistyped client secret", "login --port 0")
def _(scene: Scene) -> None:
    scene.site.control.configure(oauth_consent="automatic")
    scene.browse()
    scene.set(**{**OAUTH, "CONFLUENCE_OAUTH_CLIENT_SECRET": "s3cret-t0ken"})


@mistake("Deny was pressed", "login --port 0", code=1)
def _(scene: Scene) -> None:
    scene.set(**OAUTH)
    scene.browse(decision="deny")


@mistake("the app lacks scopes", "login --port 0")
def _(scene: Scene) -> None:
    scopes = [scope for scope in all_scopes() if scope != "read:task:confluence"]
    made = scene.site.control.edit("create_oauth_app", name="Strict", client_id="strict", scopes=scopes)
    scene.site.control.configure(oauth_consent="automatic")
    scene.set(**{**OAUTH, "CONFLUENCE_OAUTH_CLIENT_ID": "strict"})
    scene.set(CONFLUENCE_OAUTH_CLIENT_SECRET=made["client_secret"])
    scene.browse()


@mistake("the address that was pasted is an old one", "login --paste", code=1)
def _(scene: Scene) -> None:
    scene.set(**OAUTH)
    scene.monkeypatch.setattr(sys, "stdin", io.StringIO("http://localhost:8914/callback?code=abc&state=def\n"))


@mistake("the browser never comes back", "login --port {free} --timeout-seconds 0", code=1)
def _(scene: Scene) -> None:
    scene.set(**OAUTH)
    scene.monkeypatch.setattr("webbrowser.open", lambda _url: True)


@mistake("something else listens on the callback's port", "login --port {port}")
def _(scene: Scene) -> None:
    scene.set(**OAUTH)


@mistake("a login to another site", "login --port 0 --site other.atlassian.net")
def _(scene: Scene) -> None:
    scene.site.control.configure(oauth_consent="automatic")
    scene.set(**OAUTH)
    scene.browse()


@mistake("consent was withdrawn")
def _(scene: Scene) -> None:
    scene.logged_in()
    scene.site.control.edit("revoke_grants", account="admin@example.com")


@mistake("the login lacks the scope of tasks", code=1)
def _(scene: Scene) -> None:
    scene.logged_in(tuple(scope for scope in all_scopes() if "task" not in scope))


@mistake("others may read the file with the login")
def _(scene: Scene) -> None:
    scene.logged_in()
    (kept,) = (scene.folder / "data" / ".logins").glob("*.json")
    kept.chmod(0o644)


with_variables(
    "client credentials of an app of the developer console", **OAUTH, CONFLUENCE_CONNECTION="client_credentials"
)


@mistake("the hourly points of the app are used up", code=1)
def _(scene: Scene) -> None:
    scene.logged_in()
    scene.site.control.fault("throttle", retry_after=1800, style="quota", route="/wiki/*")


# the project

HEAD = "type: confluence_assets.ConfluenceComponent\nattributes:\n"


@mistake("the token itself in YAML, instead of its variable's name")
def _(scene: Scene) -> None:
    scene.write(f"{HEAD}  token_env: ATATTs3cret-t0ken=AB12\n")


@mistake("a Data Center token where its variable's name belongs")
def _(scene: Scene) -> None:
    scene.write(f"{HEAD}  pat_env: NjQ3MTQ2MTQ4OTQ2OuYw9mXkT4bQz8Lp2Rs5Vd7s3cret\n")


@mistake("the secret itself for `--secret-env`", "listen --secret-env NjQ3MTQ2MTQ4OTQ2OuYw9mXkT4bQz8Lp2Rs5Vd7s3cret")
def _(scene: Scene) -> None:
    pass


@mistake("a mistyped attribute")
def _(scene: Scene) -> None:
    scene.write(f"{HEAD}  sweep_evry: 4h\n")


@mistake("YAML that is none")
def _(scene: Scene) -> None:
    scene.write(f"{HEAD}  include_spaces: [ENG\n")


@mistake("a mistyped component")
def _(scene: Scene) -> None:
    scene.write("type: confluence_assets.ConfluenceComponnt\nattributes:\n  site: acme\n")


@mistake("`attributes` mistyped")
def _(scene: Scene) -> None:
    scene.write("type: confluence_assets.ConfluenceComponent\natributes:\n  site: acme\n")


@mistake("settings that do not stand below `attributes`")
def _(scene: Scene) -> None:
    scene.write("type: confluence_assets.ConfluenceComponent\nsite: acme\n")


@mistake("a list where settings should be")
def _(scene: Scene) -> None:
    scene.write(f"{HEAD}  - site: acme\n")


@mistake("a template whose variable is not set")
def _(scene: Scene) -> None:
    scene.write(f"{HEAD}  url: '{{{{ env.ACME_URL }}}}'\n")


@mistake("a template that is none")
def _(scene: Scene) -> None:
    scene.write(f"{HEAD}  url: '{{{{ env.ACME_URL'\n")


@mistake("a group that Dagster does not take", "sync")
def _(scene: Scene) -> None:
    scene.write(f"{HEAD}  site: acme\n  translation:\n    group_name: our wiki\n")


@mistake("a number in words")
def _(scene: Scene) -> None:
    scene.write(f"{HEAD}  concurrency: many\n")


@mistake("a number that is too small")
def _(scene: Scene) -> None:
    scene.write(f"{HEAD}  changes_interval_seconds: 1\n")


@mistake("the space NO without quotes")
def _(scene: Scene) -> None:
    scene.write(f"{HEAD}  include_spaces: [ENG, NO]\n")


@mistake("an interval that is none")
def _(scene: Scene) -> None:
    scene.write(f"{HEAD}  sweep_every: hourly\n")


@mistake("dates in the wrong order")
def _(scene: Scene) -> None:
    scene.write(f"{HEAD}  modified_after: 2026-05-01\n  modified_before: 2026-01-01\n")


@mistake("a date in another form")
def _(scene: Scene) -> None:
    scene.write(f"{HEAD}  created_after: 01.05.2026\n")


@mistake("an owner who is nobody")
def _(scene: Scene) -> None:
    scene.write(f"{HEAD}  owners: [anna]\n")


@mistake("two sites of one name", "sync")
def _(scene: Scene) -> None:
    scene.write(f"{HEAD}  site: acme\n---\n{HEAD}  site: acme\n")


@mistake("a name that can't stand in asset keys")
def _(scene: Scene) -> None:
    scene.write(f"{HEAD}  site: my-wiki\n")


@mistake("a site that the project does not have", "sync --site wiki")
def _(scene: Scene) -> None:
    scene.write(f"{HEAD}  site: acme\n")


with_variables("a space that the account does not see", "sync --space NOSUCH")
with_variables("a relative DAGSTER_HOME", DAGSTER_HOME="dagster")


@mistake("a file where the data folder should be", "sync", code=1)
def _(scene: Scene) -> None:
    (scene.folder / "taken").touch()
    scene.set(CONFLUENCE_HOME=str(scene.folder / "taken"))


@contextmanager
def played(one: Mistake, scene: Scene) -> Iterator[list[str]]:
    """The words of the command line, once the mistake is made."""
    with scene.stack:
        one.make(scene)
        words = one.words
        if "{port}" in words:
            server = ScriptedSite(lambda _asked: NGINX)
            scene.stack.enter_context(server)
            port = server.url.rpartition(":")[2]
            scene.shown[port] = "8914"
            words = words.format(port=port)
        if "{free}" in words:
            port = str(closed_port())
            scene.shown[port] = "8914"
            words = words.format(free=port)
        yield words.split()
