"""Pieces for search."""

import re
from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from confluence_assets.convert import chunk_markdown, storage_to_markdown
from tests.convert.storage_documents import DOCUMENT, Shown

SENTENCE = "The quick brown fox jumps over the lazy dog number {}."


def prose(start: int, count: int) -> str:
    return "\n\n".join(" ".join(SENTENCE.format(f"{n}{k}") for k in "abc") for n in range(start, start + count))


def test_headings_make_the_path() -> None:
    markdown = "intro\n\n# A *b*\n\none\n\n## C\n\ntwo\n\n### D\n\nthree\n\n## E\n\nfour\n\n# F\n\nfive"
    assert [(chunk.heading_path, chunk.text) for chunk in chunk_markdown(markdown)] == [
        ((), "intro"),
        (("A b",), "# A *b*\n\none"),
        (("A b", "C"), "## C\n\ntwo"),
        (("A b", "C", "D"), "### D\n\nthree"),
        (("A b", "E"), "## E\n\nfour"),
        (("F",), "# F\n\nfive"),
    ]


def test_pieces_are_of_the_set_size() -> None:
    chunks = chunk_markdown(prose(0, 60), target_tokens=120)
    assert len(chunks) > 10
    assert all(60 <= chunk.token_estimate <= 120 for chunk in chunks[:-1])


def test_a_heading_in_code_is_none() -> None:
    markdown = "# A\n\n```\n# not a heading\n\n```\n\n- item\n\n  ```\n  # nor this\n  ```"
    assert {chunk.heading_path for chunk in chunk_markdown(markdown)} == {("A",)}


def test_code_is_never_cut() -> None:
    code = "```python\n" + "\n".join(f"line_{n} = {n}\n" for n in range(200)) + "```"
    markdown = f"{prose(0, 3)}\n\n{code}\n\n{prose(3, 3)}"
    assert [chunk.text for chunk in chunk_markdown(markdown, target_tokens=50) if "line_" in chunk.text] == [code]


def test_rows_are_never_cut_and_pieces_repeat_the_header() -> None:
    rows = [f"| cell {n} with some words | {'more ' * 5}{n} |" for n in range(40)]
    markdown = "\n".join(["| Name | Note |", "| --- | --- |", *rows])
    chunks = chunk_markdown(markdown, target_tokens=80)
    assert len(chunks) > 4
    assert all(chunk.text.startswith("| Name | Note |\n| --- | --- |\n") for chunk in chunks)
    assert [row for chunk in chunks for row in chunk.text.split("\n")[2:]] == rows


def test_an_html_table_is_cut_between_its_rows() -> None:
    cell = '<td colspan="2"><p>some words</p><table><tbody><tr><td>in {}</td></tr></tbody></table></td>'
    storage = "<table><tbody>" + "".join(f"<tr>{cell.format(n)}</tr>" for n in range(12)) + "</tbody></table>"
    chunks = chunk_markdown(storage_to_markdown(storage), target_tokens=90)
    assert len(chunks) > 2
    for chunk in chunks:
        assert chunk.text.count("<table>") == chunk.text.count("</table>") == 1
        assert chunk.text.count("<tr>") == chunk.text.count("</tr>")


def test_an_edit_leaves_the_pieces_of_other_sections_alone() -> None:
    sections = [f"# Section {n}\n\n{prose(n * 100, 20)}" for n in range(5)]
    before = chunk_markdown("\n\n".join(sections), target_tokens=100)
    sections[2] = sections[2].replace("number 205a", "number 205a, edited at some length,")
    after = chunk_markdown("\n\n".join(sections), target_tokens=100)
    untouched = [chunk for chunk in before if chunk.heading_path != ("Section 2",)]
    assert [chunk for chunk in after if chunk.heading_path != ("Section 2",)] == untouched


def test_an_edit_changes_few_pieces_of_a_long_section() -> None:
    text = prose(0, 150)
    before = {chunk.text for chunk in chunk_markdown(text, target_tokens=150)}
    after = {chunk.text for chunk in chunk_markdown(f"A new first paragraph.\n\n{text}", target_tokens=150)}
    assert len(after - before) <= 0.3 * len(before)


