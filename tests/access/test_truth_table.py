"""Named cases: what is right, and the wrong answer that some other connector gives."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import pytest

from confluence_assets.access import SiteAccess
from tests.access.reference import may_read
from tests.access.site import SmallSite

PEOPLE = ["ann", "ben", "cat", "dan"]


def site(*readers: str, anonymous: bool | None = False) -> SmallSite:
    """Four people, all licensed; ann and ben are in `blue`, ben and cat in `red`; `S` lets `readers` in (default: all)."""
    built = SmallSite(SiteAccess(anonymous_access=anonymous))
    built.group("staff", "user")
    built.group("blue")
    built.group("red")
    for account_id, groups in zip(PEOPLE, (["blue"], ["blue", "red"], ["red"], []), strict=True):
        built.account(account_id, "staff", *groups)
    built.space("S", *(readers or ("access_class:all-licensed-users",)))
    return built


@dataclass(frozen=True)
class Case:
    name: str
    build: Callable[[], tuple[SmallSite, str]]
    right: list[str]
    wrong: list[str]
    who_errs: str


CASES: list[Case] = []


def case(name: str, *, right: str, wrong: str, who_errs: str) -> Callable[[Callable[[], tuple[SmallSite, str]]], None]:
    def keep(build: Callable[[], tuple[SmallSite, str]]) -> None:
        CASES.append(Case(name, build, right.split(), wrong.split(), who_errs))

    return keep


@case("two restricted ancestors are crossed", right="ben", wrong="ben cat", who_errs="nearest restricted ancestor only")
def _() -> tuple[SmallSite, str]:
    built = site()
    built.node("S", "1", "group:blue")
    built.node("S", "2", "group:red", parent="1")
    return built, built.node("S", "3", parent="2")


@case("restrictions are inherited", right="ann ben", wrong="ann ben cat dan", who_errs="own restriction only")
def _() -> tuple[SmallSite, str]:
    built = site()
    built.node("S", "1", "group:blue")
    return built, built.node("S", "2", parent="1")


@case("layers are not united", right="ben", wrong="ann ben cat", who_errs="union of layers")
def _() -> tuple[SmallSite, str]:
    built = site()
    built.node("S", "1", "group:blue")
    return built, built.node("S", "2", "group:red", parent="1")


@case(
    "a restriction does not replace the space", right="ben", wrong="ben cat", who_errs="restriction replaces permission"
)
def _() -> tuple[SmallSite, str]:
    built = site("group:blue")
    return built, built.node("S", "1", "group:red")


@case("ids are not crossed, people are", right="ben", wrong="", who_errs="intersection of principal ids")
def _() -> tuple[SmallSite, str]:
    built = site("group:blue")
    return built, built.node("S", "1", "user:ben")


@case("an unread restriction closes", right="", wrong="ann ben cat dan", who_errs="fail open")
def _() -> tuple[SmallSite, str]:
    built = site()
    return built, built.node("S", "1", "unknown:unknown")


@case("unread permissions close", right="", wrong="ann ben cat dan", who_errs="fail open")
def _() -> tuple[SmallSite, str]:
    built = site()
    built.unread.add(("space_permissions", "S"))
    return built, built.node("S", "1")


@case("an unread restriction above closes what is below", right="", wrong="ann", who_errs="own restriction only")
def _() -> tuple[SmallSite, str]:
    built = site()
    built.node("S", "1", "unknown:unknown")
    return built, built.node("S", "2", "user:ann", parent="1")


@case("a hidden e-mail is still a principal", right="eve", wrong="", who_errs="people matched by e-mail")
def _() -> tuple[SmallSite, str]:
    built = site()
    built.account("eve", "staff", email=None)
    return built, built.node("S", "1", "user:eve")


@case(
    "unrestricted is open to the space",
    right="ann ben cat dan",
    wrong="",
    who_errs="unrestricted pages visible to nobody",
)
def _() -> tuple[SmallSite, str]:
    built = site()
    return built, built.node("S", "1")


@case(
    "a folder restricts what is in it", right="ann ben", wrong="ann ben cat dan", who_errs="pages as the only ancestors"
)
def _() -> tuple[SmallSite, str]:
    built = site()
    built.node("S", "1", "group:blue", kind="folder")
    return built, built.node("S", "2", parent="1")


@case("a database far above restricts", right="dan", wrong="ann ben cat dan", who_errs="pages as the only ancestors")
def _() -> tuple[SmallSite, str]:
    built = site()
    built.node("S", "1", "user:dan", kind="database")
    built.node("S", "2", kind="whiteboard", parent="1")
    return built, built.node("S", "3", parent="2")


@case("a blog post inherits nothing", right="ann ben cat dan", wrong="ann ben", who_errs="one rule for all types")
def _() -> tuple[SmallSite, str]:
    built = site()
    built.node("S", "1", "group:blue")
    return built, built.node("S", "2", kind="blogpost")


@case("a blog post's own restriction counts", right="cat", wrong="ann ben cat dan", who_errs="pages only")
def _() -> tuple[SmallSite, str]:
    built = site()
    return built, built.node("S", "1", "user:cat", kind="blogpost")


@case("a comment is read like its page", right="ben", wrong="ann ben cat dan", who_errs="comments by the space alone")
def _() -> tuple[SmallSite, str]:
    built = site()
    built.node("S", "1", "group:blue")
    built.node("S", "2", "group:red", parent="1")
    return built, built.contained("comments", "S", "9", "2")


@case("a comment on a file on a custom content", right="ann ben", wrong="ann ben cat dan", who_errs="one step up only")
def _() -> tuple[SmallSite, str]:
    built = site()
    built.node("S", "1", "group:blue")
    built.contained("comments", "S", "9", "att8", "attachment")
    built.contained("attachments", "S", "att8", "7", "custom_content")
    built.contained("custom_content", "S", "7", "1")
    return built, "9"


@case(
    "a restriction of a comment's own gates nothing",
    right="ann ben",
    wrong="ann",
    who_errs="every id may be restricted",
)
def _() -> tuple[SmallSite, str]:
    built = site()
    built.node("S", "1", "group:blue")
    built.restrict("S", built.contained("comments", "S", "9", "1"), "user:ann", content_type="comment")
    return built, "9"


@case("custom content right in the space", right="ann ben", wrong="", who_errs="a page as the only container")
def _() -> tuple[SmallSite, str]:
    built = site("group:blue")
    return built, built.contained("custom_content", "S", "7", "id-S", "space")


@case(
    "a restriction on update gates nothing",
    right="ann ben cat dan",
    wrong="ann",
    who_errs="both operations as one list",
)
def _() -> tuple[SmallSite, str]:
    built = site()
    built.restrict("S", built.node("S", "1"), "user:ann", "update")
    return built, "1"


@case(
    "an unread update restriction gates nothing",
    right="ann ben cat dan",
    wrong="",
    who_errs="both operations as one list",
)
def _() -> tuple[SmallSite, str]:
    built = site()
    built.restrict("S", built.node("S", "1"), "unknown:unknown", "update")
    return built, "1"


@case(
    "a deleted group admits nobody, the others count",
    right="ann",
    wrong="ann ben cat dan",
    who_errs="empty = unrestricted",
)
def _() -> tuple[SmallSite, str]:
    built = site()
    return built, built.node("S", "1", "group:deleted", "user:ann")


@case("a restriction to a deleted group alone", right="", wrong="ann ben cat dan", who_errs="empty = unrestricted")
def _() -> tuple[SmallSite, str]:
    built = site()
    return built, built.node("S", "1", "group:deleted")


@case("members left over from a deleted group", right="", wrong="dan", who_errs="memberships without groups")
def _() -> tuple[SmallSite, str]:
    built = site()
    built.add("group_members", group_id="deleted", account_id="dan")
    return built, built.node("S", "1", "group:deleted")


@case("a group is its id, not its name", right="", wrong="ann ben", who_errs="groups matched by name")
def _() -> tuple[SmallSite, str]:
    built = site()
    return built, built.node("S", "1", "group:Blue")


@case("a principal of a new kind closes only itself", right="ann", wrong="", who_errs="strict parsing")
def _() -> tuple[SmallSite, str]:
    built = site()
    return built, built.node("S", "1", "team:rocket", "user:ann")


@case("an unknown id beside known ones closes only itself", right="ann", wrong="", who_errs="all or nothing")
def _() -> tuple[SmallSite, str]:
    built = site()
    return built, built.node("S", "1", "unknown:557058:gone", "user:ann")


@case(
    "access classes don't stand in restrictions",
    right="",
    wrong="ann ben cat dan",
    who_errs="one resolver for all layers",
)
def _() -> tuple[SmallSite, str]:
    built = site(anonymous=True)
    return built, built.node("S", "1", "access_class:all-licensed-users", "anonymous")


@case("a deactivated account reads nothing", right="ann", wrong="ann eve", who_errs="grants without accounts")
def _() -> tuple[SmallSite, str]:
    built = site()
    built.account("eve", "staff", status="inactive")
    return built, built.node("S", "1", "user:eve", "user:ann")


@case("a closed account in a group", right="ann ben", wrong="ann ben eve", who_errs="grants without accounts")
def _() -> tuple[SmallSite, str]:
    built = site()
    built.account("eve", "staff", "blue", status="closed")
    return built, built.node("S", "1", "group:blue")


@case(
    "a guest is not a licensed user",
    right="ann ben cat dan",
    wrong="ann ben cat dan eve",
    who_errs="everybody = licensed",
)
def _() -> tuple[SmallSite, str]:
    built = site()
    built.account("eve", "staff", is_external=True)
    return built, built.node("S", "1")


@case(
    "an app is not a licensed user",
    right="ann ben cat dan",
    wrong="ann ben cat dan bot",
    who_errs="everybody = licensed",
)
def _() -> tuple[SmallSite, str]:
    built = site()
    built.account("bot", "staff", kind="app")
    return built, built.node("S", "1")


@case("a guest and an app by explicit grants", right="eve bot", wrong="", who_errs="people only")
def _() -> tuple[SmallSite, str]:
    built = site("group:guests", "user:bot")
    built.group("guests")
    built.account("eve", "guests", is_external=True)
    built.account("bot", kind="app")
    return built, built.node("S", "1")


@case(
    "licensed means a group with product access",
    right="ann ben cat dan",
    wrong="ann ben cat dan eve",
    who_errs="active = licensed",
)
def _() -> tuple[SmallSite, str]:
    built = site()
    built.account("eve", "blue")
    return built, built.node("S", "1")


@case("who may not use the site reads nothing", right="ann", wrong="ann eve", who_errs="grants without licences")
def _() -> tuple[SmallSite, str]:
    built = site("user:eve", "user:ann")
    built.account("eve", "blue")
    return built, built.node("S", "1")


@case("product admins", right="eve", wrong="ann ben cat dan eve", who_errs="unknown classes as everybody")
def _() -> tuple[SmallSite, str]:
    built = site("access_class:all-product-admins")
    built.group("admins", "admin", "user")
    built.account("eve", "admins")
    return built, built.node("S", "1")


@case(
    "an unknown access class admits nobody",
    right="dan",
    wrong="ann ben cat dan",
    who_errs="unknown classes as everybody",
)
def _() -> tuple[SmallSite, str]:
    built = site("access_class:jsm-project-admins", "user:dan")
    return built, built.node("S", "1")


@case("access-class as the API spells it", right="ann ben cat dan", wrong="", who_errs="closed enums")
def _() -> tuple[SmallSite, str]:
    built = site("access-class:all-licensed-users")
    return built, built.node("S", "1")


@case("a role with read/space, no permission", right="cat", wrong="", who_errs="permissions only")
def _() -> tuple[SmallSite, str]:
    built = site("role:nobody-has-it")
    built.role("S", "user:cat", "viewer", "read/space")
    built.role("S", "user:dan", "strange", "create/comment")
    return built, built.node("S", "1")


@case("a role named by a permission", right="ann cat", wrong="ann", who_errs="role principals dropped")
def _() -> tuple[SmallSite, str]:
    built = site("role:viewer", "user:ann")
    built.role("S", "user:cat", "viewer")
    return built, built.node("S", "1")


@case(
    "roles and permissions are united, then crossed",
    right="ben",
    wrong="ben cat",
    who_errs="restriction replaces permission",
)
def _() -> tuple[SmallSite, str]:
    built = site("user:dan")
    built.role("S", "group:blue", "viewer", "read/space")
    return built, built.node("S", "1", "group:red")


@case("only read on the space lets in", right="ann", wrong="ann dan", who_errs="any permission")
def _() -> tuple[SmallSite, str]:
    built = site("user:ann")
    built.permission("S", "user:dan", "create", "page")
    built.permission("S", "user:dan", "read", "page")
    return built, built.node("S", "1")


@case("anonymous lets everybody in", right="ann ben cat dan eve bot", wrong="", who_errs="anonymous ignored")
def _() -> tuple[SmallSite, str]:
    built = site("anonymous", anonymous=True)
    built.account("eve", is_external=True)
    built.account("bot", kind="app")
    built.account("off", "staff", status="inactive")
    return built, built.node("S", "1")


@case("anonymous and a restriction", right="ann", wrong="ann ben cat dan", who_errs="public space = public page")
def _() -> tuple[SmallSite, str]:
    built = site("anonymous", anonymous=True)
    return built, built.node("S", "1", "user:ann")


@case(
    "anonymous where the site forbids it", right="dan", wrong="ann ben cat dan", who_errs="anonymous by the space alone"
)
def _() -> tuple[SmallSite, str]:
    built = site("access_class:anonymous-users", "user:dan", anonymous=False)
    return built, built.node("S", "1")


@case("anonymous where nobody knows", right="dan", wrong="ann ben cat dan", who_errs="unknown = on")
def _() -> tuple[SmallSite, str]:
    built = site("anonymous", "user:dan", anonymous=None)
    return built, built.node("S", "1")


@case("a missing ancestor closes", right="", wrong="ann ben cat dan", who_errs="missing = unrestricted")
def _() -> tuple[SmallSite, str]:
    built = site()
    return built, built.node("S", "1", parent="draft")


@case("a missing container closes", right="", wrong="ann ben cat dan", who_errs="missing = unrestricted")
def _() -> tuple[SmallSite, str]:
    built = site()
    return built, built.contained("attachments", "S", "att1", "elsewhere")


@case("a cycle closes", right="", wrong="ann", who_errs="endless loop, or the first step only")
def _() -> tuple[SmallSite, str]:
    built = site()
    built.node("S", "1", parent="2")
    return built, built.node("S", "2", "user:ann", parent="1")


@case("a space that lets nobody in", right="", wrong="ann ben cat dan", who_errs="empty = unrestricted")
def _() -> tuple[SmallSite, str]:
    built = site()
    built.rows["space_permissions"].clear()
    return built, built.node("S", "1")


@pytest.mark.parametrize("each", CASES, ids=lambda each: each.name)
def test_case(each: Case) -> None:
    built, content_id = each.build()

    assert built.readers_of(content_id) == each.right, f"the wrong answer of: {each.who_errs}"
    assert each.right != each.wrong

    accounts = [row["account_id"] for row in built.rows["users"]]
    assert [account for account in accounts if may_read(built, account, "S", content_id)] == each.right


@pytest.mark.parametrize("each", CASES, ids=lambda each: each.name)
def test_case_in_sql(each: Case) -> None:
    built, content_id = each.build()
    query = "select content_id from visible_content(?)"

    with closing(built.database()) as connection:
        found = [
            row["account_id"]
            for row in built.rows["users"]
            if (content_id,) in connection.execute(query, [row["account_id"]]).fetchall()
        ]

    assert found == each.right
