"""Labels by use, watches, long tasks and macros of a Data Center: who sees what of them."""

from collections.abc import Callable

import pytest

from confluence_assets.emulator import SeedPlan
from tests.emulator.datacenter_asker import Server

Start = Callable[..., Server]
PLAN = SeedPlan(spaces=0, users=3, groups=0, audit_records=0)


@pytest.fixture
def server(server_of: Start) -> Server:
    """Two pages that user1 may read, one of which user2 may read as well."""
    made = server_of("10.0", PLAN)
    for key, readers in (("OPEN", ("user1", "user2")), ("SHUT", ("user1",))):
        made.edit("create_space", key=key, name=key, private=True)
        for name in readers:
            made.edit("grant", space=key, principal_type="user", principal_id=f"{name}@example.com")
    first = made.edit("create_page", space="OPEN", title="First", body=MACRO)["id"]
    second = made.edit("create_page", space="SHUT", title="Second")["id"]
    made.edit("relabel", id=second, labels=["plan", "secret"])
    made.edit("edit_content", id=first, body=MACRO + "<p>later</p>")
    made.edit("relabel", id=first, labels=["plan", "open"])
    made.pages = [first, second]  # type: ignore[attr-defined]
    return made


MACRO = '<ac:structured-macro ac:name="info" ac:macro-id="m1"><ac:rich-text-body><p>Hi</p></ac:rich-text-body>'
MACRO += "</ac:structured-macro>"


def names(server: Server, path: str, who: str = "admin") -> list[str]:
    return [row["name"] for row in server.raw(f"/rest/api{path}", who).json()["results"]]


def test_labels_are_those_of_what_one_may_read(server: Server) -> None:
    assert names(server, "/label/popular") == ["plan", "open", "secret"]
    assert names(server, "/label/popular", "user2") == ["open", "plan"]
    assert names(server, "/label/recent", "user1") == ["open", "plan", "secret"]
    assert names(server, "/label/plan/related", "user1") == ["open", "secret"]
    assert names(server, "/label/plan/related", "user2") == ["open"]
    assert names(server, "/label/labels?spaceKey=SHUT", "user1") == ["plan", "secret"]
    assert names(server, "/label/labels?spaceKey=SHUT", "user2") == []
    assert names(server, "/label/labels?labelName=open") == ["open"]


def test_labels_of_a_space_are_those_of_its_content(server: Server) -> None:
    server.edit("label_space", space="OPEN", labels=["of-the-space"])
    assert names(server, "/space/OPEN/labels") == ["open", "plan"]
    assert names(server, "/space/OPEN/labels/popular") == ["open", "plan"]
    assert names(server, "/space/SHUT/labels/secret/related", "user1") == ["plan"]
    for path in ("labels", "labels/popular", "labels/recent", "labels/plan/related"):
        assert server.raw(f"/rest/api/space/SHUT/{path}", "user2").status_code == 404


def test_who_watches_is_for_administrators(server: Server) -> None:
    first, second = server.pages  # type: ignore[attr-defined]
    server.edit("watch", id=first, by="user2@example.com")
    server.edit("watch", space="OPEN", by="user2@example.com")
    for path in (f"/content/{first}/watchers", "/space/OPEN/watchers"):
        rows = server.raw(f"/rest/api{path}").json()["results"]
        assert [row["username"] for row in rows] == ["user2"]
        assert server.raw(f"/rest/api{path}", "user2").status_code == 403
    assert server.raw("/rest/api/user/watch/space/OPEN", "user2").json() == {"watching": True}
    assert server.raw(f"/rest/api/user/watch/content/{first}?username=user2").json() == {"watching": True}
    assert server.raw(f"/rest/api/user/watch/content/{first}?username=user2", "user1").status_code == 403
    for path in (f"/content/{second}/watchers", f"/user/watch/content/{second}", "/user/watch/space/SHUT"):
        assert server.raw(f"/rest/api{path}", "user2").status_code == 404


def test_a_macro_is_for_those_who_may_read_its_page(server: Server) -> None:
    first, second = server.pages  # type: ignore[attr-defined]
    path = f"/rest/api/content/{first}/history/1/macro/id/m1"
    assert server.raw(path, "user2").json()["body"] == "<p>Hi</p>"
    assert server.raw(path.replace(first, second), "user2").status_code == 404
    assert server.raw(path.replace("m1", "m2"), "user2").status_code == 404


def test_long_tasks(server: Server) -> None:
    task = server.edit("run_long_task", name="space.export", percentage=100)["id"]
    assert server.raw(f"/rest/api/longtask/{task}", "user1").json()["successful"] is True
    assert server.raw("/rest/api/longtask/none").status_code == 404
    assert [row["id"] for row in server.raw("/rest/api/longtask").json()["results"]] == [task]


@pytest.mark.parametrize(("profile", "status"), [("7.19", 404), ("8.5", 404), ("9.2", 200)])
def test_lists_of_labels_came_with_9(server_of: Start, profile: str, status: int) -> None:
    server = server_of(profile, PLAN)
    assert server.raw("/rest/api/label/popular").status_code == status
