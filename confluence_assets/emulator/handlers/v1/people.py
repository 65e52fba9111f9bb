"""Users and groups."""

from typing import Any

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.handlers.v1.pages import Row, list_links, offset_page, render_for
from confluence_assets.emulator.problems import Refusal, not_found
from confluence_assets.emulator.store.model import Group

MOST_MEMBERS = 200
MOST_BULK = 100


def get_current(call: Call) -> Row:
    render = render_for(call)
    return render.anonymous() if call.viewer.user is None else render.user(call.viewer.account_id)


def get_anonymous(call: Call) -> Row:
    return render_for(call).anonymous()


def get_user(call: Call) -> Row:
    if call.get("accountId") not in call.store.users:
        raise not_found(f"No user found with account id: {call.get('accountId')}")
    return render_for(call).user(call.get("accountId"))


def get_users(call: Call) -> Row:
    """The first hundred accounts; the rest is dropped without a word."""
    asked = [part for value in call.request.query.get("accountId", []) for part in value.split(",")]
    render = render_for(call)
    rows = [render.user(account) for account in asked[:MOST_BULK] if account in call.store.users]
    return {"results": rows, "start": 0, "limit": MOST_BULK, "size": len(rows), "_links": list_links(call)}


def get_email(call: Call) -> Row:
    raise Refusal(400, "Only approved apps may use this resource.")


def _groups(call: Call) -> list[Group]:
    return sorted(call.store.groups.values(), key=lambda group: group.name)


def list_groups(call: Call) -> Row:
    access = call.get("accessType")
    rows = [group for group in _groups(call) if access is None or access in group.access]
    return offset_page(call, rows, render_for(call).group, default=200, most=200)


def get_group(call: Call) -> Row:
    group = call.store.groups.get(call.get("id"))
    if group is None:
        raise not_found(f"No group found with id: {call.get('id')}")
    return render_for(call).group(group)


def pick_groups(call: Call) -> Row:
    words = str(call.get("query", "")).lower()
    rows = [group for group in _groups(call) if words in group.name.lower()]
    return offset_page(call, rows, render_for(call).group, default=200, most=200)


def list_members(call: Call) -> Row:
    """Members of a group; an unknown one has none."""
    if call.get("limit", MOST_MEMBERS) > MOST_MEMBERS:
        raise Refusal(400, f"The limit must not exceed {MOST_MEMBERS}.")
    group = call.store.groups.get(call.arguments["groupId"])
    members = [account for account in (group.members if group else ()) if _is_listed(call, account)]
    return offset_page(call, members, render_for(call).user, default=200, most=MOST_MEMBERS)


def _is_listed(call: Call, account_id: str) -> bool:
    user = call.store.users.get(account_id)
    return user is not None and user.status == "active"


def list_memberships(call: Call) -> Row:
    account = call.get("accountId")
    if account not in call.store.users:
        raise not_found(f"No user found with account id: {account}")
    rows = sorted(call.store.groups_of(account), key=lambda group: group.name)
    links_next = call.switches.memberof_links_next
    return offset_page(call, rows, render_for(call).group, default=200, most=200, links_next=links_next)


def get_system_info(call: Call) -> dict[str, Any]:
    return {
        "cloudId": call.site.cloud_id,
        "commitHash": call.store.uuid("commit").replace("-", ""),
        "baseUrl": f"{call.site.base_url}/wiki",
        "edition": "premium",
        "siteTitle": "Embedded Confluence",
        "defaultLocale": "en_GB",
        "defaultTimeZone": call.switches.instance_time_zone,
    }
