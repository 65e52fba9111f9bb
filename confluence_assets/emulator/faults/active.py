"""The faults in force, and the way of a request through them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from confluence_assets.emulator.faults import callers, lines, links, odd, quota, refusals
from confluence_assets.emulator.faults.base import Asked, Fault, build_fault
from confluence_assets.emulator.web.messages import Reply, Request

if TYPE_CHECKING:
    from confluence_assets.emulator.site import Site

KIND_MODULES = (callers, lines, links, odd, quota, refusals)
"""They register their kinds when they are imported."""

Spoiler = Callable[[Request, str, Reply], Reply]


class Faults:
    """The faults that are in force, asked in the order in which they came. A plain callable may spoil answers, too."""

    def __init__(self, site: "Site") -> None:
        self.site = site
        self.active: list[Fault | Spoiler] = []
        self._made = 0

    def add(self, kind: str, fields: dict[str, Any]) -> Fault:
        """Put a fault in force. Raises: ValueError for wrong fields."""
        found = build_fault(kind, fields)
        self._made += 1
        found.id = f"f{self._made}"
        self.active.append(found)
        return found

    def as_list(self) -> list[dict[str, Any]]:
        return [one.as_dict() for one in self.active if isinstance(one, Fault)]

    def clear(self, fault_id: str | None = None) -> None:
        """Take one or all away. Raises: KeyError for an id that there isn't."""
        if fault_id is None:
            self.active.clear()
            return
        kept = [one for one in self.active if not (isinstance(one, Fault) and one.id == fault_id)]
        if len(kept) == len(self.active):
            raise KeyError(f"no fault {fault_id}")
        self.active[:] = kept

    def around(self, request: Request, template: str, work: Callable[[], Reply]) -> Reply:
        """The answer, as the faults in force leave it."""
        if not self.active:
            return work()
        asked = Asked(self.site, request, template)
        in_force = [one for one in self.active if not isinstance(one, Fault) or one.is_due(asked)]
        early: Reply | None = None
        for one in in_force:
            if isinstance(one, Fault) and early is None:
                early = one.before(asked)
        reply = work() if early is None else early
        for one in in_force:
            reply = one.after(asked, reply) if isinstance(one, Fault) else one(request, template, reply)
        return reply
