"""Comments, roots and replies, for the whole site or for some spaces.

Whether v2's site-wide lists contain replies is not documented. A reply in the list proves that they do, at no request. Where
a list shows none, the index is asked which comments were replied to (200 a request, no bodies): none means that the list is
whole; otherwise those comments are asked for their children. Replies that the index does not know yet come with the next walk.

For some spaces only there is no list, so CQL serves (50 a request with bodies). It gives every column but the parent of a
reply, which `replies.ReplyParents` finds.
"""

from collections.abc import Iterator

from confluence_assets.api.caller import Caller
from confluence_assets.api.cloud import endpoints
from confluence_assets.api.cloud.content_rows import comment_row
from confluence_assets.api.cloud.cql import iter_search, space_clauses
from confluence_assets.api.cloud.replies import (
    LISTS,
    ROWS_PER_LIST,
    ReplyEvidence,
    ReplyParents,
    find_replied_to,
    iter_replies,
)
from confluence_assets.api.cloud.search_rows import COMMENT_EXPANSIONS, searched_comment_row
from confluence_assets.api.fields import body_of, link_base
from confluence_assets.api.source import CommentKind, Scope
from confluence_assets.errors import NotFoundError, TransientError
from confluence_assets.tables import Row

ONE = {"footer": endpoints.FOOTER_COMMENT, "inline": endpoints.INLINE_COMMENT}
_WITH_BODY = (*COMMENT_EXPANSIONS, "body.storage")

_Containers = dict[str, tuple[str | None, str | None]]


def get_comment(caller: Caller, kind: CommentKind, comment_id: str, base: str) -> Row:
    """One comment with its body."""
    comment = caller.get(ONE[kind], {"body-format": "storage"}, id=comment_id)
    return comment_row(comment, kind, link_base(comment, base))


def iter_listed_comments(
    caller: Caller, kind: CommentKind, evidence: ReplyEvidence, *, bodies: bool, base: str
) -> Iterator[list[Row]]:
    """All comments of a kind on the site, oldest first, then the replies that the list left out."""
    parameters = {"limit": ROWS_PER_LIST, "sort": "created-date", "body-format": "storage" if bodies else None}
    listed: _Containers = {}
    shows_replies = False
    for payload in caller.walk(LISTS[kind], parameters):
        at = link_base(payload, base)
        rows = [comment_row(comment, kind, at) for comment in payload["results"]]
        for row in rows:
            shows_replies = _place(row, listed) or shows_replies
        yield rows
    if shows_replies:
        evidence.note(True)
    elif listed and not evidence.lists_replies:
        yield from _iter_unlisted_replies(caller, kind, listed, evidence, bodies=bodies, base=base)


def iter_searched_comments(
    caller: Caller, scope: Scope, kind: CommentKind | None, *, bodies: bool, base: str
) -> Iterator[list[Row]]:
    """Comments of some spaces, oldest first; of both kinds where `kind` is None: CQL can't tell them apart."""
    for clause in space_clauses(scope):
        search = _CommentSearch(caller, f"type=comment{clause}", base)
        for rows in search.iter_rows(bodies=bodies):
            yield [row for row in rows if kind is None or row["comment_type"] == kind]


class _CommentSearch:
    """The comments that one query finds, with their parents."""

    def __init__(self, caller: Caller, cql: str, base: str) -> None:
        self._caller = caller
        self._cql = cql
        self._base = base
        self._placed: _Containers = {}
        self._parents = ReplyParents(caller, cql)

    def iter_rows(self, *, bodies: bool) -> Iterator[list[Row]]:
        try:
            yield from self._iter_found(_WITH_BODY if bodies else COMMENT_EXPANSIONS)
        except TransientError:
            if not bodies:
                raise
            # CONFCLOUD-76433: one bad body makes the search fail, whatever its limit; only then are bodies asked one by one
            given = set(self._placed)
            for rows in self._iter_found(COMMENT_EXPANSIONS):
                missing = [row for row in rows if row["comment_id"] not in given]
                for row in missing:
                    row["body_storage"] = self._get_body(row)
                yield missing

    def _iter_found(self, expand: tuple[str, ...]) -> Iterator[list[Row]]:
        for payload, contents in iter_search(self._caller, f"{self._cql} order by created", expand):
            self._parents.learn(contents)
            at = link_base(payload, self._base)
            rows = [searched_comment_row(content, at) for content in contents]
            for row in rows:
                row["parent_comment_id"] = row["parent_comment_id"] or self._parents.parent_of(row["comment_id"])
                _place(row, self._placed)
            yield rows

    def _get_body(self, row: Row) -> str | None:
        comment = self._caller.get(ONE[row["comment_type"]], {"body-format": "storage"}, id=row["comment_id"])
        return body_of(comment)


def _iter_unlisted_replies(
    caller: Caller, kind: CommentKind, listed: _Containers, evidence: ReplyEvidence, *, bodies: bool, base: str
) -> Iterator[list[Row]]:
    """Replies that the list lacks, parents before their children; nothing where the index knows of no reply."""
    replied_to, unlisted = find_replied_to(caller, kind, listed)
    if replied_to:
        evidence.note(False)
    for comment_id in replied_to:
        for rows in iter_replies(caller, kind, comment_id, bodies=bodies, base=base):
            for row in rows:
                _place(row, listed)
            yield rows
    for comment_id in unlisted:
        try:
            row = get_comment(caller, kind, comment_id, base)
        except NotFoundError:
            continue  # it went while we walked
        _place(row, listed)
        yield [row if bodies else {**row, "body_storage": None}]


def _place(row: Row, placed: _Containers) -> bool:
    """Give a reply its parent's container where it names none, and remember it; true for a reply."""
    parent = row["parent_comment_id"]
    if parent is not None and row["container_id"] is None and parent in placed:
        row["container_id"], row["container_type"] = placed[parent]
    placed[row["comment_id"]] = (row["container_id"], row["container_type"])
    return parent is not None
