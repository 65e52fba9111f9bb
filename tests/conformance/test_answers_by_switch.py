"""Where the facts are uncertain, both answers are as documented."""

from collections.abc import Iterator
from typing import Any

import pytest

from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.emulator.faults.odd import ODD_KEY
from confluence_assets.emulator.urls import build_router
from tests.conformance.documents import needs_openapi
from tests.conformance.things import Things, queries_of
from tests.conformance.validation import NOT_IN_THE_DOCUMENT, answer_errors
from tests.emulator.asker import Asker

pytestmark = needs_openapi

GETS = [
    route
    for route in build_router().routes
    if route.dialect in ("v1", "v2") and route.method == "GET" and f"GET {route.template}" not in NOT_IN_THE_DOCUMENT
]
SWITCHES: list[dict[str, Any]] = [
    {"default_sort": "-modified-date"},
    {"site_comment_lists_include_replies": False},
    {"list_pages_of_archived_spaces": False},
    {"v2_limit_cap": 3, "cursor_kind": "offset"},
    {"short_pages": True},
    {"inline_property_keys": "camel"},
    {"inline_property_keys": "hyphen"},
    {"cql_cap": "25", "cql_start_parameter": "omit", "cql_links_prev": False},
    {"cql_finds_nodes": "none", "cql_time_zone": "user", "comment_ancestors": "none"},
    {"space_role_mode": "PRE_ROLES"},
    {"space_role_mode": "ROLES", "role_principals": "role"},
    {"role_principals": "flattened"},
    {"user_search_links_next": False, "memberof_links_next": False},
    {"unreadable_ancestors": "left_out"},
]


@pytest.fixture(scope="module")
def demo() -> Iterator[Asker]:
    with EmbeddedSite(SiteConfig.demo()) as site:
        asker = Asker(site)
        yield asker
        asker.session.close()


@pytest.fixture(scope="module")
def things(demo: Asker) -> Things:
    return Things(demo)


@pytest.mark.parametrize("switches", SWITCHES, ids=lambda switches: ",".join(f"{k}={v}" for k, v in switches.items()))
def test_answers_are_as_documented(demo: Asker, things: Things, switches: dict[str, Any]) -> None:
    before = demo.site.site.switches.as_dict()
    demo.site.control.configure(**switches)
    wrong: dict[str, list[str]] = {}
    validated = 0
    for route in GETS:
        reply = demo.raw(things.path(route.template), params=queries_of(things, route)[1])
        assert reply.status_code < 500, route.template
        if reply.status_code == 200 and reply.headers["Content-Type"] == "application/json" and reply.content:
            validated += 1
            errors = answer_errors("GET", route.template, 200, reply.json())
            wrong |= {route.template: errors} if errors else {}
    demo.site.control.configure(**before)
    assert wrong == {}
    assert validated > 120


def test_odd_answers_have_but_further_keys(demo: Asker, things: Things) -> None:
    """What the fault adds is what a document allows: keys that it does not name."""
    fault = demo.site.control.fault("odd_answers", enums=False)
    for route in GETS:
        reply = demo.raw(things.path(route.template), params=queries_of(things, route)[0])
        if reply.status_code == 200 and reply.headers["Content-Type"] == "application/json" and reply.content:
            errors = answer_errors("GET", route.template, 200, reply.json())
            others = [error for error in errors if not error.endswith(f"('{ODD_KEY}' was unexpected)")]
            assert others == [], route.template  # some objects are closed by the document; live ones are not
    demo.site.control.clear_faults(fault["id"])
