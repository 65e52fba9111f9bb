"""Storage format as an lxml tree, whatever the text is like.

Well-formed bodies (nearly all) are parsed once. Others are repaired first; see `repair`.
Prefixes are bound to short names of our own: the URIs that bodies declare differ, and are dropped.
"""

import html
import re
from typing import TypeAlias

from lxml import etree

from confluence_assets.convert.repair import clean_characters, repair

Element: TypeAlias = etree._Element

AC, RI, AT = "{ac}", "{ri}", "{at}"

_OPEN, _CLOSE = '<body xmlns:ac="ac" xmlns:ri="ri" xmlns:at="at">', "</body>"
_XML_ENTITIES = frozenset(("amp", "lt", "gt", "quot", "apos"))
_ENTITY_NAMES = re.compile(r"&([A-Za-z]\w*);").findall
_ENTITY = re.compile(r"<!\[CDATA\[.*?\]\]>|&([A-Za-z]\w*);", re.DOTALL)
_DECLARATION = re.compile(r"<!\[CDATA\[.*?\]\]>|\sxmlns(?::(?:ac|ri|at))?\s*=\s*(?:\"[^\"<]*\"|'[^'<]*')", re.DOTALL)
_LOOSE_OPEN = re.compile(r"(<ac:plain-text-body>)\s+(?=<!\[CDATA\[)")
_LOOSE_CLOSE = re.compile(r"\]\]>\s+(?=</ac:plain-text-body>)")
_PARSER = etree.XMLParser(huge_tree=True, resolve_entities=False, remove_comments=True, remove_pis=True)
_FORGIVING_PARSER = etree.XMLParser(
    huge_tree=True, resolve_entities=False, remove_comments=True, remove_pis=True, recover=True
)


def parse_storage(storage: str) -> Element:
    """The body as one element with bound prefixes; never fails."""
    text = _resolve_entities(storage) if "&" in storage else storage
    if "xmlns" in text:
        text = _DECLARATION.sub(lambda found: found.group() if found.group()[0] == "<" else "", text)
    if "<ac:plain-text-body>" in text:  # white space around CDATA is layout, not code
        text = _LOOSE_CLOSE.sub("]]>", _LOOSE_OPEN.sub(r"\1", text))
    try:
        return _parse(text)
    except (etree.XMLSyntaxError, UnicodeEncodeError):
        text = repair(clean_characters(text))
    try:
        return _parse(text)
    except etree.XMLSyntaxError:  # what repair should have seen: read what can be read
        root = etree.fromstring(f"{_OPEN}{text}{_CLOSE}".encode(), _FORGIVING_PARSER)
        return etree.Element("body") if root is None else root


def _parse(text: str) -> Element:
    return etree.fromstring(f"{_OPEN}{text}{_CLOSE}".encode(), _PARSER)


def _resolve_entities(text: str) -> str:
    """HTML's named characters as themselves; unknown names are text. CDATA stays as it is."""
    names = set(_ENTITY_NAMES(text)) - _XML_ENTITIES
    if not names:
        return text
    if "<![CDATA[" in text:
        return _ENTITY.sub(lambda found: _character(found.group(1)) if found.group(1) else found.group(), text)
    for name in names:
        text = text.replace(f"&{name};", _character(name))
    return text


def _character(name: str) -> str:
    entity = f"&{name};"
    if name in _XML_ENTITIES:
        return entity
    character = html.unescape(entity)
    return html.escape(character, quote=False)
