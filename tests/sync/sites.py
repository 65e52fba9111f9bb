"""The sites that the promises of a sync are held against: Cloud, and each version of Data Center.

Cheap tests are played on all of `SITES`, dear ones on `DEAR`: Cloud, the oldest version and the newest.
"""

from typing import Any

from confluence_assets.emulator import SeedPlan, SiteConfig
from confluence_assets.emulator.config import SHAPES
from confluence_assets.emulator.datacenter.profiles import PROFILES

CLOUD = "cloud"
OLDEST, NEWEST = "7.19", "10.0"
SITES = (CLOUD, *PROFILES)
DEAR = (CLOUD, OLDEST, NEWEST)


def site_config(site: str, plan: SeedPlan | str, *, switches: dict[str, Any] | None = None, **more: Any) -> SiteConfig:
    """The configuration of such a site, of a plan or a named shape. Data Centers stand below a context path."""
    if site != CLOUD:
        more |= {"deployment": "datacenter", "profile": site, "context_path": "/confluence"}
    config = SiteConfig(plan=SHAPES[plan] if isinstance(plan, str) else plan, **more)
    config.switches.update(**(switches or {}))
    return config
