"""Puts the demo site together: people, spaces, pages and what hangs on them."""

from importlib.resources import files
from typing import TYPE_CHECKING

from confluence_assets.emulator.clock import parse_time
from confluence_assets.emulator.edits.tasks import take_tasks_from_body
from confluence_assets.emulator.seeds.demo.company import GROUPS, PEOPLE, SPACES, SpacePlan
from confluence_assets.emulator.seeds.demo.files import demo_file
from confluence_assets.emulator.seeds.demo.markup import Markup
from confluence_assets.emulator.seeds.demo.notation import Draft, Remark, read_drafts
from confluence_assets.emulator.seeds.demo.series import build_series
from confluence_assets.emulator.seeds.demo.trail import fill_audit
from confluence_assets.emulator.seeds.people import (
    ADMIN_EMAIL,
    account_id,
    add_admin,
    add_group,
    add_roles,
    add_user,
    grant,
    group_named,
    role_named,
)  # fmt: skip
from confluence_assets.emulator.store.model import (
    ATTACHMENT,
    BLOGPOST,
    CUSTOM,
    FOOTER,
    INLINE,
    PAGE,
    Content,
    Restriction,
    Role,
    Space,
    Version,
)  # fmt: skip

if TYPE_CHECKING:
    from confluence_assets.emulator.site import Site

HOUR, DAY = 3_600_000, 86_400_000
MARKER_OF_EVERYTHING = "00000000-0000-4000-8000-00000000aaaa"
PAGES = files("confluence_assets.emulator.seeds.demo").joinpath("pages")


