"""Files and properties written, against the embedded sites."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from confluence_assets.api import ConfluenceClient
from confluence_assets.errors import (
    AccessError,
    ApiError,
    ConflictError,
    NotFoundError,
    ProtocolError,
    SettingsError,
    TransientError,
)
from tests.api.clock import quick_options
from tests.api.test_writes_pages import BODY, hasty, lost
from tests.api.writing import DEPLOYMENTS, Live, connection_of, live, reader_only


@pytest.fixture(scope="module", params=DEPLOYMENTS)
def shared(request: pytest.FixtureRequest) -> Iterator[Live]:
    with live(request.param) as found:
        yield found


@pytest.fixture
def at(shared: Live) -> Live:
    shared.site.control.reset()
    return shared


@pytest.fixture
def page_id(at: Live) -> str:
    return at.client.create_page(at.key, "Holder", BODY)["id"]


def files_of(at: Live) -> list[tuple[str, str, int]]:
    """Name, status and version of all files that a test made."""
    return [
        (row["filename"], row["status"], row["version_number"])
        for row in at.site.control.dump("attachment")
        if row["filename"].startswith("new")
    ]


def content_of(at: Live, page_id: str, attachment_id: str) -> bytes:
    with at.client.download_attachment(page_id, attachment_id) as chunks:
        return b"".join(chunks)


# files


def test_a_file_is_uploaded_replaced_and_read(at: Live, page_id: str, tmp_path: Path) -> None:
    made = at.client.upload_attachment(page_id, "new.txt", b"one", comment="first")
    assert (made["title"], made["fileSize"], made["version"]["number"]) == ("new.txt", 3, 1)
    assert made["pageId"] == page_id
    assert content_of(at, page_id, made["id"]) == b"one"
    path = tmp_path / "other.txt"
    path.write_bytes(b"second")
    newer = at.client.upload_attachment(page_id, "new.txt", path, replace=True)
    assert (newer["id"], newer["version"]["number"]) == (made["id"], 2)
    newest = at.client.upload_attachment_version(made["id"], b"third!!", comment="why")
    assert newest["version"]["number"] == 3
    read = at.client.get_attachment(made["id"])
    assert (read["fileSize"], read["version"]["number"]) == (7, 3)
    assert content_of(at, page_id, made["id"]) == b"third!!"
    assert [row["id"] for row in at.client.iter_attachments(page_id=page_id, filename="new.txt")] == [made["id"]]


def test_names_and_bytes_of_any_kind_arrive(at: Live, page_id: str) -> None:
    name, content = 'new "größe" 日本.png', bytes(range(256)) * 40 + b"\r\n--\r\n"
    made = at.client.upload_attachment(page_id, name, content)
    assert (made["title"], made["mediaType"]) == (name, "image/png")
    assert content_of(at, page_id, made["id"]) == content


@pytest.mark.parametrize("media_type", ["text/plain\r\nX-Evil: 1", "text", "text/plain\n\nbody"])
def test_a_media_type_can_not_smuggle_headers(at: Live, page_id: str, media_type: str) -> None:
    with pytest.raises(SettingsError, match="no media type"):
        at.client.upload_attachment(page_id, "new.txt", b"one", media_type=media_type)
    assert files_of(at) == []


def test_a_name_that_is_taken_is_told_before_anything_is_sent(at: Live, page_id: str) -> None:
    made = at.client.upload_attachment(page_id, "new.txt", b"one")
    at.site.control.reset_stats()
    with pytest.raises(ConflictError, match=r"new\.txt.*already") as caught:
        at.client.upload_attachment(page_id, "new.txt", b"two")
    assert made["id"] in str(caught.value)
    assert at.site.control.stats()["writes"] == 0


def test_a_file_goes_to_the_trash_and_for_good(at: Live, page_id: str) -> None:
    first = at.client.upload_attachment(page_id, "new.txt", b"one")["id"]
    at.client.delete_attachment(first)
    assert files_of(at) == [("new.txt", "trashed", 1)]
    at.client.delete_attachment(first, purge=True)
    assert files_of(at) == []
    second = at.client.upload_attachment(page_id, "new.txt", b"one")["id"]
    at.client.delete_attachment(second, purge=True)
    assert files_of(at) == []
    with pytest.raises(NotFoundError):
        at.client.delete_attachment(second)


@lost
def test_a_file_whose_answer_is_lost_is_there_once(at: Live, page_id: str, kind: str, fields: dict[str, Any]) -> None:
    at.fault(kind, "upload", times=1, **fields)
    with hasty(at) as client:
        made = client.upload_attachment(page_id, "new.txt", b"one")
    assert files_of(at) == [("new.txt", "current", 1)]
    assert made["fileSize"] == 3
    assert at.counted("upload") == 1


@lost
def test_a_version_whose_answer_is_lost_is_there_once(
    at: Live, page_id: str, kind: str, fields: dict[str, Any]
) -> None:
    made = at.client.upload_attachment(page_id, "new.txt", b"one")
    at.fault(kind, "upload_data", times=1, **fields)
    with hasty(at) as client:
        newer = client.upload_attachment_version(made["id"], b"other")
    assert newer["version"]["number"] == 2
    assert files_of(at) == [("new.txt", "current", 2)]
    assert at.counted("upload_data") == 1


def test_a_version_that_may_still_arrive_is_not_sent_twice(at: Live, page_id: str) -> None:
    """No answer, and the old version shows: a second upload would make two versions where the first one arrives late."""
    made = at.client.upload_attachment(page_id, "new.txt", b"one")
    at.fault("error", "upload_data", status=503, times=1)  # nothing is stored,
    at.fault("reset", "upload_data", times=1)  # and no answer comes
    with hasty(at) as client, pytest.raises(TransientError, match="not known whether a new version of") as caught:
        client.upload_attachment_version(made["id"], b"other")
    assert caught.value.is_outcome_unknown
    assert "may still arrive" in caught.value.hint
    assert at.counted("upload_data") == 1


@pytest.mark.parametrize("status", [502, 504])
def test_a_version_after_which_a_gateway_gave_up_is_not_sent_twice(at: Live, page_id: str, status: int) -> None:
    """The gateway waits no longer, and the site behind it may still store what it was sent."""
    made = at.client.upload_attachment(page_id, "new.txt", b"one")
    at.fault("error", "upload_data", status=status, times=1)
    with pytest.raises(TransientError, match="not known whether a new version of") as caught:
        at.client.upload_attachment_version(made["id"], b"other")
    assert caught.value.is_outcome_unknown
    assert at.counted("upload_data") == 1


def test_a_version_that_arrives_late_is_waited_for(at: Live, page_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = at.client.upload_attachment(page_id, "new.txt", b"one")
    at.fault("error", "upload_data", status=504, times=1)
    transport, pauses = at.client.transport, []
    pause = transport.pause

    def store_meanwhile(failures: int, policy: Any = None) -> None:
        pauses.append(failures)
        if len(pauses) == 3:
            with hasty(at) as another:
                another.upload_attachment_version(made["id"], b"other")
        pause(failures, policy)

    monkeypatch.setattr(transport, "pause", store_meanwhile)
    assert at.client.upload_attachment_version(made["id"], b"other")["version"]["number"] == 2
    assert files_of(at) == [("new.txt", "current", 2)]
    assert len(pauses) == 3


def test_a_version_that_was_refused_is_sent_again(at: Live, page_id: str) -> None:
    made = at.client.upload_attachment(page_id, "new.txt", b"one")
    at.fault("error", "upload_data", status=503, times=2)
    assert at.client.upload_attachment_version(made["id"], b"other")["version"]["number"] == 2
    assert at.counted("upload_data") == 3


def test_a_file_that_did_not_arrive_is_sent_again(at: Live, page_id: str) -> None:
    at.fault("error", "upload", status=503, times=2)
    assert at.client.upload_attachment(page_id, "new.txt", b"one")["version"]["number"] == 1
    assert at.counted("upload") == 3


def test_a_file_of_somebody_else_is_not_taken_for_the_one_that_was_lost(at: Live, page_id: str) -> None:
    theirs = {"op": "upload", "container": page_id, "filename": "new.txt", "text": "something else"}
    at.fault("edit", "upload", edits=theirs, times=1)
    at.fault("error", "upload", status=504, times=1)
    with pytest.raises(ConflictError, match="somebody else uploaded"):
        at.client.upload_attachment(page_id, "new.txt", b"one")
    assert files_of(at) == [("new.txt", "current", 1)]


def test_a_file_that_is_too_large_is_told(at: Live, page_id: str) -> None:
    at.site.control.configure(attachment_limit_bytes=1000)
    with pytest.raises(ProtocolError, match="larger than the site takes") as caught:
        at.client.upload_attachment(page_id, "new.txt", b"x" * 2000)
    assert caught.value.status == 413
    assert files_of(at) == []


def test_a_right_to_upload_that_is_missing_is_told(at: Live) -> None:
    home = at.site.control.edit("create_space", key="OPEN", name="Open")["homepage_id"]
    reader_only(at, "SHUT")
    at.site.control.edit("restrict", id=home, operation="update", users=["admin@example.com"])
    shut = next(row for row in at.site.control.dump("page") if row["title"] == "Shut Home")
    connection = connection_of(at.site, at.deployment, "reader@example.com", allow_writes=True)
    with ConfluenceClient(connection, options=quick_options()) as client, pytest.raises(AccessError) as caught:
        client.upload_attachment(shut["id"], "new.txt", b"one")
    assert "permission to write there" in str(caught.value)


# properties


def holders(at: Live, page_id: str) -> dict[str, str]:
    """One of each kind that carries properties."""
    post = at.site.control.edit("create_blogpost", space=at.key, title="Post")["id"]
    found = {"page": page_id, "blogpost": post}
    found["attachment"] = at.client.upload_attachment(page_id, "new.txt", b"one")["id"]
    for row in at.site.control.dump("custom_content"):
        found["custom_content"] = row["id"]
    return found


@pytest.fixture(scope="module", params=DEPLOYMENTS)
def odd(request: pytest.FixtureRequest) -> Iterator[Live]:
    """A site with custom content."""
    with live(request.param, "odd") as found:
        yield found


def test_properties_of_every_kind_are_made_changed_listed_and_deleted(odd: Live) -> None:
    page_id = odd.client.create_page(odd.key, "Holder", BODY)["id"]
    kinds = holders(odd, page_id)
    assert set(kinds) == {"page", "blogpost", "attachment", "custom_content"}
    for holder, content_id in kinds.items():
        value = {"hash": "abc", "n": [1, None, "ü"]}
        made = odd.client.create_property(content_id, "our.state", value, holder=holder)  # type: ignore[arg-type]
        assert (made["key"], made["value"], made["version"]["number"]) == ("our.state", value, 1)
        changed = odd.client.update_property(content_id, "our.state", "new", holder=holder)  # type: ignore[arg-type]
        assert changed["version"]["number"] == 2
        listed = list(odd.client.iter_properties(content_id, holder=holder))  # type: ignore[arg-type]
        assert [one["value"] for one in listed if one["key"] == "our.state"] == ["new"]
        odd.client.delete_property(content_id, "our.state", holder=holder)  # type: ignore[arg-type]
        with pytest.raises(NotFoundError, match="no property"):
            odd.client.get_property(content_id, "our.state", holder=holder)  # type: ignore[arg-type]


def test_a_key_that_is_taken_and_a_version_that_is_old_are_told(at: Live, page_id: str) -> None:
    at.client.create_property(page_id, "k", 1)
    with pytest.raises(ConflictError, match="already, at version 1"):
        at.client.create_property(page_id, "k", 2)
    at.client.update_property(page_id, "k", 2, expected_version=1)
    with pytest.raises(ConflictError) as caught:
        at.client.update_property(page_id, "k", 3, expected_version=1)
    assert (caught.value.expected_version, caught.value.current_version) == (1, 2)
    forced = at.client.update_property(page_id, "k", 3, expected_version=1, overwrite=True)
    assert (forced["value"], forced["version"]["number"]) == (3, 3)
    with pytest.raises(NotFoundError):
        at.client.update_property(page_id, "none", 1)


def test_a_property_that_somebody_changes_meanwhile_names_both_versions(at: Live, page_id: str) -> None:
    at.client.create_property(page_id, "k", 1)
    theirs = {"op": "set_property", "id": page_id, "key": "k", "value": "theirs"}
    at.fault("edit", "update_property", edits=theirs, times=1)
    with pytest.raises(ConflictError) as caught:
        at.client.update_property(page_id, "k", "mine")
    assert (caught.value.expected_version, caught.value.current_version) == (1, 2)
    at.site.control.clear_faults()
    at.fault("edit", "update_property", edits=theirs, times=1)
    assert at.client.update_property(page_id, "k", "mine", overwrite=True)["version"]["number"] == 4


@lost
@pytest.mark.parametrize("write", ["create_property", "update_property", "delete_property"])
def test_a_property_whose_answer_is_lost_is_written_once(
    at: Live, page_id: str, write: str, kind: str, fields: dict[str, Any]
) -> None:
    if write != "create_property":
        at.client.create_property(page_id, "k", 1)
    if write == "delete_property" and kind == "cut":
        fields = {"keep_bytes": 0}
    at.fault(kind, write, times=1, **fields)
    with hasty(at) as client:
        if write == "create_property":
            assert client.create_property(page_id, "k", 2)["version"]["number"] == 1
        elif write == "update_property":
            assert client.update_property(page_id, "k", 2)["version"]["number"] == 2
        else:
            client.delete_property(page_id, "k")
    assert at.counted(write) == 1
    left = [(row["value"], row["version_number"]) for row in at.site.control.dump("property") if row["key"] == "k"]
    assert left == {"create_property": [(2, 1)], "update_property": [(2, 2)], "delete_property": []}[write]


def test_attempts_at_properties_end(at: Live, page_id: str) -> None:
    at.fault("error", "create_property", status=503)
    with pytest.raises(TransientError, match="was not created") as caught:
        at.client.create_property(page_id, "k", 1)
    assert "not done" in caught.value.hint
    assert at.counted("create_property") == 5


def test_a_property_of_nothing_is_told(at: Live) -> None:
    with pytest.raises(ApiError):
        at.client.create_property("999999999", "k", 1)
