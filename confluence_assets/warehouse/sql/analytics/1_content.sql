-- What all kinds of content have in common; the views beside this file stand on it. Times are cut by UTC weeks.
-- A union of many stands as one union within another: DuckDB 2 writes a longer one as a balanced tree, and DuckDB before 2 loses
-- rows of a tree whose right side is a union.

create schema if not exists analytics;

create or replace view analytics.contents as
from (from (from (from (
select page_id as content_id, 'page' as content_type, space_key, title, status, parent_id, position,
    author_id, version_author_id, created_at, updated_at, web_url
from pages
union all
select blogpost_id, 'blogpost', space_key, title, status, null, null,
    author_id, version_author_id, created_at, updated_at, web_url
from blogposts)
union all
select folder_id, 'folder', space_key, title, status, parent_id, position, author_id, null, created_at, updated_at, web_url
from folders)
union all
select whiteboard_id, 'whiteboard', space_key, title, status, parent_id, position, author_id, null, created_at, updated_at, web_url
from whiteboards)
union all
select database_id, 'database', space_key, title, status, parent_id, position, author_id, null, created_at, updated_at, web_url
from databases)
union all
select embed_id, 'embed', space_key, title, status, parent_id, position, author_id, null, created_at, updated_at, web_url
from embeds;

comment on view analytics.contents is
'One row per page, blog post, folder, whiteboard, database and embed: the columns that they share. Who may read them is not filtered.';

-- Only what has something below it is walked down and climbed: five rows of six are leaves, and a leaf is where its parent is.
-- `above` and `below` go through a list since DuckDB takes what comes out of a recursion for a thousand times as large as it is,
-- and would hash all pages to look them up, instead of the other way round. What hangs in a circle (rows of two moments) is
-- reached from no root, and stays out; the bound lets its climb end.
create or replace view analytics.page_tree as
with recursive
nodes as not materialized (
    from (from (from (
    select page_id as content_id, 'page' as content_type, space_key, title, status, parent_id, position,
        coalesce(word_count, 0) as word_count, web_url
    from pages
    union all
    select folder_id, 'folder', space_key, title, status, parent_id, position, 0, web_url from folders)
    union all
    select whiteboard_id, 'whiteboard', space_key, title, status, parent_id, position, 0, web_url from whiteboards)
    union all
    select database_id, 'database', space_key, title, status, parent_id, position, 0, web_url from databases)
    union all
    select embed_id, 'embed', space_key, title, status, parent_id, position, 0, web_url from embeds
),
children as materialized (
    select parent_id as content_id, count(*) as child_count, sum(word_count)::bigint as word_count
    from nodes
    where parent_id is not null
    group by parent_id
),
parents as materialized (
    select content_id, parent_id, title from nodes where content_id in (select content_id from children)
),
steps as materialized (
    select parents.content_id, parents.title, above.content_id as above_id
    from parents
    left join parents as above on above.content_id = parents.parent_id
),
walked as (
    select content_id, 1 as depth, [content_id] as line, concat(title, ' / ') as path
    from steps
    where above_id is null
    union all
    select steps.content_id, walked.depth + 1, list_append(walked.line, steps.content_id),
        concat(walked.path, steps.title, ' / ')
    from walked
    join steps on steps.above_id = walked.content_id
),
climbed as (
    select content_id, 0 as distance, child_count, word_count from children
    union all
    select steps.above_id, climbed.distance + 1, climbed.child_count, climbed.word_count
    from climbed
    join steps on steps.content_id = climbed.content_id
    where steps.above_id is not null and climbed.distance < 1000
),
counted as (
    select content_id, sum(child_count) filter (where distance = 0)::bigint as child_count,
        sum(child_count)::bigint as descendant_count, sum(word_count)::bigint as word_count
    from climbed
    group by content_id
),
placed as (
    select steps.content_id, walked.depth, walked.line, walked.path
    from steps
    left join walked on walked.content_id = steps.content_id
),
above as (
    select unnest(rows, max_depth := 2) from (select list(placed) as rows from placed)
),
below as (
    select unnest(rows, max_depth := 2) from (select list(counted) as rows from counted)
)
select
    nodes.space_key,
    nodes.content_id,
    nodes.content_type,
    nodes.title,
    nodes.status,
    nodes.parent_id,
    nodes.position,
    coalesce(above.depth, 0) as depth,
    coalesce(above.line, []) as ancestor_ids,
    case when above.content_id is null then nodes.title else concat(above.path, nodes.title) end as path,
    coalesce(below.child_count, 0) as child_count,
    coalesce(below.descendant_count, 0) as descendant_count,
    nodes.word_count,
    nodes.word_count + coalesce(below.word_count, 0) as subtree_word_count,
    nodes.web_url
from nodes
left join above on above.content_id = nodes.parent_id
left join below on below.content_id = nodes.content_id
where above.content_id is null or above.depth is not null;

comment on view analytics.page_tree is
'One row per page, folder, whiteboard, database and embed with its place: parents are followed from the roots down (a parent that is not in the lake makes a root). path joins the titles, descendant_count counts everything below, subtree_word_count adds the words below to its own.';
