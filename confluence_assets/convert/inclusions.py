"""Text that other pages bring in, and text that this one offers to others."""

from confluence_assets.convert.converter import SKIP, Converter
from confluence_assets.convert.escape import escape_attribute
from confluence_assets.convert.findings import Inclusion, Link
from confluence_assets.convert.links import describe_target, find_target, unresolved_url, write_link
from confluence_assets.convert.macro import Macro
from confluence_assets.convert.unknown_macro import unknown


def _include(converter: Converter, macro: Macro) -> object:
    return _bring_in(converter, macro, excerpt_name=None)


def _excerpt_include(converter: Converter, macro: Macro) -> object:
    return _bring_in(converter, macro, excerpt_name=macro.parameters.get("name"))


def _bring_in(converter: Converter, macro: Macro, excerpt_name: str | None) -> object:
    link = _target(converter, macro)
    title = (link.title or link.link_text) if link else ""
    if link is None or not title:
        return unknown(converter, macro)
    space_key = link.space_key or converter.context.space_key
    body = (
        converter.resolver.include(space_key, title)
        if macro.name == "include"
        else converter.resolver.excerpt(space_key, title, excerpt_name)
    )
    named = f'macro:{macro.safe_name} page="{escape_attribute(title)}"'
    at = len(converter.findings.inclusions) if converter.findings is not None else -1
    is_resolved = False
    if body is not None:
        converter.html(f"<!-- {named} -->")
        is_resolved = converter.embed(body)
        converter.html(f"<!-- /macro:{macro.safe_name} -->")
    if not is_resolved:
        write_link(converter, link)
        if converter.findings is not None:
            converter.findings.links.pop()
    if converter.findings is not None:
        inclusion = Inclusion(macro.name, title, space_key, excerpt_name, is_resolved)
        converter.findings.inclusions.insert(at, inclusion)
        converter.findings.links.append(
            Link("include", link.target_id, space_key, title, link.url, None, title, link.is_broken)
        )
    return SKIP


def _target(converter: Converter, macro: Macro) -> Link | None:
    target = find_target(macro.element)
    if target is not None:
        return describe_target(converter, target)
    named = macro.parameters.get("") or macro.parameters.get("page") or macro.parameters.get("pageTitle") or ""
    if not named:
        return None
    space_key, separator, title = named.partition(":")  # the older syntax: SPACE:Title
    if not separator or " " in space_key:
        space_key, title = converter.context.space_key or "", named
    found = converter.resolver.page(space_key or None, title)
    if found is None:
        url = unresolved_url("page", space=space_key if separator else None, title=title)
        return Link("page", space_key=space_key or None, title=title, url=url, link_text=title)
    return Link(
        "page", found.content_id, space_key or None, title, found.url, link_text=title, is_broken=found.is_broken
    )


def _excerpt(converter: Converter, macro: Macro) -> object:
    """Shown where it stands; named in a comment where it is a block, so that it can be found again."""
    if macro.is_in_line:
        macro.flatten_body()
        converter.inline.word_edge()
        return converter.inline.word_edge
    name = macro.parameters.get("name")
    hidden = ' hidden="true"' if macro.parameters.get("hidden") == "true" else ""
    named = f' name="{escape_attribute(name)}"' if name else ""
    converter.html(f"<!-- macro:excerpt{named}{hidden} -->")
    return lambda: converter.html("<!-- /macro:excerpt -->")


def _details(converter: Converter, macro: Macro) -> object:
    """Page properties."""
    name = macro.parameters.get("id")
    converter.html("<!-- macro:details" + (f' id="{escape_attribute(name)}"' if name else "") + " -->")
    return lambda: converter.html("<!-- /macro:details -->")


MACROS = {
    "include": _include,
    "excerpt-include": _excerpt_include,
    "excerpt": _excerpt,
    "details": _details,
}
