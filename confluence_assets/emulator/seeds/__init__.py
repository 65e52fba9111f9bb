"""What a site holds when it starts: made from numbers, from a folder, or told as the demo."""

from typing import TYPE_CHECKING

from confluence_assets.emulator.seeds.folder import fill_from_folder
from confluence_assets.emulator.seeds.sized import fill_by_size

if TYPE_CHECKING:
    from confluence_assets.emulator.site import Site


def fill(site: "Site") -> None:
    """Fill a fresh site as its configuration says."""
    config = site.config
    if config.is_demo:
        from confluence_assets.emulator.seeds.demo.site import fill_demo

        fill_demo(site)
    elif config.content_dir is not None:
        fill_from_folder(site, config.content_dir)
    else:
        fill_by_size(site, config.plan)
