"""The sensor that looks for changes, minute by minute, and asks for one run for all of them.

Must not know what a run fetches: the run reads the streams down to the lake's own positions, so that a look that came too
late, too early or twice changes nothing in the result.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal

import dagster as dg
from pydantic import BaseModel, Field, ValidationError

from confluence_assets.asked_runs import Ask, Ending, describe_busy, ending_of, make_ask, request_of
from confluence_assets.assets.wiring import SiteWiring
from confluence_assets.errors import TransientError
from confluence_assets.lake import Lake
from confluence_assets.resources import ConfluenceResource
from confluence_assets.sync.contract import SyncMode
from confluence_assets.sync.positions import STREAM_TABLES, Positions
from confluence_assets.sync.watch import Watch

Times = Mapping[str, datetime]
"""Times by change stream, in the site's own clock."""


class ChangesCursor(BaseModel):
    """What the sensor remembers. A cursor of another version, or none, only costs a look."""

    version: Literal[1] = 1
    seen_until: dict[str, datetime] = Field(default={}, description="Up to when a run has seen to each stream.")
    asked_until: dict[str, datetime] = Field(default={}, description="Up to when the run that is asked for will.")
    looked_at: dict[str, datetime] = Field(default={}, description="When each stream was looked at that may wait.")
    ask: Ask | None = None

    @classmethod
    def parse(cls, text: str | None) -> "ChangesCursor":
        """The cursor that Dagster kept."""
        try:
            return cls.model_validate_json(text) if text else cls()
        except ValidationError:
            return cls()

    def settled(self, ending: Ending) -> "ChangesCursor":
        """After a run that succeeded, what it was asked for is seen to; after another one it is still to be done."""
        if ending is Ending.LOST:
            return self
        return ChangesCursor(seen_until=later_of(self.seen_until, self.asked_until), looked_at=self.looked_at)

    def due(self, intervals: Mapping[str, int], now: datetime) -> list[str]:
        """The streams to look at now; those without an interval of their own are due at each tick."""
        waiting = {
            stream
            for stream, seconds in intervals.items()
            if stream in self.looked_at and now - self.looked_at[stream] < timedelta(seconds=seconds)
        }
        return [stream for stream in STREAM_TABLES if stream not in waiting]


def later_of(one: Times, other: Times) -> dict[str, datetime]:
    """By stream, the later of both times."""
    return {stream: max(times[stream] for times in (one, other) if stream in times) for stream in {*one, *other}}


def build_changes_sensor(wiring: SiteWiring) -> dg.SensorDefinition:
    """Asks for one content run on the whole site where a stream shows news that the lake has not seen."""

    @dg.sensor(
        name=f"{wiring.name}_changes",
        job_name=wiring.job_name,
        minimum_interval_seconds=wiring.changes_interval_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING if wiring.is_automatic else dg.DefaultSensorStatus.STOPPED,
        required_resource_keys={wiring.resource_key},
        description="Looks at the top of each change stream, and launches one run for all spaces where there is news.",
    )
    def changes(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        if busy := describe_busy(context.instance, wiring):
            return dg.SkipReason(busy)
        positions = Positions.from_state(Lake(wiring.site.folder).read_site_state())
        if not positions.covered_space_ids:
            return dg.SkipReason("The first sync has not come to its end yet; the discovery or the sweep makes it.")
        cursor = ChangesCursor.parse(context.cursor)
        if cursor.ask:
            cursor = cursor.settled(ending_of(context.instance, cursor.ask))
        now = datetime.now(UTC)
        due = cursor.due(wiring.stream_intervals, now)
        resource: ConfluenceResource = getattr(context.resources, wiring.resource_key)
        try:
            source = resource.get_hasty_source()
            news = Watch(wiring.site, source).look(later_of(positions.seen_until, cursor.seen_until), due)
        except TransientError as error:
            reason = f"The site could not be read, and is asked again at the next tick: {error}"
            return dg.SensorResult(skip_reason=reason, cursor=cursor.model_dump_json())
        looked_at = {stream: now for stream in due if stream in wiring.stream_intervals}
        return _decide(wiring, cursor.model_copy(update={"looked_at": {**cursor.looked_at, **looked_at}}), news)

    return changes


def _decide(wiring: SiteWiring, cursor: ChangesCursor, news: dict[str, datetime]) -> dg.SensorResult:
    if not news:
        return dg.SensorResult(skip_reason="Nothing new.", cursor=cursor.model_dump_json())
    attempt = 1
    if cursor.ask and later_of(cursor.asked_until, news) == cursor.asked_until:
        attempt = cursor.ask.attempt + 1
        may_at = cursor.ask.may_repeat_at()
        if datetime.now(UTC) < may_at:
            reason = f"The run for the newest changes was lost; it is asked for again at {may_at:%H:%M:%S} UTC."
            return dg.SensorResult(skip_reason=reason, cursor=cursor.model_dump_json())
    ask = make_ask(wiring, "changes", max(news.values()).isoformat(), attempt)
    asked = cursor.model_copy(update={"asked_until": news, "ask": ask})
    run = request_of(wiring, ask, SyncMode.CONTENT, None, "changes")
    return dg.SensorResult(run_requests=[run], cursor=asked.model_dump_json())
