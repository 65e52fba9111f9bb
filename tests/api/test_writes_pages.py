"""Pages written, against the embedded sites: what is made, what conflicts, and what became of writes that nobody answered."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from confluence_assets.api import ConfluenceClient, Connection
from confluence_assets.errors import (
    AccessError,
    ApiError,
    ConflictError,
    DuplicateTitleError,
    NotFoundError,
    ProtocolError,
    SettingsError,
    TransientError,
)
from tests.api.clock import quick_options
from tests.api.server import Answer, ScriptedSite
from tests.api.writing import DEPLOYMENTS, WRITES, Live, connection_of, live, reader_only

BODY = "<p>Hello, <strong>world</strong>.</p>"


@pytest.fixture(scope="module", params=DEPLOYMENTS)
def shared(request: pytest.FixtureRequest) -> Iterator[Live]:
    with live(request.param) as found:
        yield found


@pytest.fixture
def at(shared: Live) -> Live:
    shared.site.control.reset()
    return shared


def test_a_page_is_made_changed_and_read(at: Live) -> None:
    made = at.client.create_page(at.key, "Fresh", BODY)
    assert made["title"] == "Fresh"
    assert made["version"]["number"] == 1
    changed = at.client.update_page(made["id"], body="<p>New.</p>", message="why", expected_version=1)
    assert changed["version"]["number"] == 2
    read = at.client.get_page(made["id"])
    assert read["title"] == "Fresh"
    assert read["body"]["storage"]["value"] == "<p>New.</p>"
    assert read["version"]["message"] == "why"
    renamed = at.client.update_page(made["id"], title="Fresher")
    assert renamed["version"]["number"] == 3
    assert at.client.get_page(made["id"])["body"]["storage"]["value"] == "<p>New.</p>"
    assert at.client.get_page(made["id"], version_number=1)["body"]["storage"]["value"] == BODY


def test_a_page_is_made_below_another_and_moved(at: Live) -> None:
    top = at.client.create_page(at.key, "Top", root_level=True)
    below = at.client.create_page(at.key, "Below", parent_id=top["id"])
    assert at.client.get_page(below["id"])["parentId"] == top["id"]
    assert at.client.get_page(top["id"])["parentId"] is None
    other = at.client.create_page(at.key, "Other", root_level=True)
    at.client.update_page(below["id"], parent_id=other["id"])
    assert at.client.get_page(below["id"])["parentId"] == other["id"]


def test_a_page_goes_to_the_trash_and_for_good(at: Live) -> None:
    page_id = at.client.create_page(at.key, "Going", BODY)["id"]
    at.client.delete_page(page_id)
    assert at.pages_titled("Going")[0]["status"] == "trashed"
    at.client.delete_page(page_id, purge=True)
    assert at.pages_titled("Going") == []
    other_id = at.client.create_page(at.key, "Going at once", BODY)["id"]
    at.client.delete_page(other_id, purge=True)
    assert at.pages_titled("Going at once") == []
    with pytest.raises(NotFoundError):
        at.client.delete_page(other_id)


def test_a_draft_is_made_published_and_thrown_away(at: Live) -> None:
    draft = at.client.create_page(at.key, "Sketch", BODY, status="draft")
    assert draft["status"] == "draft"
    assert [page["id"] for page in at.client.iter_pages(title="Sketch")] == []
    assert at.client.get_page(draft["id"], draft=True)["title"] == "Sketch"
    published = at.client.update_page(draft["id"], status="current", body="<p>Ready.</p>")
    assert published["status"] == "current"
    assert at.client.get_page(draft["id"])["body"]["storage"]["value"] == "<p>Ready.</p>"
    other = at.client.create_page(at.key, "Nothing", BODY, status="draft")
    at.client.delete_page(other["id"], draft=True)
    with pytest.raises(NotFoundError):
        at.client.get_page(other["id"], draft=True)


def test_a_draft_that_is_changed_stays_a_draft(at: Live) -> None:
    draft = at.client.create_page(at.key, "Sketch", BODY, status="draft")
    changed = at.client.update_page(draft["id"], title="Sketched")
    assert (changed["status"], changed["title"]) == ("draft", "Sketched")
    assert [(row["status"], row["title"]) for row in at.site.control.dump("page") if row["id"] == draft["id"]] == [
        ("draft", "Sketched")
    ]


@pytest.mark.parametrize(("status", "words"), [("trashed", "in the trash"), ("archived", "archived")])
def test_a_page_that_was_put_away_stays_there(at: Live, status: str, words: str) -> None:
    page_id = at.client.create_page(at.key, "Away", BODY)["id"]
    at.site.control.edit("trash" if status == "trashed" else "archive", id=page_id)
    at.site.control.reset_stats()
    with pytest.raises(SettingsError, match=words) as caught:
        at.client.update_page(page_id, title="Back")
    assert caught.value.setting == "status"
    assert at.counted("update") == 0
    assert at.pages_titled("Away")[0]["status"] == status
    if status == "trashed":
        at.client.update_page(page_id, status="current")
        assert at.pages_titled("Away")[0]["status"] == "current"


def test_a_body_that_was_not_told_is_not_emptied() -> None:
    page = {"id": "7", "status": "current", "title": "Old", "version": {"number": 3}, "body": {}}
    with ScriptedSite(lambda _asked: Answer(payload=page)) as site:
        connection = Connection(site.url, "me@x", "t", deployment="cloud", allow_writes=True)
        with ConfluenceClient(connection, options=quick_options()) as client:
            with pytest.raises(ProtocolError, match="without its body"):
                client.update_page("7", title="New")
            assert [asked.method for asked in site.asked] == ["GET"]
            client.update_page("7", title="New", body="<p>Given.</p>")
            assert site.asked[-1].method == "PUT"


@pytest.mark.parametrize("kind", ["reset", "error"])
def test_a_draft_is_published_once(at: Live, kind: str) -> None:
    draft = at.client.create_page(at.key, "Sketch", BODY, status="draft")
    at.fault(kind, "update", times=1, **({"status": 502, "applied": True} if kind == "error" else {}))
    published = at.client.update_page(draft["id"], status="current", title="Ready")
    assert (published["status"], published["title"], published["version"]["number"]) == ("current", "Ready", 1)
    assert at.counted("update") == 1
    other = at.client.create_page(at.key, "Sketch", BODY, status="draft")
    with pytest.raises(DuplicateTitleError):
        at.client.update_page(other["id"], status="current", title="Ready")


def test_a_duplicate_title_is_told_before_anything_is_sent(at: Live) -> None:
    first = at.client.create_page(at.key, "Same", BODY)
    at.site.control.reset_stats()
    with pytest.raises(DuplicateTitleError) as caught:
        at.client.create_page(at.key, "Same", BODY)
    assert (caught.value.title, caught.value.content_id, caught.value.space_key) == ("Same", first["id"], at.key)
    assert at.counted("create") == 0
    other = at.client.create_page(at.key, "Different", BODY)
    with pytest.raises(DuplicateTitleError, match="'Same'"):
        at.client.update_page(other["id"], title="Same")


def test_a_duplicate_title_that_only_the_site_sees_is_told_as_such(at: Live) -> None:
    """A page that is hidden from the writer."""
    at.site.control.edit("create_user", email="writer@example.com", name="Writer")
    hidden = at.client.create_page(at.key, "Hidden", BODY)
    at.site.control.edit("restrict", id=hidden["id"], users=["admin@example.com"])
    connection = connection_of(at.site, at.deployment, "writer@example.com", allow_writes=True)
    with (
        ConfluenceClient(connection, options=quick_options()) as client,
        pytest.raises(DuplicateTitleError) as caught,
    ):
        client.create_page(at.key, "Hidden", BODY)
    assert caught.value.content_id is None
    assert caught.value.status == 400


def test_an_update_that_meets_a_newer_version_names_both(at: Live) -> None:
    page_id = at.client.create_page(at.key, "Contested", BODY)["id"]
    at.client.update_page(page_id, body="<p>Theirs.</p>")
    at.site.control.reset_stats()
    with pytest.raises(ConflictError) as caught:
        at.client.update_page(page_id, body="<p>Mine.</p>", expected_version=1)
    assert (caught.value.expected_version, caught.value.current_version) == (1, 2)
    assert "version 2, not at 1" in str(caught.value)
    assert at.counted("update") == 0
    assert at.client.get_page(page_id)["body"]["storage"]["value"] == "<p>Theirs.</p>"
    forced = at.client.update_page(page_id, body="<p>Mine.</p>", expected_version=1, overwrite=True)
    assert forced["version"]["number"] == 3


def test_a_conflict_that_only_the_site_sees_names_both_and_is_overwritten_when_asked(at: Live) -> None:
    """Somebody writes between our reading and our writing."""
    page_id = at.client.create_page(at.key, "Raced", BODY)["id"]
    theirs = {"op": "edit_content", "id": page_id, "body": "<p>Theirs.</p>"}
    at.fault("edit", "update", edits=theirs, times=1)
    with pytest.raises(ConflictError) as caught:
        at.client.update_page(page_id, body="<p>Mine.</p>", expected_version=1)
    assert (caught.value.expected_version, caught.value.current_version, caught.value.status) == (1, 2, 409)
    at.site.control.clear_faults()
    at.fault("edit", "update", edits=theirs, times=1)
    at.site.control.reset_stats()
    done = at.client.update_page(page_id, body="<p>Mine.</p>", overwrite=True)
    assert done["version"]["number"] == 4
    assert at.counted("update") == 2


LOST = [
    ("reset", {}),
    ("error", {"status": 502, "applied": True}),
    ("cut", {"keep_bytes": 3}),
    ("stall", {"seconds": 9.0}),
]
"""What loses the answer of a write that was made."""
lost = pytest.mark.parametrize(("kind", "fields"), LOST, ids=[kind for kind, _ in LOST])


@contextmanager
def hasty(at: Live) -> Iterator[ConfluenceClient]:
    """A client that does not wait for a silent site."""
    options = replace(quick_options(), read_timeout_seconds=0.3)
    connection = connection_of(at.site, at.deployment, allow_writes=True)
    with ConfluenceClient(connection, options=options) as client:
        yield client


@lost
def test_a_page_whose_answer_is_lost_is_made_once(at: Live, kind: str, fields: dict[str, Any]) -> None:
    at.fault(kind, "create", times=1, **fields)
    with hasty(at) as client:
        made = client.create_page(at.key, "Once", BODY)
    assert [row["id"] for row in at.pages_titled("Once")] == [made["id"]]
    assert at.counted("create") == 1


@lost
def test_a_change_whose_answer_is_lost_is_made_once(at: Live, kind: str, fields: dict[str, Any]) -> None:
    page_id = at.client.create_page(at.key, "Once", BODY)["id"]
    at.fault(kind, "update", times=1, **fields)
    with hasty(at) as client:
        changed = client.update_page(page_id, body="<p>New.</p>", message="why")
    assert changed["version"]["number"] == 2
    assert at.pages_titled("Once")[0]["version_number"] == 2
    assert at.counted("update") == 1


@pytest.mark.parametrize(("kind", "fields"), [one for one in LOST if one[0] != "cut"], ids=["reset", "error", "stall"])
def test_a_deletion_whose_answer_is_lost_is_made_once(at: Live, kind: str, fields: dict[str, Any]) -> None:
    page_id = at.client.create_page(at.key, "Once", BODY)["id"]
    at.fault(kind, "delete", times=1, **fields)
    with hasty(at) as client:
        client.delete_page(page_id)
    assert at.pages_titled("Once")[0]["status"] == "trashed"
    assert at.counted("delete") == 1


@pytest.mark.parametrize("write", ["create", "update", "delete"])
def test_a_write_that_was_not_made_is_made_again(at: Live, write: str) -> None:
    page_id = at.client.create_page(at.key, "Known", BODY)["id"]
    at.site.control.reset_stats()
    at.fault("error", write, status=503, times=2)
    if write == "create":
        assert at.client.create_page(at.key, "Again", BODY)["version"]["number"] == 1
    elif write == "update":
        assert at.client.update_page(page_id, body="<p>New.</p>")["version"]["number"] == 2
    else:
        at.client.delete_page(page_id)
    assert at.counted(write) == 3


def test_attempts_end_and_say_that_nothing_was_done(at: Live) -> None:
    at.fault("error", "create", status=503)
    with pytest.raises(TransientError) as caught:
        at.client.create_page(at.key, "Never", BODY)
    assert caught.value.attempts == 5
    assert "not done" in caught.value.hint
    assert at.pages_titled("Never") == []


def test_where_the_look_up_fails_the_outcome_is_said_to_be_unknown(at: Live) -> None:
    """The page was made, its answer was lost, and then the site went away: nobody may write again blindly."""
    reading = {"cloud": "GET /wiki/api/v2/pages", "datacenter": "GET /rest/api/content"}[at.deployment]
    at.fault("reset", "create", times=1)
    at.site.control.fault("error", route=reading, status=503, after=1 if at.deployment == "cloud" else 2)
    with pytest.raises(TransientError) as caught:
        at.client.create_page(at.key, "Unsure was not", BODY)
    assert "not known" in caught.value.hint
    assert str(caught.value).startswith(f"It is not known whether the page 'Unsure was not' was created in {at.key}: ")
    assert caught.value.is_outcome_unknown
    assert at.counted("create") == 1
    assert len(at.pages_titled("Unsure was not")) == 1


def test_a_look_up_that_fails_in_any_way_leaves_the_outcome_unknown(at: Live) -> None:
    """Not only by being away: what answers the look-up does not understand it."""
    page_id = at.client.create_page(at.key, "Known", BODY)["id"]
    reading = {"cloud": "GET /wiki/api/v2/pages/{id}", "datacenter": "GET /rest/api/content/{id}"}[at.deployment]
    at.fault("reset", "update", times=1)
    at.site.control.fault("error", route=reading, status=400, after=1)
    with pytest.raises(TransientError, match=f"^It is not known whether page {page_id} was changed") as caught:
        at.client.update_page(page_id, title="Unsure")
    assert caught.value.is_outcome_unknown
    assert at.counted("update") == 1


def test_a_late_first_attempt_is_found_by_the_second(at: Live) -> None:
    """A proxy gives up while the site still works on the first attempt, which lands after we looked."""
    page_id = at.client.create_page(at.key, "Late", BODY)["id"]
    by_us = {"op": "edit_content", "id": page_id, "body": "<p>New.</p>", "message": "why"}
    at.fault("error", "update", status=504, times=1)
    at.fault("edit", "update", edits=by_us, nth=2)
    changed = at.client.update_page(page_id, body="<p>New.</p>", message="why")
    assert changed["version"]["number"] == 2
    assert at.pages_titled("Late")[0]["version_number"] == 2


def test_a_late_first_page_is_found_by_the_second_attempt(at: Live) -> None:
    by_us = {"op": "create_page", "space": at.key, "title": "Late", "body": BODY}
    at.fault("error", "create", status=504, times=1)
    at.fault("edit", "create", edits=by_us, nth=2)
    made = at.client.create_page(at.key, "Late", BODY)
    assert [row["id"] for row in at.pages_titled("Late")] == [made["id"]]


def test_a_lost_change_over_which_somebody_else_wrote_is_a_conflict(at: Live) -> None:
    page_id = at.client.create_page(at.key, "Lost", BODY)["id"]
    at.site.control.edit("create_user", email="else@example.com", name="Else")
    theirs = {"op": "edit_content", "id": page_id, "body": "<p>Theirs.</p>", "by": "else@example.com"}
    at.fault("edit", "update", edits=theirs, times=1)
    at.fault("error", "update", status=504, times=1)
    with pytest.raises(ConflictError) as caught:
        at.client.update_page(page_id, body="<p>Mine.</p>")
    assert (caught.value.expected_version, caught.value.current_version) == (1, 2)
    assert at.client.get_page(page_id)["body"]["storage"]["value"] == "<p>Theirs.</p>"


def test_a_page_of_somebody_else_is_not_taken_for_the_one_that_was_lost(at: Live) -> None:
    at.site.control.edit("create_user", email="else@example.com", name="Else")
    theirs = {"op": "create_page", "space": at.key, "title": "Mine?", "body": BODY, "by": "else@example.com"}
    at.fault("edit", "create", edits=theirs, times=1)
    at.fault("error", "create", status=504, times=1)
    with pytest.raises(DuplicateTitleError):
        at.client.create_page(at.key, "Mine?", BODY)
    assert len(at.pages_titled("Mine?")) == 1


def test_a_draft_whose_answer_is_lost_is_made_once(at: Live) -> None:
    """A Data Center lists drafts; on Cloud neither lists nor search have them."""
    at.client.create_page(at.key, "Sketch", BODY, status="draft")
    at.fault("reset", "create", times=1)
    if at.deployment == "cloud":
        with pytest.raises(ProtocolError, match="It is not known whether the page 'Sketch' was created"):
            at.client.create_page(at.key, "Sketch", BODY, status="draft")
    else:
        made = at.client.create_page(at.key, "Sketch", BODY, status="draft")
        assert made["id"] == max((row["id"] for row in at.pages_titled("Sketch")), key=int)
    assert len(at.pages_titled("Sketch")) == 2


def test_a_draft_that_may_still_arrive_is_not_sent_twice(at: Live) -> None:
    at.client.create_page(at.key, "Sketch", BODY, status="draft")
    before = at.counted("create")
    at.fault("error", "create", status=504, times=1)
    with pytest.raises(ApiError, match="It is not known whether the page 'Sketch' was created") as caught:
        at.client.create_page(at.key, "Sketch", BODY, status="draft")
    assert caught.value.is_outcome_unknown
    assert at.counted("create") == before + 1


def test_a_write_that_was_throttled_was_not_done(at: Live) -> None:
    """Nothing has to be looked up: a site that limits us has done nothing."""
    at.site.control.fault("throttle", route=WRITES["create"][at.deployment], retry_after=7, times=2)
    made = at.client.create_page(at.key, "Sketch", BODY, status="draft")
    assert [row["id"] for row in at.pages_titled("Sketch")] == [made["id"]]
    assert sum(at.time.sleeps) >= 14
    assert at.counted("create") == 3


# refusals


def test_a_body_that_is_too_large_is_told(at: Live) -> None:
    at.site.control.configure(write_limit_bytes=1000)
    with pytest.raises(ProtocolError) as caught:
        at.client.create_page(at.key, "Large", "<p>" + "x" * 2000 + "</p>")
    assert caught.value.status == 413
    assert "larger than the site takes" in str(caught.value)


def test_broken_markup_is_told_with_the_words_of_the_site(at: Live) -> None:
    with pytest.raises(ProtocolError, match="Error parsing xhtml"):
        at.client.create_page(at.key, "Broken", "<p><b>x</p>")


@pytest.mark.parametrize("status", [403, 404])
def test_a_right_that_is_missing_is_told(at: Live, status: int) -> None:
    reader_only(at, "SHUT")
    at.site.control.configure(write_denied_status=status)
    connection = connection_of(at.site, at.deployment, "reader@example.com", allow_writes=True)
    with ConfluenceClient(connection, options=quick_options()) as client, pytest.raises(ApiError) as caught:
        client.create_page("SHUT", "Mine", BODY)
    is_forbidden = status == 403 or at.deployment == "datacenter"
    assert isinstance(caught.value, AccessError if is_forbidden else NotFoundError)
    assert "permission to write there" in str(caught.value)
    assert at.pages_titled("Mine") == []


@pytest.mark.parametrize("status", [403, 400, 404])
def test_an_archived_space_is_told_whatever_the_site_answers(status: int) -> None:
    with live("cloud") as at:
        at.site.control.configure(archived_space_write_status=status)
        page_id = at.client.create_page(at.key, "Before", BODY)["id"]
        file_id = at.client.upload_attachment(page_id, "before.txt", b"x")["id"]
        at.client.create_property(page_id, "before", 1)
        at.site.control.edit("archive_space", space=at.key)
        for write in (
            lambda: at.client.create_page(at.key, "After", BODY),
            lambda: at.client.update_page(page_id, body="<p>After.</p>"),
            lambda: at.client.delete_page(page_id),
            lambda: at.client.upload_attachment(page_id, "after.txt", b"x"),
            lambda: at.client.upload_attachment_version(file_id, b"x"),
            lambda: at.client.delete_attachment(file_id),
            lambda: at.client.create_property(page_id, "after", 1),
            lambda: at.client.update_property(page_id, "before", 2),
            lambda: at.client.delete_property(page_id, "before"),
        ):
            with pytest.raises(AccessError, match=f"space {at.key} is archived"):
                write()


def test_a_server_in_read_only_mode_is_told() -> None:
    with live("datacenter") as at:
        at.site.control.configure(read_only=True)
        with pytest.raises(AccessError, match="read-only mode"):
            at.client.create_page(at.key, "Now", BODY)


def test_a_page_may_be_of_any_words(at: Live) -> None:
    title = 'Ünïcödé & "quotes" <b> 100% / ? # 日本語'
    body = "<p>Grüße &amp; &nbsp;日本語 😀</p>"
    made = at.client.create_page(at.key, title, body)
    read = at.client.get_page(made["id"])
    assert (read["title"], read["body"]["storage"]["value"]) == (title, body)
    with pytest.raises(DuplicateTitleError):
        at.client.create_page(at.key, title, body)
