"""Keeps one page up to date: made once, written only where the content changed, and never over somebody's edit unasked.

The page carries a content property with what was written last: the publication's key, the content's hash, the version. A
version that is not ours is somebody's edit. Two requests that read tell that nothing is to do; then nothing is written.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from confluence_assets.api import ConfluenceClient
from confluence_assets.api.client.shapes import NewPage, PageChange
from confluence_assets.errors import ConflictError, NotFoundError
from confluence_assets.publish_back.contract import Document, Publication, PublicationOutcome, PublicationState

PROPERTY_KEY = "confluence-assets-publication"
_MARK = "Published by confluence-assets"


def publish_page(
    site: ConfluenceClient, publication: Publication, document: Document, memory: Path
) -> PublicationOutcome:
    """Bring the page to the document. `memory` is the file in which its id is remembered.

    Raises: ConflictError, with both versions, where somebody edited the page and `overwrite` is not set, or where the title
    belongs to another page.
    """
    page, written = _find(site, publication, memory)
    digest = document.content_hash(publication.parent_id)
    if page is None:
        return _create(site, publication, document, digest, memory)
    _remember(memory, str(page["id"]))
    ours, stands = _our_version(page, written), _version_of(page)
    edited = stands if ours != stands else None
    is_marked = written.get("version") == stands  # a version of ours without its mark may hold another content
    if written.get("hash") == digest and (is_marked or (edited is not None and not publication.overwrite)):
        return _outcome(PublicationState.UNCHANGED, page, digest, edited=edited)
    if edited is not None and not publication.overwrite:
        raise _edited(publication, page, ours, stands)
    return _update(site, publication, document, digest, page, written, edited)


def _create(
    site: ConfluenceClient, publication: Publication, document: Document, digest: str, memory: Path
) -> PublicationOutcome:
    options: NewPage = {"parent_id": publication.parent_id} if publication.parent_id else {}
    page = site.create_page(publication.space_key, document.title, document.storage, **options)
    page_id = str(page["id"])
    _remember(memory, page_id)
    uploaded = _upload(site, page_id, document, {})
    site.create_property(page_id, PROPERTY_KEY, _record(publication, document, digest, page))
    return _outcome(PublicationState.CREATED, site.get_page(page_id, body_format=None), digest, uploaded)


def _update(
    site: ConfluenceClient,
    publication: Publication,
    document: Document,
    digest: str,
    page: Any,
    written: Mapping[str, Any],
    edited: int | None,
) -> PublicationOutcome:
    """Files first, so that no body stands that names one that is not there."""
    page_id = str(page["id"])
    uploaded = _upload(site, page_id, document, written.get("files") or {})
    change: PageChange = {
        "title": document.title,
        "body": document.storage,
        "message": f"{_MARK} ({publication.key}, {digest[:12]})",
    }
    if publication.parent_id:
        change["parent_id"] = publication.parent_id
    changed = site.update_page(page_id, expected_version=_version_of(page), **change)
    record = _record(publication, document, digest, changed)
    if written:
        site.update_property(page_id, PROPERTY_KEY, record, overwrite=True)
    else:
        site.create_property(page_id, PROPERTY_KEY, record)
    return _outcome(PublicationState.UPDATED, site.get_page(page_id, body_format=None), digest, uploaded, edited)


def _upload(site: ConfluenceClient, page_id: str, document: Document, known: Mapping[str, str]) -> tuple[str, ...]:
    """Upload the files whose bytes are others than those that are there."""
    changed = [name for name, digest in document.file_hashes().items() if known.get(name) != digest]
    for name in changed:
        site.upload_attachment(page_id, name, document.files[name], comment=_MARK, replace=True)
    return tuple(changed)


# finding


def _find(site: ConfluenceClient, publication: Publication, memory: Path) -> tuple[Any, Mapping[str, Any]]:
    """The page and what its property says; None and nothing where there is none.

    By its id where that is remembered, else by its title; and ours only if its property says so, or if we made it and were
    stopped before it had one. Raises: ConflictError where the title belongs to another page.
    """
    remembered = _page(site, _recall(memory))
    if remembered is not None:
        written = _written(site, str(remembered["id"]))
        if written.get("publication") == publication.key or (not written and _is_just_made(remembered, publication)):
            return remembered, written
    for found in site.iter_pages(space_keys=[publication.space_key], title=publication.title, statuses=["current"]):
        page = _page(site, str(found["id"]))
        if page is None:
            continue
        written = _written(site, str(page["id"]))
        if written.get("publication") == publication.key or (not written and _is_just_made(page, publication)):
            return page, written
        raise _taken(publication, page, written)
    return None, {}


def _page(site: ConfluenceClient, page_id: str | None) -> Any:
    """The page where it stands; None where it is missing, hidden or in the trash."""
    if page_id is None:
        return None
    try:
        page = site.get_page(page_id)
    except NotFoundError:
        return None
    return page if page.get("status") == "current" else None


def _written(site: ConfluenceClient, page_id: str) -> Mapping[str, Any]:
    """What the page's property says of the last publication; nothing where it has none."""
    try:
        value = site.get_property(page_id, PROPERTY_KEY).get("value")
    except NotFoundError:
        return {}
    return value if isinstance(value, dict) else {}


