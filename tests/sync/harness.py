"""A sync of an embedded site into a folder, as tests want it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from confluence_assets.api import Connection, connect
from confluence_assets.api.limits import RetryPolicy
from confluence_assets.api.transport import TransportOptions
from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.lake import Lake
from confluence_assets.sync.contract import SyncMode, SyncReport, SyncRequest
from confluence_assets.sync.options import Site, SyncOptions
from confluence_assets.sync.runner import run_sync
from tests.support.truth import Row, differences, expected

IMPATIENT = TransportOptions(
    connect_timeout_seconds=5.0,
    read_timeout_seconds=2.0,
    retry=RetryPolicy(
        attempts=2, throttled_attempts=2, base_seconds=0.001, longest_delay_seconds=0.01, longest_pause_seconds=1.0
    ),
)
"""For runs under faults: one retry, and hardly a pause before it."""


class Bench:
    """One embedded site and the lake that it is synced into."""

    def __init__(self, embedded: EmbeddedSite, home: Path, **options: Any) -> None:
        self.embedded = embedded
        self.control = embedded.control
        self.site = Site("wiki", home, SyncOptions(**options))
        self.lake = Lake(self.site.folder)

    def sync(
        self,
        mode: str = "incremental",
        *,
        email: str = "admin@example.com",
        token: str = "admin",
        transport: TransportOptions | None = None,
        **request: Any,
    ) -> SyncReport:
        if self.embedded.site.is_datacenter:
            connection = Connection(url=self.embedded.url, pat=token, deployment="datacenter")
        else:
            connection = Connection(url=self.embedded.url, email=email, api_token=token, deployment="cloud")
        source = connect(connection, options=transport)
        return run_sync(self.site, source, SyncRequest(mode=SyncMode(mode), **request))

    def truth(self) -> dict[str, dict[tuple[Any, ...], Row]]:
        """What the lake must hold for the administrator."""
        options = self.site.options
        return expected(self.control.dump(), options.custom_content_types, options.property_keys)

    def seen_by_us(self) -> dict[str, dict[tuple[Any, ...], Row]]:
        """What the lake must hold where the site hides something from the administrator."""
        options = self.site.options
        dump = self.control.dump_as(self.control.account_id("admin@example.com"))
        return expected(dump, options.custom_content_types, options.property_keys)

    def differences(self) -> list[str]:
        return differences(self.lake, self.truth())


@contextmanager
def bench(config: SiteConfig, home: Path, **options: Any) -> Iterator[Bench]:
    """A bench whose site stops at the end; every custom type and property key of the site is configured."""
    with EmbeddedSite(config) as embedded:
        dump = embedded.control.dump()
        everything = {
            "custom_content_types": tuple(sorted({row["type"] for row in dump if row["kind"] == "custom_content"})),
            "property_keys": tuple(sorted({row["key"] for row in dump if row["kind"] == "property"})),
        }
        yield Bench(embedded, home, **{**everything, **options})
