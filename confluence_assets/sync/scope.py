"""Which spaces a run is about: what the account sees, what the owner's filters let in, what one run was asked for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from confluence_assets.api.source import Scope, Source, SpaceRef
from confluence_assets.errors import SettingsError
from confluence_assets.sync.filters import is_space_wanted
from confluence_assets.sync.options import Site, SyncOptions
from confluence_assets.tables import Row

_WHOLE_SITE_SHARE = 0.5
"""From this share of the visible spaces on, lists of the whole site are cheaper than lists by space."""


@dataclass(frozen=True, slots=True)
class SpaceSelection:
    """The spaces of one run.

    `visible` are all that the account sees, `in_scope` those that the filters let in, `chosen` those of this run.
    """

    visible: tuple[Row, ...]
    in_scope: tuple[Row, ...]
    chosen: tuple[Row, ...]

    @property
    def is_everything(self) -> bool:
        """Whether the run covers every space in scope."""
        return len(self.chosen) == len(self.in_scope)

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(row["space_key"] for row in self.chosen)

    def scope(self) -> Scope:
        """The listing scope of the chosen spaces."""
        share = len(self.chosen) / len(self.visible) if self.visible else 1.0
        return Scope(spaces=tuple(map(space_ref, self.chosen)), whole_site=share >= _WHOLE_SITE_SHARE)


NO_SPACES = SpaceSelection((), (), ())
"""What a run is about before it has asked the site."""


def space_ref(row: Row) -> SpaceRef:
    """The reference of a row of `spaces`."""
    return SpaceRef(space_id=row["space_id"], key=row["space_key"])


def discover_spaces(site: Site, source: Source) -> list[Row]:
    """Rows of `spaces` that the filters let in, by key. One request per 250 spaces.

    Raises: AccessError, TransientError, ProtocolError; a list that is returned is complete.
    """
    return list(_in_scope(_read_spaces(source), site.options))


def select_spaces(site: Site, source: Source, space_keys: Sequence[str] | None) -> SpaceSelection:
    """The spaces of a run. Raises: SettingsError where a key that was asked for is not in scope."""
    visible = _read_spaces(source)
    in_scope = _in_scope(visible, site.options)
    if space_keys is None:
        return SpaceSelection(visible, in_scope, in_scope)
    by_key = {row["space_key"]: row for row in in_scope}
    unknown = [key for key in space_keys if key not in by_key]
    if unknown:
        raise SettingsError(
            f"No space with the key {', '.join(unknown)} is visible to this account and in scope.",
            setting="space",
            hint=f"Visible keys: {_some(by_key)}.",
        )
    return SpaceSelection(visible, in_scope, tuple(by_key[key] for key in dict.fromkeys(space_keys)))


def name_unmatched(options: SyncOptions, visible: Iterable[Row]) -> str:
    """What `include_spaces` names and no visible space is called, with the keys that there are; "" where each names some."""
    rows = list(visible)
    unmatched = [name for name in options.include_spaces if not any(_is_named(row, name) for row in rows)]
    if not unmatched:
        return ""
    visible_keys = _some(str(row["space_key"]) for row in rows)
    return (
        f"include_spaces names {', '.join(unmatched)}: this account sees no such space. Visible keys: {visible_keys}."
    )


def _is_named(row: Row, name: str) -> bool:
    return fnmatchcase(str(row["space_key"]), name)


def _read_spaces(source: Source) -> tuple[Row, ...]:
    by_id = {row["space_id"]: row for rows in source.iter_spaces() for row in rows}
    return tuple(sorted(by_id.values(), key=lambda row: str(row["space_key"])))


def _in_scope(rows: Iterable[Row], options: SyncOptions) -> tuple[Row, ...]:
    return tuple(row for row in rows if is_space_wanted(row, options))


def _some(keys: Iterable[str], limit: int = 10) -> str:
    listed = sorted(keys)
    more = f" and {len(listed) - limit} more" if len(listed) > limit else ""
    return ", ".join(listed[:limit]) + more if listed else "none"
