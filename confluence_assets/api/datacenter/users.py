"""People of a Data Center: rows for `users`, and user keys of user names.

E-mail addresses stand in no list, so that each costs a request. Whoever is known, and looks in a list as before, is therefore
not asked again; the caller says who is known, and whom to ask all the same, so that a changed address comes in the end.
"""

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from confluence_assets.api.datacenter import endpoints
from confluence_assets.api.datacenter.caller import DatacenterCaller
from confluence_assets.api.datacenter.content_rows import user_key
from confluence_assets.api.datacenter.identity import DatacenterIdentity
from confluence_assets.api.fields import text_of
from confluence_assets.api.wire import JsonObject
from confluence_assets.errors import NotFoundError, UnavailableError
from confluence_assets.tables import Row

ROWS = 200
USER_LIST_SINCE = (8, 4)
ADDRESS_LOOKUPS = 1_000
"""E-mail addresses that are asked for in one run; those of more new people come with the runs after it."""
FEW = 10
"""So many strangers are asked for singly: they would be for their addresses, and the list of all may be long."""
_SHOWN = ("display_name", "username", "account_status")
_STATUSES = {"current": "active", "deactivated": "inactive", "deleted": "closed", "unknown": "closed"}


class DatacenterUsers:
    """Asks for people. Safe to use from several threads."""

    def __init__(self, caller: DatacenterCaller, identity: DatacenterIdentity) -> None:
        self._caller = caller
        self._identity = identity
        self._lock = threading.RLock()
        self._keys: dict[str, str | None] = {}
        self._members: dict[str, JsonObject] = {}
        self._has_listed = False

    def note(self, user: JsonObject) -> str:
        """Remember a member of a group, and give the user key."""
        key = str(user_key(user))
        with self._lock:
            self._keys[str(user.get("username"))] = key
            if user.get("status"):
                self._members[key] = user
        return key

    def get_users(
        self, account_ids: Iterable[str], known: Mapping[str, Row | None], again: Collection[str]
    ) -> Iterator[list[Row]]:
        """Rows for `users`: from a list of all, and one by one whom it lost (CONFSERVER-95999) or left out.

        Those of `known` that look as before, and are not among `again`, keep their address.
        """
        wanted = dict.fromkeys(account_ids)
        lookups = _Lookups(self._get_user, self._identity.current_user, again)
        if len(wanted) > FEW or not known.keys().isdisjoint(wanted):
            for users in self._iter_shown():
                rows = []
                for user in users:
                    key = str(user_key(user))
                    if key in wanted:
                        del wanted[key]
                        rows.append(lookups.row(user, known.get(key)))
                yield rows
        for key in wanted:
            row = self._row_of_unlisted(key, known, again)
            if row is not None:
                yield [row]

    def _row_of_unlisted(self, key: str, known: Mapping[str, Row | None], again: Collection[str]) -> Row | None:
        ourselves = self._identity.current_user
        if ourselves is not None and key == user_key(ourselves) and ourselves.get("email"):
            return user_row(ourselves)
        if key in known and key not in again:
            old = known[key]
            if old is None:
                return None  # deleted people are named for ever by what they wrote
            if old["account_status"] == "inactive" and not self._has_listed:
                return old  # no list shows the disabled here, and no group has them among its members
        found = self._get_user({"key": key})
        return None if found is None else user_row(found)

    def _iter_shown(self) -> Iterator[list[JsonObject]]:
        """Everybody of the list of all; on servers that have none, whom the groups that were read have shown."""
        yield from self._iter_listed()
        if not self._has_listed:
            with self._lock:
                members = list(self._members.values())
            yield members

    def _iter_listed(self) -> Iterator[list[JsonObject]]:
        """All users; nothing on servers before 8.4, which have no such list."""
        if self._identity.is_before(USER_LIST_SINCE):
            return
        listed = self._caller.walk_rows(endpoints.USERS, {"expand": "status"}, limit=ROWS, identity=user_key)
        try:
            for users in listed:
                with self._lock:
                    self._keys.update({str(user.get("username")): str(user_key(user)) for user in users})
                yield users
        except (NotFoundError, UnavailableError):
            return
        self._has_listed = True

    def _get_user(self, who: dict[str, str | None]) -> JsonObject | None:
        try:
            return self._caller.get(endpoints.USER, {**who, "expand": "status"})
        except NotFoundError:
            return None

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


class _Lookups:
    """Completes what a list shows of people by their addresses, with as few requests as that takes."""

    def __init__(
        self,
        get_user: Callable[[dict[str, str | None]], JsonObject | None],
        ourselves: JsonObject | None,
        again: Collection[str],
    ) -> None:
        self._get_user = get_user
        self._ourselves = ourselves or {}
        self._again = again
        self._left = ADDRESS_LOOKUPS

    def row(self, user: JsonObject, old: Row | None) -> Row:
        """The row of somebody whom a list shows; `old` is the one that came before."""
        row, key = user_row(user), user_key(user)
        if row["email"]:
            return row
        if key == user_key(self._ourselves) and self._ourselves.get("email"):
            return {**row, "email": self._ourselves["email"], "email_hidden": False}
        if (old is None or self._may_have_another(old, row)) and self._left > 0:
            self._left -= 1
            found = self._get_user({"key": key})
            if found is not None:
                email = text_of(found.get("email"))
                return {**row, "email": email, "email_hidden": email is None}
        if old is None:
            return {**row, "email_hidden": None}
        return {**row, "email": old["email"], "email_hidden": old["email_hidden"]}

    def _may_have_another(self, old: Row, row: Row) -> bool:
        """Whether the address may be another than before, or was never asked for."""
        looks_the_same = all(old[name] == row[name] for name in _SHOWN)
        return old["email_hidden"] is None or not looks_the_same or row["account_id"] in self._again


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
