"""Content, people and groups as v1 shows them. `expand` decides what is inside; the rest is named in `_expandable`."""

import base64
from typing import Any

from confluence_assets.emulator.access.viewer import Viewer
from confluence_assets.emulator.clock import iso
from confluence_assets.emulator.problems import not_found
from confluence_assets.emulator.render.bodies import convert
from confluence_assets.emulator.render.files import DESCRIPTIONS
from confluence_assets.emulator.render.v1_people import RenderPeople
from confluence_assets.emulator.site import Site
from confluence_assets.emulator.store.history import file_size
from confluence_assets.emulator.store.model import (
    ATTACHMENT,
    COMMENTS,
    CUSTOM,
    INLINE,
    TREE,
    Content,
    Property,
    Space,
)  # fmt: skip

Row = dict[str, Any]
MOST_LABELS = 200
RENDERED = ("view", "export_view", "styled_view", "anonymous_export_view")
BODIES = ("storage", "editor", "editor2", "atlas_doc_format", "dynamic", *RENDERED)


def parse_expand(values: list[str] | None) -> Row:
    """`a.b,a.c` as nested dictionaries."""
    tree: Row = {}
    for path in ",".join(values or ()).split(","):
        node = tree
        for part in path.strip().split(".") if path.strip() else ():
            node = node.setdefault(part, {})
    return tree


