"""`dg scaffold defs` writes what works as it is, or says in one line why not and leaves nothing behind."""

import json
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from dagster.components.component_scaffolding import scaffold_object

from confluence_assets import ConfluenceComponent, ConfluencePublication

TOKEN = "ATATT3xFfGF0abcdefghijklmnopqrstuvwxyz0123456789"


def scaffold(folder: Path, kind: str, params: dict[str, Any]) -> dict[str, Any]:
    scaffold_object(folder, f"confluence_assets.{kind}", json.dumps(params), "yaml", None)
    written = yaml.safe_load((folder / "defs.yaml").read_text())
    assert written["type"] == f"confluence_assets.{kind}"
    attributes: dict[str, Any] = written["attributes"]
    return attributes


def test_a_site(tmp_path: Path) -> None:
    written = scaffold(tmp_path / "wiki", "ConfluenceComponent", {"site": "acme", "token_env": "ACME_TOKEN"})
    assert written == {"site": "acme", "token_env": "ACME_TOKEN"}
    assert ConfluenceComponent.resolve_from_yaml(yaml.safe_dump(written)).get_site().name == "acme"


def test_a_publication_is_named_after_its_folder(tmp_path: Path) -> None:
    written = scaffold(
        tmp_path / "oldest_pages", "ConfluencePublication", {"site": "acme", "space_key": "OPS", "title": "Old pages"}
    )
    made = ConfluencePublication.resolve_from_yaml(yaml.safe_dump(written))
    assert (made.name, made.title) == ("oldest_pages", "Old pages")
    assert made.build_defs().assets


@pytest.mark.parametrize(
    ("kind", "params", "said"),
    [
        ("ConfluenceComponent", {"site": "my-wiki"}, "site: 'my-wiki'"),
        ("ConfluenceComponent", {"token_env": TOKEN}, "token_env is not the name"),
        ("ConfluencePublication", {"name": "a b", "space_key": "OPS", "title": "T"}, "name: 'a b'"),
    ],
)
def test_what_can_not_be_leaves_nothing_behind(
    tmp_path: Path, kind: str, params: dict[str, Any], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A token that is given where its variable's name belongs is neither written nor repeated."""
    with pytest.raises(click.UsageError, match=said) as caught:
        scaffold(tmp_path / "wiki", kind, params)
    assert list(tmp_path.iterdir()) == []
    assert TOKEN not in str(caught.value)
    assert TOKEN not in capsys.readouterr().out
