"""Every snippet of the documentation runs, and answers what stands below it."""

import doctest
import shlex
from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster.components.testing import create_defs_folder_sandbox

from confluence_assets import ConfluenceComponent, ConfluencePublication, build_confluence_defs
from confluence_assets.cli import main
from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.warehouse import ConfluenceWarehouse
from tests.docs.pages import DOCS, WRITTEN, Snippet, snippets

MAY_BE_EMPTY = "so this is empty after a first run"


def test_every_language_has_its_test() -> None:
    known = {"sql", "yaml", "python", "sh", "text"}
    fences = {line for page in WRITTEN for line in (DOCS / page).read_text().splitlines() if line[:3] == "```"}
    assert {line[3:] for line in fences} <= known | {""}


@pytest.mark.parametrize("snippet", snippets("sql"), ids=lambda one: one.name)
def test_sql(snippet: Snippet, warehouse: ConfluenceWarehouse) -> None:
    answer = warehouse.query_arrow(snippet.text)
    rows = [[str(value) for value in row.values()] for row in answer.to_pylist()]
    if snippet.answer:
        assert laid_out([answer.column_names, *rows]) == snippet.answer.rstrip("\n")
    else:
        assert MAY_BE_EMPTY in (DOCS / snippet.page).read_text(encoding="utf-8")
        assert rows == []


def laid_out(rows: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


@pytest.mark.parametrize("snippet", snippets("python"), ids=lambda one: one.name)
def test_python(snippet: Snippet, demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(demo.parent)
    example = doctest.DocTestParser().get_doctest(snippet.text, {}, snippet.name, snippet.page, snippet.line)
    assert example.examples
    report: list[str] = []
    doctest.DocTestRunner().run(example, out=report.append)
    assert report == []


@pytest.mark.parametrize("snippet", snippets("yaml"), ids=lambda one: one.name)
def test_yaml(snippet: Snippet) -> None:
    written = yaml.safe_load(snippet.text.replace("<site>", "acme"))
    if "ops" in written:
        defs = build_confluence_defs(site="acme", url="https://acme.atlassian.net", token_env="ACME_TOKEN")
        job = "acme_action" if "acme_act" in written["ops"] else "acme_sync"
        assert dg.validate_run_config(defs.resolve_job_def(job), written)
        return
    if written["type"] == "confluence_assets.ConfluencePublication":
        publication = ConfluencePublication.resolve_from_yaml(yaml.safe_dump(written["attributes"]))
        assert publication.build_defs().assets
        return
    with create_defs_folder_sandbox() as sandbox:
        folder = sandbox.scaffold_component(component_cls=ConfluenceComponent, defs_yaml_contents=written)
        with sandbox.load_component_and_build_defs(defs_path=folder) as (component, _):
            chosen = component.get_options()  # type: ignore[attr-defined]
    for name in set(written["attributes"]) - {"site", "url", "token_env"}:
        value = written["attributes"][name]
        assert getattr(chosen if hasattr(chosen, name) else component, name) == (
            tuple(map(str, value)) if isinstance(value, list) else value
        )


def test_sh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """In the order of the pages, on one small site."""
    lines = [line for snippet in snippets("sh") for line in snippet.text.splitlines()]
    assert len(lines) >= 4
    with EmbeddedSite(SiteConfig.shape("small", site_url="https://acme.example")) as site:
        for name, value in {
            "CONFLUENCE_URL": site.url,
            "CONFLUENCE_EMAIL": "admin@example.com",
            "CONFLUENCE_API_TOKEN": "admin",
            "CONFLUENCE_HOME": str(tmp_path / "data"),
            "DAGSTER_HOME": "",
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("CONFLUENCE_PAT", raising=False)
        monkeypatch.chdir(tmp_path)
        for line in lines:
            program, *words = shlex.split(line)
            assert program == "confluence-assets"
            assert main(words) == 0, (line, capsys.readouterr())
