"""Links and images: Confluence's own references where an address says what is meant, plain addresses elsewhere."""

import re
from collections.abc import Iterable, Iterator
from typing import TypeGuard
from urllib.parse import quote, unquote

from confluence_assets.compose.options import ComposeOptions, PageReference
from confluence_assets.compose.storage import Node, Part, is_blank, text_of

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_SCRIPT = re.compile(r"(?:javascript|vbscript):", re.IGNORECASE)
_MARKS = frozenset(("strong", "em", "del", "u", "sub", "sup", "span", "code"))
_UNSEEN = re.compile(r"[\x00-\x20\x7f]+")
"""What browsers leave out of an address before they read its scheme."""


def link(href: str, children: list[Part], options: ComposeOptions) -> list[Part]:
    """The link to that address; its content alone where the address is a script."""
    if is_script(href) or href.lstrip().lower().startswith("data:") or not href.strip():
        return children
    known = options.page_of(href)
    target = _page(known, href) if known else _target(href)
    if target is None:
        return [Node("a", {"href": href}, children)]
    attributes, elements, shown = target
    is_mention = bool(elements) and elements[0].tag == "ri:user" and text_of(children).startswith("@")
    parts: list[Part] = list(elements)
    if not is_mention:
        parts.append(Node("ac:link-body", children=children, is_spare=bool(shown) and _says(children, shown)))
    return [Node("ac:link", attributes, parts)]


def leave_names_to_targets(parts: Iterable[Part]) -> None:
    """Drop the bodies of links that say no more than their targets do, but where they are part of a word."""
    leaves = list(_leaves(parts))
    for before, leaf, after in zip(["", *leaves], leaves, [*leaves[1:], ""], strict=False):
        if _has_spare_body(leaf) and not _touches(before, -1) and not _touches(after, 0):
            leaf.children.pop()


def _has_spare_body(part: Part) -> TypeGuard[Node]:
    body = part.children[-1] if isinstance(part, Node) and part.tag == "ac:link" and part.children else ""
    return isinstance(body, Node) and body.is_spare


def _leaves(parts: Iterable[Part]) -> Iterator[Part]:
    for part in parts:
        if isinstance(part, Node) and part.tag in _MARKS:
            yield from _leaves(part.children)
        else:
            yield part


def _touches(part: Part, at: int) -> bool:
    return part.tag == "ac:link" if isinstance(part, Node) else bool(part) and part[at].isalnum()


def is_script(address: str) -> bool:
    """Whether a browser would run the address."""
    return bool(_SCRIPT.match(_UNSEEN.sub("", address)))


def smart_link(url: str) -> Node:
    """An address that stands for itself: Confluence shows the title of what is there."""
    return Node("a", {"href": url, "data-card-appearance": "inline"}, [url])


def image(source: str, alt: str, title: str) -> Part:
    """An attached file, or a picture elsewhere; the text that stands for it where the address is a script."""
    if is_script(source):
        return alt
    attributes = {"ac:alt": alt}
    if title:
        attributes["ac:title"] = title
    target = _target(source)
    if target and target[1] and target[1][0].tag == "ri:attachment":
        return Node("ac:image", attributes, [target[1][0]])
    return Node("ac:image", attributes, [Node("ri:url", {"ri:value": source})])


def _says(children: list[Part], text: str) -> bool:
    return len(children) == 1 and isinstance(children[0], str) and children[0] == text and not is_blank(text)


_Target = tuple[dict[str, str], list[Node], str]
"""Attributes of the link, the elements that name the target, and the text that is shown where the link has none."""


def _target(href: str) -> _Target | None:
    if href.startswith("#"):
        anchor = unquote(href[1:])
        return ({"ac:anchor": anchor}, [], anchor) if anchor and f"#{quote(anchor)}" == href else None
    if href.startswith("confluence:"):
        return _named(href.removeprefix("confluence:"))
    if _SCHEME.match(href) or any(mark in href for mark in "/?#"):
        return None
    filename = unquote(href)
    return {}, [Node("ri:attachment", {"ri:filename": filename})], filename


def _named(reference: str) -> _Target | None:
    """`kind?name=value&…#anchor`, as the converter writes references that nothing resolves."""
    path, _, anchor = reference.partition("#")
    kind, _, query = path.partition("?")
    names = {key: unquote(value) for key, _, value in (pair.partition("=") for pair in query.split("&"))}
    build = _BUILDERS.get(kind)
    if build is None:
        return None
    element, shown = build(names)
    return ({"ac:anchor": unquote(anchor)} if anchor else {}), [element], shown


def _page(known: PageReference, href: str) -> _Target:
    anchor = {"ac:anchor": unquote(href.partition("#")[2])} if "#" in href else {}
    if known.content_id:
        return anchor, [Node("ri:content-entity", {"ri:content-id": known.content_id})], ""
    return anchor, [_page_element({"title": known.title, "space": known.space_key})[0]], ""


def _page_element(names: dict[str, str]) -> tuple[Node, str]:
    title = names.get("title", "")
    return Node("ri:page", _present({"ri:space-key": names.get("space"), "ri:content-title": title})), title


def _blog_post_element(names: dict[str, str]) -> tuple[Node, str]:
    title = names.get("title", "")
    attributes = {"ri:space-key": names.get("space"), "ri:content-title": title, "ri:posting-day": names.get("day")}
    return Node("ri:blog-post", _present(attributes)), title


def _content_element(names: dict[str, str]) -> tuple[Node, str]:
    content_id = names.get("id", "")
    return Node("ri:content-entity", {"ri:content-id": content_id}), content_id


def _space_element(names: dict[str, str]) -> tuple[Node, str]:
    return Node("ri:space", {"ri:space-key": names.get("key", "")}), names.get("key", "")


def _user_element(names: dict[str, str]) -> tuple[Node, str]:
    attributes = {
        "ri:account-id": names.get("account-id"),
        "ri:userkey": names.get("userkey"),
        "ri:username": names.get("username"),
    }
    return Node("ri:user", _present(attributes)), ""


def _attachment_element(names: dict[str, str]) -> tuple[Node, str]:
    filename = names.get("filename", "")
    holder: list[Part] = [_page_element(names)[0]] if names.get("title") else []
    if names.get("id"):
        holder = [_content_element(names)[0]]
    return Node("ri:attachment", {"ri:filename": filename}, holder), filename


def _shortcut_element(names: dict[str, str]) -> tuple[Node, str]:
    key, parameter = names.get("key", ""), names.get("parameter", "")
    return Node("ri:shortcut", {"ri:key": key, "ri:parameter": parameter}), f"{parameter}@{key}"


def _present(attributes: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in attributes.items() if value}


_BUILDERS = {
    "page": _page_element,
    "blogpost": _blog_post_element,
    "content": _content_element,
    "space": _space_element,
    "user": _user_element,
    "attachment": _attachment_element,
    "shortcut": _shortcut_element,
}
