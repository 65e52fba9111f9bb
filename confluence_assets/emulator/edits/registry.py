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


def operation(
    name: str, *fields: str
) -> Callable[[Callable[["Site", Fields], Fields | None]], Callable[["Site", Fields], Fields | None]]:
    """Register a function as the edit of that name."""

    def register(work: Callable[["Site", Fields], Fields | None]) -> Callable[["Site", Fields], Fields | None]:
        EDITS[name] = Operation(name, fields, work)
        return work

    return register


def apply_edit(site: "Site", edit: Fields) -> Fields:
    """Make one edit; the site's clock moves one step. Returns what it made. Raises: KeyError, ValueError."""
    fields = dict(edit)
    name = fields.pop("op", None)
    if name not in EDITS:
        raise ValueError(f"no such operation: {name}")
    known = {field.rstrip("?") for field in EDITS[name].fields} | {"by"}
    unknown = sorted(set(fields) - known)
    if unknown:
        raise ValueError(f"{name} takes no {', '.join(unknown)}")
    for field in EDITS[name].fields:
        if not field.endswith("?") and field not in fields:
            raise ValueError(f"{name} needs {field}")
    site.clock.tick()
    result = EDITS[name].work(site, fields) or {}
    site.store.touch()
    return {"ok": True, **result}
