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

-- Parents are walked and counts are climbed by numbers rather than ids: that is what a million pages ask for. What hangs in a
-- circle (rows of two moments) is reached from no root, and stays out; the bound lets its climb end.
create or replace view analytics.page_tree as
with recursive
nodes as materialized (
    select rowid * 8 as no, page_id as content_id, parent_id, title, coalesce(word_count, 0) as word_count from pages
    union all
    select rowid * 8 + 1, folder_id, parent_id, title, 0 from folders
    union all
    select rowid * 8 + 2, whiteboard_id, parent_id, title, 0 from whiteboards
    union all
    select rowid * 8 + 3, database_id, parent_id, title, 0 from databases
    union all
    select rowid * 8 + 4, embed_id, parent_id, title, 0 from embeds
),
edges as materialized (
    select child.no, child.content_id, child.title, child.word_count, parent.no as parent_no
    from nodes as child
    left join nodes as parent on parent.content_id = child.parent_id
),
walked as (
    select no, content_id, 0 as depth, []::varchar[] as ancestor_ids, title as path, word_count
    from edges
    where parent_no is null
    union all
    select edges.no, edges.content_id, walked.depth + 1, list_append(walked.ancestor_ids, walked.content_id),
        concat(walked.path, ' / ', edges.title), edges.word_count
    from walked
    join edges on edges.parent_no = walked.no
),
climbed as (
    select parent_no as above_no, 1 as distance, word_count
    from edges
    where parent_no is not null
    union all
    select edges.parent_no, climbed.distance + 1, climbed.word_count
    from climbed
    join edges on edges.no = climbed.above_no
    where edges.parent_no is not null and climbed.distance < 1000
),
below as (
    select above_no, count(*) filter (where distance = 1) as child_count, count(*) as descendant_count,
        sum(word_count)::bigint as word_count
    from climbed
    group by above_no
)
select
    contents.space_key,
    contents.content_id,
    contents.content_type,
    contents.title,
    contents.status,
    contents.parent_id,
    contents.position,
    walked.depth,
    walked.ancestor_ids,
    walked.path,
    coalesce(below.child_count, 0) as child_count,
    coalesce(below.descendant_count, 0) as descendant_count,
    walked.word_count,
    walked.word_count + coalesce(below.word_count, 0) as subtree_word_count,
    contents.web_url
from analytics.contents as contents
join walked on walked.content_id = contents.content_id
left join below on below.above_no = walked.no;

comment on view analytics.page_tree is
'One row per page, folder, whiteboard, database and embed with its place: parents are followed from the roots down (a parent that is not in the lake makes a root). path joins the titles, descendant_count counts everything below, subtree_word_count adds the words below to its own.';
