import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from confluence_assets.emulator import EmbeddedSite, SeedPlan, SiteConfig
from tests.emulator.asker import Asker


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
