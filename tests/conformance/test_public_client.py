"""A client that nobody here wrote finds what was seeded: counts and texts."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from confluence_assets.emulator import EmbeddedSite
from tests.conformance.public_client import Found, walk_v1, walk_v2, walked_config


class Seeded:
    """What stands on the site, in the forms of the walks."""

    def __init__(self, site: EmbeddedSite) -> None:
        self.rows = site.control.dump_as(site.control.account_id("admin@example.com"))
        self.pages = {row["id"]: row for row in self.of("page") if row["status"] == "current"}

    def of(self, kind: str, **like: Any) -> Iterator[dict[str, Any]]:
        return (row for row in self.rows if row["kind"] == kind and all(row[key] == like[key] for key in like))

    def on_pages(self, kind: str, key: str = "content_id") -> Iterator[dict[str, Any]]:
        return (row for row in self.of(kind) if row[key] in self.pages)


@pytest.fixture(scope="module")
def site() -> Iterator[EmbeddedSite]:
    with EmbeddedSite(walked_config()) as found:
        yield found


@pytest.fixture(scope="module")
def seeded(site: EmbeddedSite) -> Seeded:
    return Seeded(site)


@pytest.fixture(scope="module")
def v1(site: EmbeddedSite) -> Found:
    return walk_v1(site)


@pytest.fixture(scope="module")
def v2(site: EmbeddedSite) -> Found:
    return walk_v2(site)


def test_spaces_pages_and_bodies(seeded: Seeded, v1: Found, v2: Found) -> None:
    pages = {page: (row["title"], row["body_storage"]) for page, row in seeded.pages.items()}
    assert len(pages) == 90
    for found in (v1, v2):
        assert found["space"] == {row["id"]: row["key"] for row in seeded.of("space")}
        assert found["page"] == pages
        assert found["alone"] == {page: pages[page][0] for page in found["alone"]}


def test_labels(seeded: Seeded, v1: Found, v2: Found) -> None:
    expected = {(row["content_id"], row["name"]) for row in seeded.on_pages("label")}
    assert len(expected) > 20
    assert v1["label"] == expected
    assert v2["label"] == expected


def test_comments_with_replies(seeded: Seeded, v1: Found, v2: Found) -> None:
    expected = {row["id"]: row["body_storage"] for row in seeded.on_pages("comment", "container_id")}
    assert len(expected) == 35
    assert v1["comment"] == expected
    assert v2["comment"] == expected


def test_attachments_and_their_bytes(seeded: Seeded, v1: Found) -> None:
    rows = list(seeded.on_pages("attachment", "container_id"))
    assert v1["attachment"] == {row["id"]: row["filename"] for row in rows}
    digests = {key: hashlib.sha256(content).hexdigest() for key, content in v1["file"].items()}
    assert digests == {(row["container_id"], row["filename"]): row["sha256"] for row in rows}
    assert len(digests) == 12


def test_restrictions(seeded: Seeded, v1: Found) -> None:
    expected = {(row["content_id"], row["operation"], row["principal_id"]) for row in seeded.on_pages("restriction")}
    assert len(expected) >= 3
    assert v1["restriction"] == expected


def test_search(seeded: Seeded, v1: Found) -> None:
    assert v1["cql"] == {page: row["title"] for page, row in seeded.pages.items()}


def test_groups_and_members(seeded: Seeded, v1: Found) -> None:
    assert v1["group"] == {row["id"]: row["name"] for row in seeded.of("group")}
    assert v1["member"] == {(row["group_id"], row["account_id"]) for row in seeded.of("group_member")}


def test_users(seeded: Seeded, v1: Found, v2: Found) -> None:
    names = {row["account_id"]: row["display_name"] for row in seeded.of("user")}
    for found in (v1, v2):
        assert len(found["user"]) >= 3
        assert found["user"] == {account: names[account] for account in found["user"]}
    assert v1["history"] == {page: seeded.pages[page]["author_id"] for page in v1["history"]}


def test_what_else_the_second_version_knows(seeded: Seeded, v1: Found, v2: Found) -> None:
    expected = {(row["content_id"], row["key"]): row["value"] for row in seeded.on_pages("property")}
    assert v2["property"] == expected
    assert v1["property"] == set(expected)
    versions = {(page, row["version_number"]) for page, row in seeded.pages.items()}
    versions |= {(row["content_id"], row["version_number"]) for row in seeded.on_pages("version")}
    assert v2["version"] == versions
    parents = {
        (row["parent_id"], row["id"])
        for kind in ("page", "folder")
        for row in seeded.of(kind)
        if row["parent_id"] in seeded.pages and row["status"] == "current"
    }
    assert v2["children"] == parents
    assert v2["task"] == {row["id"]: row["status"] for row in seeded.of("task")}
    assert v2["role"] == {row["id"]: row["name"] for row in seeded.of("role")}
    assert v2["mode"] == "ROLES_TRANSITION"
    assert v2["title"] == next(iter(v2["page"]))
