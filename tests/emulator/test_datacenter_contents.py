"""Contents of a Data Center: scan, lists, one by id, comments, files, search; against what was seeded."""

import hashlib
from collections.abc import Callable

import pytest

from confluence_assets.emulator import SeedPlan
from tests.emulator.datacenter_asker import PROFILES, Server

Start = Callable[..., Server]
PLAN = SeedPlan(spaces=2, pages_per_space=30, blogposts_per_space=3, comments=24, attachments=12, tasks=9, properties=4)


def the_id(server: Server, kind: str, title: str) -> str:
    return str(next(row["id"] for row in server.dump(kind) if row["title"] == title))


@pytest.mark.parametrize("profile", PROFILES)
def test_scan_brings_every_page_once(server_of: Start, profile: str) -> None:
    server = server_of(profile, PLAN)
    rows = server.scan(type="page", limit=7)
    assert [row["id"] for row in rows] == sorted((row["id"] for row in server.dump("page")), key=int)
    assert len(rows) == 60
    first = server.get("/content/scan", type="page", limit=7)
    assert first["nextCursor"] == f"content:false:{first['results'][-1]['id']}"
    assert first["_links"]["next"].startswith("/rest/api/content/scan?type=page&limit=7&cursor=content%3Afalse%3A")
    assert "prevCursor" not in first


def test_scan_walks_back(server_of: Start) -> None:
    server = server_of("10.0", PLAN)
    pages = server.scan(type="page", limit=60)
    second = server.get("/content/scan", cursor=f"content:false:{pages[9]['id']}", limit=10)
    assert [row["id"] for row in second["results"]] == [row["id"] for row in pages[10:20]]
    back = server.get("/content/scan", cursor=second["prevCursor"], limit=10)
    assert [row["id"] for row in back["results"]] == [row["id"] for row in pages[:10]]
    assert "prevCursor" not in back


@pytest.mark.parametrize("cursor", ["x", "content:false:", "content:maybe:1", "page:false:1", "content:false:1:2"])
def test_bad_cursor_is_refused(server_of: Start, cursor: str) -> None:
    assert server_of("10.0", PLAN).status("/content/scan", cursor=cursor) == 400


def test_scan_filters(server_of: Start) -> None:
    server = server_of("10.0", PLAN)
    keys = {row["space"]["key"] for row in server.scan(spaceKey="SP002", expand="space")}
    assert keys == {"SP002"}
    assert len(server.scan(type="blogpost")) == 6
    comments = server.scan(type="comment", expand="container,extensions.resolution")
    assert len(comments) == 24
    assert {row["type"] for row in comments} == {"comment"}
    assert server.status("/content/scan", spaceKey="NONE") == 404
    assert server.status("/content/scan", type="folder") == 400
    assert server.status("/content/scan", status="lost") == 400


def test_statuses(server_of: Start) -> None:
    server = server_of("10.0", PLAN)
    pages = [row["id"] for row in server.dump("page") if row["parent_id"]][:3]
    server.edit("archive", id=pages[0])
    server.edit("trash", id=pages[1])
    assert len(server.scan()) == 58
    assert [row["id"] for row in server.scan(status="archived")] == [pages[0]]
    assert [row["id"] for row in server.scan(status="trashed")] == [pages[1]]
    assert len(server.scan(status="any")) == 59
    assert [server.status(f"/content/{page}") for page in pages] == [404, 404, 200]
    assert server.get(f"/content/{pages[1]}", status="any")["status"] == "trashed"
    assert server.status(f"/content/{pages[0]}", status="any") == 404
    assert server.get(f"/content/{pages[0]}", status="archived")["status"] == "archived"
    assert [row["id"] for row in server.get("/space/SP001/trash")["results"]] == [pages[1]]
    assert server.status("/space/SP001/trash", "user2") == 403


def test_caps_show_in_the_answer(server_of: Start) -> None:
    server = server_of("10.0", SeedPlan(spaces=1, pages_per_space=1100))
    found = {}
    for expand in ("", "version", "body.storage"):
        page = server.get("/content/scan", limit=5000, expand=expand)
        found[expand] = (page["limit"], page["size"])
    assert found == {"": (1000, 1000), "version": (200, 200), "body.storage": (50, 50)}
    assert server.get("/content", limit=5000, expand="body.storage")["limit"] == 50
    assert server.get("/content/search", cql="type=page", limit=5000, expand="body.view")["limit"] == 50


