"""What bodies refer to, looked up in the lake: pages by title, people by id, files by name. Ids and titles only.

Built once per run from light columns; bodies that others include are read when they are asked for.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

from confluence_assets.convert import IncludedBody, LinkTarget, UserTarget
from confluence_assets.convert.excerpts import find_excerpt
from confluence_assets.convert.worker import Question
from confluence_assets.lake import Lake
from confluence_assets.sync.include_access import Asker, IncludeAccess
from confluence_assets.tables import LEFT_OUT, NODE_TABLES

_FILES_KEPT = 8
"""Spaces whose file names are held at a time."""
_TITLED = (("pages", "page_id"), ("blogposts", "blogpost_id"))


class Place(NamedTuple):
    """Where a content stands and what it is called."""

    space_key: str
    title: str
    url: str | None
    parent_id: str | None
    made_at: str
    """Version and its time: what an including document was made from."""


@dataclass(slots=True)
class SiteIndex:
    """Answers for a `convert.Resolver`, and for breadcrumbs."""

    lake: Lake
    access: IncludeAccess
    places: dict[str, Place] = field(default_factory=dict)
    pages: dict[tuple[str, str], str] = field(default_factory=dict)
    posts: dict[tuple[str, str], str] = field(default_factory=dict)
    days: dict[tuple[str, str], list[tuple[int, bool, str]]] = field(default_factory=dict)
    """The posts of one title: the day of each, whether it is current, and its id. Posts of different days may share one."""
    spaces: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    usernames: dict[str, str] = field(default_factory=dict)
    base_url: str = ""
    bodies: dict[str, str] = field(default_factory=dict)
    wanted_bodies: set[str] = field(default_factory=set)
    left_out: set[str] = field(default_factory=set)
    """Content that the filters leave out: it can be linked to, but its body and its files are not here."""
    off: frozenset[str] = frozenset()
    """Tables that are switched off: what the lake does not hold of them is not known to be missing."""
    _files: "OrderedDict[str, dict[tuple[str, str], tuple[str, str | None]]]" = field(default_factory=OrderedDict)

    @classmethod
    def read(cls, lake: Lake) -> "SiteIndex":
        """The index of everything that the lake holds."""
        index = cls(lake, IncludeAccess(lake))
        for rows in lake.iter_rows("spaces", columns=["space_key", "name", "web_url"]):
            for row in rows:
                index.spaces[row["space_key"]] = (row["name"], row["web_url"])
        for table, id_column in _TITLED:
            index._read_titled(table, id_column)
        for content_type, table in NODE_TABLES.items():
            for rows in lake.iter_rows(
                table, columns=[f"{content_type}_id", "space_key", "title", "web_url", "parent_id"]
            ):
                for row in rows:
                    index.places[row[f"{content_type}_id"]] = Place(
                        row["space_key"], row["title"] or "", row["web_url"], row["parent_id"], ""
                    )
        for rows in lake.iter_rows("users", columns=["account_id", "display_name", "username"]):
            for row in rows:
                index.users[row["account_id"]] = row["display_name"] or row["account_id"]
                if row["username"]:
                    index.usernames[row["username"]] = row["account_id"]
        index._read_left_out()
        return index

    def _read_left_out(self) -> None:
        """Take in what the filters leave out, where it can be linked to and stands above what is kept."""
        chosen = self.lake.read_site_state().get("filters") or {}
        self.off = frozenset(name for name in ("pages", "blogposts", "attachments") if chosen.get(name) is False)
        for rows in self.lake.iter_rows(LEFT_OUT.name):
            for row in rows:
                content_id, title = row["content_id"], row["title"] or ""
                if content_id in self.places:
                    continue
                made_at = f"{row['version_number']} {row['updated_at']}"
                self.places[content_id] = Place(row["space_key"], title, row["web_url"], row["parent_id"], made_at)
                self.left_out.add(content_id)
                titles = {"page": self.pages, "blogpost": self.posts}.get(row["content_type"])
                key = (row["space_key"], _folded(title))
                if titles is not None and (row["status"] == "current" or key not in titles):
                    titles[key] = content_id

    def _read_titled(self, table: str, id_column: str) -> None:
        columns = [id_column, "space_key", "title", "web_url", "status", "version_number", "updated_at"]
        columns.append("parent_id" if table == "pages" else "created_at")
        by_title = self.pages if table == "pages" else self.posts
        for rows in self.lake.iter_rows(table, columns=columns):
            for row in rows:
                content_id, title = row[id_column], row["title"] or ""
                made_at = f"{row['version_number']} {row['updated_at']}"
                self.places[content_id] = Place(row["space_key"], title, row["web_url"], row.get("parent_id"), made_at)
                key = (row["space_key"], _folded(title))
                is_current = row["status"] == "current"
                if is_current or key not in by_title:
                    by_title[key] = content_id
                if row.get("created_at"):
                    self.days.setdefault(key, []).append((row["created_at"].toordinal(), is_current, content_id))

    def digest(self) -> str:
        """A digest of all answers but what is included: where it is the same, no reference leads elsewhere than before."""
        made_from = blake2b(digest_size=16)
        for content_id, place in sorted(self.places.items()):
            made_from.update(f"{content_id}|{place.space_key}|{place.title}|{place.url}|{place.parent_id}\n".encode())
        for known in (self.spaces, self.users, self.usernames):
            made_from.update(repr(sorted(known.items())).encode())
        for key in self.lake.partitions("attachments"):
            meta = self.lake.read_meta("attachments", key)
            made_from.update(f"{key} {meta.generation if meta else ''}\n".encode())
        if self.left_out or self.off:
            made_from.update(repr((sorted(self.left_out), sorted(self.off))).encode())
        return made_from.hexdigest()

    def ancestors(self, parent_id: str | None) -> tuple[list[str], list[str]]:
        """Ids and titles from the root to the parent, as far as the lake knows them."""
        ids: list[str] = []
        while parent_id is not None and parent_id in self.places and parent_id not in ids:
            ids.append(parent_id)
            parent_id = self.places[parent_id].parent_id
        ids.reverse()
        return ids, [self.places[one].title for one in ids]

    # Look-ups

    def find_page(self, space_key: str | None, title: str) -> LinkTarget | None:
        return None if "pages" in self.off else self._found(space_key, title, self.pages)

    def find_post(self, space_key: str | None, title: str, posting_day: str | None = None) -> LinkTarget | None:
        """The post of that title; of several, the one of that day, which is a day of the writer's time zone."""
        if "blogposts" in self.off:
            return None
        days = self.days.get((space_key or "", _folded(title)), [])
        day = _day_number(posting_day)
        if len(days) < 2 or day is None:
            return self._found(space_key, title, self.posts)
        nearest = min(days, key=lambda post: (abs(post[0] - day) > 1, not post[1], abs(post[0] - day)))
        return self.find_content(nearest[2])

    def _found(self, space_key: str | None, title: str, titles: dict[tuple[str, str], str]) -> LinkTarget | None:
        if space_key is None or space_key not in self.spaces:
            return None
        content_id = titles.get((space_key, _folded(title)))
        if content_id is None:
            return LinkTarget(url="", title=title, is_broken=True)
        place = self.places[content_id]
        return LinkTarget(url=place.url or "", content_id=content_id, title=place.title)

    def find_content(self, content_id: str) -> LinkTarget | None:
        place = self.places.get(content_id)
        return place and LinkTarget(url=place.url or "", content_id=content_id, title=place.title)

    def find_space(self, space_key: str) -> LinkTarget | None:
        known = self.spaces.get(space_key)
        return known and LinkTarget(url=known[1] or "", title=known[0])

    def find_user(self, account_id: str | None, username: str | None) -> UserTarget | None:
        identity = account_id or self.usernames.get(username or "")
        if identity is None or identity not in self.users:
            return None
        return UserTarget(display_name=self.users[identity], account_id=identity)

    def find_file(self, filename: str, container_id: str | None) -> LinkTarget | None:
        place = self.places.get(container_id or "")
        if place is None or container_id is None or container_id in self.left_out or "attachments" in self.off:
            return None
        found = self._files_of(place.space_key).get((container_id, filename))
        if found is None:
            return LinkTarget(url="", title=filename, is_broken=True)
        return LinkTarget(url=found[1] or "", content_id=found[0], title=filename)

    def _files_of(self, space_key: str) -> dict[tuple[str, str], tuple[str, str | None]]:
        if space_key not in self._files:
            columns = ["attachment_id", "container_id", "filename", "web_url"]
            self._files[space_key] = {
                (row["container_id"], row["filename"]): (row["attachment_id"], row["web_url"])
                for rows in self.lake.iter_rows("attachments", space_key, columns)
                for row in rows
            }
            while len(self._files) > _FILES_KEPT:
                self._files.popitem(last=False)
        self._files.move_to_end(space_key)
        return self._files[space_key]

    def find_body(self, content_id: str) -> str | None:
        """The storage format of a page, if it was read already; else it is noted as wanted."""
        if content_id not in self.bodies:
            self.wanted_bodies.add(content_id)
        return self.bodies.get(content_id)

    def read_wanted_bodies(self) -> bool:
        """Read the bodies that were asked for. False where there was nothing new to read."""
        wanted = self.wanted_bodies - self.bodies.keys()
        self.wanted_bodies.clear()
        by_space: dict[str, set[str]] = {}
        for content_id in wanted:
            by_space.setdefault(self.places[content_id].space_key, set()).add(content_id)
        for space_key, ids in by_space.items():
            for content_id, body in iter_bodies(self.lake, "pages", "page_id", space_key, ids):
                self.bodies[content_id] = body
            for content_id in ids:
                self.bodies.setdefault(content_id, "")
        return bool(wanted)


