"""Who may read what in one space: rows in, rows of `content_acl`, `acl_profiles` and `acl_readers` out.

A profile is an *and* of layers: the space's, then one for each ancestor-or-self that has a read restriction of its own;
each layer is an *or* of principals. What can't be decided lets nobody in, and is counted with its cause.
This module must not know HTTP, files or Dagster.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from confluence_assets.access.directory import Directory, RowBatches
from confluence_assets.access.layers import Layer, Restrictions, read_restrictions, space_layer
from confluence_assets.access.principals import Cause, Principal
from confluence_assets.access.profiles import Profile, ProfileBook
from confluence_assets.tables import Row, sort_key

BATCH_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class SpaceRows:
    """What the lake holds of one space. None stands for what could not be read, which is not the same as no rows.

    `tree`: content_id, content_type, parent_id, parent_type of pages, blog posts, folders and the like (`rows.tree_rows`).
    `outside`: the same of contents that only shut what is below them, and have no rows of their own.
    `contained`: content_id, content_type, container_id, container_type (`rows.contained_rows`), in any order.
    The others hold rows of the tables of those names.
    """

    space_id: str
    space_key: str
    tree: RowBatches
    contained: RowBatches = ()
    permissions: RowBatches | None = None
    role_assignments: RowBatches | None = ()
    restrictions: RowBatches | None = ()
    outside: RowBatches = ()


@dataclass(slots=True)
class AccessCounts:
    """What became of a space, for checks and for people; causes count profiles and contents alike, by name."""

    contents: int = 0
    profiles: int = 0
    readers: int = 0
    undecidable_profiles: Counter[str] = field(default_factory=Counter)
    undecidable_contents: Counter[str] = field(default_factory=Counter)
    incomplete_profiles: Counter[str] = field(default_factory=Counter)
    incomplete_contents: Counter[str] = field(default_factory=Counter)


class _Place(NamedTuple):
    """Where a content stands: below a parent, in a container, or (None) right below the space."""

    content_type: str
    above_id: str | None
    above_type: str
    is_contained: bool


class SpaceResolution:
    """The access of one space, resolved. Made by `resolve_space`."""

    def __init__(self, book: ProfileBook, content_types: dict[str, str], profiles: dict[str, Profile]) -> None:
        self._book = book
        self._types = content_types
        self._profiles = profiles
        self.space_key = book.space_key
        self._used: dict[str, Profile] = {}
        self._content_counts: Counter[str] = Counter()
        for profile in profiles.values():
            self._used[profile.profile_id] = profile
            self._content_counts[profile.profile_id] += 1

    @property
    def directory(self) -> Directory:
        """The directory that it was resolved against."""
        return self._book.directory

    @property
    def profiles(self) -> list[Profile]:
        """The profiles that some content has, by id."""
        return [self._used[profile_id] for profile_id in sorted(self._used)]

    def profile_of(self, content_id: str) -> Profile:
        """The profile of that content. Raises: KeyError."""
        return self._profiles[content_id]

    def content_count(self, profile: Profile) -> int:
        """How many contents have that profile."""
        return self._content_counts[profile.profile_id]

    def iter_contents(self) -> Iterator[tuple[str, str, Profile]]:
        """Yield id, type and profile of every content, in the order of rows."""
        for content_id in _in_row_order(self._profiles):
            yield content_id, self._types[content_id], self._profiles[content_id]

    def may_read(self, account_id: str, content_id: str) -> bool:
        """Whether that account may read that content; False for what is not known."""
        profile = self._profiles.get(content_id)
        return profile is not None and self.admits(profile, account_id)

    def admits(self, profile: Profile, account_id: str) -> bool:
        """Whether every layer of the profile lets the account in."""
        return self._book.directory.holds(profile.accounts, account_id)

    def iter_content_acl(self, batch_rows: int = BATCH_ROWS) -> Iterator[list[Row]]:
        """Yield the rows of `content_acl`, in the order of the key."""
        yield from _batches(
            (
                {
                    "content_id": content_id,
                    "content_type": content_type,
                    "space_key": self.space_key,
                    "acl_profile_id": profile.profile_id,
                }
                for content_id, content_type, profile in self.iter_contents()
            ),
            batch_rows,
        )

    def iter_acl_profiles(self, batch_rows: int = BATCH_ROWS) -> Iterator[list[Row]]:
        """Yield the rows of `acl_profiles`, in the order of the key."""
        yield from _batches((row for each in self.profiles for row in self._book.iter_layer_rows(each)), batch_rows)

    def iter_acl_readers(self, batch_rows: int = BATCH_ROWS) -> Iterator[list[Row]]:
        """Yield the rows of `acl_readers`, in the order of the key."""
        yield from _batches((row for each in self.profiles for row in self._book.iter_reader_rows(each)), batch_rows)

    def counts(self) -> AccessCounts:
        """What there is, and what could not be decided, by cause."""
        counts = AccessCounts(contents=len(self._profiles), profiles=len(self._used))
        for profile in self._used.values():
            contents = self.content_count(profile)
            counts.readers += self._book.reader_set(profile).bit_count() + profile.is_public
            for cause in self._book.causes(profile):
                if cause.is_undecidable:
                    counts.undecidable_profiles[cause] += 1
                    counts.undecidable_contents[cause] += contents
                elif cause.is_incomplete:
                    counts.incomplete_profiles[cause] += 1
                    counts.incomplete_contents[cause] += contents
        return counts

    def causes(self, profile: Profile) -> tuple[Cause, ...]:
        """Why the profile is not decidable or not complete; empty where all is known."""
        return self._book.causes(profile)

    def admitted_by(self, layer: Layer) -> tuple[int, tuple[tuple[Principal, Cause], ...]]:
        """Whom that layer alone lets in, and which of its principals could not be resolved."""
        return self._book.admitted_by(layer)

    def principals(self) -> frozenset[Principal]:
        """All principals that some layer names: what the space's access depends on, beside its own rows."""
        links = (link for profile in self._used.values() for link in profile.layers())
        return frozenset(principal for link in links for principal in link.layer.principals)

    def fingerprint(self) -> str:
        """A digest of what people and groups mean for this space; see `changes.Footprint`."""
        return self._book.directory.fingerprint(self.principals())


