"""Pages and blog posts: created, edited, renamed, moved, archived, trashed, restored, purged; versions deleted."""

from typing import TYPE_CHECKING

from confluence_assets.emulator.edits.common import (
    Fields,
    author_of,
    check_title,
    content_of,
    keep_bodies,
    lift_children,
    new_version,
    next_position,
    note_quiet_change,
    record_content,
    space_of,
    with_descendants,
)  # fmt: skip
from confluence_assets.emulator.edits.registry import operation
from confluence_assets.emulator.edits.tasks import take_tasks_from_body
from confluence_assets.emulator.store.history import past_versions
from confluence_assets.emulator.store.model import BLOGPOST, CUSTOM, NODES, PAGE, TREE, Content

if TYPE_CHECKING:
    from confluence_assets.emulator.site import Site

WRITTEN = (PAGE, BLOGPOST)


def create_content(site: "Site", fields: Fields, kind: str) -> Content:
    space = space_of(site, fields["space"])
    parent = content_of(site, fields["parent"], *TREE) if fields.get("parent") else None
    if parent is not None and parent.space_id != space.id:
        raise ValueError("the parent lies in another space")
    check_title(site, space.id, str(fields["title"]), kind)
    row = Content(
        site.store.next_id(), kind, space.id, str(fields["title"]), site.clock.now_ms, author_of(site, fields),
        body=str(fields.get("body", f"<p>{fields['title']}</p>")), message=str(fields.get("message", "")),
    )  # fmt: skip
    if kind == PAGE:
        row.parent_id = parent.id if parent else 0
        row.position = next_position(site, row.parent_id, space.id)
        row.subtype = fields.get("subtype")
    site.store.add(row)
    site.index.note(row, is_new=True)
    take_tasks_from_body(site, row)
    return row


@operation("create_page", "space", "title", "body?", "parent?", "subtype?", "message?")
def create_page(site: "Site", fields: Fields) -> Fields:
    """At the end of the parent's children, or at the root of the space."""
    return {"id": create_content(site, fields, PAGE).api_id}


@operation("create_blogpost", "space", "title", "body?", "message?")
def create_blogpost(site: "Site", fields: Fields) -> Fields:
    return {"id": create_content(site, fields, BLOGPOST).api_id}


@operation("edit_content", "id", "body?", "title?", "message?", "minor?")
def edit_content(site: "Site", fields: Fields) -> Fields:
    """A new version of a page or a blog post."""
    row = content_of(site, fields["id"], *WRITTEN)
    if row.status != "current":
        raise ValueError(f"a {row.status} {row.kind} can't be edited")
    if "title" in fields:
        check_title(site, row.space_id, str(fields["title"]), row.kind, besides=row)
    site.index.note(row)
    new_version(site, row, fields)
    row.title = str(fields.get("title", row.title))
    if "body" in fields:
        row.body = str(fields["body"])
        take_tasks_from_body(site, row)
    return {"version": row.version}


@operation("rename", "id", "title", "message?")
def rename(site: "Site", fields: Fields) -> Fields:
    """A new version that only has another title; of folders and the like, too."""
    row = content_of(site, fields["id"], *WRITTEN, *NODES)
    if row.kind in WRITTEN:
        check_title(site, row.space_id, str(fields["title"]), row.kind, besides=row)
    site.index.note(row)
    new_version(site, row, fields)
    row.title = str(fields["title"])
    return {"version": row.version}


