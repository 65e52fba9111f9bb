"""Which spaces and contents the owner's filters let in. Pure: facts in, yes or no out.

A filter chooses pages, blog posts and places of the tree; what hangs on them is not asked itself, but for what kind it is.
Labels and dates choose pages and blog posts; folders, whiteboards, databases and embeds follow `include_pages` and
`exclude_pages` alone. Must not know of listings or of the lake.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from confluence_assets.sync.filter_values import DATE_FILTERS, resolve_moment
from confluence_assets.sync.options import SyncOptions
from confluence_assets.tables import NODE_TABLES, Row

_UNMARKED = frozenset({
    "audit", "documents", "licensed_groups", "removal_limit", "undecided_lookups", "concurrency", "publish",
    "attachment_files", "attachment_texts", "attachment_types", "exclude_attachment_types", "attachment_size_limit_bytes",
})  # fmt: skip
"""Options that don't decide which rows are asked for. Where another one changes, nothing counts as seen."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a filter may ask of a page, a blog post or a place of the tree. `labels` None: not known."""

    content_type: str
    content_id: str
    status: str | None
    created_at: datetime | None
    updated_at: datetime | None
    labels: Collection[str] | None


@dataclass(frozen=True, slots=True)
class ContentRules:
    """The content filters of one run; ages are counted from its start."""

    options: SyncOptions
    moments: Mapping[str, datetime]
    off_types: frozenset[str]
    """Content types that are switched off."""

    @classmethod
    def of(cls, options: SyncOptions, now: datetime) -> "ContentRules":
        moments = {
            name: resolve_moment(name, getattr(options, name), now)
            for name in DATE_FILTERS
            if getattr(options, name) is not None
        }
        return cls(options, moments, off_types(options))

    @property
    def is_open(self) -> bool:
        """Whether no content is left out for what it is or where it stands."""
        options = self.options
        comments = options.comments and options.page_comments and options.blogpost_comments and options.inline_comments
        files = options.attachments and options.page_attachments and options.blogpost_attachments
        return comments and files and not self.chooses_contents and not self.off_types

    @property
    def chooses_contents(self) -> bool:
        """Whether some pages, blog posts or places of the tree are in and others out."""
        options = self.options
        lists = (options.include_blogposts, options.exclude_blogposts, options.include_labels, options.exclude_labels)
        return self.asks_tree or any(lists) or bool(self.moments) or not options.archived_content

    @property
    def is_narrow(self) -> bool:
        """Whether more is likely to be out than in, so that bodies are better asked for afterwards."""
        options = self.options
        return bool(options.include_pages or options.include_blogposts or options.include_labels or self.moments)

    @property
    def asks_tree(self) -> bool:
        return bool(self.options.include_pages or self.options.exclude_pages)

    @property
    def asks_labels(self) -> bool:
        return bool(self.options.include_labels or self.options.exclude_labels)

    def admits(self, facts: Facts) -> bool | None:
        """Whether a content is let in for what it is; None where that hangs on labels that are not known."""
        options = self.options
        if not options.archived_content and facts.status == "archived":
            return False
        if facts.content_type in NODE_TABLES:
            return True
        if facts.content_type == "blogpost" and not _is_listed(
            facts.content_id, options.include_blogposts, options.exclude_blogposts
        ):
            return False
        if not (self._is_within("modified", facts.updated_at) and self._is_within("created", facts.created_at)):
            return False
        return self._admits_labels(facts.labels)

    def _is_within(self, what: str, moment: datetime | None) -> bool:
        after, before = self.moments.get(f"{what}_after"), self.moments.get(f"{what}_before")
        if after is None and before is None:
            return True
        # What has no time is in no period.
        return moment is not None and (after is None or moment >= after) and (before is None or moment < before)

    def _admits_labels(self, labels: Collection[str] | None) -> bool | None:
        if not self.asks_labels:
            return True
        if labels is None:
            return None
        wanted, unwanted = self.options.include_labels, self.options.exclude_labels
        return (not wanted or any(label in labels for label in wanted)) and not any(
            label in labels for label in unwanted
        )

    def admits_place(self, place: "Standing") -> bool:
        """Whether a page or another place of the tree is let in for where it stands."""
        return (place.is_included or not self.options.include_pages) and not place.is_excluded

    def leaves_out_kind(self, table: str, row: Row) -> bool:
        """Whether a row that hangs on a content is of a kind that is switched off."""
        options = self.options
        if table == "tasks":
            return ("page" in self.off_types and row["page_id"] is not None) or (
                "blogpost" in self.off_types and row["blogpost_id"] is not None
            )
        if table == "custom_content" and row["type"] not in options.custom_content_types:
            return True
        if table not in ("comments", "attachments", "custom_content"):
            return False
        holder = row["container_type"]
        if table == "comments":
            off = {"page": not options.page_comments, "blogpost": not options.blogpost_comments}
            is_off = not options.comments or (row["comment_type"] == "inline" and not options.inline_comments)
        else:
            off = {"page": not options.page_attachments, "blogpost": not options.blogpost_attachments}
            is_off = not options.attachments
            if table == "custom_content":
                off, is_off = {}, False
        return is_off or holder in self.off_types or off.get(holder, False)


