"""Tokens in bad weather: a full disk, a host that hangs, throttles or tells secrets back."""

import errno
import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from confluence_assets.api.limits import RetryPolicy
from confluence_assets.api.oauth import Login, LoginStore, OAuthApp, Tokens
from confluence_assets.api.oauth import store as stores
from confluence_assets.api.oauth.endpoint import LoginEndedError, TokenEndpoint
from confluence_assets.api.oauth.flow import LoginTokens, ServiceTokens
from confluence_assets.api.transport import TransportOptions
from confluence_assets.errors import StorageError, TransientError
from tests.api.clock import OwnedTime
from tests.api.server import Answer, Asked, ScriptedSite

ONCE = RetryPolicy(attempts=1, throttled_attempts=1, jitter=(1.0, 1.0))
OLD = Login("app", "cloud", "https://acme.atlassian.net", "acme", Tokens("old-access", "old-refresh-token", 0.0))
RENEWED = Answer(payload={"access_token": "new-access", "refresh_token": "new-refresh-token", "expires_in": 3600})


def tokens_of(site: ScriptedSite, folder: Path, options: TransportOptions | None = None) -> LoginTokens:
    app = OAuthApp("app", "the-app-secret", site.url, site.url)
    options = options or TransportOptions(retry=ONCE, clock=OwnedTime().clock(), read_timeout_seconds=5.0)
    store = LoginStore(folder)
    store.save(OLD)
    return LoginTokens(store, OLD, TokenEndpoint(app, options))


def kept(folder: Path) -> dict[str, Any]:
    (path,) = folder.glob("*.json")
    return json.loads(path.read_text())  # type: ignore[no-any-return]


def failing(monkeypatch: pytest.MonkeyPatch, code: int, *, when: Callable[[], bool]) -> None:
    """Writing to the disk fails as it does on a full or read-only one."""
    sync = os.fsync

    def fail(descriptor: int) -> None:
        if when():
            raise OSError(code, os.strerror(code))
        sync(descriptor)

    monkeypatch.setattr("confluence_assets.api.oauth.store.os.fsync", fail)


def test_a_host_that_tells_secrets_back_gets_none_into_an_error_or_the_file(tmp_path: Path) -> None:
    def echo(asked: Asked) -> Answer:
        sent = json.loads(asked.body)
        words = f"refresh token {sent['refresh_token']} of {sent['client_secret']} is invalid"
        return Answer(403, {"error": "invalid_grant", "error_description": words})

    with ScriptedSite(echo) as site, pytest.raises(LoginEndedError) as caught:
        tokens_of(site, tmp_path).get_token()
    assert "403: refresh token *** of *** is invalid" in str(caught.value)
    assert kept(tmp_path)["refused"] == "403: refresh token *** of *** is invalid"


def test_a_full_disk_gives_no_refresh_token_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedSite(lambda _asked: RENEWED) as site:
        tokens = tokens_of(site, tmp_path)
        full = [True]
        failing(monkeypatch, errno.ENOSPC, when=lambda: full[0])
        with pytest.raises(StorageError, match="No space left"):
            tokens.get_token()
        assert site.asked == []
        full[0] = False
        assert tokens.get_token() == "new-access"
    assert kept(tmp_path)["refresh_token"] == "new-refresh-token"


def test_a_disk_that_fills_while_it_is_asked_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with ScriptedSite(lambda _asked: RENEWED) as site:
        tokens = tokens_of(site, tmp_path)
        full = [True]
        failing(monkeypatch, errno.ENOSPC, when=lambda: bool(site.asked) and full[0])
        assert [tokens.get_token() for _ in range(3)] == ["new-access"] * 3
        assert kept(tmp_path)["refresh_token"] == "old-refresh-token"
        full[0] = False
        assert tokens.get_token() == "new-access"
        assert kept(tmp_path)["refresh_token"] == "new-refresh-token"
        assert len(site.asked) == 1
    assert caplog.text.count("kept in memory") == 1
    assert "new-refresh-token" not in caplog.text


def test_what_could_not_be_saved_gives_way_to_a_newer_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedSite(lambda _asked: RENEWED) as site:
        tokens = tokens_of(site, tmp_path)
        full = [True]
        failing(monkeypatch, errno.ENOSPC, when=lambda: bool(site.asked) and full[0])
        assert tokens.get_token() == "new-access"
        full[0] = False
        LoginStore(tmp_path).save(replace(OLD, tokens=Tokens("third", "third-refresh-token", time.time() + 3600)))
        tokens.get_token()
        assert kept(tmp_path)["refresh_token"] == "third-refresh-token"
        assert tokens.replace_token("new-access") == "third"


@pytest.mark.parametrize("name", ["os.open", "fcntl.flock"])
def test_a_lock_that_can_not_be_had_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    LoginStore(tmp_path).save(OLD)

    def fail(*_arguments: object) -> int:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    with monkeypatch.context() as patched:
        patched.setattr(f"confluence_assets.api.oauth.store.{name}", fail)
        with pytest.raises(StorageError, match="CONFLUENCE_LOGINS"), LoginStore(tmp_path).locked(OLD.login_id):
            raise AssertionError("never locked")


