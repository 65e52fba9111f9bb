"""Accounts, groups and roles that every site has."""

from typing import Any

from confluence_assets.emulator.store.model import Group, Permission, Role, Space, User
from confluence_assets.emulator.store.store import Store

ADMIN_EMAIL = "admin@example.com"
FIRST_NAMES = (
    "Ada", "Bruno", "Chidi", "Daria", "Emre", "Fatima", "Goran", "Hana", "Idris", "Jun", "Karin", "Luis", "Mina", "Nadia",
    "Omar", "Priya", "Quinn", "Rosa", "Sven", "Tara", "Umar", "Vera", "Wen", "Ximena", "Yusuf", "Zoe",
)  # fmt: skip
LAST_NAMES = (
    "Abara",
    "Berg",
    "Costa",
    "Duarte",
    "Eriksen",
    "Fischer",
    "Garcia",
    "Haddad",
    "Ito",
    "Jansen",
    "Kaya",
    "Lindt",
)
TIME_ZONES = ("Europe/London", "Europe/Berlin", "America/New_York", "Asia/Tokyo", "Asia/Kolkata", "America/Sao_Paulo")
READER = ["read/space"]
WRITER = [
    "read/space", "create/page", "create/blogpost", "create/comment", "create/attachment", "delete/page",
    "delete/comment", "delete/attachment", "delete/space",
]  # fmt: skip
ADMINISTRATOR = [
    *WRITER,
    "delete/blogpost",
    "export/space",
    "administer/space",
    "restrict_content/space",
    "archive/page",
]


def account_id(store: Store, email: str) -> str:
    """The account id; on Data Center the user key."""
    if store.deployment == "datacenter":
        return f"4028ae28{store.uuid('account', email).replace('-', '')[:24]}"
    return f"712020:{store.uuid('account', email)}"


def add_user(store: Store, email: str, name: str, **traits: Any) -> User:
    """An account with its token: the part before the @."""
    user = User(account_id(store, email), email, name, token=email.partition("@")[0], **traits)
    if store.deployment == "datacenter":
        user.username = _free_name(store, email.partition("@")[0])
        user.token = user.username
    store.users[user.account_id] = user
    store.touch()
    return user


def _free_name(store: Store, name: str) -> str:
    """A user name that nobody has."""
    number = 1
    while store.user_by_name(name if number == 1 else f"{name}{number}") is not None:
        number += 1
    return name if number == 1 else f"{name}{number}"


def add_group(store: Store, name: str, members: list[str], access: tuple[str, ...] = (), *, number: int = 0) -> Group:
    """A group. On Data Center its name is all the id there is, so that a name that is used again is the same group."""
    id_ = name if store.deployment == "datacenter" else store.uuid("group", name, number)
    group = Group(id_, name, members, access)
    store.groups[group.id] = group
    store.touch()
    return group


def add_admin(store: Store) -> User:
    """The administrator, who is on every site, and the groups that give access to the product."""
    admin = add_user(store, ADMIN_EMAIL, "Site Admin", time_zone="Europe/London")
    add_group(store, "confluence-users", [admin.account_id], ("user",))
    add_group(store, "site-admins", [admin.account_id], ("user", "admin", "site-admin"))
    return admin


def add_roles(store: Store) -> None:
    """The system roles."""
    for name, words, permissions in (
        ("Viewer", "Can read.", READER),
        ("Collaborator", "Can read and write.", WRITER),
        (
            "Manager",
            "Can manage the space's content.",
            [*WRITER, "delete/blogpost", "restrict_content/space", "archive/page"],
        ),
        ("Admin", "Can do everything in the space.", ADMINISTRATOR),
    ):
        role = Role(store.uuid("role", name), name, "SYSTEM", words, list(permissions))
        store.roles[role.id] = role


def role_named(store: Store, name: str) -> Role:
    return next(role for role in store.roles.values() if role.name == name)


def group_named(store: Store, name: str) -> Group:
    return next(group for group in store.groups.values() if group.name == name)


_ON_DATACENTER = {"delete/space": "delete_own/space", "restrict_content/space": "restrict/space", "archive/page": ""}


def _on_datacenter(kind: str, principal: str, permissions: list[str]) -> tuple[str, str, list[str]]:
    """A grant in the words of Data Center, which has no access classes."""
    if kind == "access-class":
        is_open = principal == "anonymous-users"
        kind, principal = ("anonymous", "anonymous") if is_open else ("group", "confluence-users")
    return kind, principal, [word for word in (_ON_DATACENTER.get(one, one) for one in permissions) if word]


def grant(store: Store, space: Space, principal_type: str, principal_id: str, permissions: list[str]) -> None:
    """Grant in a space; what the principal has already is not granted twice."""
    if store.deployment == "datacenter":
        principal_type, principal_id, permissions = _on_datacenter(principal_type, principal_id, permissions)
        held = {f"{g.key}/{g.target}" for g in space.permissions if g.principal_id == principal_id}
        permissions = [one for one in permissions if one not in held]
    for permission in permissions:
        key, _, target = permission.partition("/")
        space.permissions.append(Permission(store.next_id("permission"), principal_type, principal_id, key, target))
    store.touch()


def person(index: int) -> tuple[str, str]:
    """E-mail and name of the n-th made-up person."""
    first = FIRST_NAMES[index % len(FIRST_NAMES)]
    last = LAST_NAMES[(index // len(FIRST_NAMES) + index) % len(LAST_NAMES)]
    return f"user{index}@example.com", f"{first} {last}"
