"""Every kind of change, with the side effects of the real one, and none besides."""

from collections.abc import Callable
from typing import Any

import pytest

from confluence_assets.emulator import SeedPlan, SiteConfig
from confluence_assets.emulator.edits import EDITS
from tests.emulator.asker import Asker

Edit = Callable[..., dict[str, Any]]


@pytest.fixture
def asker(site_of: Callable[..., Asker]) -> Asker:
    return site_of(
        SiteConfig(
            plan=SeedPlan(spaces=2, pages_per_space=1, labelled_share=0, restricted_share=0, audit_records=0, groups=2)
        )
    )


@pytest.fixture
def edit(asker: Asker) -> Edit:
    return asker.site.control.edit


def page_of(asker: Asker, page: str) -> Any:
    return asker.v2(f"/pages/{page}?body-format=storage")


def test_create_edit_and_rename_make_versions_one_second_apart(asker: Asker, edit: Edit) -> None:
    page = edit("create_page", space="SP001", title="P", body="<p>1</p>")["id"]
    edit("edit_content", id=page, body="<p>2</p>", message="why", minor=True, by="user1@example.com")
    edit("rename", id=page, title="Q")
    row = page_of(asker, page)
    assert (row["title"], row["body"]["storage"]["value"], row["version"]["number"]) == ("Q", "<p>2</p>", 3)
    assert row["createdAt"] == "2026-11-16T08:00:01.000Z"
    versions = asker.walk(f"/pages/{page}/versions?body-format=storage")
    assert [(v["number"], v["createdAt"], v["message"], v["minorEdit"], v["page"]["title"], v["page"]["body"]["storage"]["value"]) for v in versions] == [
        (3, "2026-11-16T08:00:03.000Z", "", False, "Q", "<p>2</p>"),
        (2, "2026-11-16T08:00:02.000Z", "why", True, "P", "<p>2</p>"),
        (1, "2026-11-16T08:00:01.000Z", "", False, "P", "<p>1</p>"),
    ]  # fmt: skip
    assert versions[1]["authorId"] == asker.site.control.account_id("user1@example.com")


def test_deleting_a_version_renumbers_and_changes_no_text(asker: Asker, edit: Edit) -> None:
    page = edit("create_page", space="SP001", title="P", body="1")["id"]
    for text in ("2", "3", "4"):
        edit("edit_content", id=page, body=text)
    assert edit("delete_version", id=page, number=2)["version"] == 3
    versions = asker.walk(f"/pages/{page}/versions?body-format=storage&sort=modified-date")
    assert [(v["number"], v["page"]["body"]["storage"]["value"]) for v in versions] == [
        (1, "1"),
        (2, "3"),
        (3, "4"),
    ]
    seeded = next(r for r in asker.walk("/pages?body-format=storage") if r["version"]["number"] > 2)
    edit("delete_version", id=seeded["id"], number=1)
    after = page_of(asker, seeded["id"])
    assert after["version"]["number"] == seeded["version"]["number"] - 1
    assert after["body"] == seeded["body"]


@pytest.mark.parametrize(
    ("op", "fields"),
    [
        ("relabel", {"labels": ["x"]}),
        ("restrict", {"users": ["admin@example.com"]}),
        ("set_property", {"key": "k", "value": 1}),
        ("move", {"space": "SP002"}),
        ("archive", {}),
        ("like", {}),
    ],
)
def test_what_makes_no_version(asker: Asker, edit: Edit, op: str, fields: dict[str, Any]) -> None:
    page = edit("create_page", space="SP001", title="P")["id"]
    before = page_of(asker, page)["version"]
    edit(op, id=page, **fields)
    assert page_of(asker, page)["version"] == before


