"""The embedded demo site of this process, where no CONFLUENCE_URL is set.

Started once, on a free port, when it is first needed; every process that needs one has its own, and all serve the same
content. Must not know of Dagster or of the lake.
"""

import atexit
from threading import Lock
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from confluence_assets.emulator import EmbeddedSite

SITE_URL = "https://wiki.example.com"
"""What the demo site calls itself, so that web addresses don't change with the port."""

EMAIL = "admin@example.com"
API_TOKEN = "admin"  # noqa: S105  # the demo site's fixed, public token

DEMO_CHOICES: dict[str, object] = {
    "property_keys": ("content-appearance", "larkspur-review", "model", "stock-count", "survey"),
    "custom_content_types": ("ac:diagrams:drawing",),
    "versions": True,
    "likes": True,
    "attachment_files": True,
    "attachment_texts": True,
}
"""What is switched on for the demo site: everything, a request per page included."""

Deployment = Literal["cloud", "datacenter"]

_lock = Lock()
_running: dict[Deployment, "EmbeddedSite"] = {}


def get_embedded_url(deployment: Deployment = "cloud") -> str:
    """The address of this process's demo site, which is started where it is not running yet."""
    with _lock:
        if not _running:
            atexit.register(stop_embedded)
        if deployment not in _running:
            _running[deployment] = _start(deployment)
        return _running[deployment].url


def count_writes(deployment: Deployment = "cloud") -> int:
    """How many requests this process's demo site has got that were made to change it."""
    with _lock:
        return _running[deployment].site.stats.writes if deployment in _running else 0


def stop_embedded() -> None:
    """Stop the demo site, if it runs."""
    with _lock:
        while _running:
            _running.popitem()[1].stop()


def _start(deployment: Deployment) -> "EmbeddedSite":
    from confluence_assets.emulator import EmbeddedSite, SiteConfig

    return EmbeddedSite(SiteConfig.demo(site_url=SITE_URL, deployment=deployment)).start()
