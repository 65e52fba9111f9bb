"""Macros, descendants, space labels, exports of the audit log, ancestors of comments, and the way back in a search."""

import csv
import io
import itertools
import zipfile
from typing import Any

import pytest

from tests.emulator.asker import Asker, user

MACRO = (
    '<p>Before.</p><ac:structured-macro ac:name="panel" ac:macro-id="outer"><ac:parameter ac:name="title">A &amp; B'
    '</ac:parameter><ac:rich-text-body><p>In <ac:structured-macro ac:name="code" ac:macro-id="inner"><ac:parameter '
    'ac:name="language">py</ac:parameter><ac:plain-text-body><![CDATA[print(1 < 2)]]></ac:plain-text-body>'
    '</ac:structured-macro></p></ac:rich-text-body></ac:structured-macro><ac:structured-macro ac:name="toc" '
    'ac:macro-id="toc" />'
)


@pytest.fixture
def page(small: Asker) -> str:
    return str(small.site.control.edit("create_page", space="SP001", title="With macros", body=MACRO)["id"])


@pytest.mark.parametrize(
    ("macro", "name", "body", "parameters"),
    [
        ("inner", "code", "print(1 < 2)", {"language": {"value": "py"}}),
        ("toc", "toc", "", {}),
    ],
)
def test_macros(small: Asker, page: str, macro: str, name: str, body: str, parameters: dict[str, Any]) -> None:
    for version in (0, 1):
        found = small.v1(f"/content/{page}/history/{version}/macro/id/{macro}")
        assert (found["name"], found["body"], found["parameters"]) == (name, body, parameters)


def test_a_macro_around_a_macro(small: Asker, page: str) -> None:
    found = small.v1(f"/content/{page}/history/1/macro/id/outer")
    assert (found["name"], found["parameters"]) == ("panel", {"title": {"value": "A & B"}})
    assert found["body"].startswith("<p>In <ac:structured-macro")
    assert found["body"].endswith("</ac:structured-macro></p>")
    as_view = small.v1(f"/content/{page}/history/1/macro/id/outer/convert/view")
    assert as_view["representation"] == "view"
    assert "ac:rich-text-body" not in as_view["value"]


@pytest.mark.parametrize(
    ("path", "status"),
    [("2/macro/id/inner", 404), ("1/macro/id/none", 404), ("1/macro/id/inner/convert/raw", 400)],
)
def test_macros_that_are_not_there(small: Asker, page: str, path: str, status: int) -> None:
    assert small.status(f"/wiki/rest/api/content/{page}/history/{path}") == status


def test_older_versions_have_the_macros_of_their_day(small: Asker, page: str) -> None:
    small.site.control.edit("edit_content", id=page, body="<p>No more.</p>")
    assert small.status(f"/wiki/rest/api/content/{page}/history/0/macro/id/inner") == 404
    assert small.v1(f"/content/{page}/history/1/macro/id/inner")["body"] == "print(1 < 2)"


def test_descendants_by_type(small: Asker, page: str) -> None:
    control = small.site.control
    child = control.edit("create_page", space="SP001", title="Below", parent=page)["id"]
    control.edit("comment", container=page, body="<p>Hm.</p>")
    found = small.v1(f"/content/{page}/descendant?expand=page,comment")
    assert [row["id"] for row in found["page"]["results"]] == [child]
    assert (found["comment"]["size"], found["page"]["size"]) == (1, 1)
    assert found["_expandable"] == {"attachment": f"/rest/api/content/{page}/descendant/attachment"}


def test_labels_of_a_space(small: Asker) -> None:
    small.site.control.edit("label_space", space="SP001", labels=["team-a", "b"])
    assert [row["name"] for row in small.v1("/space/SP001/label")["results"]] == ["team-a", "b"]
    assert small.v1("/space/SP001/label?prefix=my")["results"] == []
    assert small.status("/wiki/rest/api/space/NOPE/label") == 404


def test_the_audit_log_as_a_file(small: Asker) -> None:
    total = small.v1("/audit")["size"]
    reply = small.raw("/wiki/rest/api/audit/export")
    assert reply.headers["Content-Type"] == "text/csv"
    lines = list(csv.DictReader(io.StringIO(reply.text)))
    assert len(lines) == total > 0
    assert set(lines[0]) >= {"Date", "Author", "Summary"}
    packed = small.raw("/wiki/rest/api/audit/export?format=zip").content
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.read("audit.csv").decode() == reply.text
    assert small.status("/wiki/rest/api/audit/export", user("user1")) == 403


# ancestors


def test_ancestors_of_a_reply_are_comments_by_switch(small: Asker, page: str) -> None:
    control = small.site.control
    root = control.edit("comment", container=page, body="<p>1</p>")["id"]
    second = control.edit("reply", comment=root, body="<p>2</p>")["id"]
    third = control.edit("reply", comment=second, body="<p>3</p>")["id"]

    def above(comment: str) -> list[str]:
        (row,) = small.cql(f"id = {comment}", expand="ancestors")
        return [one["id"] for one in row["ancestors"]]

    assert [above(comment) for comment in (root, second, third)] == [[], [root], [root, second]]
    control.configure(comment_ancestors="none")
    assert above(third) == []


def test_an_unreadable_ancestor_fails_the_batch_by_switch(small: Asker, page: str) -> None:
    """Whoever may not see the parent does not see the child either, so only somebody's draft or trash is in the way."""
    control, site = small.site.control, small.site.site
    child = control.edit("create_page", space="SP001", title="Below", parent=page)["id"]
    site.store.contents[int(page)].status = "trashed"
    expand = "ancestors.restrictions.read.restrictions.user"
    path = "/wiki/rest/api/content/search"
    asked = {"cql": "type = page", "expand": expand, "limit": 100}
    reply = small.raw(path, params=asked)
    assert (reply.status_code, reply.json()["message"].rpartition(": ")[2]) == (404, f"No content with id {page}")
    assert small.raw(path, params={**asked, "expand": "ancestors"}).status_code == 200
    control.configure(unreadable_ancestors="left_out")
    rows = small.raw(path, params=asked).json()["results"]
    assert next(row["ancestors"] for row in rows if row["id"] == child) == []


# the way back


@pytest.mark.parametrize("kind", ["keyset", "offset"])
@pytest.mark.parametrize("cql", ["type = page", "type = page order by lastmodified desc"])
def test_a_search_links_the_page_before(small: Asker, kind: str, cql: str) -> None:
    small.site.control.configure(cursor_kind=kind)
    reply = small.raw("/wiki/rest/api/content/search", params={"cql": cql, "limit": 7}).json()
    pages, link = [reply], reply["_links"].get("next")
    assert "prev" not in reply["_links"]
    while link:
        pages.append(small.v1(link.removeprefix("/rest/api")))
        link = pages[-1]["_links"].get("next")
    assert len(pages) > 4
    for earlier, later in itertools.pairwise(pages):
        path = later["_links"]["prev"]
        assert "prev=true" in path
        assert "next=true" not in path
        again = small.v1(path.removeprefix("/rest/api"))
        assert [row["id"] for row in again["results"]] == [row["id"] for row in earlier["results"]]
    small.site.control.configure(cql_links_prev=False)
    last = small.v1(pages[-2]["_links"]["next"].removeprefix("/rest/api"))
    assert "prev" not in last["_links"]
