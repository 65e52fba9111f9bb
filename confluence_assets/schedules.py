"""When the sweep and the checks run. Must not know what a run does."""

import dagster as dg

from confluence_assets.assets.intervals import period_of
from confluence_assets.assets.wiring import SiteWiring
from confluence_assets.errors import SettingsError
from confluence_assets.sync.contract import SyncMode

_CRON_FIELDS = 5
_ACCESS = frozenset({
    "space_permissions", "space_role_assignments", "content_restrictions", "users", "groups", "group_members",
    "content_acl", "acl_profiles", "acl_readers",
})  # fmt: skip
"""Tables that say who may read what."""


def build_sweep_schedule(wiring: SiteWiring) -> dg.ScheduleDefinition:
    """The incremental sync of the whole site, as one run."""
    config = {"ops": {wiring.step_name: {"config": {"mode": SyncMode.INCREMENTAL.value, "publish_at_once": False}}}}
    return dg.ScheduleDefinition(
        name=f"{wiring.name}_sweep",
        job_name=wiring.job_name,
        cron_schedule=cron_of(wiring.sweep_every, "sweep_every"),
        run_config=config,
        tags={"confluence/cause": "sweep"},
        default_status=dg.DefaultScheduleStatus.RUNNING if wiring.is_automatic else dg.DefaultScheduleStatus.STOPPED,
        description="What changed, and a look at everything else that proves that nothing was missed.",
    )


def build_permissions_schedules(wiring: SiteWiring) -> list[dg.ScheduleDefinition]:
    """The sync of who may read what, and of nothing else; none where the sweep is often enough for it."""
    tables = sorted(_ACCESS & wiring.site.options.tables())
    if wiring.permissions_every is None or not tables:
        return []
    config = {"mode": SyncMode.INCREMENTAL.value, "tables": tables, "publish_at_once": False}
    return [
        dg.ScheduleDefinition(
            name=f"{wiring.name}_permissions",
            job_name=wiring.job_name,
            cron_schedule=cron_of(wiring.permissions_every, "permissions_every"),
            run_config={"ops": {wiring.step_name: {"config": config}}},
            tags={"confluence/cause": "permissions"},
            default_status=dg.DefaultScheduleStatus.RUNNING
            if wiring.is_automatic
            else dg.DefaultScheduleStatus.STOPPED,
            description="Permissions, restrictions, groups and people, and who may read what by them.",
        )
    ]


def build_checks_schedule(wiring: SiteWiring) -> dg.ScheduleDefinition:
    """The checks of the published database, every night."""
    return dg.ScheduleDefinition(
        name=f"{wiring.name}_nightly_checks",
        job_name=wiring.checks_job_name,
        cron_schedule="30 3 * * *",
        default_status=dg.DefaultScheduleStatus.RUNNING if wiring.is_automatic else dg.DefaultScheduleStatus.STOPPED,
        description="Unique keys, parents and completeness of the published database.",
    )


def cron_of(every: str, setting: str = "sweep_every") -> str:
    """The cron line of an interval such as 5m, 1h, 4h or 1d; a cron line is returned as it is.

    Raises: SettingsError for an interval that doesn't divide an hour or a day, naming the setting.
    """
    text = every.strip()
    if len(text.split()) == _CRON_FIELDS:
        return text
    period = period_of(text)
    minutes = int(period.total_seconds()) // 60 if period else 0
    if minutes and minutes < 60 and 60 % minutes == 0:
        return "* * * * *" if minutes == 1 else f"*/{minutes} * * * *"
    hours, rest = divmod(minutes, 60)
    if hours and not rest and 24 % hours == 0:
        return {1: "0 * * * *", 24: "0 0 * * *"}.get(hours, f"0 */{hours} * * *")
    raise SettingsError(
        f"{setting}: {every!r} is neither an interval nor a cron line.",
        setting=setting,
        hint="Use 5m, 15m, 30m, 1h, 4h, 12h or 1d, or five cron fields such as '15 3 * * *'.",
    )
