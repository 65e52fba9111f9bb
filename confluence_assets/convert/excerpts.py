"""The excerpts of a body, as storage format that can be converted elsewhere."""

import re
from dataclasses import dataclass

from lxml import etree

from confluence_assets.convert.parse import AC, Element, parse_storage

_DECLARATIONS = re.compile(r' xmlns:(?:ac|ri|at)="(?:ac|ri|at)"')


@dataclass(frozen=True, slots=True)
class Excerpt:
    """One excerpt macro; `name` is None where it has none."""

    name: str | None
    storage: str


def extract_excerpts(storage: str) -> tuple[Excerpt, ...]:
    """The body's excerpts in order; an excerpt-include without a name means the first."""
    if "excerpt" not in storage:
        return ()
    root = parse_storage(storage)
    macros = root.iter(f"{AC}structured-macro", f"{AC}macro")
    return tuple(_excerpt(macro) for macro in macros if macro.get(f"{AC}name") == "excerpt")


def find_excerpt(storage: str, name: str | None = None) -> Excerpt | None:
    """The excerpt of that name, or the first."""
    excerpts = extract_excerpts(storage)
    if name:
        return next((excerpt for excerpt in excerpts if excerpt.name == name), None)
    return excerpts[0] if excerpts else None


def _excerpt(macro: Element) -> Excerpt:
    parameters = {p.get(f"{AC}name"): p.text for p in macro.findall(f"{AC}parameter")}
    body = macro.find(f"{AC}rich-text-body")
    if body is None:
        return Excerpt(parameters.get("name"), "")
    text = etree.tostring(body, encoding="unicode", with_tail=False)
    opening = text.index(">") + 1
    inner = "" if text.endswith("/>") and opening == len(text) else text[opening : text.rindex("</")]
    return Excerpt(parameters.get("name"), _DECLARATIONS.sub("", inner))
