"""Comments, roots and replies, for the whole site or for some spaces.

Whether v2's site-wide lists contain replies is not documented. A reply in the list proves that they do, at no request.
Where a list shows none, the search index is walked without bodies (200 a request) until it shows a reply: one that the
list holds is the proof too; those that it lacks are fetched in bulk. Replies that the index does not know yet are seen by
the next walk.

For some spaces only there is no list, so CQL serves (50 a request with bodies). It gives every column.
"""

import threading
from collections.abc import Iterator

from confluence_assets.api.caller import Caller
from confluence_assets.api.cloud import endpoints
from confluence_assets.api.cloud.content_rows import comment_row
from confluence_assets.api.cloud.cql import iter_search, space_clauses
from confluence_assets.api.cloud.fields import body_of, link_base
from confluence_assets.api.cloud.search_rows import (
    COMMENT_EXPANSIONS,
    comment_kind,
    parent_comment_of,
    searched_comment_row,
)
from confluence_assets.api.source import CommentKind, Scope
from confluence_assets.errors import TransientError
from confluence_assets.tables import Row

LISTS = {"footer": endpoints.FOOTER_COMMENTS, "inline": endpoints.INLINE_COMMENTS}
ONE = {"footer": endpoints.FOOTER_COMMENT, "inline": endpoints.INLINE_COMMENT}
ROWS_PER_LIST = 250
_IDS_PER_SEARCH = 50
_WITH_BODY = (*COMMENT_EXPANSIONS, "body.storage")

_Containers = dict[str, tuple[str | None, str | None]]


class ReplyEvidence:
    """What is known of a site's comment lists: whether they contain replies. None until it was seen."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lists_replies: bool | None = None

    @property
    def lists_replies(self) -> bool | None:
        return self._lists_replies

    def note(self, lists_replies: bool) -> None:
        """A reply that was listed outweighs one that was not: that one may have been written since."""
        with self._lock:
            self._lists_replies = lists_replies or bool(self._lists_replies)


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
        yield from _iter_unlisted_replies(caller, kind, listed, evidence, bodies=bodies)


def iter_searched_comments(
    caller: Caller, scope: Scope, kind: CommentKind | None, *, bodies: bool, base: str
) -> Iterator[list[Row]]:
    """Comments of some spaces, oldest first; of both kinds where `kind` is None: CQL can't tell them apart."""
    placed: _Containers = {}
    for clause in space_clauses(scope):
        cql = f"type=comment{clause} order by created"
        try:
            yield from _iter_search_rows(caller, cql, kind, placed, base=base, bodies=bodies)
        except TransientError:
            if not bodies:
                raise
            # CONFCLOUD-76433: one bad body makes the search fail, whatever its limit. Only then are bodies asked one by one.
            known = set(placed)
            for rows in _iter_search_rows(caller, cql, kind, placed, base=base, bodies=False):
                missing = [row for row in rows if row["comment_id"] not in known]
                for row in missing:
                    one = caller.get(ONE[row["comment_type"]], {"body-format": "storage"}, id=row["comment_id"])
                    row["body_storage"] = body_of(one)
                yield missing


def _iter_search_rows(
    caller: Caller, cql: str, kind: CommentKind | None, placed: _Containers, *, base: str, bodies: bool
) -> Iterator[list[Row]]:
    for payload, contents in iter_search(caller, cql, _WITH_BODY if bodies else COMMENT_EXPANSIONS):
        at = link_base(payload, base)
        rows = [searched_comment_row(content, at) for content in contents]
        for row in rows:
            _place(row, placed)
        yield [row for row in rows if kind is None or row["comment_type"] == kind]


def _iter_unlisted_replies(
    caller: Caller, kind: CommentKind, listed: _Containers, evidence: ReplyEvidence, *, bodies: bool
) -> Iterator[list[Row]]:
    """Comments of the kind that the index knows and the list lacks; nothing once a listed reply was met."""
    missing: list[Row] = []
    for payload, contents in iter_search(caller, "type=comment order by created", COMMENT_EXPANSIONS):
        at = link_base(payload, "")
        for content in contents:
            if comment_kind(content) != kind:
                continue
            is_listed = str(content["id"]) in listed
            if parent_comment_of(content):
                evidence.note(is_listed)
                if is_listed:
                    return
            if not is_listed:
                missing.append({**searched_comment_row(content, at), "space_key": None})
    for row in missing:
        _place(row, listed)
    for begin in range(0, len(missing), _IDS_PER_SEARCH):
        batch = missing[begin : begin + _IDS_PER_SEARCH]
        if bodies:
            _fill_bodies(caller, batch)
        yield batch


def _fill_bodies(caller: Caller, rows: list[Row]) -> None:
    by_id = {row["comment_id"]: row for row in rows}
    cql = f"type=comment and id in ({','.join(by_id)})"
    for _payload, contents in iter_search(caller, cql, ("body.storage",)):
        for content in contents:
            if row := by_id.pop(str(content["id"]), None):
                row["body_storage"] = body_of(content)
    for comment_id, row in by_id.items():  # not found again: asked one by one, rather than kept without a body
        one = caller.get(ONE[row["comment_type"]], {"body-format": "storage"}, id=comment_id)
        row["body_storage"] = body_of(one)


def _place(row: Row, placed: _Containers) -> bool:
    """Give a reply its parent's container where it names none, and remember it; true for a reply."""
    parent = row["parent_comment_id"]
    if parent is not None and row["container_id"] is None and parent in placed:
        row["container_id"], row["container_type"] = placed[parent]
    placed[row["comment_id"]] = (row["container_id"], row["container_type"])
    return parent is not None
