"""Every route of the Data Center 10.0 answers as its OpenAPI document says, where that document can be believed."""

from collections.abc import Iterator
from typing import Any

import pytest

from confluence_assets.emulator.urls.datacenter_writes import ROUTES as WRITES
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
from tests.conformance.documents import bare, needs_openapi
from tests.emulator.datacenter_asker import Server

pytestmark = needs_openapi


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with asked_server() as found:
        yield found


@pytest.mark.parametrize("route", [one for one in ROUTES if one.method == "GET"], ids=lambda route: route.template)
def test_answer_is_as_documented(server: Server, route: Any) -> None:
    operation = f"GET {bare(route.template)}"
    if operation in NOT_IN_THE_DOCUMENT:
        assert operation not in operations()
        return
    for query in queries(route):
        reply = server.raw(path_of(server, route.template), params=query)
        assert reply.status_code == 200, (route.template, reply.text[:200])
        if operation in UNBELIEVABLE:
            assert reply.json()
        else:
            assert errors_of(operation, 200, reply.json()) == []


def test_other_routes_are_documented() -> None:
    found = {f"{route.method} {bare(route.template)}" for route in ROUTES if route.method != "GET"}
    assert found <= set(operations())
    assert found == {
        "POST /rest/api/webhooks", "PUT /rest/api/webhooks/{}", "DELETE /rest/api/webhooks/{}",
        "POST /rest/api/webhooks/test", *(f"{route.method} {bare(route.template)}" for route in WRITES),
    }  # fmt: skip


def test_query_parameters_are_documented() -> None:
    """We know no parameter of a documented operation that the document does not know."""
    unknown = set()
    for route in ROUTES:
        operation = f"{route.method} {bare(route.template)}"
        if operation in operations():
            known = {one["name"] for one in operations()[operation].get("parameters", [])}
            unknown |= {(operation, name) for name in route.parameters if name not in known}
    assert sorted(unknown) == []


def test_refusals_are_as_documented(server: Server) -> None:
    for path, operation, status in (
        ("/rest/api/content/1", "GET /rest/api/content/{}", 404),
        ("/rest/api/search?cql=x", "GET /rest/api/search", 400),
        ("/rest/api/webhooks/9", "GET /rest/api/webhooks/{}", 404),
    ):
        reply = server.raw(path)
        assert reply.status_code == status
        assert errors_of(operation, status, reply.json()) == []


def test_default_limits_are_as_documented(server: Server) -> None:
    found, documented = {}, {}
    for route in ROUTES:
        operation = f"{route.method} {bare(route.template)}"
        for one in operations().get(operation, {}).get("parameters", []):
            if one["name"] == "limit" and "default" in one["schema"] and route.method == "GET":
                documented[operation] = one["schema"]["default"]
        if operation in documented:
            answer = server.raw(path_of(server, route.template), params=next(queries(route))).json()
            answer = answer.get("restrictions", {}).get("user") or answer.get("viewContentRestrictions") or answer
            found[operation] = answer.get("limit", documented[operation])
    assert found == documented
    assert len(found) > 20
