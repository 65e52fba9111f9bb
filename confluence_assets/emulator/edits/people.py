"""Users and groups."""

from typing import TYPE_CHECKING

from confluence_assets.emulator.edits.common import Fields, group_of, record, user_of
from confluence_assets.emulator.edits.registry import operation
from confluence_assets.emulator.seeds.people import add_group, add_user

if TYPE_CHECKING:
    from confluence_assets.emulator.site import Site

MANAGED = "Users and groups"


@operation("create_user", "email", "name", "guest?", "type?", "groups?")
def create_user(site: "Site", fields: Fields) -> Fields:
    """An account whose token is the part of its address before the @; in `confluence-users` unless it says otherwise."""
    if site.store.user_by_email(str(fields["email"])) is not None:
        raise ValueError("that address has an account")
    user = add_user(site.store, str(fields["email"]), str(fields["name"]), is_guest=bool(fields.get("guest", False)))
    user.account_type = str(fields.get("type", "atlassian"))
    is_plain = not user.is_guest and user.account_type == "atlassian"
    for name in fields.get("groups", ["confluence-users"] if is_plain else []):
        group_of(site, name).members.append(user.account_id)
    record(site, fields, "User created", MANAGED, ("User", user.display_name))
    return {"account_id": user.account_id}


def _set_status(site: "Site", fields: Fields, status: str, summary: str) -> None:
    user = user_of(site, fields["account"])
    user.status = status
    user.token = user.email.partition("@")[0] if status == "active" else None
    record(site, fields, summary, MANAGED, ("User", user.display_name))


@operation("deactivate_user", "account")
def deactivate_user(site: "Site", fields: Fields) -> None:
    _set_status(site, fields, "inactive", "User deactivated")


@operation("reactivate_user", "account")
def reactivate_user(site: "Site", fields: Fields) -> None:
    _set_status(site, fields, "active", "User reactivated")


@operation("close_user", "account")
def close_user(site: "Site", fields: Fields) -> None:
    """Deleted: the id stays, the person is gone."""
    _set_status(site, fields, "closed", "User deleted")
    for group in site.store.groups_of(user_of(site, fields["account"]).account_id):
        group.members.remove(user_of(site, fields["account"]).account_id)


@operation("hide_email", "account")
def hide_email(site: "Site", fields: Fields) -> None:
    user_of(site, fields["account"]).is_email_hidden = True


@operation("show_email", "account")
def show_email(site: "Site", fields: Fields) -> None:
    user_of(site, fields["account"]).is_email_hidden = False


@operation("rename_user", "account", "name")
def rename_user(site: "Site", fields: Fields) -> None:
    user_of(site, fields["account"]).display_name = str(fields["name"])


@operation("create_group", "name", "members?", "access?")
def create_group(site: "Site", fields: Fields) -> Fields:
    if any(group.name == fields["name"] for group in site.store.groups.values()):
        raise ValueError("that group exists")
    members = [user_of(site, name).account_id for name in fields.get("members", ())]
    number = site.store.next_id("group")  # a name that is used again is another group
    group = add_group(site.store, str(fields["name"]), members, tuple(fields.get("access", ())), number=number)
    record(site, fields, "Group created", MANAGED, ("Group", group.name))
    return {"id": group.id}


@operation("delete_group", "group")
def delete_group(site: "Site", fields: Fields) -> None:
    """Its grants in spaces go with it; restrictions go on naming it."""
    group = group_of(site, fields["group"])
    del site.store.groups[group.id]
    for space in site.store.spaces.values():
        space.permissions = [g for g in space.permissions if (g.principal_type, g.principal_id) != ("group", group.id)]
        space.roles = [row for row in space.roles if row[:2] != ("group", group.id)]
    record(site, fields, "Group deleted", MANAGED, ("Group", group.name))


@operation("rename_group", "group", "name")
def rename_group(site: "Site", fields: Fields) -> None:
    group_of(site, fields["group"]).name = str(fields["name"])


@operation("add_member", "group", "account")
def add_member(site: "Site", fields: Fields) -> None:
    group, user = group_of(site, fields["group"]), user_of(site, fields["account"])
    if user.account_id in group.members:
        raise ValueError("already a member")
    group.members.append(user.account_id)
    record(site, fields, "User added to group", MANAGED, ("Group", group.name), {"User": ("", user.display_name)})


@operation("remove_member", "group", "account")
def remove_member(site: "Site", fields: Fields) -> None:
    group, user = group_of(site, fields["group"]), user_of(site, fields["account"])
    group.members.remove(user.account_id)
    record(site, fields, "User removed from group", MANAGED, ("Group", group.name), {"User": (user.display_name, "")})