def test_page_by_id(larkspur: Server) -> None:
    page = larkspur.get(
        f"/content/{the_id(larkspur, 'page', 'Your first week')}", expand="body.storage,ancestors,version"
    )
    assert (page["id"], page["type"], page["status"], page["title"]) == ("65543", "page", "current", "Your first week")
    assert [above["title"] for above in page["ancestors"]] == ["Handbook"]
    assert 'ri:userkey="4028ae28' in page["body"]["storage"]["value"]
    assert "ri:account-id" not in page["body"]["storage"]["value"]
    assert page["version"]["by"]["type"] == "known"
    assert page["_links"]["webui"] == "/display/HB/Your+first+week"
    assert "ari" not in page
    plain = larkspur.get("/content/65543")
    assert {"history", "space", "version"} <= set(plain)
    assert plain["history"]["createdBy"]["username"] == "maya"
    assert "body" not in plain


def test_titles_that_break_addresses(server_of: Start) -> None:
    server = server_of("10.0", PLAN)
    made = server.edit("create_page", space="SP001", title="a/b & c?")
    assert server.get(f"/content/{made['id']}")["_links"]["webui"] == f"/pages/viewpage.action?pageId={made['id']}"


def test_versions(server_of: Start) -> None:
    for profile in ("8.5", "10.0"):
        server = server_of(profile, PLAN)
        made = server.edit("create_page", space="SP001", title="Draft", body="<p>one</p>", by="user1@example.com")
        server.edit("edit_content", id=made["id"], title="Final", body="<p>two</p>", message="done", minor=True)
        path = f"/content/{made['id']}"
        old = server.get(path, status="historical", version=1, expand="body.storage,version")
        assert (old["title"], old["status"], old["body"]["storage"]["value"]) == ("Draft", "historical", "<p>one</p>")
        assert (old["version"]["number"], old["version"]["by"]["username"]) == (1, "user1")
        assert server.status(path, version=3) == 404
        history = server.get(f"{path}/history")
        assert history["lastUpdated"]["message"] == "done"
        assert history["previousVersion"]["number"] == 1
        base = "/rest/experimental" if profile == "8.5" else "/rest/api"
        rows = server.raw(f"{base}{path}/version").json()["results"]
        assert [(row["number"], row["minorEdit"], row["message"]) for row in rows] == [
            (2, True, "done"),
            (1, False, ""),
        ]


def test_list_by_title_and_ids(larkspur: Server) -> None:
    found = larkspur.get("/content", title="your FIRST week", spaceKey="HB")
    assert [row["id"] for row in found["results"]] == ["65543"]
    assert "space" not in found["results"][0]
    found = larkspur.get("/content", ids="65543,att65578,65548")
    assert [(row["id"], row["type"]) for row in found["results"]] == [
        ("65543", "page"), ("65548", "comment"), ("att65578", "attachment"),
    ]  # fmt: skip


def test_comments_have_locations(larkspur: Server) -> None:
    page = the_id(larkspur, "page", "One of everything")
    held = [row for row in larkspur.dump("comment") if row["container_id"] == page]
    rows = larkspur.walk(
        f"/content/{page}/child/comment", depth="all", expand="ancestors,container,body.storage", limit=2
    )
    assert {row["id"] for row in rows} == {row["id"] for row in held}
    by_id = {row["id"]: row for row in rows}
    for row in held:
        shown = by_id[row["id"]]
        assert shown["container"]["id"] == page
        assert shown["body"]["storage"]["value"] == row["body_storage"]
        assert [above["id"] for above in shown["ancestors"]][-1:] == [one for one in [row["parent_comment_id"]] if one]
    roots = larkspur.walk(f"/content/{page}/child/comment")
    assert {row["id"] for row in roots} == {row["id"] for row in held if not row["parent_comment_id"]}
    for location in ("footer", "inline", "resolved"):
        found = larkspur.get(f"/content/{page}/child/comment", location=location)["results"]
        assert {row["extensions"]["location"] for row in found} <= {location}
    assert larkspur.status(f"/content/{page}/child/comment", location="margin") == 400