def test_move_takes_what_is_below_along(asker: Asker, edit: Edit) -> None:
    top = edit("create_page", space="SP001", title="Top")["id"]
    below = edit("create_page", space="SP001", title="Below", parent=top)["id"]
    comment = edit("comment", container=below)["id"]
    assert edit("move", id=top, space="SP002")["moved"] == 2
    second = asker.v2("/spaces?keys=SP002")["results"][0]["id"]
    assert {page_of(asker, one)["spaceId"] for one in (top, below)} == {second}
    assert page_of(asker, top)["parentId"] is None
    assert page_of(asker, below)["parentId"] == top
    assert {top, below, comment} <= {row["id"] for row in asker.cql("space = SP002")}
    with pytest.raises(ValueError, match="below itself"):
        edit("move", id=top, parent=below)


def test_trash_restore_purge(asker: Asker, edit: Edit) -> None:
    top = edit("create_page", space="SP001", title="Top")["id"]
    below = edit("create_page", space="SP001", title="Below", parent=top)["id"]
    comment = edit("comment", container=top)["id"]
    file = edit("upload", container=top, filename="a.txt", text="a")["id"]
    edit("trash", id=top)
    assert page_of(asker, top)["status"] == "trashed"
    assert top not in asker.ids("/pages")
    assert top in asker.ids("/pages?status=trashed")
    assert page_of(asker, below)["parentId"] is None  # moved up
    assert (comment in asker.ids("/footer-comments"), file in asker.ids("/attachments")) == (False, False)
    assert asker.cql(f"id = {top}") == []
    edit("restore", id=top)
    assert (comment in asker.ids("/footer-comments"), file in asker.ids("/attachments")) == (True, True)
    edit("purge", id=top)
    assert asker.status(f"/wiki/api/v2/pages/{top}") == 404
    assert asker.status(f"/wiki/api/v2/attachments/{file}") == 404
    types = asker.raw(
        "/wiki/api/v2/content/convert-ids-to-types", method="POST", json={"contentIds": [top, below]}
    ).json()
    assert types["results"] == {top: None, below: "page"}


def test_archived_pages_stay_in_the_list_and_posts_have_no_archive(asker: Asker, edit: Edit) -> None:
    page = edit("create_page", space="SP001", title="P")["id"]
    edit("archive", id=page)
    assert page in asker.ids("/pages")
    assert page not in asker.ids("/pages?status=current")
    assert asker.status("/wiki/api/v2/blogposts?status=archived") == 400
    edit("unarchive", id=page)
    assert page in asker.ids("/pages?status=current")


def test_comments(asker: Asker, edit: Edit) -> None:
    page = edit("create_page", space="SP001", title="P")["id"]
    root = edit("comment", container=page, body="<p>r</p>")["id"]
    answer = edit("reply", comment=root, body="<p>a</p>")["id"]
    inline = edit("comment", container=page, kind="inline", selection="P", marker="m-1")["id"]
    row = asker.v2(f"/inline-comments/{inline}")
    assert row["resolutionStatus"] == "open"
    assert row["properties"] == {
        "inlineMarkerRef": "m-1", "inlineOriginalSelection": "P", "inline-marker-ref": "m-1", "inline-original-selection": "P",
    }  # fmt: skip
    edit("resolve_comment", id=inline)
    resolved = asker.v2(f"/inline-comments/{inline}")
    assert (resolved["resolutionStatus"], resolved["version"]) == ("resolved", row["version"])
    assert asker.ids(f"/pages/{page}/inline-comments?resolution-status=open") == []
    edit("reopen_comment", id=inline)
    assert asker.v2(f"/inline-comments/{inline}")["resolutionStatus"] == "reopened"
    edit("edit_comment", id=root, body="<p>rr</p>")
    assert asker.v2(f"/footer-comments/{root}")["version"]["number"] == 2
    assert asker.ids(f"/footer-comments/{root}/children") == [answer]
    assert asker.ids("/footer-comments") == [root, answer]
    asker.site.control.configure(site_comment_lists_include_replies=False)
    assert asker.ids("/footer-comments") == [root]
    edit("delete_comment", id=root)
    assert asker.status(f"/wiki/api/v2/footer-comments/{root}") == 404
    assert asker.ids(f"/pages/{page}/footer-comments") == [answer]
    assert "parentCommentId" not in asker.v2(f"/footer-comments/{answer}")


