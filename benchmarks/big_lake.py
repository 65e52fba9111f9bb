"""A made-up lake of any size, written column by column: what a site of a million pages leaves on disk, without a sync of it.

    from big_lake import Shape, build_big_lake
    lake = build_big_lake(folder, Shape(pages=1_000_000, spaces=200))
    publish(lake.root, lake.manifest())

The same shape gives the same rows. Ids go round the spaces, as on a site where all write at the same time; parents stand at
every eighth page, one page in fifty is restricted, and some links lead nowhere. Usage as a script, to look at one:

    python benchmarks/big_lake.py FOLDER [--pages 1000000] [--spaces 200]
"""

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from confluence_assets.lake import CommitMeta, Lake
from confluence_assets.lake.committed import FileWriter
from confluence_assets.lake.files import make_folder
from confluence_assets.lake.meta import new_generation
from confluence_assets.lake.pieces import GROUP_ROWS
from confluence_assets.lake.rows import HASH_TYPE, layout_of

RUN = "made up"
FIRST_ID = 10_000_000
FANOUT = 8
START = datetime(2021, 1, 1, tzinfo=UTC)
END = datetime(2026, 11, 1, tzinfo=UTC)
STAMP = datetime(2026, 11, 20, tzinfo=UTC)

Columns = dict[str, object]
"""Column name to an array, or to one value for all rows."""


@dataclass(frozen=True)
class Shape:
    """How much of each."""

    pages: int = 1_000_000
    spaces: int = 200
    users: int = 2_000
    paragraphs: int = 2
    """Of some 330 characters each, in every page."""
    comments_per_page: float = 0.3
    files_per_page: float = 0.3
    tasks_per_page: float = 0.2
    links_per_page: int = 2

    @property
    def pages_per_space(self) -> int:
        return self.pages // self.spaces


def build_big_lake(root: Path, shape: Shape | None = None) -> Lake:
    """Write the lake below `root`, and return it; some two minutes and one gigabyte for a million pages."""
    shape = shape or Shape()
    maker = _Maker(Lake(root), shape)
    maker.write_people()
    for number in range(shape.spaces):
        maker.write_space(number)
    maker.write_spaces()
    return Lake(root)


def ids(numbers: np.ndarray) -> pa.Array:
    return pc.cast(pa.array(numbers), pa.string())


def times(seconds: np.ndarray) -> pa.Array:
    return pa.array(seconds.astype("int64") * 1_000_000, pa.int64()).cast(pa.timestamp("us", "UTC"))


def joined(*parts: object) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "")


