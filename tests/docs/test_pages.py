"""What the pages say of the code is what the code does; what is made from the code is up to date."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

from confluence_assets.convert import storage_to_markdown
from confluence_assets.sync import departures
from confluence_assets.sync.contract import SyncMode
from confluence_assets.warehouse import ConfluenceWarehouse
from tests.convert.golden_pairs import ALL
from tests.docs.pages import DOCS, ROOT, WRITTEN, code_of, table_rows


def script(name: str) -> ModuleType:
    """A script of docs/, which is no package."""
    spec = importlib.util.spec_from_file_location(f"docs_{name}", DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_data_dictionary_is_up_to_date() -> None:
    written = (DOCS / "data-dictionary.md").read_text(encoding="utf-8")
    assert written == script("data_dictionary").dictionary(), "run: python docs/data_dictionary.py"


def test_the_picture_and_its_markdown_are_up_to_date(demo: Path, warehouse: ConfluenceWarehouse) -> None:
    pictures = script("pictures")
    example = pictures.read_page(warehouse, demo)
    stale = "run: python docs/pictures.py"
    assert (DOCS / "one-of-everything.md").read_text(encoding="utf-8") == example.markdown + "\n", stale
    with Image.open(pictures.PICTURE) as picture:
        assert picture.info["made-from"] == example.digest, stale
    page = pictures.build_page(example)
    assert page.count("<section>") == len(re.findall(r"(?m)^## ", example.markdown)) + 1
    assert not re.search(r"(?:src|url)\W*https?://", page), "it would ask a network"


def test_pictures_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in (DOCS / "images").iterdir()}
    assert sizes
    assert {name: size for name, size in sizes.items() if size > 600_000} == {}


def test_what_becomes_of_what_is_what_the_converter_writes() -> None:
    """Each piece of Markdown that a table shows stands in a golden pair; both forms of a mark are held to that."""
    golden = "\n".join(storage_to_markdown(storage) for _, storage, _ in ALL)
    examples = [code for row in table_rows("documents.md", "in Confluence") for code in code_of(row[1])]
    examples += [code for row in table_rows("documents.md", "form") for code in code_of(row[0])]
    names = {"math", "<table>", "<details>"}
    assert len(examples) > 40
    assert [one for one in examples if one not in golden and one not in names] == []


def test_modes_and_reasons() -> None:
    assert {code_of(row[0])[0] for row in table_rows("sync.md", "mode")} == {mode.value for mode in SyncMode}
    reasons = {departures.MOVED, departures.TRASHED, departures.GONE, departures.OUT_OF_SCOPE}
    assert {code_of(row[0])[0] for row in table_rows("sync.md", "reason")} == reasons


@pytest.mark.parametrize("page", [*(f"docs/{name}" for name in WRITTEN), "docs/data-dictionary.md", "README.md"])
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    targets = [one for one in re.findall(r"\]\(([^)\s]+)\)", prose) if "://" not in one]
    assert targets
    for target in targets:
        path, _, anchor = target.partition("#")
        file = (ROOT / page).parent / path if path else ROOT / page
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file), target


def anchors(file: Path) -> set[str]:
    titles = re.findall(r"(?m)^#+ (.*)$", file.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