def test_files(asker: Asker, edit: Edit) -> None:
    page = edit("create_page", space="SP001", title="P")["id"]
    file = edit("upload", container=page, filename="a.txt", text="one")["id"]
    assert edit("upload", container=page, filename="a.txt", text="three")["id"] == file
    row = asker.v2(f"/attachments/{file}")
    assert (row["version"]["number"], row["fileSize"], row["mediaType"], row["pageId"]) == (2, 5, "text/plain", page)
    assert page_of(asker, page)["version"]["number"] == 1
    for version, text in ((1, "one"), (2, "three")):
        found = asker.raw(f"/wiki/rest/api/content/{page}/child/attachment/{file}/download?version={version}")
        assert asker.session.get(found.headers["Location"], timeout=5).text == text
    edit("delete_file", id=file)
    assert asker.v2(f"/attachments/{file}")["status"] == "trashed"
    assert asker.ids("/attachments?status=trashed") == [file]
    edit("delete_file", id=file, purge=True)
    assert asker.status(f"/wiki/api/v2/attachments/{file}") == 404


def test_tasks_follow_the_body(asker: Asker, edit: Edit) -> None:
    def body(*states: str) -> str:
        return "".join(
            f"<ac:task><ac:task-id>{n}</ac:task-id><ac:task-status>{state}</ac:task-status><ac:task-body>t{n}</ac:task-body></ac:task>"
            for n, state in enumerate(states, 1)
        )

    page = edit("create_page", space="SP001", title="P", body=body("incomplete", "complete"))["id"]
    own = edit("create_task", container=page, assigned_to="user1@example.com", due="2026-12-01")["id"]
    first, second, third = asker.walk(f"/tasks?page-id={page}&body-format=storage")
    assert (first["status"], second["status"], second["completedAt"]) == (
        "incomplete",
        "complete",
        "2026-11-16T08:00:01.000Z",
    )
    assert (third["id"], third["dueAt"]) == (own, "2026-12-01T00:00:00.000Z")
    edit("edit_content", id=page, body=body("complete"))
    rows = asker.walk(f"/tasks?page-id={page}")
    assert [(row["id"], row["status"]) for row in rows] == [(first["id"], "complete"), (own, "incomplete")]
    edit("tick_task", id=own)
    assert asker.ids("/tasks?status=complete") == [first["id"], own]
    edit("untick_task", id=own)
    edit("delete_task", id=first["id"])
    assert asker.ids("/tasks") == [own]


def test_spaces(asker: Asker, edit: Edit) -> None:
    made = edit("create_space", key="NEW", name="New")
    row = asker.v2(f"/spaces/{made['id']}")
    assert (row["key"], row["homepageId"], row["status"]) == ("NEW", made["homepage_id"], "current")
    edit("rename_space_key", space="NEW", key="NEWER")
    assert asker.v2(f"/spaces/{made['id']}")["key"] == "NEWER"
    assert asker.v2(f"/pages/{made['homepage_id']}")["_links"]["webui"].startswith("/spaces/NEWER/")
    edit("archive_space", space="NEWER")
    assert made["homepage_id"] in asker.ids("/pages")
    asker.site.control.configure(list_pages_of_archived_spaces=False)
    assert made["homepage_id"] not in asker.ids("/pages")
    edit("delete_space", space="NEWER")
    assert asker.status(f"/wiki/api/v2/spaces/{made['id']}") == 404
    assert asker.status(f"/wiki/api/v2/pages/{made['homepage_id']}") == 404
    summaries = [record["summary"] for record in asker.v1("/audit")["results"]]
    assert summaries == ["Space deleted", "Space archived", "Space key updated", "Space created"]