class _Maker:
    def __init__(self, lake: Lake, shape: Shape) -> None:
        self.lake = lake
        self.shape = shape
        self.dice = np.random.default_rng(7)
        self.accounts = ids(np.arange(shape.users) + 557_058_000_000)

    @cached_property
    def words(self) -> list[str]:
        letters = np.array(list("abcdefghijklmnoprstuvwy"))
        return ["".join(self.dice.choice(letters, self.dice.integers(3, 10))) for _ in range(3000)]

    @cached_property
    def paragraphs(self) -> pa.Array:
        chosen = np.minimum(self.dice.zipf(1.3, (4000, 50)), len(self.words)) - 1
        return pa.array([" ".join(self.words[at] for at in row) for row in chosen])

    def somebody(self, count: int) -> pa.Array:
        return self.accounts.take(pa.array(self.dice.integers(0, self.shape.users, count)))

    def moments(self, count: int) -> np.ndarray:
        return self.dice.integers(int(START.timestamp()), int(END.timestamp()), count)

    def write(self, table: str, partition: str | None, columns: Columns, count: int) -> None:
        """One committed file; rows must stand in order of their key."""
        if not count:
            return
        layout = layout_of(table)
        path = self.lake.path_of(layout, partition)
        make_folder(path.parent)
        arrays = [self._array(field, columns, count) for field in layout.schema]
        batch = pa.RecordBatch.from_arrays(arrays, schema=layout.schema)
        writer = FileWriter(path, layout, first=batch.slice(0, GROUP_ROWS))
        for start in range(0, count, GROUP_ROWS):
            writer.write(batch.slice(start, GROUP_ROWS))
        writer.finish(CommitMeta(new_generation(), RUN, STAMP, count, layout.name, partition))

    def _array(self, field: pa.Field, columns: Columns, count: int) -> pa.Array:
        if field.type == HASH_TYPE:
            return pa.FixedSizeBinaryArray.from_buffers(
                field.type, count, [None, pa.py_buffer(self.dice.bytes(16 * count))]
            )
        value = STAMP if field.name == "synced_at" else columns.get(field.name)
        if isinstance(value, pa.Array):
            return value if value.type == field.type else value.cast(field.type)
        return pa.nulls(count, field.type) if value is None else pa.repeat(pa.scalar(value, field.type), count)

    def write_people(self) -> None:
        users = self.shape.users
        numbers = ids(np.arange(users))
        active = np.arange(users) % 50 != 49
        self.write(
            "users",
            None,
            {
                "account_id": self.accounts,
                "account_type": "atlassian",
                "account_status": pc.if_else(pa.array(active), "active", "inactive"),
                "display_name": joined("User ", numbers),
                "email": joined("user", numbers, "@example.com"),
                "email_hidden": False,
                "is_external": False,
            },
            users,
        )
        self.write(
            "groups",
            None,
            {"group_id": pa.array(["licensed"]), "name": "licensed", "access_types": pa.array([["user"]])},
            1,
        )
        self.write("group_members", None, {"group_id": "licensed", "account_id": self.accounts}, users)

    def write_spaces(self) -> None:
        count = self.shape.spaces
        numbers = np.arange(count)
        self.write(
            "spaces",
            None,
            {
                "space_id": ids(numbers + 1_000),
                "space_key": pa.array([space_key(number) for number in numbers]),
                "name": joined("Space ", ids(numbers)),
                "type": "global",
                "status": "current",
                "homepage_id": ids(numbers + FIRST_ID),
                "created_at": START,
                "web_url": "https://wiki.example.com/spaces",
                "page_count": self.shape.pages_per_space,
                "blogpost_count": 0,
                "last_synced_at": STAMP,
            },
            count,
        )

    def write_space(self, number: int) -> None:
        space = _Space(self, number)
        for table, (columns, count) in space.tables():
            self.write(table, space.key, {"space_key": space.key, "space_id": space.id, **columns}, count)


def space_key(number: int) -> str:
    return f"S{number:05}"


