"""Every kind of change of rule 1 as one click on a small site: what it is called, where it shows, and how it is made."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.sync.harness import Bench

_TABLES = {"custom_content": "custom_content"}

Click = Callable[["Clicks"], object]


class Clicks:
    """Makes changes on a site, each on a content of its own."""

    def __init__(self, run: Bench) -> None:
        self.run = run
        self.do = run.control.edit
        self._used: set[str] = set()

    def fresh(self, kind: str, **wanted: Any) -> str:
        """An id that the lake holds and that no click was made on yet."""
        known = self.run.lake.distinct_values(_TABLES.get(kind, f"{kind}s"), (f"{kind}_id",))
        rows = [
            row
            for row in self.run.control.dump(kind)
            if row["id"] in known
            and row["id"] not in self._used
            and all(row.get(name) == value for name, value in wanted.items())
        ]
        self._used.add(rows[0]["id"])
        return str(rows[0]["id"])

    @property
    def page(self) -> str:
        return self.fresh("page", status="current", space_key="SP001")

    def member(self) -> str:
        return str(self.run.control.dump("user")[-1]["account_id"])

    def group(self) -> str:
        return str(next(row["id"] for row in self.run.control.dump("group") if not row["access"]))


@dataclass(frozen=True)
class Change:
    """`table` is where the change must show; `before` is done and synced before it."""

    name: str
    table: str
    click: Click
    before: Click | None = None


def _in_trash(clicks: Clicks) -> None:
    page = clicks.do("create_page", space="SP002", title="For the trash", body="<p>x</p>")["id"]
    clicks.do("trash", id=page)
    clicks.run.trashed = page  # type: ignore[attr-defined]


def _two_versions(clicks: Clicks) -> None:
    page = clicks.page
    clicks.do("edit_content", id=page, body="<p>second</p>")
    clicks.run.edited = page  # type: ignore[attr-defined]


def _mover(clicks: Clicks) -> None:
    clicks.run.mover = clicks.do("create_page", space="SP001", title="A mover", body="<p>x</p>")["id"]  # type: ignore[attr-defined]


def _hidden(clicks: Clicks) -> None:
    page = clicks.page
    clicks.do("restrict", id=page, users=[clicks.member()])
    clicks.run.hidden = page  # type: ignore[attr-defined]


def _restricted(clicks: Clicks) -> None:
    page = clicks.page
    clicks.do("restrict", id=page, operation="update", users=[clicks.member()])
    clicks.run.restricted = page  # type: ignore[attr-defined]


CHANGES = (
    Change("page created", "pages", lambda c: c.do("create_page", space="SP001", title="New", body="<p>x</p>")),
    Change("page edited", "pages", lambda c: c.do("edit_content", id=c.page, body="<p>edited</p>")),
    Change("page renamed", "pages", lambda c: c.do("rename", id=c.page, title="Another name")),
    Change("page moved under another", "pages", lambda c: c.do("move", id=c.page, parent=c.page)),
    Change("page moved to another space", "pages", lambda c: c.do("move", id=c.run.mover, space="SP003"), _mover),  # type: ignore[attr-defined]
    Change("page archived", "pages", lambda c: c.do("archive", id=c.page, descendants=False)),
    Change("page trashed", "pages", lambda c: c.do("trash", id=c.page, descendants=False)),
    Change("page restored", "pages", lambda c: c.do("restore", id=c.run.trashed), _in_trash),  # type: ignore[attr-defined]
    Change("page purged", "pages", lambda c: (c.do("trash", id=(page := c.page)), c.do("purge", id=page))),
    Change(
        "page version deleted",
        "pages",
        lambda c: c.do("delete_version", id=c.run.edited, number=1),  # type: ignore[attr-defined]
        _two_versions,
    ),
    Change("blog post created", "blogposts", lambda c: c.do("create_blogpost", space="SP001", title="News", body="")),
    Change("blog post edited", "blogposts", lambda c: c.do("edit_content", id=c.fresh("blogpost"), title="Newer")),
    Change("label added", "content_labels", lambda c: c.do("relabel", id=c.page, labels=["a", "b"])),
    Change("property set", "content_properties", lambda c: c.do("set_property", id=c.page, key="review", value={"n": 1})),
    Change(
        "page restricted",
        "content_restrictions",
        lambda c: c.do("restrict", id=c.page, operation="update", users=[c.member()]),
    ),
    Change(
        "restriction lifted",
        "content_restrictions",
        lambda c: c.do("unrestrict", id=c.run.restricted, operation="update"),  # type: ignore[attr-defined]
        _restricted,
    ),
    Change("access to a page lost", "pages", lambda c: c.do("restrict", id=c.page, users=[c.member()])),
    Change("access to a page gained", "pages", lambda c: c.do("unrestrict", id=c.run.hidden), _hidden),  # type: ignore[attr-defined]
    Change("footer comment written", "comments", lambda c: c.do("comment", container=c.page, body="<p>hm</p>")),
    Change(
        "inline comment written",
        "comments",
        lambda c: c.do("comment", container=c.page, body="<p>hm</p>", kind="inline", selection="text"),
    ),
    Change("reply written", "comments", lambda c: c.do("reply", comment=c.fresh("comment"), body="<p>yes</p>")),
    Change("comment edited", "comments", lambda c: c.do("edit_comment", id=c.fresh("comment"), body="<p>no</p>")),
    Change("comment resolved", "comments", lambda c: c.do("resolve_comment", id=c.fresh("comment", comment_type="inline", parent_comment_id=None))),
    Change("comment deleted", "comments", lambda c: c.do("delete_comment", id=c.fresh("comment"), with_replies=True)),
    Change("file uploaded", "attachments", lambda c: c.do("upload", container=c.page, filename="new.txt", text="x")),
    Change("new version of a file", "attachments", lambda c: c.do("new_file_version", id=c.fresh("attachment"), text="y")),
    Change("file deleted", "attachments", lambda c: c.do("delete_file", id=c.fresh("attachment"), purge=False)),
    Change("task written", "tasks", lambda c: c.do("create_task", container=c.page, body="do it")),
    Change("task ticked", "tasks", lambda c: c.do("tick_task", id=c.fresh("task", status="incomplete"))),
    Change("task unticked", "tasks", lambda c: c.do("untick_task", id=c.fresh("task", status="complete"))),
    Change("task given a date", "tasks", lambda c: c.do("set_task_due", id=c.fresh("task"), due="2026-12-24T00:00:00.000Z")),
    Change("task deleted", "tasks", lambda c: c.do("delete_task", id=c.fresh("task"))),
    Change(
        "custom content created",
        "custom_content",
        lambda c: c.do("create_custom_content", container=c.page, type=c.run.site.options.custom_content_types[0], title="N"),
    ),
    Change("custom content edited", "custom_content", lambda c: c.do("edit_custom_content", id=c.fresh("custom_content"), body="b")),
    Change("custom content deleted", "custom_content", lambda c: c.do("delete_custom_content", id=c.fresh("custom_content"), purge=True)),
    Change("folder created", "folders", lambda c: c.do("create_node", space="SP001", title="Folder", kind="folder")),
    Change("folder renamed", "folders", lambda c: c.do("rename", id=c.fresh("folder"), title="Renamed folder")),
    Change("folder moved", "folders", lambda c: c.do("move", id=c.fresh("folder", space_key="SP001"), parent=c.page)),
    Change("space permission granted", "space_permissions", lambda c: c.do("grant", space="SP002", principal_type="user", principal_id=c.member())),
    Change(
        "role assigned",
        "space_role_assignments",
        lambda c: c.do("assign_role", space="SP002", principal_type="user", principal_id=c.member(), role=c.run.control.dump("role")[0]["id"]),
    ),
    Change("somebody joins a group", "group_members", lambda c: c.do("add_member", group=c.group(), account=c.do("create_user", email="new@example.com", name="New")["account_id"])),
    Change("space created", "spaces", lambda c: c.do("create_space", key="NEW", name="New", private=False)),
    Change("space renamed", "spaces", lambda c: c.do("rename_space", space="SP002", name="Renamed")),
    Change("key of a space renamed", "pages", lambda c: c.do("rename_space_key", space="SP003", key="OTHER")),
    Change("space archived", "spaces", lambda c: c.do("archive_space", space="SP002")),
    Change("space deleted", "spaces", lambda c: c.do("delete_space", space="OTHER")),
)  # fmt: skip
