"""Operations by name, and what every one of them does besides its own work."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from confluence_assets.emulator.site import Site

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """An edit. `fields` says what it takes: a trailing ? marks what may be left out."""

    name: str
    fields: tuple[str, ...]
    work: Callable[["Site", Fields], Fields | None]


EDITS: dict[str, Operation] = {}
DATACENTER_EDITS: dict[str, Operation] = {}
"""What Data Center does in its own way, or has of its own."""
CLOUD_ONLY: set[str] = set()


def operation(
    name: str, *fields: str
) -> Callable[[Callable[["Site", Fields], Fields | None]], Callable[["Site", Fields], Fields | None]]:
    """Register a function as the edit of that name."""

    def register(work: Callable[["Site", Fields], Fields | None]) -> Callable[["Site", Fields], Fields | None]:
        EDITS[name] = Operation(name, fields, work)
        return work

    return register


def datacenter_operation(
    name: str, *fields: str
) -> Callable[[Callable[["Site", Fields], Fields | None]], Callable[["Site", Fields], Fields | None]]:
    """Register a function as Data Center's edit of that name."""

    def register(work: Callable[["Site", Fields], Fields | None]) -> Callable[["Site", Fields], Fields | None]:
        DATACENTER_EDITS[name] = Operation(name, fields, work)
        return work

    return register


def operations_of(deployment: str) -> dict[str, Operation]:
    """What can be done there: Data Center lacks some operations, does some in its own way, and has some of its own."""
    if deployment == "cloud":
        return EDITS
    kept = {name: found for name, found in EDITS.items() if name not in CLOUD_ONLY}
    return {**kept, **DATACENTER_EDITS}


def apply_edit(site: "Site", edit: Fields) -> Fields:
    """Make one edit; the site's clock moves one step. Returns what it made. Raises: KeyError, ValueError."""
    fields = dict(edit)
    name = fields.pop("op", None)
    found = operations_of(site.config.deployment).get(name)
    if found is None:
        raise ValueError(f"no such operation: {name}")
    known = {field.rstrip("?") for field in found.fields} | {"by"}
    unknown = sorted(set(fields) - known)
    if unknown:
        raise ValueError(f"{name} takes no {', '.join(unknown)}")
    for field in found.fields:
        if not field.endswith("?") and field not in fields:
            raise ValueError(f"{name} needs {field}")
    site.clock.tick()
    seen = [watcher.before(name, fields) for watcher in site.watchers]
    result = found.work(site, fields) or {}
    site.store.touch()
    for watcher, before in zip(site.watchers, seen, strict=True):
        watcher.after(name, fields, result, before)
    return {"ok": True, **result}
