"""The public client against the embedded site, over a socket."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from confluence_assets.api import ConfluenceClient, Connection
from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.errors import AccessError, NotFoundError
from tests.api.clock import quick_options


@pytest.fixture(scope="module")
def site() -> Iterator[EmbeddedSite]:
    with EmbeddedSite(SiteConfig.shape("small")) as found:
        yield found


@pytest.fixture
def client(site: EmbeddedSite) -> Iterator[ConfluenceClient]:
    with ConfluenceClient(
        Connection(site.url, "admin@example.com", "admin", deployment="cloud"), options=quick_options()
    ) as found:
        yield found


def test_lists_are_lazy(client: ConfluenceClient) -> None:
    with client.tally() as tally:
        pages = client.iter_pages(limit=5)
        assert tally.requests == 0
        first = next(pages)
    assert tally.requests == 1
    assert client.get_page(first["id"])["body"]["storage"]["value"]


def test_filters_reach_the_site(client: ConfluenceClient) -> None:
    space = next(client.iter_spaces(sort="id"))
    pages = list(client.iter_pages(space_ids=[space["id"]], body_format="storage", limit=7))
    assert {page["spaceId"] for page in pages} == {space["id"]}
    assert len({page["id"] for page in pages}) == len(pages) == 20
    titled = list(client.iter_pages(title=pages[3]["title"], space_ids=[space["id"]]))
    assert [page["id"] for page in titled] == [pages[3]["id"]]
    some = list(client.iter_pages(ids=[page["id"] for page in pages[:3]]))
    assert {page["id"] for page in some} == {page["id"] for page in pages[:3]}


def test_tasks_by_time(client: ConfluenceClient) -> None:
    assert len(list(client.iter_tasks())) == 5
    assert list(client.iter_tasks(created_at_from=datetime(2030, 1, 1, tzinfo=UTC))) == []


def test_the_other_lists(client: ConfluenceClient) -> None:
    assert len(list(client.iter_blogposts())) == 4
    attachments = list(client.iter_attachments(sort="-modified-date"))
    assert len(attachments) == 6
    assert client.get_attachment(attachments[0]["id"])["id"] == attachments[0]["id"]
    assert len(list(client.iter_footer_comments())) + len(list(client.iter_inline_comments())) == 10
    assert len(list(client.iter_search("type=blogpost", limit=1))) == 4
    label = next(client.iter_labels())
    assert list(client.iter_labelled_pages(label["id"]))


def test_any_call_can_be_made(client: ConfluenceClient) -> None:
    reply = client.request("get", "/wiki/api/v2/pages?limit=5", params={"sort": "-modified-date"})
    assert reply.status == 200
    assert len(reply.payload["results"]) == 5
    users = client.request(
        "POST", "/wiki/api/v2/users-bulk", body={"accountIds": [client.get_current_user()["accountId"]]}
    )
    assert users.payload["results"][0]["displayName"]
    with pytest.raises(NotFoundError):
        client.request("GET", "/wiki/api/v2/pages/1")


def test_a_download_follows_to_the_media_host_without_credentials(client: ConfluenceClient) -> None:
    attachment = next(client.iter_attachments())
    path = f"/wiki/rest/api/content/{attachment['pageId']}/child/attachment/{attachment['id']}/download"
    reply = client.request("GET", path, response="binary")
    assert len(reply.body) == attachment["fileSize"]


def test_a_wrong_token_is_told(site: EmbeddedSite) -> None:
    with (
        ConfluenceClient(Connection(site.url, "admin@example.com", "wrong-token"), options=quick_options()) as client,
        pytest.raises(AccessError) as caught,
    ):
        next(client.iter_pages())
    assert "wrong-token" not in str(caught.value)
    assert caught.value.status == 401
