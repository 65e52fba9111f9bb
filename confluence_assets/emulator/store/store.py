"""All of a site's state, with the indexes that make listings cheap. Edits go through `edits/`, seeds through `add`."""

import hashlib
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from confluence_assets.emulator.store.beside import Beside
from confluence_assets.emulator.store.model import (
    ATTACHMENT,
    COMMENTS,
    CUSTOM,
    KINDS,
    TREE,
    AuditRecord,
    Content,
    Group,
    Property,
    Restriction,
    Role,
    Space,
    Task,
    User,
)
from confluence_assets.emulator.store.views import Views

FIRST_CONTENT_ID = 65_537
FIRST_SPACE_ID = 32_769


class Store:
    """What is on the site. `generation` changes with every change, and what is cached by it falls away."""

    def __init__(self, seed: int, deployment: str = "cloud") -> None:
        self.seed = seed
        self.deployment = deployment
        self.generation = 0
        self.contents: dict[int, Content] = {}
        self.by_kind: dict[str, list[Content]] = {kind: [] for kind in KINDS}
        self.children: dict[int, list[Content]] = {}
        self.contained: dict[int, list[Content]] = {}
        self.replies: dict[int, list[Content]] = {}
        self.spaces: dict[int, Space] = {}
        self.users: dict[str, User] = {}
        self.groups: dict[str, Group] = {}
        self.roles: dict[str, Role] = {}
        self.labels: dict[int, list[tuple[str, str]]] = {}
        self.label_ids: dict[tuple[str, str], int] = {}
        self.properties: dict[int, dict[str, Property]] = {}
        self.restrictions: dict[int, dict[str, Restriction]] = {}
        self.likes: dict[int, list[str]] = {}
        self.tasks: dict[int, Task] = {}
        self.audit: list[AuditRecord] = []
        self.admin_keys: dict[str, int] = {}
        self.beside = Beside()
        self.views = Views(self)
        self._last_ids: dict[str, int] = {"content": FIRST_CONTENT_ID - 1, "space": FIRST_SPACE_ID - 1}

    # ids: one seedable source for all

    def next_id(self, family: str = "content") -> int:
        """The next id of a family. Content ids have gaps, as real ones do."""
        last = self._last_ids.get(family, 0)
        gap = 1 + (last * 2654435761 + self.seed * 40503) % 7 if family in ("content", "space") else 1
        self._last_ids[family] = last + gap
        return last + gap

    def uuid(self, *parts: object) -> str:
        digest = hashlib.md5("/".join(map(str, (self.seed, *parts))).encode(), usedforsecurity=False).digest()
        return str(uuid.UUID(bytes=digest, version=4))

    def touch(self) -> None:
        self.generation += 1

    # content

    def add(self, content: Content) -> Content:
        if content.modified == 0:
            content.modified = content.created
        content.modifier = content.modifier or content.author
        self.contents[content.id] = content
        self.by_kind[content.kind].append(content)
        self._link(content)
        self.touch()
        return content

    def remove(self, content: Content) -> None:
        """Forget it and what is told about it; what hangs on it is the caller's business."""
        self._unlink(content)
        del self.contents[content.id]
        self.by_kind[content.kind].remove(content)
        for told in (self.labels, self.properties, self.restrictions, self.likes):
            told.pop(content.id, None)
        self.beside.forget(content.id)
        for task_id in [task.id for task in self.tasks.values() if task.container_id == content.id]:
            del self.tasks[task_id]
        self.touch()

    def replace(self, content: Content, *, parent_id: int, space_id: int) -> None:
        """Hang a tree content below another parent."""
        self._unlink(content)
        content.parent_id, content.space_id = parent_id, space_id
        self._link(content)
        self.touch()

    def _shelf(self, content: Content) -> tuple[dict[int, list[Content]], int] | None:
        if content.kind in TREE:
            return self.children, content.parent_id or -content.space_id
        if content.kind in COMMENTS and content.parent_id:
            return self.replies, content.parent_id
        if content.container_id:
            return self.contained, content.container_id
        return None

    def _link(self, content: Content) -> None:
        place = self._shelf(content)
        if place is not None:
            place[0].setdefault(place[1], []).append(content)

    def _unlink(self, content: Content) -> None:
        place = self._shelf(content)
        if place is not None:
            place[0][place[1]].remove(content)

    def get(self, content_id: int, *kinds: str) -> Content | None:
        content = self.contents.get(content_id)
        return content if content is not None and (not kinds or content.kind in kinds) else None

    def root_of(self, content: Content) -> Content:
        """The page, post or node on which a comment, a file or a custom content hangs in the end."""
        while content.container_id:
            above = self.contents.get(content.container_id)
            if above is None:
                break
            content = above
        return content

    def space_of(self, content: Content) -> Space:
        return self.spaces[self.root_of(content).space_id]

    def type_name(self, content: Content) -> str:
        """The type as v1 and CQL call it."""
        if content.kind in COMMENTS:
            return "comment"
        return content.custom_type if content.kind == CUSTOM else content.kind

    def contained_of(self, content: Content, *kinds: str) -> list[Content]:
        return [found for found in self.contained.get(content.id, ()) if found.kind in kinds]

    def ancestors(self, content: Content) -> list[Content]:
        """From the root to the parent, over pages and nodes; a parent that is gone ends the chain."""
        found: list[Content] = []
        seen = {content.id}
        parent_id = content.parent_id if content.kind in TREE else 0
        while parent_id and parent_id not in seen:
            parent = self.contents.get(parent_id)
            if parent is None:
                break
            seen.add(parent_id)
            found.append(parent)
            parent_id = parent.parent_id
        found.reverse()
        return found

    def descendants(self, content_id: int) -> Iterator[tuple[Content, int]]:
        """Everything below in the tree with its depth, parents first."""
        pending = [(child, 1) for child in self.children.get(content_id, ())]
        while pending:
            child, depth = pending.pop(0)
            yield child, depth
            pending.extend((below, depth + 1) for below in self.children.get(child.id, ()))

    # labels

    def label_id(self, prefix: str, name: str) -> int:
        key = (prefix, name)
        if key not in self.label_ids:
            self.label_ids[key] = self.next_id("label") + 900_000
        return self.label_ids[key]

    def add_labels(self, content_id: int, names: Iterable[str], prefix: str = "global") -> None:
        held = self.labels.setdefault(content_id, [])
        for name in names:
            if (prefix, name) not in held:
                self.label_id(prefix, name)
                held.append((prefix, name))
        self.touch()

    # people

    def user_by_email(self, email: str) -> User | None:
        return next((user for user in self.users.values() if user.email.lower() == email.lower()), None)

    def user_by_name(self, username: str) -> User | None:
        """By user name, whatever the case; Data Center only."""
        return next((user for user in self.users.values() if user.username.lower() == username.lower()), None)

    def groups_of(self, account_id: str) -> list[Group]:
        """The groups that name the account themselves."""
        return [group for group in self.groups.values() if account_id in group.members]

    def all_groups_of(self, account_id: str) -> list[Group]:
        """Those, and every group that one of them is inside of, at any depth."""
        found = {group.id: group for group in self.groups_of(account_id)}
        pending = list(found)
        while pending:
            inside = pending.pop()
            for group in self.groups.values():
                if inside in group.subgroups and group.id not in found:
                    found[group.id] = group
                    pending.append(group.id)
        return list(found.values())

    def space_by_key(self, key: str) -> Space | None:
        return next((space for space in self.spaces.values() if space.key == key), None)

    def set_property(self, held: dict[str, Property], key: str, value: Any, *, author: str, at: int) -> Property:
        """Create a property, or make its next version."""
        found = held.get(key)
        if found is None:
            held[key] = found = Property(self.next_id(), key, value, at, author, at)
        else:
            found.value, found.modified, found.version = value, at, found.version + 1
        self.touch()
        return found

    def file_name_taken(self, container_id: int, name: str) -> Content | None:
        files = (f for f in self.contained.get(container_id, ()) if f.kind == ATTACHMENT)
        return next((f for f in files if f.title == name and f.status == "current"), None)
