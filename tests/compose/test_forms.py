"""What each form of Markdown becomes, to the character; and that anything at all becomes well-formed storage format."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from confluence_assets.compose import ComposeOptions, PageReference, markdown_to_storage
from confluence_assets.convert import storage_to_markdown
from confluence_assets.errors import ConversionError
from tests.compose.test_identity import EXAMPLES, there_and_back, well_formed
from tests.convert.storage_documents import NASTY

CODE = '<ac:structured-macro ac:name="code">{}<ac:plain-text-body><![CDATA[{}]]></ac:plain-text-body></ac:structured-macro>'
PANEL = '<ac:structured-macro ac:name="{}"><ac:rich-text-body><p>x</p></ac:rich-text-body></ac:structured-macro>'


def language(name: str) -> str:
    return f'<ac:parameter ac:name="language">{name}</ac:parameter>'


@pytest.mark.parametrize(
    ("markdown", "storage"),
    [
        ("", ""),
        ("a & b < c", "<p>a &amp; b &lt; c</p>"),
        ("one\\\ntwo", "<p>one<br/>two</p>"),
        # quotes of the other kind, and what Python's parser of HTML takes for a section of SGML: both ended with an error
        (
            "<span data-macro='footnote'>x</span>",
            '<p><ac:structured-macro ac:name="footnote"><ac:rich-text-body>x</ac:rich-text-body></ac:structured-macro></p>',
        ),
        ("<u>\n<![x] y</u>", "<p><u>\n&lt;![x] y</u></p>"),
        ("one\ntwo", "<p>one two</p>"),
        ("# A *b*", "<h1>A <em>b</em></h1>"),
        ("**a** ~~b~~ <u>c</u>", "<p><strong>a</strong> <del>b</del> <u>c</u></p>"),
        ("- a\n  1. b", "<ul><li><p>a</p><ol><li><p>b</p></li></ol></li></ul>"),
        ("3. c", '<ol start="3"><li><p>c</p></li></ol>'),
        ("> q", "<blockquote><p>q</p></blockquote>"),
        ("> [!NOTE]\n> x", PANEL.format("info")),
        ("> [!TIP]\n> x", PANEL.format("tip")),
        ("> [!WARNING]\n> x", PANEL.format("note")),
        ("> [!CAUTION]\n> x", PANEL.format("warning")),
        ("```java\na]]>b\n```", CODE.format(language("java"), "a]]]]><![CDATA[>b")),
        ("    indented", CODE.format("", "indented")),
        ("|a|b|\n|-|-|\n|1|2 \\| 3|", "<table><tbody><tr><th><p>a</p></th><th><p>b</p></th></tr>"
         "<tr><td><p>1</p></td><td><p>2 | 3</p></td></tr></tbody></table>"),
        ("|||\n|-|-|\n|**k**|v|", "<table><tbody><tr><th><p>k</p></th><td><p>v</p></td></tr></tbody></table>"),
        ("[a](https://e.com/?b=1&c=2)", '<p><a href="https://e.com/?b=1&amp;c=2">a</a></p>'),
        ("[a](javascript:alert(1))", "<p>a</p>"),
        ("<javascript:alert(1)>", "<p>javascript:alert(1)</p>"),
        ("<a href='java&#10;script:alert(1)'>a</a> ![b](javascript:alert(1))", "<p>a b</p>"),
        ("<me@e.com>", '<p><a href="mailto:me@e.com">me@e.com</a></p>'),
        ("<https://e.com>", '<p><a href="https://e.com" data-card-appearance="inline">https://e.com</a></p>'),
        ("[T](confluence:page?space=K&title=T)",
         '<p><ac:link><ri:page ri:space-key="K" ri:content-title="T"/></ac:link></p>'),
        ("[b](confluence:page?title=T#part)",
         '<p><ac:link ac:anchor="part"><ri:page ri:content-title="T"/><ac:link-body>b</ac:link-body></ac:link></p>'),
        ("[T](confluence:page?title=T)s **[T](confluence:page?title=T)**",
         '<p><ac:link><ri:page ri:content-title="T"/><ac:link-body>T</ac:link-body></ac:link>s '
         '<strong><ac:link><ri:page ri:content-title="T"/></ac:link></strong></p>'),
        ("[@Ann](confluence:user?account-id=5%3Ab)", '<p><ac:link><ri:user ri:account-id="5:b"/></ac:link></p>'),
        ("![p](a%20b.png)", '<p><ac:image ac:alt="p"><ri:attachment ri:filename="a b.png"/></ac:image></p>'),
        ("[f](confluence:attachment?id=7&filename=f)", '<p><ac:link><ri:attachment ri:filename="f">'
         '<ri:content-entity ri:content-id="7"/></ri:attachment></ac:link></p>'),
        ("![p](https://e.com/a.png \"t\")",
         '<p><ac:image ac:alt="p" ac:title="t"><ri:url ri:value="https://e.com/a.png"/></ac:image></p>'),
        ("<script>alert(1)</script>", ""),
        ("<div onclick='x'>a <b>b</b></div>", "<p>a <strong>b</strong></p>"),
        ("<time datetime='2024-02-29'>", '<p><time datetime="2024-02-29"/></p>'),
        ("a <!-- c --> b", "<p>a  b</p>"),
        ("</td></ul> x **y", "<p> x **y</p>"),
        ("😀 ✅", "<p>😀 ✅</p>"),
    ],
)  # fmt: skip
def test_form(markdown: str, storage: str) -> None:
    assert well_formed(markdown_to_storage(markdown)) == storage


def test_a_task_is_due_on_the_date_in_its_line() -> None:
    storage = markdown_to_storage("- [ ] ask [@x](confluence:user?username=x) 2026-12-24\n- [x] done in 2026-13-01")
    assert "<ac:task-status>incomplete</ac:task-status><ac:task-body><span>ask <ac:link><ri:user" in storage
    assert '<time datetime="2026-12-24"/></span>' in storage
    assert "<ac:task-status>complete</ac:task-status><ac:task-body><span>done in 2026-13-01</span>" in storage


def test_lists_of_tasks_and_others_stand_side_by_side() -> None:
    assert there_and_back("- [ ] a\n- b\n- [x] c") == "- [ ] a\n\n+ b\n\n- [x] c"


def test_a_bold_line_before_code_is_its_title() -> None:
    titled = markdown_to_storage("**A.java**\n\n```java\nx\n```")
    assert titled == markdown_to_storage('```java title="A.java"\nx\n```')
    assert '<ac:parameter ac:name="title">A.java</ac:parameter>' in titled
    assert "title" not in markdown_to_storage("**Like this:**\n\n```\nx\n```")


def test_pages_that_are_known_by_their_address_are_linked_as_pages() -> None:
    known = {"https://acme.example/wiki/1": PageReference(title="One", space_key="K")}
    options = ComposeOptions(page_of=lambda url: known.get(url.partition("#")[0]))
    link = markdown_to_storage("[x](https://acme.example/wiki/1#p)", options=options)
    page = '<ri:page ri:space-key="K" ri:content-title="One"/>'
    assert link == f'<p><ac:link ac:anchor="p">{page}<ac:link-body>x</ac:link-body></ac:link></p>'


def test_macros_of_apps_where_the_site_has_them() -> None:
    assert 'ac:name="mathblock"' in markdown_to_storage("```math\nx\n```")
    assert 'ac:name="code"' in markdown_to_storage("```mermaid\nx\n```")
    mermaid = ComposeOptions(app_macros=frozenset({"mermaid"}))
    assert 'ac:name="mermaid"' in markdown_to_storage("```mermaid\nx\n```", options=mermaid)
    assert markdown_to_storage("$`x`$", options=mermaid) == "<p>$<code>x</code>$</p>"


def test_data_center_has_no_panel_of_the_editor() -> None:
    on_premises = markdown_to_storage("> [!IMPORTANT]\n> x", options=ComposeOptions(is_cloud=False))
    assert "adf" not in on_premises
    assert storage_to_markdown(on_premises) == "> [!IMPORTANT]\n> x"


def quotes(depth: int) -> str:
    return "> " * depth + "x"


def lists(depth: int) -> str:
    return "".join(f"{'  ' * level}- {level}\n" for level in range(depth))


@pytest.mark.parametrize(("nested", "depth"), [(quotes, 99), (lists, 49)])
def test_deep_nesting_is_kept(nested: Callable[[int], str], depth: int) -> None:
    last = "x" if nested is quotes else str(depth - 1)
    assert f"<p>{last}</p>" in well_formed(markdown_to_storage(nested(depth)))


@pytest.mark.parametrize("depth", [105, 119, 120, 121, 400])
@pytest.mark.parametrize("nested", [quotes, lists])
def test_bottomless_nesting_is_refused_and_nothing_lost_in_silence(nested: Callable[[int], str], depth: int) -> None:
    with pytest.raises(ConversionError, match="more than 100 levels deep"):
        markdown_to_storage(nested(depth))


def test_marks_without_end_are_text() -> None:
    assert markdown_to_storage("*a " * 300).count("*a") == 300


MARKUP = st.sampled_from(
    [
        *("\n", "\n\n", "- ", "1. ", "> ", "# ", "```\n", "| a | b |\n|---|---|\n", "<td>", "</td>", "<table>", "</table>"),
        *("<!-- macro:x y=\"z\" -->\n", "<!-- /macro:x -->\n", "<span data-macro=\"m\" a=\"b\">", "</span>", "<kbd>", "</kbd>"),
        *("<details>\n<summary>s</summary>\n\n", "</details>\n", "[!NOTE]\n", "[ ] ", "**", "*", "~~", "`", "<br>", "<p>"),
        *("[a](b)", "![a](b)", "<li>", "<ul>", "</ul>", "<!--", "-->", "&#0;", "&#xD800;", "\x00", "\x0b", "\ud800", "$`x`$"),
    ]
)  # fmt: skip


@settings(max_examples=EXAMPLES * 3, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(MARKUP | st.text(NASTY, max_size=8), max_size=12).map("".join))
def test_anything_becomes_well_formed_and_settles(markdown: str) -> None:
    """What is read back is the way the converter writes it, and stays as it is from then on."""
    once = there_and_back(markdown)
    twice = there_and_back(once)
    assert there_and_back(twice) == twice
