"""Makes docs/emulator-routes.md by asking: `python -m tests.conformance.routes_table`.

Every reading operation of Cloud, ours or not, with what was found out about it just now.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import requests

from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.emulator.urls import build_router
from confluence_assets.emulator.web.routing import Route
from tests.conformance import writes
from tests.conformance.documents import bare, operations
from tests.conformance.public_client import walk_v1, walk_v2, walked_config
from tests.conformance.public_client_more import Chosen, read_more_v1, read_more_v2
from tests.conformance.recording import recording
from tests.conformance.things import POSTS, Things, may_be_refused, queries_of
from tests.conformance.validation import NOT_IN_THE_DOCUMENT, answer_errors
from tests.emulator.asker import Asker

DOCS = Path(__file__).parents[2] / "docs" / "emulator-routes.md"
READING_POSTS = {f"POST {bare(template)}" for template in POSTS}
HEAD = """\
# Routes of the embedded Confluence: Cloud

Made by a test (`tests/conformance/routes_table.py`), which asks for everything in this table and fails where it drifts. The first
table holds all reading operations of the OpenAPI documents of July 2026, and what was withdrawn from them.

- **implemented**: the embedded Confluence answers it.
- **validated**: its answers hold against the document's schema; *no schema* where the document has none for them, *refused*
  where only approved apps get one, *withdrawn* where the document does not know it any more.
- **public client**: `atlassian-python-api`, its v1 or v2 classes, reads it and finds what was seeded.
- **faults**: how many of these were tried and took effect; the others have nothing there that they could spoil: {faults}.

"""
FAULTS = ("throttle", "error", "login_page", "reset", "cut", "expire_token", "odd_answers", "next_link", "cap_limit")

STATUS_OF = {"throttle": 429, "error": 503, "expire_token": 401}


@dataclass(slots=True)
class Line:
    """What is known of one route."""

    is_implemented: bool
    validated: str = ""
    client: str = ""
    faults: str = ""


def _is_right(asker: Asker, things: Things, route: Route) -> str:
    """How the route's answers were validated. Raises: AssertionError where one is wrong."""
    name = f"{route.method} {route.template}"
    if name in NOT_IN_THE_DOCUMENT:
        return "withdrawn"
    kinds: set[str] = set()
    for query in [{}] if route.method == "POST" else queries_of(things, route):
        body = POSTS[route.template](things) if route.method == "POST" else None
        reply = asker.raw(things.path(route.template), method=route.method, params=query, json=body)
        is_json = reply.headers.get("Content-Type") == "application/json" and bool(reply.content)
        if reply.status_code == 200 and is_json:
            assert answer_errors(route.method, route.template, 200, reply.json()) == [], name
            kinds.add("yes")
        elif reply.status_code in (200, 302):
            kinds.add("no schema")
    if not kinds:
        assert may_be_refused(route.template), name
        return "refused"
    return "yes" if "yes" in kinds else "no schema"


