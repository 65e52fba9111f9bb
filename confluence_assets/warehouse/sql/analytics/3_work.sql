-- Who does what, when, and what is still to do.

create or replace view analytics.open_tasks as
select
    tasks.space_key,
    tasks.task_id,
    tasks.body_markdown as task,
    tasks.assigned_to,
    users.display_name as assignee_name,
    tasks.due_at,
    coalesce(epoch(tasks.due_at) < epoch(now()), false) as is_overdue,
    case
        when epoch(tasks.due_at) < epoch(now()) then floor((epoch(now()) - epoch(tasks.due_at)) / 86400)::bigint
    end as days_overdue,
    tasks.created_at,
    coalesce(tasks.page_id, tasks.blogpost_id) as content_id,
    contents.title as content_title,
    contents.web_url
from tasks
left join users on users.account_id = tasks.assigned_to
left join analytics.contents as contents on contents.content_id = coalesce(tasks.page_id, tasks.blogpost_id)
where tasks.status = 'incomplete' and contents.status is distinct from 'archived';

comment on view analytics.open_tasks is
'Tasks that are not ticked, on content that is not archived, with the assignee and the page. is_overdue compares due_at with the moment of the query; days_overdue counts whole days.';

create or replace view analytics.space_activity as
with acts as (
    from (from (from (
    select space_key, created_at as happened_at, author_id as account_id, 'created' as act
    from analytics.contents where content_type in ('page', 'blogpost')
    union all
    select space_key, updated_at, version_author_id, 'updated'
    from analytics.contents where content_type in ('page', 'blogpost') and updated_at > created_at)
    union all
    select space_key, updated_at, author_id, 'commented' from comments)
    union all
    select space_key, updated_at, author_id, 'uploaded' from attachments)
    union all
    select space_key, completed_at, completed_by, 'ticked' from tasks where completed_at is not null
)
select
    space_key,
    date_trunc('week', make_timestamp(epoch_us(happened_at)))::date as week,
    count(*) filter (where act = 'created') as created_count,
    count(*) filter (where act = 'updated') as updated_count,
    count(*) filter (where act = 'commented') as comment_count,
    count(*) filter (where act = 'uploaded') as upload_count,
    count(*) filter (where act = 'ticked') as tasks_completed_count,
    count(distinct account_id) as contributor_count
from acts
where happened_at is not null
group by space_key, week;

comment on view analytics.space_activity is
'One row per space and week (its Monday, UTC) in which something happened: pages and blog posts created and last updated, comments, files and ticked tasks. Made of what the rows say now: only the last update of each content counts, and what was deleted does not.';

create or replace view analytics.contributors as
with acts as (
    from (from (from (
    select author_id as account_id, space_key, created_at as happened_at, 'created' as act
    from analytics.contents where content_type in ('page', 'blogpost')
    union all
    select version_author_id, space_key, updated_at, 'updated'
    from analytics.contents where content_type in ('page', 'blogpost'))
    union all
    select author_id, space_key, updated_at, 'commented' from comments)
    union all
    select author_id, space_key, updated_at, 'uploaded' from attachments)
    union all
    select completed_by, space_key, completed_at, 'ticked' from tasks
)
select
    acts.account_id,
    any_value(users.display_name) as display_name,
    any_value(users.account_status) as account_status,
    count(*) filter (where act = 'created') as created_count,
    count(*) filter (where act = 'updated') as last_edited_count,
    count(*) filter (where act = 'commented') as comment_count,
    count(*) filter (where act = 'uploaded') as upload_count,
    count(*) filter (where act = 'ticked') as tasks_completed_count,
    count(distinct acts.space_key) as space_count,
    min(acts.happened_at) as first_active_at,
    max(acts.happened_at) as last_active_at
from acts
left join users on users.account_id = acts.account_id
where acts.account_id is not null
group by acts.account_id;

comment on view analytics.contributors is
'One row per account that content names: pages and blog posts that it created and whose current version is its own, comments, files, ticked tasks, in how many spaces, first and last seen. Earlier versions do not count.';