def test_people(asker: Asker, edit: Edit) -> None:
    account = edit("create_user", email="zoe@example.com", name="Zoe")["account_id"]

    def row() -> Any:
        return asker.raw("/wiki/api/v2/users-bulk", method="POST", json={"accountIds": [account, "unknown"]}).json()[
            "results"
        ]

    assert [(one["email"], one["accountStatus"]) for one in row()] == [("zoe@example.com", "active")]
    edit("hide_email", account=account)
    assert [(one["email"], one["timeZone"]) for one in row()] == [("", None)]
    group = edit("create_group", name="g", members=[account])["id"]
    assert [one["accountId"] for one in asker.v1(f"/group/{group}/membersByGroupId")["results"]] == [account]
    edit("deactivate_user", account=account)
    assert asker.v1(f"/group/{group}/membersByGroupId")["results"] == []
    assert row()[0]["accountStatus"] == "inactive"
    edit("delete_group", group="g")
    assert asker.v1(f"/group/{group}/membersByGroupId")["size"] == 0
    assert edit("create_group", name="g")["id"] != group


@pytest.mark.parametrize(
    ("op", "fields"),
    [
        ("no_such_thing", {}),
        ("create_page", {"space": "SP001"}),
        ("create_page", {"space": "SP001", "title": "x", "colour": "red"}),
        ("create_page", {"space": "NOPE", "title": "x"}),
        ("create_page", {"space": "SP001", "title": ""}),
        ("restore", {"id": "65541"}),
        ("grant", {"space": "SP001", "principal_type": "team", "principal_id": "x"}),
    ],
)
def test_wrong_edits_are_refused(asker: Asker, op: str, fields: dict[str, Any]) -> None:
    reply = asker.raw("/_emulator/edit", None, "POST", json={"op": op, **fields})
    assert reply.status_code == 400
    assert reply.json()["error"]


def test_titles_are_unique_in_a_space(asker: Asker, edit: Edit) -> None:
    edit("create_page", space="SP001", title="Same")
    with pytest.raises(ValueError, match="exists in the space"):
        edit("create_page", space="SP001", title="same")
    edit("create_page", space="SP002", title="Same")


def test_reset_goes_back_to_the_seed(asker: Asker, edit: Edit) -> None:
    before = asker.site.control.dump()
    edit("create_page", space="SP001", title="P")
    asker.site.control.configure(default_sort="-modified-date", latency_ms=1)
    assert asker.raw("/_emulator/reset", None, "POST").status_code == 200
    assert asker.site.control.dump() == before
    settings = asker.raw("/_emulator/config", None).json()
    assert (settings["switches"]["default_sort"], settings["latency_ms"]) == ("id", 0.0)


def test_edits_are_listed_with_their_fields(asker: Asker) -> None:
    listed = asker.raw("/_emulator/edit", None).json()
    assert listed["move"] == ["id", "parent?", "space?", "position?"]
    assert set(listed) == set(EDITS)
    assert len(listed) > 60


@pytest.mark.parametrize("makes_versions", [False, True])
def test_changes_beside_the_text_make_versions_by_a_switch_only(asker: Asker, edit: Edit, makes_versions: bool) -> None:
    page = edit("create_page", space="SP001", title="P")["id"]
    asker.site.control.configure(quiet_changes_make_versions=makes_versions)
    edit("relabel", id=page, labels=["a"])
    edit("restrict", id=page, users=["user1@example.com", "admin@example.com"])
    edit("set_property", id=page, key="k", value=1)
    edit("move", id=page, space="SP002")
    assert page_of(asker, page)["version"]["number"] == (5 if makes_versions else 1)


def test_children_that_a_single_read_includes_are_those_that_are_listed(asker: Asker, edit: Edit) -> None:
    page = edit("create_page", space="SP001", title="Above")["id"]
    kept, gone = (edit("create_page", space="SP001", title=name, parent=page)["id"] for name in ("Kept", "Gone"))
    edit("trash", id=gone)
    included = asker.v2(f"/pages/{page}?include-direct-children=true")["directChildren"]["results"]
    assert [row["id"] for row in included] == [kept]


def test_withdrawn_lists_of_content_end_at_an_offset(asker: Asker) -> None:
    asker.site.control.configure(withdrawn_v1_status=200)
    assert asker.status("/wiki/rest/api/content?start=15000") == 200
    assert asker.status("/wiki/rest/api/content?start=15001") == 400
