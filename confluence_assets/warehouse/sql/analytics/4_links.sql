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

create or replace view analytics.most_linked as
select
    links.target_id as content_id,
    contents.content_type,
    contents.space_key,
    contents.title,
    count(*) as link_count,
    count(distinct links.source_id) as source_count,
    count(distinct links.space_key) as space_count,
    contents.web_url
from content_links as links
join analytics.contents as contents on contents.content_id = links.target_id
where links.source_id <> links.target_id
group by all;

comment on view analytics.most_linked is
'One row per content that other content links to: links, distinct sources, distinct spaces of the sources. Links of a page to itself do not count.';

create or replace view analytics.restricted_but_linked as
with locks as (
    select distinct content_id from content_restrictions where operation = 'read'
),
locked as (
    select content_id, list_sort(list(lock_id)) as locked_by
    from (
        select tree.content_id, unnest(list_append(tree.ancestor_ids, tree.content_id)) as lock_id
        from analytics.page_tree as tree
        union all
        select blogpost_id, blogpost_id from blogposts
    )
    where lock_id in (select content_id from locks)
    group by content_id
),
places as (
    select links.*, coalesce(comments.container_id, links.source_id) as place_id
    from content_links as links
    left join comments on comments.comment_id = links.source_id
)
select
    targets.space_key,
    locked.content_id,
    targets.content_type,
    targets.title,
    locked.locked_by,
    places.source_id,
    places.source_type,
    sources.title as source_title,
    places.link_text,
    sources.web_url as source_web_url
from places
join locked on locked.content_id = places.target_id
join analytics.contents as targets on targets.content_id = locked.content_id
left join locked as source_locked on source_locked.content_id = places.place_id
left join analytics.contents as sources on sources.content_id = places.place_id
where places.place_id <> locked.content_id
    and not list_has_all(coalesce(source_locked.locked_by, []::varchar[]), locked.locked_by);

comment on view analytics.restricted_but_linked is
'One row per link to restricted content from content that does not stand behind the same restrictions, so that some of its readers meet a closed door. locked_by names the content, from the root to the target, with a read restriction of its own. Space permissions are not looked at.';
