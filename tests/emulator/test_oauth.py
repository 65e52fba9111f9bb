"""Codes, tokens and refreshes, as accounts' host gives them."""

import base64
import hashlib
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from confluence_assets.emulator import SiteConfig
from tests.emulator.asker import Asker

APP = {"client_id": "embedded-app", "client_secret": "embedded-app-secret"}
BACK = "http://localhost:8914/callback"
SCOPE = "read:page:confluence offline_access"
ASKED = {
    "audience": "api.atlassian.com", "client_id": APP["client_id"], "scope": SCOPE, "redirect_uri": BACK, "state": "s 1&2",
    "response_type": "code", "prompt": "consent",
}  # fmt: skip


@pytest.fixture
def site(site_of: Callable[..., Asker]) -> Asker:
    return site_of(SiteConfig.shape("small"))


def authorize(site: Asker, method: str = "POST", **changes: str | None) -> requests.Response:
    asked = {k: v for k, v in {**ASKED, "decision": "accept", **changes}.items() if v is not None}
    where = {"data": asked} if method == "POST" else {"params": asked}
    return requests.request(method, f"{site.site.auth_url}/authorize", timeout=5, allow_redirects=False, **where)


def told(reply: requests.Response) -> dict[str, str]:
    """What the redirect carries."""
    assert reply.status_code == 302, reply.text
    location = reply.headers["Location"]
    assert location.startswith(BACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def token(site: Asker, **fields: str) -> requests.Response:
    return requests.post(f"{site.site.auth_url}/oauth/token", json={**APP, **fields}, timeout=5)


def code(site: Asker, **changes: str | None) -> dict[str, str]:
    return {
        "grant_type": "authorization_code",
        "code": told(authorize(site, **changes))["code"],
        "redirect_uri": changes.get("redirect_uri") or BACK,
    }


def refresh(site: Asker, text: str, **fields: str) -> requests.Response:
    return token(site, grant_type="refresh_token", refresh_token=text, **fields)


INVALID = {"error": "unauthorized_client", "error_description": "refresh_token is invalid"}


def test_the_page_asks_and_the_form_answers(site: Asker) -> None:
    page = authorize(site, "GET")
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html;charset=UTF-8")
    for part in ("Embedded app asks for access", "read:page:confluence", "admin@example.com", 'value="s 1&amp;2"'):
        assert part in page.text
    found = told(authorize(site))
    assert (set(found), found["state"]) == ({"code", "state"}, "s 1&2")
    denied = told(authorize(site, decision="deny"))
    assert denied == {
        "error": "access_denied", "error_description": "User did not authorize the request", "state": "s 1&2",
    }  # fmt: skip


def test_consent_may_be_automatic(site: Asker) -> None:
    site.site.control.configure(oauth_consent="automatic")
    assert set(told(authorize(site, "GET"))) == {"code", "state"}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"audience": "api.example.com"}, "access_denied"),
        ({"scope": ""}, "invalid_scope"),
        ({"code_challenge": "x", "code_challenge_method": "S1"}, "invalid_request"),
    ],
)
def test_wrong_questions_go_back_with_an_error(site: Asker, changes: dict[str, str], error: str) -> None:
    assert told(authorize(site, **changes))["error"] == error


def test_unknown_apps_and_addresses_are_not_redirected_to(site: Asker) -> None:
    assert authorize(site, client_id="nobody").status_code == 400
    site.site.control.edit(
        "create_oauth_app", name="Strict", client_id="strict", redirect_uris=[BACK], scopes=["read:me"]
    )
    assert authorize(site, client_id="strict", redirect_uri="http://evil.example").status_code == 400
    assert told(authorize(site, client_id="strict"))["error"] == "invalid_scope"


def test_a_code_buys_a_pair_of_tokens_once(site: Asker) -> None:
    fields = code(site)
    reply = token(site, **fields)
    answer = reply.json()
    assert reply.status_code == 200
    assert {k: answer[k] for k in ("expires_in", "token_type", "scope")} == {
        "expires_in": 3600, "token_type": "Bearer", "scope": SCOPE,
    }  # fmt: skip
    assert set(answer) == {"access_token", "refresh_token", "expires_in", "token_type", "scope"}
    again = token(site, **fields)
    assert (again.status_code, again.json()["error"]) == (403, "invalid_grant")


def test_without_offline_access_there_is_no_refresh_token(site: Asker) -> None:
    assert "refresh_token" not in token(site, **code(site, scope="read:page:confluence")).json()


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "access_denied"),
        ({"client_id": "nobody"}, 401, "access_denied"),
        ({"code": "wrong"}, 403, "invalid_grant"),
        ({"redirect_uri": "http://localhost/other"}, 403, "invalid_grant"),
        ({"grant_type": "password"}, 403, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, 403, "unauthorized_client"),
    ],
)
def test_refusals_of_the_token_endpoint(site: Asker, changes: dict[str, str], status: int, error: str) -> None:
    reply = token(site, **{**code(site), **changes})
    assert (reply.status_code, reply.json()["error"]) == (status, error)
    assert set(reply.json()) == {"error", "error_description"}


