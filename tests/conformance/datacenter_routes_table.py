"""Makes docs/emulator-routes-datacenter.md by asking: `python -m tests.conformance.datacenter_routes_table`.

Every reading operation of Data Center 10.0, ours or not, and what older versions and plugins have beside them.
"""

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from confluence_assets.emulator.datacenter.profiles import PROFILES
from confluence_assets.emulator.datacenter.switches import switches_for
from confluence_assets.emulator.urls.datacenter import ENTRIES, SWITCHED, build_datacenter_router
from confluence_assets.emulator.web.messages import Reply, Request
from tests.conformance import test_public_client_datacenter as public_client
from tests.conformance import writes
from tests.conformance.datacenter_document import (
    NOT_IN_THE_DOCUMENT,
    ROUTES,
    UNBELIEVABLE,
    asked_server,
    errors_of,
    operations,
    path_of,
    queries,
)
from tests.conformance.documents import bare
from tests.emulator.datacenter_asker import Server

DOCS = Path(__file__).parents[2] / "docs" / "emulator-routes-datacenter.md"
HEAD = """\
# Routes of the embedded Confluence: Data Center

Made by a test (`tests/conformance/datacenter_routes_table.py`), which asks for everything in this table and fails where it drifts.
The first table holds all reading operations of the OpenAPI document of 10.0.3, and what older versions and plugins have beside
them.

- **versions**: which of the embedded versions ({versions}) answer it; *no* where none does.
- **validated**: the answers of 10.0 hold against the document's schema; *not documented* where the document does not know the route;
  *wrong there* where the document can't be believed, and the reason.
- **public client**: the server class of `atlassian-python-api` reads it and finds what was seeded.
- **faults**: how many of these were tried and took effect; the others have nothing there that they could spoil: {faults}.

"""
FAULTS = ("throttle", "error", "login_page", "reset", "cut", "odd_answers", "next_link", "cap_limit")
_STATUS_OF = {"throttle": 429, "error": 503}


def _versions() -> dict[str, str]:
    """For each route, the versions that have it."""
    found: dict[str, list[str]] = {}
    for profile in PROFILES:
        switches = switches_for(profile).as_dict()
        for route in build_datacenter_router(profile).routes:
            if route.dialect != "control" and switches.get(SWITCHED.get(route.template, ""), True):
                found.setdefault(f"{route.method} {bare(route.template)}", []).append(profile)
    return {name: "all" if len(held) == len(PROFILES) else ", ".join(held) for name, held in found.items()}


def _validated(server: Server, route: Any) -> str:
    """How the answers of 10.0 were validated. Raises: AssertionError where one is wrong."""
    name = f"GET {bare(route.template)}"
    if name in NOT_IN_THE_DOCUMENT:
        return "not documented"
    for query in queries(route):
        reply = server.raw(path_of(server, route.template), params=query)
        assert reply.status_code == 200, name
        if name not in UNBELIEVABLE:
            assert errors_of(name, 200, reply.json()) == [], name
    return f"wrong there: {UNBELIEVABLE[name]}" if name in UNBELIEVABLE else "yes"


class _Question:
    """How a route is asked, and what it says when nothing is wrong."""

    def __init__(self, server: Server, route: Any) -> None:
        self.server, self.route = server, route
        self.path, self.query = path_of(server, route.template), next(queries(route))
        self.plain = self.ask()
        is_json = self.plain.headers.get("Content-Type") == "application/json"
        self.answer = self.plain.json() if is_json else None
        self.is_list = isinstance(self.answer, dict) and "results" in self.answer and "_links" in self.answer

    def ask(self, **query: str) -> requests.Response:
        return self.server.raw(self.path, params={**self.query, **query})

    def can_show(self, kind: str) -> bool:
        if kind == "cap_limit":
            return self.is_list and len(self.answer["results"]) > 1 and "limit" in self.route.parameters
        is_object = isinstance(self.answer, dict | list)
        needs = {"next_link": self.is_list, "odd_answers": is_object and bool(self.answer)}
        return needs.get(kind, True)

    def shows(self, kind: str) -> bool:
        fields = {"limit": 1} if kind == "cap_limit" else {}
        self.server.site.control.fault(kind, route=f"GET {self.route.template}", **fields)
        try:
            spoiled = self.ask()
        except requests.RequestException:
            return kind in ("reset", "cut")
        finally:
            self.server.site.control.clear_faults()
        if kind in _STATUS_OF:
            return spoiled.status_code == _STATUS_OF[kind]
        if kind == "login_page":
            return spoiled.headers["Content-Type"].startswith("text/html")
        if kind == "cap_limit":
            return len(spoiled.json()["results"]) == 1
        return spoiled.content != self.plain.content


def _faults(server: Server, route: Any) -> str:
    question = _Question(server, route)
    tried = {kind: question.shows(kind) for kind in FAULTS if question.can_show(kind)}
    assert all(tried.values()), (route.template, tried)
    return f"{len(tried)} of {len(FAULTS)}"


def _read_by_the_client() -> set[str]:
    """What the tests of the public client ask for, on an old and on a new version."""
    found: set[str] = set()

    def note(request: Request, template: str, reply: Reply) -> Reply:
        if reply.status == 200:
            found.add(f"{request.method} {bare(template)}")
        return reply

    for profile in ("8.5", "10.0"):
        with public_client.walked_site(profile) as walk:
            walk.site.site.faults.active.append(note)
            for name, test in inspect.getmembers(public_client, inspect.isfunction):
                if name.startswith("test_"):
                    test(walk)
    return found


def rows() -> Iterator[str]:
    """The table's lines."""
    versions, read = _versions(), _read_by_the_client()
    answered: dict[str, tuple[str, str]] = {}
    with asked_server() as server:
        for route in ROUTES:
            if route.method == "GET":
                answered[f"GET {bare(route.template)}"] = (_validated(server, route), _faults(server, route))
    others = {f"{route.method} {bare(route.template)}" for _, _, route in ENTRIES}
    names = {name for name in operations() if name.startswith("GET ")} | others
    for name in sorted(names, key=lambda one: (one.partition(" ")[2], one)):
        validated, faults = answered.get(name, ("", ""))
        client = "yes" if name in read else ""
        yield f"| `{name}` | {versions.get(name, 'no')} | {validated} | {client} | {faults} |"


def build() -> str:
    """The page's text."""
    lines = list(rows())
    done = sum("| no |" not in line for line in lines)
    head = HEAD.format(versions=", ".join(PROFILES), faults=", ".join(f"`{kind}`" for kind in FAULTS))
    read = sum(line.split(" | ")[3] == "yes" for line in lines)
    counts = f"{done} of {len(lines)} operations are implemented, {read} are read by the client.\n\n"
    table = "| route | versions | validated | public client | faults |\n|---|---|---|---|---|\n"
    return head + counts + table + "\n".join(lines) + "\n" + writes.table("datacenter")


if __name__ == "__main__":
    DOCS.write_text(build(), encoding="utf-8")
    sys.stdout.write(f"{DOCS}\n")
