"""A running Data Center and a source to it, and what its dump says must come, in our columns."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from confluence_assets.api import Connection, Scope, SpaceRef, connect
from confluence_assets.api.datacenter.source import DatacenterSource
from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.tables import Row
from tests.api.clock import quick_options

PROFILES = ("7.19", "8.5", "9.2", "10.0")
LISTED = ("current", "archived")


class Live:
    """A running site and a source to it, as its administrator unless another is named."""

    def __init__(self, site: EmbeddedSite, **connection: Any) -> None:
        self.site = site
        self.control = site.control
        self.source = self.connected(**connection)
        self.spaces = [row for rows in self.source.iter_spaces() for row in rows]
        self.scope = Scope(tuple(SpaceRef(row["space_id"], row["space_key"]) for row in self.spaces), True)
        self.property_keys = sorted({row["key"] for row in site.control.dump("property")})

    def connected(self, **connection: Any) -> DatacenterSource:
        source = connect(
            Connection(self.site.url, deployment="datacenter", **(connection or {"pat": "admin"})),
            options=quick_options(),
        )
        assert isinstance(source, DatacenterSource)
        return source

    def narrow(self) -> Scope:
        """All spaces, but one by one."""
        return Scope(self.scope.spaces, False)

    def dump(self, kind: str) -> list[Row]:
        """What the administrator may read, and a listing holds."""
        rows = self.control.dump_as(self.control.account_id("admin@example.com"), kind)
        rows = [row for row in rows if row.get("status", "current") in LISTED or kind == "task"]
        return [row for row in rows if row.get("root_status", "current") in LISTED]


@contextmanager
def live_site(config: SiteConfig, **connection: Any) -> Iterator[Live]:
    with EmbeddedSite(config) as site:
        found = Live(site, **connection)
        try:
            yield found
        finally:
            found.source.close()


def datacenter(shape: str = "odd", profile: str = "10.0", *, seed: int = 1, **switches: Any) -> SiteConfig:
    """The configuration of a site below a context path."""
    changes = {"deployment": "datacenter", "profile": profile, "context_path": "/confluence", "seed": seed}
    config = SiteConfig.demo(**changes) if shape == "demo" else SiteConfig.shape(shape, **changes)
    config.switches.update(**switches)
    return config


def flattened_members(dump_of: Any) -> set[tuple[str, str]]:
    """(group, account) with the members of inner groups, from the dump."""
    direct: dict[str, set[str]] = {row["id"]: set() for row in dump_of("group")}
    inside: dict[str, set[str]] = {}
    for row in dump_of("group_member"):
        direct[row["group_id"]].add(row["account_id"])
    for row in dump_of("subgroup"):
        inside.setdefault(row["group_id"], set()).add(row["subgroup_id"])

    def below(group: str, seen: frozenset[str] = frozenset()) -> set[str]:
        if group in seen:
            return set()
        return direct.get(group, set()).union(*(below(one, seen | {group}) for one in inside.get(group, ())))

    return {(group, account) for group in direct for account in below(group)}
