"""Access profiles: chains of layers, each made once, with the set of accounts that all of its layers let in.

This module must not know the tree: it is told which layer comes below which profile.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from confluence_assets.access.directory import Directory
from confluence_assets.access.layers import Layer
from confluence_assets.access.principals import ANONYMOUS, Cause, Principal
from confluence_assets.tables import Row


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """One profile. `accounts` is the set of those that every layer lets in; empty where it is not decidable.

    `is_public`: anonymous reads it, and so does everybody who has signed in.
    """

    profile_id: str
    above: "Profile | None"
    layer: Layer
    layer_index: int
    accounts: int
    is_decidable: bool
    is_public: bool

    def layers(self) -> list["Profile"]:
        """The profile of each layer, from the space down to this one."""
        chain: list[Profile] = []
        link: Profile | None = self
        while link is not None:
            chain.append(link)
            link = link.above
        return chain[::-1]


class ProfileBook:
    """All profiles of one space, resolved against one directory."""

    def __init__(self, space: Layer, space_key: str, directory: Directory) -> None:
        self.space_key = space_key
        self.directory = directory
        self._profiles: dict[tuple[str, str], Profile] = {}
        cause = space.unread or directory.licence_cause
        accounts, _ = self.admitted_by(space) if cause is None else (0, ())
        public = cause is None and any(
            principal == ANONYMOUS and directory.admitted(principal).cause is None for principal in space.principals
        )
        if cause is not None and space.unread is None:
            space = Layer(space.source_type, space.source_id, space.principals, unread=cause)
        self.root = Profile(space.digest(""), None, space, 0, accounts, cause is None, public)

    def admitted_by(self, layer: Layer) -> tuple[int, tuple[tuple[Principal, Cause], ...]]:
        """Whom the layer lets in, and which of its principals could not be resolved, with the cause."""
        accounts, causes = 0, []
        for principal in layer.principals:
            admitted = self.directory.admitted(principal)
            accounts |= admitted.accounts
            if admitted.cause is not None:
                causes.append((principal, admitted.cause))
        return accounts, tuple(causes)

    def extend(self, above: Profile, layer: Layer) -> Profile:
        """The profile that this layer makes below `above`; the same object for the same layer."""
        key = (above.profile_id, layer.digest(above.profile_id))
        known = self._profiles.get(key)
        if known is None:
            decidable = above.is_decidable and layer.unread is None
            accounts = above.accounts & self.admitted_by(layer)[0] if decidable else 0
            known = Profile(key[1], above, layer, above.layer_index + 1, accounts, decidable, False)
            self._profiles[key] = known
        return known

    def causes(self, profile: Profile) -> tuple[Cause, ...]:
        """Why the profile is not decidable or not complete; empty where all is known. Sorted, each once."""
        causes: set[Cause] = set()
        for link in profile.layers():
            if link.layer.unread is not None:
                causes.add(link.layer.unread)
            causes |= {cause for _, cause in self.admitted_by(link.layer)[1]}
        return tuple(sorted(causes))

    def iter_layer_rows(self, profile: Profile) -> Iterator[Row]:
        """Yield the profile's rows of `acl_profiles`, in the order of the key."""
        for link in profile.layers():
            causes = dict(self.admitted_by(link.layer)[1])
            complete = link.layer.unread is None and not any(cause.is_incomplete for cause in causes.values())
            for principal in link.layer.principals:
                cause = link.layer.unread or causes.get(principal)
                yield {
                    "acl_profile_id": profile.profile_id,
                    "layer_index": link.layer_index,
                    "principal_type": principal.type,
                    "principal_id": principal.id,
                    "space_key": self.space_key,
                    "layer_source_type": link.layer.source_type,
                    "layer_source_id": link.layer.source_id,
                    "is_complete": complete,
                    "is_decidable": profile.is_decidable,
                    "cause": None if cause is None else str(cause),
                }

    def reader_set(self, profile: Profile) -> int:
        """The accounts that `acl_readers` names for the profile.

        A public profile names those that are let in otherwise, beside `anonymous`, which stands for everybody: rows
        for every account in every public space would say nothing more.
        """
        if not profile.is_public:
            return profile.accounts
        named = [principal for principal in profile.layer.principals if principal != ANONYMOUS]
        accounts = 0
        for principal in named:
            accounts |= self.directory.admitted(principal).accounts
        return accounts

    def iter_reader_rows(self, profile: Profile) -> Iterator[Row]:
        """Yield the profile's rows of `acl_readers`, in the order of the key."""
        fixed = {"acl_profile_id": profile.profile_id, "principal_type": "user"}
        for account_id in self.directory.list_of(self.reader_set(profile)):
            yield {**fixed, "principal_id": account_id, "space_key": self.space_key}
        if profile.is_public:
            yield {
                "acl_profile_id": profile.profile_id,
                "principal_type": ANONYMOUS.type,
                "principal_id": ANONYMOUS.id,
                "space_key": self.space_key,
            }