def test_replies_move_with_their_root(server_of: Start) -> None:
    server = server_of("10.0", PLAN)
    page = server.dump("page")[0]["id"]
    root = server.edit("comment", container=page, kind="inline", selection="runbook")["id"]
    reply = server.edit("reply", comment=root)["id"]
    server.edit("resolve_comment", id=root)
    path, more = f"/content/{page}/child/comment", "extensions.inlineProperties,extensions.resolution"
    found = server.get(path, location="resolved", depth="all", expand=more)["results"]
    mine = {row["id"]: row["extensions"] for row in found}
    assert mine[root]["inlineProperties"]["originalSelection"] == "runbook"
    assert mine[root]["resolution"]["status"] == "resolved"
    assert mine[root]["resolution"]["lastModifier"]["username"] == "admin"
    assert mine[reply]["location"] == "resolved"
    assert root not in {row["id"] for row in server.get(path, location=["inline", "footer"])["results"]}


def test_files_stream_from_the_servlet(larkspur: Server) -> None:
    file = next(row for row in larkspur.dump("attachment") if row["filename"] == "expense-template.csv")
    shown = larkspur.get(f"/content/{file['container_id']}/child/attachment", filename="expense-template.csv")[
        "results"
    ][0]
    assert shown["extensions"] == {
        "mediaType": "text/csv",
        "fileSize": 68,
        "comment": "Fill in, one line a receipt",
        "mediaTypeDescription": "File",
    }
    assert shown["_links"]["download"] == (
        "/download/attachments/65576/expense-template.csv?version=1&modificationDate=1646129280000&api=v2"
    )
    whole = larkspur.raw(shown["_links"]["download"])
    assert hashlib.sha256(whole.content).hexdigest() == file["sha256"]
    part = larkspur.raw(shown["_links"]["download"], headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.headers["Content-Range"]) == (206, "bytes 10-19/68")
    assert part.content == whole.content[10:20]
    assert larkspur.raw(shown["_links"]["download"], headers={"Range": "bytes=-8"}).content == whole.content[-8:]
    assert larkspur.raw(shown["_links"]["download"], headers={"Range": "bytes=68-"}).status_code == 416
    assert larkspur.raw("/download/attachments/65576/expense-template.csv?version=2").status_code == 404
    assert larkspur.raw(shown["_links"]["download"], None).status_code == 404


def test_old_file_versions(server_of: Start) -> None:
    server = server_of("10.0", PLAN)
    page = server.dump("page")[0]["id"]
    file = server.edit("upload", container=page, filename="ü n.txt", text="first")["id"]
    server.edit("new_file_version", id=file, text="second")
    path = f"/download/attachments/{page}/%C3%BC%20n.txt"
    assert [server.raw(f"{path}?version={number}").text for number in (1, 2)] == ["first", "second"]
    assert server.raw(path).text == "second"
    text = server.get(f"/content/{page}/child/attachment/{file}/extractedtext")
    assert text == {"extractedText": "second"}


def test_children_and_descendants(server_of: Start) -> None:
    server = server_of("10.0", PLAN)
    pages = server.dump("page")
    home = next(row for row in pages if not row["parent_id"] and row["space_key"] == "SP001")["id"]
    below = [row["id"] for row in pages if row["parent_id"] == home]
    assert [row["id"] for row in server.walk(f"/content/{home}/child/page", limit=5)] == below
    everything = [row["id"] for row in pages if home in row["ancestor_ids"]]
    assert [row["id"] for row in server.walk(f"/content/{home}/descendant/page", limit=20)] == everything
    assert server.get(f"/content/{home}/child")["_expandable"] == {
        kind: f"/rest/api/content/{home}/child/{kind}" for kind in ("page", "comment", "attachment")
    }
    assert server.status(f"/content/{home}/child/folder") == 400


def test_labels_properties_likes(larkspur: Server) -> None:
    page = the_id(larkspur, "page", "One of everything")
    labels = {row["name"] for row in larkspur.dump("label") if row["content_id"] == page}
    rows = larkspur.get(f"/content/{page}/label")["results"]
    assert {row["name"] for row in rows} == labels
    assert labels
    held = [row for row in larkspur.dump("property") if row["content_id"] == page]
    properties = larkspur.get(f"/content/{page}/property")["results"]
    assert {row["key"]: row["value"] for row in properties} == {row["key"]: row["value"] for row in held}
    assert larkspur.get(f"/content/{page}/property/{held[0]['key']}")["id"] == held[0]["property_id"]
    liked = next(row["content_id"] for row in larkspur.dump("like") if row["content_type"] == "page")
    likes = larkspur.raw(f"/rest/likes/1.0/content/{liked}/likes").json()
    names = {user.account_id: user.username for user in larkspur.site.control.users()}
    assert [one["user"]["name"] for one in likes["likes"]] == [
        names[row["account_id"]] for row in larkspur.dump("like") if row["content_id"] == liked
    ]


