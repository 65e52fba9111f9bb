"""The client's reads on both deployments against what the site holds: the same calls, the same shapes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from confluence_assets.api import ConfluenceClient
from confluence_assets.api.filters import TaskFilters, check_filters
from confluence_assets.errors import NotFoundError, SettingsError
from tests.api.clock import quick_options
from tests.api.writing import DEPLOYMENTS, Live, connection_of, live

LISTED = ("current", "archived")


@pytest.fixture(scope="module", params=DEPLOYMENTS)
def at(request: pytest.FixtureRequest) -> Iterator[Live]:
    with live(request.param, "odd") as found:
        yield found


@pytest.fixture(scope="module")
def client(at: Live) -> Iterator[ConfluenceClient]:
    """A client that only reads."""
    with ConfluenceClient(connection_of(at.site, at.deployment), options=quick_options()) as found:
        yield found


def dump(at: Live, kind: str, **like: Any) -> list[dict[str, Any]]:
    """What the administrator sees of a kind, where what it hangs on is there."""
    rows = at.site.control.dump_as(at.site.control.account_id("admin@example.com"), kind)
    found = [row for row in rows if row.get("root_status", "current") in LISTED]
    return [row for row in found if all(row.get(name) == value for name, value in like.items())]


def ids(rows: Any) -> list[str]:
    return sorted(str(row["id"]) for row in rows)


def test_spaces(at: Live, client: ConfluenceClient) -> None:
    spaces = dump(at, "space")
    assert ids(client.iter_spaces()) == ids(spaces)
    first = spaces[0]
    assert client.get_space(key=first["key"])["id"] == first["id"]
    by_id = client.get_space(first["id"])
    assert (by_id["key"], by_id["name"]) == (first["key"], first["name"])
    assert [row["key"] for row in client.iter_spaces(keys=[first["key"]])] == [first["key"]]
    assert ids(client.iter_spaces(ids=[first["id"]])) == [first["id"]]
    listed = [row["key"] for row in client.iter_spaces(sort="-key")]
    assert listed == sorted(listed, reverse=True)
    with pytest.raises(NotFoundError):
        client.get_space(key="NONE")
    with pytest.raises(SettingsError):
        client.get_space()


def test_pages_by_space_title_id_status_and_label(at: Live, client: ConfluenceClient) -> None:
    pages = [row for row in dump(at, "page") if row["status"] in LISTED]
    assert ids(client.iter_pages()) == ids(pages)
    here = [row for row in pages if row["space_key"] == at.key]
    assert ids(client.iter_pages(space_keys=[at.key])) == ids(here)
    assert ids(client.iter_pages(space_ids=[at.spaces[0]["id"]], limit=7)) == ids(here)
    titled = client.iter_pages(space_keys=[at.key], title=here[0]["title"])
    assert ids(titled) == ids(row for row in here if row["title"] == here[0]["title"])
    some = [row["id"] for row in pages[:5]]
    assert ids(client.iter_pages(ids=some)) == sorted(some)
    archived = client.iter_pages(statuses=["archived"])
    assert ids(archived) == ids(row for row in pages if row["status"] == "archived")
    label = dump(at, "label", prefix="global")[0]["name"]
    labelled = {row["content_id"] for row in dump(at, "label", name=label, prefix="global")}
    expected = [row for row in pages if row["id"] in labelled]
    if at.deployment == "datacenter":  # archived spaces are not in the index
        current = {space["key"] for space in at.spaces if space["status"] == "current"}
        expected = [row for row in expected if row["space_key"] in current]
    assert expected
    assert ids(client.iter_pages(label=label)) == ids(expected)
    assert list(client.iter_pages(label="no-such-label")) == []
    with pytest.raises(NotFoundError):
        list(client.iter_pages(space_keys=["NONE"]))


def test_pages_are_sorted_and_lazy(at: Live, client: ConfluenceClient) -> None:
    times = [row["version"]["createdAt"] for row in client.iter_pages(sort="-modified-date")]
    assert times == sorted(times, reverse=True)
    assert len(times) > 100
    client.get_current_user()
    with client.tally() as tally:
        rows = client.iter_pages(limit=5)
        assert tally.requests == 0
        next(rows)
    assert tally.requests == 1


def test_one_page_in_the_same_shape(at: Live, client: ConfluenceClient) -> None:
    row = next(row for row in dump(at, "page", status="current") if row["parent_id"] and row["version_number"] > 1)
    page = client.get_page(row["id"])
    told = {name: page[name] for name in ("id", "status", "title", "spaceId", "parentId", "parentType")}  # type: ignore[literal-required]
    space_id = next(space["id"] for space in at.spaces if space["key"] == row["space_key"])
    assert told == {
        "id": row["id"], "status": "current", "title": row["title"], "spaceId": space_id, "parentId": row["parent_id"],
        "parentType": row["parent_type"],
    }  # fmt: skip
    assert page["version"]["number"] == row["version_number"]
    assert page["version"]["authorId"] == row["version_author_id"]
    assert page["body"]["storage"]["value"]
    past = client.get_page(row["id"], version_number=1)
    assert (past["version"]["number"], past["status"]) == (1, "historical")
    same = client.get_page(row["id"], version_number=row["version_number"])
    assert same["version"]["number"] == row["version_number"]
    with pytest.raises(NotFoundError):
        client.get_page(row["id"], version_number=99)
    assert client.get_page(row["id"], body_format=None).get("body") in ({}, None)


def test_what_a_page_can_bring_with_it(at: Live, client: ConfluenceClient) -> None:
    labels = dump(at, "label", prefix="global")
    page_ids = {row["id"] for row in dump(at, "page", status="current")}
    page_id = next(row["content_id"] for row in labels if row["content_id"] in page_ids)
    at.site.control.edit("set_property", id=page_id, key="our.key", value={"a": 1})
    at.site.control.edit("like", id=page_id)
    page = client.get_page(page_id, include=("labels", "properties", "operations", "likes", "versions", "favorite"))
    assert {one["name"] for one in page["labels"]["results"]} == {
        row["name"] for row in dump(at, "label", content_id=page_id)
    }
    assert any((one["key"], one["value"]) == ("our.key", {"a": 1}) for one in page["properties"]["results"])
    assert any(one["operation"] == "read" for one in page["operations"]["results"])
    assert len(page["likes"]["results"]) >= 1
    assert page["versions"]["results"][0]["number"] == page["version"]["number"]
    assert "results" not in client.get_page(page_id).get("labels", {})


def test_blog_posts(at: Live, client: ConfluenceClient) -> None:
    posts = dump(at, "blogpost", status="current")
    assert ids(client.iter_blogposts()) == ids(posts)
    assert ids(client.iter_blogposts(space_keys=[at.key])) == ids(row for row in posts if row["space_key"] == at.key)
    post = client.get_blogpost(posts[0]["id"], include=["versions"])
    assert (post["title"], post["versions"]["results"][0]["number"]) == (posts[0]["title"], post["version"]["number"])
    page = dump(at, "page", status="current")[0]
    with pytest.raises(NotFoundError):
        client.get_blogpost(page["id"])


def test_comments(at: Live, client: ConfluenceClient) -> None:
    rows = dump(at, "comment", status="current")
    for kind, iter_of in (("footer", client.iter_footer_comments), ("inline", client.iter_inline_comments)):
        of_kind = [row for row in rows if row["comment_type"] == kind]
        assert ids(iter_of()) == ids(of_kind)
        roots = [row for row in of_kind if row["container_type"] == "page" and not row["parent_comment_id"]]
        holder = roots[0]["container_id"]
        found = ids(iter_of(page_id=holder, body_format="storage"))
        assert set(found) >= {row["id"] for row in roots if row["container_id"] == holder}


def test_attachments_by_holder_name_type_and_label(at: Live, client: ConfluenceClient) -> None:
    files = [row for row in dump(at, "attachment") if row["status"] in LISTED]
    assert ids(client.iter_attachments()) == ids(files)
    one = next(row for row in files if row["container_type"] == "page")
    held = [row for row in files if row["container_id"] == one["container_id"]]
    assert ids(client.iter_attachments(page_id=one["container_id"])) == ids(held)
    named = ids(client.iter_attachments(filename=one["filename"]))
    assert named == ids(row for row in files if row["filename"] == one["filename"])
    typed = ids(client.iter_attachments(media_type=one["media_type"]))
    assert typed == ids(row for row in files if row["media_type"] == one["media_type"])
    read = client.get_attachment(one["id"])
    assert (read["title"], read["mediaType"], read["fileSize"]) == (
        one["filename"], one["media_type"], one["file_size_bytes"]
    )  # fmt: skip
    assert read["pageId"] == one["container_id"]
    at.site.control.edit("relabel", id=one["id"], labels=["filed"])
    assert ids(client.iter_attachments(label="filed")) == [one["id"]]
    with client.download_attachment(one["container_id"], one["id"]) as chunks:
        assert len(b"".join(chunks)) == one["file_size_bytes"]


def test_one_label_by_its_name(at: Live, client: ConfluenceClient) -> None:
    carried = {row["id"] for kind in ("page", "blogpost") for row in dump(at, kind) if row["status"] in LISTED}
    name = next(row["name"] for row in dump(at, "label", prefix="global") if row["content_id"] in carried)
    found = client.get_label(name)
    assert (found["name"], found["prefix"]) == (name, "global")
    assert found in list(client.iter_labels(prefix="global"))
    with pytest.raises(NotFoundError):
        client.get_label("no-such-label")


def test_labels(at: Live, client: ConfluenceClient) -> None:
    rows = dump(at, "label")
    page_ids = {row["id"] for row in dump(at, "page", status="current")}
    page_id = next(row["content_id"] for row in rows if row["content_id"] in page_ids)
    names = {row["name"] for row in rows if row["content_id"] == page_id}
    assert {label["name"] for label in client.iter_labels(page_id=page_id)} == names
    every = {label["name"] for label in client.iter_labels()}
    assert every >= names
    space_id = at.spaces[0]["id"]
    assert {label["name"] for label in client.iter_labels(space_id=space_id, prefix="global")} <= every
    name = sorted(names)[0]
    label_id = name if at.deployment == "datacenter" else next(
        label["id"] for label in client.iter_labels() if label["name"] == name
    )  # fmt: skip
    assert page_id in ids(client.iter_labelled_pages(label_id))


def test_custom_content(at: Live, client: ConfluenceClient) -> None:
    rows = dump(at, "custom_content", status="current")
    kind = rows[0]["type"]
    found = list(client.iter_custom_content(kind, body_format="raw"))
    assert ids(found) == ids(row for row in rows if row["type"] == kind)
    one = client.get_custom_content(rows[0]["id"])
    assert (one["type"], one["title"]) == (kind, rows[0]["title"])
    held = next(row for row in rows if row["container_type"] == "page" and row["type"] == kind)
    on_page = ids(client.iter_custom_content(kind, page_id=held["container_id"]))
    assert held["id"] in on_page
    assert set(on_page) <= {row["id"] for row in rows if row["container_id"] == held["container_id"]}


def test_tasks_by_assignee_status_and_due_date(at: Live, client: ConfluenceClient) -> None:
    page = next(row for row in dump(at, "page", status="current"))
    admin = at.site.control.account_id("admin@example.com")
    at.site.control.edit("create_task", container=page["id"], body="<p>Do it</p>", assigned_to=admin, due="2031-05-06")
    due = datetime(2031, 5, 6, tzinfo=UTC)
    window = {"due_at_from": due - timedelta(days=1), "due_at_to": due + timedelta(days=1)}
    found = list(client.iter_tasks(page_ids=[page["id"]], body_format="storage", **window))  # type: ignore[arg-type]
    assert len(found) == 1
    assert (found[0]["status"], found[0]["assignedTo"], found[0]["pageId"]) == ("incomplete", admin, page["id"])
    assert "Do it" in found[0]["body"]["storage"]["value"]
    task_id = found[0]["id"]
    assert client.get_task(task_id)["id"] == task_id
    assert task_id in ids(client.iter_tasks(assigned_to=[admin], status="incomplete"))
    assert task_id not in ids(client.iter_tasks(status="complete"))
    assert ids(client.iter_tasks(task_ids=[task_id])) == [task_id]
    assert len(list(client.iter_tasks())) >= len(list(client.iter_tasks(status="incomplete"))) > 1
    with pytest.raises(NotFoundError):
        client.get_task("999999999" if at.deployment == "cloud" else f"{page['id']}-99999")


def test_what_data_center_does_not_tell_is_said() -> None:
    with live("datacenter") as at:
        for filters in ({"created_by": ["x"]}, {"completed_at_from": datetime(2026, 1, 1, tzinfo=UTC)}):
            with pytest.raises(SettingsError, match="does not tell"):
                list(at.client.iter_tasks(**filters))  # type: ignore[arg-type]
        with pytest.raises(SettingsError, match="no subtypes"):
            list(at.client.iter_pages(subtype="live"))
        with pytest.raises(SettingsError, match="can't sort"):
            list(at.client.iter_pages(sort="position"))


def test_versions_operations_and_search(at: Live, client: ConfluenceClient) -> None:
    row = next(row for row in dump(at, "page", status="current") if row["version_number"] > 1)
    numbers = [version["number"] for version in client.iter_versions(row["id"])]
    assert numbers == list(range(row["version_number"], 0, -1))
    assert client.get_version(row["id"], 1)["number"] == 1
    with pytest.raises(NotFoundError):
        client.get_version(row["id"], 99)
    assert {"operation": "read", "targetType": "page"} in client.get_operations(row["id"])
    found = client.iter_search(f"id = {row['id']}")
    assert ids(found) == [row["id"]]
    at.site.control.edit("like", id=row["id"])
    likes = len(dump(at, "like", content_id=row["id"]))
    assert len(list(client.iter_likes(row["id"]))) == likes >= 1


def test_one_value_may_stand_without_a_list(at: Live, client: ConfluenceClient) -> None:
    """`space_keys="ENG"` asked for the spaces E, N and G."""
    page = next(row for row in dump(at, "page") if row["status"] in LISTED)
    key = next(row["key"] for row in dump(at, "space") if row["id"] == page["space_id"])
    wanted = ids(client.iter_pages(space_keys=[key]))
    assert page["id"] in wanted
    assert ids(client.iter_pages(space_keys=key)) == wanted  # type: ignore[arg-type]
    assert ids(client.iter_pages(ids=page["id"])) == [page["id"]]
    assert ids(client.iter_pages(ids=int(page["id"]))) == [page["id"]]  # type: ignore[arg-type]


def test_tasks_and_custom_content_by_the_key_of_their_space(at: Live, client: ConfluenceClient) -> None:
    space = dump(at, "space")[0]
    assert ids(client.iter_tasks(space_keys=[space["key"]])) == ids(client.iter_tasks(space_ids=[space["id"]]))
    assert ids(client.iter_custom_content("ac:app:note", space_keys=[space["key"]])) == ids(
        client.iter_custom_content("ac:app:note", space_ids=[space["id"]])
    )


@pytest.mark.parametrize(
    ("call", "filters", "said"),
    [
        ("iter_pages", {"space_key": "ENG"}, r"space_key is not known here\. Did you mean space_keys"),
        ("iter_pages", {"status": "current"}, "Did you mean .*statuses"),
        ("iter_attachments", {"mediatype": "text/csv"}, "Did you mean media_type"),
        ("iter_tasks", {"assignee": "1"}, "not known here"),
        ("iter_tasks", {"due_at_to": "next week"}, "which is no time"),
        ("iter_spaces", {"x": 1}, r"There are .*keys"),
        ("iter_pages", {"limit": 0}, "limit is 0.*size of a page of the listing"),  # a Data Center gave nothing for it
        ("iter_labels", {"limit": "ten"}, "limit is 'ten'"),
        ("iter_pages", {"limit": 1000}, "1 to 250"),
    ],
)
def test_a_filter_that_is_none_is_refused(
    at: Live, client: ConfluenceClient, call: str, filters: dict[str, Any], said: str
) -> None:
    """The site leaves unread what it does not know, and gives everything."""
    at.site.control.reset_stats()
    with pytest.raises(SettingsError, match=said):
        getattr(client, call)(**filters)
    assert at.site.control.stats()["by_endpoint"] == {}


def test_times_are_utcs_unless_they_say_otherwise(client: ConfluenceClient) -> None:
    assert check_filters(TaskFilters, {"due_at_from": "2026-01-31", "due_at_to": datetime(2026, 2, 1)}) == {  # noqa: DTZ001
        "due_at_from": datetime(2026, 1, 31, tzinfo=UTC),
        "due_at_to": datetime(2026, 2, 1, tzinfo=UTC),
    }
    every = ids(client.iter_tasks())
    assert ids(client.iter_tasks(due_at_from="1990-01-01", due_at_to="1990-01-02")) == []  # type: ignore[arg-type]
    assert every


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.create_page("ENG", "T", parent="1"),
        lambda client: client.update_page("1", boddy="x"),
        lambda client: client.request("GET", "/x", timeout=5),
        lambda client: client.graphql("{ a }", retry=5),
    ],
)
def test_an_option_that_is_none_is_refused(at: Live, call: Any) -> None:
    at.site.control.reset_stats()
    with pytest.raises(SettingsError, match="Did you mean"):
        call(at.client)
    assert at.site.control.stats()["by_endpoint"] == {}


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda client: client.get_page("1", include=["label"]), "include: 'label' is not known.*labels"),
        (lambda client: client.get_page("1", include="labels"), "It is a list of these"),
        (lambda client: client.get_property("1", "k", holder="space"), "holder is 'space'.*blogpost"),
        (lambda client: client.create_property("1", "k", 1, holder="space"), "holder is 'space'"),
        (lambda client: client.request("GET /x", "/x"), "is no method"),
        (lambda client: client.request("POST", "/x", body={1, 2}), "body is no JSON"),
        (lambda client: client.request("GET", "/x", response="xml"), "json, text or binary"),
        (lambda client: client.request("GET", "/x", timeout_seconds="5"), "which is no number"),
        (lambda client: client.request("GET", "/x", timeout_seconds=float("nan")), "which is no number"),
        (lambda client: client.request("GET", "/x", delay_seconds=float("inf")), "which is no number"),
    ],
)
def test_a_value_that_can_not_be_is_told_before_anything_is_asked(at: Live, call: Any, said: str) -> None:
    """What the site does not know it leaves out in silence."""
    at.site.control.reset_stats()
    with pytest.raises(SettingsError, match=said):
        call(at.client)
    assert at.site.control.stats()["by_endpoint"] == {}


def test_what_can_not_be_sent_is_told(at: Live, tmp_path: Path) -> None:
    page_id = at.client.create_page(at.key, "Holder of nothing", "<p>x</p>")["id"]
    with pytest.raises(SettingsError, match="is no JSON"):
        at.client.create_property(page_id, "k", {1, 2})
    with pytest.raises(SettingsError, match="nope can't be read: No such file"):
        at.client.upload_attachment(page_id, "a.txt", tmp_path / "nope")
    with pytest.raises(SettingsError, match="neither bytes nor a Path"):
        at.client.upload_attachment(page_id, "a.txt", "text")  # type: ignore[arg-type]
    at.client.delete_page(page_id, purge=True)
