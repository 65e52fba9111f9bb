"""Connecting by OAuth: one login, many users of it, and tokens that end."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from confluence_assets.api import Connection, Scope, connect
from confluence_assets.api.cloud.source import CloudSource
from confluence_assets.api.oauth import Login, LoginStore
from confluence_assets.api.oauth.endpoint import LoginEndedError
from confluence_assets.emulator import EmbeddedSite, SeedPlan, SiteConfig
from confluence_assets.errors import AccessError, SettingsError
from tests.api.clock import quick_options
from tests.api.oauth import app_of, log_in, oauth_connection, token_requests

PLAN = SeedPlan(spaces=2, pages_per_space=300, comments=4, users=5, body_bytes=200)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def site() -> Iterator[EmbeddedSite]:
    with EmbeddedSite(SiteConfig(plan=PLAN)) as running:
        yield running


def source_of(connection: Connection) -> CloudSource:
    source = connect(connection, options=quick_options())
    assert isinstance(source, CloudSource)
    return source


def count_pages(source: CloudSource) -> int:
    return sum(len(rows) for rows in source.iter_pages(Scope((), True), bodies=False))


def expired(login: Login, folder: Path) -> Login:
    """The same, with an access token that is past its time."""
    old = replace(login, tokens=replace(login.tokens, expires_at=time.time() - 1))
    LoginStore(folder).save(old)
    return old


def test_a_login_opens_the_site_through_the_gateway(site: EmbeddedSite, tmp_path: Path) -> None:
    log_in(site, tmp_path)
    source = source_of(oauth_connection(site, tmp_path))
    assert source.transport.root == site.gateway_url
    assert source.get_site().site_id == site.site.cloud_id
    assert source.get_site().base_url == f"{site.url}/wiki"
    assert source.get_account().email == "admin@example.com"
    assert count_pages(source) == 600
    assert token_requests(site) == 1  # the login's own
    source.close()


def test_the_gateways_own_address_finds_the_login_as_well(site: EmbeddedSite, tmp_path: Path) -> None:
    log_in(site, tmp_path)
    source = source_of(oauth_connection(site, tmp_path, url=site.gateway_url))
    assert source.get_site().base_url == f"{site.url}/wiki"
    source.close()


def test_a_token_that_expires_in_the_middle_of_a_walk_is_replaced(site: EmbeddedSite, tmp_path: Path) -> None:
    before = log_in(site, tmp_path)
    site.control.fault("expire_token", route="/wiki/api/v2/pages", nth=2)
    source = source_of(oauth_connection(site, tmp_path))
    assert count_pages(source) == 600
    source.close()
    after = LoginStore(tmp_path).read(before.login_id)
    assert token_requests(site) == 2
    assert after.tokens.access_token != before.tokens.access_token
    assert after.tokens.refresh_token != before.tokens.refresh_token


def test_an_old_token_is_refreshed_before_it_is_sent(site: EmbeddedSite, tmp_path: Path) -> None:
    expired(log_in(site, tmp_path), tmp_path)
    source = source_of(oauth_connection(site, tmp_path))
    source.get_account()
    source.close()
    assert token_requests(site) == 2
    assert [status for status in site.control.stats()["by_status"] if int(status) >= 400] == []


def test_many_threads_refresh_once(site: EmbeddedSite, tmp_path: Path) -> None:
    expired(log_in(site, tmp_path), tmp_path)
    site.control.configure(oauth_refresh_leeway_seconds=-1)  # a second refresh with the same token would be the end
    source = source_of(oauth_connection(site, tmp_path))
    failures: list[BaseException] = []

    def ask() -> None:
        try:
            source.get_account()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    source.close()
    assert failures == []
    assert token_requests(site) == 2


ASK = """
import sys
from pathlib import Path
from confluence_assets.api import Connection, connect
url, auth_url, api_url, folder = sys.argv[1:]
connection = Connection(
    url, method="oauth", oauth_client_id="embedded-app", oauth_client_secret="embedded-app-secret",
    accounts_url=auth_url, api_url=api_url, logins=Path(folder),
)
source = connect(connection)
print("ready", flush=True)
sys.stdin.readline()
print(source.get_account().email, flush=True)
"""


def ask_in_a_process(site: EmbeddedSite, folder: Path, program: str = ASK) -> "subprocess.Popen[str]":
    words = [sys.executable, "-c", program, site.url, site.auth_url, site.api_url, str(folder)]
    return subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_two_processes_refresh_once(site: EmbeddedSite, tmp_path: Path) -> None:
    expired(log_in(site, tmp_path), tmp_path)
    site.control.configure(oauth_refresh_leeway_seconds=-1)
    processes = [ask_in_a_process(site, tmp_path) for _ in range(2)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    site.control.configure(latency_ms=300)  # both come while the first one is asking
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate(timeout=30)[0] for process in processes] == ["admin@example.com\n"] * 2
    assert token_requests(site) == 2


DIE = ASK.replace(
    "source = connect(connection)",
    """
