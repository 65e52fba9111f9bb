"""The gateway (api.atlassian.com): the sites of a token, and one site's API below `/ex/confluence/{cloudId}`.

It takes access tokens and API tokens with scopes, and answers in its own words where they do not fit. What comes back from the
site is not changed: a `next` knows nothing of the gateway's prefix.
"""

from typing import Any

from confluence_assets.emulator.access.sign_in import ADMIN_KEY_HEADER
from confluence_assets.emulator.access.viewer import Viewer
from confluence_assets.emulator.app import App
from confluence_assets.emulator.handlers import graphql
from confluence_assets.emulator.oauth.grants import Bearer
from confluence_assets.emulator.oauth.scopes import is_open
from confluence_assets.emulator.problems import Refusal
from confluence_assets.emulator.web.messages import Reply, Request, json_reply
from confluence_assets.emulator.web.routing import Route

PREFIX = "/ex/confluence/"
RESOURCES = "/oauth/token/accessible-resources"
GRAPHQL = "/graphql"


def refusal(status: int, message: str) -> Reply:
    return json_reply({"code": status, "message": message}, status)


class Gateway:
    """Passes requests on to the site, as the account behind the token."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.site = app.site

    def handle(self, request: Request) -> Reply:
        if request.path.startswith(PREFIX):
            cloud_id, _, _ = request.path.removeprefix(PREFIX).partition("/")
            if cloud_id == self.site.cloud_id:
                target = request.target.removeprefix(f"{PREFIX}{cloud_id}")
                inner = Request(request.method, target or "/", request.headers, request.body)
                return self.app.answer(inner, self._admit)
        template = f"(api) {request.path}" if request.path in (RESOURCES, GRAPHQL) else "(api) (no route)"
        reply = self.site.faults.around(request, template, lambda: self._own(request))
        self.site.stats.count(request.method, template, reply.status, len(reply.body))
        reply.delay_seconds += self.site.latency_ms / 1000
        return reply

    def _own(self, request: Request) -> Reply:
        """What the gateway itself knows."""
        bearer = self.site.grants.bearer_of(request.headers.get("authorization", ""))
        if bearer is None:
            return refusal(401, "Unauthorized")
        if request.path == GRAPHQL and request.method == "POST":
            return self._graphql(request, bearer)
        if request.path != RESOURCES or request.method != "GET":
            return refusal(404, "Not Found")
        return json_reply(self._resources(bearer))

    def _graphql(self, request: Request, bearer: Bearer) -> Reply:
        user = self.site.grants.user(bearer.account_id)
        if user is None:
            return refusal(401, "Unauthorized")
        try:
            return graphql.answer(self.site, self.site.door.as_user(user), request)
        except Refusal as error:
            return refusal(error.status, error.message)

    def _resources(self, bearer: Bearer) -> list[dict[str, Any]]:
        site = self.site
        sites = [{"id": site.cloud_id, "url": site.base_url, "name": "embedded"}, *site.grants.other_sites]
        scopes = sorted((bearer.scopes or frozenset()) - {"offline_access"})
        if site.switches.resources_per_product:
            is_jira = [scope for scope in scopes if "jira" in scope]
            parts = [[scope for scope in scopes if scope not in is_jira], is_jira or ["read:jira-work"]]
        else:
            parts = [scopes]
        avatar = "https://site-admin-avatar-cdn.prod.public.atl-paas.net/avatars/240/site.png"
        return [{**one, "scopes": part, "avatarUrl": avatar} for one in sites for part in parts]

    def _admit(self, request: Request, route: Route) -> Viewer | Reply:
        site = self.site
        if route.dialect not in ("v1", "v2"):
            return refusal(404, "Not Found")
        bearer = site.grants.bearer_of(request.headers.get("authorization", ""))
        user = site.grants.user(bearer.account_id) if bearer else None
        if bearer is None or user is None:
            return refusal(401, "Unauthorized")
        if bearer.scopes is not None and not is_open(request.method, route.template, bearer.scopes):
            return refusal(401, "Unauthorized; scope does not match")
        wants_key = request.headers.get(ADMIN_KEY_HEADER, "").lower() == "true" and site.switches.admin_key_via_gateway
        has_key = wants_key and site.door.has_admin_key(user, site.clock.now_ms)
        viewer = site.door.as_user(user, has_admin_key=has_key)
        if not viewer.may_use_site:
            raise Refusal(403, "Current user not permitted to use Confluence")
        return viewer