def test_overlap_is_whole_sentences_of_the_piece_before() -> None:
    plain = chunk_markdown(prose(0, 20), target_tokens=100)
    overlapping = chunk_markdown(prose(0, 20), target_tokens=100, overlap_tokens=30)
    assert len(plain) == len(overlapping)
    for before, chunk, whole in zip(plain, plain[1:], overlapping[1:], strict=False):
        overlap = whole.text.removesuffix(chunk.text).strip()
        assert overlap
        assert before.text.endswith(overlap)
        assert overlap.startswith("The quick")


def test_pieces_that_show_nothing_are_left_out() -> None:
    assert chunk_markdown("") == []
    assert chunk_markdown("<!-- macro:toc -->\n\n---") == []


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(DOCUMENT, st.integers(1, 60))
def test_no_word_is_lost(document: Shown, target_tokens: int) -> None:
    markdown = re.sub(r"<!--.*?-->", "", storage_to_markdown(document.storage))
    pieces = "".join(chunk.text for chunk in chunk_markdown(markdown, target_tokens=target_tokens))
    lost = Counter(filter(str.isalnum, markdown)) - Counter(filter(str.isalnum, pieces))
    assert not lost


def test_the_number_of_an_item_stays_with_its_table() -> None:
    row = "   <tr>\n   <td>\n\n   one two three\n\n   </td>\n   </tr>"
    markdown = f"1. first\n2. <table>\n{row}\n{row}\n   </table>"
    chunks = [chunk.text for chunk in chunk_markdown(markdown, target_tokens=4)]
    assert chunks == ["1. first", f"2. <table>\n{row}\n   </table>", f"   <table>\n{row}\n   </table>"]
    assert [chunk.text for chunk in chunk_markdown("1. a\n2. <table>\n   </table>", target_tokens=1)] == ["1. a", "2."]


def test_a_tag_in_text_begins_no_table() -> None:
    storage = "<p>A <code>&lt;table&gt;</code>, a &lt;table&gt;</p><h1>Next</h1><p>goes on</p>"
    chunks = chunk_markdown(storage_to_markdown(storage), target_tokens=10)
    assert [(chunk.heading_path, chunk.text) for chunk in chunks] == [
        ((), "A `<table>`, a \\<table>"),
        (("Next",), "# Next\n\ngoes on"),
    ]


def test_tags_in_code_in_a_cell_cut_no_row() -> None:
    code = "```\n<table>\n<tr>\n</tr>\n</table>\n" + "code\n" * 20 + "```"
    table = f"<table>\n<tr>\n<td>\n\n{code}\n\n</td>\n</tr>\n<tr>\n<td>\n\nlast\n\n</td>\n</tr>\n</table>"
    chunks = [chunk.text for chunk in chunk_markdown(f"{table}\n\nafter", target_tokens=10)]
    assert chunks == [
        f"<table>\n<tr>\n<td>\n\n{code}\n\n</td>\n</tr>\n</table>",
        "<table>\n<tr>\n<td>\n\nlast\n\n</td>\n</tr>\n</table>",
        "after",
    ]


def test_tables_in_quotes_and_lists_stay_in_them() -> None:
    row = "<tr>\n<td>\n\none two three four\n\n</td>\n</tr>"
    table = f"<table>\n{row}\n{row}\n</table>"
    quoted = "\n".join(f"> {line}".rstrip() for line in table.split("\n"))
    in_item = "- " + table.replace("\n", "\n  ")
    quote_pieces = [chunk.text for chunk in chunk_markdown(quoted, target_tokens=12)]
    assert quote_pieces == ["\n".join(f"> {line}".rstrip() for line in f"<table>\n{row}\n</table>".split("\n"))] * 2
    item_pieces = [chunk.text for chunk in chunk_markdown(f"{in_item}\n- next", target_tokens=12)]
    assert [piece.count("<tr>") for piece in item_pieces] == [1, 1, 0]
    assert item_pieces[-1] == "- next"


def test_pieces_of_nested_lists_are_no_code() -> None:
    markdown = "- one\n  - two\n    - three words here\n    - four words here"
    chunks = [chunk.text for chunk in chunk_markdown(markdown, target_tokens=6)]
    assert chunks == ["- one\n  - two", "- three words here", "- four words here"]


def test_many_tables_in_one_list() -> None:
    table = "- <table>\n  <tr>\n  <td>\n\n  word\n\n  </td>\n  </tr>\n  </table>"
    chunks = chunk_markdown("\n".join([table] * 3000), target_tokens=5)
    assert sum(chunk.text.count("word") for chunk in chunks) == 3000
