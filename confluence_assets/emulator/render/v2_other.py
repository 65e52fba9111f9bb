"""Rows of Cloud v2 that are no content: spaces, tasks, labels, properties, versions, people, roles."""

from typing import TYPE_CHECKING, Any

from confluence_assets.emulator.clock import iso
from confluence_assets.emulator.render.bodies import convert
from confluence_assets.emulator.store.history import VersionRow
from confluence_assets.emulator.store.model import (
    ATTACHMENT,
    BLOGPOST,
    CUSTOM,
    PAGE,
    Content,
    Property,
    Role,
    Space,
    Task,
    User,
)

if TYPE_CHECKING:
    from confluence_assets.emulator.site import Site

Row = dict[str, Any]
CONTAINER_KEYS = {PAGE: "pageId", BLOGPOST: "blogPostId", CUSTOM: "customContentId", ATTACHMENT: "attachmentId"}


class RenderOther:
    """Makes rows of what is no content."""

    def __init__(self, site: "Site") -> None:
        self._site = site
        self._store = site.store

    def space(self, space: Space, description_format: str | None = None, *, with_icon: bool = False) -> Row:
        row: Row = {
            "id": str(space.id),
            "key": space.key,
            "name": space.name,
            "type": space.type,
            "status": space.status,
            "authorId": space.author,
            "spaceOwnerId": space.owner or space.author,
            "currentActiveAlias": space.alias or space.key,
            "createdAt": iso(space.created),
            "homepageId": str(space.homepage_id) if space.homepage_id else None,
            "icon": None,
            "description": {},
            "_links": {"webui": f"/spaces/{space.key}"},
        }
        if description_format:
            described = {"representation": description_format, "value": space.description}
            row["description"] = {description_format: described}
        if with_icon:
            row["icon"] = {"path": f"/images/logo/{space.key}.png", "apiDownloadLink": f"/download/{space.key}.png"}
        return row

    def task(self, task: Task, representation: str | None = None) -> Row:
        container = self._store.contents[task.container_id]
        body: Row = {}
        if representation:
            body[representation] = {"representation": representation, "value": convert(task.body, representation)}
        return {
            "id": str(task.id),
            "localId": task.local_id,
            "spaceId": str(self._store.space_of(container).id),
            CONTAINER_KEYS.get(container.kind, "pageId"): str(container.id),
            "status": task.status,
            "body": body,
            "createdBy": task.created_by,
            "assignedTo": task.assigned_to,
            "completedBy": task.completed_by,
            "createdAt": iso(task.created),
            "updatedAt": iso(task.updated or task.created),
            "dueAt": iso(task.due) if task.due is not None else None,
            "completedAt": iso(task.completed) if task.completed is not None else None,
        }

    def label(self, label: tuple[str, str]) -> Row:
        prefix, name = label
        return {"id": str(self._store.label_id(prefix, name)), "name": name, "prefix": prefix}

    def property(self, held: Property) -> Row:
        return {
            "id": str(held.id),
            "key": held.key,
            "value": held.value,
            "version": self._property_version(held, "authorId"),
        }

    def space_property(self, held: Property) -> Row:
        return {
            "id": str(held.id),
            "key": held.key,
            "value": held.value,
            "createdAt": iso(held.created),
            "createdBy": held.author,
            "version": self._property_version(held, "createdBy"),
        }

    def _property_version(self, held: Property, author_key: str) -> Row:
        version: Row = {"number": held.version, "message": "", "createdAt": iso(held.modified), author_key: held.author}
        if author_key == "authorId":
            version["minorEdit"] = False
        return version

    def version_row(self, row: VersionRow, content: Content, name: str, representation: str | None = None) -> Row:
        about: Row = {"id": content.api_id, "title": row.title}
        if representation:
            value = convert(row.body(), representation)
            about["body"] = {representation: {"representation": representation, "value": value}}
        return {**self.plain_version(row), name: about}

    def plain_version(self, row: VersionRow) -> Row:
        return {
            "number": row.number,
            "message": row.message,
            "minorEdit": row.is_minor,
            "authorId": row.author,
            "createdAt": iso(row.created),
        }

    def user(self, user: User) -> Row:
        hidden = user.is_email_hidden or user.status == "closed"
        return {
            "accountId": user.account_id,
            "accountType": user.account_type,
            "accountStatus": user.status,
            "displayName": user.display_name if user.status != "closed" else "Former user",
            "publicName": user.public_name or user.display_name,
            "email": "" if hidden else user.email,
            "timeZone": None if hidden else user.time_zone,
            "personalSpaceId": str(user.personal_space_id) if user.personal_space_id else None,
            "isExternalCollaborator": user.is_guest,
            "profilePicture": {"path": f"/wiki/aa-avatar/{user.account_id}", "isDefault": True},
        }

    def role(self, role: Role) -> Row:
        return {
            "id": role.id,
            "type": role.type,
            "name": role.name,
            "description": role.description,
            "spacePermissions": list(role.permissions),
        }
