"""Labels, restrictions, properties, likes: what changes without a version, as far as is known (there is a switch)."""

from typing import TYPE_CHECKING

from confluence_assets.emulator.edits.common import (
    Fields,
    author_of,
    content_of,
    group_of,
    note_quiet_change,
    record_content,
    space_of,
    user_of,
)
from confluence_assets.emulator.edits.registry import operation
from confluence_assets.emulator.store.model import Restriction

if TYPE_CHECKING:
    from confluence_assets.emulator.site import Site


@operation("relabel", "id", "labels", "prefix?")
def relabel(site: "Site", fields: Fields) -> None:
    """Exactly these labels of that prefix (global, where none is given)."""
    row = content_of(site, fields["id"])
    site.index.note(row)
    note_quiet_change(site, row, fields)
    prefix = str(fields.get("prefix", "global"))
    kept = [label for label in site.store.labels.get(row.id, []) if label[0] != prefix]
    site.store.labels[row.id] = kept
    site.store.add_labels(row.id, [str(name) for name in fields["labels"]], prefix)
    if not site.store.labels[row.id]:
        del site.store.labels[row.id]


@operation("label_space", "space", "labels")
def label_space(site: "Site", fields: Fields) -> None:
    space = space_of(site, fields["space"])
    space.labels = [("team", str(name)) for name in fields["labels"]]
    for label in space.labels:
        site.store.label_id(*label)


@operation("restrict", "id", "operation?", "users?", "groups?")
def restrict(site: "Site", fields: Fields) -> None:
    """Exactly these people and groups may do it (read, where nothing is said). Naming nobody lifts the restriction."""
    row = content_of(site, fields["id"])
    if row.container_id:
        raise ValueError(f"a {row.kind} has no restrictions of its own")
    operation_key = str(fields.get("operation", "read"))
    if operation_key not in ("read", "update"):
        raise ValueError("the operation is read or update")
    site.index.note(row)
    note_quiet_change(site, row, fields)
    groups = [group_of(site, name) for name in fields.get("groups", ())]
    named = Restriction(
        [user_of(site, name).account_id for name in fields.get("users", ())],
        [(group.id, group.name) for group in groups],
    )
    held = site.store.restrictions.setdefault(row.id, {})
    held.pop(operation_key, None)
    if not named.is_empty:
        held[operation_key] = named
    if not held:
        del site.store.restrictions[row.id]
    summary = "Content restriction added" if not named.is_empty else "Content restriction removed"
    record_content(site, fields, summary, "Permissions", row)


@operation("unrestrict", "id", "operation?")
def unrestrict(site: "Site", fields: Fields) -> None:
    """Nobody is named any more; without an operation, for none of them."""
    keys = [fields["operation"]] if "operation" in fields else ["read", "update"]
    for key in keys:
        restrict(site, {**fields, "operation": key, "users": [], "groups": []})


@operation("set_property", "id", "key", "value")
def set_property(site: "Site", fields: Fields) -> Fields:
    row = content_of(site, fields["id"])
    note_quiet_change(site, row, fields)
    held = site.store.properties.setdefault(row.id, {})
    found = site.store.set_property(
        held, str(fields["key"]), fields["value"], author=author_of(site, fields), at=site.clock.now_ms
    )
    return {"id": str(found.id), "version": found.version}


@operation("delete_property", "id", "key")
def delete_property(site: "Site", fields: Fields) -> None:
    row = content_of(site, fields["id"])
    del site.store.properties[row.id][str(fields["key"])]
    note_quiet_change(site, row, fields)


@operation("set_space_property", "space", "key", "value")
def set_space_property(site: "Site", fields: Fields) -> Fields:
    held = space_of(site, fields["space"]).properties
    found = site.store.set_property(
        held, str(fields["key"]), fields["value"], author=author_of(site, fields), at=site.clock.now_ms
    )
    return {"id": str(found.id), "version": found.version}


@operation("like", "id")
def like(site: "Site", fields: Fields) -> None:
    likes = site.store.likes.setdefault(content_of(site, fields["id"]).id, [])
    if author_of(site, fields) not in likes:
        likes.append(author_of(site, fields))


@operation("unlike", "id")
def unlike(site: "Site", fields: Fields) -> None:
    site.store.likes[content_of(site, fields["id"]).id].remove(author_of(site, fields))
