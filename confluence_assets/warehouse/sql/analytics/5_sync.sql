-- How well the lake stands, from the syncs' own account.

create or replace view analytics.sync_health as
with latest as (
    select
        table_name,
        space_key,
        max_by(run_id, finished_at) as last_run_id,
        max(finished_at) as last_finished_at,
        max(finished_at) filter (where error is null) as last_ok_at,
        count(*) as run_count,
        count(*) filter (where error is not null) as failed_run_count,
        sum(requests)::bigint as request_count
    from sync_ledger
    group by table_name, space_key
)
select
    latest.table_name,
    latest.space_key,
    ledger.error is null as is_ok,
    latest.last_run_id,
    ledger.mode as last_mode,
    latest.last_finished_at,
    latest.last_ok_at,
    floor((epoch(now()) - epoch(latest.last_ok_at)) / 60)::bigint as minutes_since_ok,
    ledger.error as last_error,
    ledger.expected,
    ledger.received,
    ledger.skipped,
    case when ledger.expected is not null then ledger.expected - ledger.received end as shortfall,
    latest.run_count,
    latest.failed_run_count,
    latest.request_count
from latest
join sync_ledger as ledger
    on ledger.run_id = latest.last_run_id
    and ledger.table_name = latest.table_name
    and ledger.space_key = latest.space_key;

comment on view analytics.sync_health is
'One row per table and space (an empty space_key for tables of the whole site): its last run in sync_ledger, whether that was all right, when the last good one ended, and how many rows the site said it has beyond those that came. As of this publication; a run that changes nothing publishes nothing.';