def ask_together(ask: Callable[[], object], threads: int = 6) -> list[BaseException]:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            ask()
        except TransientError as error:
            failures.append(error)

    running = [threading.Thread(target=run) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(30)
    return failures


@pytest.mark.parametrize("kind", ["login", "service"])
def test_who_waited_for_a_host_that_hangs_does_not_wait_again(tmp_path: Path, kind: str) -> None:
    released = threading.Event()

    def hang(_asked: Asked) -> Answer:
        released.wait(20)
        return Answer(drop=True)

    options = TransportOptions(retry=ONCE, read_timeout_seconds=1.0)
    with ScriptedSite(hang) as site:
        login = tokens_of(site, tmp_path, options)
        service = ServiceTokens(TokenEndpoint(OAuthApp("app", "the-app-secret", site.url, site.url), options))
        failures = ask_together(login.get_token if kind == "login" else service.get_token)
        released.set()
        assert len(failures) == 6
        assert len({id(error) for error in failures}) == 6
        assert len(site.asked) == 1


def test_an_answer_of_the_token_endpoint_may_take_fifteen_seconds() -> None:
    endpoint = TokenEndpoint(OAuthApp("app", "the-app-secret"))
    assert endpoint._transport.options.read_timeout_seconds == 15.0


def test_who_waits_in_vain_for_another_process_hears_of_the_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "_LOCK_SECONDS", 0.2)
    with ScriptedSite(lambda _asked: RENEWED) as site, LoginStore(tmp_path).locked(OLD.login_id):
        with pytest.raises(TransientError, match=site.url):
            tokens_of(site, tmp_path).get_token()
        assert site.asked == []


def test_a_pause_that_the_host_asks_for_is_kept(tmp_path: Path) -> None:
    answers = [Answer(429, {}, headers={"Retry-After": "40"}), RENEWED]
    clock = OwnedTime()
    with ScriptedSite(lambda _asked: answers.pop(0)) as site:
        tokens = tokens_of(site, tmp_path, TransportOptions(retry=ONCE, clock=clock.clock()))
        with pytest.raises(TransientError, match="429") as caught:
            tokens.get_token()
        assert caught.value.status == 429
        assert tokens.get_token() == "new-access"
    assert 40 <= sum(clock.sleeps) < 42


def test_a_pause_that_is_too_long_is_not_asked_into(tmp_path: Path) -> None:
    clock = OwnedTime()
    with ScriptedSite(lambda _asked: Answer(429, {}, headers={"Retry-After": "1800"})) as site:
        tokens = tokens_of(site, tmp_path, TransportOptions(retry=ONCE, clock=clock.clock()))
        for _ in range(5):
            with pytest.raises(TransientError, match="longer wait than we keep"):
                tokens.get_token()
        assert len(site.asked) == 1
        clock.sleep(1801)
        with pytest.raises(TransientError):
            tokens.get_token()
        assert len(site.asked) == 2


@pytest.mark.parametrize(("asked", "sleeps"), [("40", True), ("5000", False)])
@pytest.mark.parametrize("kind", ["login", "service"])
def test_a_pause_that_one_process_was_asked_for_is_kept_by_the_others(
    tmp_path: Path, kind: str, asked: str, sleeps: bool
) -> None:
    """Each process would ask, be refused, and lengthen the pause for all."""
    answers = [Answer(429, {}, headers={"Retry-After": asked}), RENEWED]
    now = OwnedTime()
    options = TransportOptions(retry=ONCE, clock=now.clock(), read_timeout_seconds=5.0)
    with ScriptedSite(lambda _asked: answers.pop(0)) as site:

        def process() -> LoginTokens | ServiceTokens:
            if kind == "login":
                return tokens_of(site, tmp_path, options)
            return ServiceTokens(
                TokenEndpoint(OAuthApp("app", "the-app-secret", site.url, site.url), options), tmp_path
            )

        with pytest.raises(TransientError):
            process().get_token()
        another = process()
        if not sleeps:
            with pytest.raises(TransientError, match="longer wait"):
                another.get_token()
            assert len(site.asked) == 1
            now.sleep(3600)
            another = process()
        assert another.get_token() == "new-access"
        assert len(site.asked) == 2
    assert now.seconds >= 40
    (path,) = tmp_path.glob("*.pause")
    assert path.stat().st_mode & 0o077 == 0


def test_a_file_of_a_pause_that_makes_no_sense_stops_nobody(tmp_path: Path) -> None:
    for text in ("", "[]", '{"until": 3}', '{"until": "2999-01-01T00:00:00+00:00"}', '{"until": "2999-01-01"}'):
        with ScriptedSite(lambda _asked: RENEWED) as site:
            tokens = tokens_of(site, tmp_path)
            LoginStore(tmp_path).path_of(OLD.login_id).with_suffix(".pause").write_text(text)
            assert tokens.get_token() == "new-access"
