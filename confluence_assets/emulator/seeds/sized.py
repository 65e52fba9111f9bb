"""A site of a given size. Nothing is random but by the seed, and no body is held: texts are made when they are asked for."""

import random
from typing import TYPE_CHECKING

from confluence_assets.emulator.clock import parse_time
from confluence_assets.emulator.config import SeedPlan
from confluence_assets.emulator.render.files import media_type_of
from confluence_assets.emulator.render.words import make_title
from confluence_assets.emulator.seeds import odd
from confluence_assets.emulator.seeds.people import (
    ADMINISTRATOR,
    READER,
    TIME_ZONES,
    WRITER,
    add_admin,
    add_group,
    add_roles,
    add_user,
    grant,
    group_named,
    person,
)  # fmt: skip
from confluence_assets.emulator.store.model import (
    ATTACHMENT,
    BLOGPOST,
    CUSTOM,
    FOLDER,
    FOOTER,
    INLINE,
    PAGE,
    AuditRecord,
    Content,
    Restriction,
    Space,
    Task,
)  # fmt: skip

if TYPE_CHECKING:
    from confluence_assets.emulator.site import Site

START = "2024-01-08T09:00:00Z"
HOUR, DAY = 3_600_000, 86_400_000
LABELS = ("howto", "runbook", "decision", "meeting", "draft-idea", "customer", "security", "deprecated")
CUSTOM_TYPE = "ac:diagrams:drawing"


