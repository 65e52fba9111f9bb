from pathlib import Path

import pytest

from confluence_assets.lake import Lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "demo")
