"""Whether the site has news: one look at the top of each change stream, against what the lake has seen.

It decides when a run is worth its while, never what a run fetches: a run reads its streams down to the lake's own
positions. At most ten requests: five streams, two lists of tasks, one list of spaces per 250 where spaces are filtered.
"""

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from confluence_assets.api.source import ContentStream, Scope, Source
from confluence_assets.errors import TransientError
from confluence_assets.sync.filters import chooses_spaces
from confluence_assets.sync.options import Site
from confluence_assets.sync.positions import STREAM_TABLES, is_stream_wanted
from confluence_assets.sync.scope import SpaceSelection, select_spaces
from confluence_assets.tables import Row

_STREAMS: tuple[ContentStream, ...] = ("pages", "blogposts", "footer_comments", "inline_comments", "attachments")
_ROWS = 10
_ROWS_OF_FILTERED = 100
_LOOKS_OF_FILTERED = 2
"""Where spaces are filtered, news of others may stand on top; behind this many pages of them a run looks for itself."""


@dataclass(frozen=True, slots=True)
class Watch:
    """One look at a site. `budget_seconds` bounds it, since a sensor that takes a minute loses its tick."""

    site: Site
    source: Source
    budget_seconds: float = 10.0

    def look(
        self, seen_until: Mapping[str, datetime], streams: Collection[str] = tuple(STREAM_TABLES)
    ) -> dict[str, datetime]:
        """The time of the newest change of each of these streams that has any after `seen_until`.

        Changes in the same millisecond as the newest one seen are left to the sweep, as is all that no stream shows.
        Raises: AccessError; TransientError where the site is down, limits our rate or takes longer than the budget.
        """
        deadline = time.monotonic() + self.budget_seconds
        options = self.site.options
        selection = select_spaces(self.site, self.source, None) if chooses_spaces(options) else None
        news: dict[str, datetime] = {}
        for stream in _STREAMS:
            self._keep_time(deadline)
            if stream in streams and is_stream_wanted(stream, options):
                newest = self._newest(stream, selection, seen_until.get(stream))
                if newest is not None:
                    news[stream] = newest
        self._keep_time(deadline)
        since = seen_until.get("tasks")
        is_wanted = "tasks" in streams and is_stream_wanted("tasks", options)
        if since is not None and is_wanted and (newest := self._newest_task(_scope_of(selection), since)):
            news["tasks"] = newest
        return news

    def _newest(
        self, stream: ContentStream, selection: SpaceSelection | None, seen: datetime | None
    ) -> datetime | None:
        limit = _ROWS if selection is None else _ROWS_OF_FILTERED
        top: datetime | None = None
        pages = self.source.iter_newest(stream, _scope_of(selection), limit=limit, bodies=False)
        for number, rows in enumerate(pages, start=1):
            fresh = [row for row in rows if seen is None or row["updated_at"] > seen]
            if top is None and fresh:
                top = fresh[0]["updated_at"]
            ours = [row["updated_at"] for row in fresh if selection is None or _is_ours(row, selection)]
            if ours:
                newest: datetime = max(ours)
                return newest
            if len(fresh) < len(rows):
                return None
            if number == _LOOKS_OF_FILTERED:
                return top
        return None

    def _newest_task(self, scope: Scope, since: datetime) -> datetime | None:
        """Stops at the first page that shows one: how many there are is the run's business."""
        for rows in self.source.iter_changed_tasks(scope, since):
            if (newest := _latest(rows)) and newest > since:
                return newest
        return None

    def _keep_time(self, deadline: float) -> None:
        if time.monotonic() > deadline:
            raise TransientError(f"The site took longer than {self.budget_seconds:.0f} s to say what is new.")


def _scope_of(selection: SpaceSelection | None) -> Scope:
    return Scope(spaces=(), whole_site=True) if selection is None else selection.scope()


def _is_ours(row: Row, selection: SpaceSelection) -> bool:
    """Whether the row is in a space that the filters let in; comments and files don't say where they are."""
    space_id = row.get("space_id")
    return space_id is None or any(space_id == space["space_id"] for space in selection.in_scope)


def _latest(rows: Iterable[Row]) -> datetime | None:
    times = [row[column] for row in rows for column in ("created_at", "completed_at")]
    return max((moment for moment in times if moment is not None), default=None)
