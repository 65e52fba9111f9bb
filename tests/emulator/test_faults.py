"""When faults fire, how they are set, and what they answer."""

import re
import socket
import time
from typing import Any

import pytest
import requests

from confluence_assets.emulator.faults import FAULTS
from confluence_assets.emulator.faults import __doc__ as fault_docs
from tests.emulator.asker import ADMIN, Asker

PAGES = "/wiki/api/v2/pages"
SPACES = "/wiki/api/v2/spaces"


def statuses(small: Asker, count: int, path: str = PAGES) -> list[int]:
    return [small.status(path) for _ in range(count)]


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        ({}, "xxxxxxxx"),
        ({"nth": 3}, "..x....."),
        ({"nth": [1, 4]}, "x..x...."),
        ({"every": 3}, "..x..x.."),
        ({"first": 2}, "xx......"),
        ({"after": 5}, ".....xxx"),
        ({"times": 1}, "x......."),
        ({"after": 2, "every": 2, "times": 2}, "...x.x.."),
        ({"probability": 0.0}, "........"),
        ({"probability": 1.0}, "xxxxxxxx"),
    ],
)
def test_triggers(small: Asker, trigger: dict[str, Any], expected: str) -> None:
    small.site.control.fault("error", status=500, route=PAGES, **trigger)
    assert statuses(small, 2, SPACES) == [200, 200]
    assert "".join("x" if status == 500 else "." for status in statuses(small, 8)) == expected
    (listed,) = small.site.control.faults()
    assert (listed["seen"], listed["fired"]) == (8, expected.count("x"))


@pytest.mark.parametrize(
    ("route", "hit", "spared"),
    [
        ("*", [PAGES, SPACES], []),
        ("/wiki/api/v2/*", [PAGES, SPACES], ["/wiki/rest/api/group"]),
        ("GET /wiki/rest/api/*", ["/wiki/rest/api/group"], [PAGES]),
        ("POST *", [], [PAGES]),
        ("/wiki/api/v2/pages/{id}", ["/wiki/api/v2/pages/1"], [PAGES]),
        ("(no route)", ["/nowhere"], [PAGES]),
    ],
)
def test_routes_are_globs_over_templates(small: Asker, route: str, hit: list[str], spared: list[str]) -> None:
    small.site.control.fault("error", status=504, route=route)
    assert {small.status(path) for path in hit} <= {504}
    assert 504 not in {small.status(path) for path in spared}


def test_a_target_is_a_glob_over_the_address(small: Asker) -> None:
    small.site.control.fault("error", status=502, target="*cursor=*")
    first = small.raw(f"{PAGES}?limit=5").json()
    assert small.status(first["_links"]["next"]) == 502


def test_chance_depends_on_seed_and_address_not_on_the_order(small: Asker) -> None:
    addresses = [f"{PAGES}?limit={limit}" for limit in range(1, 101)]

    def hits(seed: int, order: list[str]) -> set[str]:
        small.site.control.clear_faults()
        small.site.control.fault("error", probability=0.3, seed=seed)
        return {address for address in order if small.status(address) == 503}

    there, back, other = hits(1, addresses), hits(1, addresses[::-1]), hits(2, addresses)
    assert there == back != other
    assert 15 <= len(there) <= 45


def test_faults_over_http(small: Asker) -> None:
    one = {"kind": "throttle", "route": PAGES, "nth": 1}
    made = small.raw("/_emulator/faults", None, "POST", json=[one, {"kind": "reset", "route": SPACES}]).json()[
        "results"
    ]
    assert [(row["id"], row["kind"], row["route"]) for row in made] == [
        ("f1", "throttle", PAGES),
        ("f2", "reset", SPACES),
    ]
    assert small.status(PAGES) == 429
    listed = small.raw("/_emulator/faults", None).json()["results"]
    assert (listed[0]["seen"], listed[0]["fired"], listed[0]["nth"]) == (1, 1, 1)
    assert len(small.raw("/_emulator/faults", None, "POST", json={"clear": "f2"}).json()["results"]) == 1
    assert small.raw("/_emulator/faults?id=f2", None, "DELETE").status_code == 404
    assert small.raw("/_emulator/faults", None, "POST", json={"clear": True}).json() == {"results": []}
    small.site.control.fault("reset")
    small.raw("/_emulator/faults", None, "DELETE")
    assert small.status(SPACES) == 200


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"kind": "nope"}, "no such fault: nope"),
        ({"kind": "error", "color": 1}, "error takes no color"),
        ({"kind": "lose_group"}, "lose_group"),
        ({"route": "*"}, "kind"),
        ({"kind": "throttle", "style": "kind"}, "no such style"),
        ({"kind": "next_link", "form": "odd"}, "no such form"),
        ({"kind": "edit", "edits": {}, "when": "never"}, "before or after"),
    ],
)
def test_wrong_faults_are_refused(small: Asker, body: dict[str, Any], words: str) -> None:
    reply = small.raw("/_emulator/faults", None, "POST", json=body)
    assert reply.status_code == 400
    assert words in reply.json()["error"]
    assert small.site.control.faults() == []


