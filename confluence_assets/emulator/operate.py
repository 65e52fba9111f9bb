"""Switches, latency and clock of a running site, and the way back to its seed."""

from typing import Any

from confluence_assets.emulator.clock import iso
from confluence_assets.emulator.site import Site


def configuration(site: Site) -> dict[str, Any]:
    return {
        "seed": site.config.seed,
        "site_url": site.base_url,
        "listening_url": site.listening_url,
        "media_url": site.media_url,
        "auth_url": site.auth_url,
        "api_url": site.api_url,
        "latency_ms": site.latency_ms,
        "now": iso(site.clock.now_ms),
        "switches": site.switches.as_dict(),
    }


def configure(site: Site, changes: dict[str, Any]) -> None:
    """Set `latency_ms`, `now` (or `advance_seconds`), `switches`. Raises: ValueError for anything else."""
    unknown = sorted(set(changes) - {"latency_ms", "now", "advance_seconds", "switches"})
    if unknown:
        raise ValueError(f"can't set {', '.join(unknown)}")
    site.switches.update(**changes.get("switches", {}))
    if "latency_ms" in changes:
        site.latency_ms = float(changes["latency_ms"])
    if "now" in changes:
        site.clock.set(str(changes["now"]))
    if "advance_seconds" in changes:
        site.clock.advance(float(changes["advance_seconds"]))


def reset_site(site: Site) -> None:
    site.switches.update(**site.first_switches)
    site.latency_ms = site.config.latency_ms
    site.faults.clear()
    site.stats.reset()
    site.fill()
