-- What leads where. All of it stands on content_links, which is empty until documents were derived.

create or replace view analytics.broken_links as
select
    links.space_key,
    links.source_id,
    links.source_type,
    contents.title as source_title,
    links.link_index,
    links.link_text,
    links.target_type,
    links.target_space_key,
    links.target_title,
    links.target_id,
    links.url,
    contents.web_url
from content_links as links
left join analytics.contents as contents on contents.content_id = links.source_id
where links.is_broken;

comment on view analytics.broken_links is
'One row per link whose target is not in the lake although its space is: deleted, renamed, or not visible to the crawling account. External addresses are not tried.';

-- Counted in three steps, since counting what is distinct in one is several times as slow.
create or replace view analytics.most_linked as
with sources as (
    select target_id, source_id, any_value(space_key) as space_key, count(*) as link_count
    from content_links
    where target_id is not null and source_id <> target_id
    group by target_id, source_id
),
spaces_of as (
    select target_id, space_key, sum(link_count) as link_count, count(*) as source_count
    from sources
    group by target_id, space_key
),
targets as (
    select target_id, sum(link_count)::bigint as link_count, sum(source_count)::bigint as source_count,
        count(space_key) as space_count
    from spaces_of
    group by target_id
)
select
    targets.target_id as content_id,
    contents.content_type,
    contents.space_key,
    contents.title,
    targets.link_count,
    targets.source_count,
    targets.space_count,
    contents.web_url
from targets
join analytics.contents as contents on contents.content_id = targets.target_id;

comment on view analytics.most_linked is
'One row per content that other content links to: links, distinct sources, distinct spaces of the sources. Links of a page to itself do not count.';

-- Restrictions are followed from where they stand down the tree; the bound lets a walk in a circle end.
create or replace view analytics.restricted_but_linked as
with recursive
tree as materialized (
    select content_id, parent_id from analytics.contents where parent_id is not null
),
shut as (
    select content_id, content_id as lock_id, 0 as distance
    from (select distinct content_id from content_restrictions where operation = 'read') as locks
    union all
    select tree.content_id, shut.lock_id, shut.distance + 1
    from shut
    join tree on tree.parent_id = shut.content_id
    where shut.distance < 1000
),
locked as materialized (
    select content_id, list(lock_id order by distance desc, lock_id) as locked_by
    from (select content_id, lock_id, min(distance) as distance from shut group by content_id, lock_id)
    group by content_id
),
aimed as (
    select links.source_id, links.source_type, links.link_text, locked.content_id, locked.locked_by
    from content_links as links
    join locked on locked.content_id = links.target_id
),
places as (
    select aimed.*, coalesce(comments.container_id, aimed.source_id) as place_id
    from aimed
    left join comments on aimed.source_type = 'comment' and comments.comment_id = aimed.source_id
)
select
    targets.space_key,
    places.content_id,
    targets.content_type,
    targets.title,
    places.locked_by,
    places.source_id,
    places.source_type,
    sources.title as source_title,
    places.link_text,
    sources.web_url as source_web_url
from places
join analytics.contents as targets on targets.content_id = places.content_id
left join locked as source_locked on source_locked.content_id = places.place_id
left join analytics.contents as sources on sources.content_id = places.place_id
where places.place_id <> places.content_id
    and not list_has_all(coalesce(source_locked.locked_by, []::varchar[]), places.locked_by);

comment on view analytics.restricted_but_linked is
'One row per link to restricted content from content that does not stand behind the same restrictions, so that some of its readers meet a closed door. locked_by names the content, from the root to the target, with a read restriction of its own. Space permissions are not looked at.';
