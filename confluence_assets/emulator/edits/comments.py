"""Comments: written, answered, edited, resolved, reopened, deleted."""

from typing import TYPE_CHECKING

from confluence_assets.emulator.edits.common import Fields, author_of, content_of, new_version
from confluence_assets.emulator.edits.registry import operation
from confluence_assets.emulator.store.model import ATTACHMENT, BLOGPOST, COMMENTS, CUSTOM, FOOTER, INLINE, PAGE, Content

if TYPE_CHECKING:
    from confluence_assets.emulator.site import Site


def _add(site: "Site", row: Content) -> Fields:
    site.store.add(row)
    site.index.note(row, is_new=True)
    return {"id": row.api_id}


@operation("comment", "container", "body?", "kind?", "selection?", "marker?")
def comment(site: "Site", fields: Fields) -> Fields:
    """A footer comment, or (`kind` inline) one on a piece of the text."""
    kinds = {"footer": FOOTER, "inline": INLINE}
    kind = kinds[fields.get("kind", "footer")]
    holder = content_of(site, fields["container"], PAGE, BLOGPOST, *((ATTACHMENT, CUSTOM) if kind == FOOTER else ()))
    row = Content(
        site.store.next_id(), kind, 0, f"Re: {holder.title}"[:255], site.clock.now_ms, author_of(site, fields)
    )
    row.container_id, row.body = holder.id, str(fields.get("body", "<p>Noted.</p>"))
    if kind == INLINE:
        marker = fields.get("marker") or site.store.uuid("marker", row.id)
        row.extra = {"resolution": "open", "selection": str(fields.get("selection", "text")), "marker": str(marker)}
    return _add(site, row)


@operation("reply", "comment", "body?")
def reply(site: "Site", fields: Fields) -> Fields:
    above = content_of(site, fields["comment"], *COMMENTS)
    row = Content(site.store.next_id(), above.kind, 0, above.title, site.clock.now_ms, author_of(site, fields))
    row.container_id, row.parent_id = above.container_id, above.id
    row.body = str(fields.get("body", "<p>Thanks.</p>"))
    return _add(site, row)


@operation("edit_comment", "id", "body", "message?")
def edit_comment(site: "Site", fields: Fields) -> Fields:
    row = content_of(site, fields["id"], *COMMENTS)
    site.index.note(row)
    new_version(site, row, fields)
    row.body = str(fields["body"])
    return {"version": row.version}


def _resolve(site: "Site", fields: Fields, resolution: str) -> None:
    row = content_of(site, fields["id"], INLINE)
    if row.parent_id:
        raise ValueError("a reply has no resolution of its own")
    extra = row.extra = dict(row.extra or {})
    extra.update(resolution=resolution, resolved_by=author_of(site, fields), resolved_at=site.clock.now_ms)


@operation("resolve_comment", "id")
def resolve_comment(site: "Site", fields: Fields) -> None:
    """No version: only the resolution tells."""
    _resolve(site, fields, "resolved")


@operation("reopen_comment", "id")
def reopen_comment(site: "Site", fields: Fields) -> None:
    _resolve(site, fields, "reopened")


@operation("delete_comment", "id", "with_replies?")
def delete_comment(site: "Site", fields: Fields) -> None:
    """Comments have no trash. Replies move up one level, unless they go with it."""
    row = content_of(site, fields["id"], *COMMENTS)
    for answer in list(site.store.replies.get(row.id, ())):
        if fields.get("with_replies"):
            delete_comment(site, {**fields, "id": answer.id})
        else:
            site.store.replies[row.id].remove(answer)
            answer.parent_id = row.parent_id
            shelf = site.store.replies if row.parent_id else site.store.contained
            shelf.setdefault(row.parent_id or answer.container_id, []).append(answer)
            if answer.kind == INLINE and not answer.parent_id:
                answer.extra = dict(row.extra or {})
    site.store.remove(row)
