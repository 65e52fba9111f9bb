"""Rendered back, the text is the text: random documents of everything in everything."""

import os
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings

from confluence_assets.convert import storage_to_markdown
from tests.convert.rendering import code_blocks, link_targets, page_text, render, without_spaces
from tests.convert.storage_documents import DOCUMENT, LINE, Shown, code_block, joined, shown_text, table, tagged

EXAMPLES = int(os.environ.get("CONVERT_EXAMPLES", "60"))
RANDOM = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


def assert_shows(document: Shown) -> None:
    markdown = storage_to_markdown(document.storage)
    page = render(markdown)
    assert page_text(page) == without_spaces(document.text), markdown
    code = [text.replace("\r", "\n").removesuffix("\n") for text in document.code]
    assert [text for text in code_blocks(page) if text.strip()] == [text for text in code if text.strip()], markdown
    found = sorted({unquote(link) for link in link_targets(page)})
    assert found == sorted({unquote(link) for link in document.links}), markdown


@RANDOM
@given(DOCUMENT)
def test_documents_of_everything_in_everything(document: Shown) -> None:
    assert_shows(document)


@RANDOM
@given(LINE)
def test_lines_of_marks_and_markup_characters(parts: list[Shown]) -> None:
    assert_shows(tagged("p", parts))


@RANDOM
@given(LINE)
def test_cells_of_marks_and_markup_characters(parts: list[Shown]) -> None:
    assert_shows(table([[("th", 1, [shown_text("head")])], [("td", 1, parts)]]))


@RANDOM
@given(DOCUMENT)
def test_converting_twice_gives_the_same(document: Shown) -> None:
    assert storage_to_markdown(document.storage) == storage_to_markdown(document.storage)


@pytest.mark.parametrize(
    "text",
    [
        *("1. not a list", "- not a list", "# not a heading", "> not a quote", "---", "===", "|---|", "+ x", "12) y"),
        *("*a*", "_a_", "**a**", "~~a~~", "`a`", "[a](b)", "![a](b)", "<b>a</b>", "&amp;", "&copy;", "a_b_c", "\\*"),
        *("\\", "C:\\new\\*", "a | b", "[ ] task", "[x]", "<!-- c -->", "<https://e.com>", "https://e.com/a_b_", "***"),
        *("```", "~~~", "::", "a\\|b", "\u200bzero", "‮right to left‬", "שלום *עולם*", "a~b", "1.", "&#42;", "&", "&a"),
    ],
)
def test_markup_in_text_is_text(text: str) -> None:
    in_places = [
        tagged("p", [shown_text(text)]),
        tagged("h2", [shown_text(text)]),
        tagged("ul", [tagged("li", [shown_text(text)])]),
        table([[("td", 1, [shown_text(text)]), ("td", 1, [shown_text("next")])]]),
        tagged("p", [shown_text("before"), Shown("<br/>"), shown_text(text)]),
        tagged("p", [tagged("strong", [shown_text(text)]), shown_text("after")]),
    ]
    assert_shows(joined(in_places))


@pytest.mark.parametrize(
    "code", ["a]]>b", "```\nfence\n```", "`", "  indented\n\n\n", "\ttab", "~~~", "</pre>", "&amp;"]
)
def test_code_is_kept_to_the_character(code: str) -> None:
    alone = code_block(code, "java")
    in_item = tagged("ul", [tagged("li", [shown_text("item"), code_block(code, "java")])])
    in_cell = table([[("td", 1, [code_block(code, "")]), ("td", 1, [shown_text("next")])]])
    assert_shows(joined([alone, in_item, in_cell]))
