"""Walks of a public client that nobody here wrote: `atlassian-python-api`, its v2 and its v1 classes for Cloud.

Which root each class wants (version 5):
- `ConfluenceV2` (v2): the site with `/wiki`; it adds `api/v2/...`.
- `ConfluenceServer` with `cloud=True` (v1): the site with `/wiki`; it adds `rest/api/...`, and takes Cloud's address for files.
- `ConfluenceCloud` (groups by id): the site without `/wiki`, which it adds itself.

It joins a `next` of v1 to the host and loses `/wiki`, on a real site as here, so CQL is asked for in pages that hold all. Its
listings of v1 content are those that were withdrawn; they need the switch that brings them back.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from atlassian import ConfluenceCloud, ConfluenceServer, ConfluenceV2

from confluence_assets.emulator import EmbeddedSite, SeedPlan, SiteConfig
from tests.emulator.asker import ADMIN

Found = dict[str, Any]

PLAN = SeedPlan(
    spaces=3, pages_per_space=30, blogposts_per_space=4, comments=40, attachments=12, labelled_share=0.5, restricted_share=0.1,
    properties=10, tasks=12, custom_content=6, folders_per_space=2, users=12, groups=4,
)  # fmt: skip


def walked_config() -> SiteConfig:
    config = SiteConfig(plan=PLAN)
    config.switches.update(withdrawn_v1_status=200)
    return config


@contextmanager
def client(kind: Any, url: str, **more: Any) -> Iterator[Any]:
    """One of its classes, signed in as the administrator."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it warns of itself
        found = kind(url, username=ADMIN[0], password=ADMIN[1], **more)
        try:
            yield found
        finally:
            found.close()


def walk_v2(site: EmbeddedSite) -> Found:
    """Everything that the v2 class can read, by id."""
    found: Found = {}
    with client(ConfluenceV2, f"{site.url}/wiki") as api:
        found["space"] = {row["id"]: row["key"] for row in api.get_spaces(limit=2)}
        pages = [row for space in found["space"] for row in api.get_pages(space, body_format="storage", limit=7)]
        found["page"] = {row["id"]: (row["title"], row["body"]["storage"]["value"]) for row in pages}
        found["alone"] = {page: api.get_page_by_id(page)["title"] for page in list(found["page"])[:5]}
        ids = list(found["page"])
        found["label"] = {(page, row["name"]) for page in ids for row in api.get_page_labels(page, limit=1)}
        found["version"] = {(page, row["number"]) for page in ids for row in api.get_all_page_versions(page, limit=1)}
        found["comment"] = dict(row for page in ids for row in _comments_v2(api, page))
        found["property"] = {
            (page, row["key"]): row["value"]
            for page in ids
            for row in api.get_v2_content_properties("page", page, limit=1)
        }
        found["children"] = {
            (page, row["id"]) for page in ids for row in api.get_child_pages(page, status=None, limit=4)
        }
        found["task"] = {row["id"]: row["status"] for row in api.get_tasks(limit=5)}
        found["role"] = {row["id"]: row["name"] for row in api.get_space_roles()["results"]}
        members = {row["modifiedBy"] for row in _versions_by(api, ids)}
        users = api.bulk_get_users({"accountIds": sorted(members)})["results"]
        found["user"] = {row["accountId"]: row["displayName"] for row in users}
        found["mode"] = api.get_space_role_mode()["mode"]
        found["title"] = api.get_page_id(next(iter(found["space"].values())), found["page"][ids[0]][0])
    return found


def _versions_by(api: Any, ids: list[str]) -> Iterator[Found]:
    for page in ids:
        yield {"modifiedBy": api.get_page_version(page, 1)["authorId"]}


def _comments_v2(api: Any, page: str) -> Iterator[tuple[str, str]]:
    """Comments and their replies, with their bodies."""
    for kind, listed in (
        ("footer-comments", api.get_page_footer_comments(page, body_format="storage", limit=1)),
        ("inline-comments", api.get_page_inline_comments(page, body_format="storage", limit=1)),
    ):
        for row in listed:
            yield row["id"], row["body"]["storage"]["value"]
            replies = api.get_comment_children_v2(row["id"], kind, **{"body-format": "storage"})["results"]
            yield from ((reply["id"], reply["body"]["storage"]["value"]) for reply in replies)


def walk_v1(site: EmbeddedSite) -> Found:
    """Everything that the v1 classes can read."""
    found: Found = {}
    with client(ConfluenceServer, f"{site.url}/wiki", cloud=True) as api:
        found["space"] = {str(row["id"]): row["key"] for row in api.get_all_spaces()["results"]}
        pages = [
            row
            for key in found["space"].values()
            for row in api.get_all_pages_from_space_as_generator(key, limit=7, expand="body.storage,version")
        ]
        found["page"] = {row["id"]: (row["title"], row["body"]["storage"]["value"]) for row in pages}
        ids = list(found["page"])
        found["alone"] = {page: api.get_page_by_id(page, expand="version")["title"] for page in ids[:5]}
        found["label"] = {(page, row["name"]) for page in ids for row in api.get_page_labels(page)["results"]}
        found["comment"] = {
            row["id"]: row["body"]["storage"]["value"]
            for page in ids
            for row in api.get_page_comments(page, expand="body.storage", depth="all", limit=100)["results"]
        }
        files = {page: api.get_attachments_from_content(page)["results"] for page in ids}
        found["attachment"] = {row["id"]: row["title"] for rows in files.values() for row in rows}
        found["file"] = {
            (page, name): content.getvalue()
            for page, rows in files.items()
            if rows
            for name, content in api.download_attachments_from_page(page, to_memory=True).items()
        }
        found["restriction"] = set(_restrictions(api, ids))
        search = api.cql("type = page", limit=200)["results"]
        found["cql"] = {row["content"]["id"]: row["content"]["title"] for row in search}
        found["property"] = {(page, row["key"]) for page in ids for row in api.get_page_properties(page)}
        found["history"] = {page: api.history(page)["createdBy"]["accountId"] for page in ids[:5]}
        found["user"] = {
            account: api.get_user_details_by_accountid(account)["displayName"]
            for account in sorted(set(found["history"].values()))
        }
    with client(ConfluenceCloud, site.url) as api:
        found["group"] = {row["id"]: row["name"] for row in api.get_all_groups(limit=200)}
        found["member"] = {
            (group, row["accountId"])
            for group in found["group"]
            for row in api.get_group_members(group, limit=200)["results"]
        }
    return found


def _restrictions(api: Any, ids: list[str]) -> Iterator[tuple[str, str, str]]:
    for page in ids:
        both = api.get_all_restrictions_for_content(page)
        for operation in ("read", "update"):
            named = both[operation]["restrictions"]
            yield from ((page, operation, row["accountId"]) for row in named["user"]["results"])
            yield from ((page, operation, row["id"]) for row in named["group"]["results"])
