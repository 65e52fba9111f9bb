"""Who may read what at scale: all profiles and readers of a made-up site, then `visible_pages` of one user in DuckDB.

    python benchmarks/access_scale.py [--pages 100000] [--spaces 200] [--users 5000] [--groups 500] [--depth 8]

The resolver is timed alone (rows are made beforehand, and counted apart), in one process and one thread. Exits 1 where a
limit of the default size is missed: 30 s and 1 GB for the resolver, 100 ms for `visible_pages`.
"""

import argparse
import random
import resource
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

import confluence_assets.warehouse
from confluence_assets.access import Directory, SiteAccess, SpaceRows, principals_by_space, resolve_space
from confluence_assets.tables import Row

SQL_FILES = sorted((Path(confluence_assets.warehouse.__file__).parent / "sql" / "access").glob("*.sql"))
DERIVED = ("content_acl", "acl_profiles", "acl_readers")
SECONDS, MEGABYTES, QUERY_MILLISECONDS = 30.0, 1024.0, 100.0


def make_people(users: int, groups: int, dice: random.Random) -> dict[str, list[Row]]:
    names = [f"group-{number:04}" for number in range(groups)]
    rows: dict[str, list[Row]] = {"users": [], "groups": [], "group_members": []}
    rows["groups"] = [{"group_id": "licensed", "access_types": ["user"]}]
    rows["groups"] += [{"group_id": name, "access_types": []} for name in names]
    for number in range(users):
        account = f"557058:{dice.getrandbits(128):032x}"
        status = "inactive" if number % 50 == 49 else "active"
        rows["users"].append(
            {
                "account_id": account,
                "account_type": "atlassian",
                "account_status": status,
                "display_name": f"User {number}",
                "email": None if number % 3 == 2 else f"user{number}@example.com",
                "email_hidden": number % 3 == 2,
                "is_external": number % 100 == 7,
            }
        )
        members = ["licensed", *dice.sample(names, 8)]
        rows["group_members"] += [{"group_id": name, "account_id": account} for name in members]
    return rows


