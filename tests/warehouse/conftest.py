"""A lake to publish, filled with literal rows."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from confluence_assets.lake import Lake
from confluence_assets.tables import TABLES_BY_NAME, Grain, Row
from confluence_assets.warehouse import ConfluenceWarehouse, publish

T0 = datetime(2026, 1, 1, tzinfo=UTC)

Fill = Callable[..., None]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "demo")


@pytest.fixture
def fill(lake: Lake) -> Fill:
    """Commits rows to tables, each partition as a full listing: `fill(pages=[...], spaces=[...])`."""

    def fill_tables(*, at: datetime = T0, **tables: list[Row]) -> None:
        for name, rows in tables.items():
            table = TABLES_BY_NAME[name]
            if table.grain is Grain.RUN:
                lake.append_run(name, rows, "run")
                continue
            with lake.stage(name, run_id="run") as stage:
                stage.add(rows)
                for partition in stage.partitions() or [None]:
                    stage.commit(partition, synced_at=at)

    return fill_tables


@pytest.fixture
def answer(lake: Lake) -> Callable[[str], list[tuple[object, ...]]]:
    """Publishes the lake and answers a query."""

    def ask(sql: str) -> list[tuple[object, ...]]:
        path = publish(lake.root, lake.manifest()).path
        with ConfluenceWarehouse(path) as warehouse:
            return warehouse.query_rows(sql)

    return ask