class RenderV1(RenderPeople):
    """Makes rows of v1 for one viewer. What a search finds has two empty keys more, as live answers have."""

    def __init__(self, site: Site, viewer: Viewer, *, is_search: bool = False) -> None:
        super().__init__(site, viewer)
        self.is_search = is_search

    # content

    def version(self, content: Content) -> Row:
        return {
            "by": self.user(content.modifier),
            "when": iso(content.modified),
            "friendlyWhen": iso(content.modified)[:10],
            "message": content.message,
            "number": content.version,
            "minorEdit": content.is_minor,
            "contentTypeModified": False,
            "_expandable": {"collaborators": "", "content": f"/rest/api/content/{content.api_id}"},
            "_links": self.self_link(f"/content/{content.api_id}/version/{content.version}"),
        }

    def space(self, space: Space) -> Row:
        kept = (
            "metadata",
            "operations",
            "identifiers",
            "permissions",
            "icon",
            "description",
            "history",
        )
        return {
            "id": space.id,
            "key": space.key,
            "alias": space.alias or space.key,
            "name": space.name,
            "type": space.type,
            "status": space.status,
            "_expandable": {
                **dict.fromkeys(kept, ""),
                "settings": f"/rest/api/space/{space.key}/settings",
                "theme": f"/rest/api/space/{space.key}/theme",
                "lookAndFeel": f"/rest/api/settings/lookandfeel?spaceKey={space.key}",
                "homepage": f"/rest/api/content/{space.homepage_id}",
            },
            "_links": {"webui": f"/spaces/{space.key}", **self.self_link(f"/space/{space.key}")},
        }

    def content(self, content: Content, expand: Row | None = None) -> Row:
        """A content with what `expand` names."""
        expand = expand or {}
        ari = f"{self._ari}:{self.store.type_name(content)}/{content.id}"
        row: Row = {
            "id": content.api_id,
            "type": self.store.type_name(content),
            "ari": ari,
            "base64EncodedAri": base64.b64encode(ari.encode()).decode(),
            "status": content.status,
            "title": content.title,
            "macroRenderedOutput": {},
            "_expandable": self._expandable(content),
            "_links": {"webui": self.site.render.webui(content), **self.self_link(f"/content/{content.api_id}")},
        }
        if self.is_search:
            row |= {"childTypes": {}, "restrictions": {}}
        if content.kind in (*TREE, "blogpost"):
            row["_links"] |= {name: path for name, path in self.site.render.links(content).items() if name != "webui"}
        if content.subtype:
            row["subType"] = content.subtype
        self._add_extensions(row, content)
        for name, inside in expand.items():
            maker = getattr(self, f"_expand_{name.lower()}", None)
            if maker is not None:
                maker(row, content, inside)
                row["_expandable"].pop(name, None)
        return row

    def _expandable(self, content: Content) -> Row:
        path = f"/rest/api/content/{content.api_id}"
        space = self.store.space_of(content)
        root = self.store.contents.get(content.container_id)
        by_search = {"extensions": ""} if self.is_search else {"childTypes": ""}
        return {
            "container": f"/rest/api/content/{root.api_id}" if root else f"/rest/api/space/{space.key}",
            **({} if content.kind == ATTACHMENT else {"metadata": ""}),
            **by_search,
            "operations": "",
            "children": f"{path}/child",
            "restrictions": f"{path}/restriction/byOperation",
            "history": f"{path}/history",
            "ancestors": "",
            "body": "",
            "version": "",
            "descendants": f"{path}/descendant",
            "schedulePublishDate": "",
            "schedulePublishInfo": "",
            "draftVersion": "",
            "space": f"/rest/api/space/{space.key}",
        }

    def _add_extensions(self, row: Row, content: Content) -> None:
        extra = content.extra or {}
        if content.kind == ATTACHMENT:
            row["metadata"] = {"mediaType": extra["media_type"]}
            row["extensions"] = {
                "mediaType": extra["media_type"],
                "fileSize": file_size(content),
                "comment": extra.get("comment", ""),
                "mediaTypeDescription": DESCRIPTIONS.get(extra["media_type"], "File"),
                "fileId": extra["file_id"],
                "collectionName": f"contentId-{content.container_id}",
            }
            row["_links"]["download"] = self.site.render.attachment(content)["downloadLink"]
        elif content.kind in COMMENTS:
            resolved = extra.get("resolution") == "resolved"
            location = "footer" if content.kind != INLINE else "resolved" if resolved else "inline"
            row["extensions"] = {"location": location, "_expandable": {"inlineProperties": "", "resolution": ""}}
        elif content.kind != CUSTOM:
            row["extensions"] = {"position": content.position if content.position is not None else -1}

    def _expand_version(self, row: Row, content: Content, inside: Row) -> None:
        row["version"] = self.version(content)

    def _expand_space(self, row: Row, content: Content, inside: Row) -> None:
        row["space"] = self.space(self.store.space_of(content))

    def _expand_container(self, row: Row, content: Content, inside: Row) -> None:
        held_on = self.store.contents.get(content.container_id)
        row["container"] = self.content(held_on, inside) if held_on else self.space(self.store.space_of(content))

    def _expand_ancestors(self, row: Row, content: Content, inside: Row) -> None:
        above = self.store.ancestors(content)
        if content.kind in COMMENTS and self.site.switches.comment_ancestors == "comments":
            above = self.comments_above(content)
        lost = [one for one in above if one.status == "trashed" or not self.viewer.reads(one)]
        if lost and "restrictions" in inside and self.site.switches.unreadable_ancestors == "fail_batch":
            raise not_found(f"No content with id {lost[0].api_id}")  # CONFCLOUD-77618
        row["ancestors"] = [self.content(one, inside) for one in above if one not in lost]

    def comments_above(self, comment: Content) -> list[Content]:
        """What a reply answers, from the root."""
        found: list[Content] = []
        parent = self.store.contents.get(comment.parent_id)
        while parent is not None:
            found.append(parent)
            parent = self.store.contents.get(parent.parent_id)
        return found[::-1]

    def _expand_history(self, row: Row, content: Content, inside: Row) -> None:
        owner = content.owner or content.author
        row["history"] = {
            "latest": True,
            "createdBy": self.user(content.author),
            "ownedBy": self.user(owner),
            "createdDate": iso(content.created),
            "_expandable": {"lastUpdated": "", "previousVersion": "", "contributors": "", "nextVersion": ""},
            "_links": self.self_link(f"/content/{content.api_id}/history"),
        }
        if "lastUpdated" in inside:
            row["history"]["lastUpdated"] = self.version(content)

    def _expand_body(self, row: Row, content: Content, inside: Row) -> None:
        storage = self.site.bodies.storage(content)
        row["body"] = {name: self._body(content, name, convert(storage, name)) for name in inside}
        if content.kind != CUSTOM:
            row["body"]["_expandable"] = {name: "" for name in BODIES if name not in inside}

    def _body(self, content: Content, name: str, value: str) -> Row:
        expandable = {"content": f"/rest/api/content/{content.api_id}"}
        if name in RENDERED:
            expandable |= {"webresource": "", "embeddedContent": "", "mediaToken": ""}
            return {"value": value, "representation": name, "_expandable": expandable}
        return {"value": value, "representation": name, "embeddedContent": [], "_expandable": expandable}

    def _expand_metadata(self, row: Row, content: Content, inside: Row) -> None:
        metadata = row.setdefault("metadata", {})
        if "labels" in inside:
            metadata["labels"] = self._labels(content)
        if "properties" in inside:
            held = self.store.properties.get(content.id, {})
            wanted = inside["properties"] or held
            found = {key: self.property(content, held[key]) for key in wanted if key in held}
            rest = {key: "" for key in held if key not in found}
            metadata["properties"] = {
                **found,
                "_expandable": rest,
                "_links": self.self_link(f"/content/{content.api_id}/property"),
            }
        if "currentuser" in inside:
            metadata["currentuser"] = {"_expandable": {"favourited": "", "lastmodified": "", "viewed": ""}}

    def label(self, label: tuple[str, str]) -> Row:
        prefix, name = label
        shown = name if prefix == "global" else f"{prefix}:{name}"
        return {"prefix": prefix, "name": name, "id": str(self.store.label_id(prefix, name)), "label": shown}

    def _labels(self, content: Content) -> Row:
        held = self.store.labels.get(content.id, [])
        path = f"/content/{content.api_id}/label"
        links = self.self_link(path)
        if len(held) > MOST_LABELS:
            links["next"] = f"/rest/api{path}?limit={MOST_LABELS}&start={MOST_LABELS}"
        shown = [self.label(label) for label in held[:MOST_LABELS]]
        return {"results": shown, "start": 0, "limit": MOST_LABELS, "size": len(shown), "_links": links}

    def property(self, content: Content, held: Property) -> Row:
        return {
            "id": str(held.id),
            "key": held.key,
            "value": held.value,
            "version": {"when": iso(held.modified), "message": "", "number": held.version, "minorEdit": False},
            "_expandable": {"content": f"/rest/api/content/{content.api_id}", "additionalProperties": ""},
            "_links": self.self_link(f"/content/{content.api_id}/property/{held.key}"),
        }

    def _expand_restrictions(self, row: Row, content: Content, inside: Row) -> None:
        found: Row = {"_expandable": {}}
        for operation in ("read", "update"):
            if operation not in inside:
                found["_expandable"][operation] = (
                    f"/rest/api/content/{content.api_id}/restriction/byOperation/{operation}"
                )
                continue
            restriction = self.restriction(content, operation)
            named = inside[operation].get("restrictions")
            if named is None:
                restriction["restrictions"] = {"_expandable": {"user": "", "group": ""}}
            else:
                for part in ("user", "group"):
                    if part not in named:
                        restriction["restrictions"].pop(part)
            found[operation] = restriction
        row["restrictions"] = found

    def _expand_childtypes(self, row: Row, content: Content, inside: Row) -> None:
        children = [child for child in self.store.children.get(content.id, ()) if self.viewer.reads(child)]
        held = self.store.contained.get(content.id, ())
        kinds = {"page": any(child.kind == "page" for child in children)}
        kinds["attachment"] = any(child.kind == ATTACHMENT for child in held)
        kinds["comment"] = any(child.kind in COMMENTS for child in held) or bool(self.store.replies.get(content.id))
        row["childTypes"] = {
            kind: {"value": value, "_links": self.self_link(f"/content/{content.api_id}/child/{kind}")}
            for kind, value in kinds.items()
        }

    def _expand_operations(self, row: Row, content: Content, inside: Row) -> None:
        kind = "comment" if content.kind in COMMENTS else content.kind
        names = ["read", *(("update", "delete") if self.viewer.updates(content) else ())]
        row["operations"] = [{"operation": name, "targetType": kind} for name in names]

    def _expand_extensions(self, row: Row, content: Content, inside: Row) -> None:
        extra = content.extra or {}
        extensions = row.setdefault("extensions", {})
        if content.kind == INLINE and "inlineProperties" in inside:
            extensions["inlineProperties"] = {
                "originalSelection": extra.get("selection", ""),
                "markerRef": extra.get("marker", ""),
            }
        if content.kind == INLINE and "resolution" in inside:
            extensions["resolution"] = {"status": extra.get("resolution", "open")}
