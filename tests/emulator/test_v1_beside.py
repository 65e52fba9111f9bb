"""States, watches, templates, properties of people, long tasks, conversions: who sees what of them."""

from collections.abc import Callable

import pytest

from confluence_assets.emulator import SiteConfig
from tests.emulator.asker import Asker, user

ASYNC = "/wiki/rest/api/contentbody/convert/async"


@pytest.fixture
def asker(site_of: Callable[..., Asker]) -> Asker:
    """A space that user1 may read and nobody else but the administrator."""
    made = site_of(SiteConfig.shape("empty"))
    edit = made.site.control.edit
    for name in ("user1", "user2"):
        edit("create_user", email=f"{name}@example.com", name=name)
    edit("create_space", key="DOC", name="Docs", private=True)
    edit("grant", space="DOC", principal_type="user", principal_id="user1@example.com")
    made.page = edit("create_page", space="DOC", title="Page")["id"]  # type: ignore[attr-defined]
    return made


def status(asker: Asker, path: str, who: str) -> int:
    return asker.raw(f"/wiki/rest/api{path}", user(who)).status_code


def test_states_are_for_those_who_may_read_and_settings_for_administrators(asker: Asker) -> None:
    edit, page = asker.site.control.edit, asker.page  # type: ignore[attr-defined]
    assert asker.raw(f"/wiki/rest/api/content/{page}/state").json() == {}
    edit("set_state", id=page, name="In progress")
    assert asker.raw(f"/wiki/rest/api/content/{page}/state", user("user1")).json()["contentState"] == {
        "id": 1,
        "name": "In progress",
        "color": "#2684FF",
    }
    listed = asker.raw("/wiki/rest/api/space/DOC/state/content?state-id=1", user("user1")).json()["results"]
    assert [row["id"] for row in listed] == [page]
    assert [status(asker, f"/content/{page}/state{more}", "user1") for more in ("", "/available")] == [200, 403]
    assert [status(asker, f"/space/DOC/state{more}", "user1") for more in ("", "/settings")] == [200, 403]
    for path in (f"/content/{page}/state", "/space/DOC/state", "/space/DOC/state/settings"):
        assert status(asker, path, "user2") == 404
    edit("set_state", id=page, name="Mine", by="user1@example.com")
    assert [row["name"] for row in asker.raw("/wiki/rest/api/content-states", user("user1")).json()] == ["Mine"]
    assert asker.raw("/wiki/rest/api/content-states").json() == []
    edit("set_state", id=page)
    assert asker.raw(f"/wiki/rest/api/content/{page}/state").json() == {}


def test_what_others_watch_is_for_administrators(asker: Asker) -> None:
    edit, page = asker.site.control.edit, asker.page  # type: ignore[attr-defined]
    account = asker.site.control.account_id("user1@example.com")
    edit("watch", id=page, by="user1@example.com")
    edit("watch", space="DOC", by="user1@example.com")
    answer = asker.raw(f"/wiki/rest/api/content/{page}/notification/child-created", user("user1")).json()
    assert [(row["watcher"]["accountId"], row["contentId"]) for row in answer["results"]] == [(account, int(page))]
    assert asker.raw("/wiki/rest/api/user/watch/space/DOC", user("user1")).json() == {"watching": True}
    assert asker.raw(f"/wiki/rest/api/user/watch/content/{page}?accountId={account}").json() == {"watching": True}
    ours = asker.site.control.account_id("admin@example.com")
    assert status(asker, f"/user/watch/content/{page}?accountId={ours}", "user1") == 403
    for path in (f"/user/watch/content/{page}", "/space/DOC/watch", f"/content/{page}/notification/created"):
        assert status(asker, path, "user2") == 404
    assert asker.raw("/wiki/rest/api/content/DOC/notification/created").status_code == 500, "it wants a content's id"
    edit("watch", space="DOC", by="user1@example.com", off=True)
    assert asker.raw("/wiki/rest/api/space/DOC/watch").json()["results"] == []


def test_templates_of_a_space_are_for_its_readers(asker: Asker) -> None:
    made = asker.site.control.edit("add_template", name="Report", body="<p>t</p>", space="DOC")["id"]
    asker.site.control.edit("add_template", name="Everywhere")
    listed = asker.raw("/wiki/rest/api/template/page?spaceKey=DOC&expand=body", user("user1")).json()["results"]
    assert [(row["templateId"], row["body"]["storage"]["value"]) for row in listed] == [(made, "<p>t</p>")]
    named = [row["name"] for row in asker.raw("/wiki/rest/api/template/page", user("user2")).json()["results"]]
    assert named == ["Everywhere"]
    assert [status(asker, f"/template/{made}", who) for who in ("user1", "user2")] == [200, 403]
    assert status(asker, "/template/page?spaceKey=DOC", "user2") == 403


def test_a_conversion_works_first_and_is_for_whom_it_was_made(asker: Asker) -> None:
    body = {"value": "<p>x</p>", "representation": "storage"}
    made = asker.raw(f"{ASYNC}/export_view", method="POST", json=body).json()["asyncId"]
    looks = [asker.raw(f"{ASYNC}/{made}").json() for _ in range(2)]
    assert [look["status"] for look in looks] == ["WORKING", "COMPLETED"]
    assert looks[1]["value"] == "<p>x</p>"
    assert asker.raw(f"{ASYNC}/{made}", user("user1")).status_code == 404
    asker.site.control.configure(advance_seconds=301)
    assert asker.raw(f"{ASYNC}/{made}").status_code == 404, "results are kept for five minutes"
    in_page = f"{ASYNC}/export_view?contentIdContext={asker.page}"  # type: ignore[attr-defined]
    assert [asker.raw(in_page, user(who), method="POST", json=body).status_code for who in ("user1", "user2")] == [
        200,
        404,
    ]
    many = {"conversionInputs": [{"to": "export_view", "body": body}] * 11}
    assert asker.raw(f"{ASYNC}/bulk/tasks", method="POST", json=many).status_code == 400


def test_properties_of_people_and_long_tasks(asker: Asker) -> None:
    edit, account = asker.site.control.edit, asker.site.control.account_id("user1@example.com")
    for number in range(7):
        edit("set_user_property", account=account, key=f"k{number}", value={"n": number})
    first = asker.raw(f"/wiki/rest/api/user/{account}/property").json()
    assert [row["key"] for row in first["results"]] == ["k0", "k1", "k2", "k3", "k4"]
    assert asker.raw(f"/wiki/rest/api/user/{account}/property/k6", user("user2")).json()["value"] == {"n": 6}
    assert asker.raw(f"/wiki/rest/api/user/{account}/property/none").status_code == 404
    task = edit("run_long_task", name="export", percentage=100)["id"]
    assert asker.raw(f"/wiki/rest/api/longtask/{task}").json()["finished"] is True
    assert asker.raw("/wiki/rest/api/longtask?key=other").json()["results"] == []
