"""What the resolver knows, and what is found on the way."""

from confluence_assets.convert import (
    AttachmentReference,
    ConversionContext,
    Heading,
    IncludedBody,
    Inclusion,
    Link,
    LinkTarget,
    Mention,
    UnresolvedResolver,
    UserTarget,
    convert_storage,
    extract_excerpts,
    storage_to_markdown,
)
from confluence_assets.convert.excerpts import find_excerpt

HERE = ConversionContext(content_id="1", space_key="DEV", title="Here")
LINKS = """<h1>Top &amp; <em>more</em></h1>
<p><ac:link ac:anchor="part"><ri:page ri:content-title="Known"/><ac:link-body>read <strong>this</strong></ac:link-body></ac:link>
<ac:link><ri:page ri:space-key="OPS" ri:content-title="Gone"/></ac:link>
<ac:link><ri:user ri:account-id="a1"/></ac:link> <ac:link><ri:attachment ri:filename="f.pdf"/></ac:link>
<ac:link><ri:space ri:space-key="OPS"/></ac:link> <a href="https://e.com/x#y">out</a> <a href="#part">down</a>
<ac:link><ri:blog-post ri:content-title="News" ri:posting-day="2024/01/02"/></ac:link></p>"""


class Known(UnresolvedResolver):
    def __init__(self, bodies: dict[str, str] | None = None) -> None:
        self.bodies = bodies or {}

    def page(self, space_key: str | None, title: str) -> LinkTarget | None:
        if title == "Known":
            return LinkTarget(f"https://site/{space_key}/known", content_id="7")
        return LinkTarget("", is_broken=True) if title == "Gone" else None

    def user(self, *, account_id: str | None, user_key: str | None, username: str | None) -> UserTarget | None:
        return UserTarget("Ann Lee", account_id=account_id, url="https://site/people/a1")

    def attachment(
        self, filename: str, *, space_key: str | None, title: str | None, context: ConversionContext
    ) -> LinkTarget | None:
        return LinkTarget(f"files/{context.content_id}/{filename}", content_id="att9")

    def jira_issue(self, key: str, server: str | None) -> str | None:
        return f"https://jira/browse/{key}"

    def include(self, space_key: str | None, title: str) -> IncludedBody | None:
        body = self.bodies.get(title)
        return IncludedBody(body, space_key=space_key, title=title) if body is not None else None

    def excerpt(self, space_key: str | None, title: str, name: str | None) -> IncludedBody | None:
        found = find_excerpt(self.bodies.get(title, ""), name)
        return IncludedBody(found.storage, space_key=space_key, title=f"{title}#{name}") if found else None


def include(title: str) -> str:
    link = f'<ac:link><ri:page ri:content-title="{title}"/></ac:link>'
    return (
        f'<ac:structured-macro ac:name="include"><ac:parameter ac:name="">{link}</ac:parameter></ac:structured-macro>'
    )


def excerpt_include(title: str, name: str) -> str:
    return (
        include(title)
        .replace('"include"', '"excerpt-include"')
        .replace("</ac:parameter>", f'</ac:parameter><ac:parameter ac:name="name">{name}</ac:parameter>')
    )


def test_links_in_order_with_what_is_known() -> None:
    document = convert_storage(LINKS, resolver=Known(), context=HERE)
    gone = "confluence:page?space=OPS&title=Gone"
    blog = "confluence:blogpost?title=News&day=2024%2F01%2F02"
    assert list(document.links) == [
        Link("page", "7", "DEV", "Known", "https://site/DEV/known#part", "part", "read this", False),
        Link("page", None, "OPS", "Gone", gone, None, "Gone", True),
        Link("user", "a1", None, "Ann Lee", "https://site/people/a1", None, "@Ann Lee"),
        Link("attachment", "att9", "DEV", "f.pdf", "files/1/f.pdf", None, "f.pdf", False),
        Link("space", None, "OPS", None, "confluence:space?key=OPS", None, "OPS"),
        Link("external", None, None, None, "https://e.com/x#y", "y", "out"),
        Link("anchor", None, None, None, "#part", "part", "down"),
        Link("blogpost", None, "DEV", "News", blog, None, "News"),
    ]
    assert "[read **this**](https://site/DEV/known#part)" in document.markdown
    assert "[@Ann Lee](https://site/people/a1)" in document.markdown
    assert "[f.pdf](files/1/f.pdf)" in document.markdown


