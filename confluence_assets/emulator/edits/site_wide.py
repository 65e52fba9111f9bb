"""Time and the index."""

from typing import TYPE_CHECKING

from confluence_assets.emulator.clock import iso
from confluence_assets.emulator.edits.common import Fields
from confluence_assets.emulator.edits.registry import operation

if TYPE_CHECKING:
    from confluence_assets.emulator.site import Site


@operation("advance_clock", "seconds")
def advance_clock(site: "Site", fields: Fields) -> Fields:
    return {"now": iso(site.clock.advance(float(fields["seconds"])))}


@operation("catch_up_index")
def catch_up_index(site: "Site", fields: Fields) -> Fields:
    """CQL knows everything now."""
    return {"indexed": site.index.catch_up()}
