"""Folders, whiteboards, databases, embeds, and custom content. They are renamed and moved as pages are."""

from typing import TYPE_CHECKING

from confluence_assets.emulator.edits.common import Fields, author_of, content_of, new_version, next_position, space_of
from confluence_assets.emulator.edits.registry import operation
from confluence_assets.emulator.store.model import BLOGPOST, CUSTOM, EMBED, FOLDER, NODES, PAGE, TREE, Content

if TYPE_CHECKING:
    from confluence_assets.emulator.site import Site


@operation("create_node", "space", "title", "kind?", "parent?", "url?")
def create_node(site: "Site", fields: Fields) -> Fields:
    """A folder, or another kind of node."""
    kind = str(fields.get("kind", FOLDER))
    if kind not in NODES:
        raise ValueError(f"the kind is one of {', '.join(NODES)}")
    space = space_of(site, fields["space"])
    parent = content_of(site, fields["parent"], *TREE) if fields.get("parent") else None
    if parent is not None and parent.space_id != space.id:
        raise ValueError("the parent lies in another space")
    row = Content(
        site.store.next_id(), kind, space.id, str(fields["title"]), site.clock.now_ms, author_of(site, fields)
    )
    row.parent_id = parent.id if parent else 0
    row.position = next_position(site, row.parent_id, space.id)
    if kind == EMBED:
        row.extra = {"url": str(fields.get("url", "https://example.com/"))}
    site.store.add(row)
    site.index.note(row, is_new=True)
    return {"id": row.api_id}


@operation("create_custom_content", "container", "type", "title", "body?")
def create_custom_content(site: "Site", fields: Fields) -> Fields:
    """What an app keeps on a page."""
    if ":" not in str(fields["type"]):
        raise ValueError("the type is ac:<app>:<module> or forge:…")
    holder = content_of(site, fields["container"], PAGE, BLOGPOST, CUSTOM)
    row = Content(site.store.next_id(), CUSTOM, 0, str(fields["title"]), site.clock.now_ms, author_of(site, fields))
    row.container_id, row.body, row.extra = holder.id, str(fields.get("body", "{}")), {"type": str(fields["type"])}
    site.store.add(row)
    site.index.note(row, is_new=True)
    return {"id": row.api_id}


@operation("edit_custom_content", "id", "body?", "title?", "message?")
def edit_custom_content(site: "Site", fields: Fields) -> Fields:
    row = content_of(site, fields["id"], CUSTOM)
    site.index.note(row)
    new_version(site, row, fields)
    row.body, row.title = str(fields.get("body", row.body)), str(fields.get("title", row.title))
    return {"version": row.version}


@operation("delete_custom_content", "id", "purge?")
def delete_custom_content(site: "Site", fields: Fields) -> None:
    row = content_of(site, fields["id"], CUSTOM)
    site.index.note(row)
    if fields.get("purge"):
        site.store.remove(row)
    else:
        row.status = "trashed"