def _is_just_made(page: Any, publication: Publication) -> bool:
    """Whether we made the page and were stopped before it was marked: its first version, with our words at its end."""
    body = str(((page.get("body") or {}).get("storage") or {}).get("value") or "")
    return _version_of(page) == 1 and f"<code>{publication.key}</code>" in body


def _our_version(page: Any, written: Mapping[str, Any]) -> int:
    """The version that is ours: the marked one, or the one that stands, where its message is ours and its mark was not written."""
    message = str((page.get("version") or {}).get("message") or "")
    if not written or message.startswith(_MARK):
        return _version_of(page)
    return int(written.get("version") or 0)


def _recall(memory: Path) -> str | None:
    try:
        remembered = json.loads(memory.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # the title and the property find the page, too
        return None
    return str(remembered["page_id"]) if isinstance(remembered, dict) and "page_id" in remembered else None


def _remember(memory: Path, page_id: str) -> None:
    if _recall(memory) == page_id:
        return
    memory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = memory.with_suffix(f".{os.getpid()}.tmp")
    aside.write_text(json.dumps({"page_id": page_id}), encoding="utf-8")
    aside.chmod(0o600)
    aside.replace(memory)


# telling


def _record(publication: Publication, document: Document, digest: str, page: Any) -> dict[str, Any]:
    return {
        "publication": publication.key,
        "hash": digest,
        "version": _version_of(page),
        "files": document.file_hashes(),
        "generator": "confluence-assets",
    }


def _outcome(
    state: PublicationState, page: Any, digest: str, uploaded: tuple[str, ...] = (), edited: int | None = None
) -> PublicationOutcome:
    links = page.get("_links") or {}
    url = f"{links.get('base', '')}{links.get('webui', '')}"
    return PublicationOutcome(state, str(page["id"]), url, _version_of(page), digest, uploaded, edited)


def _version_of(page: Any) -> int:
    return int((page.get("version") or {}).get("number") or 1)


def _edited(publication: Publication, page: Any, ours: int, stands: int) -> ConflictError:
    error = ConflictError(
        f"{publication.title!r} (page {page['id']}) was edited by hand: version {stands} stands there, and the "
        f"publication wrote version {ours}. Nothing was written.",
        hint="Take the edit over into the template, or publish once with overwrite: true, which replaces it.",
    )
    error.expected_version, error.current_version = ours, stands
    return error


def _taken(publication: Publication, page: Any, written: Mapping[str, Any]) -> ConflictError:
    owner = f"by the publication {written['publication']}" if written.get("publication") else "by hand"
    return ConflictError(
        f"The space {publication.space_key} has a page titled {publication.title!r} already ({page['id']}), made {owner}.",
        hint="Choose another title: a publication writes only the page that it made.",
    )
