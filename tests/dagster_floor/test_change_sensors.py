"""The sensors of changes and webhooks, on an embedded site, with real runs and a real instance."""

import shutil
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.origin import JobPythonOrigin, RepositoryPythonOrigin
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin

from confluence_assets.asked_runs import ASK_TAG, Ask
from confluence_assets.change_sensors import ChangesCursor
from confluence_assets.component import ConfluenceComponent
from confluence_assets.definitions import build_run_job, build_wired_defs
from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.emulator.config import SeedPlan
from confluence_assets.errors import AccessError, TransientError
from confluence_assets.inbox import Hint, Inbox
from confluence_assets.lake import Lake
from confluence_assets.partitions import add_partitions
from confluence_assets.resources import ConfluenceResource
from confluence_assets.webhook_sensors import ATTEMPTS, WebhooksCursor


@dataclass
class Deployment:
    """One site in Dagster: ticks of its sensors, and the runs that they ask for, executed here."""

    component: ConfluenceComponent
    embedded: EmbeddedSite
    instance: dg.DagsterInstance
    resource: ConfluenceResource | None = None

    def __post_init__(self) -> None:
        # Telling Dagster of every table of every space is not what is under test here, and takes most of the time.
        self.wiring = replace(self.component.build_wiring(), event_budget=20, tells_empty=False)
        self.defs = build_wired_defs(self.wiring)
        self.job = build_run_job(self.wiring)
        self.inbox = Inbox(self.wiring.site.folder)
        self.cursors: dict[str, str | None] = {}

    def tick(self, sensor: str) -> Any:
        """One evaluation, with the cursor of the one before."""
        resource = self.resource or self.wiring.resource
        with dg.build_sensor_context(
            instance=self.instance,
            cursor=self.cursors.get(sensor),
            resources={self.wiring.resource_key: resource},
            definitions=self.defs,
        ) as context:
            result = self.defs.resolve_sensor_def(f"acme_{sensor}").evaluate_tick(context)
        self.cursors[sensor] = result.cursor or self.cursors.get(sensor)
        return result

    def run(self, request: dg.RunRequest) -> dg.ExecuteInProcessResult:
        return self.job.execute_in_process(
            instance=self.instance, run_config=request.run_config, tags=dict(request.tags), raise_on_error=False
        )

    def follow(self, sensor: str) -> dict[str, Any] | str:
        """Tick, and run what it asks for: the run's configuration, or why there is none."""
        result = self.tick(sensor)
        if not result.run_requests:
            return str(result.skip_message)
        (request,) = result.run_requests
        assert self.run(request).success
        return dict(request.run_config["ops"]["acme_tables"]["config"])

    def pages(self) -> dict[str, str]:
        rows = (row for rows in Lake(self.wiring.site.folder).iter_rows("pages") for row in rows)
        return {row["page_id"]: row["title"] for row in rows}

    def hint(self, event: str, space_key: str | None = None, content_id: str | None = None) -> None:
        self.inbox.append([Hint("forge", event, datetime.now(UTC), space_key, content_id)])


EVERYTHING_NEW = {"mode": "content", "space_keys": [], "publish_at_once": False}


def deploy(tmp_path: Path, instance: dg.DagsterInstance, embedded: EmbeddedSite, **options: Any) -> Deployment:
    component = ConfluenceComponent(
        site="acme", home=str(tmp_path), url=embedded.url, email="admin@example.com", token_env="ACME_TOKEN", **options
    )
    return Deployment(component, embedded, instance)


@pytest.fixture(scope="module")
def shared_instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.DagsterInstance]:
    """A real instance: making one takes some seconds."""
    home = tmp_path_factory.mktemp("dagster")
    with dg.DagsterInstance.local_temp(str(home), overrides={"telemetry": {"enabled": False}}) as instance:
        yield instance


@pytest.fixture
def real_instance(shared_instance: dg.DagsterInstance) -> Iterator[dg.DagsterInstance]:
    """The instance without runs and partitions."""
    yield shared_instance
    for run in shared_instance.get_runs():
        shared_instance.delete_run(run.run_id)
    for key in shared_instance.get_dynamic_partitions("acme_spaces"):
        shared_instance.delete_dynamic_partition("acme_spaces", key)


