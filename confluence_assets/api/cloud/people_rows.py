"""People, groups, permissions and the audit log to rows."""

import hashlib

import orjson

from confluence_assets.api.fields import EMPTY, parse_epoch_milliseconds, parse_time, text_of, whole_of
from confluence_assets.api.source import SpaceRef
from confluence_assets.api.wire import JsonObject
from confluence_assets.tables import Row

_RECORD_FIELDS = (
    "creationDate",
    "remoteAddress",
    "category",
    "summary",
    "description",
    "affectedObject",
    "changedValues",
    "associatedObjects",
    "superAdmin",
    "sysAdmin",
)


def user_row(user: JsonObject) -> Row:
    """A row of `users`; an empty e-mail address means that the profile hides it."""
    email = text_of(user.get("email"))
    return {
        "account_id": str(user["accountId"]),
        "account_type": text_of(user.get("accountType")),
        "account_status": text_of(user.get("accountStatus")),
        "display_name": text_of(user.get("displayName")),
        "public_name": text_of(user.get("publicName")),
        "username": None,
        "email": email,
        "email_hidden": email is None,
        "time_zone": text_of(user.get("timeZone")),
        "is_external": bool(user.get("isExternalCollaborator", False)),
    }


def group_row(group: JsonObject, access_types: list[str]) -> Row:
    return {
        "group_id": str(group["id"]),
        "name": group.get("name"),
        "managed_by": text_of(group.get("managedBy")),
        "usage_type": text_of(group.get("usageType")),
        "access_types": sorted(access_types),
    }


def principal_of(principal_type: str, principal_id: str) -> tuple[str, str]:
    """Our words for a principal: `access-class` and `ACCESS_CLASS` are access_class, its anonymous ones are anonymous."""
    kind = principal_type.lower().replace("-", "_")
    if kind == "anonymous" or (kind == "access_class" and "anonymous" in principal_id.lower()):
        return "anonymous", "anonymous"
    return kind, principal_id


def permission_row(permission: JsonObject, space: SpaceRef) -> Row:
    principal = permission.get("principal") or EMPTY
    operation = permission.get("operation") or EMPTY
    kind, principal_id = principal_of(str(principal.get("type", "unknown")), str(principal.get("id", "unknown")))
    return {
        "space_id": space.space_id,
        "principal_type": kind,
        "principal_id": principal_id,
        "operation": str(operation.get("key", "unknown")),
        "target_type": str(operation.get("targetType", "unknown")),
        "space_key": space.key,
    }


def assignment_row(assignment: JsonObject, space: SpaceRef, roles: dict[str, JsonObject]) -> Row:
    principal = assignment.get("principal") or EMPTY
    kind, principal_id = principal_of(
        str(principal.get("principalType", "unknown")), str(principal.get("principalId", "unknown"))
    )
    role_id = str(assignment.get("roleId", "unknown"))
    role = roles.get(role_id, EMPTY)
    return {
        "space_id": space.space_id,
        "principal_type": kind,
        "principal_id": principal_id,
        "role_id": role_id,
        "space_key": space.key,
        "role_name": text_of(role.get("name")),
        "permissions": sorted(set(role.get("spacePermissions") or ())),
    }


def version_row(version: JsonObject, content_type: str, content_id: str) -> Row:
    return {
        "content_id": content_id,
        "version_number": whole_of(version.get("number")),
        "content_type": content_type,
        "space_key": None,
        "author_id": text_of(version.get("authorId")),
        "created_at": parse_time(version.get("createdAt")),
        "message": text_of(version.get("message")),
        "minor_edit": version.get("minorEdit"),
    }


def like_row(like: JsonObject, content_type: str, content_id: str) -> Row:
    return {
        "content_id": content_id,
        "account_id": str(like["accountId"]),
        "content_type": content_type,
        "space_key": None,
    }


def audit_row(record: JsonObject) -> Row:
    """A row of `audit_records`.

    The log has no ids, so `record_id` is the SHA-256 of the record as canonical JSON; of its author only the account
    id is hashed, because a name that changes later would make every old record a new one.
    """
    author = record.get("author") or EMPTY
    author_id = text_of(author.get("accountId"))
    affected = record.get("affectedObject") or EMPTY
    identity = {name: record.get(name) for name in _RECORD_FIELDS}
    identity["author"] = author_id
    return {
        "record_id": hashlib.sha256(orjson.dumps(identity, option=orjson.OPT_SORT_KEYS)).hexdigest(),
        "created_at": parse_epoch_milliseconds(record.get("creationDate")),
        "author_id": author_id,
        "author_name": text_of(author.get("displayName")),
        "remote_address": text_of(record.get("remoteAddress")),
        "category": text_of(record.get("category")),
        "summary": text_of(record.get("summary")),
        "description": text_of(record.get("description")),
        "affected_object_type": text_of(affected.get("objectType")),
        "affected_object_name": text_of(affected.get("name")),
        "changed_values": json_text(record.get("changedValues") or []),
        "associated_objects": json_text(record.get("associatedObjects") or []),
    }


def json_text(value: object) -> str:
    """Canonical JSON text: keys sorted, so that equal values are equal texts."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
