"""Golden pairs. `CONVERT_WRITE_GOLDEN=1` writes the Markdown anew, for a person to read before it is kept."""

import os
from pathlib import Path

import pytest

from confluence_assets.convert import storage_to_markdown
from tests.convert.golden_pairs import ALL


def test_there_are_pairs() -> None:
    assert len(ALL) >= 30


@pytest.mark.parametrize(("storage", "path"), [pair[1:] for pair in ALL], ids=[pair[0] for pair in ALL])
def test_golden_pair(storage: str, path: Path) -> None:
    markdown = storage_to_markdown(storage) + "\n"
    if os.environ.get("CONVERT_WRITE_GOLDEN"):
        path.write_text(markdown, encoding="utf-8")
    assert markdown == path.read_text(encoding="utf-8")