@pytest.fixture(scope="module")
def synced(
    tmp_path_factory: pytest.TempPathFactory, shared_instance: dg.DagsterInstance
) -> Iterator[tuple[EmbeddedSite, Path]]:
    """A site of three spaces, and a home that holds all of it."""
    home = tmp_path_factory.mktemp("synced")
    plan = SeedPlan(spaces=3, pages_per_space=4, comments=4, tasks=3)
    with EmbeddedSite(SiteConfig(plan=plan)) as embedded, pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("ACME_TOKEN", "admin")
        deployment = deploy(home, shared_instance, embedded, publish=False)
        assert deployment.job.execute_in_process(instance=shared_instance).success
        deployment.follow("changes")  # a sweep leaves the last moments to the first look
        yield embedded, home


@pytest.fixture
def wiki(
    tmp_path: Path,
    synced: tuple[EmbeddedSite, Path],
    real_instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Deployment]:
    """A synced site of three spaces, as new."""
    monkeypatch.setenv("ACME_TOKEN", "admin")
    embedded, home = synced
    shutil.copytree(home / "acme", tmp_path / "acme")
    deployment = deploy(tmp_path, real_instance, embedded, publish=False)
    add_partitions(real_instance, "acme", {row["key"] for row in embedded.control.dump("space")})
    yield deployment
    embedded.control.reset()


def spaces_of(wiki: Deployment) -> dict[str, str]:
    """Space keys by id of their first page."""
    rows = sorted(wiki.embedded.control.dump("page"), key=lambda row: int(row["id"]))
    return {row["id"]: row["space_key"] for row in rows}


# Changes


@pytest.mark.parametrize("edit", ["page", "comment", "reply", "file", "task", "tick", "blog post"])
def test_a_change_of_any_stream_is_seen_once(wiki: Deployment, edit: str) -> None:
    assert wiki.follow("changes") == "Nothing new."
    control = wiki.embedded.control
    control.edit("advance_clock", seconds=5)
    page_id, space_key = next(iter(spaces_of(wiki).items()))
    if edit == "page":
        control.edit("edit_content", id=page_id, body="<p>new</p>", title="Seen")
    elif edit == "comment":
        control.edit("comment", container=page_id, body="<p>hm</p>")
    elif edit == "reply":
        comment = control.edit("comment", container=page_id, body="<p>hm</p>")
        wiki.follow("changes")
        control.edit("reply", comment=comment["id"], body="<p>indeed</p>")
    elif edit == "file":
        control.edit("upload", container=page_id, filename="a.txt", text="a")
    elif edit == "task":
        control.edit("create_task", container=page_id, body="do it")
    elif edit == "tick":
        control.edit("tick_task", id=control.dump("task")[0]["id"])
    else:
        control.edit("create_blogpost", space=space_key, title="News", body="<p>!</p>")
    assert wiki.follow("changes") == EVERYTHING_NEW
    assert wiki.follow("changes") == "Nothing new."


def test_a_look_at_a_site_without_news_costs_few_requests(wiki: Deployment) -> None:
    wiki.embedded.control.reset_stats()
    assert wiki.follow("changes") == "Nothing new."
    assert wiki.embedded.control.request_count() <= 8


