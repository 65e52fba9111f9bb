"""Text as Markdown that renders back to the same text, in the places where text may stand."""

import html
import re

BREAK = "\x00"
"""A line break inside inline content, until it is known where the content stands. XML can't hold this character."""

EDGE = "\x01"
"""The edge of something that a page shows apart from the text around it; a space where it would join two words."""

PARTED = "<span></span>"
"""What keeps two pieces of code apart that would become one; shows nothing."""

SPACES = " \t\n\r\f"

NEEDS_CARE = re.compile(r"[\\`*_\[\]<~&|\t\n\r\f]|  ").search
"""Whether text has anything to escape or to collapse."""

_IS_SPACED = re.compile(r"[\t\n\r\f]|  ").search
_SPACE_RUN = re.compile(r"[ \t\n\r\f]+")
_MARKUP = re.compile(
    r"[`*\[\]~]"
    r"|_(?![^\W_])|(?<![^\W_])_"  # between letters an underscore is no markup
    r"|\\(?=[!-/:-@\[-`{-~]|\s*$)"
    r"|<(?![\s\d=-])"
    r"|&(?=#?\w*(?:;|$))"
)
_LINE_START = re.compile(r"(?:[-+]|#{1,6}|\d{1,9}(?P<mark>[.)]))(?=[ \t]|$)|>|=+[ \t]*$|[-|:][-|: \t]*$")
_DEFINITION = re.compile(r"\[(?:[^\[\]\\]|\\.)*+\]:", re.DOTALL)
LINE_STARTERS = frozenset("-+#>=|:0123456789[")
"""What a line must begin with to be taken for a block."""

_BACKTICKS = re.compile(r"`+")
_UNSAFE_IN_URL = re.compile(r"[\x00-\x20<>`|\\\"()\x7f]|&(?=#?\w+;)")
_ONE_LEVEL = re.compile(r"[^()]*(?:\([^()]*\)[^()]*)*")
_AROUND_WORD = (
    r"\[|\]\((?:[^()\s]|\([^()\s]*\))*+\)|</?(?!https?:)\w[^<>]*+>|\*+|~~| ?`+|"
    r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0f\ufeff]"
)
"""What may stand between a word and its edge: marks, and characters that don't show."""

_JOINED = re.compile(
    rf"((?:[^\W_](?:{_AROUND_WORD})*+|<https?:[^<>\s]*[^\W_]>))\x01((?:`+ ?|{_AROUND_WORD}|\x01)*+)(?=[^\W_]|<https?:)"
)
_EDGES = re.compile(r"\x01\x01+")
_FREE_EDGE = re.compile(r"(?<![^\s(])\x01|\x01(?![^\s.,;:!?)])")
"""Edges that nothing touches: nearly all."""

_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_TAGS = re.compile(r"<[^<>]*>")
_LITERAL = re.compile(r"[\n\t\\`*_\[\]~|]|(?<= ) |^ | $")
PLAIN_URL = re.compile(r"https?://(?!xn--)(?:(?!\.xn--)[^\s<>\\`|%])+")
"""An address that may stand for itself between `<` and `>`, and that no renderer shows decoded."""

_UNSAFE_SCHEME = re.compile(r"\s*(?:javascript|vbscript|data)\s*:", re.IGNORECASE)


def collapse(text: str) -> str:
    """White space as one space; a no-break space is no white space."""
    return _SPACE_RUN.sub(" ", text)


def escape_text(text: str) -> str:
    """Inline Markdown that shows this text; `escape_line_starts` does the rest where a line begins."""
    if _IS_SPACED(text):
        text = _SPACE_RUN.sub(" ", text)
    return _MARKUP.sub(r"\\\g<0>", text)


def escape_line_start(line: str) -> str:
    """The line, so that it begins no list, heading, quote, table, underline or definition of a link."""
    if line[:1] == "[":
        return f"{PARTED}{line}" if _DEFINITION.match(line) else line
    found = _LINE_START.match(line)
    if not found:
        return line
    at = found.start("mark") if found["mark"] else 0
    return f"{line[:at]}\\{line[at:]}"


def longest_backticks(text: str) -> int:
    return max(map(len, _BACKTICKS.findall(text)), default=0)


def code_span(code: str, *, in_cell: bool) -> str:
    """Inline code that shows this text. In a cell a pipe needs care, and HTML where Markdown can't say it."""
    code = _SPACE_RUN.sub(" ", code)
    if in_cell and "|" in code:
        if "\\|" in code or code.endswith("\\"):
            return f"<code>{literal_html(code)}</code>"
        code = code.replace("|", "\\|")
    if "`" not in code:
        if code[0] == code[-1] == " ":
            return f"` {code} `"
        return f"`{code}`"
    fence = "`" * (longest_backticks(code) + 1)
    return f"{fence} {code} {fence}"


def destination(url: str) -> str:
    """The address as it may stand in `(…)` of a link."""
    url = url.strip()
    if not _UNSAFE_IN_URL.search(url):
        return url
    keep = "()" if _ONE_LEVEL.fullmatch(url) else ""

    def encoded(found: re.Match[str]) -> str:
        character = found.group()
        if character in keep:
            return character
        return "&amp;" if character == "&" else f"%{ord(character):02X}"

    return _UNSAFE_IN_URL.sub(encoded, url)


def is_safe_url(url: str) -> bool:
    """Whether the address is no script."""
    return not _UNSAFE_SCHEME.match(url)


def escape_html(text: str) -> str:
    return html.escape(text, quote=False)


def literal_html(text: str) -> str:
    """Text inside a raw tag in a line of Markdown: markup characters and line ends as references."""
    return _LITERAL.sub(lambda found: f"&#{ord(found.group())};", escape_html(text))


def escape_attribute(text: str) -> str:
    """An attribute's value on one line, harmless in comments and in table cells."""
    if text.isalnum() and text.isascii():
        return text
    text = html.escape(collapse(text)).replace("|", "&#124;").replace("`", "&#96;").replace("\\", "&#92;")
    return text.replace("--", "-&#45;")


def plain_text(markdown: str) -> str:
    """Inline Markdown without escapes, tags and emphasis: for headings' texts, not for rendering."""
    text = _TAGS.sub("", markdown.replace(BREAK, " "))
    text = re.sub(r"!?(?<!\\)\[((?:[^\[\]\\]|\\.)*)\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*\)", r"\1", text)
    text = re.sub(r"(?<!\\)(?:\*+|~~|`+)", "", text)
    return html.unescape(_ESCAPED.sub(r"\1", text)).strip()


def part_words(inline: str) -> str:
    """The inline Markdown with its edges as spaces where they part words, else as nothing."""
    inline = _FREE_EDGE.sub("", _EDGES.sub(EDGE, inline))
    if EDGE not in inline:
        return inline
    inline = _JOINED.sub(r"\1 \2", inline)
    if f"`{EDGE}`" in inline:
        inline = inline.replace(f"`{EDGE}`", f"`{PARTED}`")
    return inline.replace(EDGE, "")
