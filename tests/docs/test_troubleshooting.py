"""Each message that the page on troubleshooting explains is one that the code says; the floors are those that are held."""

import re
from pathlib import Path

from tests.docs.pages import ROOT, code_of, table_rows
from tests.house.test_floors import CELLAR, FLOORS


def _said() -> str:
    """All that the library may say, with `…` for what is filled in."""
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(Path(ROOT / "confluence_assets").rglob("*.py")))
    joined = re.sub(r'"\s*\n\s*f?"', "", text)
    return re.sub(r"\{[^{}\"]*(?:\{[^{}]*\}|\([^()]*\))*[^{}\"]*\}", "…", joined)


def test_every_message_is_one_that_is_said() -> None:
    said = _said()
    messages = [code_of(row[0])[0] for row in table_rows("troubleshooting.md", "message")]
    assert len(messages) >= 10
    pieces = {piece.strip() for message in messages for piece in message.split("…") if len(piece.strip()) > 3}
    assert {piece for piece in pieces if piece not in said} == set()


def test_every_floor_is_told() -> None:
    floors = {row[0]: set(code_of(row[1])) for row in table_rows("architecture.md", "floor")}
    assert floors.pop("beside") == {CELLAR}
    assert {int(floor) for floor in floors} == set(FLOORS.values())
    for floor, names in floors.items():
        assert {FLOORS[name] for name in names} == {int(floor)}
