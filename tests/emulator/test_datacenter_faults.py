"""Faults of the control surface on a Data Center: they bite here as on Cloud."""

import subprocess
import sys
from collections.abc import Callable

import requests

from confluence_assets.emulator import SeedPlan
from tests.emulator.datacenter_asker import Server

Start = Callable[..., Server]
PLAN = SeedPlan(spaces=2, pages_per_space=20, users=3)
SCAN = "GET /rest/api/content/scan"


def test_token_revoked_in_the_middle_of_a_walk(server_of: Start) -> None:
    """What comes after is what anonymous may read, with 200; only the header tells."""
    server = server_of("10.0", PLAN, anonymous_access=True)
    server.edit("grant", space="SP002", principal_type="anonymous")
    server.edit("create_token", account="admin@example.com", token="mine")
    server.site.control.fault("edit", route=SCAN, nth=2, edits={"op": "revoke_token", "token": "mine"})
    first = server.raw("/rest/api/content/scan?limit=10&expand=space", "mine")
    second = server.raw(first.json()["_links"]["next"], "mine")
    assert (first.status_code, first.headers["X-AUSERNAME"]) == (200, "admin")
    assert (second.status_code, second.headers["X-AUSERNAME"]) == (200, "anonymous")
    assert {row["space"]["key"] for row in first.json()["results"]} == {"SP001"}
    assert {row["space"]["key"] for row in second.json()["results"]} == {"SP002"}


def test_token_expires(server_of: Start) -> None:
    server = server_of("8.5", PLAN)
    server.site.control.fault("expire_token", route=SCAN, nth=2)
    names = [server.raw("/rest/api/content/scan?limit=1").headers["X-AUSERNAME"] for _ in range(3)]
    assert names == ["admin", "anonymous", "anonymous"]
    assert server.raw("/rest/api/space").json()["results"] == []


def test_rows_move_between_pages(server_of: Start) -> None:
    """An offset walk misses a row when an earlier one goes to the trash meanwhile; a scan does not."""
    for path, missed in (("/content", 1), ("/content/scan", 0)):
        server = server_of("10.0", PLAN)
        page = next(row["id"] for row in server.dump("page") if row["parent_id"])
        everything = {row["id"] for row in server.dump("page")} - {page}
        server.site.control.fault("edit", route=f"GET /rest/api{path}", nth=2, edits={"op": "trash", "id": page})
        rows = server.scan(limit=10) if path.endswith("scan") else server.walk(path, limit=10)
        assert len(everything - {row["id"] for row in rows}) == missed


def test_server_fails_once(server_of: Start) -> None:
    server = server_of("9.2", PLAN)
    server.site.control.fault("error", route=SCAN, status=503, nth=1)
    assert [server.status("/content/scan") for _ in range(2)] == [503, 200]


def test_the_command_serves_a_data_center() -> None:
    command = [
        sys.executable,
        "-m",
        "confluence_assets.emulator",
        "--datacenter",
        "9.2",
        "--context-path",
        "/confluence",
    ]
    with subprocess.Popen([*command, "--spaces", "1"], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            url = line.split(" at ")[1].split()[0]
            assert url.endswith("/confluence")
            assert "user name admin" in line
            with requests.Session() as session:
                session.trust_env = False
                reply = session.get(f"{url}/rest/api/server-information", auth=("admin", "admin"), timeout=5)
            assert reply.json()["version"] == "9.2.7"
        finally:
            process.terminate()
            assert process.wait(10) == 0


def test_the_command_wants_a_data_center_for_a_context_path() -> None:
    command = [sys.executable, "-m", "confluence_assets.emulator", "--context-path", "/confluence"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (2, "--context-path is for --datacenter\n")
