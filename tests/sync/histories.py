"""Random histories of a site: every kind of change of rule 1, aimed at what stands on the site at that moment.

An edit is a name and two numbers, so that the same history can be played again and made smaller.
"""

from collections.abc import Callable, Sequence
from typing import Any

from confluence_assets.emulator.embedded import EmbeddedSite

Row = dict[str, Any]
Edit = tuple[str, int, int]

_LISTED = ("current", "archived")
_TREE = ("page", "folder", "whiteboard", "database", "embed")


class Editor:
    """Plays edits on an embedded site. An edit that finds nothing to act on, or that the site refuses, does nothing."""

    def __init__(
        self, embedded: EmbeddedSite, custom_types: Sequence[str] = (), property_keys: Sequence[str] = ()
    ) -> None:
        self._control = embedded.control
        self._is_datacenter = embedded.site.is_datacenter
        self._custom_types = tuple(custom_types) or ("ac:demo:note",)
        self._property_keys = tuple(property_keys) or ("review",)
        self._made = 0

    def play(self, edit: Edit) -> bool:
        """Make one edit. True where something was there to act on and the site accepted it."""
        name, first, second = edit
        work: Callable[[int, int], Row | None] = getattr(self, f"_{name}")
        fields = work(first, second)
        if fields is None:
            return False
        try:
            self._control.edit(**fields)
        except (KeyError, ValueError):
            return False
        return True

    def _rows(self, kind: str, *statuses: str) -> list[Row]:
        return [row for row in self._control.dump(kind) if not statuses or row["status"] in statuses]

    def _pick(self, rows: Sequence[Row], number: int) -> Row | None:
        return rows[number % len(rows)] if rows else None

    def _content(self, number: int, *statuses: str) -> Row | None:
        return self._pick([*self._rows("page", *statuses), *self._rows("blogpost", *statuses)], number)

    def _id(self, row: Row | None, op: str, **fields: Any) -> Row | None:
        return None if row is None else {"op": op, "id": row["id"], **fields}

    def _space(self, number: int) -> Row | None:
        return self._pick(self._rows("space"), number)

    def _name(self, what: str) -> str:
        self._made += 1
        return f"{what} {self._made}"

    # Pages and posts

    def _create_page(self, first: int, second: int) -> Row | None:
        space = self._space(first)
        if space is None:
            return None
        parents = [
            row["id"] for kind in _TREE for row in self._rows(kind, "current") if row["space_key"] == space["key"]
        ]
        parent = {"parent": parents[second % len(parents)]} if parents and second % 3 else {}
        return {
            "op": "create_page",
            "space": space["key"],
            "title": self._name("Page"),
            "body": f"<p>{second}</p>",
            **parent,
        }

    def _create_blogpost(self, first: int, second: int) -> Row | None:
        space = self._space(first)
        return space and {
            "op": "create_blogpost",
            "space": space["key"],
            "title": self._name("Post"),
            "body": f"<p>{second}</p>",
        }

    def _edit(self, first: int, second: int) -> Row | None:
        return self._id(
            self._content(first, *_LISTED), "edit_content", body=f"<p>edit {second}</p>", minor=bool(second % 2)
        )

    def _rename(self, first: int, second: int) -> Row | None:
        return self._id(self._content(first, *_LISTED), "rename", title=self._name("Renamed"))

    def _move(self, first: int, second: int) -> Row | None:
        nodes = [row for kind in _TREE for row in self._rows(kind, "current")]
        row, target = self._pick(self._rows("page", "current"), first), self._pick(nodes, second)
        return None if target is None else self._id(row, "move", parent=target["id"])

    def _move_to_space(self, first: int, second: int) -> Row | None:
        row, space = self._pick(self._rows("page", "current"), first), self._space(second)
        return None if space is None else self._id(row, "move", space=space["key"])

    def _move_node(self, first: int, second: int) -> Row | None:
        nodes = [row for kind in _TREE for row in self._rows(kind, "current")]
        row, target = self._pick([row for row in nodes if row["kind"] != "page"], first), self._pick(nodes, second)
        return None if target is None else self._id(row, "move", parent=target["id"])

    def _archive(self, first: int, second: int) -> Row | None:
        return self._id(self._pick(self._rows("page", "current"), first), "archive", descendants=bool(second % 2))

    def _unarchive(self, first: int, second: int) -> Row | None:
        return self._id(self._pick(self._rows("page", "archived"), first), "unarchive")

    def _trash(self, first: int, second: int) -> Row | None:
        return self._id(self._content(first, *_LISTED), "trash", descendants=bool(second % 2))

    def _restore(self, first: int, second: int) -> Row | None:
        return self._id(self._content(first, "trashed"), "restore")

    def _purge(self, first: int, second: int) -> Row | None:
        return self._id(self._content(first, "trashed"), "purge")

    def _delete_version(self, first: int, second: int) -> Row | None:
        rows = [row for row in self._rows("page", "current") if row["version_number"] > 1]
        row = self._pick(rows, first)
        return None if row is None else self._id(row, "delete_version", number=1 + second % (row["version_number"] - 1))

    # What hangs on them

    def _comment(self, first: int, second: int) -> Row | None:
        row = self._content(first, "current")
        kind = {"kind": "inline", "selection": "some words"} if second % 2 else {}
        return row and {"op": "comment", "container": row["id"], "body": f"<p>comment {second}</p>", **kind}

    def _reply(self, first: int, second: int) -> Row | None:
        row = self._pick(self._rows("comment", "current"), first)
        return row and {"op": "reply", "comment": row["id"], "body": f"<p>reply {second}</p>"}

    def _edit_comment(self, first: int, second: int) -> Row | None:
        return self._id(
            self._pick(self._rows("comment", "current"), first), "edit_comment", body=f"<p>edited {second}</p>"
        )

    def _resolve(self, first: int, second: int) -> Row | None:
        inline = [
            row for row in self._rows("comment") if row["comment_type"] == "inline" and not row["parent_comment_id"]
        ]
        return self._id(self._pick(inline, first), "resolve_comment" if second % 3 else "reopen_comment")

    def _delete_comment(self, first: int, second: int) -> Row | None:
        return self._id(self._pick(self._rows("comment"), first), "delete_comment", with_replies=True)

    def _upload(self, first: int, second: int) -> Row | None:
        row = self._content(first, "current")
        return row and {
            "op": "upload",
            "container": row["id"],
            "filename": self._name("file") + ".txt",
            "text": f"text {second}",
        }

    def _new_file_version(self, first: int, second: int) -> Row | None:
        return self._id(
            self._pick(self._rows("attachment", "current"), first), "new_file_version", text=f"text {second}"
        )

    def _delete_file(self, first: int, second: int) -> Row | None:
        return self._id(self._pick(self._rows("attachment", "current"), first), "delete_file", purge=bool(second % 2))

    def _relabel(self, first: int, second: int) -> Row | None:
        files = self._rows("attachment", "current")
        row = self._pick(files, first) if files and second % 5 == 0 else self._content(first, "current")
        return self._id(row, "relabel", labels=[f"label-{number}" for number in range(second % 4)])

    def _set_property(self, first: int, second: int) -> Row | None:
        key = self._property_keys[second % len(self._property_keys)]
        return self._id(self._content(first, "current"), "set_property", key=key, value={"n": second})

    def _delete_property(self, first: int, second: int) -> Row | None:
        row = self._pick([row for row in self._rows("property") if row["content_type"] in ("page", "blogpost")], first)
        return row and {"op": "delete_property", "id": row["content_id"], "key": row["key"]}

    def _task(self, first: int, second: int) -> Row | None:
        tasks = self._rows("task")
        row = self._pick(tasks, first)
        choice = second % 5
        if choice == 0 or row is None:
            content = self._content(first, "current")
            return content and {"op": "create_task", "container": content["id"], "body": f"do {second}"}
        op = ("tick_task", "untick_task", "set_task_due", "delete_task")[choice - 1]
        due = {"due": "2026-12-24T00:00:00.000Z"} if op == "set_task_due" else {}
        return {"op": op, "id": row["id"], **due}

    def _custom(self, first: int, second: int) -> Row | None:
        row = self._pick(self._rows("custom_content", "current"), first)
        if row is None or second % 3 == 0:
            content = self._pick(self._rows("page", "current"), first)
            kind = self._custom_types[second % len(self._custom_types)]
            return content and {
                "op": "create_custom_content",
                "container": content["id"],
                "type": kind,
                "title": self._name("Note"),
            }
        if second % 3 == 1:
            return {"op": "edit_custom_content", "id": row["id"], "body": f"body {second}"}
        return {"op": "delete_custom_content", "id": row["id"], "purge": bool(second % 2)}

    # Nodes, spaces

    def _node(self, first: int, second: int) -> Row | None:
        space = self._space(first)
        kind = ("folder", "whiteboard", "database", "embed")[second % 4]
        address = {"url": "https://example.org/"} if kind == "embed" else {}
        return space and {
            "op": "create_node",
            "space": space["key"],
            "title": self._name("Node"),
            "kind": kind,
            **address,
        }

    def _rename_node(self, first: int, second: int) -> Row | None:
        nodes = [row for kind in _TREE[1:] for row in self._rows(kind, "current")]
        return self._id(self._pick(nodes, first), "rename", title=self._name("Node"))

    def _trash_node(self, first: int, second: int) -> Row | None:
        nodes = [row for kind in _TREE[1:] for row in self._rows(kind, "current")]
        return self._id(self._pick(nodes, first), "trash")

    def _create_space(self, first: int, second: int) -> Row | None:
        self._made += 1
        return {"op": "create_space", "key": f"NEW{self._made}", "name": f"New {self._made}", "private": False}

    def _archive_space(self, first: int, second: int) -> Row | None:
        space = self._space(first)
        return space and {"op": "archive_space" if second % 2 else "unarchive_space", "space": space["key"]}

    def _delete_space(self, first: int, second: int) -> Row | None:
        spaces = self._rows("space")
        return (
            {"op": "delete_space", "space": spaces[first % len(spaces)]["key"]}
            if len(spaces) > 2 and second % 3 == 0
            else None
        )

    def _rename_space(self, first: int, second: int) -> Row | None:
        space = self._space(first)
        return space and {"op": "rename_space", "space": space["key"], "name": self._name("Space")}

    def _rename_space_key(self, first: int, second: int) -> Row | None:
        space = self._space(first)
        self._made += 1
        return space and {"op": "rename_space_key", "space": space["key"], "key": f"KEY{self._made}"}

    # Access and people

    def _restrict(self, first: int, second: int) -> Row | None:
        contents = [row for kind in (*_TREE, "blogpost") for row in self._rows(kind, "current")]
        row, user = self._pick(contents, first), self._pick(self._rows("user"), second)
        group = self._pick(self._rows("group"), second)
        if user is None or group is None:
            return None
        named = {"users": [user["account_id"]]} if second % 2 else {"groups": [group["id"]]}
        return self._id(row, "restrict", operation="update" if second % 5 == 0 else "read", **named)

    def _restrict_to_us(self, first: int, second: int) -> Row | None:
        return self._id(
            self._content(first, "current"), "restrict", users=[self._control.account_id("admin@example.com")]
        )

    def _unrestrict(self, first: int, second: int) -> Row | None:
        row = self._pick(self._rows("restriction"), first)
        return row and {"op": "unrestrict", "id": row["content_id"], "operation": row["operation"]}

    def _grant(self, first: int, second: int) -> Row | None:
        space, user = self._space(first), self._pick(self._rows("user"), second)
        if space is None or user is None:
            return None
        op = "grant" if second % 2 else "revoke"
        return {"op": op, "space": space["key"], "principal_type": "user", "principal_id": user["account_id"]}

    def _grant_group(self, first: int, second: int) -> Row | None:
        space, group = self._space(first), self._pick(self._rows("group"), second)
        if space is None or group is None:
            return None
        op = "grant" if second % 2 else "revoke"
        return {"op": op, "space": space["key"], "principal_type": "group", "principal_id": group["id"]}

    def _open_space(self, first: int, second: int) -> Row | None:
        """A space is opened to anonymous, or to a class of people; or it is shut again."""
        space, op = self._space(first), "grant" if second % 3 else "revoke"
        if space is None:
            return None
        if self._is_datacenter:
            return {"op": op, "space": space["key"], "principal_type": "anonymous"}
        classes = ("anonymous-users", "all-licensed-users", "all-product-admins", "anonymous-users")
        named = {"principal_type": "access-class", "principal_id": classes[second % len(classes)]}
        return {"op": op, "space": space["key"], **named}

    def _role_of_group(self, first: int, second: int) -> Row | None:
        space, role = self._space(first), self._pick(list(self._control.dump("role")), second)
        group = self._pick(self._rows("group"), first + second)
        if space is None or role is None or group is None or self._is_datacenter:
            return None
        op = "assign_role" if second % 2 else "unassign_role"
        named = {"principal_type": "group", "principal_id": group["id"]}
        return {"op": op, "space": space["key"], "role": role["id"], **named}

    def _membership(self, first: int, second: int) -> Row | None:
        group, user = self._pick(self._rows("group"), first), self._pick(self._rows("user"), second)
        if group is None or user is None:
            return None
        if self._is_datacenter and not second % 2 and user["email"] == "admin@example.com":
            # Groups are listed to administrators only: who we are stays as it is there.
            return None
        return {
            "op": "add_member" if second % 2 else "remove_member",
            "group": group["id"],
            "account": user["account_id"],
        }

    def _group(self, first: int, second: int) -> Row | None:
        group = self._pick(self._rows("group"), first)
        if group is None or second % 3 == 0:
            return {"op": "create_group", "name": self._name("group"), "members": []}
        if second % 3 == 1:
            return {"op": "rename_group", "group": group["id"], "name": self._name("group")}
        return None if group["access"] else {"op": "delete_group", "group": group["id"]}

    def _user(self, first: int, second: int) -> Row | None:
        others = [row for row in self._rows("user") if row["email"] != "admin@example.com"]
        user = self._pick(others, first)
        op = ("deactivate_user", "reactivate_user", "hide_email", "show_email", "rename_user")[second % 5]
        is_disabled = user is not None and user["account_status"] != "active"
        if self._is_datacenter and (op in ("hide_email", "show_email") or (op == "rename_user" and is_disabled)):
            # Addresses change without a trace there, and old versions list nobody who is disabled: people are asked for again in
            # turns, which has a test of its own.
            return None
        name = {"name": self._name("Person")} if op == "rename_user" else {}
        return user and {"op": op, "account": user["account_id"], **name}

    def _role(self, first: int, second: int) -> Row | None:
        space, role = self._space(first), self._pick(list(self._control.dump("role")), second)
        user = self._pick(self._rows("user"), first)
        if space is None or role is None or user is None:
            return None
        op = "assign_role" if second % 2 else "unassign_role"
        return {
            "op": op,
            "space": space["key"],
            "principal_type": "user",
            "principal_id": user["account_id"],
            "role": role["id"],
        }


EDITS: tuple[str, ...] = tuple(
    name.removeprefix("_")
    for name in vars(Editor)
    if name.startswith("_")
    and not name.startswith("__")
    and name not in ("_rows", "_pick", "_content", "_id", "_space", "_name")
)
"""Names of all edits."""
