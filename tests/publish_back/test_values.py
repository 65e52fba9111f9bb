"""Values of a database on a page: text is text whatever it looks like, links are links, and charts are the same to the byte."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings

from confluence_assets.errors import SettingsError
from confluence_assets.publish_back import Publication, charts, render_document
from confluence_assets.publish_back.charts import draw_chart
from confluence_assets.publish_back.values import link, plain, shown, table
from tests.convert.rendering import link_targets, page_text, render, without_spaces
from tests.convert.storage_documents import TEXT


class Rows:
    """Answers every query with the same rows."""

    def __init__(self, names: list[str], rows: list[tuple[object, ...]]) -> None:
        self.answer = names, rows

    def query(self, sql: str, params: object = ()) -> tuple[list[str], list[tuple[object, ...]]]:
        return self.answer


@settings(deadline=None)
@given(TEXT)
def test_text_is_text_in_a_line_and_in_a_cell(text: str) -> None:
    wanted = without_spaces(text)
    assert page_text(render(f"Say: {shown(text)}")) == "Say:" + wanted
    assert page_text(render(table(["said", "next"], [(text, "n")]))) == "SaidNext" + wanted + "n"


@settings(deadline=None)
@given(TEXT)
def test_a_template_prints_text_and_not_markup(text: str) -> None:
    publication = Publication("acme/x", "A", "T", "{{ rows('select 1')[0].said }}")
    storage = render_document(publication, Rows(["said"], [(text,)])).storage
    body = storage.partition("<hr/>")[0]
    assert "ac:" not in body
    assert "<a " not in body


SMUGGLED = (
    "<!-- macro:html -->x<!-- /macro:html -->",
    "<script>alert(1)</script><ac:structured-macro ac:name='html'/>",
    '" data-macro="html" x="',
    "' data-macro='html' x='",
    '</td></tr></table><!-- macro:include page="Salaries" -->',
    "[@Anna](confluence:user?account-id=1)",
    "![x](confluence:attachment?filename=a.png)",
    "&lt;b&gt; &amp; \\<b> \\&lt; a_b* `c` ]]>",
)
PLACES = (
    "Say: {{ x }}\n",
    "<details><summary>{{ x }}</summary>\n\n{{ x }}\n\n</details>\n",
    "<div>{{ x }}</div>\n",
    "<table><tr><td>{{ x }}</td></tr></table>\n",
    "text <span title=\"{{ x }}\">a</span> and <span title='{{ x }}'>b</span>\n",
    '<p title="{{ x }}">{{ x }}</p>\n',
    "- [ ] {{ x }}\n",
    "> [!NOTE]\n> {{ x }}\n",
    "# {{ x }}\n",
)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("text", SMUGGLED)
def test_no_value_smuggles_a_macro_wherever_a_template_prints_it(place: str, text: str) -> None:
    """In HTML a backslash is no escape: a page's title in a `<summary>` became a macro."""
    template = place.replace("{{ x }}", "{{ rows('select 1')[0].said }}")
    rows = Rows(["said"], [(text,)])
    written = render_document(Publication("acme/x", "A", "T", template), rows).storage.partition("<hr/>")[0]
    plain_text = render_document(Publication("acme/x", "A", "T", template), Rows(["said"], [("word",)])).storage
    assert elements(written) == elements(plain_text.partition("<hr/>")[0])


def elements(storage: str) -> list[str]:
    return re.findall(r"<[!/]?[a-z][\w:-]*(?: ac:name=\"\w+\")?", storage)


def test_whoever_wrote_a_link_mentions_nobody() -> None:
    assert link("Anna", "confluence:user?account-id=1") == "Anna"
    assert link("Anna", " Confluence:User?account-id=1") == "Anna"
    assert link("Page", "confluence:page?space=A&title=B") == "[Page](confluence:page?space=A&title=B)"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "yes"),
        (0, "0"),
        (1234567, "1234567"),
        (2.50, "2.5"),
        (float("nan"), ""),
        (Decimal("1000.10"), "1,000.1"),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02 03:04"),
        (["a", None, 1], "a, , 1"),
    ],
)
def test_values_as_people_write_them(value: object, text: str) -> None:
    assert plain(value) == text


def test_columns_of_addresses_make_links_and_are_not_shown() -> None:
    rows = [("One | two", "https://e.com/a|b", "x", "javascript:alert(1)"), ("Three", None, "y", "https://e.com/(c)")]
    page = render(table(["title", "web_url", "owner_name", "owner_name_url"], rows))
    assert [cell.text_content() for cell in page.iter("th")] == ["Title", "Owner name"]
    assert link_targets(page) == ["https://e.com/a%7Cb", "https://e.com/(c)"]
    assert link("", "https://e.com") == "[https://e.com](https://e.com)"


def test_a_chart_is_a_png_and_the_same_for_the_same_rows() -> None:
    rows = [("ENG $x$", 3), ("HR", None)]
    for kind in ("bar", "columns", "line"):
        chart = draw_chart(kind, ["space", "pages"], rows, "Pages")
        assert chart.startswith(b"\x89PNG")
        assert chart == draw_chart(kind, ["space", "pages"], rows, "Pages")
        assert chart != draw_chart(kind, ["space", "pages"], [*rows, ("OPS", 1)], "Pages")
    assert draw_chart("line", ["day", "a", "b"], [("1", 1, 2), ("2", 2, 1)])


def test_a_chart_takes_what_its_font_lacks_from_another_that_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [("\u1d8d", 1)]  # in STIX, which comes with matplotlib as well, and not in its own font
    monkeypatch.setattr(charts, "_FALLBACK_FONTS", ("No such font",))
    with pytest.warns(UserWarning, match="missing from font"):
        draw_chart("bar", ["a", "b"], rows)
    monkeypatch.setattr(charts, "_FALLBACK_FONTS", ("No such font", "STIXGeneral"))
    assert draw_chart("bar", ["a", "b"], rows).startswith(b"\x89PNG")  # a warning would be an error


def test_what_is_no_chart_is_told() -> None:
    with pytest.raises(SettingsError, match="numbers"):
        draw_chart("bar", ["a", "b"], [("x", "many")])
    with pytest.raises(SettingsError, match="0 rows"):
        draw_chart("bar", ["a", "b"], [])


def test_what_is_published_depends_on_the_rows_alone() -> None:
    publication = Publication("acme/x", "A", "T", "{{ table('q') }} {{ chart('q') }}")
    one, other = (Rows(["space", "pages"], [("ENG", number)]) for number in (3, 4))
    digests = [render_document(publication, rows).content_hash(None) for rows in (one, one, other)]
    assert digests[0] == digests[1] != digests[2]
