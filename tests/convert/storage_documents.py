"""Random documents in storage format, each with what a reader must see of it, for rendering back."""

import html
from dataclasses import dataclass, field

from hypothesis import strategies as st

NASTY = "*_|<>[]`#~&!+-=1.)(\\ \n:;@/{}^$\"'%?!aB7 éß漢字한글אبЖ\u200b\u200d\u200e\u200f\u2028\xa0\xad€©→“”。…😀"
PIECES = st.one_of(
    st.text(NASTY, min_size=1, max_size=12),
    st.sampled_from(
        [
            *("word", "two words", " padded ", "snake_case_name", "1. ", "1) x", "- ", "+ a", "# ", "> q", "| a | b |"),
            *("---", "===", "***", "```", "~~~", "    four", "&amp;", "&nbsp;", "&#42;", "<b>", "</td>", "<!-- c -->"),
            *("[x](y)", "![i](j)", "[ ] ", "[^1]", "[a]: b", "http://e.com/a_b_(c)*", "a*b*c", "a_b_c", "**", "__"),
            *("C:\\dir\\*", "\\", "\\\\", "a\\|b", "(x)", "*(y)*", "data(DB)", "|---|", ":-:", "$x$", "]]>", "&"),
        ]
    ),
)
TEXT = st.lists(PIECES, min_size=1, max_size=4).map("".join)
CODE = st.text(NASTY + "`\t", max_size=40) | TEXT
URLS = st.sampled_from(
    [
        *("https://example.com/", "https://e.com/a_(b)", "https://e.com/?q=1&lt;2&copy=3", "https://e.com/a b|c*d_e_"),
        *("#here", "/relative/ü", "mailto:a@b.c", "https://e.com/`x`", "https://e.com/((", "https://e.com/\\x"),
    ]
)
MARKS = ("strong", "em", "del", "u", "sub", "sup", "b", "i", "span", "ac:inline-comment-marker")
PANELS = ("info", "note", "tip", "warning", "panel")


@dataclass
class Shown:
    """A piece of storage format, and what it shows: text in order, code blocks, addresses of links."""

    storage: str
    text: str = ""
    code: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)


def joined(parts: list[Shown], before: str = "", after: str = "", title: str = "") -> Shown:
    return Shown(
        before + "".join(part.storage for part in parts) + after,
        title + "".join(part.text for part in parts),
        [code for part in parts for code in part.code],
        [link for part in parts for link in part.links],
    )


def shown_text(text: str) -> Shown:
    return Shown(html.escape(text), text)


def cdata(text: str) -> str:
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def macro(name: str, content: str, **parameters: str) -> str:
    values = "".join(f'<ac:parameter ac:name="{key}">{html.escape(v)}</ac:parameter>' for key, v in parameters.items())
    return f'<ac:structured-macro ac:name="{name}">{values}{content}</ac:structured-macro>'


@st.composite
def links(draw: st.DrawFn, content: st.SearchStrategy[list[Shown]]) -> Shown:
    url, parts = draw(URLS), draw(content)
    if joined(parts).links:
        return joined(parts)
    body = joined(parts, f'<a href="{html.escape(url)}">', "</a>")
    body.links = [url] if body.text.strip() else []
    return body


def inline_code(text: str) -> Shown:
    return Shown(f"<code>{html.escape(text)}</code>", text)


def status(title: str) -> Shown:
    return Shown(macro("status", "", title=title, colour="Green"), title)


def extend_inline(inner: st.SearchStrategy[Shown]) -> st.SearchStrategy[Shown]:
    content = st.lists(inner, min_size=1, max_size=3)
    marked = st.tuples(st.sampled_from(MARKS), content).map(
        lambda pair: joined(pair[1], f"<{pair[0]}>", f"</{pair[0]}>")
    )
    return st.one_of(marked, marked, links(content))


