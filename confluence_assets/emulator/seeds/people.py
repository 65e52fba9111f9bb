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
    return f"712020:{store.uuid('account', email)}"


def add_user(store: Store, email: str, name: str, **traits: Any) -> User:
    """An account with its token: the part before the @."""
    user = User(account_id(store, email), email, name, token=email.partition("@")[0], **traits)
    store.users[user.account_id] = user
    store.touch()
    return user


def add_group(store: Store, name: str, members: list[str], access: tuple[str, ...] = (), *, number: int = 0) -> Group:
    group = Group(store.uuid("group", name, number), name, members, access)
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


def grant(store: Store, space: Space, principal_type: str, principal_id: str, permissions: list[str]) -> None:
    for permission in permissions:
        key, _, target = permission.partition("/")
        space.permissions.append(Permission(store.next_id("permission"), principal_type, principal_id, key, target))
    store.touch()


def person(index: int) -> tuple[str, str]:
    """E-mail and name of the n-th made-up person."""
    first = FIRST_NAMES[index % len(FIRST_NAMES)]
    last = LAST_NAMES[(index // len(FIRST_NAMES) + index) % len(LAST_NAMES)]
    return f"user{index}@example.com", f"{first} {last}"
