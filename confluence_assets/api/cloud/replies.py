"""Replies: those that site-wide lists leave out, and the parents that the search index does not tell.

Both questions are open in what is documented, so both are asked of the site itself, at the least cost: the index says of
each comment whether it was replied to (`childTypes.comment`), and only such comments are asked for their children.
"""

import threading
from collections.abc import Iterable, Iterator

from confluence_assets.api.caller import Caller
from confluence_assets.api.cloud import endpoints
from confluence_assets.api.cloud.content_rows import comment_row
from confluence_assets.api.cloud.cql import iter_search_everywhere
from confluence_assets.api.cloud.search_rows import comment_kind, has_replies, parent_comment_of
from confluence_assets.api.fields import link_base
from confluence_assets.api.source import CommentKind
from confluence_assets.api.wire import JsonObject
from confluence_assets.errors import NotFoundError
from confluence_assets.tables import Row

LISTS = {"footer": endpoints.FOOTER_COMMENTS, "inline": endpoints.INLINE_COMMENTS}
ROWS_PER_LIST = 250
_REPLIES = {"footer": endpoints.FOOTER_REPLIES, "inline": endpoints.INLINE_REPLIES}
_FREE_QUESTIONS = 3
_COUNT_UNKNOWN = 10_000
_HOLDER_EXPANSIONS = ("childTypes.comment", "extensions.inlineProperties", "extensions.resolution")


class ReplyEvidence:
    """Whether a site's comment lists contain replies; None until it was seen. A listed reply outweighs one that was not."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lists_replies: bool | None = None

    @property
    def lists_replies(self) -> bool | None:
        return self._lists_replies

    def note(self, lists_replies: bool) -> None:
        with self._lock:
            self._lists_replies = lists_replies or bool(self._lists_replies)


def iter_replies(caller: Caller, kind: CommentKind, comment_id: str, *, bodies: bool, base: str) -> Iterator[list[Row]]:
    """The direct replies to one comment, oldest first; nothing where it is gone by now."""
    parameters = {"limit": ROWS_PER_LIST, "sort": "created-date", "body-format": "storage" if bodies else None}
    try:
        for payload in caller.walk(_REPLIES[kind], parameters, ids={"id": comment_id}):
            at = link_base(payload, base)
            rows = [comment_row(comment, kind, at) for comment in payload["results"]]
            for row in rows:
                row["parent_comment_id"] = row["parent_comment_id"] or comment_id
            yield rows
    except NotFoundError:
        return


def find_replied_to(caller: Caller, kind: CommentKind, listed: Iterable[str]) -> tuple[list[str], list[str]]:
    """Ids of the kind's comments that were replied to, oldest first; and ids unlisted where the index says nothing of replies."""
    known = set(listed)
    replied_to: list[str] = []
    unlisted: list[str] = []
    for contents in iter_search_everywhere(caller, "type=comment order by created", _HOLDER_EXPANSIONS):
        for content in contents:
            if comment_kind(content) != kind:
                continue
            answer = has_replies(content)
            if answer:
                replied_to.append(str(content["id"]))
            elif answer is None and str(content["id"]) not in known:
                unlisted.append(str(content["id"]))
    return replied_to, unlisted


class ReplyParents:
    """Which comment each reply of a search answers.

    Comments that were replied to are asked for their children, one request each, or the site's lists of comments are read:
    whichever looks cheaper after the first few, by the counts of comments on the site and in the scope. Questions stop when
    they have cost what the lists would.
    """

    def __init__(self, caller: Caller, scope_cql: str) -> None:
        self._caller = caller
        self._scope_cql = scope_cql
        self._seen_count = 0
        self._replied_count = 0
        self._parents: dict[str, str] = {}
        self._asked_count = 0
        self._budget: float | None = None
        self._is_known = False
        self._have_read_lists = False

    def parent_of(self, comment_id: str) -> str | None:
        return self._parents.get(comment_id)

    def learn(self, contents: list[JsonObject]) -> None:
        """Find the replies to these comments; they come in this page or in a later one, since the oldest come first."""
        if any(parent_comment_of(content) for content in contents):
            self._is_known = True  # the site tells parents itself
        self._seen_count += len(contents)
        self._replied_count += sum(1 for content in contents if has_replies(content))
        for content in contents:
            answer = has_replies(content)
            if self._is_known or answer is False:
                continue
            if self._is_time_for_lists(answer):
                self._is_known = self._read_lists()
            if answer and not self._is_known:
                self._ask(content)

    def _is_time_for_lists(self, answer: bool | None) -> bool:
        """True once: when questions have cost what the lists would, or the index does not say which to ask."""
        if self._have_read_lists or (answer and self._asked_count < _FREE_QUESTIONS):
            return False
        if answer is None:
            return True
        if self._budget is None:
            self._budget = self._plan_budget()
        return self._asked_count >= self._budget

    def _ask(self, content: JsonObject) -> None:
        comment_id = str(content["id"])
        self._asked_count += 1
        for rows in iter_replies(self._caller, comment_kind(content), comment_id, bodies=False, base=""):
            self._parents.update((row["comment_id"], comment_id) for row in rows)

    def _read_lists(self) -> bool:
        """True where the lists contain replies, and so all of them."""
        self._have_read_lists = True
        found: dict[str, str] = {}
        for endpoint in LISTS.values():
            for payload in self._caller.walk(endpoint, {"limit": ROWS_PER_LIST, "sort": "created-date"}):
                for comment in payload["results"]:
                    if parent := comment.get("parentCommentId"):
                        found[str(comment["id"])] = str(parent)
        self._parents.update(found)
        return bool(found)

    def _plan_budget(self) -> float:
        """How many questions are worth asking: none where the lists look cheaper."""
        lists_cost = self._count("type=comment") / ROWS_PER_LIST + 2
        expected = self._replied_count / self._seen_count * self._count(self._scope_cql)
        return 0.0 if expected > lists_cost else lists_cost

    def _count(self, cql: str) -> int:
        payload = self._caller.get(endpoints.SEARCH, {"cql": cql, "limit": 1, "excerpt": "none"})
        total = payload.get("totalSize")
        return total if isinstance(total, int) and total > 0 else _COUNT_UNKNOWN