def make_space(number: int, pages: int, depth: int, people: dict[str, list[Row]], dice: random.Random) -> SpaceRows:
    space_id, key = str(1_000 + number), f"SPACE{number:03}"
    grants = [("access_class", "all-licensed-users")]
    if number % 4 == 0:
        grants = [("group", dice.choice(people["groups"])["group_id"]) for _ in range(5)]
    if number % 20 == 1:
        grants.append(("anonymous", "anonymous"))
    permissions = [
        {"principal_type": kind, "principal_id": name, "operation": "read", "target_type": "space"}
        for kind, name in grants
    ]
    tree, restrictions, levels = [], [], [[] for _ in range(depth)]
    for index in range(pages):
        content_id = str(1_000_000 + number * pages + index)
        level = min(index * depth // pages, depth - 1) if index else 0
        parent = dice.choice(levels[level - 1]) if level else None
        levels[level].append(content_id)
        kind = "folder" if index % 25 == 24 else "page"
        tree.append({"content_id": content_id, "content_type": kind, "parent_id": parent, "parent_type": None})
        if dice.random() < 0.02:
            named = [("group", dice.choice(people["groups"][1:])["group_id"]) for _ in range(2)]
            named += [("user", dice.choice(people["users"])["account_id"]) for _ in range(3)]
            restrictions += [
                {"content_id": content_id, "operation": "read", "principal_type": kind, "principal_id": name}
                for kind, name in named
            ]
    comments = [
        {
            "content_id": f"9{row['content_id']}",
            "content_type": "comment",
            "container_id": row["content_id"],
            "container_type": "page",
        }
        for row in tree[::2]
    ]
    return SpaceRows(space_id, key, [tree], [comments], [permissions], [], [restrictions])


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def make_directory(people: dict[str, list[Row]]) -> Directory:
    site = SiteAccess(anonymous_access=True)
    return Directory([people["users"]], [people["groups"]], [people["group_members"]], site)


def resolve_all(spaces: list[SpaceRows], people: dict[str, list[Row]]) -> tuple[float, dict[str, int]]:
    """Seconds to make every row of every derived table, and how many there are. No row is kept."""
    started = time.perf_counter()
    directory = make_directory(people)
    made = {"content_acl": 0, "acl_profiles": 0, "acl_readers": 0, "profiles": 0, "pages": 0}
    for space in spaces:
        resolution = resolve_space(space, directory)
        for name in DERIVED:
            made[name] += sum(map(len, getattr(resolution, f"iter_{name}")()))
        made["profiles"] += resolution.counts().profiles
        made["pages"] += sum(len(batch) for batch in space.tree)
    return time.perf_counter() - started, made


SCHEMA = """
create table users (account_id varchar, account_type varchar, account_status varchar, display_name varchar,
    email varchar, email_hidden boolean, is_external boolean);
create table groups (group_id varchar, access_types varchar[]);
create table group_members (group_id varchar, account_id varchar);
create table content_acl (content_id varchar, content_type varchar, space_key varchar, acl_profile_id varchar);
create table acl_readers (acl_profile_id varchar, principal_type varchar, principal_id varchar, space_key varchar);
create table acl_profiles (acl_profile_id varchar, layer_index bigint, principal_type varchar, principal_id varchar,
    space_key varchar, layer_source_type varchar, layer_source_id varchar, is_complete boolean, is_decidable boolean,
    cause varchar);
create table spaces as select '1' as space_id, 'none' as name;
create table attachments (attachment_id varchar, space_key varchar, filename varchar, web_url varchar);
create table comments (comment_id varchar, space_key varchar, web_url varchar);
create table custom_content (custom_content_id varchar, type varchar, space_key varchar, title varchar, web_url varchar);
"""
TREE = {"page": "pages", "folder": "folders", "blogpost": "blogposts", "whiteboard": "whiteboards"}
TREE |= {"database": "databases", "embed": "embeds"}


def fill(connection: duckdb.DuckDBPyConnection, spaces: list[SpaceRows], people: dict[str, list[Row]]) -> Directory:
    """Load what the macros read, a space at a time, as the warehouse would."""
    connection.execute(SCHEMA)
    for name in ("users", "groups", "group_members"):
        load(connection, name, people[name])
    directory = make_directory(people)
    for space in spaces:
        resolution = resolve_space(space, directory)
        for name in DERIVED:
            load(connection, name, [row for batch in getattr(resolution, f"iter_{name}")() for row in batch])
    for kind, table in TREE.items():
        connection.execute(
            f"create table {table} as select content_id as {kind}_id, space_key, 'Title' as title, '' as web_url, "  # noqa: S608
            f"acl_profile_id from content_acl where content_type = '{kind}'"
        )
    for path in SQL_FILES:
        connection.execute(path.read_text())
    return directory


def load(connection: duckdb.DuckDBPyConnection, table: str, rows: list[Row]) -> None:
    if rows:
        batch = pa.Table.from_pylist(rows)  # read by name below
        connection.execute(f"insert into {table} by name select * from batch")  # noqa: S608
        del batch


def milliseconds(connection: duckdb.DuckDBPyConnection, query: str, values: list[list[str]]) -> tuple[float, float]:
    """Median and worst of one run for each of the values."""
    took = []
    for each in values:
        started = time.perf_counter()
        connection.execute(query, each).fetchall()
        took.append((time.perf_counter() - started) * 1000)
    return statistics.median(took), max(took)


def queries(people: dict[str, list[Row]], dice: random.Random) -> Iterator[tuple[str, str, list[list[str]]]]:
    active = [row for row in people["users"] if row["account_status"] == "active"]
    some = dice.sample(active, 20)
    yield "visible_pages by account", "select page_id from visible_pages(?)", [[row["account_id"]] for row in some]
    yield (
        "visible_pages by e-mail",
        "select page_id from visible_pages(?)",
        [[row["email"] or "nobody"] for row in some],
    )
    yield "visible_content", "select content_id from visible_content(?)", [[row["account_id"]] for row in some]
    explained = "select * from analytics.access_explained(?, ?)"
    yield "access_explained", explained, [[row["account_id"], str(1_000_400 + 7 * n)] for n, row in enumerate(some)]
    yield "public_exposure", "select count(*) from analytics.public_exposure", [[]] * 3
    yield "unmatched_people", "select count(*) from analytics.unmatched_people", [[]] * 3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("pages", 100_000), ("spaces", 200), ("users", 5_000), ("groups", 500), ("depth", 8)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args()
    dice = random.Random(7)
    people = make_people(asked.users, asked.groups, dice)
    spaces = [make_space(n, asked.pages // asked.spaces, asked.depth, people, dice) for n in range(asked.spaces)]
    before = peak_megabytes()
    print(f"rows made: {before:,.0f} MB")
    seconds, made = resolve_all(spaces, people)
    memory = peak_megabytes()
    print(f"resolved: {seconds:.2f} s, {memory:,.0f} MB at the peak (the input rows included)")
    print("  " + ", ".join(f"{count:,} {name}" for name, count in made.items()))
    print(f"  profiles to pages: {made['profiles'] / made['pages']:.2%}")
    connection = duckdb.connect(config={"threads": 2})
    directory = fill(connection, spaces, people)
    query = "select distinct space_key, principal_type, principal_id from acl_profiles"
    named = principals_by_space([connection.sql(query).to_arrow_table().to_pylist()])
    started = time.perf_counter()
    for principals in named.values():
        directory.fingerprint(principals)
    print(f"fingerprints of all spaces: {time.perf_counter() - started:.2f} s")
    worst_visible = 0.0
    for name, query, values in queries(people, dice):
        median, worst = milliseconds(connection, query, values)
        print(f"{name}: median {median:.1f} ms, worst {worst:.1f} ms")
        worst_visible = max(worst_visible, median) if name.startswith("visible_pages") else worst_visible
    missed = seconds > SECONDS or memory > MEGABYTES or worst_visible > QUERY_MILLISECONDS
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
