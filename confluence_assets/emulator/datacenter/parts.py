"""What a Data Center has beside what every site has, and how a site becomes one."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from confluence_assets.emulator.datacenter import edits
from confluence_assets.emulator.datacenter.bodies import DatacenterBodies
from confluence_assets.emulator.datacenter.door import DatacenterDoor
from confluence_assets.emulator.datacenter.rate_limit import RateLimit
from confluence_assets.emulator.datacenter.seeding import settle
from confluence_assets.emulator.datacenter.switches import quirks_of
from confluence_assets.emulator.datacenter.webhooks import Webhooks
from confluence_assets.emulator.render.datacenter_links import DatacenterLinks
from confluence_assets.emulator.store.model import Content

if TYPE_CHECKING:
    from confluence_assets.emulator.site import Site

__all__ = ["Parts", "edits", "furnish", "settle"]


@dataclass(slots=True)
class Parts:
    """Webhooks, the rate limit, which searches failed once already, and what the last ones found."""

    webhooks: Webhooks
    rate_limit: RateLimit
    failed_searches: set[str] = field(default_factory=set)
    found: dict[tuple[Any, ...], list[Content]] = field(default_factory=dict)


def furnish(site: "Site") -> None:
    """Give a fresh, empty site the parts of a Data Center in the place of Cloud's."""
    quirks = quirks_of(site)
    site.render = DatacenterLinks(site)
    site.bodies = DatacenterBodies(site.config.seed, site.config.plan.body_bytes, quirks.old_storage)
    site.door = DatacenterDoor(site.store, quirks)
    site.datacenter = Parts(Webhooks(site), RateLimit(quirks))
    site.watchers.append(site.datacenter.webhooks)
