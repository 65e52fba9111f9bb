-- What all kinds of content have in common; the views beside this file stand on it. Times are cut by UTC weeks.

create schema if not exists analytics;

create or replace view analytics.contents as
select page_id as content_id, 'page' as content_type, space_key, title, status, parent_id, position,
    author_id, version_author_id, created_at, updated_at, web_url
from pages
union all
select blogpost_id, 'blogpost', space_key, title, status, null, null,
    author_id, version_author_id, created_at, updated_at, web_url
from blogposts
union all
select folder_id, 'folder', space_key, title, status, parent_id, position, author_id, null, created_at, updated_at, web_url
from folders
union all
select whiteboard_id, 'whiteboard', space_key, title, status, parent_id, position, author_id, null, created_at, updated_at, web_url
from whiteboards
union all
select database_id, 'database', space_key, title, status, parent_id, position, author_id, null, created_at, updated_at, web_url
from databases
union all
select embed_id, 'embed', space_key, title, status, parent_id, position, author_id, null, created_at, updated_at, web_url
from embeds;

comment on view analytics.contents is
'One row per page, blog post, folder, whiteboard, database and embed: the columns that they share. Who may read them is not filtered.';

create or replace view analytics.page_tree as
with recursive
nodes as (
    select content_id, content_type, space_key, title, status, parent_id, position, web_url
    from analytics.contents
    where content_type <> 'blogpost'
),
walked as (
    select content_id, 0 as depth, []::varchar[] as ancestor_ids, title as path
    from nodes
    where parent_id is null or parent_id not in (select content_id from nodes)
    union all
    select nodes.content_id, walked.depth + 1, list_append(walked.ancestor_ids, walked.content_id),
        walked.path || ' / ' || coalesce(nodes.title, '')
    from nodes
    join walked on nodes.parent_id = walked.content_id
),
sized as (
    select walked.*, coalesce(pages.word_count, 0) as word_count
    from walked
    left join pages on pages.page_id = walked.content_id
),
below as (
    select ancestor_id, count(*) as descendant_count, sum(word_count) as word_count
    from (select unnest(ancestor_ids) as ancestor_id, word_count from sized)
    group by ancestor_id
),
children as (
    select parent_id, count(*) as child_count from nodes where parent_id is not null group by parent_id
)
select
    nodes.space_key,
    nodes.content_id,
    nodes.content_type,
    nodes.title,
    nodes.status,
    nodes.parent_id,
    nodes.position,
    sized.depth,
    sized.ancestor_ids,
    sized.path,
    coalesce(children.child_count, 0) as child_count,
    coalesce(below.descendant_count, 0) as descendant_count,
    sized.word_count,
    (sized.word_count + coalesce(below.word_count, 0))::bigint as subtree_word_count,
    nodes.web_url
from nodes
join sized on sized.content_id = nodes.content_id
left join children on children.parent_id = nodes.content_id
left join below on below.ancestor_id = nodes.content_id;

comment on view analytics.page_tree is
'One row per page, folder, whiteboard, database and embed with its place: parents are followed from the roots down (a parent that is not in the lake makes a root). path joins the titles, descendant_count counts everything below, subtree_word_count adds the words below to its own.';
