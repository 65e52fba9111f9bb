"""One of each thing of the demo site, and how every route is asked for it."""

from typing import Any

from confluence_assets.emulator.handlers.v2.details import CLASSIFICATION_LEVELS
from confluence_assets.emulator.web.routing import Route
from tests.emulator.asker import Asker

MACRO = '<ac:structured-macro ac:name="info" ac:macro-id="m1"><ac:rich-text-body><p>Hi</p></ac:rich-text-body>'
MACRO += "</ac:structured-macro>"


class Things:
    """One of each, from the demo site; what it has not got is added to it."""

    CONVERT = "/wiki/rest/api/contentbody/convert/async/export_view"

    def __init__(self, demo: Asker) -> None:
        self._choose(demo)
        self._furnish(demo)

    def _choose(self, demo: Asker) -> None:
        rows = demo.site.control.dump()
        first = {
            kind: next(r for r in rows if r["kind"] == kind) for kind in ("folder", "whiteboard", "database", "embed")
        }
        self.page = next(r["id"] for r in rows if r["kind"] == "page" and r["title"] == "One of everything")
        self.handbook = next(r["id"] for r in rows if r["kind"] == "page" and r["title"] == "Handbook")
        self.blogpost = next(r["id"] for r in rows if r["kind"] == "blogpost" and r["title"] == "Four hundred bikes")
        self.nodes = {kind: row["id"] for kind, row in first.items()}
        self.attachment = next(r["id"] for r in rows if r["kind"] == "attachment" and r["container_id"] == self.page)
        self.footer = next(
            r["id"]
            for r in rows
            if r["kind"] == "comment" and r["container_id"] == self.page and r["comment_type"] == "footer"
        )
        self.inline = next(
            r["id"]
            for r in rows
            if r["kind"] == "comment"
            and r["container_id"] == self.page
            and r["comment_type"] == "inline"
            and not r["parent_comment_id"]
        )
        self.custom = next(r["id"] for r in rows if r["kind"] == "custom_content")
        self.space = next(r["id"] for r in rows if r["kind"] == "space" and r["key"] == "ENG")
        self.handbook_space = next(r["id"] for r in rows if r["kind"] == "space" and r["key"] == "HB")
        self.space_property = next(r["id"] for r in rows if r["kind"] == "space_property")
        self.property_key = next(r["key"] for r in rows if r["kind"] == "property" and r["content_id"] == self.page)
        self.filename = next(r["filename"] for r in rows if r["kind"] == "attachment" and r["id"] == self.attachment)
        self.label = next(r["label_id"] for r in rows if r["kind"] == "label" and r["content_id"] == self.page)
        self.task = next(r["id"] for r in rows if r["kind"] == "task")
        self.group = next(r["id"] for r in rows if r["kind"] == "group" and r["name"] == "engineering")
        self.role = next(r["id"] for r in rows if r["kind"] == "role")
        self.admin = demo.site.control.account_id("admin@example.com")

    def _furnish(self, demo: Asker) -> None:
        """Properties on everything, a macro with an id, a page with names on it, levels of classification, an Admin Key."""
        edit = demo.site.control.edit
        holders = {
            "pages": self.page, "blogposts": self.blogpost, "attachments": self.attachment, "custom-content": self.custom,
            "comments": self.footer, **{f"{kind}s": node for kind, node in self.nodes.items()},
        }  # fmt: skip
        self.properties = {
            family: edit("set_property", id=holder, key="checked", value={"by": family})["id"]
            for family, holder in holders.items()
        }
        self.with_macro = edit("create_page", space="ENG", title="With a macro", body=MACRO)["id"]
        edit("restrict", id=self.with_macro, users=[self.admin], groups=["engineering"])
        edit("set_state", id=self.page, name="In progress")
        edit("set_state", id=self.handbook, name="Looked at twice", by="admin@example.com")
        for watched in ({"id": self.page}, {"space": "ENG"}, {"label": "policy"}):
            edit("watch", **watched)
        self.template = edit("add_template", name="Retrospective", body="<h2>What went well</h2>", space="ENG")["id"]
        edit("add_template", name="Minutes", body="<h2>Present</h2>")
        edit("set_user_property", account=self.admin, key="theme", value={"dark": True})
        self.long_task = edit("run_long_task", name="space.export", percentage=40)["id"]
        converted = demo.raw(self.CONVERT, method="POST", json={"value": "<p>x</p>", "representation": "storage"})
        self.conversion = converted.json()["asyncId"]
        for space in demo.site.site.store.spaces.values():
            space.classification_id = str(CLASSIFICATION_LEVELS[0]["id"])
        assert demo.raw("/wiki/api/v2/admin-key", method="POST").status_code == 200

    def path(self, template: str) -> str:
        """The template with ids in it."""
        by_family = {
            "pages": self.page, "blogposts": self.blogpost, "attachments": self.attachment, "custom-content": self.custom,
            "footer-comments": self.footer, "inline-comments": self.inline, "comments": self.footer, "labels": self.label,
            "folders": self.nodes["folder"], "whiteboards": self.nodes["whiteboard"], "databases": self.nodes["database"],
            "embeds": self.nodes["embed"], "spaces": self.space, "tasks": self.task, "space-roles": self.role, "content": self.page,
            "versions": "1", "byOperation": "read", "byGroupId": self.group, "group": self.group,
            "descendant": "comment", "attachment": self.attachment, "space": "ENG", "child": "page",
            "history": "1", "id": "m1", "convert": "view", "label": "policy", "user": self.admin, "template": self.template, "inlinetasks": self.task,
            "longtask": self.long_task, "async": "export_view" if template.endswith("/{to}") else self.conversion,
        }  # fmt: skip
        by_family |= {"property": self.property_key, "version": "1", "{id}": self.filename}
        segments = template.split("/")
        by_family["properties"] = self.properties.get(segments[4] if len(segments) > 4 else "", "")
        if "/user/{userId}/property/" in template:
            by_family["property"] = "theme"
        if "/macro/" in template or "/byOperation/{operationKey}/" in template:
            by_family["content"] = self.with_macro
        if template.startswith("/wiki/download/"):
            by_family["attachments"] = self.page
        if template.endswith("/content/{type}"):
            by_family["content"] = "page"
        if template.endswith("/member"):
            by_family["group"] = "engineering"
        if template.startswith("/wiki/api/v2/spaces/{space-id}/properties"):
            by_family |= {"spaces": self.handbook_space, "properties": self.space_property}
        return "/".join(by_family[segments[i - 1]] if part.startswith("{") else part for i, part in enumerate(segments))


