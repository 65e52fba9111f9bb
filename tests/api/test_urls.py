import pytest

from confluence_assets.api.urls import parse_site_url
from confluence_assets.errors import SettingsError

ACME = "https://acme.atlassian.net"


@pytest.mark.parametrize(
    ("typed", "root", "deployment"),
    [
        ("https://acme.atlassian.net", ACME, "cloud"),
        ("acme.atlassian.net", ACME, "cloud"),
        ("  <https://acme.atlassian.net/wiki/>\n", ACME, "cloud"),
        ("https://acme.atlassian.net/wiki/spaces/ENG/pages/123/Some+Title?focus=1#x", ACME, "cloud"),
        ("https://ACME.Atlassian.net:443/wiki/home", "https://acme.atlassian.net:443", "cloud"),
        ("https://acme.jira.com/wiki", "https://acme.jira.com", "cloud"),
        (
            "https://api.atlassian.com/ex/confluence/11111111-2222-3333-4444-555555555555/wiki/api/v2",
            "https://api.atlassian.com/ex/confluence/11111111-2222-3333-4444-555555555555",
            "cloud",
        ),
        ("http://127.0.0.1:8090", "http://127.0.0.1:8090", None),
        ("localhost:8090/wiki", "http://localhost:8090", None),
        ("http://[::1]:8090/", "http://[::1]:8090", None),
        ("https://wiki.example.com/confluence/display/ENG/Home", "https://wiki.example.com/confluence", None),
        ("https://wiki.example.com/a/b/pages/viewpage.action?pageId=1", "https://wiki.example.com/a/b", None),
        ("https://wiki.example.com/login.action", "https://wiki.example.com", None),
        ("https://docs.example.com/wiki/x/AbC", "https://docs.example.com", None),
        ("https//acme.atlassian.net", ACME, "cloud"),
        ("https:/acme.atlassian.net/wiki", ACME, "cloud"),
        ("https://https://acme.atlassian.net", ACME, "cloud"),
        ("HTTPS://acme.atlassian.net", ACME, "cloud"),
        ("\ufeffhttps://acme.atlassian.net\u200b", ACME, "cloud"),
        ("https://wiki.atlantian.net", "https://wiki.atlantian.net", None),
        ("https://wiki.myatlassian.net", "https://wiki.myatlassian.net", None),
        ("https://http-wiki.example.com", "https://http-wiki.example.com", None),
    ],
)
def test_what_was_meant(typed: str, root: str, deployment: str | None) -> None:
    address = parse_site_url(typed)
    assert (address.root, address.deployment) == (root, deployment)


def test_notes_say_what_was_put_right() -> None:
    assert parse_site_url("acme.atlassian.net/wiki/spaces/ENG").notes == (
        "added the missing https://",
        "took the site's address out of a page's",
    )
    assert parse_site_url("https://acme.atlassian.net/wiki").notes == ()
    assert parse_site_url("https//acme.atlassian.net").notes == ("put https// right",)


def test_the_gateway_tells_its_cloud_id() -> None:
    assert parse_site_url("https://api.atlassian.com/ex/confluence/abc-1").cloud_id == "abc-1"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "CONFLUENCE_URL is empty. Set it to https://<your site>.atlassian.net."),
        ("acme", "CONFLUENCE_URL 'acme' has no domain. Did you mean https://acme.atlassian.net?"),
        (
            "ftp://acme.atlassian.net",
            "CONFLUENCE_URL starts with ftp://, which is not the web. Write https://<your site>.atlassian.net.",
        ),
        (
            "https://me:pw@acme.atlassian.net",
            "CONFLUENCE_URL holds a user name or password. Take it out; credentials go into CONFLUENCE_EMAIL and "
            "CONFLUENCE_API_TOKEN, or CONFLUENCE_PAT.",
        ),
        (
            "https://acme.atlassian.net:port",
            "CONFLUENCE_URL 'https://acme.atlassian.net:port' has a port that is no number. Leave the port out, or put it right.",
        ),
        (
            "https://id.atlassian.com",
            "id.atlassian.com is the page for accounts, not a Confluence site. Write https://<your site>.atlassian.net.",
        ),
        (
            "https://api.atlassian.com",
            "api.atlassian.com needs the site's cloudId. Write https://api.atlassian.com/ex/confluence/<cloudId>, or the site's own address.",
        ),
        (
            "http://wiki.example.com",
            "CONFLUENCE_URL is plain http, and wiki.example.com is another machine: the token would travel in the clear. "
            "Write https://wiki.example.com; where that is impossible, allow plain http explicitly.",
        ),
        ("http://127.0.0.1.example.com", None),
        ("https://", "CONFLUENCE_URL 'https://' names no host. Write https://<your site>.atlassian.net."),
    ],
)
def test_what_can_not_be_meant(typed: str, message: str | None) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_site_url(typed)
    assert caught.value.setting == "CONFLUENCE_URL"
    if message:
        assert str(caught.value) == message


@pytest.mark.parametrize(
    "domain", ["atlassian.com", "atlasian.net", "attlassian.net", "altassian.net", "atlassian.ner"]
)
def test_a_token_goes_to_no_domain_that_looks_like_atlassians(domain: str) -> None:
    """Whoever owns such a domain waits for tokens."""
    with pytest.raises(SettingsError, match=rf"acme\.{domain} is no site.*Did you mean https://acme\.atlassian\.net\?"):
        parse_site_url(f"https://acme.{domain}/wiki")


def test_a_password_in_the_url_is_not_repeated() -> None:
    with pytest.raises(SettingsError) as caught:
        parse_site_url("https://me:hunter2@acme.atlassian.net:port")
    assert "hunter2" not in str(caught.value)


def test_plain_http_may_be_allowed() -> None:
    assert parse_site_url("http://wiki.example.com", allow_http=True).root == "http://wiki.example.com"
