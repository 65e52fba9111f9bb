-- What wants tidying: old, lost, double, empty, heavy.

create or replace view analytics.stale_pages as
select
    pages.space_key,
    pages.page_id,
    pages.title,
    pages.updated_at,
    floor((epoch(now()) - epoch(pages.updated_at)) / 86400)::bigint as days_since_update,
    pages.version_author_id,
    users.display_name as version_author_name,
    coalesce(users.account_status, 'unknown') <> 'active' as is_author_gone,
    pages.web_url
from pages
left join users on users.account_id = pages.version_author_id
where pages.status = 'current' and epoch(now()) - epoch(pages.updated_at) >= 365 * 86400;

comment on view analytics.stale_pages is
'Current pages whose current version is 365 days old or older, counted to the moment of the query. is_author_gone says that its author is no active account.';

create or replace view analytics.orphan_pages as
select pages.space_key, pages.page_id, pages.title, pages.parent_id is null as is_at_root, pages.updated_at, pages.web_url
from pages
where pages.status = 'current'
    and exists (select 1 from content_links)
    and pages.page_id not in (select homepage_id from spaces where homepage_id is not null)
    and pages.page_id not in (select parent_id from analytics.contents where parent_id is not null)
    and pages.page_id not in (
        select target_id from content_links where target_id is not null and target_id <> source_id
    );

comment on view analytics.orphan_pages is
'Current pages that nothing leads to: no link from other content, no page or folder below them, and not the home page of a space. Empty while no links are known (content_links).';

create or replace view analytics.duplicate_titles as
with titled as (
    select lower(trim(title)) as title, space_key, page_id
    from pages
    where status = 'current' and trim(title) <> ''
),
doubled as (
    select title from titled group by title having count(*) > 1
)
select
    title,
    count(*) as page_count,
    count(distinct space_key) as space_count,
    list_sort(list(distinct space_key)) as space_keys,
    list(page_id order by length(page_id), page_id) as page_ids
from titled
where title in (select title from doubled)
group by title;

comment on view analytics.duplicate_titles is
'Titles that more than one current page has, over all spaces; letter case and spaces around the title do not count.';

create or replace view analytics.empty_spaces as
select spaces.space_key, spaces.name, spaces.type, spaces.created_at, coalesce(held.page_count, 0) as page_count, spaces.web_url
from spaces
left join (
    select space_key, count(*) as page_count from pages where status = 'current' group by space_key
) as held on held.space_key = spaces.space_key
where spaces.status = 'current'
    and not exists (
        select 1 from pages
        where pages.space_key = spaces.space_key
            and pages.status = 'current'
            and pages.page_id is distinct from spaces.homepage_id
    )
    and not exists (select 1 from blogposts where blogposts.space_key = spaces.space_key);

comment on view analytics.empty_spaces is
'Current spaces without a current page other than their home page, and without a blog post.';

create or replace view analytics.attachment_weight as
select
    attachments.space_key,
    attachments.container_id,
    attachments.container_type,
    any_value(contents.title) as container_title,
    count(*) as file_count,
    sum(attachments.file_size_bytes)::bigint as file_size_bytes,
    max(attachments.file_size_bytes) as largest_file_bytes,
    max_by(attachments.filename, attachments.file_size_bytes) as largest_file,
    max(attachments.updated_at) as last_uploaded_at
from attachments
left join analytics.contents as contents on contents.content_id = attachments.container_id
group by attachments.space_key, attachments.container_id, attachments.container_type;

comment on view analytics.attachment_weight is
'One row per page, blog post or custom content with files: how many, and the bytes of their newest versions. Older versions, which also take room on the site, are not counted.';
