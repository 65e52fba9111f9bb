"""A macro element as its name, its parameters and its body."""

import itertools
import re
from dataclasses import dataclass

from confluence_assets.convert.converter import UNSHOWN, join_paragraphs, literal_text
from confluence_assets.convert.parse import AC, RI, Element

_UNSAFE_IN_NAME = re.compile(r"[^\w.-]+|--+")
_NAME, _PARAMETER, _DEFAULT_PARAMETER = f"{AC}name", f"{AC}parameter", f"{AC}default-parameter"
_PLAIN_BODY = f"{AC}plain-text-body"
_BODIES = frozenset((f"{AC}rich-text-body", _PLAIN_BODY))
_NAMES = tuple(
    f"{RI}{name}"
    for name in (
        *("content-title", "filename", "value", "account-id", "username", "userkey"),
        *("content-id", "space-key", "key"),
    )
)
_LINE_PARENTS = frozenset(
    (
        *("p", "span", "strong", "b", "em", "i", "u", "a", "code", "h1", "h2", "h3", "h4", "h5", "h6", "sub", "sup"),
        *(f"{AC}{name}" for name in ("link-body", "inline-comment-marker", "caption")),
    )
)
_BLOCKS = frozenset(
    (
        *("div", "table", "ul", "ol", "pre", "blockquote", "hr", "h1", "h2", "h3", "h4", "h5", "h6"),
        *(f"{AC}{name}" for name in ("structured-macro", "macro", "layout", "task-list", "image", "adf-extension")),
    )
)
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_NEAR = 5
_NOTES = frozenset(("footnote", "cfm-footnote", "tooltip", "cfm-tooltip"))
_BLOCK_PARENTS = frozenset(("body", *(f"{AC}{name}" for name in ("rich-text-body", "layout-cell", "adf-content"))))
_OUTPUT_TYPE = "atlassian-macro-output-type"


@dataclass(frozen=True, slots=True)
class Macro:
    """`parameters` by name, "" for the default one; a reference in a parameter is its identity."""

    name: str
    parameters: dict[str, str]
    element: Element
    has_body: bool
    is_inline: bool

    @property
    def title(self) -> str:
        return self.parameters.get("title", "").strip()

    @property
    def is_in_line(self) -> bool:
        """Whether it stands in a line of text and has nothing that needs lines of its own."""
        if not self.is_inline and self.name not in _NOTES:
            parent = self.element.getparent()
            if parent is None or parent.tag not in _LINE_PARENTS or "\n" in self.plain_body():
                return False
        rich = self.element.find(f"{AC}rich-text-body")
        tags = set() if rich is None else {part.tag for part in rich}
        return not tags & _BLOCKS and ("p" not in tags or self._may_join_paragraphs)

    @property
    def _may_join_paragraphs(self) -> bool:
        """Whether paragraphs inside are lines of the text around: of a note, and where the text around is one line."""
        around = itertools.islice(self.element.iterancestors(), _NEAR)
        return self.is_inline or self.name in _NOTES or any(element.tag in _HEADINGS for element in around)

    @property
    def is_in_block(self) -> bool:
        """Whether it stands among blocks."""
        parent = self.element.getparent()
        return parent is not None and parent.tag in _BLOCK_PARENTS

    @property
    def safe_name(self) -> str:
        return _UNSAFE_IN_NAME.sub("-", self.name).strip("-") or "unnamed"

    def shown_title(self, nameless: frozenset[str]) -> str:
        """The title where the macro shows one."""
        return "" if self.name in nameless else self.title

    def flatten_body(self) -> None:
        """Let the body's text run on in the line in which the macro stands, its paragraphs parted by line breaks."""
        body = self.element.find(f"{AC}rich-text-body")
        if body is not None:
            body.tag = "span"
            join_paragraphs(body)

    def plain_body(self) -> str:
        body = self.element.find(_PLAIN_BODY)
        return "" if body is None else literal_text(body)


def read_macro(element: Element) -> Macro:
    """The macro of an `ac:structured-macro` or `ac:macro` without white space between its parts."""
    parameters: dict[str, str] = {}
    has_body = element.text is not None
    for child in element:
        has_body = has_body or child.tail is not None
        tag = child.tag
        if tag == _PARAMETER:
            parameters.setdefault(child.get(_NAME) or "", _value(child))
        elif tag == _DEFAULT_PARAMETER:
            parameters.setdefault("", _value(child))
        elif tag in _BODIES:
            has_body = has_body or len(child) > 0 or bool(child.text and child.text.strip())
        elif tag not in UNSHOWN:
            has_body = True
    is_inline = parameters.pop(_OUTPUT_TYPE, "") == "INLINE"
    return Macro((element.get(_NAME) or "").lower(), parameters, element, has_body, is_inline)


def _value(parameter: Element) -> str:
    text = parameter.text or ""
    if not len(parameter):
        return text
    text = literal_text(parameter).strip()
    if text:
        return text
    values = (element.get(name) for element in parameter.iter() for name in _NAMES)
    return next((value for value in values if value), "")
