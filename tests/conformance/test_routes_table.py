"""The table of routes in the docs is what the embedded Confluence does."""

from tests.conformance import routes_table
from tests.conformance.documents import needs_openapi


@needs_openapi
def test_the_table_is_up_to_date() -> None:
    told = routes_table.DOCS.read_text(encoding="utf-8").splitlines()
    found = routes_table.build().splitlines()
    drift = sorted(set(told) ^ set(found))
    assert drift == [], "run python -m tests.conformance.routes_table"
    assert told == found
