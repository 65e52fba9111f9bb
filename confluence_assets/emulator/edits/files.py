"""Files: uploaded, replaced, deleted."""

import base64
from typing import TYPE_CHECKING

from confluence_assets.emulator.edits.common import Fields, author_of, content_of
from confluence_assets.emulator.edits.registry import operation
from confluence_assets.emulator.render.files import media_type_of
from confluence_assets.emulator.store.history import push_version
from confluence_assets.emulator.store.model import ATTACHMENT, BLOGPOST, CUSTOM, PAGE, Content

if TYPE_CHECKING:
    from confluence_assets.emulator.site import Site


def _bytes(fields: Fields, content_id: int, version: int) -> bytes:
    if "base64" in fields:
        return base64.b64decode(fields["base64"])
    return str(fields.get("text", f"File {content_id}, version {version}.\n")).encode()


def _new_version(site: "Site", row: Content, fields: Fields) -> Fields:
    site.index.note(row)
    push_version(site.store, row, site.clock.now_ms, author_of(site, fields), message=str(fields.get("comment", "")))
    row.extra = {
        **(row.extra or {}),
        "bytes": _bytes(fields, row.id, row.version),
        "file_id": site.store.uuid("file", row.id, row.version),
        "comment": str(fields.get("comment", "")),
    }
    return {"id": row.api_id, "version": row.version}


@operation("upload", "container", "filename", "text?", "base64?", "media_type?", "comment?")
def upload(site: "Site", fields: Fields) -> Fields:
    """A new file; a name that is there already makes a new version of that one."""
    holder = content_of(site, fields["container"], PAGE, BLOGPOST, CUSTOM)
    name = str(fields["filename"])
    there = site.store.file_name_taken(holder.id, name)
    if there is not None:
        return _new_version(site, there, fields)
    row = Content(site.store.next_id(), ATTACHMENT, 0, name, site.clock.now_ms, author_of(site, fields))
    row.container_id = holder.id
    row.message = str(fields.get("comment", ""))
    row.extra = {
        "media_type": str(fields.get("media_type") or media_type_of(name)),
        "bytes": _bytes(fields, row.id, 1),
        "file_id": site.store.uuid("file", row.id, 1),
        "comment": str(fields.get("comment", "")),
    }
    site.store.add(row)
    site.index.note(row, is_new=True)
    return {"id": row.api_id, "version": 1}


@operation("new_file_version", "id", "text?", "base64?", "comment?")
def new_file_version(site: "Site", fields: Fields) -> Fields:
    return _new_version(site, content_of(site, fields["id"], ATTACHMENT), fields)


@operation("delete_file", "id", "purge?")
def delete_file(site: "Site", fields: Fields) -> None:
    """To the trash, or for good."""
    row = content_of(site, fields["id"], ATTACHMENT)
    site.index.note(row)
    if fields.get("purge"):
        site.store.remove(row)
    else:
        row.status = "trashed"
