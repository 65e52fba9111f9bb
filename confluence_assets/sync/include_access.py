"""Whose text may stand in whose: an include is resolved only where everybody who may read the one may read the other.

Made from the derived tables of access, a space at a time, and only where something is included.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from sys import intern
from typing import NamedTuple

from confluence_assets.access import Cause
from confluence_assets.lake import Lake
from confluence_assets.tables import Row

_TABLES = ("content_acl", "acl_profiles", "acl_readers")
_TELLING = ("content_acl", "space_permissions", "content_restrictions")
"""Where the lake has a file of any of these, access is kept; where it has none, nobody is told who may read what."""
_SPACES_KEPT = 16
_EVERYBODY = -1
"""As a set of bits: whoever may come in at all."""
_NOBODY_MORE = frozenset({None, str(Cause.ACCOUNT_UNKNOWN), str(Cause.ANONYMOUS_OFF)})
"""Causes that leave nobody in doubt: an account that the site does not know reads nothing."""


class Asker(NamedTuple):
    """The content whose text is being made: everything that is included, however deep, is checked against it."""

    content_id: str
    space_key: str


@dataclass(slots=True)
class _Profile:
    """What is compared of an access profile."""

    layers: set[tuple[str, str]] = field(default_factory=set)
    """Whose layers: type and id of the space, or of the restricted content."""
    is_decidable: bool = True
    is_certain: bool = True
    """Whether its readers are all that it can have."""

    def add(self, row: Row) -> None:
        self.layers.add((row["layer_source_type"], row["layer_source_id"]))
        self.is_decidable &= row["is_decidable"] is True
        self.is_certain &= row["cause"] in _NOBODY_MORE


@dataclass(slots=True)
class _Space:
    """The access of one space. `readers` are sets of bits, a bit for each account, and are read when they are needed."""

    profile_ids: dict[str, str]
    profiles: dict[str, _Profile]
    readers: dict[str, int] | None = None


class IncludeAccess:
    """Says whether a content may bring in another one's text."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._is_kept = is_access_kept(lake)
        self._spaces: OrderedDict[str, _Space] = OrderedDict()
        self._bits: dict[str, int] = {}

    def may_bring_in(self, asker: Asker, content_id: str, space_key: str) -> bool:
        """Whether everybody who may read `asker` may read that content of that space. False where it is not known."""
        if not self._is_kept or asker.content_id == content_id:
            return True
        outer, inner = self._space(asker.space_key), self._space(space_key)
        outer_id, inner_id = outer.profile_ids.get(asker.content_id), inner.profile_ids.get(content_id)
        if outer_id is None or inner_id is None:
            return False
        above, below = outer.profiles.get(outer_id), inner.profiles.get(inner_id)
        if above is None or below is None or not below.is_decidable:
            return False
        if asker.space_key == space_key and below.layers <= above.layers:
            return True
        if not (above.is_decidable and above.is_certain):
            return False
        readers = self._readers(outer, asker.space_key).get(outer_id, 0)
        return readers != 0 and readers & ~self._readers(inner, space_key).get(inner_id, 0) == 0

    def _space(self, key: str) -> _Space:
        if key not in self._spaces:
            self._spaces[key] = _Space(self._read_profile_ids(key), self._read_profiles(key))
            while len(self._spaces) > _SPACES_KEPT:
                self._spaces.popitem(last=False)
        self._spaces.move_to_end(key)
        return self._spaces[key]

    def _read_profile_ids(self, key: str) -> dict[str, str]:
        columns = ["content_id", "content_type", "acl_profile_id"]
        return {
            row["content_id"]: intern(row["acl_profile_id"])
            for rows in self._lake.iter_rows("content_acl", key, columns)
            for row in rows
            if row["content_type"] in ("page", "blogpost", "comment") and row["acl_profile_id"]
        }

    def _read_profiles(self, key: str) -> dict[str, _Profile]:
        columns = ["acl_profile_id", "layer_source_type", "layer_source_id", "is_decidable", "cause"]
        profiles: dict[str, _Profile] = {}
        for rows in self._lake.iter_rows("acl_profiles", key, columns):
            for row in rows:
                profiles.setdefault(row["acl_profile_id"], _Profile()).add(row)
        return profiles

    def _readers(self, space: _Space, key: str) -> dict[str, int]:
        if space.readers is None:
            space.readers = {}
            columns = ["acl_profile_id", "principal_type", "principal_id"]
            for rows in self._lake.iter_rows("acl_readers", key, columns):
                for row in rows:
                    known = space.readers.get(row["acl_profile_id"], 0)
                    space.readers[row["acl_profile_id"]] = known | self._bit(row)
        return space.readers

    def _bit(self, row: Row) -> int:
        """The reader as a set. Where anonymous may read, so may everybody who may use the site."""
        if row["principal_type"] == "anonymous":
            return _EVERYBODY
        return 1 << self._bits.setdefault(row["principal_id"], len(self._bits))


def is_access_kept(lake: Lake) -> bool:
    """Whether the lake holds anything about who may read what; it does not where permissions are switched off."""
    return any(lake.partitions(table) for table in _TELLING)


def access_mark(lake: Lake, space_keys: Iterable[str]) -> str:
    """A digest of who may read what, on the whole site."""
    metas = [lake.read_meta(table, key) for key in sorted(space_keys) for table in _TABLES]
    named = [str(is_access_kept(lake)), *(meta.generation if meta else "" for meta in metas)]
    return blake2b("|".join(named).encode(), digest_size=16).hexdigest()
