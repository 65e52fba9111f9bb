"""One request as a handler sees it: who asks, with which checked parameters, of which site."""

from collections.abc import Callable
from typing import Any

from confluence_assets.emulator.access.viewer import Viewer
from confluence_assets.emulator.paging import Walk, binding_of, query_with
from confluence_assets.emulator.parameters import Limit, parse_long
from confluence_assets.emulator.problems import Refusal, not_found
from confluence_assets.emulator.site import Site
from confluence_assets.emulator.store.model import Content, Space
from confluence_assets.emulator.store.views import CONTENT_SORTS, SortKey
from confluence_assets.emulator.web.messages import Reply, Request, json_reply
from confluence_assets.emulator.web.routing import Route


class Call:
    """What a handler gets. It answers with JSON (200) or with a `Reply`."""

    __slots__ = ("arguments", "query", "request", "route", "site", "store", "switches", "viewer")

    def __init__(self, site: Site, viewer: Viewer, request: Request, route: Route, arguments: dict[str, str]) -> None:
        self.site = site
        self.store = site.store
        self.switches = site.switches
        self.viewer = viewer
        self.request = request
        self.route = route
        self.arguments = arguments
        self.query: dict[str, Any] = {}

    def check_query(self) -> None:
        """Check all parameters that the route knows. Raises: Refusal."""
        checks = self.route.parameters
        for name, values in self.request.query.items():
            check = checks.get(name)
            if check is not None:
                self.query[name] = check(name, values)
            elif self.switches.unknown_parameters == "refuse":
                raise Refusal(400, f"Unknown parameter '{name}'.")
        for name in self.route.required:
            if name not in self.query:
                raise Refusal(400, f"Required parameter '{name}' is missing.")
        limit = checks.get("limit")
        if isinstance(limit, Limit):
            refuse = self.switches.limit_out_of_range == "refuse"
            cap = self.switches.v2_limit_cap
            self.query["limit"] = limit.settle(self.query.get("limit"), refuse=refuse, cap=cap)

    def get(self, name: str, default: Any = None) -> Any:
        return self.query.get(name, default)

    def id(self, name: str = "id") -> int:
        """A path argument that must be a whole number."""
        return parse_long(name, self.arguments[name])

    def body(self) -> Any:
        """The JSON body. Raises: Refusal 400."""
        try:
            return self.request.json()
        except ValueError:
            raise Refusal(400, "The request body is not valid JSON.") from None

    # single things, or 404

    def content(self, content_id: int, *kinds: str) -> Content:
        found = self.store.get(content_id, *kinds)
        if found is None or not self.viewer.reads(found):
            raise not_found(self._missing(content_id))
        return found

    def space(self, space_id: int) -> Space:
        found = self.store.spaces.get(space_id)
        if found is None or not self.viewer.reads_space(found):
            raise not_found()
        return found

    def _missing(self, content_id: int) -> str:
        return "Not Found" if self.route.dialect == "v2" else f"No content found with id: ContentId{{id={content_id}}}"

    # lists of v2

    def listing(
        self,
        rows: list[Any],
        render: Callable[[Any], Any],
        admits: Callable[[Any], bool] | None = None,
        *,
        key: SortKey | None = None,
        descending: bool = False,
    ) -> Reply:
        """One page of rows that are sorted ascending by `key` (id where there is none), with `next` and the Link header."""
        binding = binding_of(self.route.template + "?".join(self.arguments.values()), self.request.query)
        walk = Walk(self.switches, binding, self.get("cursor"), self.query["limit"])
        page, cursor = walk.over(rows, key or CONTENT_SORTS["id"], admits or _all, descending=descending)
        links: dict[str, str] = {}
        headers: dict[str, str] = {}
        if cursor is not None:
            query = query_with(self.request.query, limit=self.query["limit"], cursor=cursor)
            links["next"] = f"{self.request.path}?{query}"
            headers["Link"] = f'<{links["next"]}>; rel="next"'
        links["base"] = f"{self.site.base_url}/wiki"
        return json_reply({"results": [render(row) for row in page], "_links": links}, headers=headers)

    def sort(self, default: str = "") -> tuple[str, bool]:
        """The sort key and whether it descends."""
        chosen = str(self.get("sort") or default or self.switches.default_sort)
        return chosen.lstrip("-"), chosen.startswith("-")

    def single(self, row: dict[str, Any]) -> dict[str, Any]:
        """A single entity of v2: its links carry the base."""
        row.setdefault("_links", {})["base"] = f"{self.site.base_url}/wiki"
        return row


def _all(row: object) -> bool:
    return True
