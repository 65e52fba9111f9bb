"""The other answer to questions that public material leaves open, where one call meets them and no history of syncs does."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from confluence_assets.api import ConfluenceClient, Connection, connect
from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.errors import AccessError, ConflictError, TransientError
from tests.api.clock import OwnedTime, quick_options
from tests.api.datacenter import datacenter, live_site
from tests.api.test_download import a_file, read

PAGES = "GET /wiki/api/v2/pages"


class Passing(OwnedTime):
    """Time that tests own, of which a little passes on the site as well."""

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        time.sleep(0.03)


@pytest.fixture
def site() -> Iterator[EmbeddedSite]:
    with EmbeddedSite(SiteConfig.shape("small")) as running:
        yield running


def connection_to(site: EmbeddedSite) -> Connection:
    return Connection(site.url, "admin@example.com", "admin")


@pytest.mark.parametrize("body", ["json", "html", "empty"])
def test_a_pause_is_kept_whatever_is_written_in_its_refusal(site: EmbeddedSite, body: str) -> None:
    site.control.configure(rate_limit_body=body)
    site.control.fault("throttle", route=PAGES, retry_after=7, times=1)
    owned = OwnedTime()
    with ConfluenceClient(connection_to(site), options=quick_options(owned)) as client:
        assert list(client.iter_pages())
    assert [int(seconds) for seconds in owned.sleeps] == [7]  # and a little, so that threads wake apart


@pytest.mark.parametrize("status", [409, 400])
def test_a_page_that_somebody_else_changed_is_a_conflict_by_either_status(site: EmbeddedSite, status: int) -> None:
    site.control.configure(version_conflict_status=status)
    page = next(row for row in site.control.dump("page") if row["status"] == "current")
    theirs = {"op": "edit_content", "id": page["id"], "body": "<p>Theirs.</p>"}
    site.control.fault("edit", route="PUT /wiki/api/v2/pages/{id}", edits=theirs, times=1)
    connection = replace(connection_to(site), allow_writes=True)
    with ConfluenceClient(connection, options=quick_options()) as client, pytest.raises(ConflictError) as caught:
        client.update_page(page["id"], body="<p>Mine.</p>")
    assert caught.value.current_version == page["version_number"] + 1


@pytest.mark.parametrize("refuses", [True, False])
def test_the_media_host_is_shown_no_credentials_whether_it_minds_or_not(refuses: bool) -> None:
    with a_file() as (site, source, where):
        site.control.configure(media_refuses_authorization=refuses)
        asked = []
        site.site.faults.active.append(lambda request, template, reply: asked.append((template, request)) or reply)
        assert len(read(source, where)) == 200_000
        media = [request for template, request in asked if template.startswith("(media)")]
        assert media
        assert all("authorization" not in request.headers for request in media)


@pytest.mark.parametrize("seconds", [1, 60])
def test_a_signed_address_is_asked_for_each_time(seconds: int) -> None:
    """It is good for a minute, or less: none is kept."""
    with a_file() as (site, source, where):
        site.control.configure(media_url_seconds=seconds)
        first = read(source, where)
        site.control.configure(advance_seconds=3600)
        assert read(source, where) == first


@pytest.mark.parametrize("takes", [False, True])
def test_a_token_without_scopes_at_the_gateway(site: EmbeddedSite, takes: bool) -> None:
    site.control.configure(gateway_takes_unscoped_tokens=takes)
    connection = replace(connection_to(site), method="scoped_token", api_url=site.api_url)
    source = connect(connection, options=quick_options())
    if takes:
        assert source.get_account().display_name == "Site Admin"
    else:
        with pytest.raises(AccessError):
            source.get_account()
    source.close()  # type: ignore[attr-defined]


def test_a_full_bucket_of_a_data_center_is_waited_for() -> None:
    """So much for each user and node; nothing is lost by it."""
    with live_site(datacenter("small", body_cap=2)) as live:
        wait = Passing()
        source = connect(Connection(live.site.url, pat="admin", deployment="datacenter"), options=quick_options(wait))
        live.control.configure(rate_limit_capacity=3, rate_limit_fill=200)
        pages = [row["page_id"] for rows in source.iter_pages(live.scope) for row in rows]
        source.close()  # type: ignore[attr-defined]
        assert sorted(pages) == sorted(row["id"] for row in live.dump("page"))
        assert wait.sleeps


def test_a_user_who_is_blocked_for_good_is_told_so() -> None:
    with live_site(datacenter("small")) as live:
        live.control.configure(rate_limit_capacity=1, rate_limit_blocks=True)
        with pytest.raises(TransientError, match="limits how much"):
            [list(live.source.iter_pages(live.scope)) for _ in range(9)]


def test_a_body_that_the_server_can_not_make_fails_its_listing_and_names_it() -> None:
    """CONFCLOUD-76433 on a Data Center: nothing else of it is lost, but a page without its body is not passed off as a page."""
    with live_site(datacenter("small")) as live:
        broken = live.dump("page")[0]["id"]
        live.control.configure(broken_storage=[broken])
        without = [row["page_id"] for rows in live.source.iter_pages(live.scope, bodies=False) for row in rows]
        assert broken in without
        with pytest.raises(TransientError, match=broken):
            list(live.source.iter_pages(live.scope))
