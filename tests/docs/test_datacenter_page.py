"""The page about Data Center: each quirk that it names has the tests that it names."""

import re

from confluence_assets.emulator.datacenter.profiles import PROFILES
from tests.docs.pages import ROOT, code_of, table_rows

PAGE = "datacenter.md"


def test_every_quirk_has_a_test() -> None:
    files = (ROOT / "tests").rglob("test_*.py")
    tests = {name for path in files for name in re.findall(r"(?m)^def (test_\w+)", path.read_text(encoding="utf-8"))}
    rows = table_rows(PAGE, "what is known of it")
    assert len(rows) > 30
    named = {row[0]: code_of(row[2]) for row in rows}
    assert [quirk for quirk, names in named.items() if not names or not set(names) <= tests] == []


def test_every_version_has_its_requests() -> None:
    rows = {row[0]: [int(figure) for figure in row[1:]] for row in table_rows(PAGE, "version")}
    assert list(rows) == list(PROFILES)
    for full, addresses, unchanged, content in rows.values():
        assert full <= 70
        assert addresses == 99
        assert unchanged <= 45
        assert content <= 15
