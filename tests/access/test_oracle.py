"""The embedded site is the oracle: it enforces access with code of its own, and the lake's rule must answer the same.

Random sites: nested pages and folders, groups that overlap across layers, roles, access classes, anonymous, guests, apps,
moved and archived pages, restricted ancestors of every type. What the site holds is mapped to rows directly, and each
user's own token asks the site without a socket; the same over a whole sync stands in `test_oracle_sync`.
"""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from confluence_assets.access import SiteAccess, SpaceResolution
from confluence_assets.emulator.app import App
from confluence_assets.emulator.config import SeedPlan, SiteConfig, Switches
from confluence_assets.emulator.dump import dump_rows
from confluence_assets.emulator.site import Site
from confluence_assets.emulator.store.model import TREE, Content, Permission, Restriction
from confluence_assets.tables import Row
from tests.access.eyes import KINDS, Eyes
from tests.access.site import SmallSite

PLAN = SeedPlan(
    spaces=2,
    pages_per_space=12,
    blogposts_per_space=2,
    comments=8,
    attachments=6,
    custom_content=4,
    folders_per_space=4,
    archived_share=0.1,
    restricted_share=0.0,
    users=8,
    groups=4,
    odd=True,
)
CLASSES = ("all-licensed-users", "all-product-admins", "authenticated-users", "anonymous-users", "jsm-project-admins")
ACCESS: tuple[tuple[str, ...], ...] = ((), ("user",), ("user", "admin"), ("user", "admin", "site-admin"))
CONTENT_TABLES = {"page": "pages", "blogpost": "blogposts", "folder": "folders", "whiteboard": "whiteboards"}
CONTENT_TABLES |= {"database": "databases", "embed": "embeds"}
HELD_TABLES = {"comment": "comments", "attachment": "attachments", "custom_content": "custom_content"}


def make_config(seed: int, dice: Random) -> SiteConfig:
    switches = Switches(
        anonymous_access=dice.random() < 0.5,
        space_role_mode=dice.choice(["PRE_ROLES", "ROLES_TRANSITION", "ROLES"]),
    )
    return SiteConfig(seed=seed % 1000, plan=PLAN, switches=switches)


def make_site(seed: int) -> Site:
    dice = Random(seed)
    site = Site(make_config(seed, dice))
    shuffle(site, dice)
    return site


def shuffle(site: Site, dice: Random) -> None:
    """Give a seeded site people, grants, a tree and restrictions by chance."""
    shuffle_people(site, dice)
    shuffle_grants(site, dice)
    shuffle_tree(site, dice)
    for content in site.store.contents.values():
        if dice.random() < 0.3:
            site.store.restrictions[content.id] = {
                dice.choice(["read", "read", "update"]): make_restriction(site, dice)
            }
    site.store.touch()


