"""What a run puts off is published: by the next run, or by a run of its own that reads nothing of the site."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.warehouse import ConfluenceWarehouse, read_due
from confluence_assets.warehouse.due import put_off
from tests.dagster_floor.test_change_sensors import Deployment, deploy

PUBLISHES = {"tables": ["warehouse"]}


@pytest.fixture
def deployment(tmp_path: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    monkeypatch.setenv("ACME_TOKEN", "admin")
    with EmbeddedSite(SiteConfig.shape("small")) as embedded:
        deployment = deploy(tmp_path, instance, embedded, publish_interval_seconds=60, audit=False, people=False)
        assert deployment.job.execute_in_process(instance=instance).success
        yield deployment


def edit(deployment: Deployment, title: str) -> None:
    page_id = min(deployment.pages())
    deployment.embedded.control.edit("edit_content", id=page_id, title=title)
    assert isinstance(deployment.follow("changes"), dict)


def is_published(deployment: Deployment, title: str) -> bool:
    with ConfluenceWarehouse(deployment.wiring.site.folder / "confluence.duckdb") as warehouse:
        return warehouse.query_rows("select 1 from pages where title = ?", [title]) != []


def test_what_was_put_off_is_published_once_it_is_due(deployment: Deployment) -> None:
    assert deployment.follow("publication") == "All is published."
    edit(deployment, "Put off")
    assert not is_published(deployment, "Put off")
    assert str(deployment.follow("publication")).startswith("The next publication is due at ")
    put_off(deployment.wiring.site.folder, datetime.now(UTC) - timedelta(seconds=1))
    deployment.embedded.control.reset_stats()
    assert deployment.follow("publication") == PUBLISHES
    asked = deployment.embedded.control.stats()["by_endpoint"]
    assert list(asked) == ["GET /_edge/tenant_info"]  # which site it is; nothing of what it holds
    assert is_published(deployment, "Put off")
    assert deployment.follow("publication") == "All is published."


def test_a_run_that_was_lost_is_asked_for_again(deployment: Deployment) -> None:
    put_off(deployment.wiring.site.folder, datetime.now(UTC) - timedelta(seconds=1))
    (first,) = deployment.tick("publication").run_requests
    assert "was lost; it is asked for again" in str(deployment.tick("publication").skip_message)
    assert first.run_config == {"ops": {"acme_tables": {"config": PUBLISHES}}}
    assert read_due(deployment.wiring.site.folder) is not None


def test_whoever_runs_by_hand_publishes_at_once(deployment: Deployment) -> None:
    edit(deployment, "Put off")
    assert deployment.job.execute_in_process(instance=deployment.instance).success
    assert is_published(deployment, "Put off")
    assert read_due(deployment.wiring.site.folder) is None