class _Space:
    """The rows of one space, table by table."""

    def __init__(self, maker: _Maker, number: int) -> None:
        self.maker = maker
        self.shape = maker.shape
        self.number = number
        self.key = space_key(number)
        self.id = str(number + 1_000)
        self.count = self.shape.pages_per_space
        self.places = np.arange(self.count)
        self.page_ids = ids(self.id_at(self.places))

    def id_at(self, places: np.ndarray) -> np.ndarray:
        return FIRST_ID + places * self.shape.spaces + self.number

    def tables(self) -> Iterator[tuple[str, tuple[Columns, int]]]:
        yield "pages", self.pages()
        yield "documents", self.documents()
        yield "content_chunks", self.chunks()
        yield "content_links", self.links()
        yield "content_labels", self.labels()
        yield "comments", self.comments()
        yield "attachments", self.files()
        yield "tasks", self.tasks()
        yield "content_acl", self.acl()
        yield "acl_profiles", self.profiles()
        yield "acl_readers", self.readers()
        yield "space_permissions", self.permissions()
        yield "content_restrictions", self.restrictions()

    @cached_property
    def texts(self) -> list[pa.Array]:
        pool = self.maker.paragraphs
        return [
            pool.take(pa.array(self.maker.dice.integers(0, len(pool), self.count)))
            for _ in range(self.shape.paragraphs)
        ]

    @cached_property
    def titles(self) -> pa.Array:
        # One title in a hundred is that of another page.
        return joined("Page ", ids(np.where(self.places % 100 == 99, 7, self.id_at(self.places))))

    @property
    def markdown(self) -> pa.Array:
        return pc.binary_join_element_wise(*self.texts, "\n\n")

    def pages(self) -> tuple[Columns, int]:
        made = self.maker.moments(self.count)
        changed = np.minimum(made + self.maker.dice.integers(0, 10**8, self.count), int(END.timestamp()))
        parents = ids(self.id_at((self.places - 1) // FANOUT))
        return {
            "page_id": self.page_ids,
            "status": pc.if_else(pa.array(self.places % 40 == 39), "archived", "current"),
            "title": self.titles,
            "parent_id": pc.if_else(pa.array(self.places == 0), pa.scalar(None, pa.string()), parents),
            "parent_type": "page",
            "position": pa.array(self.places),
            "author_id": self.maker.somebody(self.count),
            "created_at": times(made),
            "version_number": pa.array(self.maker.dice.integers(1, 30, self.count)),
            "version_author_id": self.maker.somebody(self.count),
            "version_minor_edit": False,
            "updated_at": times(changed),
            "labels": pa.array([["howto"] if place % 10 == 0 else [] for place in self.places]),
            "web_url": joined(f"https://wiki.example.com/spaces/{self.key}/pages/", self.page_ids),
            "body_storage": joined("<p>", pc.binary_join_element_wise(*self.texts, "</p><p>"), "</p>"),
        }, self.count

    def documents(self) -> tuple[Columns, int]:
        chains: list[list[str]] = []
        names = self.page_ids.to_pylist()
        for place in range(self.count):
            above = (place - 1) // FANOUT
            chains.append([*chains[above], names[above]] if place else [])
        chain = pa.array(chains, pa.list_(pa.string()))
        return {
            "content_id": self.page_ids,
            "content_type": "page",
            "title": self.titles,
            "breadcrumb": chain,
            "ancestor_ids": chain,
            "depth": pc.list_value_length(chain),
            "body_markdown": self.markdown,
            "word_count": 50 * self.shape.paragraphs,
            "version_number": 1,
            "made_from": joined(self.page_ids, ":1"),
        }, self.count

    def chunks(self) -> tuple[Columns, int]:
        return {
            "content_id": self.page_ids,
            "chunk_index": 0,
            "content_type": "page",
            "heading_path": pa.array([[]] * self.count, pa.list_(pa.string())),
            "text": self.markdown,
            "token_estimate": 80 * self.shape.paragraphs,
        }, self.count

    def links(self) -> tuple[Columns, int]:
        each = self.shape.links_per_page
        count = self.count * each
        targets = self.maker.dice.integers(0, self.count, count)
        return {
            "source_id": ids(np.repeat(self.id_at(self.places), each)),
            "link_index": pa.array(np.tile(np.arange(each), self.count)),
            "source_type": "page",
            "target_type": "page",
            "target_id": ids(self.id_at(targets)),
            "target_space_key": self.key,
            "link_text": "see there",
            "is_broken": pa.array(self.maker.dice.random(count) < 0.02),
        }, count

    def labels(self) -> tuple[Columns, int]:
        labelled = self.places[::10]
        return {
            "content_id": ids(self.id_at(labelled)),
            "prefix": "global",
            "name": "howto",
            "content_type": "page",
        }, len(labelled)

    def _some(self, share: float) -> np.ndarray:
        return np.sort(self.maker.dice.choice(self.places, int(self.count * share), replace=False))

    def comments(self) -> tuple[Columns, int]:
        places = self._some(self.shape.comments_per_page)
        moments = self.maker.moments(len(places))
        return {
            "comment_id": ids(20_000_000 + places * self.shape.spaces + self.number),
            "comment_type": "footer",
            "container_id": ids(self.id_at(places)),
            "container_type": "page",
            "status": "current",
            "author_id": self.maker.somebody(len(places)),
            "updated_at": times(moments),
            "version_number": 1,
            "body_storage": self.maker.paragraphs.take(pa.array(places % 4000)),
        }, len(places)

    def files(self) -> tuple[Columns, int]:
        places = self._some(self.shape.files_per_page)
        moments = times(self.maker.moments(len(places)))
        numbers = ids(30_000_000 + places * self.shape.spaces + self.number)
        return {
            "attachment_id": joined("att", numbers),
            "container_id": ids(self.id_at(places)),
            "container_type": "page",
            "status": "current",
            "filename": joined("file-", numbers, ".pdf"),
            "media_type": "application/pdf",
            "file_size_bytes": pa.array(self.maker.dice.integers(1000, 10**7, len(places))),
            "author_id": self.maker.somebody(len(places)),
            "created_at": moments,
            "updated_at": moments,
            "version_number": 1,
        }, len(places)

    def tasks(self) -> tuple[Columns, int]:
        places = self._some(self.shape.tasks_per_page)
        moments = self.maker.moments(len(places))
        open_ = self.maker.dice.random(len(places)) < 0.5
        return {
            "task_id": ids(40_000_000 + places * self.shape.spaces + self.number),
            "page_id": ids(self.id_at(places)),
            "status": pc.if_else(pa.array(open_), "incomplete", "complete"),
            "body_markdown": "do it",
            "created_by": self.maker.somebody(len(places)),
            "assigned_to": self.maker.somebody(len(places)),
            "created_at": times(moments),
            "due_at": times(moments + 10**6),
        }, len(places)

    @property
    def restricted(self) -> np.ndarray:
        return self.places[50::50]

    def profile(self, number: int) -> str:
        return f"{self.number:08x}{number:08x}"

    def acl(self) -> tuple[Columns, int]:
        chosen = np.where((self.places % 50 == 0) & (self.places > 0), self.places // 50 % 20 + 1, 0)
        names = pa.array([self.profile(number) for number in range(21)])
        return {
            "content_id": self.page_ids,
            "content_type": "page",
            "acl_profile_id": names.take(pa.array(chosen)),
        }, self.count

    def profiles(self) -> tuple[Columns, int]:
        return {
            "acl_profile_id": pa.array([self.profile(number) for number in range(21)]),
            "layer_index": 0,
            "principal_type": "access_class",
            "principal_id": "all-licensed-users",
            "layer_source_type": "space",
            "layer_source_id": self.id,
            "is_complete": True,
            "is_decidable": True,
        }, 21

    def readers(self) -> tuple[Columns, int]:
        """Every second account reads the space, and fifty of them what is restricted."""
        profiles, readers = [], []
        for number in range(21):
            few = np.sort(self.maker.dice.choice(self.shape.users, 50, replace=False))
            chosen = np.arange(self.number % 2, self.shape.users, 2) if number == 0 else few
            profiles += [self.profile(number)] * len(chosen)
            readers.append(chosen)
        return {
            "acl_profile_id": pa.array(profiles),
            "principal_type": "user",
            "principal_id": self.maker.accounts.take(pa.array(np.concatenate(readers))),
        }, len(profiles)

    def permissions(self) -> tuple[Columns, int]:
        return {
            "principal_type": "access_class",
            "principal_id": "all-licensed-users",
            "operation": "read",
            "target_type": "space",
        }, 1

    def restrictions(self) -> tuple[Columns, int]:
        places = self.restricted
        return {
            "content_id": ids(self.id_at(places)),
            "operation": "read",
            "principal_type": "user",
            "principal_id": self.maker.somebody(len(places)),
            "content_type": "page",
        }, len(places)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=int, default=1_000_000)
    parser.add_argument("--spaces", type=int, default=200)
    asked = parser.parse_args()
    started = time.monotonic()
    lake = build_big_lake(asked.folder, Shape(pages=asked.pages, spaces=asked.spaces))
    size = sum(path.stat().st_size for path in lake.folder.rglob("*.parquet"))
    print(f"{lake.total_rows('pages'):,} pages, {size / 1e6:,.0f} MB in {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
