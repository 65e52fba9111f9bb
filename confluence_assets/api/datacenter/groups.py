"""Groups of a Data Center: groups inside groups flattened.

Each group's own members and inner groups are asked once in a source's life, since a group may stand in several others.
"""

import threading
from collections.abc import Callable, Iterator

from confluence_assets.api.datacenter import endpoints
from confluence_assets.api.datacenter.caller import DatacenterCaller
from confluence_assets.api.datacenter.content_rows import user_key
from confluence_assets.api.datacenter.permissions import GlobalPermissions
from confluence_assets.api.datacenter.users import DatacenterUsers
from confluence_assets.api.wire import Endpoint, JsonObject
from confluence_assets.errors import NotFoundError, UnavailableError
from confluence_assets.tables import Row

ROWS = 200
Names = tuple[str, ...]


class DatacenterGroups:
    """Asks for groups. Safe to use from several threads."""

    def __init__(self, caller: DatacenterCaller, users: DatacenterUsers, permissions: GlobalPermissions) -> None:
        self._caller = caller
        self._users = users
        self._permissions = permissions
        self._members = _Answers()
        self._inside = _Answers()
        self._nests = True

    def iter_groups(self) -> Iterator[list[Row]]:
        """Rows for `groups`; which access each gives is told to administrators, from 9.3 on."""
        access = self._permissions.access_of_groups()
        for groups in self._caller.walk_rows(endpoints.GROUPS, {}, limit=ROWS, identity=_name_of):
            yield [_group_row(str(group["name"]), access.get(str(group["name"]), [])) for group in groups]

    def iter_group_members(self, group_id: str) -> Iterator[list[Row]]:
        """Everybody in a group and in the groups inside it, however deep; nothing for one that is gone.

        Raises: NotFoundError, AccessError where one of them is there and can't be read.
        """
        seen: set[str] = set()
        reached, open_groups = {group_id}, [group_id]
        while open_groups:
            group = open_groups.pop()
            fresh = [account for account in self._direct_members(group) if account not in seen]
            seen.update(fresh)
            if fresh:
                yield [{"group_id": group_id, "account_id": account} for account in fresh]
            for inner in self._groups_inside(group):
                if inner not in reached:  # groups that hold each other end here
                    reached.add(inner)
                    open_groups.append(inner)

    def _direct_members(self, group: str) -> Names:
        def ask() -> Names:
            pages = self._caller.walk_rows(
                endpoints.GROUP_MEMBERS, {"expand": "status"}, limit=ROWS, identity=user_key, ids={"name": group}
            )
            try:
                return tuple(self._users.note(user) for users in pages for user in users)
            except NotFoundError:
                if self._is_there(endpoints.GROUP, group):
                    raise  # what can't be read of it is not nothing
                return ()

        return self._members.get(group, ask)

    def _groups_inside(self, group: str) -> Names:
        def ask() -> Names:
            pages = self._caller.walk_rows(
                endpoints.GROUPS_INSIDE, {}, limit=ROWS, identity=_name_of, ids={"name": group}
            )
            try:
                return tuple(str(inner["name"]) for groups in pages for inner in groups)
            except (NotFoundError, UnavailableError):
                if self._is_there(endpoints.GROUPS_RIGHT_AROUND, group):
                    raise  # the server does know of groups inside groups
                if self._is_there(endpoints.GROUP, group):
                    self._nests = False  # an old one, which does not
                return ()

        return self._inside.get(group, ask) if self._nests else ()

    def _is_there(self, endpoint: Endpoint, group: str) -> bool:
        try:
            self._caller.get(endpoint, name=group)
        except (NotFoundError, UnavailableError):
            return False
        return True

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


class _Answers:
    """Answers by name, each asked for once, also where several threads want it at the same time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._found: dict[str, Names] = {}

    def get(self, name: str, ask: Callable[[], Names]) -> Names:
        with self._lock:
            lock = self._locks.setdefault(name, threading.Lock())
        with lock:
            if name not in self._found:
                self._found[name] = ask()
            return self._found[name]


def _name_of(group: JsonObject) -> str:
    return str(group.get("name"))


def _group_row(name: str, access: list[str]) -> Row:
    return {"group_id": name, "name": name, "managed_by": None, "usage_type": None, "access_types": sorted(access)}
