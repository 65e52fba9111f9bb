"""The people and groups of a site, and whom each principal lets in. Built once per run, asked by every space.

Sets of accounts are integers, one bit an account, so that layers are joined and crossed at the speed of `|` and `&`.
This module must not know spaces or content.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import compress
from typing import Literal, NamedTuple

from confluence_assets.access.principals import (
    ALL_LICENSED_USERS,
    ALL_PRODUCT_ADMINS,
    AUTHENTICATED_USERS,
    Cause,
    Principal,
)
from confluence_assets.tables import Row, sort_key

RowBatches = Iterable[Sequence[Row]]

PRODUCT_ACCESS = frozenset({"user", "admin"})
"""Access types of a group whose members may use the product; a product's administrators use it too."""
_SPARSE = 64
_REMEMBERED_SETS = 256


@dataclass(frozen=True, slots=True)
class SiteAccess:
    """What holds for the whole site, and stands in no table.

    `licensed_accounts`: who may use the product ('Can use' on Data Center), where more is known than `groups` say; None: the
    members of groups with product access.
    `nested_groups`: (group, group inside it) on Data Center, where `group_members` holds direct members only.
    `unread_groups`: groups whose members could not be read; an empty group is not an unread one.
    `groups_unread`: the list of groups itself could not be.
    """

    deployment: Literal["cloud", "datacenter"] = "cloud"
    anonymous_access: bool | None = None
    licensed_accounts: frozenset[str] | None = None
    nested_groups: tuple[tuple[str, str], ...] = ()
    unread_groups: frozenset[str] = frozenset()
    groups_unread: bool = False


class Admitted(NamedTuple):
    """Whom a principal lets in: a set of accounts, and why some may be missing where that is not the site's word."""

    accounts: int
    cause: Cause | None = None


