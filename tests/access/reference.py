"""The definition of may_read, taken literally, one account and one content at a time. Shares no code with the resolver."""

from confluence_assets.tables import Row
from tests.access.site import SmallSite

GIVES_ACCESS = {"user", "admin"}


def may_read(site: SmallSite, account_id: str, key: str, content_id: str) -> bool:
    user = next((row for row in site.rows["users"] if row["account_id"] == account_id), None)
    if user is None or not may_use_site(site, user):
        return False
    node = climb_out(site, key, content_id)
    return node is not None and space_lets_in(site, user, key) and tree_lets_in(site, user, key, node)


def groups_of(site: SmallSite, user: Row) -> list[str]:
    return [row["group_id"] for row in site.rows["group_members"] if row["account_id"] == user["account_id"]]


def access_of(site: SmallSite, user: Row) -> set[str]:
    return {
        access
        for row in site.rows["groups"]
        if row["group_id"] in groups_of(site, user)
        for access in row["access_types"]
    }


def may_use_site(site: SmallSite, user: Row) -> bool:
    if user["account_status"] != "active":
        return False
    known = any(GIVES_ACCESS & set(row["access_types"]) for row in site.rows["groups"])
    if not known and site.access.deployment == "datacenter":
        return False
    if user["account_type"] == "app" or user["is_external"] or not known:
        return True
    return bool(GIVES_ACCESS & access_of(site, user))


def is_meant(site: SmallSite, user: Row, kind: str, name: str) -> bool:
    if kind == "user":
        return name == user["account_id"]
    if kind == "group":
        return name in groups_of(site, user) and any(row["group_id"] == name for row in site.rows["groups"])
    if kind == "anonymous" or name == "anonymous-users":
        return site.access.anonymous_access is True
    if kind in ("access_class", "access-class"):
        person = user["account_type"] == "atlassian" and not user["is_external"]
        if name == "all-licensed-users":
            return person and bool(GIVES_ACCESS & access_of(site, user))
        if name == "all-product-admins":
            return person and "admin" in access_of(site, user)
        return name == "authenticated-users"
    return False


def space_lets_in(site: SmallSite, user: Row, key: str) -> bool:
    if ("space_permissions", key) in site.unread:
        return False
    grants = [
        row
        for row in site.rows["space_permissions"]
        if row["space_key"] == key and (row["operation"], row["target_type"]) == ("read", "space")
    ]
    if any(is_meant(site, user, row["principal_type"], row["principal_id"]) for row in grants):
        return True
    if ("space_role_assignments", key) in site.unread:
        return False
    reading = {row["principal_id"] for row in grants if row["principal_type"] == "role"}
    return any(
        is_meant(site, user, row["principal_type"], row["principal_id"])
        for row in site.rows["space_role_assignments"]
        if row["space_key"] == key and ("read/space" in row["permissions"] or row["role_id"] in reading)
    )


def tree_of(site: SmallSite, key: str) -> dict[str, str | None]:
    tree: dict[str, str | None] = {}
    for kind, table in (
        ("page", "pages"),
        ("folder", "folders"),
        ("whiteboard", "whiteboards"),
        ("database", "databases"),
    ):
        tree |= {row[f"{kind}_id"]: row["parent_id"] for row in site.rows[table] if row["space_key"] == key}
    return tree | {row["blogpost_id"]: None for row in site.rows["blogposts"] if row["space_key"] == key}


def climb_out(site: SmallSite, key: str, content_id: str) -> str | None:
    """The node of the tree that holds the content; None where it can't be found, `""` for the space itself."""
    holders: dict[str, str | None] = {}
    for table, name in (
        ("comments", "comment_id"),
        ("attachments", "attachment_id"),
        ("custom_content", "custom_content_id"),
    ):
        for row in site.rows[table]:
            if row["space_key"] == key:
                holders[row[name]] = "" if row["container_type"] == "space" else row["container_id"]
    current: str | None = content_id
    for _ in range(len(holders) + 1):
        if current not in holders:
            break
        current = holders[current]
    return current if current == "" or current in tree_of(site, key) else None


def tree_lets_in(site: SmallSite, user: Row, key: str, node: str) -> bool:
    if ("content_restrictions", key) in site.unread:
        return False
    tree = tree_of(site, key)
    current: str | None = node or None
    for _ in range(len(tree) + 1):
        if current is None:
            return True
        if current not in tree:
            return False
        own = [
            row
            for row in site.rows["content_restrictions"]
            if (row["content_id"], row["operation"]) == (current, "read")
        ]
        if any((row["principal_type"], row["principal_id"]) == ("unknown", "unknown") for row in own):
            return False
        named = [(row["principal_type"], row["principal_id"]) for row in own]
        if named and not any(kind in ("user", "group") and is_meant(site, user, kind, name) for kind, name in named):
            return False
        current = tree[current]
    return False  # a content that is its own ancestor
