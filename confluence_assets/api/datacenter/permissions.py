"""Who may do what in a space and on the site: by REST from 9.1 on, before that by the legacy remote API.

Permissions are told to administrators only. Others are answered 500 by REST (CONFSERVER-99908), which is told apart from a
server that fails; the remote API may be switched off, or hide behind a secure administrator session.
"""

import threading
from collections.abc import Callable, Iterator
from typing import Any

from confluence_assets.api.datacenter import endpoints
from confluence_assets.api.datacenter.caller import DatacenterCaller
from confluence_assets.api.datacenter.identity import DatacenterIdentity
from confluence_assets.api.fields import EMPTY, text_of
from confluence_assets.api.source import SpaceRef
from confluence_assets.api.wire import Endpoint, JsonObject
from confluence_assets.errors import (
    AccessError,
    ApiError,
    NotFoundError,
    ProtocolError,
    TransientError,
    UnavailableError,
)
from confluence_assets.tables import Row

REST_SINCE = (9, 1)
GLOBAL_SINCE = (9, 3)
KeyOf = Callable[[str], str | None]
_NOT_OURS = ("permissionexception", "notpermitted", "not permitted", "not allowed")
_REMOTE_TYPES = {
    "VIEWSPACE": ("read", "space"),
    "SETSPACEPERMISSIONS": ("administer", "space"),
    "EXPORTSPACE": ("export", "space"),
    "SETPAGEPERMISSIONS": ("restrict", "space"),
    "REMOVEOWNCONTENT": ("delete_own", "space"),
    "REMOVEMAIL": ("delete_mail", "space"),
    "EDITSPACE": ("create", "page"),
    "REMOVEPAGE": ("delete", "page"),
    "EDITBLOG": ("create", "blogpost"),
    "REMOVEBLOG": ("delete", "blogpost"),
    "COMMENT": ("create", "comment"),
    "REMOVECOMMENT": ("delete", "comment"),
    "CREATEATTACHMENT": ("create", "attachment"),
    "REMOVEATTACHMENT": ("delete", "attachment"),
}
_ACCESS = {
    ("use", "application"): "user",
    ("administer", "application"): "admin",
    ("administer", "system"): "site-admin",
}


class SpacePermissions:
    """Reads the permissions of spaces."""

    def __init__(self, caller: DatacenterCaller, identity: DatacenterIdentity, key_of: KeyOf) -> None:
        self._caller = caller
        self._identity = identity
        self._key_of = key_of

    def iter_permissions(self, space: SpaceRef) -> Iterator[list[Row]]:
        """Rows for `space_permissions`. Raises: AccessError, with what to do, for all but administrators."""
        is_old = self._identity.is_before(REST_SINCE)
        if is_old:
            rows = self._by_remote(space)
        else:
            try:
                rows = self._by_rest(space)
            except (NotFoundError, UnavailableError):
                if is_old is False:
                    raise
                rows = self._by_remote(space)
        names = ("principal_type", "principal_id", "operation", "target_type")
        yield list({tuple(row[name] for name in names): row for row in rows}.values())

    def _by_rest(self, space: SpaceRef) -> list[Row]:
        found = self._ask(endpoints.SPACE_PERMISSIONS, space)
        nobody = self._ask(endpoints.ANONYMOUS_PERMISSIONS, space)
        operations = nobody.get("operations") if isinstance(nobody, dict) else nobody
        if not isinstance(found, list) or not isinstance(operations, list):
            raise ProtocolError(f"{endpoints.SPACE_PERMISSIONS.label} answered without a list of permissions.")
        rows = [_row(space, *_principal(one.get("subject")), one.get("operation")) for one in found]
        # a flat list of permissions, or the operations alone, as the patch of the server will have it
        rows += [_row(space, "anonymous", "anonymous", one.get("operation") or one) for one in operations]
        return rows

    def _ask(self, endpoint: Endpoint, space: SpaceRef) -> Any:
        try:
            return self._caller.ask(endpoint, ids={"key": space.key}, attempts=2).payload
        except TransientError as error:
            if error.status == 500 and self._is_refusal(error, space):
                raise _refused(space, error) from error
            raise
        except AccessError as error:
            raise _refused(space, error) from error

    def _is_refusal(self, error: TransientError, space: SpaceRef) -> bool:
        """Whether a 500 means that we may not: by its words, else by whether we may see the space's trash."""
        if any(word in error.excerpt.lower() for word in _NOT_OURS):
            return True
        try:
            self._caller.get(endpoints.TRASH, {"limit": 1}, key=space.key)
        except AccessError:
            return True
        except ApiError:
            return False
        return False

    def _by_remote(self, space: SpaceRef) -> list[Row]:
        rows = []
        for permissions in self._call("getSpacePermissionSets", space):
            for one in permissions.get("spacePermissions") or ():
                kind = str(one.get("type") or permissions.get("type"))
                key, target = _REMOTE_TYPES.get(kind, (kind.lower(), "space"))
                operation = {"operationKey": key, "targetType": target}
                rows.append(_row(space, *self._remote_principal(one), operation))
        return rows

    def _remote_principal(self, permission: JsonObject) -> tuple[str, str]:
        """A user by name, a group by name, or neither: anonymous."""
        if name := text_of(permission.get("userName")):
            return "user", self._key_of(name) or name
        if group := text_of(permission.get("groupName")):
            return "group", group
        return "anonymous", "anonymous"

    def _call(self, method: str, space: SpaceRef) -> list[JsonObject]:
        """The list that a remote method answers. Raises: AccessError where the remote API does not serve us."""
        request = {"jsonrpc": "2.0", "method": method, "params": [space.key], "id": 1}
        try:
            answer = self._caller.post(endpoints.REMOTE, request)
        except (AccessError, ProtocolError, NotFoundError) as error:
            raise _remote_refused(space, error) from error
        failure = answer.get("error")
        if failure:
            words = str((failure if isinstance(failure, dict) else EMPTY).get("message") or failure)
            if "notpermitted" in words.lower().replace(" ", "") or "not allowed" in words.lower():
                raise _refused(space, AccessError(words, method="POST"))
            raise ProtocolError(f"{endpoints.REMOTE.label} {method} failed: {words[:200]}", method="POST")
        result = answer.get("result")
        if not isinstance(result, list):
            raise ProtocolError(f"{endpoints.REMOTE.label} {method} answered without a list.", method="POST")
        return result


