"""The sensor that drains the inbox of change hints, and asks for one run at a time for them.

Hints leave the inbox when the run that saw to them has succeeded, and not before: a run that was lost is repeated. Must not
know how hints come in, or what an event means.
"""

from datetime import UTC, datetime
from typing import Literal

import dagster as dg
from pydantic import BaseModel, ValidationError

from confluence_assets.asked_runs import Ask, Ending, describe_busy, ending_of, make_ask, request_of
from confluence_assets.assets.wiring import SiteWiring
from confluence_assets.inbox import Inbox, PendingHint
from confluence_assets.lake import Lake
from confluence_assets.partitions import read_partitions
from confluence_assets.sync.hints import HintPlan, locate_contents, plan_run

ATTEMPTS = 5
"""After as many lost runs the hints are given up; the sensor of changes and the sweep find what they were about."""


class WebhooksCursor(BaseModel):
    """What the sensor remembers: the run that it asked for, and the hints that this run sees to."""

    version: Literal[1] = 1
    ask: Ask | None = None
    hint_ids: tuple[int, ...] = ()

    @classmethod
    def parse(cls, text: str | None) -> "WebhooksCursor":
        """The cursor that Dagster kept."""
        try:
            return cls.model_validate_json(text) if text else cls()
        except ValidationError:
            return cls()


def build_webhooks_sensor(wiring: SiteWiring) -> dg.SensorDefinition:
    """Asks for one run that sees to the oldest hint, and to every other that the same run can see to."""

    @dg.sensor(
        name=f"{wiring.name}_webhooks",
        job_name=wiring.job_name,
        minimum_interval_seconds=wiring.webhooks_interval_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING if wiring.is_automatic else dg.DefaultSensorStatus.STOPPED,
        description="Launches one run for the webhooks that `confluence-assets listen` has taken.",
    )
    def webhooks(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        inbox = Inbox(wiring.site.folder)
        cursor = WebhooksCursor.parse(context.cursor)
        hints = inbox.peek()
        if not hints and cursor.ask is None:
            return dg.SkipReason("No webhooks have come.")
        if busy := describe_busy(context.instance, wiring):
            return dg.SkipReason(f"{busy} {len(hints)} hints wait.")
        if cursor.ask:
            cursor = _settle(context, inbox, cursor, cursor.ask)
            hints = inbox.peek()
        return _decide(context, wiring, inbox, cursor, hints)

    return webhooks


def _settle(context: dg.SensorEvaluationContext, inbox: Inbox, cursor: WebhooksCursor, ask: Ask) -> WebhooksCursor:
    """Acknowledge what the run saw to; keep the ask of a run that was lost."""
    if ending_of(context.instance, ask) is Ending.LOST:
        if ask.attempt < ATTEMPTS:
            return cursor
        context.log.error(f"{ATTEMPTS} runs for {len(cursor.hint_ids)} hints were lost; the next sweep sees to them.")
    inbox.acknowledge(cursor.hint_ids)
    return WebhooksCursor()


def _decide(
    context: dg.SensorEvaluationContext,
    wiring: SiteWiring,
    inbox: Inbox,
    cursor: WebhooksCursor,
    hints: list[PendingHint],
) -> dg.SensorResult:
    if not hints:
        return dg.SensorResult(skip_reason="All webhooks were seen to.", cursor=WebhooksCursor().model_dump_json())
    attempt = 1
    if cursor.ask:
        attempt, may_at = cursor.ask.attempt + 1, cursor.ask.may_repeat_at()
        if datetime.now(UTC) < may_at:
            reason = f"The last run for webhooks was lost; it is asked for again at {may_at:%H:%M:%S} UTC."
            return dg.SensorResult(skip_reason=reason, cursor=cursor.model_dump_json())
    plan = _plan(context, wiring, hints)
    if plan.mode is None:
        inbox.acknowledge(plan.hint_ids)
        return dg.SensorResult(skip_reason=f"{len(hints)} hints need no run.", cursor=cursor.model_dump_json())
    ask = make_ask(wiring, "webhooks", str(max(plan.hint_ids)), attempt)
    asked = WebhooksCursor(ask=ask, hint_ids=plan.hint_ids)
    run = request_of(wiring, ask, plan.mode, plan.space_keys, "webhooks")
    return dg.SensorResult(run_requests=[run], cursor=asked.model_dump_json())


def _plan(context: dg.SensorEvaluationContext, wiring: SiteWiring, hints: list[PendingHint]) -> HintPlan:
    lake = Lake(wiring.site.folder)
    return plan_run(hints, read_partitions(context.instance, wiring.name), lambda ids: locate_contents(lake, ids))
