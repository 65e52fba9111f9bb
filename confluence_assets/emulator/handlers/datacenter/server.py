"""What the server says of itself, likes, and the legacy remote API."""

from typing import Any

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.datacenter.profiles import PROFILES, Profile
from confluence_assets.emulator.handlers.datacenter.pages import Row, content_of, quirks
from confluence_assets.emulator.store.model import COMMENTS, Content, Permission, Restriction
from confluence_assets.emulator.web.messages import Reply, json_reply

_TYPES = {
    "read/space": "VIEWSPACE", "administer/space": "SETSPACEPERMISSIONS", "export/space": "EXPORTSPACE",
    "restrict/space": "SETPAGEPERMISSIONS", "delete_own/space": "REMOVEOWNCONTENT", "delete_mail/space": "REMOVEMAIL",
    "create/page": "EDITSPACE", "delete/page": "REMOVEPAGE", "create/blogpost": "EDITBLOG", "delete/blogpost": "REMOVEBLOG",
    "create/comment": "COMMENT", "delete/comment": "REMOVECOMMENT", "create/attachment": "CREATEATTACHMENT",
    "delete/attachment": "REMOVEATTACHMENT",
}  # fmt: skip
_WEBSUDO = (
    b"<html><head><title>Administrator Access</title></head><body><form>Confirm your password</form></body></html>"
)
HTML = "text/html;charset=UTF-8"


def _profile(call: Call) -> Profile:
    return PROFILES[call.site.config.profile]


def get_information(call: Call) -> Row:
    profile = _profile(call)
    return {
        "baseUrl": call.site.base_url,
        "version": quirks(call).version,
        "buildNumber": profile.build_number,
        "marketplaceBuildNumber": profile.build_number,
        "buildDate": profile.build_date,
    }


def get_access_mode(call: Call) -> Reply:
    return json_reply("READ_ONLY" if quirks(call).read_only else "READ_WRITE")


def get_status(call: Call) -> Row:
    return {"state": "RUNNING"}


def get_manifest(call: Call) -> Reply:
    """Who we are, for application links; it needs no sign-in. XML, unless JSON is asked for."""
    profile = _profile(call)
    about = {
        "id": call.store.uuid("server"),
        "name": "Confluence",
        "typeId": "confluence",
        "version": quirks(call).version,
        "buildNumber": profile.build_number,
        "applinksVersion": "9.1.0",
        "url": call.site.base_url,
        "publicSignup": False,
    }
    if "json" in call.request.headers.get("accept", ""):
        return json_reply(about)
    fields = "".join(
        f"<{name}>{str(value).lower() if value is False else value}</{name}>" for name, value in about.items()
    )
    xml = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><manifest>{fields}</manifest>'
    return Reply(200, xml.encode(), "application/xml")


# likes: a plugin's route


def _likes(call: Call, content: Content) -> list[Row]:
    found = []
    for account in call.store.likes.get(content.id, ()):
        user = call.store.users.get(account)
        if user is not None:
            avatar = f"{call.site.config.context_path}/images/icons/profilepics/default.svg"
            name = {
                "name": user.username,
                "fullName": user.display_name,
                "avatarUrl": avatar,
                "followedByRemoteUser": False,
            }
            found.append({"user": name})
    return found


def get_likes(call: Call) -> Row:
    content = content_of(call)
    kind = "comment" if content.kind in COMMENTS else content.kind
    answer: Row = {"content_id": content.id, "content_type": kind, "likes": _likes(call, content)}
    if call.get("commentLikes"):
        comments = [row for row in call.store.contained.get(content.id, ()) if row.kind in COMMENTS]
        replies = [reply for row in comments for reply in call.store.replies.get(row.id, ())]
        answer["commentLikes"] = {str(row.id): {"likes": _likes(call, row)} for row in [*comments, *replies]}
    return answer


# the legacy remote API


def call_remote(call: Call) -> Reply:
    """JSON-RPC 2.0: one method with its parameters."""
    form = quirks(call).remote_api
    if form == "disabled":
        return Reply(403, b"<html><body><h1>Forbidden: the Remote API is not enabled.</h1></body></html>", HTML)
    if form == "websudo":
        return Reply(200, _WEBSUDO, HTML)
    body = call.body()
    is_short = isinstance(body, list)
    method = call.arguments.get("method") or (body.get("method") if isinstance(body, dict) else None)
    parameters = body if is_short else body.get("params", [])
    work = _METHODS.get(str(method))
    if work is None:
        return _remote_error(body, -32601, f"Requested method '{method}' not found")
    try:
        result = work(call, str(parameters[0]) if parameters else "")
    except PermissionError as error:
        return _remote_error(body, 500, f"com.atlassian.confluence.rpc.NotPermittedException: {error}")
    except KeyError as error:
        return _remote_error(body, 500, f"com.atlassian.confluence.rpc.RemoteException: {error}")
    return json_reply(result if is_short else {"jsonrpc": "2.0", "result": result, "id": body.get("id")})


def _remote_error(body: Any, code: int, message: str) -> Reply:
    error = {"code": code, "message": message}
    if isinstance(body, list):
        return json_reply({"error": error})
    return json_reply({"jsonrpc": "2.0", "error": error, "id": body.get("id") if isinstance(body, dict) else None})


def _space_sets(call: Call, key: str) -> list[Row]:
    space = call.store.space_by_key(key)
    if space is None or not call.viewer.reads_space(space):
        raise KeyError(f"You're not allowed to view that space, or it does not exist: {key}")
    if not call.viewer.is_admin and not call.viewer.may_in_space(space, "administer", "space"):
        raise PermissionError(f"You do not have permission to view the permissions of space: {key}")
    sets: dict[str, list[Row]] = {}
    for grant in space.permissions:
        kind = _TYPES.get(f"{grant.key}/{grant.target}")
        if kind is not None:
            sets.setdefault(kind, []).append({"type": kind, **_holder(call, grant)})
    return [{"type": kind, "spacePermissions": rows} for kind, rows in sets.items()]


def _holder(call: Call, grant: Permission) -> Row:
    """A user by name, or a group; neither is anonymous."""
    user = call.store.users.get(grant.principal_id) if grant.principal_type == "user" else None
    group = grant.principal_id if grant.principal_type == "group" else None
    return {"userName": user.username if user else None, "groupName": group}


def _content_sets(call: Call, content_id: str) -> list[Row]:
    content = call.store.get(int(content_id)) if content_id.isdigit() else None
    if content is None or not call.viewer.reads(content):
        raise KeyError(f"You're not allowed to view that content, or it does not exist: {content_id}")
    rows = []
    for kind, operation in (("View", "read"), ("Edit", "update")):
        held = call.store.restrictions.get(content.id, {}).get(operation) or Restriction()
        if held.is_empty:
            continue
        names = [call.store.users[one].username for one in held.users if one in call.store.users]
        permissions = [{"type": kind, "userName": name, "groupName": None} for name in names]
        permissions += [{"type": kind, "userName": None, "groupName": name} for _, name in held.groups]
        rows.append({"type": kind, "contentPermissions": permissions})
    return rows


_METHODS = {"getSpacePermissionSets": _space_sets, "getContentPermissionSets": _content_sets}
