"""People, groups and restrictions as v1 shows them."""

from typing import Any

from confluence_assets.emulator.access.viewer import Viewer
from confluence_assets.emulator.site import Site
from confluence_assets.emulator.store.model import Content, Group, Restriction, User

Row = dict[str, Any]
MOST_NAMED = 100


class RenderPeople:
    """Makes rows about people for one viewer."""

    def __init__(self, site: Site, viewer: Viewer) -> None:
        self.site = site
        self.store = site.store
        self.viewer = viewer
        self.wiki = f"{site.base_url}/wiki"
        self._ari = f"ari:cloud:confluence:{site.cloud_id}"

    def self_link(self, path: str) -> Row:
        return {"self": f"{self.wiki}/rest/api{path}"}

    def user(self, account_id: str) -> Row:
        user = self.store.users.get(account_id)
        if user is None:
            return self._unknown(account_id)
        hidden = user.is_email_hidden or user.status == "closed"
        return {
            "type": "known",
            "accountId": user.account_id,
            "accountType": user.account_type,
            "email": "" if hidden else user.email,
            "publicName": user.public_name or user.display_name,
            "displayName": user.display_name,
            "timeZone": None if hidden else user.time_zone,
            "profilePicture": {"path": f"/wiki/aa-avatar/{account_id}", "width": 48, "height": 48, "isDefault": True},
            "isExternalCollaborator": user.is_guest,
            "externalCollaborator": user.is_guest,
            "isGuest": user.is_guest,
            "locale": "en_GB",
            "_expandable": {"operations": "", "personalSpace": ""},
            "_links": self.self_link(f"/user?accountId={account_id}"),
        }

    def _unknown(self, account_id: str) -> Row:
        return {
            "type": "unknown",
            "accountId": account_id,
            "accountType": "",
            "email": "",
            "publicName": "Unknown user",
            "displayName": "Unknown user",
            "profilePicture": {"path": "/wiki/aa-avatar/default", "width": 48, "height": 48, "isDefault": True},
            "_expandable": {"operations": "", "personalSpace": ""},
            "_links": self.self_link(f"/user?accountId={account_id}"),
        }

    def anonymous(self) -> Row:
        return {
            "type": "anonymous",
            "displayName": "Anonymous",
            "profilePicture": {"path": "/wiki/aa-avatar/default", "width": 48, "height": 48, "isDefault": True},
            "_expandable": {"operations": ""},
            "_links": self.self_link("/user/anonymous"),
        }

    def person(self, user: User) -> Row:
        return self.user(user.account_id)

    def group(self, group: Group) -> Row:
        return {
            "type": "group",
            "name": group.name,
            "id": group.id,
            "usageType": group.usage_type,
            "managedBy": group.managed_by,
            "_links": self.self_link(f"/group/by-id?id={group.id}"),
        }

    def _named_group(self, group_id: str, name: str) -> Row:
        """A group that a restriction names; it may be gone by now."""
        found = self.store.groups.get(group_id)
        if found is not None:
            return self.group(found)
        return {"type": "group", "name": name, "id": group_id, "_links": self.self_link(f"/group/by-id?id={group_id}")}

    def restriction(self, content: Content, operation: str, start: int = 0, limit: int = MOST_NAMED) -> Row:
        """One operation's names. Users and groups share `start` and `limit`."""
        held = self.store.restrictions.get(content.id, {}).get(operation) or Restriction()
        path = f"/content/{content.api_id}/restriction/byOperation/{operation}"
        users = [self.user(account) for account in held.users[start : start + limit]]
        groups = [self._named_group(*named) for named in held.groups[start : start + limit]]
        return {
            "operation": operation,
            "restrictions": {
                "user": self._part(users, start, limit, len(held.users), path),
                "group": self._part(groups, start, limit, len(held.groups), path),
            },
            "_expandable": {"content": f"/rest/api/content/{content.api_id}"},
            "_links": self.self_link(path),
        }

    def _part(self, rows: list[Row], start: int, limit: int, total: int, path: str) -> Row:
        links: Row = {}
        if start + len(rows) < total:
            links["next"] = f"/rest/api{path}?start={start + limit}&limit={limit}"
        return {"results": rows, "start": start, "limit": limit, "size": len(rows), "_links": links}
