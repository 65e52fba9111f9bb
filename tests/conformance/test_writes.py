"""Every writing route answers as its OpenAPI document says, and what our client sends there is as documented, too."""

from collections import Counter
from collections.abc import Iterator

import pytest

from confluence_assets.api.cloud import write_endpoints
from confluence_assets.api.wire import Endpoint
from confluence_assets.emulator.oauth.scopes import is_open
from tests.conformance import datacenter_document
from tests.conformance.documents import bare, needs_openapi, operations
from tests.conformance.recording import Exchange
from tests.conformance.validation import answer_errors, request_errors
from tests.conformance.writes import writing_routes, written

pytestmark = needs_openapi
SEEN_LIVE = {
    # not declared by the documents, and answered by sites
    ("PUT /wiki/api/v2/pages/{}", 409), ("POST /wiki/api/v2/pages", 403), ("POST /wiki/api/v2/pages/{}/properties", 409),
    ("PUT /wiki/api/v2/pages/{}/properties/{}", 409),
    ("POST /rest/api/content", 400), ("POST /rest/api/content", 413), ("PUT /rest/api/content/{}", 409),
}  # fmt: skip


@pytest.fixture(scope="module")
def cloud() -> Iterator[list[Exchange]]:
    with written("cloud") as (_, exchanges):
        yield exchanges


@pytest.fixture(scope="module")
def datacenter() -> Iterator[list[Exchange]]:
    with written("datacenter") as (_, exchanges):
        yield exchanges


def made(exchanges: list[Exchange]) -> Counter[str]:
    return Counter(f"{one.method} {bare(one.template)}" for one in exchanges if one.status < 300)


def test_every_writing_route_of_cloud_was_used(cloud: list[Exchange]) -> None:
    assert {f"{route.method} {bare(route.template)}" for route in writing_routes("cloud")} <= set(made(cloud))


def test_requests_to_cloud_are_as_documented(cloud: list[Exchange]) -> None:
    assert Counter(problem for one in cloud if one.status < 300 for problem in request_errors(one)) == {}


def test_answers_of_cloud_are_as_documented(cloud: list[Exchange]) -> None:
    problems = Counter(
        f"{one.route}: {problem}"
        for one in cloud
        for problem in answer_errors(one.method, one.template, one.status, one.answer)
    )
    assert problems == {}


def test_statuses_of_cloud_are_documented_or_seen_live(cloud: list[Exchange]) -> None:
    unknown = {
        (name, one.status)
        for one in cloud
        if (name := f"{one.method} {bare(one.template)}") in operations()
        and str(one.status) not in operations()[name]["responses"]
    }
    assert unknown <= SEEN_LIVE
    assert {409, 413, 400, 403, 404} <= {one.status for one in cloud}


def test_every_writing_route_of_data_center_was_used(datacenter: list[Exchange]) -> None:
    assert {f"{route.method} {bare(route.template)}" for route in writing_routes("datacenter")} <= set(made(datacenter))


def test_answers_of_data_center_are_as_documented(datacenter: list[Exchange]) -> None:
    problems = Counter(
        f"{name}: {problem}"
        for one in datacenter
        if (name := f"{one.method} {bare(one.template)}") in datacenter_document.operations() and one.answer is not None
        for problem in datacenter_document.errors_of(name, one.status, one.answer)
        if one.status < 300 and name not in datacenter_document.UNBELIEVABLE
    )
    assert problems == {}


def test_statuses_of_data_center_are_documented_or_seen_live(datacenter: list[Exchange]) -> None:
    known = datacenter_document.operations()
    unknown = {
        (name, one.status)
        for one in datacenter
        if (name := f"{one.method} {bare(one.template)}") in known and one.method != "GET"
        and "default" not in known[name]["responses"]
        and str(one.status) not in known[name]["responses"]
    }  # fmt: skip
    assert unknown <= SEEN_LIVE
    assert {409, 413, 400, 403, 404} <= {one.status for one in datacenter}


def declared() -> Iterator[Endpoint]:
    for value in vars(write_endpoints).values():
        for one in value.values() if isinstance(value, dict) else [value]:
            if isinstance(one, Endpoint):
                yield one


@pytest.mark.parametrize("endpoint", list(declared()), ids=lambda endpoint: endpoint.label)
def test_each_endpoint_names_the_scopes_that_open_it(endpoint: Endpoint) -> None:
    assert is_open(endpoint.method, endpoint.path, frozenset(endpoint.scope.split()))
    assert not is_open(endpoint.method, endpoint.path, frozenset({"read:space:confluence"}))
