"""A public client that nobody here wrote walks a Data Center and gets what was seeded: `atlassian-python-api`, its server class.

It joins `next` to the host and loses the context path, on a real server as here: where there is one, what it pages by `next` is
asked for in one page.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from atlassian import Confluence
from atlassian.errors import ApiError
from requests.exceptions import HTTPError

from confluence_assets.emulator import EmbeddedSite, SeedPlan, SiteConfig

PROFILES = {"7.19": "/confluence", "8.5": "", "9.2": "/confluence", "10.0": ""}
PLAN = SeedPlan(
    spaces=3, pages_per_space=25, blogposts_per_space=4, comments=30, attachments=14, properties=6, users=12, groups=5,
    restricted_share=0.2,
)  # fmt: skip
Rows = list[dict[str, Any]]


class Walk:
    """The client, and what was seeded."""

    def __init__(self, site: EmbeddedSite, profile: str) -> None:
        self.site = site
        self.profile = profile
        self.client = Confluence(url=site.url, token="admin")
        self.client._session.trust_env = False

    def seeded(self, kind: str, **fields: Any) -> Rows:
        rows = self.site.control.dump(kind)
        return [row for row in rows if all(row[name] == value for name, value in fields.items())]


@contextmanager
def walked_site(profile: str) -> Iterator[Walk]:
    """A seeded Data Center of that version, and the client."""
    config = SiteConfig(plan=PLAN, deployment="datacenter", profile=profile, context_path=PROFILES[profile])
    with EmbeddedSite(config) as site:
        found = Walk(site, profile)
        yield found
        found.client.close()


@pytest.fixture(scope="module", params=list(PROFILES))
def walk(request: pytest.FixtureRequest) -> Iterator[Walk]:
    with walked_site(request.param) as found:
        yield found


def pages_of(ask: Callable[..., Any], limit: int) -> Rows:
    """All rows of a list that takes start and limit."""
    rows: Rows = []
    while True:
        found = ask(start=len(rows), limit=limit)
        if not found["results"]:
            return rows
        rows += found["results"]


def test_spaces(walk: Walk) -> None:
    rows = pages_of(walk.client.get_all_spaces, 2)
    assert {row["key"]: row["name"] for row in rows} == {row["key"]: row["name"] for row in walk.seeded("space")}
    assert walk.client.get_space_names(limit=2) == ["Space 1", "Space 2", "Space 3"]
    space = walk.client.get_space("SP002", expand="description.plain,homepage")
    assert space["description"]["plain"]["value"] == "What we know about Space 2."
    assert space["homepage"]["id"] == walk.seeded("space", key="SP002")[0]["homepage_id"]


def test_pages_with_bodies(walk: Walk) -> None:
    for kind, count in (("page", 25), ("blogpost", 4)):
        rows = list(
            walk.client.get_all_pages_from_space_as_generator(
                "SP001", limit=10, expand="body.storage,version,ancestors", content_type=kind
            )
        )
        found = {row["id"]: (row["title"], row["body"]["storage"]["value"], row["version"]["number"]) for row in rows}
        assert found == {
            row["id"]: (row["title"], row["body_storage"], row["version_number"])
            for row in walk.seeded(kind, space_key="SP001")
        }
        assert len(rows) == count


def test_one_page_and_its_place(walk: Walk) -> None:
    row = next(one for one in walk.seeded("page") if len(one["ancestor_ids"]) == 2)
    page = walk.client.get_page_by_id(row["id"], expand="body.storage,ancestors,space")
    assert page["body"]["storage"]["value"] == row["body_storage"]
    assert [above["id"] for above in page["ancestors"]] == row["ancestor_ids"]
    assert walk.client.get_page_space(row["id"]) == row["space_key"]
    assert walk.client.get_parent_content_id(row["id"]) == row["parent_id"]
    assert walk.client.get_page_id(row["space_key"], row["title"]) == row["id"]
    with pytest.raises(ApiError):
        walk.client.get_page_by_id("1")


def test_tree(walk: Walk) -> None:
    home = walk.seeded("space", key="SP003")[0]["homepage_id"]
    children = walk.client.get_child_id_list(home)
    assert sorted(children) == sorted(row["id"] for row in walk.seeded("page", parent_id=home))
    subtree = walk.client.get_subtree_of_content_ids(home)
    assert subtree == {row["id"] for row in walk.seeded("page", space_key="SP003")}


def test_comments(walk: Walk) -> None:
    for holder in {row["container_id"] for row in walk.seeded("comment")}:
        rows = pages_of(
            lambda holder=holder, **more: walk.client.get_page_comments(  # type: ignore[misc]
                holder, depth="all", expand="body.storage,extensions.resolution,ancestors", **more
            ),
            4,
        )
        found = {
            row["id"]: (row["body"]["storage"]["value"], row["ancestors"][-1]["id"] if row["ancestors"] else None)
            for row in rows
        }
        assert found == {
            row["id"]: (row["body_storage"], row["parent_comment_id"])
            for row in walk.seeded("comment", container_id=holder)
        }
    inline = next(row for row in walk.seeded("comment", comment_type="inline") if not row["parent_comment_id"])
    assert inline["inline_selection"] in {
        row["originalSelection"] for row in walk.client.get_inline_comments(inline["container_id"])
    }


def test_labels(walk: Walk) -> None:
    for row in walk.seeded("page"):
        found = {label["name"] for label in walk.client.get_page_labels(row["id"])["results"]}
        assert found == {label["name"] for label in walk.seeded("label", content_id=row["id"])}


def test_attachments_with_their_bytes(walk: Walk) -> None:
    files = walk.seeded("attachment")
    assert len(files) == 14
    for holder in {row["container_id"] for row in files}:
        found = walk.client.download_attachments_from_page(holder, to_memory=True)
        assert {name: hashlib.sha256(held.read()).hexdigest() for name, held in found.items()} == {
            row["filename"]: row["sha256"] for row in walk.seeded("attachment", container_id=holder)
        }


def test_properties_and_versions(walk: Walk) -> None:
    for row in walk.seeded("property"):
        assert walk.client.get_page_property(row["content_id"], row["key"])["value"] == row["value"]
        assert [one["key"] for one in walk.client.get_page_properties(row["content_id"])] == [row["key"]]
    page = next(row for row in walk.seeded("page") if row["version_number"] > 3)
    expected = [row["version_number"] for row in walk.seeded("version", content_id=page["id"])]
    if walk.profile in ("7.19", "8.5"):
        found = walk.client.get_attachment_history(page["id"])  # the experimental route is this method's alone
    else:
        found = walk.client.get_all_page_versions(page["id"])
    assert sorted(row["number"] for row in found) == expected
    history = walk.client.history(page["id"])
    assert history["lastUpdated"]["number"] == page["version_number"]
    old = walk.client.get_page_by_id(page["id"], status="historical", version=1, expand="version")
    assert old["version"]["number"] == 1


def test_restrictions(walk: Walk) -> None:
    held = walk.seeded("restriction")
    assert held
    for content_id in {row["content_id"] for row in held}:
        found = walk.client.get_all_restrictions_for_content(content_id)
        named = {
            (operation, "user", user["userKey"])
            for operation in ("read", "update")
            for user in found[operation]["restrictions"]["user"]["results"]
        } | {
            (operation, "group", group["name"])
            for operation in ("read", "update")
            for group in found[operation]["restrictions"]["group"]["results"]
        }
        assert named == {
            (row["operation"], row["principal_type"], row["principal_id"])
            for row in held
            if row["content_id"] == content_id
        }


def test_cql(walk: Walk) -> None:
    labelled = {row["content_id"] for row in walk.seeded("label", name="runbook", content_type="page")}
    rows = walk.client.cql_all('label = "runbook" and type = page', limit=100 if PROFILES[walk.profile] else 3)
    assert len(labelled) > 3
    assert {row["content"]["id"] for row in rows} == labelled
    assert walk.client.cql("type = blogpost", limit=1)["totalSize"] == 12


def test_groups_and_members(walk: Walk) -> None:
    names = [row["name"] for row in walk.client.get_all_groups()]
    assert names == sorted(row["name"] for row in walk.seeded("group"))
    for name in names:
        members = {row["userKey"] for row in walk.client.get_all_members(name)}
        assert members == {row["account_id"] for row in walk.seeded("group_member", group_id=name)}


def test_users(walk: Walk) -> None:
    for row in walk.seeded("user"):
        by_name = walk.client.get_user_details_by_username(row["username"])
        assert (by_name["userKey"], by_name["displayName"], by_name.get("email")) == (
            row["user_key"], row["display_name"], row["email"],
        )  # fmt: skip
        assert walk.client.get_user_details_by_userkey(row["user_key"]) == by_name


def test_permissions(walk: Walk) -> None:
    if walk.profile in ("7.19", "8.5"):
        with pytest.raises(HTTPError):
            walk.client.get_all_space_permissions("SP001")
        return
    found = {
        (
            row["subject"].get("name") or row["subject"]["userKey"],
            row["operation"]["operationKey"],
            row["operation"]["targetType"],
        )
        for row in walk.client.get_all_space_permissions("SP001")
    }
    assert found == {
        (row["principal_id"], row["operation"], row["target_type"])
        for row in walk.seeded("space_permission", space_key="SP001")
    }


def test_permissions_of_one(walk: Walk) -> None:
    if walk.profile in ("7.19", "8.5"):
        with pytest.raises(HTTPError):
            walk.client.get_permissions_granted_to_group_for_space("SP001", "confluence-users")
        return
    walk.site.control.edit("grant", space="SP003", principal_type="anonymous")
    group = walk.client.get_permissions_granted_to_group_for_space("SP001", "confluence-users")
    held = walk.seeded("space_permission", space_key="SP001", principal_id="confluence-users")
    assert [row["operation"]["operationKey"] for row in group] == [row["operation"] for row in held]
    user = walk.client.get_permissions_granted_to_user_for_space("SP001", _key(walk, "admin"))
    held = walk.seeded("space_permission", space_key="SP001", principal_id=_key(walk, "admin"))
    assert [row["operation"]["operationKey"] for row in user] == [row["operation"] for row in held]
    found = walk.client.get_permissions_granted_to_anonymous_for_space("SP003")
    operations = found["operations"] if walk.profile == "9.2" else [row["operation"] for row in found]
    assert operations == [{"operationKey": "read", "targetType": "space"}]


def test_remote_api(walk: Walk) -> None:
    if walk.profile in ("9.2", "10.0"):
        with pytest.raises(HTTPError):
            walk.client.get_all_restrictions_from_page_json_rpc("1")
        return
    held = next(row for row in walk.seeded("restriction", operation="read", principal_type="user"))
    found = walk.client.get_all_restrictions_from_page_json_rpc(held["content_id"])
    view = next(one["contentPermissions"] for one in found if one["type"] == "View")
    names = {row["account_id"]: row["username"] for row in walk.seeded("user")}
    assert names[held["principal_id"]] in {one["userName"] for one in view}


def test_likes_and_space_properties(walk: Walk) -> None:
    page = walk.seeded("page")[0]["id"]
    walk.site.control.edit("like", id=page, by="user2@example.com")
    assert [one["user"]["name"] for one in walk.client.get_likes(page)["likes"]] == ["user2"]
    walk.site.control.edit("set_space_property", space="SP002", key="k", value={"a": 1})
    assert [one["value"] for one in walk.client.get_space_property("SP002")["results"]] == [{"a": 1}]


def test_trash(walk: Walk) -> None:
    if walk.profile in ("9.2", "10.0"):
        with pytest.raises(HTTPError):  # the client knows the old address only
            walk.client.get_trashed_contents_by_space("SP002")
        return
    page = walk.site.control.edit("create_page", space="SP002", title="Gone")["id"]
    walk.site.control.edit("trash", id=page)
    assert [row["id"] for row in walk.client.get_trashed_contents_by_space("SP002")["results"]] == [page]


def test_basic_authentication(walk: Walk) -> None:
    client = Confluence(url=walk.site.url, username="user1", password="user1")
    client._session.trust_env = False
    expected = {
        row["id"] for row in walk.site.control.dump_as(_key(walk, "user1"), "page") if row["space_key"] == "SP001"
    }
    rows = client.get_all_pages_from_space_as_generator("SP001", limit=50)
    assert {row["id"] for row in rows} == expected
    client.close()


def _key(walk: Walk, username: str) -> str:
    return str(walk.seeded("user", username=username)[0]["account_id"])
