"""Groups, members, users, space permissions, roles and the audit log of a Cloud site."""

import threading
from collections.abc import Iterable, Iterator
from datetime import datetime

from confluence_assets.api.caller import Caller
from confluence_assets.api.cloud import endpoints
from confluence_assets.api.cloud.people_rows import assignment_row, audit_row, group_row, permission_row, user_row
from confluence_assets.api.source import SpaceRef
from confluence_assets.api.wire import JsonObject
from confluence_assets.errors import AccessError, NotFoundError, ProtocolError, UnavailableError
from confluence_assets.tables import Row

ROWS_PER_LIST = 250
GROUPS_PER_LIST = 200
MEMBERS_PER_LIST = 200
"""Never more: a larger limit is answered with 400."""
RECORDS_PER_LIST = 1_000
USERS_PER_LOOKUP = 250
ACCESS_TYPES = ("user", "admin", "site-admin")
_WITHOUT_ROLES = "PRE_ROLES"


class CloudPeople:
    """Asks for people and rights. The site's role mode and roles are asked once, when they are first needed."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._lock = threading.Lock()
        self._roles: dict[str, JsonObject] | None = None
        self._has_roles: bool | None = None

    def iter_space_permissions(self, space: SpaceRef) -> Iterator[list[Row]]:
        seen: set[tuple[str, ...]] = set()
        for payload in self._caller.walk(
            endpoints.SPACE_PERMISSIONS, {"limit": ROWS_PER_LIST}, ids={"id": space.space_id}
        ):
            rows = [permission_row(permission, space) for permission in payload["results"]]
            yield _unseen(rows, seen, ("principal_type", "principal_id", "operation", "target_type"))

    def iter_role_assignments(self, space: SpaceRef) -> Iterator[list[Row]]:
        roles = self._known_roles()
        if roles is None:
            return
        seen: set[tuple[str, ...]] = set()
        for payload in self._caller.walk(
            endpoints.ROLE_ASSIGNMENTS, {"limit": ROWS_PER_LIST}, ids={"id": space.space_id}
        ):
            rows = [assignment_row(assignment, space, roles) for assignment in payload["results"]]
            yield _unseen(rows, seen, ("principal_type", "principal_id", "role_id"))

    def iter_groups(self) -> Iterator[list[Row]]:
        """Which access a group gives is said by three further lists; they are read first."""
        access: dict[str, list[str]] = {}
        for access_type in ACCESS_TYPES:
            for group in self._walk_groups(access_type):
                access.setdefault(str(group["id"]), []).append(access_type)
        for payload in self._caller.walk_offsets(endpoints.GROUPS, {}, limit=GROUPS_PER_LIST):
            yield [group_row(group, access.get(str(group["id"]), [])) for group in payload["results"]]

    def iter_group_members(self, group_id: str) -> Iterator[list[Row]]:
        for payload in self._caller.walk_offsets(
            endpoints.GROUP_MEMBERS, {}, limit=MEMBERS_PER_LIST, ids={"id": group_id}
        ):
            yield [{"group_id": group_id, "account_id": str(member["accountId"])} for member in payload["results"]]

    def get_memberships(self, account_id: str) -> frozenset[str]:
        """Ids of the groups that the account is in, 200 a request."""
        walk = self._caller.walk_offsets(endpoints.MEMBERSHIPS, {"accountId": account_id}, limit=GROUPS_PER_LIST)
        return frozenset(str(group["id"]) for payload in walk for group in payload["results"])

    def get_users(self, account_ids: Iterable[str]) -> Iterator[list[Row]]:
        wanted = list(dict.fromkeys(account_ids))
        for begin in range(0, len(wanted), USERS_PER_LOOKUP):
            group = wanted[begin : begin + USERS_PER_LOOKUP]
            users = self._caller.post(endpoints.USERS_BULK, {"accountIds": group}).get("results")
            if not isinstance(users, list):
                raise ProtocolError(f"{endpoints.USERS_BULK.label} answered without results.")
            yield [user_row(user) for user in users]

    def iter_audit_records(self, since: datetime | None) -> Iterator[list[Row]]:
        start_date = None if since is None else int(since.timestamp() * 1000)
        seen: set[str] = set()
        for payload in self._caller.walk_offsets(endpoints.AUDIT, {"startDate": start_date}, limit=RECORDS_PER_LIST):
            # the log grows at its front while we walk, so that rows come again on the next page
            rows = [row for row in map(audit_row, payload["results"]) if row["record_id"] not in seen]
            seen.update(row["record_id"] for row in rows)
            yield rows

    def _walk_groups(self, access_type: str) -> Iterator[JsonObject]:
        for payload in self._caller.walk_offsets(endpoints.GROUPS, {"accessType": access_type}, limit=GROUPS_PER_LIST):
            yield from payload["results"]

    def _known_roles(self) -> dict[str, JsonObject] | None:
        """The site's roles by id; None where it has none. Raises: AccessError 401 where the token lacks the scope."""
        with self._lock:
            if self._has_roles is None:
                self._has_roles = self._ask_role_mode()
            if not self._has_roles:
                return None
            if self._roles is None:
                pages = self._caller.walk(endpoints.SPACE_ROLES, {"limit": ROWS_PER_LIST})
                self._roles = {str(role["id"]): role for payload in pages for role in payload["results"]}
            return self._roles

    def _ask_role_mode(self) -> bool:
        try:
            mode = self._caller.get(endpoints.SPACE_ROLE_MODE).get("mode")
        except (NotFoundError, UnavailableError):
            return False
        except (AccessError, ProtocolError) as error:
            if error.status in (400, 403):  # what sites without roles answer
                return False
            raise
        return mode != _WITHOUT_ROLES


def _unseen(rows: list[Row], seen: set[tuple[str, ...]], names: tuple[str, ...]) -> list[Row]:
    """Rows whose key did not come before."""
    fresh = []
    for row in rows:
        key = tuple(row[name] for name in names)
        if key not in seen:
            seen.add(key)
            fresh.append(row)
    return fresh
