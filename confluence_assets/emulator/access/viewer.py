"""A caller, and what it may read.

A person reads a content where the account is active and may use the site, the space lets it in, and every restricted
ancestor-or-self names it or one of its groups. Blog posts have no ancestors; comments, files, tasks and custom content take
what they hang on. Guests and apps are let in by explicit grants only.
"""

from confluence_assets.emulator.config import Switches
from confluence_assets.emulator.store.model import TREE, Content, Permission, Space, User
from confluence_assets.emulator.store.store import Store

ANONYMOUS = "anonymous-users"
LICENSED = "all-licensed-users"
PRODUCT_ADMINS = "all-product-admins"
AUTHENTICATED = "authenticated-users"


class Viewer:
    """One caller's eyes. `user` is None for anonymous; `sees_all` is the control surface's own view."""

    def __init__(
        self,
        store: Store,
        switches: Switches,
        user: User | None,
        *,
        has_admin_key: bool = False,
        sees_all: bool = False,
    ) -> None:
        self.store = store
        self.switches = switches
        self.user = user
        self.has_admin_key = has_admin_key
        self.sees_all = sees_all
        self._generation = -1
        self._mode = ""
        self._spaces: dict[int, bool] = {}
        self._nodes: dict[int, bool] = {}
        self.group_ids: frozenset[str] = frozenset()
        self._access: set[str] = set()

    @property
    def account_id(self) -> str:
        return self.user.account_id if self.user else ""

    def _refresh(self) -> None:
        mode = f"{self.switches.space_role_mode}{self.switches.anonymous_access}"
        if self._generation == self.store.generation and self._mode == mode:
            return
        self._generation, self._mode = self.store.generation, mode
        self._spaces, self._nodes = {}, {}
        groups = self.store.all_groups_of(self.account_id) if self.user else []
        self.group_ids = frozenset(group.id for group in groups)
        self._access = {access for group in groups for access in group.access}

    @property
    def is_admin(self) -> bool:
        """Whether it administers Confluence."""
        self._refresh()
        return self.sees_all or bool(self._access & {"admin", "site-admin"})

    @property
    def may_use_site(self) -> bool:
        if self.sees_all:
            return True
        if self.user is None:
            return self.switches.anonymous_access
        self._refresh()
        if self.user.status != "active":
            return False
        if self.store.deployment == "datacenter":  # without 'Can use' no grant in a space helps
            return bool(self._access)
        return self.user.is_guest or self.user.account_type == "app" or bool(self._access)

    @property
    def classes(self) -> set[str]:
        """The access classes that the caller belongs to."""
        found = {ANONYMOUS} if self.switches.anonymous_access else set()
        if self.user is None or not self.may_use_site:
            return found
        found.add(AUTHENTICATED)
        if self.user.account_type == "atlassian" and not self.user.is_guest and self._access:
            found.add(LICENSED)
            if self._access & {"admin", "site-admin"}:
                found.add(PRODUCT_ADMINS)
        return found

    def is_principal(self, principal_type: str, principal_id: str) -> bool:
        """Whether a grant to that principal is a grant to the caller."""
        self._refresh()
        if principal_type == "user":
            return self.user is not None and principal_id == self.account_id
        if principal_type == "group":
            return principal_id in self.group_ids
        if principal_type == "anonymous":  # what is open to nobody in particular is open to those who signed in, too
            return self.switches.anonymous_access
        return principal_type == "access-class" and principal_id in self.classes

    def may_in_space(self, space: Space, key: str = "read", target: str = "space") -> bool:
        """Whether a grant of the space, or a role in it, lets the caller do that."""
        if self.sees_all:
            return True
        if not self.may_use_site:
            return False
        if any(g.key == key and g.target == target and self._holds(g) for g in space.permissions):
            return True
        if self.switches.space_role_mode == "PRE_ROLES":
            return False
        wanted = f"{key}/{target}"
        return any(
            wanted in self.store.roles[role_id].permissions and self.is_principal(kind, principal)
            for kind, principal, role_id in space.roles
            if role_id in self.store.roles
        )

    def _holds(self, grant: Permission) -> bool:
        return self.is_principal(grant.principal_type, grant.principal_id)

    def reads_space(self, space: Space) -> bool:
        self._refresh()
        known = self._spaces.get(space.id)
        if known is None:
            known = self._spaces[space.id] = self.may_in_space(space)
        return known

    def _reads_node(self, content: Content) -> bool:
        """Own and inherited restrictions of a page, a blog post or a node."""
        known = self._nodes.get(content.id)
        if known is not None:
            return known
        chain = [content]
        while chain[-1].kind in TREE and chain[-1].parent_id:
            parent = self.store.contents.get(chain[-1].parent_id)
            if parent is None or len(chain) > 10_000:
                break
            chain.append(parent)
            if parent.id in self._nodes:
                break
        allowed = True
        for link in reversed(chain):
            allowed = self._nodes.get(link.id, allowed and self._is_named(link, "read"))
            self._nodes[link.id] = allowed
        return allowed

    def _is_named(self, content: Content, operation: str) -> bool:
        held = self.store.restrictions.get(content.id)
        restriction = held.get(operation) if held else None
        if restriction is None or restriction.is_empty:
            return True
        if self.user is not None and self.account_id in restriction.users:
            return True
        return any(group_id in self.group_ids for group_id, _ in restriction.groups)

    def reads(self, content: Content) -> bool:
        if self.sees_all:
            return True
        self._refresh()
        store = self.store
        root = content if not content.container_id else store.root_of(content)
        known = self._spaces.get(root.space_id)
        if known is None:
            space = store.spaces.get(root.space_id)
            known = space is not None and self.reads_space(space)
        if not known:
            return False
        if self.has_admin_key or not store.restrictions:
            return True
        return self._reads_node(root)

    def updates(self, content: Content) -> bool:
        """Whether it may edit. Restrictions on update are not inherited."""
        root = self.store.root_of(content)
        space = self.store.spaces[root.space_id]
        kind = "comment" if content.kind in ("footer-comment", "inline-comment") else content.kind
        may_write = self.may_in_space(
            space, "create", kind if kind in ("blogpost", "comment", "attachment") else "page"
        )
        return self.reads(content) and may_write and self._is_named(root, "update")
