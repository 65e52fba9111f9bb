"""Whom a layer can name, in one spelling, and why a principal or a layer could not be used.

This module must not know people, groups or content: it only gives names.
"""

from enum import StrEnum
from typing import NamedTuple


class Cause(StrEnum):
    """Why a layer is not complete, or a profile not decidable; stands in `acl_profiles.cause`."""

    # Not decidable: the profile lets nobody in.
    SPACE_UNREAD = "space_permissions_unread"
    LICENCE_UNREAD = "licence_unread"
    RESTRICTION_UNREAD = "restriction_unread"
    ANCESTOR_MISSING = "ancestor_missing"
    ANCESTOR_CYCLE = "ancestor_cycle"
    CONTAINER_MISSING = "container_missing"
    TWO_PLACES = "two_places"
    # Not complete: this principal lets nobody in, the others of the layer count.
    GROUP_UNKNOWN = "group_unknown"
    GROUP_UNREAD = "group_unread"
    LICENCE_IN_DOUBT = "licence_in_doubt"
    ACCOUNT_UNKNOWN = "account_unknown"
    ACCESS_CLASS_UNKNOWN = "access_class_unknown"
    ROLES_UNREAD = "roles_unread"
    ANONYMOUS_UNKNOWN = "anonymous_unknown"
    PRINCIPAL_UNKNOWN = "principal_unknown"
    # Decided, and worth saying.
    ANONYMOUS_OFF = "anonymous_off"

    @property
    def is_undecidable(self) -> bool:
        """Whether it closes the whole profile."""
        return self in _UNDECIDABLE

    @property
    def is_incomplete(self) -> bool:
        """Whether it closes one principal, and leaves the layer not complete."""
        return not self.is_undecidable and self is not Cause.ANONYMOUS_OFF

    @property
    def advice(self) -> str:
        """What to do so that it is decided."""
        return _ADVICE[self]


_UNDECIDABLE = frozenset(
    {
        Cause.SPACE_UNREAD,
        Cause.LICENCE_UNREAD,
        Cause.RESTRICTION_UNREAD,
        Cause.ANCESTOR_MISSING,
        Cause.ANCESTOR_CYCLE,
        Cause.CONTAINER_MISSING,
        Cause.TWO_PLACES,
    }
)

_ADVICE = {
    Cause.SPACE_UNREAD: "Let the account read the space's permissions: scope read:space.permission:confluence on "
    "Cloud, space administrator on Data Center.",
    Cause.LICENCE_UNREAD: "Let the account read the global permissions (Confluence administrator), so that it is "
    "known who holds 'Can use'; where the site does not tell (Data Center before 9.3), name the groups in licensed_groups.",
    Cause.RESTRICTION_UNREAD: "Name the account, or a group that it is in, in the page's restriction, or use an "
    "Admin Key; if the page is new, the next run reads it.",
    Cause.ANCESTOR_MISSING: "Let the account view the ancestor (it may be a draft, in the trash, or restricted), or "
    "use an Admin Key.",
    Cause.ANCESTOR_CYCLE: "The site reports a page as its own ancestor: run a full sync; move the page if it stays.",
    Cause.CONTAINER_MISSING: "Let the account view the page that holds this content, or sync its content type.",
    Cause.TWO_PLACES: "One id was read at two places of the tree: the next run settles it.",
    Cause.GROUP_UNKNOWN: "The group was deleted, or is hidden from the account: take it out of the restriction, or "
    "let the account list groups.",
    Cause.GROUP_UNREAD: "Let the account read the group's members: scope read:group:confluence on Cloud, "
    "administrator on Data Center.",
    Cause.LICENCE_IN_DOUBT: "A group that gives access to the site could not be read, so that its members may use the site "
    "or not: let the account read the members of all such groups.",
    Cause.ACCOUNT_UNKNOWN: "The site does not know the account, or hides it: take it out of the restriction.",
    Cause.ACCESS_CLASS_UNKNOWN: "Let the account list groups by access type, so that the access class is known; "
    "classes that are not documented let nobody in.",
    Cause.ROLES_UNREAD: "Let the account read role assignments: scope read:space.permission:confluence.",
    Cause.ANONYMOUS_UNKNOWN: "It could not be told whether the site lets anonymous in; it counts as off.",
    Cause.PRINCIPAL_UNKNOWN: "The site names a kind of principal that is not documented; it lets nobody in.",
    Cause.ANONYMOUS_OFF: "The space names anonymous, and the site does not let anonymous in.",
}


class Principal(NamedTuple):
    """Whom a layer names: type (user, group, role, access_class, anonymous, none, or as the site says) and id."""

    type: str
    id: str


ANONYMOUS = Principal("anonymous", "anonymous")
NOBODY = Principal("none", "none")
ALL_LICENSED_USERS = "all-licensed-users"
ALL_PRODUCT_ADMINS = "all-product-admins"
AUTHENTICATED_USERS = "authenticated-users"
UNREAD_ID = "unknown"
"""The id, beside the type `unknown`, of a restriction that could not be read."""

_ANONYMOUS_FORMS = frozenset({"anonymous", "anonymous-user", "anonymous-users", "all-anonymous-users"})
_CLASS_SUFFIX = "-user-class"


def principal_of(principal_type: str, principal_id: str) -> Principal:
    """The principal in our spelling: `access-class`, `ACCESS_CLASS` and the forms of anonymous are one each.

    Source: Cloud REST v2, GET /spaces/{id}/permissions and /spaces/{id}/role-assignments.
    """
    kind = principal_type.lower().replace("-", "_")
    if kind == "anonymous":
        return ANONYMOUS
    if kind != "access_class":
        return Principal(kind, principal_id)
    name = principal_id.lower().replace("_", "-").removesuffix(_CLASS_SUFFIX)
    return ANONYMOUS if name in _ANONYMOUS_FORMS else Principal(kind, name)
