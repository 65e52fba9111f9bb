"""The checks of this folder find what they look for."""

import pytest

from tests.conformance.documents import needs_openapi
from tests.conformance.recording import Exchange
from tests.conformance.validation import answer_errors, request_errors

pytestmark = needs_openapi

PAGES = "/wiki/api/v2/pages"
RESTRICTION = "/wiki/rest/api/content/{id}/restriction"
SEARCH = "/wiki/rest/api/content/search"


@pytest.mark.parametrize(
    ("method", "template", "query", "body", "problem"),
    [
        ("GET", PAGES, "limit=250&space-id=1&space-id=2&sort=-modified-date&body-format=storage", None, None),
        ("GET", PAGES, "limit=251", None, "greater than the maximum"),
        ("GET", PAGES, "limit=many", None, "not of type"),
        ("GET", PAGES, "space-id=1,2", None, "not of type"),
        ("GET", PAGES, "status=lost", None, "not one of"),
        ("GET", PAGES, "body-format=view", None, "not one of"),
        ("GET", PAGES, "space_id=1", None, "not in the document"),
        ("GET", PAGES, "sort=id&sort=title", None, "more than once"),
        ("GET", PAGES, "", {"a": 1}, "no body"),
        ("GET", SEARCH, "cql=type=page&expand=body.storage,version&limit=5", None, None),
        ("GET", RESTRICTION, "expand=everything", None, "not one of"),
        ("GET", SEARCH, "limit=5", None, "cql is missing"),
        ("GET", SEARCH, "cql=type=page&cursor=x&next=true&start=25", None, None),
        ("POST", "/wiki/api/v2/users-bulk", "", {"accountIds": ["a"]}, None),
        ("POST", "/wiki/api/v2/users-bulk", "", {"accountIds": "a"}, "not of type"),
        ("POST", "/wiki/api/v2/users-bulk", "", {}, "required"),
    ],
)
def test_requests(method: str, template: str, query: str, body: object, problem: str | None) -> None:
    exchange = Exchange(method, template, f"{template}?{query}" if query else template, body, 200, None)
    found = list(request_errors(exchange))
    if problem is None:
        assert found == []
    else:
        assert len(found) == 1
        assert problem in found[0]


def test_answers() -> None:
    page = {"id": "1", "status": "current", "title": "x", "version": {"number": 1, "createdAt": "2026-01-01T00:00:00Z"}}
    assert answer_errors("GET", PAGES, 200, {"results": [page], "_links": {"base": "x"}}) == []
    assert answer_errors("GET", PAGES, 200, {"results": [{**page, "id": 1}]}) != []
    assert answer_errors("GET", PAGES, 200, {"results": [{**page, "status": "odd"}]}) != []
    assert answer_errors("GET", PAGES, 200, {"results": {"0": page}}) != []
