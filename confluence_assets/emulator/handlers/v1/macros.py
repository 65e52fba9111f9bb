"""One macro of a content, by the id that stands in its storage format."""

import re
from html import unescape
from typing import Any

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.handlers.v1.pages import Row, content_of, list_links
from confluence_assets.emulator.problems import Refusal, not_found
from confluence_assets.emulator.render.bodies import convert
from confluence_assets.emulator.store.history import all_versions
from confluence_assets.emulator.store.model import Content

_TAG = re.compile(r"<(/?)ac:structured-macro\b([^>]*?)(/?)>")
_PARAMETER = re.compile(r'<ac:parameter ac:name="([^"]*)">(.*?)</ac:parameter>', re.DOTALL)
_PLAIN = re.compile(r"<ac:plain-text-body>\s*<!\[CDATA\[(.*?)\]\]>\s*</ac:plain-text-body>", re.DOTALL)
CONVERSIONS = ("view", "export_view", "styled_view", "storage", "anonymous_export_view")


def find_macro(storage: str, macro_id: str) -> tuple[str, str] | None:
    """The attributes and the inside of the macro of that id."""
    depth, start, attributes = 0, 0, ""
    for tag in _TAG.finditer(storage):
        closes, words, is_empty = tag.groups()
        if start == 0:
            if not closes and f'ac:macro-id="{macro_id}"' in words:
                if is_empty:
                    return words, ""
                start, attributes = tag.end(), words
            continue
        if closes and depth == 0:
            return attributes, storage[start : tag.start()]
        depth += -1 if closes else 0 if is_empty else 1
    return None


def _storage(call: Call, content: Content) -> str:
    """The body of the version that is asked for; 0 is the current one."""
    number = call.id("version")
    rows = all_versions(call.store, content, call.site.bodies.storage)
    if not 0 <= number <= len(rows):
        raise not_found(f"No version {number} of content {content.api_id}")
    return rows[number - 1].body()


def read_macro(call: Call) -> tuple[str, str, dict[str, Any]]:
    """Name, body and parameters. Raises: Refusal 404."""
    found = find_macro(_storage(call, content_of(call)), call.arguments["macroId"])
    if found is None:
        raise not_found(f"No macro with id: {call.arguments['macroId']}")
    attributes, inside = found
    name = re.search(r'ac:name="([^"]*)"', attributes)
    opening, is_rich, rest = inside.partition("<ac:rich-text-body>")
    plain = None if is_rich else _PLAIN.search(inside)
    body = plain[1] if plain else rest.rpartition("</ac:rich-text-body>")[0]
    parameters = {key: {"value": unescape(value)} for key, value in _PARAMETER.findall(opening)}
    return unescape(name[1]) if name else "", body, parameters


def get_macro(call: Call) -> Row:
    name, body, parameters = read_macro(call)
    return {"name": name, "body": body, "parameters": parameters, "_links": list_links(call)}


def convert_macro(call: Call) -> Row:
    """The body of the macro in another representation."""
    to = call.arguments["to"]
    if to not in CONVERSIONS:
        raise Refusal(400, f"Cannot convert to {to}")
    content = content_of(call)
    expandable = {"content": f"/rest/api/content/{content.api_id}", "embeddedContent": "", "webresource": ""}
    return {"value": convert(read_macro(call)[1], to), "representation": to, "_expandable": expandable, "_links": {}}
