"""On every route, somebody who may read no space finds nothing: single reads are 404, lists are empty."""

from collections.abc import Iterator
from typing import Any

import pytest

from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.emulator.store.model import Permission
from confluence_assets.emulator.urls import build_router
from tests.conformance.things import Things, queries_of
from tests.emulator.asker import Asker, user

OUTSIDER = user("outsider")
GETS = [route for route in build_router().routes if route.dialect in ("v1", "v2") and route.method == "GET"]
FOR_ALL = {
    # who one is, and what every licensed user may know
    "/wiki/rest/api/user/current", "/wiki/rest/api/user/anonymous", "/wiki/rest/api/user", "/wiki/rest/api/user/bulk",
    "/wiki/rest/api/user/memberof", "/wiki/rest/api/search/user", "/wiki/rest/api/group", "/wiki/rest/api/group/by-id",
    "/wiki/rest/api/group/picker", "/wiki/rest/api/group/{groupId}/membersByGroupId", "/wiki/rest/api/settings/systemInfo",
    "/wiki/rest/api/group/{groupName}/member", "/wiki/rest/api/user/{userId}/property",
    "/wiki/rest/api/user/{userId}/property/{key}", "/wiki/rest/api/template/page", "/wiki/rest/api/template/blueprint",
    "/wiki/rest/api/longtask", "/wiki/rest/api/longtask/{id}",
    "/wiki/api/v2/space-permissions", "/wiki/api/v2/space-roles", "/wiki/api/v2/space-roles/{id}",
    "/wiki/api/v2/space-role-mode", "/wiki/api/v2/classification-levels", "/wiki/api/v2/data-policies/metadata",
}  # fmt: skip


@pytest.fixture(scope="module")
def closed() -> Iterator[tuple[Asker, Things]]:
    """The demo site, with every space open to its administrator alone."""
    config = SiteConfig.demo()
    config.switches.update(withdrawn_v1_status=200, attachment_servlet_status=200)
    with EmbeddedSite(config) as site:
        asker = Asker(site)
        things = Things(asker)
        site.control.edit("create_user", email=OUTSIDER[0], name="Outsider")
        for space in site.site.store.spaces.values():
            space.permissions, space.roles = [Permission(1, "user", things.admin, "read", "space")], []
        site.site.store.touch()
        yield asker, things
        asker.session.close()


def rows_in(answer: Any) -> list[Any]:
    """All rows of all lists of an answer."""
    if isinstance(answer, list):
        return answer
    if not isinstance(answer, dict):
        return []
    nested = [row for value in answer.values() for row in (rows_in(value) if isinstance(value, dict) else [])]
    return list(answer.get("results", [])) + nested


@pytest.mark.parametrize("route", GETS, ids=lambda route: route.template)
def test_an_outsider_finds_nothing(closed: tuple[Asker, Things], route: Any) -> None:
    asker, things = closed
    path = things.path(route.template)
    for query in queries_of(things, route):
        reply = asker.raw(path, OUTSIDER, params=query)
        if route.template in FOR_ALL:
            assert reply.status_code == 200, reply.text
        elif reply.status_code == 200:
            assert "{" not in route.template or "/labels/{id}/" in route.template, reply.text[:300]
            assert rows_in(reply.json()) == []
        else:
            assert reply.status_code in (400, 403, 404), reply.text[:300]
            assert asker.raw(path, params=query).status_code != 404 or "admin-key" in path


def test_the_administrator_finds_them_all(closed: tuple[Asker, Things]) -> None:
    """The sweep above proves something: the same questions have answers."""
    asker, things = closed
    answered = [
        route
        for route in GETS
        if asker.raw(things.path(route.template), params=queries_of(things, route)[0]).status_code in (200, 302)
    ]
    assert {route.template for route in GETS} - {route.template for route in answered} == {
        "/wiki/rest/api/user/email", "/wiki/rest/api/user/email/bulk",
        "/wiki/rest/api/content/{id}/state/available",  # who may read here may not edit
    }  # fmt: skip
