"""`listen --register`: a Data Center is told where to send, sends, and what it sends is acted on."""

import contextlib
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from confluence_assets.api import Connection, open_transport
from confluence_assets.api.datacenter.webhooks import EVENTS, DatacenterWebhooks
from confluence_assets.commands.registration import Registrar
from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.emulator.datacenter.events import EVENTS as EVENTS_OF_THE_SITE
from confluence_assets.errors import SettingsError
from confluence_assets.inbox import Inbox
from confluence_assets.lake import Lake
from confluence_assets.sync.hints import Need, locate_contents, need_of, plan_run
from tests.api.clock import quick_options
from tests.api.datacenter import PROFILES, datacenter
from tests.api.server import Answer, Asked, ScriptedSite
from tests.listener.conftest import SECRET, listening
from tests.listener.test_command import command
from tests.sync.harness import Bench

URL = "http://127.0.0.1:9/datacenter"


@pytest.fixture(params=PROFILES)
def site(request: pytest.FixtureRequest) -> Iterator[EmbeddedSite]:
    with EmbeddedSite(datacenter("small", request.param)) as found:
        yield found


@contextlib.contextmanager
def webhooks_of(url: str, pat: str = "admin", *, allow_writes: bool = True) -> Iterator[DatacenterWebhooks]:
    connection = Connection(url, pat=pat, deployment="datacenter", allow_writes=allow_writes)
    with contextlib.closing(open_transport(connection, options=quick_options())) as transport:
        yield DatacenterWebhooks(transport)


def registered(site: EmbeddedSite) -> list[Any]:
    parts = site.site.datacenter
    assert parts is not None
    return list(parts.webhooks.registered.values())


def variables(site: EmbeddedSite, **more: str) -> dict[str, str]:
    return {"CONFLUENCE_URL": site.url, "CONFLUENCE_PAT": "admin", **more}


@contextlib.contextmanager
def running(home: Path, site: EmbeddedSite, *words: str, **more: str) -> Iterator[tuple[Any, str]]:
    """The command, once it has said what became of the webhook."""
    with command(home, "--register", *words, **variables(site, **more)) as process:
        assert process.stderr is not None
        said = [process.stderr.readline()]
        while "the webhook" not in said[-1]:
            line = process.stderr.readline()
            assert line, said
            said.append(line)
        yield process, said[-1]


# end to end


@pytest.mark.parametrize("profile", ["7.19", "10.0"])
def test_an_edit_is_delivered_kept_and_drained(profile: str, tmp_path: Path) -> None:
    """Register, edit, delivery, inbox, the run that it asks for, and the lake holds the edit."""
    with EmbeddedSite(datacenter("small", profile)) as site:
        bench = Bench(site, tmp_path)
        bench.site = type(bench.site)("confluence", tmp_path, bench.site.options)
        bench.lake = Lake(bench.site.folder)
        assert bench.sync("full").failures == []
        site.control.configure(now=time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()))
        page = next(row for row in site.control.dump("page") if row["status"] == "current" and row["parent_id"])
        with running(tmp_path, site) as (_process, said):
            assert said.startswith("Registered the webhook 'confluence-assets: confluence'")
            site.control.edit("edit_content", id=page["id"], body="<p>told at once</p>")
            site.control.edit("relabel", id=page["id"], labels=["told"])
            parts = site.site.datacenter
            assert parts is not None
            assert parts.webhooks.drain()
        inbox = Inbox(bench.site.folder)
        hints = inbox.peek()
        assert [(hint.event, hint.content_id) for hint in hints] == [
            ("page_updated", page["id"]),
            ("label_added", page["id"]),
        ]
        while hints:
            keys = tuple(row["key"] for row in site.control.dump("space"))
            plan = plan_run(hints, keys, lambda ids: locate_contents(bench.lake, ids))
            assert plan.mode is not None
            assert bench.sync(plan.mode.value, space_keys=plan.space_keys).failures == []
            inbox.acknowledge(plan.hint_ids)
            hints = inbox.peek()
        assert bench.differences() == []


