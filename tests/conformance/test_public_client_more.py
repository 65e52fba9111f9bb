"""A client that nobody here wrote reads one of everything else."""

from collections.abc import Iterator

import pytest

from confluence_assets.emulator import EmbeddedSite
from tests.conformance.public_client import walked_config
from tests.conformance.public_client_more import Chosen, read_more_v1, read_more_v2


@pytest.fixture(scope="module")
def site() -> Iterator[EmbeddedSite]:
    with EmbeddedSite(walked_config()) as found:
        yield found


@pytest.fixture(scope="module")
def chosen(site: EmbeddedSite) -> Chosen:
    return Chosen(site)


def test_the_second_version(site: EmbeddedSite, chosen: Chosen) -> None:
    found = read_more_v2(site, chosen.ids)
    kinds, rows = chosen.by_kind, chosen.rows
    assert found["space"] == chosen.space["key"]
    assert found["space labels"] == []
    assert found["folder"] == kinds["folder"]["title"]
    assert found["task"] == kinds["task"]["body_storage"]
    assert found["role"] == kinds["role"]["name"]
    assert found["permissions"] > 5
    assert found["levels"] > 1
    assert found["policy"] == {"anyContentBlocked"}
    assert found["strangers"] == ["nobody@example.com"]
    drawings = [row["id"] for row in rows if row["kind"] == "custom_content"]
    assert found["custom"] == (drawings, "ac:diagrams:drawing", 0, 0)
    for kind in ("footer", "inline"):
        assert found[kind] == {r["id"] for r in rows if r["kind"] == "comment" and r["comment_type"] == kind}
    assert found["comment"] == {
        "likes": 0, "likers": 0, "operations": found["comment"]["operations"], "first": 1,
        "versions": chosen.comment["version_number"],
    }  # fmt: skip
    assert "read" in found["comment"]["operations"]
    assert found["properties"] == {
        kind: chosen.count("property", content_id=chosen.ids[kind]) for kind in found["properties"]
    }
    assert found["property"]
    assert found["admin key"] == site.control.account_id("admin@example.com")


def test_the_first_version(site: EmbeddedSite, chosen: Chosen) -> None:
    found, ids = read_more_v1(site, chosen.ids), chosen.ids
    assert found["ancestors"] == chosen.page["ancestor_ids"]
    assert (found["space"], found["settings"]) == (chosen.space["name"], chosen.space["key"])
    assert (found["versions"], found["version"]) == (chosen.page["version_number"], 1)
    assert found["property"] == chosen.property["key"]
    assert found["descendants"] == chosen.below(ids["home"])
    assert found["subtree"] <= {ids["home"], *chosen.below(ids["home"])}
    assert len(found["subtree"]) > 5
    assert found["labelled"] == {
        row["content_id"].removeprefix("att")
        for row in chosen.rows
        if row["kind"] == "label" and row["name"] == ids["label"]
    }
    assert found["user"] == "admin@example.com"
    assert (found["template"], found["templates"]) == ("Report", ["<p>What was done</p>"])
    assert found["blueprints"] == ["Decision", "Meeting notes"]
    assert (found["long tasks"], found["long task"]) == ([ids["long_task"]], 40)
