"""Layers: each an *or* of principals, read from the rows of a space. Whoever may read is let in by every one of them.

This module must not know people (see `directory`) nor the tree (see `resolver`).
"""

from collections import defaultdict
from dataclasses import dataclass, field
from hashlib import blake2b

from confluence_assets.access.directory import RowBatches
from confluence_assets.access.principals import NOBODY, UNREAD_ID, Cause, Principal, principal_of
from confluence_assets.tables import sort_key

_READ_SPACE = ("read", "space")


@dataclass(frozen=True, slots=True)
class Layer:
    """What one source (the space, or a content with a restriction of its own) asks of a reader.

    `unread` says why the layer could not be read; then `principals` holds nobody, and the profile is not decidable.
    """

    source_type: str
    source_id: str
    principals: tuple[Principal, ...] = (NOBODY,)
    unread: Cause | None = None

    def digest(self, parent: str) -> str:
        """Id of the profile that this layer makes below the profile `parent`: the same in every run."""
        parts = [parent, self.source_type, self.source_id, self.unread or ""]
        parts += [part for principal in self.principals for part in principal]
        return blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()


def layer_of(source_type: str, source_id: str, principals: set[Principal]) -> Layer:
    """The layer of these principals, in the order of rows; of nobody where there are none."""
    return Layer(source_type, source_id, tuple(sorted(principals, key=sort_key)) or (NOBODY,))


def space_layer(space_id: str, permissions: RowBatches | None, role_assignments: RowBatches | None) -> Layer:
    """Whom the space lets in: `read`/`space` permissions united with roles that give `read/space`.

    None stands for what could not be read. Without the permissions nothing is decided; without the assignments a role
    stands in the layer as a principal that can't be resolved, and what is granted otherwise still counts.
    """
    if permissions is None:
        return Layer("space", space_id, unread=Cause.SPACE_UNREAD)
    principals: set[Principal] = set()
    reading_roles: set[str] = set()
    for row in (row for batch in permissions for row in batch):
        if (row["operation"], row["target_type"]) != _READ_SPACE:
            continue
        principal = principal_of(row["principal_type"], row["principal_id"])
        if principal.type == "role":
            reading_roles.add(principal.id)
        else:
            principals.add(principal)
    if role_assignments is None:
        principals |= {Principal("role", role) for role in reading_roles or {UNREAD_ID}}
        return layer_of("space", space_id, principals)
    for row in (row for batch in role_assignments for row in batch):
        if row["role_id"] in reading_roles or "/".join(_READ_SPACE) in (row.get("permissions") or ()):
            principals.add(principal_of(row["principal_type"], row["principal_id"]))
    return layer_of("space", space_id, principals)


@dataclass(slots=True)
class Restrictions:
    """Own read restrictions by content id. Restrictions on update don't gate reading."""

    named: dict[str, set[Principal]] = field(default_factory=lambda: defaultdict(set))
    unread: set[str] = field(default_factory=set)

    def layer(self, content_type: str, content_id: str) -> Layer | None:
        """The layer that the content adds; None where it has no restriction of its own."""
        if content_id in self.unread:
            return Layer(content_type, content_id, unread=Cause.RESTRICTION_UNREAD)
        principals = self.named.get(content_id)
        return layer_of(content_type, content_id, principals) if principals else None


def read_restrictions(batches: RowBatches) -> Restrictions:
    """The space's own read restrictions.

    A row of type and id `unknown` says that the restriction could not be read: the content is not decidable. A
    principal of a kind that nobody knows, beside known ones, closes only itself.
    """
    restrictions = Restrictions()
    for row in (row for batch in batches for row in batch):
        if row["operation"] == "update":
            continue
        kind, principal_id = row["principal_type"].lower(), row["principal_id"]
        if (kind, principal_id) == ("unknown", UNREAD_ID):
            restrictions.unread.add(row["content_id"])
        elif row["operation"] == "read":
            # Restrictions name users and groups; whatever else they may name one day lets nobody in until it is known.
            known = kind in {"user", "group"}
            restrictions.named[row["content_id"]].add(Principal(kind if known else "unknown", principal_id))
    return restrictions
