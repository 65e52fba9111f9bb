"""Which spaces must be resolved again, and which need not be.

A space's access depends on its own rows, and on what people and groups mean for the principals that its layers name. The
first changes where the caller says so; the second shows in a fingerprint, so nobody has to know what became of a group.
This module must not know where fingerprints are kept.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from confluence_assets.access.directory import Directory, RowBatches
from confluence_assets.access.principals import Principal


class Again(StrEnum):
    """Why a space is resolved again."""

    OWN_ROWS = "its own rows changed"
    NEVER = "it was never resolved"
    PEOPLE = "people or groups that it names changed"


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a space's access was made from, beside its own rows: whom it names, and what that meant then.

    `fingerprint` is `SpaceResolution.fingerprint()` of that time; None where it is not known.
    """

    principals: frozenset[Principal]
    fingerprint: str | None


def principals_by_space(acl_profiles: RowBatches) -> dict[str, frozenset[Principal]]:
    """Whom the layers of each space name, from rows of `acl_profiles`."""
    named: dict[str, set[Principal]] = defaultdict(set)
    for batch in acl_profiles:
        for row in batch:
            named[row["space_key"]].add(Principal(row["principal_type"], row["principal_id"]))
    return {space_key: frozenset(principals) for space_key, principals in named.items()}


def spaces_to_resolve(
    space_keys: Iterable[str],
    footprints: Mapping[str, Footprint],
    directory: Directory,
    *,
    changed: Collection[str] = (),
) -> dict[str, Again]:
    """Those of the spaces that must be resolved again, with the reason.

    `changed` names the spaces whose permissions, role assignments, restrictions, parents or set of contents changed.
    Changes of groups, memberships, accounts, licences and anonymous access are found by comparing fingerprints: a space
    is resolved again only where whom it lets in may differ.
    """
    again: dict[str, Again] = {}
    for space_key in space_keys:
        footprint = footprints.get(space_key)
        if space_key in changed:
            again[space_key] = Again.OWN_ROWS
        elif footprint is None or footprint.fingerprint is None:
            again[space_key] = Again.NEVER
        elif footprint.fingerprint != directory.fingerprint(footprint.principals):
            again[space_key] = Again.PEOPLE
    return again