def shuffle_people(site: Site, dice: Random) -> None:
    accounts = list(site.store.users)
    for user in site.store.users.values():
        user.status = dice.choice(["active"] * 5 + ["inactive", "closed"])
        user.is_guest = dice.random() < 0.15
        user.account_type = dice.choice(["atlassian"] * 5 + ["app"])
    for group in site.store.groups.values():
        group.access = dice.choice(ACCESS)
        group.members[:] = dice.sample(accounts, dice.randint(0, len(accounts) // 2))
    next(iter(site.store.groups.values())).access = ("user",)


def a_principal(site: Site, dice: Random) -> tuple[str, str]:
    kind = dice.choice(["user", "group", "group", "access-class"])
    names = {"user": list(site.store.users), "group": list(site.store.groups), "access-class": list(CLASSES)}
    return kind, dice.choice(names[kind])


def shuffle_grants(site: Site, dice: Random) -> None:
    for space in site.store.spaces.values():
        grants = [(*a_principal(site, dice), "read", "space") for _ in range(dice.randint(0, 3))]
        grants += [(*a_principal(site, dice), "create", "page")]
        space.permissions[:] = [Permission(number, *grant) for number, grant in enumerate(grants)]
        roles = list(site.store.roles)
        space.roles[:] = [(*a_principal(site, dice), dice.choice(roles)) for _ in range(dice.randint(0, 2))]


def shuffle_tree(site: Site, dice: Random) -> None:
    nodes = [content for content in site.store.contents.values() if content.kind in TREE]
    for node in dice.sample(nodes, len(nodes) // 2):
        below = {found.id for found, _ in site.store.descendants(node.id)} | {node.id}
        homes = [other for other in nodes if other.space_id == node.space_id and other.id not in below]
        if homes:
            site.store.replace(node, parent_id=dice.choice(homes).id, space_id=node.space_id)


def make_restriction(site: Site, dice: Random) -> Restriction:
    users = dice.sample(list(site.store.users), dice.randint(0, 4))
    groups = [(group, "then") for group in dice.sample(list(site.store.groups), dice.randint(0, 2))]
    if dice.random() < 0.2:
        groups.append(("00000000-deleted", "deleted"))
    return Restriction(users, groups)


def to_lake(site: Site) -> SmallSite:
    """The rows that a complete sync leaves of that site."""
    lake = SmallSite(SiteAccess(anonymous_access=site.switches.anonymous_access))
    for row in dump_rows(site, site.door.everything()):
        add_row(lake, site, row)
    return lake


def add_row(lake: SmallSite, site: Site, row: Row) -> None:
    values = {name: value for name, value in row.items() if name not in ("kind", "id")}
    match row["kind"]:
        case "space":
            lake.add("spaces", space_id=f"id-{row['key']}", space_key=row["key"])
        case "user":
            lake.rows["users"].append(values)
        case "group":
            lake.add("groups", group_id=row["id"], access_types=row["access"])
        case "group_member":
            lake.rows["group_members"].append(values)
        case "space_permission":
            lake.rows["space_permissions"].append(values)
        case "role_assignment" if site.switches.space_role_mode != "PRE_ROLES":
            lake.rows["space_role_assignments"].append(values)
        case "restriction":
            lake.rows["content_restrictions"].append(values)
        case kind if kind in CONTENT_TABLES:
            lake.rows[CONTENT_TABLES[kind]].append(values | {f"{kind}_id": row["id"]})
        case kind if kind in HELD_TABLES:
            lake.rows[HELD_TABLES[kind]].append(values | {f"{kind}_id": row["id"]})


def contents_by_space(site: Site) -> dict[str, list[Content]]:
    found: dict[str, list[Content]] = {space.key: [] for space in site.store.spaces.values()}
    for content in site.store.contents.values():
        found[site.store.space_of(content).key].append(content)
    return found


def compare(site: Site, resolution: SpaceResolution, contents: list[Content]) -> int:
    """How many contents some account may read, and other accounts may not."""
    told_apart = 0
    eyes = {account_id: site.door.as_user(user) for account_id, user in site.store.users.items()}
    anonymous = site.door.as_user(None)
    for content in contents:
        right = {account_id for account_id, viewer in eyes.items() if viewer.reads(content)}
        found = {account_id for account_id in eyes if resolution.may_read(account_id, content.api_id)}
        profile = resolution.profile_of(content.api_id)
        assert found == right, (content.kind, content.api_id)
        assert profile.is_public == anonymous.reads(content), (content.kind, content.api_id)
        assert profile.is_decidable
        told_apart += 0 < len(right) < len(eyes)
    return told_apart


@settings(max_examples=500, deadline=None)
@given(st.integers(0, 2**40))
def test_the_rule_answers_what_the_site_enforces(seed: int) -> None:
    site = make_site(seed)
    lake = to_lake(site)

    for key, contents in contents_by_space(site).items():
        resolution = lake.resolve(key)
        assert {content_id for content_id, _, _ in resolution.iter_contents()} == {each.api_id for each in contents}
        compare(site, resolution, contents)


@settings(max_examples=500, deadline=None)
@given(st.integers(0, 2**40))
def test_the_rule_answers_what_everybodys_own_token_reads(seed: int) -> None:
    site = make_site(seed)
    lake, app = to_lake(site), App(site)
    resolutions = {key: lake.resolve(key) for key in contents_by_space(site)}

    for user in site.store.users.values():
        by_rule = {
            content.api_id
            for key, contents in contents_by_space(site).items()
            for content in contents
            if content.kind in KINDS and resolutions[key].may_read(user.account_id, content.api_id)
        }
        assert by_rule == Eyes(site, app, user).read(), user.email
    public = {
        content_id
        for resolution in resolutions.values()
        for content_id, _, profile in resolution.iter_contents()
        if profile.is_public and site.store.contents[int(content_id.removeprefix("att"))].kind in KINDS
    }
    assert public == Eyes(site, app, None).read()


def forget_some(site: Site, lake: SmallSite, dice: Random) -> None:
    """Some of what is asked can't be read any more, and changes behind our back: the lake's rows of it are those of before."""
    unread = {group for group in site.store.groups if dice.random() < 0.4}
    for group in unread:
        accounts = list(site.store.users)
        site.store.groups[group].members[:] = dice.sample(accounts, dice.randint(0, len(accounts) // 2))
    known = None if dice.random() < 0.2 else site.switches.anonymous_access
    lake.access = SiteAccess(anonymous_access=known, unread_groups=frozenset(unread), groups_unread=dice.random() < 0.1)
    for space in site.store.spaces.values():
        table = dice.choice(["space_permissions", "space_role_assignments", "content_restrictions", "", "", ""])
        if table:
            lake.unread.add((table, space.key))
    site.store.touch()


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**40))
def test_what_can_not_be_read_lets_nobody_in_whom_the_site_keeps_out(seed: int) -> None:
    site = make_site(seed)
    lake = to_lake(site)
    forget_some(site, lake, Random(seed))
    eyes = {account_id: site.door.as_user(user) for account_id, user in site.store.users.items()}

    for key, contents in contents_by_space(site).items():
        resolution = lake.resolve(key)
        for content in contents:
            profile = resolution.profile_of(content.api_id)
            too_many = [
                account_id
                for account_id, viewer in eyes.items()
                if resolution.may_read(account_id, content.api_id) and not viewer.reads(content)
            ]
            assert too_many == [], (content.kind, content.api_id)
            assert profile.is_public <= site.door.as_user(None).reads(content)
            missing = [
                account_id
                for account_id, viewer in eyes.items()
                if viewer.reads(content) and not resolution.may_read(account_id, content.api_id)
            ]
            told = any(cause.is_undecidable or cause.is_incomplete for cause in resolution.causes(profile))
            # What is public needs no counting: whoever is not let in by name is so without signing in.
            assert told or profile.is_public or not missing, "whoever is kept out by what was not read is counted"


def test_the_sites_are_worth_asking() -> None:
    told_apart = total = 0
    for seed in range(20):
        site = make_site(seed)
        lake = to_lake(site)
        for key, contents in contents_by_space(site).items():
            told_apart += compare(site, lake.resolve(key), contents)
            total += len(contents)

    assert told_apart > total / 4


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**40))
def test_the_macro_answers_what_the_site_enforces(seed: int) -> None:
    site = make_site(seed)
    connection = to_lake(site).database()

    for account_id, user in site.store.users.items():
        viewer = site.door.as_user(user)
        rows = connection.execute("select content_id from visible_content(?)", [account_id]).fetchall()
        right = {content.api_id for content in site.store.contents.values() if viewer.reads(content)}
        assert {row[0] for row in rows} == right
    connection.close()
