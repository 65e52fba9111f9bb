"""The page on connecting says what the code says: ways, scopes by table, and the address that a browser comes back to."""

from confluence_assets.api.oauth.callback import redirect_uri_of
from confluence_assets.api.scopes import EVERY_RUN, TABLE_ENDPOINTS, all_scopes
from confluence_assets.settings import METHODS
from tests.cli.mistakes import MISTAKES
from tests.docs.pages import DOCS, ROOT, code_of, table_rows


def test_every_way_to_connect() -> None:
    assert {code_of(row[0])[0] for row in table_rows("connecting.md", "way")} == set(METHODS)


def test_scopes_by_table() -> None:
    rows = {row[0].strip("`"): code_of(row[1]) for row in table_rows("connecting.md", "table")}
    stated = {name: sorted({one.scope for one in endpoints}) for name, endpoints in TABLE_ENDPOINTS.items()}
    assert rows == {"each run": sorted({one.scope for one in EVERY_RUN}), **stated}
    text = (DOCS / "connecting.md").read_text(encoding="utf-8")
    assert " ".join([*all_scopes(), "offline_access"]) in text


def test_the_callback() -> None:
    assert redirect_uri_of(8914) in (DOCS / "connecting.md").read_text(encoding="utf-8")


def test_the_number_of_mistakes() -> None:
    assert 70 <= len(MISTAKES) < 80
    for page in ("README.md", "docs/README.md", "docs/connecting.md"):
        text = (ROOT / page).read_text(encoding="utf-8").lower()
        assert "seventy mistakes" in text or "seventy of them" in text, page
