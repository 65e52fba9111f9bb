"""From a request to a reply: route, caller, parameters, handler, counting, faults."""

from collections.abc import Callable

from confluence_assets.emulator.access.sign_in import WrongCredentials
from confluence_assets.emulator.access.viewer import Viewer
from confluence_assets.emulator.call import Call
from confluence_assets.emulator.problems import Refusal, refusal_reply, unauthorized
from confluence_assets.emulator.site import Site
from confluence_assets.emulator.urls import build_router
from confluence_assets.emulator.web.messages import Reply, Request, json_reply
from confluence_assets.emulator.web.routing import Route

CONTROL = "/_emulator/"
UNROUTED = "(no route)"
Admit = Callable[[Request, Route], Viewer | Reply]
"""Who asks; or the reply that keeps them out."""


class App:
    """Answers requests for one site."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.router = build_router()

    def handle(self, request: Request) -> Reply:
        """Answer one request of the site's own host."""
        return self.answer(request, self._viewer)

    def answer(self, request: Request, admit: Admit) -> Reply:
        """Answer one request of whom `admit` lets in; count it unless it is for the control surface."""
        template, work = self._dispatch(request, admit)
        if request.path.startswith(CONTROL):
            return work()
        reply = self.site.faults.around(request, template, work)
        self.site.stats.count(request.method, template, reply.status, len(reply.body))
        reply.delay_seconds += self.site.latency_ms / 1000
        return reply

    def _dispatch(self, request: Request, admit: Admit) -> tuple[str, Callable[[], Reply]]:
        """The route's template, and what answers."""
        found = self.router.match(request.method, request.path)
        dialect = "v2" if request.path.startswith("/wiki/api/v2") else "v1"
        if found is None:
            reply = refusal_reply(Refusal(404, "null for uri: " + request.path), dialect)
            return UNROUTED, lambda: reply
        if isinstance(found, set):
            reply = refusal_reply(Refusal(405, "Method Not Allowed"), dialect)
            reply.headers["Allow"] = ", ".join(sorted(found))
            return UNROUTED, lambda: reply
        route, arguments = found
        return route.template, lambda: self._answer(request, route, arguments, admit)

    def _answer(self, request: Request, route: Route, arguments: dict[str, str], admit: Admit) -> Reply:
        try:
            return self._handle(request, route, arguments, admit)
        except Refusal as refusal:
            return refusal_reply(refusal, route.dialect)

    def _handle(self, request: Request, route: Route, arguments: dict[str, str], admit: Admit) -> Reply:
        viewer = admit(request, route)
        if isinstance(viewer, Reply):
            return viewer
        call = Call(self.site, viewer, request, route, arguments)
        call.check_query()
        answer = route.handler(call)
        reply = answer if isinstance(answer, Reply) else json_reply(answer)
        if route.dialect in ("v1", "v2"):
            reply.headers.setdefault("X-AACCOUNTID", viewer.account_id)
        return reply

    def _viewer(self, request: Request, route: Route) -> Viewer | Reply:
        site = self.site
        if route.dialect in ("control", "open"):
            return site.door.everything()
        try:
            viewer = site.door.viewer(request.headers, site.clock.now_ms)
        except WrongCredentials:
            return unauthorized(route.dialect, site.switches.unauthorized_body, site.base_url)
        if viewer.may_use_site:
            return viewer
        if viewer.user is not None:
            raise Refusal(403, "Current user not permitted to use Confluence")
        return unauthorized(route.dialect, site.switches.unauthorized_body, site.base_url)
