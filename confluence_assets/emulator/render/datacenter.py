"""Content and spaces as Data Center shows them. What `expand` brings is as on Cloud's v1, but for what is told here."""

from typing import Any

from confluence_assets.emulator.problems import Refusal
from confluence_assets.emulator.render.bodies import convert
from confluence_assets.emulator.render.datacenter_links import quoted_key
from confluence_assets.emulator.render.datacenter_people import RenderDatacenterPeople, Row
from confluence_assets.emulator.render.files import DESCRIPTIONS
from confluence_assets.emulator.store.history import file_size, past_versions
from confluence_assets.emulator.store.model import (
    ATTACHMENT,
    COMMENTS,
    CUSTOM,
    INLINE,
    PAGE,
    TREE,
    Content,
    Property,
    Space,
)

BODIES = ("storage", "view", "export_view", "styled_view", "anonymous_export_view", "editor")
KINDS_OF = {"page": (PAGE,), "comment": COMMENTS, "attachment": (ATTACHMENT,)}


class RenderDatacenter(RenderDatacenterPeople):
    """Makes rows for one viewer."""

    def version(self, content: Content) -> Row:
        return self.version_row(
            content, content.version, content.modifier, content.modified, content.message, content.is_minor
        )

    def version_row(self, content: Content, number: int, by: str, at: int, message: str, is_minor: bool) -> Row:
        path = f"/content/{content.api_id}/version/{number}"
        return {
            "by": self.user(by),
            "when": self.when(at),
            "message": message,
            "number": number,
            "minorEdit": is_minor,
            "hidden": False,
            "_links": {"self": f"{self.wiki}/rest/experimental{path}"},
            "_expandable": {"content": f"/rest/api/content/{content.api_id}"},
        }

    def space(self, space: Space, expand: Row | None = None) -> Row:
        expand = expand or {}
        row: Row = {
            "id": space.id,
            "key": space.key,
            "name": space.name,
            "status": space.status,
            "type": space.type,
            "creator": self.user(space.author),
            "creationDate": self.when(space.created),
            "lastModifier": self.user(space.author),
            "lastModificationDate": self.when(space.created),
            "_links": {
                "webui": self.site.render.space_path(space),
                **self.self_link(f"/space/{quoted_key(space.key)}"),
            },
            "_expandable": {
                **dict.fromkeys(("metadata", "icon", "description", "retentionPolicy"), ""),
                "homepage": f"/rest/api/content/{space.homepage_id}" if space.homepage_id else "",
            },
        }
        if not self.quirks.space_status_shown:
            del row["status"]
        for name in expand:
            if self._expand_in_space(row, space, name, expand[name]):
                row["_expandable"].pop(name, None)
        return row

    def _expand_in_space(self, row: Row, space: Space, name: str, inside: Row) -> bool:
        if name == "description":
            forms = inside or {"plain": {}}
            row["description"] = {
                form: {"value": space.description, "representation": form, "embeddedContent": []} for form in forms
            }
        elif name == "homepage":
            home = self.store.contents.get(space.homepage_id)
            if home is None or not self.viewer.reads(home):
                return False
            row["homepage"] = self.content(home, inside)
        elif name == "metadata":
            labels = [self.label(label) for label in space.labels]
            row["metadata"] = {"labels": {"results": labels, "start": 0, "limit": 200, "size": len(labels)}}
        elif name == "icon":
            path = f"{self.site.config.context_path}/images/logo/default-space-logo.svg"
            row["icon"] = {"path": path, "width": 48, "height": 48, "isDefault": True}
        else:
            return False
        return True

    def content(self, content: Content, expand: Row | None = None) -> Row:
        row = super().content(content, expand)
        for name in ("ari", "base64EncodedAri", "subType"):
            row.pop(name, None)
        asked = {name.lower() for name in expand or ()}
        for name in ("childTypes", "macroRenderedOutput", "restrictions"):
            if name.lower() not in asked:
                row.pop(name, None)
        return row

    def _expandable(self, content: Content) -> Row:
        path = f"/rest/api/content/{content.api_id}"
        space = f"/rest/api/space/{quoted_key(self.store.space_of(content).key)}"
        root = self.store.contents.get(content.container_id)
        found = {
            "container": f"/rest/api/content/{root.api_id}" if root else space,
            **dict.fromkeys(("metadata", "operations", "ancestors", "body", "version"), ""),
            "children": f"{path}/child",
            "restrictions": f"{path}/restriction/byOperation",
            "history": f"{path}/history",
            "descendants": f"{path}/descendant",
            "space": space,
        }
        if self.site.config.profile == "10.0":
            found["relevantViewRestrictions"] = f"{path}/restriction/relevantViewRestrictions"
        return found

    def _expand_body(self, row: Row, content: Content, inside: Row) -> None:
        if "storage" in inside and content.api_id in self.quirks.broken_storage:
            raise Refusal(500, f"java.lang.NullPointerException: body of content {content.api_id}")
        storage = self.site.bodies.storage(content)
        row["body"] = {"_expandable": {name: "" for name in BODIES if name not in inside}}
        for name in inside:
            if name in BODIES:
                expandable = {"content": f"/rest/api/content/{content.api_id}"}
                value = convert(storage, name)
                row["body"][name] = {"value": value, "representation": name, "_expandable": expandable}

    def _add_extensions(self, row: Row, content: Content) -> None:
        extra = content.extra or {}
        if content.kind == ATTACHMENT:
            row["metadata"] = {"mediaType": extra["media_type"], "comment": extra.get("comment", "")}
            row["extensions"] = {
                "mediaType": extra["media_type"],
                "fileSize": file_size(content),
                "comment": extra.get("comment", ""),
                "mediaTypeDescription": DESCRIPTIONS.get(extra["media_type"], "File"),
            }
            row["_links"]["download"] = self.site.render.download_path(content)
            if str(extra["media_type"]).startswith("image/"):
                row["_links"]["thumbnail"] = row["_links"]["download"].replace("/attachments/", "/thumbnails/")
        elif content.kind in COMMENTS:
            expandable = {"inlineProperties": "", "resolution": ""}
            row["extensions"] = {"location": self.location(content), "_expandable": expandable}
        elif content.kind in TREE:
            row["extensions"] = {"position": "none" if content.position is None else content.position}
        elif content.kind != CUSTOM:
            row["extensions"] = {}

    def location(self, comment: Content) -> str:
        """Where a comment stands; replies stand where their root does."""
        if comment.kind != INLINE:
            return "footer"
        chain = [*self.comments_above(comment), comment]
        return "resolved" if (chain[0].extra or {}).get("resolution") == "resolved" else "inline"

    def comments_above(self, comment: Content) -> list[Content]:
        """The comments that one answers, the root first."""
        found: list[Content] = []
        above = self.store.contents.get(comment.parent_id)
        while above is not None:
            found.insert(0, above)
            above = self.store.contents.get(above.parent_id)
        return found

    def _expand_ancestors(self, row: Row, content: Content, inside: Row) -> None:
        above = self.comments_above(content) if content.kind in COMMENTS else self.store.ancestors(content)
        row["ancestors"] = [self.content(one, inside) for one in above]

    def _expand_space(self, row: Row, content: Content, inside: Row) -> None:
        row["space"] = self.space(self.store.space_of(content), inside)

    def _expand_container(self, row: Row, content: Content, inside: Row) -> None:
        held_on = self.store.contents.get(content.container_id)
        space = self.store.space_of(content)
        row["container"] = self.content(held_on, inside) if held_on else self.space(space, inside)

    def history(self, content: Content, inside: Row) -> Row:
        row: Row = {
            "latest": content.status != "historical",
            "createdBy": self.user(content.author),
            "createdDate": self.when(content.created),
            "_links": self.self_link(f"/content/{content.api_id}/history"),
            "_expandable": dict.fromkeys(("lastUpdated", "previousVersion", "contributors", "nextVersion"), ""),
        }
        if "lastUpdated" in inside:
            row["lastUpdated"] = self.version(content)
        if "previousVersion" in inside and content.version > 1:
            past = past_versions(self.store, self.store.contents[content.id])[content.version - 2]
            row["previousVersion"] = self.version_row(
                content, content.version - 1, past.author, past.created, past.message, past.is_minor
            )
        if "contributors" in inside:
            people = sorted({content.author, content.modifier})
            row["contributors"] = {"publishers": {"users": [self.user(one) for one in people], "userKeys": people}}
        for name in inside:
            row["_expandable"].pop(name, None)
        return row

    def _expand_history(self, row: Row, content: Content, inside: Row) -> None:
        row["history"] = self.history(content, inside)

    def _labels(self, content: Content) -> Row:
        most = self.quirks.expanded_labels_limit
        held = self.store.labels.get(content.id, [])
        return self.sub_list([self.label(one) for one in held], f"/content/{content.api_id}/label", most)

    def sub_list(self, rows: list[Any], path: str, most: int) -> Row:
        """The first rows of a list inside a content; `next` where there are more."""
        links = self.self_link(path)
        if len(rows) > most:
            links["next"] = f"/rest/api{path}?limit={most}&start={most}"
        page = rows[:most]
        return {"results": page, "start": 0, "limit": most, "size": len(page), "_links": links}

    def _expand_children(self, row: Row, content: Content, inside: Row) -> None:
        path, most = f"/content/{content.api_id}/child", self.quirks.expanded_children_limit
        row["children"] = {"_links": self.self_link(path), "_expandable": {}}
        for name in KINDS_OF:
            if name not in inside:
                row["children"]["_expandable"][name] = f"/rest/api{path}/{name}"
                continue
            below = self.children(content, name)
            rows = [self.content(one, inside[name]) for one in below[: most + 1]]
            row["children"][name] = self.sub_list(rows, f"{path}/{name}", most)

    def children(self, content: Content, name: str) -> list[Content]:
        """Pages below, comments or files, that the viewer may read; by position, then by id."""
        store = self.store
        pool = store.children.get(content.id, []) if name == "page" else store.contained.get(content.id, [])
        if name == "comment" and content.kind in COMMENTS:
            pool = store.replies.get(content.id, [])
        rows = [
            row for row in pool if row.kind in KINDS_OF[name] and row.status == "current" and self.viewer.reads(row)
        ]
        return sorted(rows, key=lambda row: (row.position or 0, row.id))

    def property(self, content: Content, held: Property) -> Row:
        row = super().property(content, held)
        row["version"] = {
            "by": self.user(held.author), "when": self.when(held.modified), "message": "", "number": held.version,
            "minorEdit": False, "hidden": False,
        }  # fmt: skip
        return row

    def _expand_extensions(self, row: Row, content: Content, inside: Row) -> None:
        super()._expand_extensions(row, content, inside)
        extra = content.extra or {}
        resolution = row["extensions"].get("resolution")
        if resolution is not None and "resolved_at" in extra:
            resolution["lastModifiedDate"] = self.when(extra["resolved_at"])
            resolution["lastModifier"] = self.user(extra["resolved_by"])
        for name in inside:
            row["extensions"].get("_expandable", {}).pop(name, None)

    def _expand_relevantviewrestrictions(self, row: Row, content: Content, inside: Row) -> None:
        if self.site.config.profile == "10.0":
            row["relevantViewRestrictions"] = {"viewContentRestrictions": self.relevant_restrictions(content, 0, 50)}
