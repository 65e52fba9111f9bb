"""The shape of JSON: which keys there are, of which types, and which form links have."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

LINKS = ("_links", "_expandable")
LINK_NAMES = ("download", "downloadLink", "webuiLink", "path")
MAPS = ("_expandable", "childTypes", "body")
TYPES = {bool: "boolean", int: "number", float: "number", str: "text", type(None): "null", dict: "object", list: "list"}

Shape = dict[str, set[str]]


def link_form(link: str) -> str:
    """An address without what differs from site to site: hosts, ids, keys, titles, versions."""
    if link == "":
        return "link: empty"
    form = re.sub(r"^https?://[^/]+", "https://site", link)
    path, _, query = form.partition("?")
    path = re.sub(r"/wiki/api/v2/[a-z-]+/[^/]+", "/wiki/api/v2/{kind}/{id}", path)
    path = re.sub(r"(/spaces?|/display)/(?!flyingpdf)~?[A-Za-z0-9]+", r"\1/{key}", path)
    path = re.sub(r"/x/[\w-]+", "/x/{short}", path)
    path = re.sub(r"/(pages|blog)(/edit-v2)?/\d[^?]*", r"/\1\2/{id}", path)
    path = re.sub(r"/download/attachments/\d+/.+", "/download/attachments/{id}/{name}", path)
    path = re.sub(r"/aa-avatar/.+", "/aa-avatar/{account}", path)
    path = re.sub(r"/(content|attachment|version|thumbnails|label|property)/(att)?\d[\w.%-]*", r"/\1/{id}", path)
    names = "&".join(sorted({pair.partition("=")[0] for pair in query.split("&") if pair}))
    return f"link: {path}" + (f"?{names}" if names else "")


def shape_of(samples: Iterable[Any]) -> Shape:
    """Of every place in the samples, the types (and forms of links) that are met there."""
    found: Shape = defaultdict(set)
    for sample in samples:
        for place, kind in _walk(sample, ""):
            found[place].add(kind)
    return dict(found)


def _walk(node: Any, place: str, *, is_link: bool = False) -> Iterator[tuple[str, str]]:
    if isinstance(node, str) and is_link:
        yield place, link_form(node)
        return
    yield place or ".", TYPES[type(node)]
    if isinstance(node, dict):
        for name, value in node.items():
            here = is_link or name in LINKS
            leads = isinstance(value, str) and name in LINK_NAMES
            yield from _walk(value, f"{place}.{name}", is_link=here or leads)
    elif isinstance(node, list):
        for value in node:
            yield from _walk(value, f"{place}[]", is_link=is_link)
