"""Malformed or bottomless storage format, made well-formed in one pass over its tags.

Ends are matched as a browser would: one that closes nothing is dropped, what stays open is closed with its parent.
Levels beyond what the XML parser takes are flattened: their text stays, and blocks become line breaks.
"""

import html
import re

MAX_DEPTH = 1000

_TOKEN = re.compile(
    r"<!\[CDATA\[(?P<cdata>.*?)(?:\]\]>|\Z)"
    r"|<!--.*?(?:-->|\Z)"
    r"|<[!?][^<>]*+>?"
    r"|<(?P<end>/?)(?P<name>[A-Za-z_][A-Za-z0-9_.:-]*+)(?P<attributes>(?:[^<>\"']|\"[^\"<]*+\"|'[^'<]*+')*+)>"
    r"|<[A-Za-z/][^<>]*\Z",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"([A-Za-z_][A-Za-z0-9_.:-]*)\s*=\s*(?:\"([^\"<]*)\"|'([^'<]*)'|([^\s\"'<>]+))")
_GOOD_ATTRIBUTES = re.compile(
    r"(?:\s+(?:(?:ac|ri|at):)?(?!xmlns)[A-Za-z][\w-]*=\"[^\"<&=]*\")*\s*/?", re.ASCII
).fullmatch
_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)")
_REFERENCE = re.compile(r"&#(\d{1,7}|x[0-9A-Fa-f]{1,6});")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_PREFIXES = frozenset(("ac", "ri", "at"))
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
_SCOPES = frozenset(
    [
        "td",
        "th",
        "table",
        "li",
        "ac:structured-macro",
        "ac:macro",
        "ac:rich-text-body",
        "ac:layout-cell",
        "ac:task-body",
        "ac:link-body",
    ]
)
_BLOCKS = frozenset(
    [
        "p",
        "div",
        "li",
        "tr",
        "td",
        "th",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "table",
        "ul",
        "ol",
        "blockquote",
        "pre",
        "ac:task",
        "ac:rich-text-body",
    ]
)
_HIDDEN = frozenset(
    ["ac:parameter", "ac:task-id", "ac:task-uuid", "ac:task-status", "ac:adf-attribute", "ac:placeholder"]
)


def clean_characters(text: str) -> str:
    """The text with surrogate pairs joined, lone surrogates replaced and what XML forbids left out."""
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _CONTROL.sub("", text)


def repair(text: str) -> str:
    """Well-formed XML content with the same text."""
    mender = _Mender()
    position = 0
    for token in _TOKEN.finditer(text):
        if token.start() > position:
            mender.text(text[position : token.start()])
        position = token.end()
        if token["cdata"] is not None:
            mender.literal(token["cdata"])
        elif token["name"]:
            mender.tag(token["name"], token["attributes"], is_end=bool(token["end"]))
    mender.text(text[position:])
    return mender.close()


class _Mender:
    """Open elements as (name, whether its tag was written), and how often each name is open in the current scope."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.open: list[tuple[str, bool]] = []
        self.scopes: list[dict[str, int]] = [{}]
        self.total: dict[str, int] = dict.fromkeys(_SCOPES, 0)
        self.muted_at = 0

    def text(self, text: str) -> None:
        if text and not self.muted_at:
            self.out.append(_escape(text))

    def literal(self, text: str) -> None:
        if not self.muted_at:
            self.out.append(html.escape(text, quote=False))

    def tag(self, name: str, attributes: str, *, is_end: bool) -> None:
        name = _bound_name(name)
        if is_end:
            self._end(name)
        elif name in _VOID or attributes.endswith("/"):
            if not self.muted_at:
                self.out.append(f"<{name}{_mend_attributes(attributes)}/>")
        else:
            self._start(name, attributes)

    def _start(self, name: str, attributes: str) -> None:
        is_written = len(self.open) < MAX_DEPTH
        self.open.append((name, is_written))
        scope = self.scopes[-1]
        scope[name] = scope.get(name, 0) + 1
        if name in _SCOPES:
            self.total[name] += 1
            self.scopes.append({})
        if is_written:
            self.out.append(f"<{name}{_mend_attributes(attributes)}>")
        elif name in _HIDDEN:
            self.muted_at = self.muted_at or len(self.open)
        elif name in _BLOCKS and not self.muted_at:
            self.out.append("<br/>")

    def _end(self, name: str) -> None:
        is_open = self.total[name] if name in _SCOPES else self.scopes[-1].get(name)
        if is_open:
            while self._pop() != name:
                pass

    def _pop(self) -> str:
        if self.muted_at == len(self.open):
            self.muted_at = 0
        name, is_written = self.open.pop()
        if name in _SCOPES:
            self.scopes.pop()
            self.total[name] -= 1
        self.scopes[-1][name] -= 1
        if is_written:
            self.out.append(f"</{name}>")
        elif name in _BLOCKS and not self.muted_at:
            self.out.append("<br/>")
        return name

    def close(self) -> str:
        while self.open:
            self._pop()
        return "".join(self.out)


def _mend_attributes(attributes: str) -> str:
    if not attributes or attributes == "/":
        return ""
    if _GOOD_ATTRIBUTES(attributes) and attributes.count("=") == 1:
        return attributes.removesuffix("/")
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(attributes):
        if not name.startswith("xmlns"):
            found.setdefault(_bound_name(name), double or single or bare)
    return "".join(f' {name}="{_escape(value).replace(chr(34), "&quot;")}"' for name, value in found.items())


def _bound_name(name: str) -> str:
    """The name, a prefix that nothing binds as part of it."""
    if ":" not in name:
        return name
    prefix, _, local = name.partition(":")
    is_bound = prefix in _PREFIXES and local[:1].isalpha()
    return f"{prefix}:{local.replace(':', '-')}" if is_bound else name.replace(":", "-")


def _escape(text: str) -> str:
    if "&" in text:
        text = _AMPERSAND.sub("&amp;", text)
    text = text.replace("<", "&lt;").replace("]]>", "]]&gt;")
    return _REFERENCE.sub(_valid_reference, text) if "&#" in text else text


def _valid_reference(found: re.Match[str]) -> str:
    digits = found.group(1)
    code = int(digits[1:], 16) if digits[0] == "x" else int(digits)
    is_valid = code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
    return found.group() if is_valid else ""