class GlobalPermissions:
    """The site's own permissions, told to its administrators from 9.3 on; asked once."""

    def __init__(self, caller: DatacenterCaller, identity: DatacenterIdentity) -> None:
        self._caller = caller
        self._identity = identity
        self._lock = threading.Lock()
        self._granted: list[tuple[str, str, str]] | None = None

    def access_of_groups(self) -> dict[str, list[str]]:
        """What access each group gives; empty where the site does not tell us."""
        found: dict[str, list[str]] = {}
        for kind, principal, access in self._all():
            if kind == "group" and access not in found.setdefault(principal, []):
                found[principal].append(access)
        return found

    def licensed_people(self) -> set[str]:
        """The accounts that may use the product by themselves and not through a group."""
        return {principal for kind, principal, access in self._all() if kind == "user" and access in ("user", "admin")}

    def _all(self) -> list[tuple[str, str, str]]:
        with self._lock:
            if self._granted is None:
                self._granted = [] if self._identity.is_before(GLOBAL_SINCE) else self._ask()
            return self._granted

    def _ask(self) -> list[tuple[str, str, str]]:
        try:
            rows = self._caller.ask(endpoints.GLOBAL_PERMISSIONS, attempts=2).payload
        except (AccessError, NotFoundError, UnavailableError):
            return []
        except TransientError as error:
            if error.status == 500:  # as for spaces, the answer to all but administrators
                return []
            raise
        if not isinstance(rows, list):
            raise ProtocolError(f"{endpoints.GLOBAL_PERMISSIONS.label} answered without a list of permissions.")
        granted = []
        for row in rows:
            operation = row.get("operation") or EMPTY
            access = _ACCESS.get((str(operation.get("operationKey")), str(operation.get("targetType"))))
            if access is not None:
                granted.append((*_principal(row.get("subject")), access))
        return granted


def _principal(subject: JsonObject | None) -> tuple[str, str]:
    """Users by key (CONFSERVER-100505: nothing else of them is told), groups by name."""
    subject = subject or EMPTY
    kind = str(subject.get("type") or "unknown").lower()
    if kind == "anonymous":
        return kind, kind
    return kind, str(subject.get("userKey" if kind == "user" else "name") or "unknown")


def _row(space: SpaceRef, kind: str, principal_id: str, operation: JsonObject | None) -> Row:
    operation = operation or EMPTY
    return {
        "space_id": space.space_id,
        "principal_type": kind,
        "principal_id": principal_id,
        "operation": str(operation.get("operationKey") or "unknown"),
        "target_type": str(operation.get("targetType") or "unknown"),
        "space_key": space.key,
    }


def _refused(space: SpaceRef, error: ApiError) -> AccessError:
    return AccessError(
        f"The account may not see the permissions of space {space.key}"
        f"{' (the site says so with 500, CONFSERVER-99908)' if error.status == 500 else ''}.",
        method=error.method,
        url=error.url,
        status=error.status,
        excerpt=error.excerpt,
        attempts=error.attempts,
        hint="Make the account a Confluence administrator, or an administrator of the space.",
    )


def _remote_refused(space: SpaceRef, error: ApiError) -> AccessError:
    has_session = error.status == 200
    return AccessError(
        f"The permissions of space {space.key} can't be read: "
        + (
            "the site asks for a secure administrator session (WebSudo) first."
            if has_session
            else "the Remote API, which tells them before Confluence 9.1, does not serve us."
        ),
        method="POST",
        url=error.url,
        status=error.status,
        excerpt=error.excerpt,
        hint="Use a personal access token: secure administrator sessions ask only for passwords."
        if has_session
        else "Switch on General configuration, Further configuration, Remote API (XML-RPC & SOAP), or update to 9.1 or later.",
    )