class Directory:
    """Who is who on one site. Only accounts that may read anything at all have a bit: active, and licensed where needed."""

    def __init__(self, users: RowBatches, groups: RowBatches, group_members: RowBatches, site: SiteAccess) -> None:
        self.site = site
        self._users = {row["account_id"]: row for batch in users for row in batch}
        self._access_types = {
            self._group_key(row["group_id"]): frozenset(row.get("access_types") or ())
            for batch in groups
            for row in batch
        }
        members = self._read_members(group_members)
        self._unread = frozenset(map(self._group_key, site.unread_groups))
        self.licence_cause: Cause | None = None
        self._in_doubt: frozenset[str] = frozenset()
        """Active people whose licence may come from a group that could not be read: they read nothing, and that is said."""
        able = self._able_accounts(members)
        self.accounts: tuple[str, ...] = tuple(sorted(able, key=lambda account: sort_key((account,))))
        """The accounts that may read anything at all, in the order of rows."""
        self._bits = {account: bit for bit, account in enumerate(self.accounts)}
        self._groups = {group: self.set_of(accounts) for group, accounts in members.items()}
        self._doubted_groups = {group for group, accounts in members.items() if not self._in_doubt.isdisjoint(accounts)}
        self._people = self.set_of(account for account in able if self._is_person(self._users[account]))
        self.everybody = (1 << len(self.accounts)) - 1
        self._admitted: dict[Principal, Admitted] = {}
        self._lists: dict[int, tuple[str, ...]] = {}
        self._digests: dict[Principal, bytes] = {}

    def _group_key(self, group_id: str) -> str:
        """Groups are ids on Cloud; on Data Center they are names, which the site compares without case."""
        return group_id.lower() if self.site.deployment == "datacenter" else group_id

    def _read_members(self, group_members: RowBatches) -> dict[str, set[str]]:
        direct: dict[str, set[str]] = defaultdict(set)
        for batch in group_members:
            for row in batch:
                direct[self._group_key(row["group_id"])].add(row["account_id"])
        nested = [(self._group_key(outer), self._group_key(inner)) for outer, inner in self.site.nested_groups]
        return flatten_groups(direct, nested) if nested else dict(direct)

    def _able_accounts(self, members: Mapping[str, set[str]]) -> set[str]:
        """The accounts that may read anything at all: active, and where it is known who may use the product, one of those.

        Guests and apps use it by being let in somewhere. Cloud does not always say which groups give access: then being
        active is enough. Data Center has no such excuse, and is not decidable without. A group that could not be read
        licenses nobody: who was in it may have left; where no group could be, nobody is known to be licensed.
        """
        active = {account for account, row in self._users.items() if row.get("account_status") == "active"}
        licensed = self.site.licensed_accounts
        if licensed is None:
            granting = self._groups_giving(PRODUCT_ACCESS)
            is_cloud = self.site.deployment == "cloud"
            if not granting and is_cloud and not self.site.groups_unread:
                return active
            self.licence_cause = None if granting or is_cloud else Cause.LICENCE_UNREAD
            readable = [group for group in granting if group not in self._unread]
            licensed = frozenset(account for group in readable for account in members.get(group, ()))
            is_whole = len(readable) == len(granting) and not self.site.groups_unread
        else:
            is_whole = True
        able = {account for account in active if account in licensed or self._is_visitor(self._users[account])}
        self._in_doubt = frozenset() if is_whole else frozenset(active - able)
        return able

    def _groups_giving(self, access: frozenset[str]) -> list[str]:
        return [group for group, types in self._access_types.items() if types & access]

    @staticmethod
    def _is_visitor(row: Row) -> bool:
        """Whether the account needs no product access: an app or a guest."""
        return row.get("account_type") == "app" or bool(row.get("is_external"))

    @staticmethod
    def _is_person(row: Row) -> bool:
        """Whether access classes may hold the account: no app, no customer, no guest."""
        return row.get("account_type") == "atlassian" and not row.get("is_external")

    def is_in_doubt(self, account_id: str) -> bool:
        """Whether the account reads nothing only because a group that may license it could not be read."""
        return account_id in self._in_doubt

    def set_of(self, accounts: Iterable[str]) -> int:
        """The set of those of the accounts that may read anything at all."""
        octets = bytearray(len(self.accounts) // 8 + 1)
        for account in accounts:
            bit = self._bits.get(account)
            if bit is not None:
                octets[bit >> 3] |= 1 << (bit & 7)
        return int.from_bytes(octets, "little")

    def holds(self, accounts: int, account_id: str) -> bool:
        """Whether the account is in the set."""
        bit = self._bits.get(account_id)
        return bit is not None and bool(accounts >> bit & 1)

    def list_of(self, accounts: int) -> tuple[str, ...]:
        """The accounts of a set, in the order of rows; large sets are remembered, for many spaces share them."""
        if accounts.bit_count() <= _SPARSE:
            return tuple(self.accounts[bit] for bit in _iter_bits(accounts))
        known = self._lists.get(accounts)
        if known is None:
            known = tuple(compress(self.accounts, map("1".__eq__, reversed(bin(accounts)))))
            if len(self._lists) >= _REMEMBERED_SETS:
                self._lists.clear()
            self._lists[accounts] = known
        return known

    def admitted(self, principal: Principal) -> Admitted:
        """Whom the principal lets in. One that can't be resolved lets nobody in, and says why."""
        known = self._admitted.get(principal)
        if known is None:
            known = self._admitted[principal] = self._resolve(principal)
        return known

    def _resolve(self, principal: Principal) -> Admitted:
        match principal.type:
            case "user":
                return self._resolve_user(principal.id)
            case "group":
                return self._resolve_group(self._group_key(principal.id))
            case "access_class":
                return self._resolve_class(principal.id)
            case "anonymous":
                return self._resolve_anonymous()
            case "none":
                return Admitted(0)
            case "role":
                return Admitted(0, Cause.ROLES_UNREAD)
            case _:
                return Admitted(0, Cause.PRINCIPAL_UNKNOWN)

    def _resolve_user(self, account_id: str) -> Admitted:
        row = self._users.get(account_id)
        if row is None or row.get("account_status") not in {"active", "inactive", "closed"}:
            return Admitted(0, Cause.ACCOUNT_UNKNOWN)
        return Admitted(self.set_of((account_id,)), Cause.LICENCE_IN_DOUBT if account_id in self._in_doubt else None)

    def _resolve_group(self, group: str) -> Admitted:
        if group not in self._access_types:
            return Admitted(0, Cause.GROUP_UNKNOWN)
        if group in self._unread:
            return Admitted(0, Cause.GROUP_UNREAD)
        return Admitted(self._groups.get(group, 0), Cause.LICENCE_IN_DOUBT if group in self._doubted_groups else None)

    def _resolve_class(self, name: str) -> Admitted:
        """The licensed and the administrators are people; guests and apps need a grant to themselves or to a group."""
        if name == AUTHENTICATED_USERS:
            return Admitted(self.everybody, Cause.LICENCE_IN_DOUBT if self._in_doubt else None)
        access = {ALL_LICENSED_USERS: PRODUCT_ACCESS, ALL_PRODUCT_ADMINS: frozenset({"admin"})}.get(name)
        granting = self._groups_giving(access) if access else []
        if not granting:
            return Admitted(0, Cause.ACCESS_CLASS_UNKNOWN)
        readable = self._unread.isdisjoint(granting)
        return Admitted(self._members_of(granting) & self._people, None if readable else Cause.GROUP_UNREAD)

    def _members_of(self, groups: Iterable[str]) -> int:
        accounts = 0
        for group in groups:
            accounts |= 0 if group in self._unread else self._groups.get(group, 0)
        return accounts

    def _resolve_anonymous(self) -> Admitted:
        """Where anonymous may read, so may everybody who has signed in: people, guests and apps.

        Source: support.atlassian.com, "What can guests see and do on Confluence": guests reach every space that allows
        anonymous access.
        """
        if self.site.anonymous_access:
            return Admitted(self.everybody)
        unknown = self.site.anonymous_access is None
        return Admitted(0, Cause.ANONYMOUS_UNKNOWN if unknown else Cause.ANONYMOUS_OFF)

    def fingerprint(self, principals: Iterable[Principal]) -> str:
        """A digest of what these principals let in: equal as long as nothing that matters to them has changed.

        Anonymous counts by whether it is on: whom it adds below a restriction, the restriction's own principals say.
        """
        digest = blake2b(f"{self.licence_cause}".encode(), digest_size=16)
        for principal in sorted(principals):
            digest.update(self._digest_of(principal))
        return digest.hexdigest()

    def _digest_of(self, principal: Principal) -> bytes:
        known = self._digests.get(principal)
        if known is None:
            accounts, cause = self.admitted(principal)
            named = () if principal.type == "anonymous" else self.list_of(accounts)
            text = "\0".join((*principal, str(cause), *named))
            known = self._digests[principal] = blake2b(text.encode(), digest_size=16).digest()
        return known

    def position(self, account_id: str) -> int | None:
        """The account's place among `accounts`; None for one that may read nothing at all."""
        return self._bits.get(account_id)


def flatten_groups(direct: Mapping[str, set[str]], nested: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """Every group with the members of the groups inside it, however deep; groups that hold each other are no trouble.

    `nested` names (group, group inside it). Data Center only: Cloud has no nested groups.
    """
    inside: dict[str, set[str]] = defaultdict(set)
    for outer, inner in nested:
        inside[outer].add(inner)
    flat: dict[str, set[str]] = {}
    for group in {*direct, *inside}:
        reached, open_groups = {group}, [group]
        while open_groups:
            fresh = inside.get(open_groups.pop(), set()) - reached
            reached |= fresh
            open_groups.extend(fresh)
        flat[group] = set().union(*(direct.get(each, set()) for each in reached))
    return flat


def _iter_bits(accounts: int) -> Iterator[int]:
    while accounts:
        lowest = accounts & -accounts
        yield lowest.bit_length() - 1
        accounts ^= lowest
