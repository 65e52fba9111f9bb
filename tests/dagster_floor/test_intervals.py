"""Each change stream, the sweep and access have an interval of their own, where the owner wants one."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from confluence_assets import ConfluenceComponent, build_confluence_defs
from confluence_assets.change_sensors import ChangesCursor
from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.errors import SettingsError
from confluence_assets.lake import Lake
from confluence_assets.sync.positions import STREAM_TABLES
from tests.dagster_floor.test_change_sensors import Deployment

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_a_stream_waits_for_its_own_interval() -> None:
    cursor = ChangesCursor(looked_at={"pages": NOON, "tasks": NOON})
    intervals = {"pages": 60, "tasks": 3600, "attachments": 3600}
    others = {"blogposts", "footer_comments", "inline_comments"}
    assert set(cursor.due(intervals, NOON + timedelta(seconds=59))) == {"attachments", *others}
    assert set(cursor.due(intervals, NOON + timedelta(seconds=60))) == {"pages", "attachments", *others}
    assert set(cursor.due(intervals, NOON + timedelta(hours=1))) == set(STREAM_TABLES)
    assert set(cursor.due({}, NOON)) == set(STREAM_TABLES)


def test_comments_have_two_streams() -> None:
    wiring = ConfluenceComponent(site="acme", comments_interval_seconds=300, tasks_interval_seconds=900).build_wiring()
    assert wiring.stream_intervals == {"footer_comments": 300, "inline_comments": 300, "tasks": 900}


def test_what_may_wait_costs_no_request_and_is_seen_when_it_is_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_TOKEN", "admin")
    with EmbeddedSite(SiteConfig.shape("small")) as embedded, dg.DagsterInstance.ephemeral() as instance:
        component = ConfluenceComponent(
            site="acme",
            home=str(tmp_path),
            url=embedded.url,
            email="admin@example.com",
            token_env="ACME_TOKEN",
            publish=False,
            comments_interval_seconds=3600,
            attachments_interval_seconds=3600,
        )
        wiki = Deployment(component, embedded, instance)
        assert wiki.job.execute_in_process(instance=instance).success
        wiki.follow("changes")
        wiki.cursors.clear()
        costs = []
        for _ in range(2):
            before = embedded.control.request_count()
            assert wiki.follow("changes") == "Nothing new."
            costs.append(embedded.control.request_count() - before)
        assert costs[0] - costs[1] == 3  # footer comments, inline comments, attachments
        page = next(row for row in embedded.control.dump("page") if row["status"] == "current")
        embedded.control.edit("comment", container=page["id"], body="<p>late</p>")
        assert wiki.follow("changes") == "Nothing new."
        cursor = ChangesCursor.parse(wiki.cursors["changes"])
        long_ago = {stream: seen - timedelta(hours=2) for stream, seen in cursor.looked_at.items()}
        wiki.cursors["changes"] = cursor.model_copy(update={"looked_at": long_ago}).model_dump_json()
        assert wiki.follow("changes") != "Nothing new."
        bodies = [row["body_storage"] for rows in Lake(wiki.wiring.site.folder).iter_rows("comments") for row in rows]
        assert "<p>late</p>" in bodies


def test_access_alone_has_a_schedule_where_it_is_wanted() -> None:
    defs = build_confluence_defs(site="acme", permissions_every="15m")
    schedule = defs.resolve_schedule_def("acme_permissions")
    assert schedule.cron_schedule == "*/15 * * * *"
    (run,) = schedule.evaluate_tick(dg.build_schedule_context()).run_requests or []
    config = run.run_config["ops"]["acme_tables"]["config"]
    assert {"content_restrictions", "group_members", "content_acl"} <= set(config["tables"])
    assert "pages" not in config["tables"]
    dg.validate_run_config(defs.resolve_job_def("acme_sync"), dict(run.run_config))
    assert "acme_permissions" not in {one.name for one in build_confluence_defs(site="acme").schedules or ()}
    with pytest.raises(SettingsError, match="permissions_every: '7m'"):
        build_confluence_defs(site="acme", permissions_every="7m")
