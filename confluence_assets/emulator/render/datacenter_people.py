"""People, groups and restrictions as Data Center shows them: user keys, user names, groups by name."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from confluence_assets.emulator.access.viewer import Viewer
from confluence_assets.emulator.clock import iso
from confluence_assets.emulator.datacenter.switches import quirks_of
from confluence_assets.emulator.render.v1 import RenderV1
from confluence_assets.emulator.site import Site
from confluence_assets.emulator.store.model import Content, Group, Restriction, User

Row = dict[str, Any]
_STATUSES = {"active": "current", "inactive": "deactivated", "closed": "deleted"}


def email_of(site: Site, viewer: Viewer, user: User) -> str | None:
    """The address, where this viewer is shown it."""
    shown_to = quirks_of(site).email_visibility
    if user.status == "closed" or user.is_email_hidden or shown_to == "hidden":
        return None
    return user.email if shown_to == "public" or viewer.is_admin else None


def datacenter_user(site: Site, viewer: Viewer, user: User) -> Row:
    """A row of the dump."""
    email = email_of(site, viewer, user)
    return {
        "account_id": user.account_id,
        "user_key": user.account_id,
        "username": user.username,
        "account_type": None,
        "account_status": user.status,
        "display_name": user.display_name,
        "public_name": None,
        "email": email,
        "email_hidden": email is None,
        "time_zone": None,
        "is_external": None,
        "personal_space_id": str(user.personal_space_id) if user.personal_space_id else None,
    }


class RenderDatacenterPeople(RenderV1):
    """Makes rows about people for one viewer."""

    def __init__(self, site: Site, viewer: Viewer) -> None:
        super().__init__(site, viewer)
        self.quirks = quirks_of(site)
        self.wiki = site.base_url
        self._zone = ZoneInfo(self.quirks.instance_time_zone)

    def when(self, milliseconds: int) -> str:
        """A time in the server's zone: `Z`, or with its offset."""
        if self.quirks.instance_time_zone == "UTC":
            return iso(milliseconds)
        moment = datetime.fromtimestamp(milliseconds / 1000, UTC).astimezone(self._zone)
        return moment.isoformat(timespec="milliseconds")

    def user(self, account_id: str) -> Row:
        user = self.store.users.get(account_id)
        if user is None or user.status == "closed":
            return self._unknown(account_id)
        return {
            "type": "known",
            "username": user.username,
            "userKey": user.account_id,
            "profilePicture": self._picture(),
            "displayName": user.display_name,
            "_links": self.self_link(f"/user?key={account_id}"),
            "_expandable": {"status": ""},
            **self._email(user, is_list=True),
        }

    def _picture(self) -> Row:
        path = f"{self.site.config.context_path}/images/icons/profilepics/default.svg"
        return {"path": path, "width": 48, "height": 48, "isDefault": True}

    def _email(self, user: User, *, is_list: bool) -> Row:
        if is_list and not self.quirks.email_in_lists:
            return {}
        email = email_of(self.site, self.viewer, user)
        return {} if email is None else {"email": email}

    def _unknown(self, account_id: str) -> Row:
        user = self.store.users.get(account_id)
        return {
            "type": "unknown",
            "username": user.username if user else account_id,
            "userKey": account_id,
            "profilePicture": self._picture(),
            "displayName": f"Unknown User ({user.username if user else account_id})",
            "_links": self.self_link(f"/user?key={account_id}"),
            "_expandable": {"status": ""},
        }

    def anonymous(self) -> Row:
        return {
            "type": "anonymous",
            "profilePicture": self._picture(),
            "displayName": "Anonymous",
            "_links": self.self_link("/user/anonymous"),
        }

    def full_user(self, user: User, expand: Row) -> Row:
        """One user asked for alone: with the e-mail address, where it is visible."""
        return self.listed_user(user, expand) | self._email(user, is_list=False)

    def listed_user(self, user: User, expand: Row) -> Row:
        row = self.user(user.account_id)
        if "status" in expand:
            row["status"] = _STATUSES[user.status]
            row["_expandable"].pop("status")
        return row

    def group(self, group: Group) -> Row:
        return self._named_group(group.id, group.name)

    def _named_group(self, group_id: str, name: str) -> Row:
        return {"type": "group", "name": name, "_links": self.self_link(f"/group/{quote(name)}")}

    def restriction(self, content: Content, operation: str, start: int = 0, limit: int | None = None) -> Row:
        most = self.quirks.expanded_names_limit
        row = super().restriction(content, operation, start, most if limit is None else min(limit, most))
        row["lastModificationDate"] = self.when(content.modified)
        return row

    def relevant_restrictions(self, content: Content, start: int, limit: int) -> Row:
        """The view restrictions that count for a content: its own and those above it."""
        root = self.store.root_of(content)
        chain = [root, *reversed(self.store.ancestors(root))]
        held = self.store.restrictions
        rows = [row for row in chain if not (held.get(row.id, {}).get("read") or Restriction()).is_empty]
        page = [self.restriction(row, "read") for row in rows[start : start + limit]]
        return {"results": page, "start": start, "limit": limit, "size": len(page)}
