"""`ac:link`, `ac:image` and mentions: references to other things, by what the body says and what the resolver knows."""

import itertools
from dataclasses import replace
from urllib.parse import quote

from confluence_assets.convert.converter import (
    SKIP,
    UNSHOWN,
    Converter,
    EndHandler,
    StartHandler,
    join_paragraphs,
    trim_layout,
    visible_text,
)
from confluence_assets.convert.escape import BREAK, PLAIN_URL, destination
from confluence_assets.convert.findings import AttachmentReference, Link, Mention
from confluence_assets.convert.html_elements import write_image
from confluence_assets.convert.inline import EMPHASIS, link_mark
from confluence_assets.convert.parse import AC, RI, Element
from confluence_assets.convert.resolver import LinkTarget

_BODIES = (f"{AC}link-body", f"{AC}plain-text-link-body")
_TARGETS = tuple(
    f"{RI}{name}" for name in ("page", "blog-post", "attachment", "user", "space", "content-entity", "url", "shortcut")
)
_SHOWING = frozenset(("img", "time", *(f"{AC}{name}" for name in ("image", "emoticon", "structured-macro", "macro"))))
_LOOKED_AT = 100
_BLOCK_PARENTS = frozenset(
    ("body", "div", *(f"{AC}{name}" for name in ("rich-text-body", "layout-cell", "adf-content", "task-body")))
)


def find_target(element: Element) -> Element | None:
    """The `ri:` element below that says what is meant."""
    return next(element.iter(*_TARGETS), None)


def unresolved_url(kind: str, anchor: str | None = None, **names: str | None) -> str:
    """`confluence:<kind>?<names>#<anchor>`: a reference as the body names it, where nothing knows its address."""
    query = "&".join(f"{key.replace('_', '-')}={quote(value, safe='')}" for key, value in names.items() if value)
    return f"confluence:{kind}?{query}" + (f"#{quote(anchor)}" if anchor else "")


def describe_target(converter: Converter, target: Element | None, anchor: str | None = None) -> Link:
    """The link to that target: resolved where the resolver knows it; its text is what stands for it without a body."""
    if target is None:
        return Link("anchor", url=f"#{quote(anchor or '')}", anchor=anchor, link_text=anchor or "")
    return _DESCRIBERS[target.tag](converter, target, anchor)


def _describe_page(converter: Converter, target: Element, anchor: str | None) -> Link:
    title = target.get(f"{RI}content-title") or ""
    named_space = target.get(f"{RI}space-key")
    space_key = named_space or converter.context.space_key
    day = target.get(f"{RI}posting-day")
    if target.tag == f"{RI}page":
        kind, found = "page", converter.resolver.page(space_key, title)
        url = unresolved_url("page", anchor, space=named_space, title=title)
    else:
        kind, found = "blogpost", converter.resolver.blog_post(space_key, title, day)
        url = unresolved_url("blogpost", anchor, space=named_space, title=title, day=day)
    return _resolved(Link(kind, space_key=space_key, title=title, url=url, anchor=anchor, link_text=title), found)


def _describe_content(converter: Converter, target: Element, anchor: str | None) -> Link:
    content_id = target.get(f"{RI}content-id") or ""
    found = converter.resolver.content(content_id)
    url = unresolved_url("content", anchor, id=content_id)
    text = found.title if found and found.title else content_id
    return _resolved(Link("content", target_id=content_id, url=url, anchor=anchor, link_text=text), found)


def _describe_attachment(converter: Converter, target: Element, anchor: str | None) -> Link:
    filename = target.get(f"{RI}filename") or ""
    holder = next(target.iter(f"{RI}page", f"{RI}blog-post"), None) if len(target) else None
    title = holder.get(f"{RI}content-title") if holder is not None else None
    named_space = holder.get(f"{RI}space-key") if holder is not None else None
    space_key = named_space or converter.context.space_key
    entity = next(target.iter(f"{RI}content-entity"), None) if len(target) else None
    holder_id = entity.get(f"{RI}content-id") if entity is not None else None
    context = replace(converter.context, content_id=holder_id) if holder_id else converter.context
    found = converter.resolver.attachment(filename, space_key=space_key, title=title, context=context)
    if converter.findings is not None:
        converter.findings.attachments.append(AttachmentReference(filename, space_key, title))
    url = quote(filename)
    if title or holder_id:
        url = unresolved_url("attachment", id=holder_id, space=named_space, title=title, filename=filename)
    return _resolved(Link("attachment", space_key=space_key, title=filename, url=url, link_text=filename), found)


def _describe_user(converter: Converter, target: Element, anchor: str | None) -> Link:
    account_id = target.get(f"{RI}account-id")
    user_key, username = target.get(f"{RI}userkey"), target.get(f"{RI}username")
    found = converter.resolver.user(account_id=account_id, user_key=user_key, username=username)
    if converter.findings is not None:
        converter.findings.mentions.append(Mention(account_id, user_key, username))
    identity = account_id or username or user_key or ""
    url = unresolved_url("user", account_id=account_id, userkey=user_key, username=username)
    name = found.display_name if found else identity
    target_id = found.account_id if found and found.account_id else identity
    return Link("user", target_id=target_id, url=(found and found.url) or url, title=name, link_text=f"@{name}")


def _describe_space(converter: Converter, target: Element, anchor: str | None) -> Link:
    space_key = target.get(f"{RI}space-key") or ""
    found = converter.resolver.space(space_key)
    text = found.title if found and found.title else space_key
    url = unresolved_url("space", anchor, key=space_key)
    return _resolved(Link("space", space_key=space_key, url=url, anchor=anchor, link_text=text), found)