def resolve_space(rows: SpaceRows, directory: Directory) -> SpaceResolution:
    """Who may read each content of the space. Makes no request; reads each of the iterables once."""
    space = space_layer(rows.space_id, rows.permissions, rows.role_assignments)
    book = ProfileBook(space, rows.space_key, directory)
    if rows.restrictions is None:
        unread = Layer("space", rows.space_id, unread=Cause.RESTRICTION_UNREAD)
        walk = _Walk(book, Restrictions(), rows.space_id, book.extend(book.root, unread))
    else:
        walk = _Walk(book, read_restrictions(rows.restrictions), rows.space_id, book.root)
    walk.read(rows.tree, "parent")
    walk.read(rows.contained, "container")
    walk.read(rows.outside, "parent", is_outside=True)
    return SpaceResolution(book, {key: place.content_type for key, place in walk.places.items()}, walk.resolve())


class _Walk:
    """From every content up to the space, each step once."""

    def __init__(self, book: ProfileBook, restrictions: Restrictions, space_id: str, base: Profile) -> None:
        self.places: dict[str, _Place] = {}
        self._twice: set[str] = set()
        self._outside: set[str] = set()
        self._book, self._restrictions, self._space_id, self._base = book, restrictions, space_id, base
        self._resolved: dict[str, Profile] = {}

    def read(self, batches: RowBatches, above: str, *, is_outside: bool = False) -> None:
        """Take in the places of one kind; `above` is `parent` or `container`."""
        contained = above == "container"
        for row in (row for batch in batches for row in batch):
            above_id, above_type = row[f"{above}_id"], row[f"{above}_type"] or above
            if row["content_type"] == "blogpost" and not contained:
                above_id = None  # blog posts inherit nothing
            elif contained:
                above_id = None if (above_type, above_id) == ("space", self._space_id) else above_id or ""
            place = _Place(row["content_type"], above_id, above_type, contained)
            if is_outside and row["content_id"] not in self.places:
                self._outside.add(row["content_id"])
            if self.places.setdefault(row["content_id"], place) != place:
                self._twice.add(row["content_id"])

    def resolve(self) -> dict[str, Profile]:
        """The profile of every content."""
        for content_id in self.places:
            if content_id not in self._resolved:
                self._climb(content_id)
        if not self._outside:
            return self._resolved
        return {one: profile for one, profile in self._resolved.items() if one not in self._outside}

    def _climb(self, content_id: str) -> None:
        """Go up until the profile is known, and come down again; without recursion, for trees may be deep."""
        path: dict[str, None] = {}
        current: str | None = content_id
        profile: Profile | None = None
        while profile is None:
            if current is None:
                profile = self._base
            elif current in path:
                profile = self._close_cycle(path, current)
            elif current in self._resolved:
                profile = self._resolved[current]
            elif current not in self.places:
                profile = self._missing(next(reversed(path)), current)
            else:
                path[current] = None
                current = self.places[current].above_id
        for below in reversed(path):
            profile = self._resolved[below] = self._below(profile, below)

    def _below(self, above: Profile, content_id: str) -> Profile:
        place = self.places[content_id]
        if content_id in self._twice:
            # Not below either of the places: which of them was read first must not show.
            return self._book.extend(self._base, Layer(place.content_type, content_id, unread=Cause.TWO_PLACES))
        own = None if place.is_contained else self._restrictions.layer(place.content_type, content_id)
        return above if own is None else self._book.extend(above, own)

    def _missing(self, below: str, missing_id: str) -> Profile:
        place = self.places[below]
        cause = Cause.CONTAINER_MISSING if place.is_contained else Cause.ANCESTOR_MISSING
        return self._book.extend(self._base, Layer(place.above_type, missing_id or "unknown", unread=cause))

    def _close_cycle(self, path: dict[str, None], met: str) -> Profile:
        """Give all members of a cycle one profile, whichever of them was met first, and take them off the path."""
        steps = list(path)
        members = steps[steps.index(met) :]
        first = min(members, key=lambda each: sort_key((each,)))
        cycle = Layer(self.places[first].content_type, first, unread=Cause.ANCESTOR_CYCLE)
        profile = self._book.extend(self._base, cycle)
        for member in members:
            del path[member]
            self._resolved[member] = profile
        return profile


def _in_row_order(ids: Iterable[str]) -> list[str]:
    """Ids by length, then by text, as rows stand in a file; two stable sorts need no key per id."""
    ordered = sorted(ids)
    ordered.sort(key=len)
    return ordered


def _batches(rows: Iterator[Row], batch_rows: int) -> Iterator[list[Row]]:
    while batch := list(islice(rows, batch_rows)):
        yield batch