def test_registering_again_changes_what_is_there(tmp_path: Path) -> None:
    with EmbeddedSite(datacenter("small", "9.2")) as site:
        register_three_times(site, tmp_path)


def register_three_times(site: EmbeddedSite, tmp_path: Path) -> None:
    for outcome, words in (("Registered", []), ("Updated", []), ("Updated", ["--secret-env", "ANOTHER"])):
        with running(tmp_path, site, *words, ANOTHER=f"another {SECRET}") as (_process, said):
            assert said.startswith(outcome)
    (kept,) = registered(site)
    assert kept.secret == f"another {SECRET}"
    assert kept.events == list(EVENTS)
    assert kept.is_ssl_required
    assert kept.active


def test_it_goes_when_it_is_told_to(tmp_path: Path) -> None:
    with EmbeddedSite(datacenter("small")) as site:
        with running(tmp_path, site) as (process, _):
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=20)
        assert len(registered(site)) == 1, "it is not removed unless that is asked for"
        with running(tmp_path, site, "--unregister") as (process, _):
            process.send_signal(signal.SIGTERM)
            _, log = process.communicate(timeout=20)
            assert process.returncode == 0
            assert "Removed the webhook" in log
        assert registered(site) == []


def test_unregistering_needs_no_listener(tmp_path: Path) -> None:
    with EmbeddedSite(datacenter("small")) as site:
        with webhooks_of(site.url) as webhooks:
            webhooks.register("confluence-assets: confluence", URL, SECRET)
            webhooks.register("somebody else's", "http://127.0.0.1:9/other", SECRET)
        with command(tmp_path, "--unregister", **variables(site)) as process:
            _, log = process.communicate(timeout=30)
            assert (process.returncode, "Removed the webhook" in log) == (0, True)
        assert [one.name for one in registered(site)] == ["somebody else's"]
        with command(tmp_path, "--unregister", **variables(site)) as process:
            _, log = process.communicate(timeout=30)
            assert (process.returncode, "There is no webhook" in log) == (0, True)


# what is said where it can't be done


def refused(home: Path, *words: str, **more: str) -> tuple[int | None, str]:
    with command(home, *words, **more) as process:
        _, log = process.communicate(timeout=30)
        assert "Traceback" not in log
        assert SECRET not in log
        return process.returncode, log


def test_whoever_is_no_administrator_is_told_so(tmp_path: Path) -> None:
    with EmbeddedSite(datacenter("small")) as site:
        user = next(user for user in site.control.users() if user.username != "admin")
        site.control.edit("create_token", account=user.account_id, token="plain-token")
        code, log = refused(tmp_path, "--register", **variables(site, CONFLUENCE_PAT="plain-token"))
        assert code == 1
        assert "The account may not manage webhooks" in log
        assert "personal access token of a Confluence administrator" in log
        assert registered(site) == []


def test_an_address_that_the_site_can_not_reach_is_not_registered(tmp_path: Path) -> None:
    with EmbeddedSite(datacenter("small")) as site:
        code, log = refused(tmp_path, "--register", "--url", "http://127.0.0.1:9", **variables(site))
        assert code == 1
        assert "The site can't reach this listener at http://127.0.0.1:9/datacenter" in log
        assert "--url" in log
        assert registered(site) == []


def test_cloud_is_told_what_to_do_instead(tmp_path: Path) -> None:
    with EmbeddedSite(SiteConfig.shape("small")) as site:
        settings = {"CONFLUENCE_EMAIL": "admin@example.com", "CONFLUENCE_API_TOKEN": "admin"}
        for words in (["--register"], ["--unregister"]):
            code, log = refused(tmp_path, *words, CONFLUENCE_URL=site.url, **settings)
            assert code == 2
            assert "Confluence Cloud has no webhooks" in log
            assert "/forge" in log
            assert "/automation" in log


