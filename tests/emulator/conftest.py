import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from confluence_assets.emulator import EmbeddedSite, SeedPlan, SiteConfig
from tests.emulator.asker import Asker
from tests.emulator.datacenter_asker import Server, config


@pytest.fixture
def site_of() -> Iterator[Callable[..., Asker]]:
    """Starts sites that stop with the test."""
    with contextlib.ExitStack() as stack:

        def start(config: SiteConfig | None = None, **plan: Any) -> Asker:
            site = stack.enter_context(EmbeddedSite(config or SiteConfig(plan=SeedPlan(**plan))))
            asker = Asker(site)
            stack.callback(asker.session.close)
            return asker

        yield start


@pytest.fixture
def small(site_of: Callable[..., Asker]) -> Asker:
    """Two spaces of twenty pages, with a little of everything."""
    return site_of(SiteConfig.shape("small"))


@pytest.fixture(scope="module")
def demo() -> Iterator[Asker]:
    with EmbeddedSite(SiteConfig.demo()) as site:
        asker = Asker(site)
        yield asker
        asker.session.close()


@pytest.fixture
def server_of() -> Iterator[Callable[..., Server]]:
    """Starts Data Centers that stop with the test: of a version, a plan, a context path and switches."""
    with contextlib.ExitStack() as stack:

        def start(profile: str = "10.0", plan: SeedPlan | None = None, **more: Any) -> Server:
            server = Server(stack.enter_context(EmbeddedSite(config(profile, plan, **more))))
            stack.callback(server.session.close)
            return server

        yield start


@pytest.fixture(scope="module")
def larkspur() -> Iterator[Server]:
    """The demo's wiki on a Data Center 10.0, below /confluence."""
    with EmbeddedSite(SiteConfig.demo(deployment="datacenter", context_path="/confluence")) as site:
        server = Server(site)
        yield server
        server.session.close()
