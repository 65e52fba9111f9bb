"""Whether a site lets anonymous in is asked at the site itself, whatever its links say."""

import pytest

from confluence_assets.api import Connection, connect
from confluence_assets.emulator import EmbeddedSite, SiteConfig

SITE_URL = "https://wiki.example.com"


@pytest.mark.parametrize("is_open", [True, False])
def test_a_site_whose_links_lead_elsewhere_is_asked_all_the_same(is_open: bool) -> None:
    with EmbeddedSite(SiteConfig.demo(site_url=SITE_URL)) as site:
        site.control.configure(anonymous_access=is_open)
        source = connect(Connection(site.url, "admin@example.com", "admin", site_url=SITE_URL, deployment="cloud"))
        assert source.get_anonymous_access() is is_open
        source.close()


@pytest.mark.parametrize("is_open", [True, False])
def test_pages_that_hidden_spaces_have_emptied_are_not_the_end(is_open: bool) -> None:
    """The site filters a page after it was cut: the one open space comes last, behind pages without a row."""
    config = SiteConfig.shape("empty")
    config.switches.update(anonymous_access=True, short_pages=True, v2_limit_cap=1)
    with EmbeddedSite(config) as site:
        for key in ("ONE", "TWO", "THREE"):
            site.control.edit("create_space", key=key, name=key, private=True)
        if is_open:
            site.control.edit("grant", space="THREE", principal_type="access-class", principal_id="anonymous-users")
        source = connect(Connection(site.url, "admin@example.com", "admin"))
        assert source.get_anonymous_access() is is_open
        source.close()
