"""Users and groups, with groups inside groups."""

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.handlers.datacenter.pages import (
    Row,
    expansion,
    offset_page,
    quirks,
    render_for,
    require_admin,
    require_user,
)  # fmt: skip
from confluence_assets.emulator.problems import Refusal, not_found
from confluence_assets.emulator.store.model import Group, User


def get_current(call: Call) -> Row:
    render, user = render_for(call), call.viewer.user
    return render.anonymous() if user is None else render.full_user(user, expansion(call))


def get_anonymous(call: Call) -> Row:
    return render_for(call).anonymous()


def _asked(call: Call) -> User:
    """The user of `key` or `username`. Raises: Refusal."""
    key, name = call.get("key"), call.get("username")
    if not key and not name:
        raise Refusal(400, "Either 'key' or 'username' must be given.")
    user = call.store.users.get(key) if key else call.store.user_by_name(name)
    if user is None or user.status == "closed":
        raise not_found(f"No user found with {'key' if key else 'username'}: {key or name}")
    return user


def get_user(call: Call) -> Row:
    require_user(call)
    return render_for(call).full_user(_asked(call), expansion(call))


def list_memberships(call: Call) -> Row:
    """The groups of a user, those above them included."""
    require_user(call)
    user = _asked(call)
    groups = call.store.all_groups_of if quirks(call).memberof_nested else call.store.groups_of
    rows = sorted(groups(user.account_id), key=lambda group: group.name)
    return offset_page(call, rows, render_for(call).group, default=200)


def _users(call: Call, rows: list[User]) -> Row:
    render, expand = render_for(call), expansion(call)
    return offset_page(call, rows, lambda user: render.listed_user(user, expand), default=100)


def list_users(call: Call) -> Row:
    """Everybody who is registered, the disabled included."""
    require_user(call)
    rows = [user for user in call.store.users.values() if user.status != "closed"]
    rows.sort(key=lambda user: user.username)
    start = call.get("start", 0)
    if quirks(call).user_list_loses_rows and 0 < start < len(rows):
        page = _users(call, rows)
        page["results"] = page["results"][1:]
        page["size"] = len(page["results"])
        return page
    return _users(call, rows)


def list_active_users(call: Call) -> Row:
    """Who counts for the licence."""
    require_admin(call, "list users")
    users = call.store.users.values()
    rows = [user for user in users if user.status == "active" and call.site.door.as_user(user).may_use_site]
    return _users(call, sorted(rows, key=lambda user: user.username))


def _group(call: Call) -> Group:
    require_user(call)
    name = call.arguments["groupName"]
    found = next((group for group in call.store.groups.values() if group.name.lower() == name.lower()), None)
    if found is None:
        raise not_found(f"No group found with name: {name}")
    return found


def list_groups(call: Call) -> Row:
    require_user(call)
    rows = sorted(call.store.groups.values(), key=lambda group: group.name)
    return offset_page(call, rows, render_for(call).group, default=200)


def get_group(call: Call) -> Row:
    return render_for(call).group(_group(call))


def list_members(call: Call) -> Row:
    """Who is in the group itself; with those of the groups inside it only by a switch."""
    if quirks(call).members_need_admin:
        require_admin(call, "list members")
    render, expand = render_for(call), expansion(call)
    group = _group(call)
    accounts = group.members
    if quirks(call).members_flattened:
        accounts = [one for one in call.store.users if group in call.store.all_groups_of(one)]
    found = [call.store.users.get(account) for account in accounts]
    rows = sorted((user for user in found if user and user.status == "active"), key=lambda user: user.username)
    return offset_page(call, rows, lambda user: render.listed_user(user, expand), default=200)


def _groups(call: Call, ids: list[str]) -> Row:
    rows = sorted((call.store.groups[one] for one in ids if one in call.store.groups), key=lambda group: group.name)
    return offset_page(call, rows, render_for(call).group, default=200)


def list_subgroups(call: Call) -> Row:
    """The groups inside a group."""
    return _groups(call, _group(call).subgroups)


def list_parents(call: Call) -> Row:
    """The groups that a group is inside of."""
    name = _group(call).id
    return _groups(call, [group.id for group in call.store.groups.values() if name in group.subgroups])


def list_ancestors(call: Call) -> Row:
    """Those, and the ones above them."""
    found: list[str] = []
    pending = [_group(call).id]
    while pending:
        inside = pending.pop()
        above = [group.id for group in call.store.groups.values() if inside in group.subgroups]
        pending += [one for one in above if one not in found]
        found += [one for one in above if one not in found]
    return _groups(call, found)