class SizedSeed:
    """Fills one site by a plan."""

    def __init__(self, site: "Site", plan: SeedPlan) -> None:
        self.site = site
        self.store = site.store
        self.plan = plan
        self.pick = random.Random(site.config.seed * 7919 + 1)  # noqa: S311  (repeatable, nothing secret)
        self.start = parse_time(START)
        self.span = max(DAY, site.clock.now_ms - self.start - 2 * DAY)
        self.people: list[str] = []
        self.groups: list[tuple[str, str]] = []
        self.pages: list[Content] = []
        self.posts: list[Content] = []

    def fill(self) -> None:
        self._people()
        for index in range(self.plan.spaces):
            self._space(index)
        self._comments()
        self._attachments()
        self._rest()
        self._audit()

    def _time(self) -> int:
        return self.start + int(self.pick.random() * self.span) // 1000 * 1000 + self.pick.randrange(1000)

    def _people(self) -> None:
        store = self.store
        admin = add_admin(store)
        add_roles(store)
        self.people = [admin.account_id]
        for index in range(1, self.plan.users):
            email, name = person(index)
            hidden = index % 9 == 4
            user = add_user(store, email, name, time_zone=TIME_ZONES[index % 6], is_email_hidden=hidden)
            if index % 25 == 24:
                user.status, user.token = "inactive", None
            self.people.append(user.account_id)
        group_named(store, "confluence-users").members.extend(self.people[1:])
        for index in range(max(0, self.plan.groups - 2)):
            members = sorted({self.pick.choice(self.people) for _ in range(2 + self.plan.users // 4)})
            group = add_group(store, f"team-{index + 1}", members)
            self.groups.append((group.id, group.name))

    def _space(self, index: int) -> None:
        store, plan = self.store, self.plan
        key, name, type_ = odd.space_name(index) if plan.odd else (f"SP{index + 1:03d}", f"Space {index + 1}", "global")
        space = Space(
            store.next_id("space"), key, name, self.people[index % len(self.people)], self.start + index * HOUR
        )
        space.type, space.description = type_, f"What we know about {name}."
        if plan.odd and index == plan.spaces - 1:
            space.status = "archived"
        store.spaces[space.id] = space
        grant(store, space, "group", group_named(store, "confluence-users").id, WRITER)
        grant(store, space, "user", self.people[0], ADMINISTRATOR)
        if self.groups:
            grant(store, space, "group", self.groups[index % len(self.groups)][0], READER)
        folders = [self._folder(space, number) for number in range(plan.folders_per_space)]
        self._pages(space, folders)
        for number in range(plan.blogposts_per_space):
            post = self._content(BLOGPOST, space, f"News {number + 1}: {make_title(self.pick)}")
            self.posts.append(post)

    def _folder(self, space: Space, number: int) -> Content:
        kind = odd.node_kind(number) if self.plan.odd else FOLDER
        node = self._content(kind, space, f"{kind.capitalize()} {number + 1}")
        node.position = 1000 + number
        if kind == "embed":
            node.extra = {"url": f"https://example.com/board/{number}"}
        return node

    def _content(self, kind: str, space: Space, title: str, parent_id: int = 0) -> Content:
        created = self._time()
        author = self.pick.choice(self.people)
        body = None if kind in (PAGE, BLOGPOST) else ""
        row = Content(self.store.next_id(), kind, space.id, title, created, author, parent_id=parent_id, body=body)
        if kind in (PAGE, BLOGPOST) and self.pick.random() < 0.6:
            row.version = self.pick.randint(2, 9)
            row.modified = created + int((self.site.clock.now_ms - DAY - created) * self.pick.random())
            row.modifier = self.pick.choice(self.people)
        return self.store.add(row)

    def _pages(self, space: Space, folders: list[Content]) -> None:
        plan, pick, store = self.plan, self.pick, self.store
        home: Content | None = None
        made: list[Content] = []
        for number in range(plan.pages_per_space):
            title = odd.title(space.key, number) if plan.odd else ""
            if home is None:
                page = home = self._content(PAGE, space, title or f"{space.name} Home")
                space.homepage_id = page.id
            elif folders and number % 7 == 3:
                page = self._content(
                    PAGE, space, title or f"{make_title(pick)} {number}", folders[number % len(folders)].id
                )
            else:
                parent = made[(number - 1) // plan.fanout]
                page = self._content(PAGE, space, title or f"{make_title(pick)} {number}", parent.id)
            page.position = number
            if number and pick.random() < plan.archived_share:
                page.status = "archived"
            made.append(page)
            self._decorate(page, number)
        self.pages.extend(made)
        store.touch()

    def _decorate(self, page: Content, number: int) -> None:
        pick, plan = self.pick, self.plan
        if pick.random() < plan.labelled_share:
            self.store.add_labels(page.id, pick.sample(LABELS, pick.randint(1, 3)))
        if number and pick.random() < plan.restricted_share:
            named = Restriction([self.people[0], pick.choice(self.people)])
            named.users = sorted(set(named.users))
            if self.groups and pick.random() < 0.5:
                named.groups = [pick.choice(self.groups)]
            self.store.restrictions[page.id] = {"read" if pick.random() < 0.7 else "update": named}

    def _comments(self) -> None:
        store, pick = self.store, self.pick
        holders = self.pages + self.posts
        last_root: dict[str, Content] = {}
        for number in range(self.plan.comments if holders else 0):
            kind = INLINE if number % 5 == 4 else FOOTER
            root = last_root.get(kind) if number % 4 == 3 else None
            holder = (
                store.contents[root.container_id] if root else holders[(number * 7 + pick.randrange(3)) % len(holders)]
            )
            created = max(self._time(), root.created + 60_000 if root else 0)
            row = Content(store.next_id(), kind, 0, f"Re: {holder.title}"[:255], created, pick.choice(self.people))
            row.body, row.container_id = None, holder.id
            if root is not None:
                row.parent_id = root.id
            elif kind == INLINE:
                resolution = "resolved" if number % 3 == 0 else "open"
                row.extra = {
                    "resolution": resolution,
                    "selection": "the runbook",
                    "marker": store.uuid("marker", row.id),
                }
                if resolution == "resolved":
                    row.extra.update(resolved_by=row.author, resolved_at=created + HOUR)
            store.add(row)
            if root is None:
                last_root[kind] = row

    def _attachments(self) -> None:
        count = self.plan.attachments if self.pages else 0
        holders = self.pages[: self.plan.attachment_pages or len(self.pages)]
        for number in range(count):
            holder = holders[number % len(holders)]
            name = f"file-{number + 1:05d}.{('txt', 'csv', 'log', 'md', 'png', 'pdf')[number % 6]}"
            self._file(holder, odd.file_name(number, name) if self.plan.odd else name)

    def _file(self, holder: Content, name: str) -> Content:
        store, pick = self.store, self.pick
        row = Content(store.next_id(), ATTACHMENT, 0, name, self._time(), pick.choice(self.people))
        row.container_id = holder.id
        size = 2048 + pick.randrange(6000)
        row.extra = {
            "media_type": media_type_of(name),
            "size": size,
            "file_id": store.uuid("file", row.id),
            "comment": "",
        }
        store.add(row)
        if pick.random() < 0.1:
            store.add_labels(row.id, ["reviewed"])
        return row

    def _rest(self) -> None:
        plan, store, pick = self.plan, self.store, self.pick
        for number in range(plan.properties if self.pages else 0):
            page = self.pages[number * 3 % len(self.pages)]
            held = store.properties.setdefault(page.id, {})
            store.set_property(
                held, "review", {"number": number, "done": number % 2 == 0}, author=page.author, at=page.created
            )
        for number in range(plan.tasks if self.pages else 0):
            self._task(number, self.pages[number * 5 % len(self.pages)])
        for number in range(plan.custom_content if self.pages else 0):
            page = self.pages[number * 11 % len(self.pages)]
            row = Content(store.next_id(), CUSTOM, 0, f"Drawing {number + 1}", self._time(), pick.choice(self.people))
            row.container_id, row.body, row.extra = page.id, None, {"type": CUSTOM_TYPE}
            store.add(row)

    def _task(self, number: int, page: Content) -> None:
        store, created = self.store, page.created + HOUR
        task = Task(
            store.next_id("task"), str(number + 1), page.id, f"<p>Check item {number + 1}</p>", created, page.author
        )
        task.assigned_to = self.pick.choice(self.people) if number % 3 else None
        task.due = created + (number % 40) * DAY if number % 2 else None
        if number % 4 == 0:
            task.status, task.completed, task.completed_by = "complete", created + DAY, page.author
        task.updated = task.completed or created
        store.tasks[task.id] = task

    def _audit(self) -> None:
        for number in range(self.plan.audit_records):
            created = self.start + self.span * number // max(1, self.plan.audit_records)
            name = f"SP{number % max(1, self.plan.spaces) + 1:03d}"
            author = self.people[number % len(self.people)]
            record = AuditRecord(created, author, "Space permission added", "Permissions", "Space", name)
            record.changed = [
                {"name": "Type", "oldValue": "", "newValue": "VIEWSPACE", "hiddenOldValue": "", "hiddenNewValue": ""}
            ]
            self.store.audit.append(record)


def fill_by_size(site: "Site", plan: SeedPlan) -> None:
    """Fill the site as the plan says."""
    SizedSeed(site, plan).fill()
