"""Users and groups of a Data Center: groups inside groups flattened, people by their keys.

Each group's own members and inner groups are asked once in a source's life, since a group may stand in several others.
"""

import threading
from collections.abc import Iterable, Iterator

from confluence_assets.api.datacenter import endpoints
from confluence_assets.api.datacenter.caller import DatacenterCaller
from confluence_assets.api.datacenter.content_rows import user_key
from confluence_assets.api.datacenter.identity import DatacenterIdentity
from confluence_assets.api.datacenter.permissions import GlobalPermissions
from confluence_assets.api.fields import text_of
from confluence_assets.api.wire import Endpoint, JsonObject
from confluence_assets.errors import NotFoundError, UnavailableError
from confluence_assets.tables import Row

ROWS = 200
USER_LIST_SINCE = (8, 4)
ADDRESS_LOOKUPS = 1_000
"""E-mail addresses stand in no list, so that each costs a request; of more people than this none are asked."""
_STATUSES = {"current": "active", "deactivated": "inactive", "deleted": "closed", "unknown": "closed"}


class DatacenterPeople:
    """Asks for people. Safe to use from several threads."""

    def __init__(self, caller: DatacenterCaller, identity: DatacenterIdentity, permissions: GlobalPermissions) -> None:
        self._caller = caller
        self._identity = identity
        self._permissions = permissions
        self._lock = threading.RLock()
        self._members: dict[str, tuple[str, ...]] = {}
        self._inside: dict[str, tuple[str, ...]] = {}
        self._nests: bool | None = None
        self._keys: dict[str, str | None] = {}
        self._has_listed = False

    def iter_groups(self) -> Iterator[list[Row]]:
        """Rows for `groups`; which access each gives is told to administrators, from 9.1 on."""
        access = self._permissions.access_of_groups()
        for groups in self._caller.walk_rows(endpoints.GROUPS, {}, limit=ROWS, identity=_name_of):
            yield [_group_row(str(group["name"]), access.get(str(group["name"]), [])) for group in groups]

    def iter_group_members(self, group_id: str) -> Iterator[list[Row]]:
        """Everybody in a group and in the groups inside it, however deep; nothing for one that the site does not know."""
        seen: set[str] = set()
        reached, open_groups = {group_id}, [group_id]
        while open_groups:
            group = open_groups.pop()
            try:
                members = self._direct_members(group)
            except NotFoundError:
                continue
            fresh = [account for account in members if account not in seen]
            seen.update(fresh)
            if fresh:
                yield [{"group_id": group_id, "account_id": account} for account in fresh]
            for inner in self._groups_inside(group):
                if inner not in reached:  # groups that hold each other end here
                    reached.add(inner)
                    open_groups.append(inner)

    def _direct_members(self, group: str) -> tuple[str, ...]:
        with self._lock:
            known = self._members.get(group)
        if known is None:
            pages = self._caller.walk_rows(
                endpoints.GROUP_MEMBERS, {}, limit=ROWS, identity=user_key, ids={"name": group}
            )
            known = tuple(self._note(user) for users in pages for user in users)
            with self._lock:
                self._members[group] = known
        return known

    def _groups_inside(self, group: str) -> tuple[str, ...]:
        with self._lock:
            if self._nests is False:
                return ()
            known = self._inside.get(group)
        if known is None:
            try:
                pages = self._caller.walk_rows(
                    endpoints.GROUPS_INSIDE, {}, limit=ROWS, identity=_name_of, ids={"name": group}
                )
                known = tuple(str(inner["name"]) for groups in pages for inner in groups)
                nests = True
            except (NotFoundError, UnavailableError):
                # the group was listed a moment ago: an old server, which can't tell of groups inside groups
                known, nests = (), self._nests is not None
            with self._lock:
                self._inside[group], self._nests = known, nests
        return known

    def get_memberships(self, account_id: str) -> frozenset[str]:
        """Names of the groups that an account is in, those around them included, asked each time."""
        pages = self._caller.walk_rows(endpoints.MEMBERSHIPS, {"key": account_id}, limit=ROWS, identity=_name_of)
        found = {str(group["name"]) for groups in pages for group in groups}
        for group in sorted(found):
            found |= self._groups_around(group)
        return frozenset(found)

    def _groups_around(self, group: str) -> set[str]:
        """Some servers name direct groups only as memberships; those before 9.3 tell one level at a time."""
        try:
            return set(self._outer_groups(endpoints.GROUPS_AROUND, group))
        except (NotFoundError, UnavailableError):
            pass
        found: set[str] = set()
        open_groups = [group]
        while open_groups:
            try:
                fresh = set(self._outer_groups(endpoints.GROUPS_RIGHT_AROUND, open_groups.pop())) - found
            except (NotFoundError, UnavailableError):
                continue  # it went, or the server knows nothing of groups inside groups
            found |= fresh
            open_groups.extend(fresh)
        return found

    def _outer_groups(self, endpoint: Endpoint, group: str) -> Iterator[str]:
        for groups in self._caller.walk_rows(endpoint, {}, limit=ROWS, identity=_name_of, ids={"name": group}):
            yield from (str(outer["name"]) for outer in groups)

    def get_users(self, account_ids: Iterable[str]) -> Iterator[list[Row]]:
        """Rows for `users`: from the list of all, and one by one what it lost (CONFSERVER-95999) or left out."""
        wanted = dict.fromkeys(account_ids)
        if not wanted:
            return
        has_addresses = len(wanted) <= ADDRESS_LOOKUPS
        for users in self._iter_listed():
            rows = []
            for user in users:
                key = user_key(user)
                if key in wanted:
                    del wanted[key]
                    rows.append(user_row(self._with_address(user) if has_addresses else user))
            yield rows
        for key in wanted:
            found = self._get_user({"key": key})
            if found is not None:
                yield [user_row(found)]

    def _with_address(self, user: JsonObject) -> JsonObject:
        if user.get("email"):
            return user
        return {**user, "email": (self._get_user({"key": user_key(user)}) or {}).get("email")}

    def _iter_listed(self) -> Iterator[list[JsonObject]]:
        """All users; nothing on servers before 8.4, which have no such list."""
        if self._identity.is_before(USER_LIST_SINCE):
            return
        try:
            yield from self._walk_listed()
        except (NotFoundError, UnavailableError):
            return
        self._has_listed = True

    def _walk_listed(self) -> Iterator[list[JsonObject]]:
        for users in self._caller.walk_rows(endpoints.USERS, {"expand": "status"}, limit=ROWS, identity=user_key):
            for user in users:
                self._note(user)
            yield users

    def _get_user(self, who: dict[str, str | None]) -> JsonObject | None:
        try:
            return self._caller.get(endpoints.USER, {**who, "expand": "status"})
        except NotFoundError:
            return None

    def _note(self, user: JsonObject) -> str:
        key = str(user_key(user))
        with self._lock:
            self._keys[str(user.get("username"))] = key
        return key

    def key_of(self, username: str) -> str | None:
        """The user key of a user name; None for a name that the site does not know."""
        with self._lock:
            if username in self._keys:
                return self._keys[username]
            if not self._has_listed:
                for _ in self._iter_listed():
                    pass
            if username not in self._keys:
                self._keys[username] = user_key(self._get_user({"username": username}))
            return self._keys[username]

    def get_licensed_accounts(self) -> set[str] | None:
        """Who may use the product, where single people may; None where groups say it all, or nobody says it."""
        people = self._permissions.licensed_people()
        if not people:
            return None
        granting = [
            group for group, access in self._permissions.access_of_groups().items() if {"user", "admin"} & set(access)
        ]
        members = {row["account_id"] for group in granting for rows in self.iter_group_members(group) for row in rows}
        return members | people


def _name_of(group: JsonObject) -> str:
    return str(group.get("name"))


def _group_row(name: str, access: list[str]) -> Row:
    return {"group_id": name, "name": name, "managed_by": None, "usage_type": None, "access_types": sorted(access)}


def user_row(user: JsonObject) -> Row:
    """A row of `users`. An address that is not shown is hidden from us, by the profile or by the site's setting."""
    email = text_of(user.get("email"))
    status = str(user.get("status") or ("unknown" if user.get("type") == "unknown" else "current"))
    return {
        "account_id": str(user_key(user)),
        "account_type": None,
        "account_status": _STATUSES.get(status.lower(), status.lower()),
        "display_name": text_of(user.get("displayName")),
        "public_name": None,
        "username": text_of(user.get("username")),
        "email": email,
        "email_hidden": email is None,
        "time_zone": None,
        "is_external": None,
    }
