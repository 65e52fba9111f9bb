"""Lists of Data Center that end too early, or say too little: the walk goes on, or says that it can't."""

from collections.abc import Callable
from typing import Any

import pytest

from confluence_assets.api import Connection, Scope, open_transport
from confluence_assets.api.datacenter import audit, endpoints
from confluence_assets.api.datacenter.caller import DatacenterCaller
from confluence_assets.api.datacenter.identity import DatacenterIdentity
from confluence_assets.api.datacenter.scan import Lister
from confluence_assets.errors import ProtocolError
from tests.api.clock import quick_options
from tests.api.datacenter import Live, datacenter, live_site
from tests.api.server import Answer, Asked, ScriptedSite
from tests.api.test_cloud_rows_equal_site import flat

SCAN, SEARCH = "GET */content/scan", "GET */content/search"


def walk(site: ScriptedSite, read: Callable[[DatacenterCaller], list[Any]]) -> list[Any]:
    """What is read from a server that follows a script."""
    transport = open_transport(Connection(site.url, pat="t", deployment="datacenter"), options=quick_options())
    try:
        return read(DatacenterCaller(transport))
    finally:
        transport.close()


def page_ids(live: Live) -> list[str]:
    return sorted(row["page_id"] for row in flat(live.source.iter_pages(live.scope, bodies=False)))


def dumped(live: Live, kind: str) -> list[str]:
    return sorted(row["id"] for row in live.dump(kind))


@pytest.mark.parametrize("form", ["empty_page", "null"])
def test_a_scan_goes_on_behind_an_empty_page_and_a_lost_link(form: str) -> None:
    """An empty page promises more; a full one whose link was lost is not the end either."""
    with live_site(datacenter("odd", expanded_cap=20)) as live:
        live.control.fault("next_link", form=form, route=SCAN, nth=2)
        assert page_ids(live) == dumped(live, "page")


def test_a_scan_that_promises_more_and_gives_no_address_is_an_error() -> None:
    with live_site(datacenter("odd", expanded_cap=20)) as live:
        live.control.fault("next_link", form="empty", route=SCAN, nth=2)
        with pytest.raises(ProtocolError, match="promises a next page but gives no cursor"):
            page_ids(live)


def test_a_server_whose_cursors_look_different_is_believed_about_its_end() -> None:
    def server(asked: Asked) -> Answer:
        if asked.one("cursor"):
            return Answer(400, payload={"message": "Invalid cursor"})
        rows = [{"id": str(number), "type": "page"} for number in range(3)]
        return Answer(payload={"results": rows, "limit": 3, "size": 3, "_links": {}})

    with ScriptedSite(server) as site:
        assert [row["id"] for row in walk(site, scan_comments)] == ["0", "1", "2"]


def scan_comments(caller: DatacenterCaller) -> list[Any]:
    lister = Lister(caller, DatacenterIdentity(caller))
    lister._can_scan = True
    return flat(lister.iter_contents("comment", Scope((), True), (), bodies=False))


@pytest.mark.parametrize("form", ["empty_page", "empty", "null"])
def test_a_list_by_offset_goes_on_behind_an_empty_page(form: str) -> None:
    with live_site(datacenter("odd", space_list_cap=2, people_cap=2)) as live:
        live.control.fault("next_link", form=form, route="GET */rest/api/group", nth=2)
        assert len(flat(live.source.iter_groups())) == len(live.control.dump("group"))


@pytest.mark.parametrize("page", [1, 2])
def test_a_search_goes_on_behind_an_empty_page(page: int) -> None:
    with live_site(datacenter("odd")) as live:
        archived = {row["space_key"] for row in live.spaces if row["status"] == "archived"}
        wanted = sorted(row["id"] for row in live.dump("page") if row["space_key"] not in archived)
        live.control.fault("next_link", form="empty_page", route=SEARCH, nth=page)
        rows = flat(live.source.iter_newest("pages", live.scope, limit=6, bodies=False))
        assert sorted(row["page_id"] for row in rows) == wanted


def test_what_fits_into_a_page_is_read_from_the_answer() -> None:
    """A capped page without a link is not the last one, though fewer rows came than were asked for."""

    def server(asked: Asked) -> Answer:
        start = int(asked.one("start") or 0)
        rows = [{"name": f"group {number}"} for number in range(start, min(start + 2, 5))]
        return Answer(payload={"results": rows, "start": start, "limit": 2, "size": len(rows), "_links": {}})

    def read(caller: DatacenterCaller) -> list[Any]:
        return flat(caller.walk_rows(endpoints.GROUPS, {}, limit=200, identity=lambda row: row["name"]))

    with ScriptedSite(server) as site:
        rows = walk(site, read)
    assert len(rows) == 5


def test_audit_records_come_by_their_cursor() -> None:
    def server(asked: Asked) -> Answer:
        page = int(asked.one("pageCursor") or 0)
        events = [{"timestamp": f"2026-11-0{page + 1}T00:00:00Z", "type": {"action": "Page created"}}]
        paging = {"lastPage": page == 2, "nextPageCursor": str(page + 1), "size": 1}
        return Answer(payload={"entities": events, "pagingInfo": paging})

    with ScriptedSite(server) as site:
        rows = walk(site, lambda caller: flat(audit.iter_audit_records(caller, None)))
    assert [row["created_at"].day for row in rows] == [1, 2, 3]