INLINE = st.recursive(
    st.one_of(
        TEXT.map(shown_text),
        TEXT.map(shown_text),
        TEXT.map(inline_code),
        TEXT.map(status),
        st.just(Shown("<br/>")),
        st.just(Shown('<time datetime="2024-02-29"/>', "2024-02-29")),
    ),
    extend_inline,
    max_leaves=6,
)
LINE = st.lists(INLINE, min_size=1, max_size=4)


def code_block(code: str, language: str) -> Shown:
    storage = macro("code", f"<ac:plain-text-body>{cdata(code)}</ac:plain-text-body>", language=language)
    return Shown(storage, code, [code])


def tagged(name: str, parts: list[Shown]) -> Shown:
    return joined(parts, f"<{name}>", f"</{name}>")


def panel(name: str, title: str, parts: list[Shown]) -> Shown:
    body = "".join(part.storage for part in parts)
    rich = f"<ac:rich-text-body>{body}</ac:rich-text-body>"
    whole = joined(parts, title=title)
    whole.storage = macro(name, rich, title=title)
    return whole


def tasks(items: list[tuple[bool, list[Shown]]]) -> Shown:
    written = [
        joined(
            parts,
            f"<ac:task><ac:task-id>7</ac:task-id><ac:task-status>{'complete' if done else 'incomplete'}"
            "</ac:task-status><ac:task-body>",
            "</ac:task-body></ac:task>",
        )
        for done, parts in items
    ]
    return joined(written, "<ac:task-list>", "</ac:task-list>")


def table(rows: list[list[tuple[str, int, list[Shown]]]]) -> Shown:
    written = []
    for row in rows:
        cells = [
            joined(parts, f'<{name} colspan="{span}">' if span > 1 else f"<{name}>", f"</{name}>")
            for name, span, parts in row
        ]
        written.append(joined(cells, "<tr>", "</tr>"))
    return joined(written, "<table><tbody>", "</tbody></table>")


def extend_blocks(inner: st.SearchStrategy[Shown]) -> st.SearchStrategy[Shown]:
    blocks = st.lists(inner, min_size=1, max_size=3)
    content = st.one_of(LINE, blocks, st.tuples(LINE, blocks).map(lambda pair: pair[0] + pair[1]))
    items = st.lists(content.map(lambda parts: tagged("li", parts)), min_size=1, max_size=3)
    cell = st.tuples(st.sampled_from(["td", "td", "th"]), st.sampled_from([1, 1, 1, 1, 2]), content)
    simple = st.tuples(st.sampled_from(["td", "th"]), st.just(1), LINE)
    rows = st.one_of(
        st.lists(st.lists(kind, min_size=1, max_size=3), min_size=1, max_size=3) for kind in (cell, simple)
    )
    return st.one_of(
        items.map(lambda parts: tagged("ul", parts)),
        items.map(lambda parts: tagged("ol", parts)),
        st.tuples(st.lists(st.tuples(st.booleans(), content), min_size=1, max_size=3)).map(lambda one: tasks(one[0])),
        rows.map(table),
        blocks.map(lambda parts: tagged("blockquote", parts)),
        blocks.map(lambda parts: tagged("div", parts)),
        st.builds(panel, st.sampled_from((*PANELS, "expand", "some-macro")), TEXT.filter(str.strip), blocks),
    )


BLOCK = st.recursive(
    st.one_of(
        LINE.map(lambda parts: tagged("p", parts)),
        LINE.map(lambda parts: tagged("p", parts)),
        st.tuples(st.integers(1, 6), LINE).map(lambda pair: tagged(f"h{pair[0]}", pair[1])),
        st.builds(code_block, CODE, st.sampled_from(["", "java", "c++", "html and xml"])),
        CODE.map(lambda code: Shown(f"<pre>x{html.escape(code)}</pre>", "x" + code, ["x" + code])),
        st.just(Shown("<hr/>")),
    ),
    extend_blocks,
    max_leaves=8,
)
DOCUMENT = st.lists(BLOCK, min_size=1, max_size=4).map(joined)