@pytest.mark.parametrize(
    ("url", "host", "wanted"),
    [
        (None, "127.0.0.1", "can't reach 127.0.0.1"),
        (None, "0.0.0.0", "can't reach 0.0.0.0"),  # noqa: S104
        ("hooks.example.com", "127.0.0.1", "is no address"),
        ("ftp://hooks.example.com", "127.0.0.1", "is no address"),
    ],
)
def test_an_address_must_be_known(url: str | None, host: str, wanted: str) -> None:
    connection = Connection("https://wiki.example.com", pat="t", deployment="datacenter")
    with pytest.raises(SettingsError, match=wanted) as caught:
        Registrar(connection, "wiki", url).check(host, SECRET)
    assert caught.value.setting == "--url"


def test_a_secret_that_the_site_would_not_keep_is_refused() -> None:
    connection = Connection("https://wiki.example.com", pat="t", deployment="datacenter")
    with pytest.raises(SettingsError, match="255 characters"):
        Registrar(connection, "wiki", "https://hooks.example.com").check("127.0.0.1", "x" * 256)


# the calls


def test_a_webhook_is_found_by_its_address_too_and_spares_go(site: EmbeddedSite) -> None:
    with webhooks_of(site.url) as webhooks:
        assert webhooks.register("by hand", URL, SECRET).outcome == "made"
        assert webhooks.register("ours", f"{URL}?old", SECRET).outcome == "made"
        kept = webhooks.register("ours", URL, SECRET)
        assert (kept.outcome, kept.name, kept.url) == ("changed", "ours", URL)
        assert [(one.name, one.url) for one in registered(site)] == [("ours", URL)]


def test_nothing_is_written_without_leave(site: EmbeddedSite) -> None:
    with (
        webhooks_of(site.url, allow_writes=False) as webhooks,
        pytest.raises(SettingsError, match="read-only"),
    ):
        webhooks.register("ours", URL, SECRET)
    assert registered(site) == []


def test_events_that_an_old_server_does_not_know_are_left_out() -> None:
    written: list[Asked] = []

    def server(asked: Asked) -> Answer:
        if asked.method == "GET":
            return Answer(payload={"results": [], "start": 0, "limit": 100, "size": 0})
        written.append(asked)
        if b"label_added" in asked.body:
            return Answer(400, payload={"message": "Unknown events: label_added, space_updated"})
        return Answer(201, payload={"id": 7, "name": "ours", "url": URL, "events": ["page_created"]})

    with ScriptedSite(server) as scripted, webhooks_of(scripted.url) as webhooks:
        assert webhooks.register("ours", URL, SECRET).webhook_id == "7"
    assert len(written) == 2
    assert b"page_created" in written[1].body
    assert b"space_updated" not in written[1].body


def test_every_event_is_one_that_the_site_has_and_that_a_run_comes_of() -> None:
    assert set(EVENTS) <= set(EVENTS_OF_THE_SITE)
    needless = {event for event in EVENTS_OF_THE_SITE if need_of(event) is Need.NOTHING}
    generic = {event for event in EVENTS_OF_THE_SITE if event.startswith("content_") and "permissions" not in event}
    assert set(EVENTS_OF_THE_SITE) - set(EVENTS) == needless | generic | {
        "blueprint_page_created",  # comes as page_created, too
        "space_logo_updated",  # no table holds logos
    }


def test_a_trial_delivery_counts_as_a_knock(tmp_path: Path) -> None:
    """It is not signed, so that it is refused; that it came is what was to be found out."""
    with EmbeddedSite(datacenter("small")) as site, listening(tmp_path) as sender, webhooks_of(site.url) as webhooks:
        trial = webhooks.try_out(f"http://127.0.0.1:{sender.port}/datacenter")
        assert trial.description == "401"
        assert webhooks.try_out(URL).is_taken is False
        assert sender.kept() == []
