"""Actions in Dagster: ops and the job against an embedded site, what the launchpad says, and that nothing writes unasked."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from confluence_assets.actions import ACTIONS, build_action_job, build_action_ops
from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.resources import ConfluenceResource


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedSite]:
    with EmbeddedSite(SiteConfig.shape("small")) as running:
        monkeypatch.setenv("CONFLUENCE_API_TOKEN", "admin")
        yield running


def run(site: EmbeddedSite, kind: str, config: dict[str, Any], *, allow_writes: bool = True) -> Any:
    """What the job's one action gave."""
    resource = ConfluenceResource(url=site.url, email="admin@example.com", allow_writes=allow_writes)
    result = build_action_job("acme").execute_in_process(
        run_config={"ops": {"acme_act": {"config": {"action": {kind: config}}}}},
        resources={"acme_confluence": resource},
    )
    return result.output_for_node("acme_act")


def test_a_page_is_made_changed_and_deleted(site: EmbeddedSite, tmp_path: Path) -> None:
    space = run(site, "raw_request", {"path": "/wiki/api/v2/spaces?limit=1"})["body"]["results"][0]["key"]
    made = run(site, "create_page", {"space_key": space, "title": "By an op", "markdown": "# Hello\n\n- [ ] do"})
    page = run(site, "raw_request", {"path": f"/wiki/api/v2/pages/{made['id']}?body-format=storage"})["body"]
    assert page["body"]["storage"]["value"].startswith("<h1>Hello</h1><ac:task-list>")
    changed = run(site, "update_page", {"page_id": made["id"], "storage": "<p>Now this</p>", "expected_version": 1})
    assert (changed["version"]["number"], changed["title"]) == (2, "By an op")
    (tmp_path / "a.csv").write_text("a,b\n", encoding="utf-8")
    file = run(site, "upload_attachment", {"holder_id": made["id"], "path": str(tmp_path / "a.csv")})
    assert file["title"] == "a.csv"
    run(site, "set_property", {"holder_id": made["id"], "key": "colour", "value": {"is": "red"}})
    run(site, "set_property", {"holder_id": made["id"], "key": "colour", "value": {"is": "blue"}})
    properties = run(site, "raw_request", {"path": f"/wiki/api/v2/pages/{made['id']}/properties"})["body"]["results"]
    assert [(one["key"], one["value"]) for one in properties] == [("colour", {"is": "blue"})]
    run(site, "delete_attachment", {"attachment_id": file["id"]})
    run(site, "delete_page", {"page_id": made["id"]})
    gone = run(site, "raw_request", {"path": f"/wiki/api/v2/pages/{made['id']}"})["body"]
    assert gone["status"] == "trashed"


def test_a_version_that_is_not_the_expected_one_fails_the_run(site: EmbeddedSite) -> None:
    page = run(site, "raw_request", {"path": "/wiki/api/v2/pages?limit=1"})["body"]["results"][0]
    stands = page["version"]["number"]
    config = {"page_id": page["id"], "title": "Other", "expected_version": stands + 5}
    with pytest.raises(dg.Failure, match=f"at version {stands}, not at {stands + 5}"):
        run(site, "update_page", config)


def test_an_answer_goes_to_a_file_byte_for_byte(site: EmbeddedSite, tmp_path: Path) -> None:
    told = run(site, "raw_request", {"path": "/wiki/api/v2/spaces?limit=1", "output": str(tmp_path / "spaces.json")})
    written = (tmp_path / "spaces.json").read_bytes()
    assert told == {"status": 200, "output": str(tmp_path / "spaces.json"), "size_bytes": len(written)}
    assert json.loads(written)["results"]
    assert (tmp_path / "spaces.json").stat().st_mode & 0o077 == 0, (
        "who may read the site need not be who may read the disk"
    )
    with pytest.raises(dg.Failure, match="can't be written: No such file"):
        run(site, "raw_request", {"path": "/wiki/api/v2/spaces?limit=1", "output": str(tmp_path / "no" / "a")})


def test_retries_and_pauses_are_the_callers_choice(site: EmbeddedSite) -> None:
    patience = {"retries": 2, "delay_seconds": 0.01, "backoff": 1.0, "timeout_seconds": 5.0}
    site.control.fault("error", route="GET /wiki/api/v2/spaces", status=503, times=2)
    assert run(site, "raw_request", {"path": "/wiki/api/v2/spaces", **patience})["status"] == 200
    site.control.fault("error", route="GET /wiki/api/v2/spaces", status=503, times=3)
    with pytest.raises(dg.Failure) as caught:
        run(site, "raw_request", {"path": "/wiki/api/v2/spaces", **patience})
    assert caught.value.allow_retries


def test_dagster_repeats_no_write_whose_outcome_is_unknown(site: EmbeddedSite) -> None:
    """An op's retry policy would send it again, blindly."""
    site.control.fault("error", route="POST /wiki/api/v2/pages", status=504, times=1)
    with pytest.raises(dg.Failure, match="Whether it was done is not known") as caught:
        run(site, "raw_request", {"method": "POST", "path": "/wiki/api/v2/pages", "body": {}})
    assert not caught.value.allow_retries


ARGUMENTS: dict[str, dict[str, Any]] = {
    "create_page": {"space_key": "ENG", "title": "x"},
    "update_page": {"page_id": "1", "title": "x"},
    "delete_page": {"page_id": "1"},
    "upload_attachment": {"holder_id": "1", "path": __file__},
    "delete_attachment": {"attachment_id": "1"},
    "set_property": {"holder_id": "1", "key": "k", "value": 1},
    "raw_request": {"method": "POST", "path": "/wiki/api/v2/pages"},
    "graphql_query": {"query": "mutation { deletePagePages(input: {pageId: 1}) { success } }"},
}


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.action_name)
def test_without_allow_writes_no_action_writes(site: EmbeddedSite, action: Any) -> None:
    """Over the job and the op of every action that there is; counted at the server."""
    name = action.action_name
    with pytest.raises(dg.Failure, match="allow_writes: true"):
        run(site, name, ARGUMENTS[name], allow_writes=False)
    with pytest.raises(dg.Failure, match="allow_writes: true"):
        _run_op(site, name)
    assert site.site.stats.writes == 0


def _run_op(site: EmbeddedSite, name: str) -> None:
    ops = build_action_ops("acme")

    @dg.job
    def own_graph() -> None:
        ops[name]()

    own_graph.execute_in_process(
        run_config={"ops": {f"acme_{name}": {"config": ARGUMENTS[name]}}},
        resources={"acme_confluence": ConfluenceResource(url=site.url, email="admin@example.com")},
    )


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.action_name)
def test_the_launchpad_explains_every_setting(action: Any) -> None:
    assert action.__doc__
    silent = [name for name, field in action.model_fields.items() if name != "kind" and not field.description]
    assert silent == []


def test_the_job_stands_beside_the_others_of_the_site(tmp_path: Path) -> None:
    from confluence_assets import build_confluence_defs

    defs = build_confluence_defs(site="acme", url="https://acme.example", home=str(tmp_path))
    assert defs.get_job_def("acme_action").tags["confluence/site"] == "acme"
