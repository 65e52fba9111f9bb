"""What the same public client reads besides: one of each, from the ids that the first walk found."""

from typing import Any

from atlassian import ConfluenceServer, ConfluenceV2

from confluence_assets.emulator import EmbeddedSite
from tests.conformance.public_client import Found, client
from tests.emulator.asker import ADMIN


class Chosen:
    """One of each kind on the site, and what else is asked about them."""

    def __init__(self, site: EmbeddedSite) -> None:
        edit = site.control.edit
        key = next(row["key"] for row in site.control.dump("space"))
        self.made = {
            "template": edit("add_template", name="Report", body="<p>What was done</p>", space=key)["id"],
            "template_space": key,
            "long_task": edit("run_long_task", name="space.export", percentage=40)["id"],
        }
        self.rows: list[Found] = site.control.dump()
        self.page = self.first("page", lambda row: len(row["ancestor_ids"]) > 1 and row["status"] == "current")
        self.space = self.first("space", lambda row: row["id"] == self.page["space_id"])
        self.property = self.first("property", lambda row: row["content_type"] == "page")
        self.label = self.first("label", lambda row: row["content_type"] == "page")
        self.comment = self.first("comment", lambda row: row["comment_type"] == "footer")
        self.by_kind = {
            kind: self.first(kind) for kind in ("blogpost", "attachment", "custom_content", "folder", "task", "role")
        }

    def first(self, kind: str, fits: Any = lambda row: True) -> Found:
        return next(row for row in self.rows if row["kind"] == kind and fits(row))

    def count(self, kind: str, **like: Any) -> int:
        return sum(row["kind"] == kind and all(row[key] == like[key] for key in like) for row in self.rows)

    @property
    def ids(self) -> dict[str, str]:
        return {
            **{kind: row["id"] for kind, row in self.by_kind.items()}, **self.made,
            "page": self.page["id"], "space": self.space["id"], "space_key": self.space["key"], "comment": self.comment["id"],
            "home": self.space["homepage_id"], "page_with_property": self.property["content_id"],
            "property_key": self.property["key"], "label": self.label["name"],
        }  # fmt: skip

    def below(self, page: str) -> set[str]:
        return {
            row["id"]
            for row in self.rows
            if row["kind"] == "page" and row["status"] == "current" and page in row["ancestor_ids"]
        }


def read_more_v2(site: EmbeddedSite, ids: dict[str, str]) -> Found:
    """By the v2 class: `ids` names a space, blogpost, comment, attachment, custom content, folder, task and role."""
    found: Found = {}
    with client(ConfluenceV2, f"{site.url}/wiki") as api:
        found["space"] = api.get_space(ids["space"])["key"]
        found["space labels"] = api.get_space_labels(ids["space"])
        found["blogpost comments"] = len(api.get_blogpost_footer_comments(ids["blogpost"]))
        found["blogpost inline comments"] = len(api.get_blogpost_inline_comments(ids["blogpost"]))
        found["attachment comments"] = len(api.get_attachment_comments(ids["attachment"]))
        found["folder"] = api.get_folder(ids["folder"], include_direct_children=True)["title"]
        found["task"] = api.get_task(ids["task"], body_format="storage")["body"]["storage"]["value"]
        found["role"] = api.get_space_role(ids["role"])["name"]
        found["permissions"] = len(api.get_space_permissions()["results"])
        found["levels"] = len(api.get_classification_levels())
        found["policy"] = set(api.get_data_policy_metadata())
        found["policy spaces"] = len(api.get_data_policy_spaces()["results"])
        strangers = api.check_user_access_by_email({"emails": [ADMIN[0], "nobody@example.com"]})
        found["strangers"] = strangers["emailsWithoutAccess"]
        found["custom"] = _custom_content(api, ids["custom_content"])
        found["footer"] = {row["id"] for row in api.get_global_footer_comments(limit=250)["results"]}
        found["inline"] = {row["id"] for row in api.get_global_inline_comments(limit=250)["results"]}
        found["comment"] = _around_a_comment(api, ids["comment"])
        found["properties"] = {
            kind: len(api.get_v2_content_properties(kind, ids[kind]))
            for kind in ("blogpost", "attachment", "comment", "custom_content", "folder")
        }
        (held, *_) = api.get_v2_content_properties("page", ids["page_with_property"])
        found["property"] = (
            api.get_v2_content_property("page", ids["page_with_property"], held["id"])["key"] == held["key"]
        )
        found["admin key"] = api.enable_admin_key()["accountId"]
        assert api.get_admin_key()["accountId"] == found["admin key"]
        api.disable_admin_key()
    return found


def _custom_content(api: Any, custom: str) -> tuple[list[str], str, int, int]:
    listed = [row["id"] for row in api.get_custom_content(type="ac:diagrams:drawing", limit=2)]
    raw = api.get_custom_content_by_id(custom)["type"]
    return (
        listed,
        raw,
        len(api.get_custom_content_labels(custom)),
        len(list(api.get_custom_content_properties(custom, sort="key"))),
    )


def _around_a_comment(api: Any, comment: str) -> dict[str, Any]:
    versions = api.get_comment_versions_v2(comment)["results"]
    return {
        "likes": api.get_comment_likes_count_v2(comment)["count"],
        "likers": len(api.get_comment_likes_users_v2(comment)["results"]),
        "operations": [row["operation"] for row in api.get_comment_operations_v2(comment)["operations"]],
        "versions": len(versions),
        "first": api.get_comment_version_v2(comment, 1)["number"],
    }


def read_more_v1(site: EmbeddedSite, ids: dict[str, str]) -> Found:
    """By the v1 class: `ids` names a page with a parent, one with a property and its key, a space key and a label."""
    found: Found = {}
    with client(ConfluenceServer, f"{site.url}/wiki", cloud=True) as api:
        found["ancestors"] = [row["id"] for row in api.get_page_ancestors(ids["page"])]
        found["space"] = api.get_space(ids["space_key"])["name"]
        found["settings"] = api.get_space_settings(ids["space_key"])["spaceKey"]
        found["space properties"] = api.get_space_property(ids["space_key"])["size"]
        found["versions"] = len(api.get_all_page_versions(ids["page"]))
        found["version"] = api.get_content_history_by_version_number(ids["page"], 1)["number"]
        found["property"] = api.get_page_property(ids["page_with_property"], ids["property_key"])["key"]
        found["subtree"] = api.get_subtree_of_content_ids(ids["home"])
        found["descendants"] = {row["id"] for row in api.get_descendant_pages(ids["home"])["results"]}
        labelled = api.get("rest/api/label", params={"name": ids["label"]})  # its own method loses `rest/api`
        found["labelled"] = {str(row["contentId"]) for row in labelled["associatedContents"]["results"]}
        found["user"] = api.get_current_user()["email"]
        found["template"] = api.get_content_template(ids["template"])["name"]
        listed = api.get_content_templates(ids["template_space"], expand="body")
        found["templates"] = [row["body"]["storage"]["value"] for row in listed]
        found["blueprints"] = [row["name"] for row in api.get_blueprint_templates()]
        found["long tasks"] = [row["id"] for row in api.check_long_tasks_result()["results"]]
        found["long task"] = api.check_long_task_result(ids["long_task"])["percentageComplete"]
    return found
