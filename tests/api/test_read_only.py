"""Without `allow_writes` nothing can write: every method of the client, counted at the server. A new method can't be forgotten."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from confluence_assets.api import ConfluenceClient
from confluence_assets.errors import ConfluenceAssetsError, SettingsError
from tests.api.clock import quick_options
from tests.api.writing import DEPLOYMENTS, Live, connection_of, live

WORDS = ("create", "update", "delete", "upload", "set", "add", "remove", "put", "post", "move", "restore", "purge", "write",
         "replace", "label", "archive", "publish", "copy", "rename")  # fmt: skip
"""How the name of a method that writes would begin."""
SETTINGS = {"close", "tally", "request", "graphql"}
"""Methods that neither read content nor write it by their names; raw calls have tests of their own."""


def methods() -> dict[str, Callable[..., Any]]:
    """Every public method of the client."""
    found = inspect.getmembers(ConfluenceClient, inspect.isfunction)
    return {name: work for name, work in found if not name.startswith("_")}


def writing_methods() -> set[str]:
    return {name for name, work in methods().items() if getattr(work, "is_write", False)}


@pytest.fixture(scope="module", params=DEPLOYMENTS)
def at(request: pytest.FixtureRequest) -> Iterator[Live]:
    with live(request.param, "odd") as found:
        yield found


@pytest.fixture
def reading(at: Live) -> Iterator[ConfluenceClient]:
    """A client as it is made where nobody says anything of writing."""
    with ConfluenceClient(connection_of(at.site, at.deployment), options=quick_options()) as client:
        at.site.control.clear_faults()
        at.site.control.reset_stats()
        yield client


def arguments_of(work: Callable[..., Any], known: dict[str, Any]) -> dict[str, Any]:
    """Something sensible for every parameter that has no default."""
    wanted = [
        one for one in inspect.signature(work).parameters.values()
        if one.name != "self" and one.default is one.empty and one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL)
    ]  # fmt: skip
    return {one.name: known[one.name] for one in wanted}


def known_of(at: Live) -> dict[str, Any]:
    dump = at.site.control.dump
    page = next(row for row in dump("page") if row["status"] == "current" and row["space_key"] == at.key)
    file = next(row for row in dump("attachment") if row["status"] == "current" and row["container_type"] == "page")
    return {
        "page_id": page["id"], "space_key": at.key, "title": "Written", "content_id": page["id"], "holder_id": page["id"],
        "attachment_id": file["id"], "container_id": file["container_id"], "filename": "new.txt", "content": b"new",
        "key": "new", "value": 1, "blogpost_id": next(row["id"] for row in dump("blogpost") if row["status"] == "current"),
        "label_id": "1", "content_type": "ac:app:thing", "task_id": "1-1", "number": 1, "cql": "type=page",
        "custom_content_id": "1", "name": "label",
    }  # fmt: skip


def test_methods_that_sound_like_writing_are_marked_as_writing() -> None:
    sounding = {name for name in methods() if name.partition("_")[0] in WORDS}
    assert sounding == writing_methods()
    assert len(sounding) == 9


def test_every_other_method_reads_or_is_known() -> None:
    rest = set(methods()) - writing_methods() - SETTINGS
    assert {name.partition("_")[0] for name in rest} == {"get", "iter", "download"}


def test_no_writing_method_sends_anything(at: Live, reading: ConfluenceClient) -> None:
    """Not even a question: it raises before."""
    known, before = known_of(at), at.site.control.dump()
    for name in sorted(writing_methods()):
        work = getattr(reading, name)
        with pytest.raises(SettingsError, match="read-only") as caught:
            work(**arguments_of(work, known))
        assert caught.value.setting == "allow_writes"
        assert name in str(caught.value)
    assert at.site.control.stats()["total"] == 0
    assert at.site.control.dump() == before


def test_no_reading_method_writes(at: Live, reading: ConfluenceClient) -> None:
    """Each is called, its list walked; what it raises does not matter here, what arrives at the server does."""
    known, before = known_of(at), at.site.control.dump()
    called = 0
    for name, work in methods().items():
        if name in writing_methods() | SETTINGS:
            continue
        try:
            answer = getattr(reading, name)(**arguments_of(work, known))
            if inspect.isgenerator(answer) or hasattr(answer, "__next__"):
                list(answer)
        except ConfluenceAssetsError:
            pass
        called += 1
    assert called >= 25
    stats = at.site.control.stats()
    assert stats["total"] > 20
    assert stats["writes"] == 0
    assert at.site.control.dump() == before


RAW = [
    ("POST", "pages"), ("PUT", "pages"), ("PATCH", "pages"), ("DELETE", "pages"), ("TRACE", "pages"), ("post", "pages"),
    ("MERGE", "pages"), ("POST", "users-bulk/../pages"), ("POST", "users-bulk/"), ("POST", "users-bulk;x/pages"),
    ("POST", "%75sers-bulk/%2e%2e/pages"), ("POST", "admin-key"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), RAW)
def test_no_raw_call_writes(at: Live, reading: ConfluenceClient, method: str, path: str) -> None:
    base = "/wiki/api/v2" if at.deployment == "cloud" else "/rest/api"
    with pytest.raises(SettingsError):
        reading.request(method, f"{base}/{path}", body={})
    assert at.site.control.stats()["total"] == 0


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "x-http-method", "X-Method-Override"])
def test_no_header_makes_a_read_write(at: Live, reading: ConfluenceClient, header: str) -> None:
    with pytest.raises(SettingsError, match="can't be set"):
        reading.request("GET", "/wiki/api/v2/pages", headers={header: "DELETE"})
    assert at.site.control.stats()["total"] == 0


MUTATION = 'mutation M { confluence { createPage(input: {spaceId: "1", title: "x"}) { success } } }'
DOCUMENTS = [
    MUTATION,
    f"# query {{ me }}\n{MUTATION}",
    f"query Q {{ me {{ user {{ name }} }} }} {MUTATION}",
    f"fragment F on User {{ name }} {MUTATION}",
    f"\ufeff,,,{MUTATION}",
    MUTATION.replace("mutation M", "mutation"),
]


@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.parametrize("name", [None, "Q", "M"])
def test_no_mutation_is_sent(at: Live, reading: ConfluenceClient, document: str, name: str | None) -> None:
    with pytest.raises(SettingsError):
        reading.graphql(document, operation_name=name)
    assert at.site.control.stats()["total"] == 0


def test_no_way_around_graphql(at: Live, reading: ConfluenceClient) -> None:
    """A query in an address, a POST of a query to what is no GraphQL, a path that only looks like it."""
    ways = (("GET", "/gateway/api/graphql?query=mutation"), ("POST", "/gateway/api/graphql"))
    actions = (("GET", "/pages/doremovepage.action?pageId=1"), ("GET", "/pages/doremovepage%2Eaction;x?pageId=1"))
    for method, path in (*ways, *actions):
        with pytest.raises(SettingsError):
            reading.request(method, path, body={"query": MUTATION})
    for path in (
        "/wiki/api/v2/pages",
        "/wiki/api/v2/pages?x=/graphql",
        "/gateway/api/graphql/../../../wiki/api/v2/pages",
    ):
        with pytest.raises(SettingsError):
            reading.graphql("{ me { user { name } } }", path=path)
    assert at.site.control.stats()["total"] == 0


def test_the_transport_itself_refuses(at: Live, reading: ConfluenceClient) -> None:
    """Whoever forgets the gate of a method still meets this one."""
    writer = reading._writer
    with pytest.raises(SettingsError, match="read-only"):
        writer.delete_page("1", purge=False, is_draft=False)
    assert at.site.control.stats()["total"] == 0


def test_what_is_counted_as_a_write_is_one(at: Live) -> None:
    """The count that the tests above trust counts."""
    at.site.control.reset_stats()
    page_id = at.client.create_page(at.key, "Counted")["id"]
    assert at.site.control.stats()["writes"] == 1
    at.client.delete_page(page_id)
    assert at.site.control.stats()["writes"] == 2
    if at.deployment == "cloud":
        space_id = at.client.get_space(key=at.key)["id"]
        at.client.graphql(MUTATION.replace('"1"', f'"{space_id}"'))
        assert at.site.control.stats()["writes"] == 3
        at.client.graphql("{ me { user { name } } }")
        assert at.site.control.stats()["writes"] == 3