import os
from confluence_assets.api.oauth import LoginStore
save = LoginStore.save
LoginStore.save = lambda self, login: os._exit(9) if login.tokens.is_fresh() else save(self, login)
source = connect(connection)
""",
)


def test_a_crash_between_receiving_and_saving_tokens_is_made_good_within_the_leeway(
    site: EmbeddedSite, tmp_path: Path
) -> None:
    login = expired(log_in(site, tmp_path), tmp_path)
    process = ask_in_a_process(site, tmp_path, DIE)
    process.communicate("go\n", timeout=30)
    assert process.returncode == 9
    assert LoginStore(tmp_path).read(login.login_id) == login, "the new tokens died with it"
    assert token_requests(site) == 2
    source = source_of(oauth_connection(site, tmp_path))
    assert source.get_account().email == "admin@example.com"
    source.close()
    assert LoginStore(tmp_path).read(login.login_id).tokens.is_fresh()


def test_after_the_leeway_it_says_what_to_do(site: EmbeddedSite, tmp_path: Path) -> None:
    expired(log_in(site, tmp_path), tmp_path)
    ask_in_a_process(site, tmp_path, DIE).communicate("go\n", timeout=30)
    site.control.configure(advance_seconds=601)
    with pytest.raises(LoginEndedError, match="Run `confluence-assets login` again"):
        source_of(oauth_connection(site, tmp_path)).get_account()


@pytest.mark.parametrize("words", ["measured", "documented"])
def test_a_dead_refresh_token_is_told_and_not_tried_for_ever(site: EmbeddedSite, tmp_path: Path, words: str) -> None:
    expired(log_in(site, tmp_path), tmp_path)
    site.control.edit("revoke_grants", account="admin@example.com")
    site.control.configure(oauth_refresh_error=words)
    said = []
    for _ in range(3):
        source = source_of(oauth_connection(site, tmp_path))
        for _ in range(2):
            with pytest.raises(LoginEndedError) as caught:
                source.get_account()
            said.append(str(caught.value))
        source.close()
    reason = {"measured": "refresh_token is invalid", "documented": "Unknown or invalid refresh token"}[words]
    assert set(said) == {
        f"The login to {site.url} has ended (403: {reason}): it was withdrawn, unused for 90 days, or is older than a year. "
        "Run `confluence-assets login` again. Until then nothing is asked."
    }
    assert token_requests(site) == 2, "the login's own, and one"
    log_in(site, tmp_path)
    source = source_of(oauth_connection(site, tmp_path))
    assert source.get_account().email == "admin@example.com"
    source.close()


def test_a_token_that_is_refused_although_it_is_new_is_replaced_once(site: EmbeddedSite, tmp_path: Path) -> None:
    log_in(site, tmp_path)
    site.control.fault("error", route="/wiki/rest/api/user/current", status=401)
    source = source_of(oauth_connection(site, tmp_path))
    for _ in range(3):
        with pytest.raises(AccessError):
            source.get_account()
    source.close()
    assert token_requests(site) == 2


def test_a_missing_scope_is_named_and_no_reason_to_refresh(site: EmbeddedSite, tmp_path: Path) -> None:
    log_in(site, tmp_path, ("read:confluence-user",))
    source = source_of(oauth_connection(site, tmp_path))
    with pytest.raises(AccessError) as caught:
        count_pages(source)
    source.close()
    assert str(caught.value) == (
        "The token has no scope for GET /wiki/api/v2/pages (401: Unauthorized; scope does not match). "
        "Add the scope read:page:confluence to the app (https://developer.atlassian.com/console/myapps, Permissions), "
        "and run `confluence-assets login` again."
    )
    assert token_requests(site) == 1


def test_a_wrong_client_secret_is_not_the_end_of_a_login(site: EmbeddedSite, tmp_path: Path) -> None:
    expired(log_in(site, tmp_path), tmp_path)
    with pytest.raises(SettingsError) as caught:
        source_of(oauth_connection(site, tmp_path, oauth_client_secret="wrong")).get_account()
    assert not isinstance(caught.value, LoginEndedError)
    assert caught.value.setting == "CONFLUENCE_OAUTH_CLIENT_SECRET"
    source = source_of(oauth_connection(site, tmp_path))
    assert source.get_account().email == "admin@example.com"
    source.close()


def test_a_token_endpoint_that_fails_is_asked_again(site: EmbeddedSite, tmp_path: Path) -> None:
    expired(log_in(site, tmp_path), tmp_path)
    site.control.fault("error", route="POST (auth) /oauth/token", times=2, status=503)
    source = source_of(oauth_connection(site, tmp_path))
    assert source.get_account().email == "admin@example.com"
    source.close()


def test_without_offline_access_a_login_lasts_an_hour_and_says_so(site: EmbeddedSite, tmp_path: Path) -> None:
    login = log_in(site, tmp_path)
    LoginStore(tmp_path).save(replace(login, tokens=replace(login.tokens, refresh_token="", expires_at=0)))
    with pytest.raises(LoginEndedError, match="the scope offline_access was not granted"):
        source_of(oauth_connection(site, tmp_path)).get_account()


def test_nobody_has_logged_in(site: EmbeddedSite, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        connect(oauth_connection(site, tmp_path), options=quick_options())
    assert str(caught.value) == (
        f"Nobody has logged in to {site.url} with the OAuth app of CONFLUENCE_OAUTH_CLIENT_ID. Run `confluence-assets login`; "
        "for a service account's client credentials set CONFLUENCE_CONNECTION=client_credentials."
    )


def test_secrets_are_in_no_repr(site: EmbeddedSite, tmp_path: Path) -> None:
    login = log_in(site, tmp_path)
    shown = f"{login!r} {app_of(site)!r} {oauth_connection(site, tmp_path)!r}"
    for secret in (login.tokens.access_token, login.tokens.refresh_token, "embedded-app-secret"):
        assert secret not in shown
