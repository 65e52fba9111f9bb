"""Rule 1 through Dagster: ten random histories, synced by the job of the site in the modes that its sensors and schedules ask."""

import random
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from confluence_assets.component import ConfluenceComponent
from confluence_assets.definitions import build_run_job
from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.lake import Lake
from tests.support.truth import differences, expected
from tests.sync.histories import EDITS, Editor
from tests.sync.test_convergence import FAULTS, PLANS

HISTORIES = 10
STEPS = 12
TYPES, KEYS = ("ac:demo:note",), ("review",)
PASSING = ("capped", "odd", "empty page")
"""Faults that a run gets over; the others fail it, and a person or Dagster starts it again."""


class Deployment:
    """The job of one site, run in this process."""

    def __init__(self, embedded: EmbeddedSite, home: Path, instance: dg.DagsterInstance) -> None:
        self.instance = instance
        component = ConfluenceComponent(
            site="acme",
            url=embedded.url,
            email="admin@example.com",
            home=str(home),
            custom_content_types=list(TYPES),
            property_keys=list(KEYS),
            removal_limit=1.0,
        )
        wiring = replace(component.build_wiring(), event_budget=20, tells_empty=False)
        self.job = build_run_job(wiring)
        self.lake = Lake(wiring.site.folder)

    def sync(self, mode: str) -> bool:
        config = {"ops": {"acme_tables": {"config": {"mode": mode}}}}
        return self.job.execute_in_process(instance=self.instance, run_config=config, raise_on_error=False).success


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(HISTORIES))
def test_a_history_through_dagster(
    seed: int, tmp_path: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONFLUENCE_API_TOKEN", "admin")
    monkeypatch.delenv("CONFLUENCE_PAT", raising=False)
    chance = random.Random(seed)
    with EmbeddedSite(SiteConfig(plan=PLANS[("small", "odd")[seed % 2]], seed=seed + 1)) as embedded:
        deployment = Deployment(embedded, tmp_path, instance)
        assert deployment.sync("full")
        editor = Editor(embedded, TYPES, KEYS)
        for step in range(STEPS):
            for _ in range(chance.randint(1, 4)):
                editor.play((chance.choice(EDITS), chance.randrange(999), chance.randrange(999)))
            if step % 4 == 1:
                assert deployment.sync("content")
            elif step % 4 == 2:
                embedded.control.fault(**FAULTS[chance.choice(PASSING)], nth=chance.randint(1, 40))
                deployment.sync("incremental")
                embedded.control.clear_faults()
        assert deployment.sync("incremental")
        dump = embedded.control.dump_as(embedded.control.account_id("admin@example.com"))
        assert differences(deployment.lake, expected(dump, TYPES, KEYS)) == []
