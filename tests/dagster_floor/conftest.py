from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from tests.dagster_floor.wiki import ScriptedComponent


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


@pytest.fixture
def component(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ScriptedComponent:
    monkeypatch.delenv("CONFLUENCE_URL", raising=False)
    return ScriptedComponent(site="acme", home=str(tmp_path))
