"""The host of accounts (auth.atlassian.com): the page that asks for consent, and the token endpoint."""

import base64
import binascii
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson

from confluence_assets.emulator.oauth.grants import App, Consent, OAuthError
from confluence_assets.emulator.seeds.people import ADMIN_EMAIL
from confluence_assets.emulator.site import Site
from confluence_assets.emulator.web.messages import Reply, Request, json_reply

HTML = "text/html;charset=UTF-8"
ASKED = ("client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method")


class AuthHost:
    """Knows apps and accounts, and nothing of content."""

    PATHS = ("/authorize", "/oauth/token")

    def __init__(self, site: Site) -> None:
        self.site = site

    def handle(self, request: Request) -> Reply:
        site = self.site
        template = f"(auth) {request.path}" if request.path in self.PATHS else "(auth) (no route)"
        reply = site.faults.around(request, template, lambda: self._answer(request))
        site.stats.count(request.method, template, reply.status, len(reply.body))
        reply.delay_seconds += site.latency_ms / 1000
        return reply

    def _answer(self, request: Request) -> Reply:
        try:
            if request.path == "/authorize" and request.method in ("GET", "POST"):
                return self._authorize(request)
            if request.path == "/oauth/token" and request.method == "POST":
                return json_reply(self._token(request))
        except OAuthError as error:
            return json_reply({"error": error.error, "error_description": error.description}, error.status)
        return json_reply({"error": "not_found", "error_description": "Not Found"}, 404)

    # consent

    def _authorize(self, request: Request) -> Reply:
        """The page, or what follows from what was pressed on it."""
        is_pressed = request.method == "POST"
        pairs = request.body.decode() if is_pressed else request.query_string
        asked = dict(parse_qsl(pairs, keep_blank_values=True))
        app = self.site.grants.apps.get(asked.get("client_id", ""))
        redirect_uri = asked.get("redirect_uri", "")
        if app is None or not redirect_uri or (app.redirect_uris and redirect_uri not in app.redirect_uris):
            return _page(400, "<p>The client_id or the redirect_uri is not known.</p>")
        problem = self._problem(app, asked)
        if problem is not None:
            return _back(redirect_uri, asked, error=problem[0], error_description=problem[1])
        if self.site.switches.oauth_consent == "automatic":
            return self._allow(app, asked, asked.get("login_hint") or ADMIN_EMAIL)
        if not is_pressed:
            return _page(200, self._form(app, asked))
        if asked.get("decision") != "accept":
            words = "User did not authorize the request"
            return _back(redirect_uri, asked, error="access_denied", error_description=words)
        return self._allow(app, asked, asked.get("account", ADMIN_EMAIL))

    def _problem(self, app: App, asked: dict[str, str]) -> tuple[str, str] | None:
        if asked.get("response_type", "code") != "code":
            return "unsupported_response_type", "Only response_type=code is supported"
        if asked.get("audience", "api.atlassian.com") != "api.atlassian.com":
            return "access_denied", "Service not found"
        wanted = set(asked.get("scope", "").split()) - {"offline_access"}
        if not wanted:
            return "invalid_scope", "The scope is missing"
        if app.scopes is not None and not wanted <= app.scopes:
            return "invalid_scope", f"The app may not ask for {' '.join(sorted(wanted - app.scopes))}"
        if asked.get("code_challenge_method", "S256") not in ("S256", "plain"):
            return "invalid_request", "Unsupported code_challenge_method"
        return None

    def _form(self, app: App, asked: dict[str, str]) -> str:
        kept = "".join(
            f'<input type="hidden" name="{name}" value="{escape(asked[name])}">' for name in ASKED if name in asked
        )
        people = "".join(
            f'<option value="{escape(user.email)}">{escape(user.display_name)}</option>'
            for user in self.site.store.users.values()
            if user.token and user.status == "active"
        )
        scopes = "".join(f"<li>{escape(scope)}</li>" for scope in asked.get("scope", "").split())
        return (
            f'<h1>{escape(app.name)} asks for access</h1><ul>{scopes}</ul><form method="post" action="/authorize">{kept}'
            f'<p>Site: {escape(self.site.base_url)}</p><select name="account">{people}</select>'
            '<button name="decision" value="accept">Accept</button><button name="decision" value="deny">Deny</button></form>'
        )

    def _allow(self, app: App, asked: dict[str, str], email: str) -> Reply:
        grants = self.site.grants
        user = self.site.store.user_by_email(email)
        if user is None or user.status != "active":
            return _page(400, "<p>Nobody has that address.</p>")
        consent = Consent(app, user.account_id, " ".join(asked["scope"].split()), grants.now())
        challenge, method = asked.get("code_challenge", ""), asked.get("code_challenge_method", "plain")
        code = grants.make_code(consent, asked["redirect_uri"], challenge, method)
        return _back(asked["redirect_uri"], asked, code=code)

    # tokens

    def _token(self, request: Request) -> dict[str, Any]:
        """Raises: OAuthError."""
        asked = _fields(request)
        kind = asked.get("grant_type", "")
        grants = self.site.grants
        if kind not in ("authorization_code", "refresh_token", "client_credentials"):
            raise OAuthError(403, "unsupported_grant_type", f"Unsupported grant type: {kind}")
        app = grants.app_of(asked.get("client_id", ""), asked.get("client_secret", ""))
        if kind == "authorization_code":
            verifier = asked.get("code_verifier", "")
            return grants.redeem_code(app, asked.get("code", ""), asked.get("redirect_uri", ""), verifier)
        if kind == "refresh_token":
            return grants.redeem_refresh(app, asked.get("refresh_token", ""))
        if app.account_id is None or grants.user(app.account_id) is None:
            raise OAuthError(403, "unauthorized_client", "Grant type 'client_credentials' not allowed for the client.")
        scope = asked.get("scope") or " ".join(sorted(app.scopes or ()))
        if app.scopes is not None and not set(scope.split()) <= app.scopes:
            raise OAuthError(403, "invalid_scope", "The client may not ask for that scope")
        return grants.issue(Consent(app, app.account_id, scope, grants.now()), with_refresh=False)


def _fields(request: Request) -> dict[str, str]:
    """What the token endpoint was sent: JSON or a form, and the client's id and secret there or in a Basic header."""
    if "json" in request.headers.get("content-type", ""):
        try:
            content = orjson.loads(request.body)
        except ValueError:
            raise OAuthError(400, "invalid_request", "The body is not valid JSON") from None
        found = {str(k): str(v) for k, v in content.items()} if isinstance(content, dict) else {}
    else:
        found = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            pair = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise OAuthError(401, "access_denied", "Unauthorized") from None
        found["client_id"], _, found["client_secret"] = pair.partition(":")
    return found


def _back(redirect_uri: str, asked: dict[str, str], **told: str) -> Reply:
    """Back to the app, with the state that it sent."""
    if "state" in asked:
        told["state"] = asked["state"]
    joint = "&" if "?" in redirect_uri else "?"
    return Reply(302, b"", HTML, {"Location": f"{redirect_uri}{joint}{urlencode(told)}"})


def _page(status: int, inside: str) -> Reply:
    page = f"<!DOCTYPE html><html><head><title>Authorize app</title></head><body>{inside}</body></html>"
    return Reply(status, page.encode(), HTML)