def iter_bodies(
    lake: Lake, table: str, id_column: str, space_key: str, ids: Iterable[str]
) -> Iterator[tuple[str, str]]:
    """Id and storage format of these contents, a row group in memory at a time."""
    wanted = set(ids)
    if not wanted:
        return
    for batch in lake.iter_batches(table, space_key, [id_column, "body_storage"]):
        for position, content_id in enumerate(batch.column(0).to_pylist()):
            if content_id in wanted:
                yield content_id, batch.column(1)[position].as_py() or ""


def _folded(title: str) -> str:
    """Titles are unique within a space without regard to case."""
    return title.casefold().strip()


def answer(index: SiteIndex, question: Question, asker: Asker) -> object:
    """The answer to one question of a conversion; a body that is not read yet is no answer, and noted as wanted.

    `asker` is the content whose text is made, also where a content asks that it includes.
    """
    kind, *rest = question
    match kind:
        case "page":
            return index.find_page(rest[0], rest[1] or "")
        case "post":
            return index.find_post(rest[0], rest[1] or "", *rest[2:3])  # asked without a day before there was one
        case "content":
            return index.find_content(rest[0] or "")
        case "space":
            return index.find_space(rest[0] or "")
        case "user":
            return index.find_user(rest[0], rest[1])
        case "file":
            return _file(index, rest[0] or "", rest[1], rest[2])
        case "include":
            return _included(index, rest[0], rest[1] or "", asker)
        case _:
            body = _included(index, rest[0], rest[1] or "", asker)
            excerpt = find_excerpt(body.storage, rest[2]) if body else None
            return excerpt and body and IncludedBody(excerpt.storage, body.content_id, body.space_key, body.title)


