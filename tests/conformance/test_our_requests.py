"""Every request that our client sends, and every answer that it gets, is as the OpenAPI documents say."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from confluence_assets.emulator import SeedPlan, SiteConfig
from tests.conformance.documents import needs_openapi
from tests.conformance.recording import Exchange, recording
from tests.conformance.validation import NOT_IN_THE_DOCUMENT, answer_errors, request_errors
from tests.sync.harness import Bench, bench

pytestmark = needs_openapi

PLAN = SeedPlan(
    spaces=3, pages_per_space=25, blogposts_per_space=4, comments=40, attachments=30, properties=20, tasks=20, custom_content=8,
    folders_per_space=2, archived_share=0.1, users=15, groups=4, restricted_share=0.1, odd=True,
)  # fmt: skip


def change_everything(found: Bench) -> None:
    """One of each kind of change, so that the increment has to look everywhere."""
    edit, dump = found.control.edit, found.control.dump()

    def first(kind: str, **like: object) -> str:
        rows = (row for row in dump if row["kind"] == kind and all(row[key] == value for key, value in like.items()))
        return str(next(rows)["id"])

    page, space = first("page", status="current"), first("space", status="current")
    edit("edit_content", id=page, body="<p>New words.</p>")
    edit("relabel", id=page, labels=["fresh"])
    edit("restrict", id=page, users=["admin@example.com"])
    edit("comment", container=page, body="<p>Well.</p>")
    edit("upload", container=page, filename="new.txt", text="new")
    edit("create_page", space=space, title="Later", body="<p>Later.</p>", parent=page)
    edit("create_blogpost", space=space, title="Later post")
    edit("create_space", key="LATER", name="Later")
    edit("create_user", email="later@example.com", name="Later Person")
    edit("trash", id=first("blogpost", status="current"))


@pytest.fixture(scope="module")
def exchanges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Exchange]]:
    """A full sync, an incremental one after all kinds of changes, and one of contents."""
    home: Path = tmp_path_factory.mktemp("home")
    options = {"versions": True, "likes": True, "attachment_files": True}
    with bench(SiteConfig(plan=PLAN), home, **options) as found, recording(found.embedded) as exchanges:
        found.sync("full")
        full = len(exchanges)
        change_everything(found)
        found.sync("incremental")
        incremental = len(exchanges)
        found.sync("content")
        assert 0 < full < incremental < len(exchanges)
        yield exchanges


def test_every_request_is_as_documented(exchanges: list[Exchange]) -> None:
    problems = Counter(problem for one in exchanges for problem in request_errors(one))
    assert problems == {}


def test_every_answer_is_as_documented(exchanges: list[Exchange]) -> None:
    problems = Counter(
        f"{one.route}: {problem}"
        for one in exchanges
        for problem in answer_errors(one.method, one.template, one.status, one.answer)
    )
    assert problems == {}


def test_no_route_is_used_that_no_document_knows(exchanges: list[Exchange]) -> None:
    assert {one.route for one in exchanges} & NOT_IN_THE_DOCUMENT == set()


def test_many_routes_were_used(exchanges: list[Exchange]) -> None:
    """The walk above is no walk in the park: bodies, comments, files, people and permissions were asked for."""
    used = {one.template.removeprefix("/wiki/") for one in exchanges}
    assert used >= {
        "api/v2/spaces", "api/v2/pages", "api/v2/blogposts", "api/v2/footer-comments", "api/v2/inline-comments",
        "api/v2/attachments", "api/v2/tasks", "api/v2/custom-content", "api/v2/users-bulk", "rest/api/content/search",
        "rest/api/group", "rest/api/group/{groupId}/membersByGroupId", "api/v2/spaces/{id}/permissions",
    }  # fmt: skip