@dataclass(slots=True)
class SpaceChoice:
    """What was decided of one space. Rows are by content id."""

    key: str
    is_whole: bool = False
    """Whether every content of the space was listed and decided anew."""
    left: dict[str, Row] = field(default_factory=dict)
    """What is left out, as rows of `left_out`; without their restrictions, where these were read in this run."""
    changed: set[str] = field(default_factory=set)
    """Of that, what stands above something kept now, or does not any more."""
    kept: set[str] = field(default_factory=set)
    """What was staged and is let in."""
    staying: set[str] = field(default_factory=set)
    """Of what is left out, what a sweep that broke leaves in the lake all the same."""
    read: set[str] = field(default_factory=set)
    """Of what waits in the lake for the sweep, that whose restrictions this run read."""


def _is_listed(one: str, included: Collection[str], excluded: Collection[str]) -> bool:
    return (not included or one in included) and one not in excluded


def off_types(options: SyncOptions) -> frozenset[str]:
    """Types of contents that are not asked for at all."""
    return frozenset((() if options.pages else ("page", *NODE_TABLES)) + (() if options.blogposts else ("blogpost",)))


def is_space_wanted(row: Row, options: SyncOptions) -> bool:
    """Whether a space is let in, by its key, its type, and whether it is archived."""
    key = row["space_key"]
    included = not options.include_spaces or any(fnmatchcase(key, pattern) for pattern in options.include_spaces)
    if not included or any(fnmatchcase(key, pattern) for pattern in options.exclude_spaces):
        return False
    if not options.archived_spaces and row.get("status") == "archived":
        return False
    return _is_listed(row.get("type") or "", options.include_space_types, options.exclude_space_types)


def chooses_spaces(options: SyncOptions) -> bool:
    """Whether some spaces are in and others out."""
    lists = (options.include_spaces, options.exclude_spaces, options.include_space_types, options.exclude_space_types)
    return any(lists) or not options.archived_spaces


def filter_mark(options: SyncOptions) -> dict[str, Any]:
    """What the owner chose, as JSON values: only what is not the default. Kept with the lake's positions."""
    defaults = {known.name: known.default for known in fields(SyncOptions) if known.name not in _UNMARKED}
    chosen = {name: getattr(options, name) for name, usual in defaults.items() if getattr(options, name) != usual}
    # In any order of values the choice is the same.
    plain = {name: sorted(value) if isinstance(value, tuple) else value for name, value in chosen.items()}
    marked: dict[str, Any] = json.loads(json.dumps(plain))
    return marked


class Standing(NamedTuple):
    """Where a content stands: whether it, or something above it, is named by a filter; and whether the top was reached."""

    is_included: bool
    is_excluded: bool
    is_whole: bool


def standings(parents: Mapping[str, str | None], options: SyncOptions) -> Callable[[str], Standing]:
    """A function from an id to where it stands; each step of the tree is gone once.

    `parents` are ids by id; one that is named and is no key can't be followed further.
    """
    included, excluded = frozenset(options.include_pages), frozenset(options.exclude_pages)
    known: dict[str, Standing] = {}

    def stand(content_id: str) -> Standing:
        path: dict[str, None] = {}
        current: str | None = content_id
        while current is not None and current not in known and current in parents and current not in path:
            path[current] = None
            current = parents[current]
        above = Standing(False, False, True)
        if current is not None and current not in path:
            above = known.get(current) or Standing(current in included, current in excluded, False)
        for one in reversed(path):
            above = Standing(above.is_included or one in included, above.is_excluded or one in excluded, above.is_whole)
            known[one] = above
        return above

    return stand
