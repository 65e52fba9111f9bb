"""The page on access names every cause, and says rightly what it closes."""

from confluence_assets.access import Cause
from tests.docs.pages import code_of, table_rows


def test_every_cause_has_its_row() -> None:
    named = [code_of(row[0])[0] for row in table_rows("access.md", "`cause`")]
    assert named == [str(cause) for cause in Cause if cause is not Cause.ANONYMOUS_OFF]
    assert sum(Cause(name).is_undecidable for name in named[:7]) == 7
    assert not any(Cause(name).is_undecidable for name in named[7:])