def test_search(larkspur: Server) -> None:
    found = larkspur.walk("/content/search", cql='label = "policy" and type = page', expand="metadata.labels", limit=3)
    labelled = {row["content_id"] for row in larkspur.dump("label") if row["name"] == "policy"}
    pages = {row["id"] for row in larkspur.dump("page") if row["status"] == "current"}
    assert {row["id"] for row in found} == labelled & pages
    assert len(found) > 3
    page = larkspur.get("/search", cql='creator = "maya" and type = page and space = HB', limit=2)
    mine = [
        row for row in larkspur.dump("page") if row["space_key"] == "HB" and row["author_id"] == larkspur.key("maya")
    ]
    assert (page["totalSize"], page["size"]) == (len(mine), 2)
    assert page["results"][0]["content"]["type"] == "page"
    assert larkspur.status("/content/search", cql="colour = red") == 400
    assert larkspur.status("/content/search") == 400


def test_archived_spaces_are_left_out_unless_asked_for(larkspur: Server) -> None:
    assert larkspur.get("/search", cql="space = PROTO and type = page")["totalSize"] == 0
    assert larkspur.get("/search", cql="space = PROTO and type = page", includeArchivedSpaces="true")["totalSize"] == 4
    assert {row["space"]["key"] for row in larkspur.scan(spaceKey="PROTO", expand="space")} == {"PROTO"}


def test_search_zone_is_the_callers(server_of: Start) -> None:
    server = server_of("10.0", PLAN)
    made = server.edit("create_page", space="SP001", title="Now", by="user3@example.com")
    tokyo = next(user for user in server.site.control.users() if user.time_zone == "Asia/Tokyo").username
    query = 'type = page and created >= "2026-11-16 08:00" and created < "2026-11-16 09:00"'
    assert [row["id"] for row in server.get("/content/search", cql=query)["results"]] == [made["id"]]
    query = 'type = page and created >= "2026-11-16 17:00" and created < "2026-11-16 18:00"'
    assert [row["id"] for row in server.get("/content/search", tokyo, cql=query)["results"]] == [made["id"]]
    server.site.control.configure(cql_time_zone="instance", instance_time_zone="America/New_York")
    query = 'type = page and created >= "2026-11-16 03:00" and created < "2026-11-16 04:00"'
    assert [row["id"] for row in server.get("/content/search", tokyo, cql=query)["results"]] == [made["id"]]
    assert server.get(f"/content/{made['id']}")["version"]["when"] == "2026-11-16T03:00:01.000-05:00"


def test_tasks_stand_in_the_bodies(server_of: Start) -> None:
    server = server_of("10.0", PLAN)
    tasks = server.dump("task")
    assert len(tasks) == 9
    bodies = {row["id"]: row["body"]["storage"]["value"] for row in server.scan(expand="body.storage")}
    for task in tasks:
        assert (
            f"<ac:task><ac:task-id>{task['local_id']}</ac:task-id><ac:task-status>{task['status']}</ac:task-status>"
            f"<ac:task-body>{task['body_storage']}</ac:task-body></ac:task>"
        ) in bodies[task["page_id"]]
    assert sum(body.count("<ac:task>") for body in bodies.values()) == 9
    first = tasks[1]
    assert first["body_storage"] == (
        f'<ac:link><ri:user ri:userkey="{first["assigned_to"]}" /></ac:link> Check item 2'
        f' <time datetime="{first["due_at"][:10]}" />'
    )


def test_old_storage(server_of: Start) -> None:
    plan = SeedPlan(spaces=1, pages_per_space=12, tasks=3)
    bodies = [
        row["body"]["storage"]["value"] for row in server_of("7.19", plan, old_storage=True).scan(expand="body.storage")
    ]
    text = "".join(bodies)
    assert '<ac:macro ac:name="' in text
    assert "structured-macro" not in text
    assert 'ri:username="' in text
    assert "ri:userkey" not in text
    server = server_of("7.19", plan, old_storage=True)
    assert {row["id"]: row["body_storage"] for row in server.dump("page")} == {
        row["id"]: row["body"]["storage"]["value"] for row in server.scan(expand="body.storage")
    }
