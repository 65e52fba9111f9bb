"""The house: imports point down, each heavy library has one floor, every module says its job."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = "confluence_assets"

FLOORS: dict[str, int] = {
    "tables": 0, "errors": 0,
    "api": 1, "compose": 1, "convert": 1, "extract": 1, "access": 1, "lake": 1, "warehouse": 1, "inbox": 1,
    "sync": 2, "report": 2, "publish_back": 2,
    "settings": 3, "listener": 3,
    "change_sensors": 4, "publication_sensor": 4, "webhook_sensors": 4, "asked_runs": 4,
    "home": 4, "embedded": 4, "resources": 4, "partitions": 4, "assets": 4, "sensors": 4, "schedules": 4, "checks": 4,
    "definitions": 4, "component": 4, "actions": 4, "publication": 4, "scaffolding": 4, "attribute_types": 4,
    "commands": 5, "cli": 5, "__main__": 5, "__init__": 5,
}  # fmt: skip
"""The floor of each module and package; a module without one fails."""

CELLAR = "emulator"
"""Beside the house: imports nothing of ours; started by `embedded` and the command line alone."""

SIBLINGS = 1
"""Modules of this floor are blind to one another."""

AT_HOME: dict[str, set[str]] = {
    "dagster": {name for name, floor in FLOORS.items() if floor >= 4},
    "requests": {"api"},
    "duckdb": {"warehouse"},
}
MAY_START_THE_EMULATOR = {"embedded", "cli"}


def modules() -> list[Path]:
    return sorted((ROOT / PACKAGE).rglob("*.py"))


def name_of(path: Path) -> str:
    """The top module or package that a file belongs to."""
    relative = path.relative_to(ROOT / PACKAGE)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


def imports_of(path: Path) -> Iterator[str]:
    """Every imported module, wherever the import stands, types included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} is a relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names if node.module == PACKAGE)


def ours(imported: str) -> str | None:
    parts = imported.split(".")
    if parts[0] != PACKAGE:
        return None
    return parts[1] if len(parts) > 1 else None


def test_every_module_has_a_floor() -> None:
    assert {name_of(path) for path in modules()} - {CELLAR} <= set(FLOORS)


def test_imports_point_down() -> None:
    wrong = []
    for path in modules():
        here = name_of(path)
        for there in filter(None, map(ours, imports_of(path))):
            if there == here:
                continue
            if CELLAR in (here, there):
                is_right = there == CELLAR and here in MAY_START_THE_EMULATOR
            elif FLOORS[here] == SIBLINGS:
                is_right = FLOORS[there] < SIBLINGS
            else:
                is_right = FLOORS[there] <= FLOORS[here]
            if not is_right:
                wrong.append(f"{path.relative_to(ROOT)} imports {there}")
    assert wrong == []


@pytest.mark.parametrize("library", sorted(AT_HOME))
def test_each_library_has_its_floor(library: str) -> None:
    users = {name_of(path) for path in modules() for imported in imports_of(path) if imported.split(".")[0] == library}
    assert users <= AT_HOME[library]
    assert users, f"nobody uses {library}"


def test_parquet_is_written_in_the_lake_alone() -> None:
    users = {name_of(path) for path in modules() if "pyarrow.parquet" in set(imports_of(path))}
    assert users == {"lake"}


def test_nobody_looks_inside_dagster() -> None:
    assert [path for path in modules() if any("._core" in imported for imported in imports_of(path))] == []


def test_the_library_does_not_import_its_deployment() -> None:
    assert [path for path in modules() if any(name.startswith("dagster_project") for name in imports_of(path))] == []


def test_every_module_says_its_job() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in modules()
        if path.read_text(encoding="utf-8").strip()
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_names_say_what_is_inside() -> None:
    vague = {"utils", "util", "helpers", "helper", "misc", "manager"}
    assert [str(path) for path in modules() if path.stem in vague] == []