def test_before_the_first_sync_the_sensor_waits(
    tmp_path: Path, real_instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_TOKEN", "admin")
    with EmbeddedSite(SiteConfig(plan=SeedPlan(spaces=1, pages_per_space=1))) as embedded:
        deployment = deploy(tmp_path, real_instance, embedded)
        assert "first sync" in str(deployment.follow("changes"))
        assert embedded.control.request_count() == 0


def create_run(wiki: Deployment, status: dg.DagsterRunStatus, **tags: str) -> dg.DagsterRun:
    """A run that nobody executes; Dagster lets a run be queued only where it says how it would be loaded."""
    location = RegisteredCodeLocationOrigin("confluence")
    origin = RemoteJobOrigin(RemoteRepositoryOrigin(location, "__repository__"), "acme_sync")
    pointer = ModuleCodePointer("dagster_project.definitions", "defs")
    code = JobPythonOrigin("acme_sync", RepositoryPythonOrigin(sys.executable, pointer))
    return wiki.instance.create_run_for_job(
        job_def=wiki.job, status=status, tags=tags, remote_job_origin=origin, job_code_origin=code
    )


@pytest.mark.parametrize("sensor", ["changes", "webhooks"])
@pytest.mark.parametrize(
    "status",
    [
        dg.DagsterRunStatus.QUEUED,
        dg.DagsterRunStatus.NOT_STARTED,
        dg.DagsterRunStatus.STARTING,
        dg.DagsterRunStatus.STARTED,
        dg.DagsterRunStatus.CANCELING,
    ],
)
def test_runs_do_not_pile_up(wiki: Deployment, sensor: str, status: dg.DagsterRunStatus) -> None:
    wiki.embedded.control.edit("edit_content", id=next(iter(spaces_of(wiki))), title="Seen")
    wiki.hint("page_updated")
    run = create_run(wiki, status)
    wiki.embedded.control.reset_stats()
    assert f"Run {run.run_id[:8]} is" in str(wiki.follow(sensor))
    assert wiki.embedded.control.request_count() == 0
    wiki.instance.report_run_canceled(run)
    assert wiki.follow(sensor) == EVERYTHING_NEW


def test_a_run_that_died_long_ago_blocks_nobody(wiki: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    create_run(wiki, dg.DagsterRunStatus.STARTED)
    assert "is started" in str(wiki.follow("changes"))
    monkeypatch.setattr("confluence_assets.asked_runs._START_LIMIT", timedelta(seconds=-1))
    with Lake(wiki.wiring.site.folder).lock(holder="a long run"):
        assert "is started" in str(wiki.follow("changes"))
    assert wiki.follow("changes") == "Nothing new."
    create_run(wiki, dg.DagsterRunStatus.QUEUED)
    assert "is queued" in str(wiki.follow("changes")), "a queue may be long"


def test_a_run_that_failed_is_asked_for_again_later_and_news_do_not_wait(
    wiki: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    page_id = next(iter(spaces_of(wiki)))
    wiki.embedded.control.edit("edit_content", id=page_id, title="One")
    (lost,) = wiki.tick("changes").run_requests
    wiki.instance.report_run_failed(create_run(wiki, dg.DagsterRunStatus.STARTED, **lost.tags))
    waiting = wiki.tick("changes")
    assert not waiting.run_requests
    assert "was lost; it is asked for again at" in str(waiting.skip_message)
    cursor = ChangesCursor.parse(wiki.cursors["changes"])
    assert cursor.ask
    cursor.ask.asked_at -= timedelta(seconds=61)
    wiki.cursors["changes"] = cursor.model_dump_json()
    (again,) = wiki.tick("changes").run_requests
    assert again.run_key != lost.run_key
    assert again.tags["confluence/attempt"] == "2"
    wiki.embedded.control.edit("edit_content", id=page_id, title="Two")
    (fresh,) = wiki.tick("changes").run_requests
    assert fresh.tags["confluence/attempt"] == "1"
    assert wiki.run(fresh).success
    assert wiki.pages()[page_id] == "Two"
    assert wiki.follow("changes") == "Nothing new."


def test_the_cursor_may_be_lost_or_of_another_version(wiki: Deployment) -> None:
    for text in (None, "", "{", "7", '{"version": 2}', '{"seen_until": "x"}'):
        assert ChangesCursor.parse(text) == ChangesCursor()
        assert WebhooksCursor.parse(text) == WebhooksCursor()
        wiki.cursors["changes"] = text
        assert wiki.follow("changes") == "Nothing new."


def test_asking_again_waits_twice_as_long_each_time_up_to_an_hour() -> None:
    at = datetime(2026, 11, 16, 12, tzinfo=UTC)
    waits = [(Ask(run_key="k", attempt=n, asked_at=at).may_repeat_at() - at).total_seconds() for n in (1, 2, 3, 7, 60)]
    assert waits == [60, 120, 240, 3600, 3600]


class Refusing(ConfluenceResource):  # type: ignore[misc]
    """A site that refuses."""

    def get_hasty_source(self) -> Any:
        raise REFUSALS[self.url or ""]


REFUSALS = {
    "429": TransientError("The site answered 429.", status=429),
    "503": TransientError("The site answered 503.", status=503),
    "401": AccessError("The token is not accepted.", status=401),
    "403": AccessError("The account may not use Confluence.", status=403),
}


@pytest.mark.parametrize("status", ["429", "503"])
def test_a_site_that_is_down_or_wants_less_is_left_alone(wiki: Deployment, status: str) -> None:
    wiki.resource = Refusing(url=status)
    assert f"The site answered {status}." in str(wiki.follow("changes"))
    wiki.resource = None
    assert wiki.follow("changes") == "Nothing new."


@pytest.mark.parametrize("status", ["401", "403"])
def test_refused_credentials_fail_the_tick(wiki: Deployment, status: str) -> None:
    wiki.resource = Refusing(url=status)
    with pytest.raises(AccessError):
        wiki.tick("changes")


@pytest.mark.parametrize("is_listening", [False, True])
def test_a_site_that_does_not_answer_costs_no_tick(wiki: Deployment, is_listening: bool) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        if is_listening:
            silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        wiki.resource = ConfluenceResource(url=url, email="admin@example.com", token_env="ACME_TOKEN")
        started = time.monotonic()
        assert "asked again at the next tick" in str(wiki.follow("changes"))
        assert time.monotonic() - started < 12


def test_wrong_credentials_are_not_taken_for_silence(wiki: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_TOKEN", "wrong")
    with pytest.raises(AccessError):
        wiki.tick("changes")


def test_changes_of_spaces_that_are_filtered_out_launch_nothing(
    tmp_path: Path, real_instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_TOKEN", "admin")
    with EmbeddedSite(SiteConfig(plan=SeedPlan(spaces=4, pages_per_space=3))) as embedded:
        keys = sorted({row["key"] for row in embedded.control.dump("space")})
        deployment = deploy(tmp_path, real_instance, embedded, publish=False, exclude_spaces=keys[:1])
        pages = {key: page_id for page_id, key in spaces_of(deployment).items()}
        assert deployment.job.execute_in_process(instance=real_instance).success
        deployment.follow("changes")
        embedded.control.edit("edit_content", id=pages[keys[0]], title="Not ours")
        assert deployment.follow("changes") == "Nothing new."
        embedded.control.edit("edit_content", id=pages[keys[1]], title="Ours")
        embedded.control.edit("edit_content", id=pages[keys[0]], title="Not ours, and on top")
        assert deployment.follow("changes") == EVERYTHING_NEW
        assert deployment.pages()[pages[keys[1]]] == "Ours"
        assert deployment.follow("changes") == "Nothing new."


# Webhooks


def test_without_webhooks_nothing_is_made(wiki: Deployment) -> None:
    assert wiki.follow("webhooks") == "No webhooks have come."
    assert not wiki.inbox.path.exists()


def test_an_edit_becomes_a_content_run_and_leaves_the_inbox_after_it(wiki: Deployment) -> None:
    page_id, space_key = next(iter(spaces_of(wiki).items()))
    wiki.embedded.control.edit("edit_content", id=page_id, title="Hooked")
    wiki.hint("page_updated", space_key)
    assert wiki.follow("webhooks") == EVERYTHING_NEW
    assert wiki.pages()[page_id] == "Hooked"
    assert wiki.inbox.peek(), "only the next tick knows that the run has succeeded"
    assert wiki.follow("webhooks") == "All webhooks were seen to."
    assert wiki.inbox.peek() == []
    assert wiki.follow("webhooks") == "No webhooks have come."
    assert wiki.follow("changes") == "Nothing new.", "polling has nothing left to do"


def test_what_no_stream_shows_becomes_a_sweep_of_its_space(wiki: Deployment) -> None:
    page_id, space_key = next(reversed(spaces_of(wiki).items()))
    wiki.embedded.control.edit("trash", id=page_id)
    assert wiki.follow("changes") == "Nothing new."
    assert page_id in wiki.pages()
    wiki.hint("page_trashed", content_id=page_id)
    add_partitions(wiki.instance, "acme", set(spaces_of(wiki).values()) | {space_key})
    assert wiki.follow("webhooks") == {"mode": "incremental", "space_keys": [space_key], "publish_at_once": False}
    assert page_id not in wiki.pages()


def test_a_lost_run_is_repeated_and_given_up_in_the_end(wiki: Deployment) -> None:
    wiki.hint("page_updated", "ENG")
    for attempt in range(1, ATTEMPTS + 1):
        (request,) = wiki.tick("webhooks").run_requests
        assert request.tags["confluence/attempt"] == str(attempt)
        if attempt % 2:  # a run that Dagster does not know of was lost as well
            wiki.instance.report_run_failed(create_run(wiki, dg.DagsterRunStatus.STARTED, **request.tags))
        cursor = WebhooksCursor.parse(wiki.cursors["webhooks"])
        assert cursor.ask
        if attempt < ATTEMPTS:
            assert "was lost; it is asked for again at" in str(wiki.tick("webhooks").skip_message)
        cursor.ask.asked_at -= timedelta(hours=1)
        wiki.cursors["webhooks"] = cursor.model_dump_json()
        assert len(wiki.inbox.peek()) == 1
    assert str(wiki.tick("webhooks").skip_message) == "All webhooks were seen to."
    assert wiki.inbox.peek() == []


def test_a_hint_that_comes_during_a_run_gets_a_run_of_its_own(wiki: Deployment) -> None:
    wiki.hint("page_updated", "ENG")
    (request,) = wiki.tick("webhooks").run_requests
    wiki.hint("page_updated", "ENG")
    assert wiki.run(request).success
    assert wiki.follow("webhooks") == EVERYTHING_NEW
    assert wiki.follow("webhooks") == "All webhooks were seen to."


def test_what_needs_no_run_leaves_without_one(wiki: Deployment) -> None:
    wiki.hint("page_viewed", "ENG")
    assert wiki.follow("webhooks") == "1 hints need no run."
    assert wiki.inbox.peek() == []


def test_each_ask_has_a_key_of_its_own(wiki: Deployment) -> None:
    """A run key is remembered for ever: the same state of the site, met again, must run again."""
    keys = set()
    for _ in range(3):
        wiki.hint("page_updated", "ENG")
        (request,) = wiki.tick("webhooks").run_requests
        assert request.tags[ASK_TAG] == request.run_key
        keys.add(request.run_key)
        wiki.cursors.clear()
    assert len(keys) == 3


# Many at once


@pytest.mark.slow
def test_five_hundred_spaces_that_change_at_once_cost_few_runs(
    tmp_path: Path, real_instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_TOKEN", "admin")
    plan = SeedPlan(spaces=500, pages_per_space=1, audit_records=0)
    with EmbeddedSite(SiteConfig(plan=plan)) as embedded:
        deployment = deploy(
            tmp_path, real_instance, embedded, publish=False, people=False, permissions=False, audit=False
        )
        assert deployment.job.execute_in_process(instance=real_instance).success
        deployment.follow("changes")
        pages = spaces_of(deployment)
        add_partitions(real_instance, "acme", set(pages.values()))
        assert len(set(pages.values())) == 500
        for page_id in pages:
            embedded.control.edit("edit_content", id=page_id, title=f"All at once {page_id}")
        hints = [
            Hint("forge", event, datetime.now(UTC), key, page_id)
            for event in ("page_updated", "label_added")
            for page_id, key in pages.items()
        ]
        deployment.inbox.append(hints)
        runs, ticks = [], []
        for _ in range(4):
            for sensor in ("webhooks", "changes"):
                started = time.monotonic()
                result = deployment.tick(sensor)
                ticks.append(time.monotonic() - started)
                for request in result.run_requests or []:
                    runs.append(request)
                    assert deployment.run(request).success
        assert max(ticks) < 20
        assert len(runs) <= 5
        assert [run.run_config["ops"]["acme_tables"]["config"]["mode"] for run in runs] == ["content", "incremental"]
        assert {title.split()[0] for title in deployment.pages().values()} == {"All"}
        assert deployment.inbox.peek() == []