def test_a_reset_of_the_site_takes_faults_away(small: Asker) -> None:
    small.site.control.fault("error")
    small.site.control.reset()
    assert statuses(small, 1) == [200]


def test_the_docstring_names_every_kind_with_its_fields(small: Asker) -> None:
    kinds = small.raw("/_emulator/faults/kinds", None).json()
    assert set(kinds) == set(FAULTS)
    common = {"route", "target", "nth", "every", "first", "after", "probability", "seed", "times"}
    told = dict(re.findall(r"^    (\w+)\((.*)\)", fault_docs or "", re.MULTILINE))
    names = {kind: set(re.findall(r"(\w+)=|\b(group)\b", words)) for kind, words in told.items()}
    assert {kind: {a or b for a, b in found} for kind, found in names.items()} == {
        kind: set(fields) - common for kind, fields in kinds.items()
    }


# what they answer


@pytest.mark.parametrize(
    ("fields", "present", "absent"),
    [
        ({}, {"Retry-After": "1"}, ["X-RateLimit-Limit"]),
        ({"retry_after": None}, {}, ["Retry-After"]),
        ({"retry_after": "Fri, 20 Nov 2026 10:00:00 GMT"}, {"Retry-After": "Fri, 20 Nov 2026 10:00:00 GMT"}, []),
        ({"style": "quota"}, {"RateLimit-Reason": "confluence-quota-global-based", "X-RateLimit-Remaining": "0"}, []),
        ({"style": "burst"}, {"RateLimit-Reason": "confluence-burst-based"}, []),
        (
            {"style": "gateway", "retry_after": None},
            {"X-Failure-Category": "FAILURE CLIENT RATE LIMITED"},
            ["Retry-After"],
        ),
        (
            {"style": "structured", "reset_seconds": 600},
            {"RateLimit": '"global-app-quota";r=0;t=600', "RateLimit-Policy": '"global-app-quota";q=65000;w=3600'},
            [],
        ),
        ({"style": "beta"}, {"Beta-Retry-After": "1"}, ["Retry-After", "RateLimit"]),
        ({"style": "data_center", "retry_after": 0}, {"X-RateLimit-FillRate": "10", "Retry-After": "0"}, []),
    ],
)
def test_throttles(small: Asker, fields: dict[str, Any], present: dict[str, str], absent: list[str]) -> None:
    small.site.control.fault("throttle", **fields)
    reply = small.raw(PAGES)
    assert reply.status_code == 429
    assert {name: reply.headers.get(name) for name in present} == present
    assert [name for name in absent if name in reply.headers] == []


@pytest.mark.parametrize(
    ("form", "content_type"), [("json", "application/json"), ("html", "text/html"), ("empty", "text/plain")]
)
def test_bodies_of_refusals(small: Asker, form: str, content_type: str) -> None:
    small.site.control.configure(rate_limit_body=form)
    small.site.control.fault("throttle", route=PAGES)
    small.site.control.fault("error", status=502, body=form, route=SPACES, retry_after=7)
    for path, status in ((PAGES, 429), (SPACES, 502)):
        reply = small.raw(path)
        assert (reply.status_code, reply.headers["Content-Type"].split(";")[0]) == (status, content_type)
        assert (reply.content == b"") is (form == "empty")
    assert small.raw(SPACES).headers["Retry-After"] == "7"


def test_login_pages(small: Asker) -> None:
    small.site.control.fault("login_page", route=PAGES)
    small.site.control.fault("login_redirect", route=SPACES)
    page = small.raw(PAGES)
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html;charset=UTF-8")
    assert b"Log in" in page.content
    reply = small.raw(SPACES)
    assert reply.status_code == 302
    assert reply.headers["Location"] == f"{small.site.url}/login?dest-url=%2Fwiki%2Fapi%2Fv2%2Fspaces"


