"""From a request to a reply on a Data Center: context path, route, caller, rate limit, read-only mode, headers."""

from collections.abc import Callable
from urllib.parse import quote

from confluence_assets.emulator.access.sign_in import WrongCredentials
from confluence_assets.emulator.access.viewer import Viewer
from confluence_assets.emulator.app import CONTROL, UNROUTED, Admit, App
from confluence_assets.emulator.call import Call
from confluence_assets.emulator.datacenter.switches import quirks_of
from confluence_assets.emulator.problems import Refusal, refusal_reply, v1_body
from confluence_assets.emulator.site import Site
from confluence_assets.emulator.urls.datacenter import SWITCHED, build_datacenter_router
from confluence_assets.emulator.web.messages import Reply, Request, json_reply
from confluence_assets.emulator.web.routing import Route

READS_BY_POST = "/rpc/"
Match = tuple[Route, dict[str, str]] | set[str] | None
_LOGIN_FAILED = (
    b"<html><head><title>Unauthorized (401)</title></head><body><h1>Unauthorized (401)</h1>"
    b"<p>Basic Authentication Failure - Reason : AUTHENTICATED_FAILED</p></body></html>"
)
_NOT_HERE = b"<!doctype html><html><head><title>HTTP Status 404</title></head><body><h1>Not Found</h1></body></html>"
HTML = "text/html;charset=UTF-8"


class DatacenterApp(App):
    """Answers requests for one Data Center."""

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.router = build_datacenter_router(site.config.profile)

    def handle(self, request: Request) -> Reply:
        """Answer one request. The control surface is served at the root and below the context path."""
        inside = self._below_context(request)
        if inside is None and not request.path.startswith(CONTROL):
            reply = Reply(404, _NOT_HERE, HTML)
            self.site.stats.count(request.method, UNROUTED, 404, len(reply.body))
            return reply
        return super().handle(inside or request)

    def _below_context(self, request: Request) -> Request | None:
        context = self.site.config.context_path
        if not context:
            return request
        if request.path != context and not request.path.startswith(context + "/"):
            return None
        return Request(request.method, request.target[len(context) :] or "/", request.headers, request.body)

    def _dispatch(self, request: Request, admit: Admit) -> tuple[str, Callable[[], Reply]]:
        """The route's template, and what answers."""
        found = self.router.match(request.method, request.path)
        if isinstance(found, tuple) and not self._has(found[0]):
            found = None
        if isinstance(found, tuple) and found[0].dialect in ("control", "open"):
            return super()._dispatch(request, admit)
        template = found[0].template if isinstance(found, tuple) else UNROUTED
        return template, lambda: self._admitted(request, found)

    def _admitted(self, request: Request, found: Match) -> Reply:
        """Who asks is found out first, and told in every answer."""
        try:
            viewer = self.site.door.viewer(request.headers, self.site.clock.now_ms)
        except WrongCredentials:
            headers = {
                "X-Seraph-LoginReason": "AUTHENTICATED_FAILED",
                "WWW-Authenticate": 'Basic realm="protected-area"',
            }
            return self._named(Reply(401, _LOGIN_FAILED, HTML, headers), None)
        passes, headers = self._limit(viewer)
        reply = self._answer_found(request, found, viewer) if passes else _too_many()
        reply.headers.update(headers)
        return self._named(reply, viewer)

    def _has(self, route: Route) -> bool:
        """Whether the switch that the route hangs on, if any, lets it be there."""
        switch = SWITCHED.get(route.template)
        return switch is None or bool(getattr(quirks_of(self.site), switch))

    def _limit(self, viewer: Viewer) -> tuple[bool, dict[str, str]]:
        parts = self.site.datacenter
        return parts.rate_limit.take(_name(viewer)) if parts else (True, {})

    def _named(self, reply: Reply, viewer: Viewer | None) -> Reply:
        """Every reply says who was asked for."""
        reply.headers["X-AUSERNAME"] = quote(_name(viewer))
        if viewer is not None and viewer.user is not None:
            reply.headers.setdefault("X-Seraph-LoginReason", "OK")
        reply.headers.setdefault("X-Confluence-Request-Time", str(self.site.clock.now_ms))
        return reply

    def _answer_found(self, request: Request, found: Match, viewer: Viewer) -> Reply:
        try:
            if found is None:
                raise Refusal(404, f"null for uri: {self.site.base_url}{request.path}")
            if isinstance(found, set):
                reply = refusal_reply(Refusal(405, "HTTP 405 Method Not Allowed"), "v1")
                reply.headers["Allow"] = ", ".join(sorted(found))
                return reply
            return self._answer_route(request, *found, viewer)
        except Refusal as refusal:
            return _refused(refusal)

    def _answer_route(self, request: Request, route: Route, arguments: dict[str, str], viewer: Viewer) -> Reply:
        quirks = quirks_of(self.site)
        if not viewer.may_use_site:
            if viewer.user is not None:
                raise Refusal(403, "Current user not permitted to use Confluence")
            if quirks.anonymous_without_access == "302":
                return Reply(302, headers={"Location": f"{self.site.base_url}/login.action?os_destination=%2F"})
            if quirks.anonymous_without_access == "401":
                raise Refusal(401, "Client must be authenticated to access this resource.")
        if quirks.read_only and request.method not in ("GET", "HEAD") and not request.path.startswith(READS_BY_POST):
            raise Refusal(405, "Read only mode is enabled.")
        call = Call(self.site, viewer, request, route, arguments)
        call.check_query()
        answer = route.handler(call)
        return answer if isinstance(answer, Reply) else json_reply(answer)


def _name(viewer: Viewer | None) -> str:
    return viewer.user.username if viewer is not None and viewer.user is not None else "anonymous"


def _too_many() -> Reply:
    return json_reply({"message": "Rate limit exceeded."}, 429)


def _refused(refusal: Refusal) -> Reply:
    if refusal.status == 500:
        body = {"statusCode": 500, "message": refusal.message, "reason": "Internal Server Error"}
        return json_reply(body, 500)
    return json_reply(v1_body(refusal.status, refusal.message), refusal.status)