def _describe_url(converter: Converter, target: Element, anchor: str | None) -> Link:
    url = target.get(f"{RI}value") or ""
    return Link("external", url=url, anchor=anchor, link_text=url)


def _describe_shortcut(converter: Converter, target: Element, anchor: str | None) -> Link:
    key, parameter = target.get(f"{RI}key") or "", target.get(f"{RI}parameter") or ""
    url = unresolved_url("shortcut", key=key, parameter=parameter)
    return Link("external", url=url, title=parameter, link_text=f"{parameter}@{key}")


_DESCRIBERS = {
    f"{RI}page": _describe_page,
    f"{RI}blog-post": _describe_page,
    f"{RI}content-entity": _describe_content,
    f"{RI}attachment": _describe_attachment,
    f"{RI}user": _describe_user,
    f"{RI}space": _describe_space,
    f"{RI}url": _describe_url,
    f"{RI}shortcut": _describe_shortcut,
}


def _resolved(link: Link, found: LinkTarget | None) -> Link:
    if found is None:
        return link
    anchor = f"#{quote(link.anchor)}" if link.anchor and "#" not in found.url else ""
    return Link(
        link.target_type,
        target_id=found.content_id or link.target_id,
        space_key=link.space_key,
        title=link.title,
        url=f"{found.url}{anchor}" if found.url else link.url,
        anchor=link.anchor,
        link_text=link.link_text,
        is_broken=found.is_broken,
    )


def write_link(converter: Converter, link: Link) -> None:
    """A link whose text is the target's own name: it is no part of a word beside it."""
    converter.inline.word_edge()
    _write_name(converter, link)
    converter.inline.word_edge()
    record_link(converter, link, link.link_text)


def _write_name(converter: Converter, link: Link) -> None:
    if link.link_text == link.url and PLAIN_URL.fullmatch(link.url) and not converter.inline.is_in_link:
        converter.inline.raw(f"<{link.url}>")
        return
    converter.inline.start_link(link_mark(destination(link.url or "")))
    converter.inline.text(link.link_text or link.url or "")
    converter.inline.end_link()


def record_link(converter: Converter, link: Link, text: str) -> None:
    if converter.findings is not None:
        converter.findings.links.append(
            Link(
                link.target_type,
                link.target_id,
                link.space_key,
                link.title,
                link.url,
                link.anchor,
                text,
                link.is_broken,
            )
        )


def _skip(converter: Converter, element: Element) -> object:
    return SKIP


def _start_link(converter: Converter, element: Element) -> object:
    trim_layout(element)
    body = next((child for child in element if child.tag in _BODIES), None)
    target = next((child for child in element if child.tag in _DESCRIBERS), None)
    link = describe_target(converter, target, element.get(f"{AC}anchor"))
    mark = link_mark(destination(link.url or ""))
    is_nameless = body is None or not _shows(body)
    if is_nameless:
        converter.inline.word_edge()
    converter.inline.start_link(mark)
    if converter.findings is not None:
        text = visible_text(body) if body is not None else ""
        record_link(converter, link, text or link.link_text)

    def close() -> None:
        if link.link_text and converter.inline.is_empty_since(mark) and not _shows(element):
            converter.inline.text(link.link_text)
        converter.inline.end_link()
        if is_nameless:
            converter.inline.word_edge()

    converter.closers.append(close)
    return None


def _shows(element: Element) -> bool:
    """Whether there is text, a picture or what makes text, be it in blocks of its own; looks no further than some elements."""
    if element.text and not element.text.isspace():
        return True
    for part in itertools.islice(element.iter(), _LOOKED_AT):
        tail = part.tail if part is not element else None
        text = part.text if part.tag not in UNSHOWN else None
        if (part.tag in _SHOWING and part.get(f"{AC}name") != "anchor") or (text or "").strip() or (tail or "").strip():
            return True
    return False


def _end_closer(converter: Converter, element: Element) -> None:
    close = converter.closers.pop()
    if close:
        close()


def _image(converter: Converter, element: Element) -> object:
    trim_layout(element)
    parent = element.getparent()
    caption = element.find(f"{AC}caption")
    is_apart = caption is not None or (parent is not None and parent.tag in _BLOCK_PARENTS)
    if is_apart and not converter.heading_level:
        converter.flush()
    target = next((child for child in element if child.tag in _DESCRIBERS), None)
    if target is not None:
        link = describe_target(converter, target)
        alt = element.get(f"{AC}alt") or element.get(f"{AC}title") or _file_name(link)
        write_image(converter, link.url or "", " ".join(alt.split()), element.get(f"{AC}title"))
    if caption is not None:
        converter.closers.append(lambda: None)
        return None
    converter.closers.append(converter.flush if parent is not None and parent.tag in _BLOCK_PARENTS else None)
    return None


def _file_name(link: Link) -> str:
    return link.title or link.link_text.partition("?")[0].rpartition("/")[2]


def _start_caption(converter: Converter, element: Element) -> None:
    if converter.inline.parts:
        if converter.heading_level:
            converter.inline.raw(BREAK)
        else:
            converter.flush()
    if converter.heading_level:
        join_paragraphs(element)
    converter.inline.start(EMPHASIS)


def _end_caption(converter: Converter, element: Element) -> None:
    converter.inline.end(EMPHASIS)
    if converter.heading_level:
        converter.inline.raw(BREAK)
    else:
        converter.flush()


STARTS: dict[str, StartHandler] = {
    f"{AC}link": _start_link,
    f"{AC}image": _image,
    f"{AC}caption": _start_caption,
    **dict.fromkeys(_DESCRIBERS, _skip),
}
ENDS: dict[str, EndHandler] = {
    f"{AC}link": _end_closer,
    f"{AC}image": _end_closer,
    f"{AC}caption": _end_caption,
}
