"""What the converter reads back is the same document: golden documents to the character, generated ones as shown."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree

from confluence_assets.compose import markdown_to_storage
from confluence_assets.convert import storage_to_markdown
from tests.compose.sameness import shown
from tests.convert.golden_pairs import ALL
from tests.convert.storage_documents import DOCUMENT, LINE, Shown, shown_text, table, tagged

EXAMPLES = int(os.environ.get("CONVERT_EXAMPLES", "60"))
RANDOM = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
REAL_PAGES = sorted((Path(__file__).parents[3] / "shared" / "corpus" / "storage").glob("*.xhtml"))


def well_formed(storage: str) -> str:
    etree.fromstring(f'<body xmlns:ac="ac" xmlns:ri="ri">{storage}</body>'.encode())
    return storage


def there_and_back(markdown: str) -> str:
    return storage_to_markdown(well_formed(markdown_to_storage(markdown)))


def assert_same(markdown: str) -> None:
    """The same document; and what was read back is its own way there and back, to the character."""
    again = there_and_back(markdown)
    assert shown(again) == shown(markdown), again
    assert there_and_back(again) == again


@pytest.mark.parametrize("path", [pair[2] for pair in ALL], ids=[pair[0] for pair in ALL])
def test_golden_documents_come_back_to_the_character(path: Path) -> None:
    markdown = path.read_text(encoding="utf-8").rstrip("\n")
    assert there_and_back(markdown) == markdown


@RANDOM
@given(DOCUMENT)
def test_documents_of_everything_in_everything(document: Shown) -> None:
    assert_same(storage_to_markdown(document.storage))


@RANDOM
@given(LINE)
def test_lines_of_marks_and_markup_characters(parts: list[Shown]) -> None:
    assert_same(storage_to_markdown(tagged("p", parts).storage))


@RANDOM
@given(LINE)
def test_cells_of_marks_and_markup_characters(parts: list[Shown]) -> None:
    cells = table([[("th", 1, [shown_text("head")])], [("td", 1, parts)]])
    assert_same(storage_to_markdown(cells.storage))


@pytest.mark.parametrize(
    "storage",
    [
        '<p><em><strong>1<time datetime="2024-02-29"/></strong></em><em><strong>:</strong></em></p>',
        '<p><strong>1<time datetime="2024-02-29"/></strong><strong>:</strong></p>',
        '<p>1<strong><em><br/><time datetime="2024-02-29"/></em></strong></p>',
        "<p><em><del><code>1</code></del><del><code>1</code></del></em></p>",
        '<ac:structured-macro ac:name="some"><ac:parameter ac:name="title"> padded </ac:parameter>'
        "<ac:rich-text-body><pre>x</pre></ac:rich-text-body></ac:structured-macro>",
    ],
)
def test_documents_that_came_back_otherwise_once(storage: str) -> None:
    """Marks that touch, the edge of a date between them; pieces of code side by side within marks; padded titles."""
    assert_same(storage_to_markdown(storage))


@pytest.mark.skipif(not REAL_PAGES, reason="the real pages stand in ../shared/corpus, which is not here")
def test_real_pages_come_back_as_they_were() -> None:
    different = []
    for path in REAL_PAGES:
        markdown = storage_to_markdown(path.read_text(encoding="utf-8"))
        again = there_and_back(markdown)
        if shown(again) != shown(markdown) or there_and_back(again) != again:
            different.append(path.name)
    assert different == []