@operation("move", "id", "parent?", "space?", "position?")
def move(site: "Site", fields: Fields) -> Fields:
    """Below another parent, or to the root of a space, with all that hangs below. No version, no new date, but for a switch."""
    row = content_of(site, fields["id"], *TREE, BLOGPOST)
    parent = content_of(site, fields["parent"], *TREE) if fields.get("parent") else None
    space_id = parent.space_id if parent else space_of(site, fields["space"]).id if "space" in fields else row.space_id
    moved = with_descendants(site, row)
    if parent is not None and parent in moved:
        raise ValueError("a page can't be moved below itself")
    if space_id != row.space_id:
        for one in moved:
            if one.kind in WRITTEN:
                check_title(site, space_id, one.title, one.kind, besides=one)
    for one in moved:
        site.index.note(one)
    note_quiet_change(site, row, fields)
    position = next_position(site, parent.id if parent else 0, space_id)
    if row.kind == BLOGPOST:
        row.space_id = space_id
    else:
        site.store.replace(row, parent_id=parent.id if parent else 0, space_id=space_id)
        row.position = int(fields.get("position", position))
        for one in moved[1:]:
            one.space_id = space_id
    return {"moved": len(moved)}


def _set_status(site: "Site", fields: Fields, status: str, *kinds: str) -> Fields:
    row = content_of(site, fields["id"], *kinds)
    if fields.get("descendants"):
        rows = with_descendants(site, row)
    else:
        rows = [row]
        if row.kind in TREE:
            lift_children(site, row)
    for one in rows:
        if one.status == "current" or one is row:
            site.index.note(one)
            one.status = status
    return {"changed": len(rows)}


@operation("archive", "id", "descendants?")
def archive(site: "Site", fields: Fields) -> Fields:
    """Out of the way, but there. Children move up, unless they are archived with it."""
    return _set_status(site, fields, "archived", PAGE)


@operation("unarchive", "id")
def unarchive(site: "Site", fields: Fields) -> None:
    row = content_of(site, fields["id"], PAGE)
    if row.status != "archived":
        raise ValueError("it is not archived")
    site.index.note(row)
    row.status = "current"


@operation("trash", "id", "descendants?")
def trash(site: "Site", fields: Fields) -> Fields:
    """To the trash: it can be read by id and restored, and leaves the default lists. Children move up."""
    return _set_status(site, fields, "trashed", *TREE, BLOGPOST, CUSTOM, "attachment")


@operation("restore", "id")
def restore(site: "Site", fields: Fields) -> None:
    """Back from the trash: below its parent where that is still there, else at the root."""
    row = content_of(site, fields["id"])
    if row.status != "trashed":
        raise ValueError("it is not in the trash")
    if row.kind in WRITTEN:
        check_title(site, row.space_id, row.title, row.kind, besides=row)
    site.index.note(row)
    row.status = "current"
    parent = site.store.contents.get(row.parent_id) if row.kind in TREE else None
    if (
        row.kind in TREE
        and row.parent_id
        and (parent is None or parent.status != "current" or parent.space_id != row.space_id)
    ):
        site.store.replace(row, parent_id=0, space_id=row.space_id)


def purge_content(site: "Site", row: Content) -> None:
    """For good: with comments, files and all that hangs on it."""
    for held in list(site.store.contained.get(row.id, ())) + list(site.store.replies.get(row.id, ())):
        purge_content(site, held)
    if row.kind in TREE:
        lift_children(site, row)
    if row.id in site.store.contents:
        site.store.remove(row)


@operation("purge", "id")
def purge(site: "Site", fields: Fields) -> None:
    row = content_of(site, fields["id"])
    if row.kind in WRITTEN:
        record_content(site, fields, f"{row.kind.capitalize()} purged", "Pages and blogs", row)
    purge_content(site, row)


@operation("delete_version", "id", "number")
def delete_version(site: "Site", fields: Fields) -> Fields:
    """A past version goes; those after it, the current one included, are one less."""
    row = content_of(site, fields["id"])
    number = int(fields["number"])
    if not 1 <= number < row.version:
        raise ValueError(f"{row.kind} {row.id} has no past version {number}")
    past = past_versions(site.store, row)
    for index, version in enumerate(past):
        if version.body is None:
            version.body = site.bodies.storage(row, index + 1) if row.kind != "attachment" else ""
    keep_bodies(site, row)
    del past[number - 1]
    row.version -= 1
    return {"version": row.version}
