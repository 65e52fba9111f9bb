"""Searching with CQL: quoting, groups of spaces, and a walk that asks for less where the site chokes.

The index serves for what lists can't give in bulk; that it lags and knows nothing of archived spaces is the caller's concern.
"""

import json
from collections.abc import Iterator, Sequence

from confluence_assets.api.caller import Caller
from confluence_assets.api.cloud import endpoints
from confluence_assets.api.failures import UnreachableError
from confluence_assets.api.source import Scope
from confluence_assets.api.wire import JsonObject
from confluence_assets.errors import TransientError

ROWS_WITH_EXPANSION = 200
"""Rows a page with expansions. The site caps in silence (50 with bodies), which costs requests and no rows."""

LEAST_ROWS = 5
_ATTEMPTS_BEFORE_HALVING = 3
_LONGEST_SPACE_LIST = 2_500
_CONTEXT = json.dumps({"contentStatuses": ["current", "archived"]}, separators=(",", ":"))


def quote_cql(text: str) -> str:
    """The text as a CQL string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def space_clauses(scope: Scope) -> Iterator[str]:
    """` and space in (…)` for groups of the scope's spaces that fit into a URL; one empty clause for the whole site."""
    if scope.whole_site:
        yield ""
        return
    group: list[str] = []
    length = 0
    for space in scope.spaces:
        quoted = quote_cql(space.key)
        if group and length + len(quoted) > _LONGEST_SPACE_LIST:
            yield f" and space in ({','.join(group)})"
            group, length = [], 0
        group.append(quoted)
        length += len(quoted) + 1
    if group:
        yield f" and space in ({','.join(group)})"


def iter_search(caller: Caller, cql: str, expand: Sequence[str]) -> Iterator[tuple[JsonObject, list[JsonObject]]]:
    """Yield (payload, rows) of each page, current and archived, each row once.

    Large pages make the site answer 5xx, so the limit is halved and the walk begun again: a cursor is good only with the
    limit that it was made for. Rows that were given already are left out. Raises: TransientError below `LEAST_ROWS`.
    """
    limit = ROWS_WITH_EXPANSION
    seen: set[str] = set()
    while True:
        parameters = {"cql": cql, "cqlcontext": _CONTEXT, "expand": ",".join(expand), "limit": limit}
        attempts = _ATTEMPTS_BEFORE_HALVING if limit > LEAST_ROWS else None
        try:
            for payload in caller.walk(endpoints.CONTENT_SEARCH, parameters, attempts=attempts):
                fresh = [row for row in payload["results"] if row.get("id") not in seen]
                seen.update(str(row.get("id")) for row in fresh)
                yield payload, fresh
            return
        except TransientError as error:
            if limit <= LEAST_ROWS or error.status == 429 or isinstance(error, UnreachableError):
                raise
            limit = max(limit // 2, LEAST_ROWS)


def iter_search_everywhere(caller: Caller, cql: str, expand: Sequence[str]) -> Iterator[list[JsonObject]]:
    """Yield the contents of each page, those of archived spaces too: only `/search` can do that."""
    parameters = {
        "cql": cql,
        "cqlcontext": _CONTEXT,
        "expand": ",".join(f"content.{name}" for name in expand),
        "limit": ROWS_WITH_EXPANSION,
        "includeArchivedSpaces": True,
        "excerpt": "none",
    }
    for payload in caller.walk(endpoints.SEARCH, parameters):
        yield [result["content"] for result in payload["results"] if isinstance(result.get("content"), dict)]