class DemoSeed:
    """Fills one site with Larkspur's wiki."""

    def __init__(self, site: "Site") -> None:
        self.site = site
        self.store = site.store
        self.accounts: dict[str, str] = {"admin": account_id(site.store, ADMIN_EMAIL)}
        self.markup = Markup(lambda who: self.accounts[who])
        self.series = build_series()

    def fill(self) -> None:
        self._people()
        for plan in SPACES:
            self._space(plan)
        handbook = self.store.space_by_key("HB")
        if handbook is not None:
            value = {"owner": "maya", "review": "yearly"}
            self.store.set_property(
                handbook.properties, "larkspur-space", value, author=handbook.author, at=handbook.created
            )
        fill_audit(self.store, self.accounts)
        self.store.touch()

    def _people(self) -> None:
        store = self.store
        add_admin(store)
        add_roles(store)
        reviewer = Role(
            store.uuid("role", "Reviewer"),
            "Reviewer",
            "CUSTOM",
            "Reads and comments.",
            ["read/space", "create/comment"],
        )
        store.roles[reviewer.id] = reviewer
        for person in PEOPLE:
            user = add_user(store, person.email, person.name, time_zone=person.zone, **person.traits)
            if user.status != "active":
                user.token = None
            self.accounts[person.short] = user.account_id
        for name in GROUPS:
            add_group(store, name, [])
        council = add_group(store, "bike-council", [self.accounts[who] for who in ("lena", "sam", "jonas")])
        council.usage_type, council.managed_by = "TEAM_COLLABORATION", "OPEN"
        for person in PEOPLE:
            for name in person.groups:
                group_named(store, name).members.append(self.accounts[person.short])

    def _principal(self, kind: str, name: str) -> str:
        if kind == "user":
            return self.accounts[name]
        return group_named(self.store, name).id if kind == "group" else name

    def _space(self, plan: SpacePlan) -> None:
        store = self.store
        space = Space(
            store.next_id("space"),
            plan.key,
            plan.name,
            self.accounts[plan.author],
            parse_time(f"{plan.created}T09:00:00Z"),
        )
        space.type, space.status, space.description = plan.type, plan.status, plan.description
        space.classification_id = plan.classification_id
        space.labels = [("team", name) for name in plan.labels]
        for label in space.labels:
            store.label_id(*label)
        store.spaces[space.id] = space
        for kind, name, permissions in plan.grants:
            grant(store, space, kind, self._principal(kind, name), permissions)
        for kind, name, role in plan.roles:
            space.roles.append((kind, self._principal(kind, name), role_named(store, role).id))
        if plan.type == "personal":
            space.owner = self.accounts[plan.author]
            store.users[space.owner].personal_space_id = space.id
        self._pages(space, self._drafts(plan))

    def _drafts(self, plan: SpacePlan) -> list[Draft]:
        found: list[Draft] = []
        for draft in read_drafts(PAGES.joinpath(f"{plan.file}.txt").read_text(encoding="utf-8")):
            found.append(draft)
            for one in self.series.get((plan.key, draft.title), ()):
                one.depth = draft.depth + 1
                found.append(one)
        return found

    def _pages(self, space: Space, drafts: list[Draft]) -> None:
        above: list[Content] = []
        for draft in drafts:
            del above[draft.depth - 1 :]
            row = self._content(space, draft, above[-1].id if above else 0)
            if draft.kind != "blog":
                above.append(row)
            if draft.depth == 1 and not space.homepage_id and row.kind == PAGE:
                space.homepage_id = row.id

    def _content(self, space: Space, draft: Draft, parent_id: int) -> Content:
        store, traits = self.store, draft.traits
        created = parse_time(f"{traits['on']}T09:{len(draft.title) % 60:02d}:00Z")
        kind = BLOGPOST if draft.kind == "blog" else draft.kind
        row = Content(store.next_id(), kind, space.id, draft.title, created, self.accounts[traits["by"]])
        row.body = self._body(draft, draft.lines) if kind in (PAGE, BLOGPOST) else ""
        row.status, row.subtype = traits.get("status", "current"), traits.get("subtype")
        row.parent_id = 0 if kind == BLOGPOST else parent_id
        if kind != BLOGPOST:
            row.position = len(store.children.get(parent_id or -space.id, ()))
        if kind == "embed":
            row.extra = {"url": draft.argument}
        self._dates(row, draft)
        store.add(row)
        self._attach(row, draft)
        return row

    def _body(self, draft: Draft, lines: list[str]) -> str:
        if draft.title == "One of everything":
            text = PAGES.joinpath("one_of_everything.xhtml").read_text(encoding="utf-8")
            for short, account in self.accounts.items():
                text = text.replace(f"@@{short}@@", account)
            return text.rstrip("\n")
        return self.markup.storage("\n".join(lines))

    def _dates(self, row: Content, draft: Draft) -> None:
        """The current version, and the older ones: shorter bodies, spread over the time between."""
        traits = draft.traits
        row.version = int(traits.get("v", "1"))
        row.modified, row.modifier = row.created, row.author
        if row.version > 1:
            row.modified = max(parse_time(f"{traits['edited']}T14:{row.version % 60:02d}:30Z"), row.created + HOUR)
            row.modifier = self.accounts[traits["who"]]
            row.message = "Release notes added" if traits["who"] == "bot" else ""
        stages = [self._body(draft, draft.lines[: 1 + len(draft.lines) * part // 3]) for part in range(3)]
        step = (row.modified - row.created) // max(1, row.version)
        row.history = [
            Version(
                row.created + step * number,
                row.author if number % 3 == 0 else row.modifier,
                "First version" if number == 0 else "",
                number % 4 == 3,
                row.title,
                stages[min(2, number * 3 // row.version)],
            )
            for number in range(row.version - 1)
        ]

    def _attach(self, row: Content, draft: Draft) -> None:
        store, traits = self.store, draft.traits
        if "labels" in traits:
            store.add_labels(row.id, traits["labels"].split(","))
        for operation in ("read", "update"):
            self._restrict(row, operation, traits)
        if row.kind in (PAGE, BLOGPOST):
            take_tasks_from_body(self.site, row)
        if draft.likes:
            store.likes[row.id] = [self.accounts[who] for who in draft.likes]
        for key, value in draft.properties.items():
            store.set_property(
                store.properties.setdefault(row.id, {}), key, value, author=row.modifier, at=row.modified
            )
        for index, (name, comment) in enumerate(draft.files):
            self._file(row, name, comment, row.created + (index + 1) * HOUR)
        for type_, title, body in draft.custom:
            custom = Content(store.next_id(), CUSTOM, 0, title, row.created + 2 * HOUR, row.author, body=body)
            custom.container_id, custom.extra = row.id, {"type": type_}
            store.add(custom)
        self._remarks(row, draft.remarks)

    def _restrict(self, row: Content, operation: str, traits: dict[str, str]) -> None:
        if operation not in traits:
            return
        named = Restriction([self.accounts[who] for who in traits[operation].split(",")])
        for name in traits.get("groups", "").split(",") if operation == "read" and "groups" in traits else ():
            named.groups.append((group_named(self.store, name).id, name))
        self.store.restrictions.setdefault(row.id, {})[operation] = named

    def _file(self, holder: Content, name: str, comment: str, at: int) -> None:
        store = self.store
        row = Content(store.next_id(), ATTACHMENT, 0, name, at, holder.author, message=comment)
        row.container_id = holder.id
        row.extra = {**demo_file(name, comment, row.id), "file_id": store.uuid("file", row.id), "comment": comment}
        if name.startswith(("budget", "stock", "locker")):  # files that were replaced once
            row.history = [
                Version(at, holder.author, "First try", False, name, "", {**row.extra, "comment": "First try"})
            ]
            row.version, row.modified, row.modifier = (
                2,
                min(at + 30 * DAY, self.site.clock.now_ms - DAY),
                holder.modifier,
            )
        store.add(row)
        if name.endswith(".pdf"):
            store.add_labels(row.id, ["signed" if "ceremony" in name or "agreement" in name else "print"])

    def _remarks(self, holder: Content, remarks: list[Remark]) -> None:
        last = self.site.clock.now_ms - HOUR
        at, root = min(holder.modified + DAY, last), None
        for remark in remarks:
            at = min(at + 5 * HOUR, last + len(remarks) * 60_000)
            root = self._remark(holder, remark, at, root)

    def _remark(self, holder: Content, remark: Remark, at: int, root: Content | None) -> Content:
        """Add one comment; returns the one that a reply after it would answer."""
        store = self.store
        is_reply = remark.mark == ">>" and root is not None
        kind = root.kind if is_reply and root is not None else INLINE if remark.mark in (">?", ">!") else FOOTER
        row = Content(store.next_id(), kind, 0, f"Re: {holder.title}", at, self.accounts[remark.who])
        row.container_id, row.body = holder.id, f"<p>{self.markup.inline(remark.text)}</p>"
        if is_reply and root is not None:
            row.parent_id = root.id
        elif kind == INLINE:
            resolved = remark.mark == ">!"
            marker = MARKER_OF_EVERYTHING if holder.title == "One of everything" else store.uuid("marker", row.id)
            row.extra = {
                "resolution": "resolved" if resolved else "open",
                "selection": remark.selection,
                "marker": marker,
            }
            if resolved:
                row.extra |= {"resolved_by": holder.author, "resolved_at": at + HOUR}
            self._mark(holder, remark.selection, marker)
        store.add(row)
        return root if is_reply and root is not None else row

    def _mark(self, holder: Content, selection: str, marker: str) -> None:
        """Put the marker of an inline comment around its words, as the editor does."""
        body = holder.body or ""
        if marker not in body:
            marked = f'<ac:inline-comment-marker ac:ref="{marker}">{selection}</ac:inline-comment-marker>'
            holder.body = body.replace(selection, marked, 1)


def fill_demo(site: "Site") -> None:
    """Fill the site with the wiki of Larkspur."""
    DemoSeed(site).fill()
