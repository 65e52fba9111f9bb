"""An embedded Confluence: real addresses, real answers, nothing of the library in it.

with EmbeddedSite(SiteConfig.demo()) as site:
    requests.get(f"{site.url}/wiki/api/v2/pages", auth=("admin@example.com", "admin"))
"""

from confluence_assets.emulator.config import SHAPES, SeedPlan, SiteConfig, Switches
from confluence_assets.emulator.embedded import EmbeddedSite

__all__ = ["SHAPES", "EmbeddedSite", "SeedPlan", "SiteConfig", "Switches"]
