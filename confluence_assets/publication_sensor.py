"""The sensor that publishes what a run put off: nothing that a run brought stays unpublished for want of another run.

A run that finds a publication due makes it by itself; so this looks only while none is under way, and its run reads nothing
of the site. Must not know what is published.
"""

from datetime import UTC, datetime
from typing import Literal

import dagster as dg
from pydantic import BaseModel, ValidationError

from confluence_assets.asked_runs import ASK_TAG, Ask, describe_busy, make_ask
from confluence_assets.assets.specs import WAREHOUSE
from confluence_assets.assets.wiring import SiteWiring
from confluence_assets.warehouse import read_due

_LONGEST_TICK_SECONDS = 15


class PublicationCursor(BaseModel):
    """What the sensor remembers: the run that it asked for."""

    version: Literal[1] = 1
    ask: Ask | None = None

    @classmethod
    def parse(cls, text: str | None) -> "PublicationCursor":
        """The cursor that Dagster kept."""
        try:
            return cls.model_validate_json(text) if text else cls()
        except ValidationError:
            return cls()


def build_publication_sensor(wiring: SiteWiring) -> dg.SensorDefinition:
    """Asks for one run that publishes, once a publication that was put off is due."""
    interval = wiring.site.options.publish_interval_seconds

    @dg.sensor(
        name=f"{wiring.name}_publication",
        job_name=wiring.job_name,
        minimum_interval_seconds=max(1, min(_LONGEST_TICK_SECONDS, interval // 4)),
        default_status=dg.DefaultSensorStatus.RUNNING if wiring.is_automatic else dg.DefaultSensorStatus.STOPPED,
        description="Publishes what a run brought less than publish_interval_seconds after a publication; reads nothing of the site.",
    )
    def publication(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        due_at = read_due(wiring.site.folder)
        if due_at is None:
            return dg.SensorResult(skip_reason="All is published.", cursor=PublicationCursor().model_dump_json())
        if datetime.now(UTC) < due_at:
            return dg.SkipReason(f"The next publication is due at {due_at:%H:%M:%S} UTC.")
        if busy := describe_busy(context.instance, wiring):
            return dg.SkipReason(f"{busy} It publishes by itself.")
        return _decide(wiring, PublicationCursor.parse(context.cursor), due_at)

    return publication


def _decide(wiring: SiteWiring, cursor: PublicationCursor, due_at: datetime) -> dg.SensorResult | dg.SkipReason:
    """Ask for the run; for one that was lost, again after a pause."""
    attempt = 1
    if cursor.ask:
        attempt, may_at = cursor.ask.attempt + 1, cursor.ask.may_repeat_at()
        if datetime.now(UTC) < may_at:
            return dg.SkipReason(f"The last run for it was lost; it is asked for again at {may_at:%H:%M:%S} UTC.")
    ask = make_ask(wiring, "publication", due_at.isoformat(), attempt)
    config = {"ops": {wiring.step_name: {"config": {"tables": [WAREHOUSE]}}}}
    tags = {ASK_TAG: ask.run_key, "confluence/cause": "publication", "confluence/attempt": str(attempt)}
    run = dg.RunRequest(run_key=ask.run_key, run_config=config, tags=tags)
    return dg.SensorResult(run_requests=[run], cursor=PublicationCursor(ask=ask).model_dump_json())