def test_a_code_lasts_five_minutes(site: Asker) -> None:
    fields = code(site)
    site.site.control.configure(advance_seconds=301)
    assert token(site, **fields).status_code == 403


def test_pkce(site: Asker) -> None:
    verifier = "v" * 50
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    asked = {"code_challenge": challenge, "code_challenge_method": "S256"}
    assert token(site, **code(site, **asked), code_verifier=verifier).status_code == 200
    assert token(site, **code(site, **asked), code_verifier="other").status_code == 403
    assert token(site, **code(site, **asked)).status_code == 403
    plain = {"code_challenge": "abc"}
    assert token(site, **code(site, **plain), code_verifier="abc").status_code == 200


def test_a_form_and_a_basic_header_do_as_well(site: Asker) -> None:
    fields = code(site)
    reply = requests.post(
        f"{site.site.auth_url}/oauth/token", data=fields, auth=(APP["client_id"], APP["client_secret"]), timeout=5
    )
    assert reply.status_code == 200
    torn = requests.post(
        f"{site.site.auth_url}/oauth/token", data=b"{", headers={"Content-Type": "application/json"}, timeout=5
    )
    assert (torn.status_code, torn.json()["error"]) == (400, "invalid_request")


def test_refreshes_rotate_with_a_leeway_of_ten_minutes(site: Asker) -> None:
    first = token(site, **code(site)).json()
    second = refresh(site, first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    site.site.control.configure(advance_seconds=590)
    retried = refresh(site, first["refresh_token"])
    assert retried.status_code == 200
    assert retried.json()["refresh_token"] not in (first["refresh_token"], second["refresh_token"])
    site.site.control.configure(advance_seconds=20)
    late = refresh(site, first["refresh_token"])
    assert (late.status_code, late.json()) == (403, INVALID)
    assert refresh(site, second["refresh_token"]).status_code == 200


def test_refusals_of_a_refresh(site: Asker) -> None:
    first = token(site, **code(site)).json()["refresh_token"]
    assert refresh(site, "unknown").json() == INVALID
    wrong = refresh(site, first, client_secret="x")
    assert (wrong.status_code, wrong.json()["error"]) == (401, "access_denied")
    site.site.control.edit("create_oauth_app", name="Other", client_id="other", client_secret="o")
    assert refresh(site, first, client_id="other", client_secret="o").json() == INVALID
    site.site.control.configure(oauth_refresh_error="documented")
    assert refresh(site, "unknown").json() == {
        "error": "invalid_grant", "error_description": "Unknown or invalid refresh token.",
    }  # fmt: skip


def test_a_refresh_token_ends_after_90_idle_days_and_consent_after_a_year(site: Asker) -> None:
    day = 86_400
    idle = token(site, **code(site)).json()["refresh_token"]
    busy = token(site, **code(site)).json()["refresh_token"]
    for _ in range(7):
        site.site.control.configure(advance_seconds=50 * day)
        busy = refresh(site, busy).json()["refresh_token"]
    assert refresh(site, idle).json() == INVALID
    site.site.control.configure(advance_seconds=16 * day)
    assert refresh(site, busy).json() == INVALID


def test_without_a_leeway_the_old_token_dies_at_once(site: Asker) -> None:
    site.site.control.configure(oauth_refresh_leeway_seconds=-1)
    first = token(site, **code(site)).json()["refresh_token"]
    assert refresh(site, first).status_code == 200
    assert refresh(site, first).status_code == 403


def test_client_credentials_are_for_service_accounts(site: Asker) -> None:
    made = site.site.control.edit("create_service_account", name="Night reader", scopes=["read:page:confluence"])
    fields = {"grant_type": "client_credentials", **{k: made[k] for k in ("client_id", "client_secret")}}
    answer = token(site, **fields).json()
    assert (answer["scope"], "refresh_token" in answer) == ("read:page:confluence", False)
    page = requests.get(
        f"{site.site.gateway_url}/wiki/api/v2/pages",
        headers={"Authorization": f"Bearer {answer['access_token']}"},
        timeout=5,
    )
    assert (page.status_code, page.headers["X-AACCOUNTID"]) == (200, made["account_id"])
    assert token(site, **fields, scope="write:page:confluence").json()["error"] == "invalid_scope"


def test_the_token_endpoint_has_faults_and_counts(site: Asker) -> None:
    site.site.control.fault("error", route="POST (auth) /oauth/token", times=1, status=503)
    fields = code(site)
    assert [token(site, **fields).status_code for _ in range(2)] == [503, 200]
    by_endpoint: dict[str, Any] = site.site.control.stats()["by_endpoint"]
    assert by_endpoint == {"POST (auth) /authorize": 1, "POST (auth) /oauth/token": 2}
    assert requests.get(f"{site.site.auth_url}/elsewhere", timeout=5).status_code == 404