REQUIRED = {
    "cql": {"cql": "type in (page, blogpost, comment, attachment, folder)"},
    "type": {"type": "ac:diagrams:drawing"},
    "query": {"query": "e"},
    "name": {"name": "policy"},
    "state-id": {"state-id": "1"},
}
EXPAND = (
    "space,version,history,ancestors,container,body.storage,metadata.labels,metadata.properties,childTypes.all,operations,"
    "extensions.inlineProperties,restrictions.read.restrictions.user,restrictions.read.restrictions.group,restrictions.update"
)


def queries_of(things: Things, route: Route) -> tuple[dict[str, str], dict[str, str]]:
    """The smallest query that a route takes, and one that asks for all it can give."""
    plain = {"accountId": things.admin} if route.template.endswith("/{operationKey}/user") else {}
    for name in route.required:
        plain |= REQUIRED.get(name) or {
            name: {"accountId": things.admin, "id": things.group, "ids": things.conversion}[name]
        }
    rich = dict(plain)
    for name in route.parameters:
        if name.startswith("include-"):
            rich[name] = "true"
        if name == "body-format":
            rich[name] = "storage"
        if name == "expand":
            rich[name] = EXPAND
        if name == "description-format":
            rich[name] = "plain"
    return plain, rich


POSTS: dict[str, Any] = {
    "/wiki/api/v2/users-bulk": lambda things: {"accountIds": [things.admin]},
    "/wiki/api/v2/content/convert-ids-to-types": lambda things: {
        "contentIds": [things.page, things.blogpost, things.footer]
    },
    "/wiki/api/v2/user/access/check-access-by-email": lambda things: {
        "emails": ["admin@example.com", "x", "y@example.com"]
    },
    "/wiki/api/v2/admin-key": lambda things: {"durationInMinutes": 5},
    "/wiki/rest/api/contentbody/convert/async/{to}": lambda things: {"value": "<p>x</p>", "representation": "storage"},
    "/wiki/rest/api/contentbody/convert/async/bulk/tasks": lambda things: {
        "conversionInputs": [{"to": "export_view", "body": {"value": "<p>x</p>", "representation": "storage"}}]
    },
    "/wiki/rest/api/content/{id}/permission/check": lambda things: {
        "subject": {"type": "user", "identifier": things.admin},
        "operation": "read",
    },
}
"""What is posted to the routes that read by POST."""


def may_be_refused(template: str) -> bool:
    """E-mail addresses are told to apps that Atlassian approved, and to nobody else."""
    return template.endswith(("/user/email", "/user/email/bulk"))
