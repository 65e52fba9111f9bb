"""The README's tables say what the code says."""

import re
from pathlib import Path

import pytest

from confluence_assets.cli import build_parser
from confluence_assets.component import ConfluenceComponent
from confluence_assets.settings import SETTINGS
from confluence_assets.tables import TABLES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def rows_under(header: str) -> list[list[str]]:
    """The cells of the table whose first header cell is this."""
    (table,) = re.findall(rf"^\| {header} \|.*\n\|[-|:]+\|\n((?:\|.*\n)+)", README, re.MULTILINE)
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.strip().splitlines()]


def test_settings() -> None:
    assert {cells[0].strip("`"): cells[1].rstrip(" |") for cells in rows_under("variable")} == SETTINGS


def test_tables_by_group() -> None:
    documented = {cells[0]: re.findall(r"`(\w+)`", cells[1]) for cells in rows_under("group")}
    declared: dict[str, list[str]] = {}
    for table in TABLES:
        declared.setdefault(table.group, []).append(table.name)
    assert documented == declared


def test_attributes_and_their_defaults() -> None:
    documented = {cells[0].strip("`"): cells[1].strip("`") for cells in rows_under("attribute")}
    fields = ConfluenceComponent.model_fields
    assert list(documented) == list(fields)
    for name, shown in documented.items():
        default = fields[name].default
        if isinstance(default, bool):
            assert shown == str(default).lower(), name
        elif isinstance(default, int | float) or name in ("sweep_every", "token_env", "pat_env"):
            assert shown == str(default), name


def test_commands() -> None:
    documented = {cells[0].strip("`").removeprefix("confluence-assets ") for cells in rows_under("command")}
    (choices,) = [action.choices for action in build_parser()._actions if action.dest == "command"]
    assert documented == set(choices or ())


@pytest.mark.parametrize("target", re.findall(r"^make (\S+)", README, re.MULTILINE))
def test_make_targets(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
