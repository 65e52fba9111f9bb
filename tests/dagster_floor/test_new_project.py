"""A new, empty Dagster project: the commands of the README's second chapter, one after the other, against a site over HTTP."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import duckdb
import pytest

from confluence_assets.emulator import EmbeddedSite, SiteConfig

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
CHAPTER = README[README.index("## In your own Dagster project") : README.index("## Your own site")]
COMMANDS = re.findall(r"```sh\n(.*?)```", CHAPTER, re.DOTALL)[0].splitlines()
ADDRESS, EMAIL, SECRET = "https://acme.atlassian.net", "you@acme.example", "admin"
PYPROJECT = """
[project]
name = "acme-data"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["confluence-assets"]

[tool.dg]
directory_type = "project"

[tool.dg.project]
root_module = "acme_data"
"""
DEFINITIONS = """
from pathlib import Path

from dagster import definitions, load_from_defs_folder


@definitions
def defs():
    return load_from_defs_folder(path_within_project=Path(__file__).parent)
"""
"""What `create-dagster project` writes, and nothing else."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    package = tmp_path / "src" / "acme_data"
    (package / "defs").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    (package / "definitions.py").write_text(DEFINITIONS)
    for folder in (package, package / "defs"):
        (folder / "__init__.py").touch()
    return tmp_path


@pytest.fixture
def address() -> Iterator[str]:
    with EmbeddedSite(SiteConfig.shape("small")) as site:
        yield site.url


def run(line: str, project: Path) -> str:
    """Run a command in the project with an environment of its own; it must end well."""
    ours = {
        name: value for name, value in os.environ.items() if not name.startswith(("CONFLUENCE_", "DAGSTER_", "PYTEST_"))
    }
    bin_folder = str(Path(sys.executable).parent)
    environment = {
        **ours,
        "PATH": f"{bin_folder}{os.pathsep}{ours.get('PATH', '')}",
        "PYTHONPATH": f"{project / 'src'}{os.pathsep}{Path(__file__).parents[2]}",
        "HOME": str(project),
        "COLUMNS": "200",
        "DAGSTER_HOME": "",
        "ACME_TOKEN": SECRET,
    }
    done = subprocess.run(
        shlex.split(line), cwd=project, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def test_from_nothing_to_an_answer(project: Path, address: str) -> None:
    install, export, components, scaffold, check, launch, query = COMMANDS
    assert install.startswith("pip install 'confluence-assets")
    assert version("confluence-assets")
    assert export.startswith("export ACME_TOKEN=")
    assert "confluence_assets.ConfluenceComponent" in run(components, project)
    run(scaffold, project)
    written = project / "src" / "acme_data" / "defs" / "wiki" / "defs.yaml"
    (shown,) = re.findall(r"```yaml\n(.*?)```", CHAPTER, re.DOTALL)
    assert written.read_text() == shown
    written.write_text(shown.replace(ADDRESS, address).replace(EMAIL, "admin@example.com"))
    assert "All definitions loaded successfully" in run(check, project)
    told = run(launch, project)
    assert "RUN_SUCCESS" in told
    program, file, question = shlex.split(query)
    assert program == "duckdb"
    with duckdb.connect(str(project / file), read_only=True) as database:
        answers = database.execute(question).fetchall()
        ((count,),) = database.execute("select count(*) from visible_pages('admin@example.com')").fetchall()
    assert len(answers) == 3
    assert answers == sorted(answers, key=lambda row: row[1], reverse=True)
    assert count > 3