def _file(index: SiteIndex, filename: str, holder: str | None, title: str | None) -> LinkTarget | None:
    """A file of a content by id, or of a page or a blog post by space and title."""
    if title is None:
        return index.find_file(filename, holder)
    content = index.find_page(holder, title)
    if content is None or content.is_broken:
        content = index.find_post(holder, title)
    return index.find_file(filename, content.content_id if content else None)


def _included(index: SiteIndex, space_key: str | None, title: str, asker: Asker) -> IncludedBody | None:
    target = index.find_page(space_key, title)
    if target is None or target.content_id is None or target.content_id in index.left_out:
        return None
    if not _is_open(index, target.content_id, asker):
        return None
    storage = index.find_body(target.content_id)
    return None if storage is None else IncludedBody(storage, target.content_id, space_key, title)


def _is_open(index: SiteIndex, content_id: str, asker: Asker) -> bool:
    """Whether everybody who reads the asker may read that page, too: its text would be theirs."""
    return index.access.may_bring_in(asker, content_id, index.places[content_id].space_key)


def short_answer(index: SiteIndex, question: Question, asker: Asker) -> str:
    """What an answer depends on, without reading bodies: an included page counts by its version, and by who may read it."""
    if question[0] not in ("include", "excerpt"):
        return repr(answer(index, question, asker))
    target = index.find_page(question[1], question[2] or "")
    content_id = target.content_id if target else None
    if content_id is None:
        return "None "
    made_at = index.places[content_id].made_at
    if content_id in index.left_out:
        return f"{content_id} {made_at} left out"
    return f"{content_id} {made_at}" if _is_open(index, content_id, asker) else f"{content_id} closed"


def _day_number(posting_day: str | None) -> int | None:
    """The day that a link to a blog post names, `2026/01/31`, as a number."""
    try:
        return datetime.strptime(posting_day or "", "%Y/%m/%d").toordinal()  # noqa: DTZ007
    except ValueError:
        return None
