"""HTML that is no storage format."""

from confluence_assets.convert import html_to_markdown


def test_html_becomes_markdown() -> None:
    html = "<h2>Title</h2><p>a <b>b</b></p><ul><li>c</li></ul><script>alert(1)</script><style>p {}</style>"
    assert html_to_markdown(html).split() == ["##", "Title", "a", "**b**", "-", "c"]


def test_html_that_no_converter_follows_gives_its_text() -> None:
    assert html_to_markdown("<div>" * 5_000 + "deep" + "</div>" * 5_000) == "deep"
    assert "x" in html_to_markdown("<![CDh2>x")
    assert html_to_markdown("") == ""
