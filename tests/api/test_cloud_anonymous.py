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
