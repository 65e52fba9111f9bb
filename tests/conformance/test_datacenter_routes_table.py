"""The table of Data Center's routes in the docs is what the embedded one does."""

from tests.conformance import datacenter_routes_table
from tests.conformance.documents import needs_openapi


@needs_openapi
def test_the_table_is_up_to_date() -> None:
    told = datacenter_routes_table.DOCS.read_text(encoding="utf-8").splitlines()
    found = datacenter_routes_table.build().splitlines()
    drift = sorted(set(told) ^ set(found))
    assert drift == [], "run python -m tests.conformance.datacenter_routes_table"
    assert told == found
