"""What the client's reading calls send to Cloud is as the OpenAPI documents say, and so are the answers."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import pytest

from tests.api.writing import Live, live
from tests.conformance.documents import needs_openapi
from tests.conformance.recording import Exchange, recording
from tests.conformance.validation import NOT_IN_THE_DOCUMENT, answer_errors, request_errors

pytestmark = needs_openapi


def read_everything(at: Live) -> None:
    """Each reading call, with every filter that it has."""
    client, dump = at.client, at.site.control.dump
    page = next(row for row in dump("label") if row["content_type"] == "page")["content_id"]
    post = next(row["id"] for row in dump("blogpost") if row["status"] == "current")
    file = next(row for row in dump("attachment") if row["status"] == "current" and row["container_type"] == "page")
    custom = next(row for row in dump("custom_content") if row["status"] == "current")
    label = next(row for row in dump("label") if row["content_id"] == page)
    space_id = str(at.spaces[0]["id"])
    everything: Any = ("labels", "properties", "operations", "likes", "versions", "favorite")
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    client.get_current_user()
    client.get_space(space_id)
    client.get_space(key=at.key)
    client.get_page(page, include=everything)
    client.get_page(page, version_number=1, body_format="view")
    client.get_blogpost(post, include=everything)
    client.get_attachment(file["id"], include=("labels", "properties", "operations", "versions"))
    client.get_custom_content(custom["id"])
    client.get_task(next(client.iter_tasks())["id"])
    client.get_operations(page)
    client.get_version(page, 1)
    for rows in (
        client.iter_spaces(ids=[space_id], type="global", status="current", sort="-name"),
        client.iter_spaces(keys=[at.key], labels=["x"], description_format="plain"),
        client.iter_pages(
            space_keys=[at.key], statuses=["current", "trashed"], sort="-created-date", body_format="storage"
        ),
        client.iter_pages(ids=[page], space_ids=[space_id], title="x", subtype="page"),
        client.iter_pages(label=label["name"], space_ids=[space_id], sort="id", body_format="storage"),
        client.iter_blogposts(space_ids=[space_id], label=label["name"]),
        client.iter_blogposts(ids=[post], title="x", statuses=["trashed"]),
        client.iter_footer_comments(page_id=page, sort="created-date", body_format="storage"),
        client.iter_inline_comments(blogpost_id=post),
        client.iter_footer_comments(),
        client.iter_attachments(page_id=page, filename="x", media_type="text/csv", statuses=["current"]),
        client.iter_attachments(label=label["name"], sort="-modified-date"),
        client.iter_attachments(custom_content_id=custom["id"]),
        client.iter_labels(prefix="global", sort="name"),
        client.iter_labels(page_id=page),
        client.iter_labels(attachment_id=file["id"]),
        client.iter_labels(space_id=space_id),
        client.iter_labelled_pages(label["label_id"]),
        client.iter_labelled_blogposts(label["label_id"]),
        client.iter_custom_content(custom["type"], body_format="raw", space_ids=[space_id], ids=[custom["id"]]),
        client.iter_custom_content(custom["type"], page_id=page),
        client.iter_tasks(
            space_ids=[space_id], page_ids=[page], status="incomplete", assigned_to=["a"], due_at_from=moment
        ),
        client.iter_tasks(created_by=["a"], completed_by=["b"], created_at_to=moment, include_blank_tasks=False),
        client.iter_versions(page),
        client.iter_versions(file["id"], holder="attachment"),
        client.iter_properties(custom["id"], holder="custom_content"),
        client.iter_likes(post, holder="blogpost"),
        client.iter_search("type = page", expand="version", limit=50),
    ):
        list(islice(rows, 60))


@pytest.fixture(scope="module")
def exchanges() -> Iterator[list[Exchange]]:
    with live("cloud", "odd") as at, recording(at.site) as found:
        read_everything(at)
        yield found


def test_every_request_is_as_documented(exchanges: list[Exchange]) -> None:
    assert Counter(problem for one in exchanges for problem in request_errors(one)) == {}


def test_every_answer_is_as_documented(exchanges: list[Exchange]) -> None:
    problems = Counter(
        f"{one.route}: {problem}"
        for one in exchanges
        for problem in answer_errors(one.method, one.template, one.status, one.answer)
    )
    assert problems == {}
    assert {one.status for one in exchanges} == {200}


def test_no_route_is_used_that_no_document_knows(exchanges: list[Exchange]) -> None:
    assert {one.route for one in exchanges} & NOT_IN_THE_DOCUMENT == set()
    assert len({one.route for one in exchanges}) >= 30
