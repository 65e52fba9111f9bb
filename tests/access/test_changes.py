"""Which spaces are resolved again: those whose rows changed, and those whose readers may differ."""

from collections.abc import Callable

import pytest

from confluence_assets.access import Again, Footprint, SiteAccess, principals_by_space, spaces_to_resolve
from tests.access.site import SmallSite

KEYS = ("BLUE", "RED", "ALL", "OPEN", "SHUT")


def site() -> SmallSite:
    built = SmallSite(SiteAccess(anonymous_access=True))
    built.group("staff", "user")
    built.group("blue")
    built.group("red")
    built.account("ann", "staff", "blue")
    built.account("ben", "staff", "red")
    built.account("guest", "blue", is_external=True)
    built.space("BLUE", "group:blue")
    built.space("RED", "group:red")
    built.space("ALL", "access_class:all-licensed-users")
    built.space("OPEN", "anonymous")
    built.space("SHUT", "user:ben")
    for number, key in enumerate(KEYS):
        built.node(key, str(number))
    built.node("SHUT", "99", "group:deleted")
    return built


def footprints(built: SmallSite) -> dict[str, Footprint]:
    found = {}
    for key in KEYS:
        resolution = built.resolve(key)
        named = principals_by_space(resolution.iter_acl_profiles())[key]
        assert named == resolution.principals()
        found[key] = Footprint(named, resolution.fingerprint())
    return found


def join(account_id: str, group: str) -> Callable[[SmallSite], None]:
    return lambda built: built.add("group_members", group_id=group, account_id=account_id)


def leave(built: SmallSite) -> None:
    built.rows["group_members"] = [row for row in built.rows["group_members"] if row["group_id"] != "red"]


def deactivate_ben(built: SmallSite) -> None:
    built.rows["users"][1]["account_status"] = "inactive"


def shut_out_anonymous(built: SmallSite) -> None:
    built.access = SiteAccess(anonymous_access=False)


def newcomer(built: SmallSite) -> None:
    built.account("aaron", "staff")


def guest_to_person(built: SmallSite) -> None:
    built.rows["users"][2]["is_external"] = False
    built.add("group_members", group_id="staff", account_id="guest")


def rename(built: SmallSite) -> None:
    built.rows["users"][0] |= {"display_name": "Anna", "email": None, "email_hidden": True}


@pytest.mark.parametrize(
    ("change", "again"),
    [
        (lambda built: None, ""),
        (rename, ""),
        (join("ben", "blue"), "BLUE"),
        (leave, "RED"),
        (deactivate_ben, "RED ALL SHUT"),
        (shut_out_anonymous, "OPEN"),
        (newcomer, "ALL"),
        (guest_to_person, "ALL"),
        (lambda built: built.group("deleted"), "SHUT"),
        (lambda built: built.group("deleted-long-ago"), ""),
    ],
)
def test_only_what_a_change_touches_is_resolved_again(change: Callable[[SmallSite], None], again: str) -> None:
    built = site()
    before = footprints(built)
    rows_before = {key: list(built.resolve(key).iter_acl_readers()) for key in KEYS}
    change(built)

    found = spaces_to_resolve(KEYS, before, built.directory())

    assert found == dict.fromkeys(again.split(), Again.PEOPLE)
    for key in set(KEYS) - set(found):
        assert list(built.resolve(key).iter_acl_readers()) == rows_before[key]


def test_own_rows_and_what_was_never_resolved_come_first() -> None:
    built = site()
    known = footprints(built)
    known["RED"] = Footprint(known["RED"].principals, None)
    del known["BLUE"]

    assert spaces_to_resolve([*KEYS, "NEW"], known, built.directory(), changed={"ALL"}) == {
        "BLUE": Again.NEVER,
        "RED": Again.NEVER,
        "ALL": Again.OWN_ROWS,
        "NEW": Again.NEVER,
    }