def test_a_refusal_keeps_the_site_from_acting(small: Asker) -> None:
    small.site.control.fault("error", route="POST /wiki/api/v2/admin-key", times=1)
    assert small.raw("/wiki/api/v2/admin-key", method="POST").status_code == 503
    assert small.status("/wiki/api/v2/admin-key") == 404
    assert small.raw("/wiki/api/v2/admin-key", method="POST").status_code == 200


# the line


def test_a_reset_and_a_cut(small: Asker) -> None:
    small.site.control.fault("reset", route=PAGES)
    small.site.control.fault("cut", route=SPACES, keep_bytes=10)
    with pytest.raises(requests.ConnectionError):
        small.raw(PAGES)
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="10 bytes read"):
        small.raw(SPACES)


def test_a_framed_cut_is_torn_json(small: Asker) -> None:
    whole = len(small.raw(SPACES).content)
    small.site.control.fault("cut", is_framed=True)
    reply = small.raw(SPACES)
    assert (reply.status_code, len(reply.content)) == (200, whole // 2)
    with pytest.raises(requests.exceptions.JSONDecodeError):
        reply.json()


def test_stalls(small: Asker) -> None:
    small.site.control.fault("stall", route=PAGES, seconds=0.4)
    small.site.control.fault("stall", route=SPACES, seconds=0.4, after_bytes=5)
    started = time.perf_counter()
    assert small.status(PAGES) == 200
    assert time.perf_counter() - started >= 0.4
    with socket.create_connection(("127.0.0.1", small.site.port), timeout=5) as line:
        started = time.perf_counter()
        line.sendall(f"GET {SPACES} HTTP/1.1\r\nHost: x\r\nAuthorization: {_basic()}\r\n\r\n".encode())
        received = b""
        while chunk := line.recv(65536):
            received += chunk
        assert time.perf_counter() - started >= 0.4
    head, _, body = received.partition(b"\r\n\r\n")
    assert (body, b"200 OK" in head) == (b'{"res', True)


def _basic() -> str:
    return str(requests.Request("GET", "http://x", auth=ADMIN).prepare().headers["Authorization"])


def test_files_of_the_media_host_are_spoiled_too(small: Asker) -> None:
    row = small.walk("/attachments")[0]
    path = f"/wiki/rest/api/content/{row['pageId']}/child/attachment/{row['id']}/download"
    small.site.control.fault("error", route="(media) *", status=500)
    assert requests.get(small.raw(path).headers["Location"], timeout=5).status_code == 500


# limits that count


def test_bursts(small: Asker) -> None:
    small.site.control.fault("burst", rate=0.001, capacity=3)
    assert statuses(small, 5) == [200, 200, 200, 429, 429]
    assert statuses(small, 1, SPACES) == [200]  # a bucket for each route
    refused = small.raw(PAGES)
    assert (refused.headers["Retry-After"], refused.headers["RateLimit-Reason"]) == ("1", "confluence-burst-based")
    assert small.site.control.faults()[0]["refused"] == 3


def test_points_are_counted_by_object(small: Asker) -> None:
    small.site.control.fault("quota", points=65, everyone=True, window_seconds=10**9)

    def spent() -> int:
        return int(small.site.control.faults()[0]["spent"])

    small.raw(f"{PAGES}?limit=10")
    assert spent() == 11
    members = small.v1("/group?limit=50")["size"]
    assert spent() == 11 + 1 + 2 * members
    page = small.raw(f"{PAGES}?limit=250")
    assert page.headers["X-RateLimit-Limit"] == "65"
    assert page.headers["RateLimit-Policy"] == '"global-app-quota";q=65;w=1000000000'
    assert page.headers["X-RateLimit-NearLimit"] == "true"
    left = 65 - spent()
    assert int(page.headers["X-RateLimit-Remaining"]) == left
    assert page.headers["RateLimit"].startswith(f'"global-app-quota";r={left};t=')
    while small.status(SPACES) == 200:
        assert spent() < 90
    refused = small.raw(PAGES)
    assert refused.headers["RateLimit-Reason"] == "confluence-quota-global-based"
    assert int(refused.headers["Retry-After"]) > 1000


def test_api_tokens_have_no_quota(small: Asker) -> None:
    small.site.control.fault("quota", points=1)
    assert statuses(small, 5) == [200] * 5


def test_a_new_window_has_all_points_again(small: Asker) -> None:
    small.site.control.fault("quota", points=1, everyone=True, window_seconds=0.5)
    assert 429 in statuses(small, 6)
    time.sleep(0.55)
    assert small.status(PAGES) == 200
