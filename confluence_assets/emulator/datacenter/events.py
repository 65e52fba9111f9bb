"""Which webhook events an edit fires, and what their payloads say: little, and never a title."""

from typing import TYPE_CHECKING, Any

from confluence_assets.emulator.edits.common import content_of, group_of, space_of, user_of
from confluence_assets.emulator.store.model import ATTACHMENT, BLOGPOST, COMMENTS, PAGE, Content

if TYPE_CHECKING:
    from confluence_assets.emulator.site import Site

Fields = dict[str, Any]
Event = tuple[str, Fields]
EVENTS = (
    "attachment_created", "attachment_removed", "attachment_restored", "attachment_trashed", "attachment_updated",
    "blog_created", "blog_removed", "blog_restored", "blog_trashed", "blog_updated", "blueprint_page_created",
    "comment_created", "comment_removed", "comment_updated", "content_created", "content_restored", "content_trashed",
    "content_updated", "content_permissions_updated", "group_created", "group_removed", "label_added", "label_created",
    "label_deleted", "label_removed", "page_children_reordered", "page_created", "page_moved", "page_removed",
    "page_restored", "page_trashed", "page_updated", "space_created", "space_logo_updated", "space_permissions_updated",
    "space_removed", "space_updated", "theme_enabled", "user_created", "user_deactivated", "user_followed",
    "user_reactivated", "user_removed",
)  # fmt: skip
_FAMILIES = {PAGE: "page", BLOGPOST: "blog", ATTACHMENT: "attachment", **dict.fromkeys(COMMENTS, "comment")}
_ON_CONTENT = {
    "create_page": "created", "create_blogpost": "created", "edit_content": "updated", "rename": "updated",
    "trash": "trashed", "restore": "restored", "purge": "removed", "comment": "created", "reply": "created",
    "edit_comment": "updated", "resolve_comment": "updated", "reopen_comment": "updated", "delete_comment": "removed",
    "upload": "created", "new_file_version": "updated", "delete_file": "trashed", "create_task": "updated",
    "tick_task": "updated", "untick_task": "updated", "delete_task": "updated", "set_task_due": "updated",
    "assign_task": "updated",
}  # fmt: skip
_ON_SPACE = {
    "archive_space": "space_updated", "unarchive_space": "space_updated", "rename_space": "space_updated",
    "describe_space": "space_updated", "label_space": "space_updated", "delete_space": "space_removed",
    "grant": "space_permissions_updated", "revoke": "space_permissions_updated",
    "lose_access": "space_permissions_updated", "gain_access": "space_permissions_updated",
}  # fmt: skip
_ON_USER = {
    "deactivate_user": "user_deactivated",
    "reactivate_user": "user_reactivated",
    "close_user": "user_removed",
}
_BEFORE = {"purge", "delete_comment", "delete_file", "delete_task"}
"""What is gone afterwards is looked up before."""


def look_before(site: "Site", name: str, fields: Fields) -> Any:
    """What the payloads need of the state before the edit."""
    if name in ("move", "relabel"):
        content = content_of(site, fields["id"])
        return content.parent_id, set(site.store.labels.get(content.id, ()))
    if name in ("delete_space", "delete_group"):
        return space_of(site, fields["space"]).key if "space" in fields else group_of(site, fields["group"]).name
    return _content(site, name, fields, {}) if name in _BEFORE else None


def _content(site: "Site", name: str, fields: Fields, result: Fields) -> Content:
    if name.endswith("_task") or name == "set_task_due":
        task_id = int(result.get("id") or fields["id"])
        return site.store.contents[site.store.tasks[task_id].container_id]
    return content_of(site, result.get("id", fields.get("id")))


def events_of(site: "Site", name: str, fields: Fields, result: Fields, before: Any) -> list[Event]:
    """The events of an edit that was made, in order."""
    if name in _ON_CONTENT:
        content = before if name in _BEFORE else _content(site, name, fields, result)
        action = _ON_CONTENT[name]
        if name == "upload" and result.get("version", 1) > 1:
            action = "updated"
        if name == "delete_file" and fields.get("purge"):
            action = "removed"
        return _on_content(content, action)
    if name in ("restrict", "unrestrict"):
        return [("content_permissions_updated", {"content": {"id": content_of(site, fields["id"]).id}})]
    if name == "move":
        content = content_of(site, fields["id"])
        old = {"oldParent": {"id": before[0]}} if before[0] else {}
        return [("page_moved", {"page": {"id": content.id}, **old})] if content.kind == PAGE else []
    if name == "relabel":
        return _labels(site, content_of(site, fields["id"]), before[1])
    return _elsewhere(site, name, fields, result, before)


def _on_content(content: Content, action: str) -> list[Event]:
    family = _FAMILIES.get(content.kind)
    if family is None:
        return []
    if family == "attachment":
        payload: Fields = {"attachments": [{"id": content.id}], "attachedTo": {"id": content.container_id}}
    else:
        payload = {family: {"id": content.id}}
    return [(f"{family}_{action}", payload)]


def _labels(site: "Site", content: Content, before: set[tuple[str, str]]) -> list[Event]:
    now = set(site.store.labels.get(content.id, ()))
    labelled = {"labeled": {"id": content.id}}
    changes = [("label_added", label) for label in sorted(now - before)]
    changes += [("label_removed", label) for label in sorted(before - now)]
    return [(event, {"label": {"prefix": prefix, "name": name}, **labelled}) for event, (prefix, name) in changes]


def _elsewhere(site: "Site", name: str, fields: Fields, result: Fields, before: Any) -> list[Event]:
    if name == "create_space":
        home = [("page_created", {"page": {"id": int(result["homepage_id"])}})]
        return [("space_created", {"space": {"key": str(fields["key"])}}), *home]
    if name in _ON_SPACE:
        key = before if name == "delete_space" else space_of(site, fields["space"]).key
        return [(_ON_SPACE[name], {"space": {"key": key}})]
    if name == "create_user":
        return [("user_created", {"user": {"userKey": result["account_id"]}})]
    if name in _ON_USER:
        return [(_ON_USER[name], {"user": {"userKey": user_of(site, fields["account"]).account_id}})]
    if name == "create_group":
        return [("group_created", {"group": {"name": str(fields["name"])}})]
    return [("group_removed", {"group": {"name": before}})] if name == "delete_group" else []