def test_the_rest_of_what_is_found() -> None:
    document = convert_storage(LINKS, context=HERE)
    assert document.headings == (Heading(1, "Top & more"),)
    assert document.mentions == (Mention(account_id="a1"),)
    assert document.attachments == (AttachmentReference("f.pdf", "DEV"),)
    assert convert_storage("<p>one <b>two</b> 漢字 <a href='https://e.com/x'>three</a></p>").word_count == 5
    assert document.markdown == storage_to_markdown(LINKS, context=HERE)


def test_jira_issues_are_links_where_the_server_is_known() -> None:
    macro = '<p><ac:structured-macro ac:name="jira"><ac:parameter ac:name="key">OPS-1</ac:parameter></ac:structured-macro></p>'
    assert storage_to_markdown(macro, resolver=Known()) == "[OPS-1](https://jira/browse/OPS-1)"


def test_an_include_brings_the_other_pages_text_and_not_its_links() -> None:
    other = '<p>Shared <a href="https://other">text</a></p>'
    document = convert_storage(f"<p>a</p>{include('Other')}<p>b</p>", resolver=Known({"Other": other}), context=HERE)
    assert document.markdown == (
        'a\n\n<!-- macro:include page="Other" -->\n\nShared [text](https://other)\n\n<!-- /macro:include -->\n\nb'
    )
    assert document.inclusions == (Inclusion("include", "Other", "DEV", None, True),)
    assert [link.target_type for link in document.links] == ["include"]


def test_what_is_included_in_a_cell_is_apart_from_its_text() -> None:
    table = f"<table><tbody><tr><td>a{include('Other')}b</td></tr></tbody></table>"
    markdown = storage_to_markdown(table, resolver=Known({"Other": "<p>shared</p>"}))
    cell = 'a<!-- macro:include page="Other" --><br>shared<!-- /macro:include --><br>b'
    assert markdown.split("\n")[-1] == f"| {cell} |"


def test_includes_in_a_circle_end_with_a_link() -> None:
    bodies = {"A": f"<p>in a</p>{include('B')}", "B": f"<p>in b</p>{include('A')}{include('Here')}"}
    document = convert_storage(
        include("A"), resolver=Known(bodies), context=ConversionContext(space_key="DEV", title="Here")
    )
    assert document.markdown.count("in a") == document.markdown.count("in b") == 1
    assert "[A](confluence:page?title=A)" in document.markdown
    assert "[Here](confluence:page?title=Here)" in document.markdown


def test_includes_that_double_at_every_level_stay_bounded() -> None:
    bodies = {f"P{n}": "word " * 1000 + include(f"P{n + 1}") * 30 for n in range(6)}
    markdown = storage_to_markdown(include("P0"), resolver=Known(bodies))
    assert len(markdown) < 12_000_000


def test_an_excerpt_by_its_name() -> None:
    other = """<ac:structured-macro ac:name="excerpt"><ac:rich-text-body><p>first</p></ac:rich-text-body></ac:structured-macro>
    <ac:structured-macro ac:name="excerpt"><ac:parameter ac:name="name">intro</ac:parameter><ac:rich-text-body>
    <p>second <ac:emoticon ac:name="tick"/></p></ac:rich-text-body></ac:structured-macro>"""
    assert [excerpt.name for excerpt in extract_excerpts(other)] == [None, "intro"]
    markdown = storage_to_markdown(excerpt_include("Other", "intro"), resolver=Known({"Other": other}))
    assert markdown == '<!-- macro:excerpt-include page="Other" -->\n\nsecond ✅\n\n<!-- /macro:excerpt-include -->'
    assert extract_excerpts("<p>none</p>") == ()
