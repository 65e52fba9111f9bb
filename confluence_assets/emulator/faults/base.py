"""What every fault is: a trigger that decides when, and two places where it may act."""

import dataclasses
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from confluence_assets.emulator.web.messages import Reply, Request

if TYPE_CHECKING:
    from confluence_assets.emulator.site import Site


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as faults see it."""

    site: "Site"
    request: Request
    template: str

    @property
    def authorization(self) -> str:
        return self.request.headers.get("authorization", "")

    @property
    def is_app(self) -> bool:
        """Whether an OAuth app asks: those have a quota of points."""
        return self.authorization.lower().startswith("bearer ")


@dataclass(kw_only=True)
class Fault:
    """A fault and its trigger. A kind overrides `before`, `after` or both."""

    NAME: ClassVar[str] = ""
    COUNTERS: ClassVar[tuple[str, ...]] = ("id", "seen", "fired")

    route: str = "*"
    target: str = "*"
    nth: int | list[int] | None = None
    every: int | None = None
    first: int | None = None
    after_first: int | None = field(default=None, metadata={"name": "after"})
    probability: float | None = None
    seed: int = 1
    times: int | None = None
    id: str = field(default="", init=False)
    seen: int = field(default=0, init=False)
    fired: int = field(default=0, init=False)
    _asked: Counter[str] = field(default_factory=Counter, init=False, repr=False)

    def is_due(self, asked: Asked) -> bool:
        """Whether it fires now; counts the request where it matches."""
        if not self.matches(asked):
            return False
        self.seen += 1
        if not self._holds(asked):
            return False
        self.fired += 1
        return True

    def matches(self, asked: Asked) -> bool:
        method, template = asked.request.method, asked.template
        if self.route != "*" and not (
            fnmatchcase(template, self.route) or fnmatchcase(f"{method} {template}", self.route)
        ):
            return False
        return self.target == "*" or fnmatchcase(asked.request.target, self.target)

    def _holds(self, asked: Asked) -> bool:
        number = self.seen
        numbers = [self.nth] if isinstance(self.nth, int) else self.nth
        return not (
            (self.times is not None and self.fired >= self.times)
            or (numbers is not None and number not in numbers)
            or (self.every is not None and number % self.every)
            or (self.first is not None and number > self.first)
            or (self.after_first is not None and number <= self.after_first)
            or (self.probability is not None and self._chance(asked) >= self.probability)
        )

    def _chance(self, asked: Asked) -> float:
        """From 0 to 1, the same in every run for the n-th time that an address is asked, whichever thread comes first."""
        address = f"{asked.request.method} {asked.request.target}"
        self._asked[address] += 1
        return zlib.crc32(f"{self.seed}/{self._asked[address]}/{address}".encode()) / (1 << 32)

    def before(self, asked: Asked) -> Reply | None:
        """Act before the site does. A reply keeps the site from being asked at all."""
        return None

    def after(self, asked: Asked, reply: Reply) -> Reply:
        """The reply to send instead."""
        return reply

    def as_dict(self) -> dict[str, Any]:
        """Kind, counters and fields, as the control surface lists them."""
        found = {name: getattr(self, name) for name in self.COUNTERS}
        return {"kind": self.NAME, **found, **{name: getattr(self, slot) for name, slot in fields_of(type(self))}}


def fields_of(kind: type[Fault]) -> list[tuple[str, str]]:
    """What may be set, by its public name and the attribute that holds it."""
    return [(str(one.metadata.get("name", one.name)), one.name) for one in dataclasses.fields(kind) if one.init]


FAULTS: dict[str, type[Fault]] = {}
Kind = TypeVar("Kind", bound=type[Fault])


def fault(name: str) -> Callable[[Kind], Kind]:
    """Register a class as the fault of that name."""

    def register(kind: Kind) -> Kind:
        kind.NAME = name
        FAULTS[name] = kind
        return kind

    return register


def build_fault(kind: str, fields: dict[str, Any]) -> Fault:
    """Raises: ValueError for a kind or a field that there isn't, or one that is missing."""
    if kind not in FAULTS:
        raise ValueError(f"no such fault: {kind}; there are {', '.join(sorted(FAULTS))}")
    slots = dict(fields_of(FAULTS[kind]))
    unknown = sorted(set(fields) - set(slots))
    if unknown:
        raise ValueError(f"{kind} takes no {', '.join(unknown)}")
    try:
        return FAULTS[kind](**{slots[name]: value for name, value in fields.items()})
    except TypeError as error:
        raise ValueError(f"{kind}: {error}") from None