class _Question:
    """How a route is asked, and what it says when nothing is wrong."""

    def __init__(self, asker: Asker, things: Things, route: Route) -> None:
        self.asker, self.route = asker, route
        self.path = things.path(route.template)
        self.body = POSTS[route.template](things) if route.method == "POST" else None
        self.query = {} if route.method == "POST" else queries_of(things, route)[0]
        self.plain = self.ask()
        is_json = self.plain.headers.get("Content-Type") == "application/json" and self.plain.status_code == 200
        self.answer = self.plain.json() if is_json and self.plain.content else None
        self.is_list = isinstance(self.answer, dict) and "results" in self.answer and "_links" in self.answer

    def ask(self, **query: str) -> requests.Response:
        return self.asker.raw(self.path, method=self.route.method, params={**self.query, **query}, json=self.body)

    def can_show(self, kind: str) -> bool:
        """Whether there is anything in the answer that the fault could spoil."""
        if kind == "cap_limit":  # a `limit` that is about something else than the rows does not count
            has_limit = self.is_list and len(self.answer["results"]) > 1 and "limit" in self.route.parameters
            return has_limit and len(self.ask(limit="1").json()["results"]) == 1
        needs = {"next_link": self.is_list, "odd_answers": self.answer is not None, "cut": len(self.plain.content) > 1}
        return needs.get(kind, True)

    def shows(self, kind: str) -> bool:
        """Whether the fault is in the answer."""
        fields = {"limit": 1} if kind == "cap_limit" else {}
        self.asker.site.control.fault(kind, route=f"{self.route.method} {self.route.template}", **fields)
        try:
            spoiled = self.ask()
        except requests.RequestException:
            return kind in ("reset", "cut")
        finally:
            self.asker.site.control.clear_faults()
        if kind in STATUS_OF:
            return spoiled.status_code == STATUS_OF[kind]
        if kind == "login_page":
            return spoiled.headers["Content-Type"].startswith("text/html")
        if kind == "cap_limit":
            return len(spoiled.json()["results"]) == 1
        return spoiled.content != self.plain.content


def _faults(asker: Asker, things: Things, route: Route) -> str:
    question = _Question(asker, things, route)
    tried = {kind: question.shows(kind) for kind in FAULTS if question.can_show(kind)}
    assert all(tried.values()), (route.template, tried)
    return f"{len(tried)} of {len(FAULTS)}"


def _read_by_the_client() -> Iterator[tuple[str, str]]:
    with EmbeddedSite(walked_config()) as site:
        ids = Chosen(site).ids
        for name, walk, more in (("v1", walk_v1, read_more_v1), ("v2", walk_v2, read_more_v2)):
            with recording(site) as exchanges:
                walk(site)
                more(site, ids)
            yield from ((f"{one.method} {bare(one.template)}", name) for one in exchanges if one.status in (200, 302))


def collect() -> dict[str, Line]:
    """Every reading operation, by method and path."""
    lines = {name: Line(False) for name in operations() if name.startswith("GET ") or name in READING_POSTS}
    reading = READING_POSTS | {f"GET {bare(route.template)}" for route in build_router().routes}
    config = SiteConfig.demo()
    config.switches.update(withdrawn_v1_status=200, attachment_servlet_status=200)
    with EmbeddedSite(config) as site:
        asker = Asker(site)
        things = Things(asker)
        for route in build_router().routes:
            if route.dialect in ("v1", "v2") and f"{route.method} {bare(route.template)}" in reading:
                line = lines[f"{route.method} {bare(route.template)}"] = Line(True)
                line.validated = _is_right(asker, things, route)
                line.faults = _faults(asker, things, route)
        asker.session.close()
    for name, which in sorted(set(_read_by_the_client())):
        lines[name].client = f"{lines[name].client}, {which}".removeprefix(", ")
    return lines


def build() -> str:
    """The page's text."""
    lines = collect()
    rows = [
        f"| `{name}` | {'yes' if line.is_implemented else 'no'} | {line.validated} | {line.client} | {line.faults} |"
        for name, line in sorted(lines.items(), key=lambda item: item[0].partition(" ")[2])
    ]
    done = sum(line.is_implemented for line in lines.values())
    read = sum(bool(line.client) for line in lines.values())
    counts = f"{done} of {len(lines)} operations are implemented, {read} are read by the client.\n\n"
    head = HEAD.format(faults=", ".join(f"`{kind}`" for kind in FAULTS))
    table = "| route | implemented | validated | public client | faults |\n|---|---|---|---|---|\n"
    return head + counts + table + "\n".join(rows) + "\n" + writes.table("cloud")


if __name__ == "__main__":
    DOCS.parent.mkdir(exist_ok=True)
    DOCS.write_text(build(), encoding="utf-8")
    sys.stdout.write(f"{DOCS}\n")
