"""The emulator's table of scopes is what the OpenAPI documents say."""

from tests.conformance import scope_table
from tests.conformance.documents import needs_openapi


@needs_openapi
def test_the_table_is_the_documents() -> None:
    assert scope_table.TABLE.read_text(encoding="utf-8") == scope_table.build(), (
        "run python -m tests.conformance.scope_table"
    )
