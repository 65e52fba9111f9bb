-- Who the accounts are, as far as reading goes. The views and macros beside this file stand on it.
-- Data Center tells no account type: there are people only.

create schema if not exists analytics;

create or replace view analytics.reading_accounts as
with product_access as (
    select
        members.account_id,
        bool_or(list_has_any(groups.access_types, ['user', 'admin'])) as has_access,
        bool_or(list_contains(groups.access_types, 'admin')) as has_admin_access
    from group_members as members
    join groups on groups.group_id = members.group_id
    group by members.account_id
),
site as (
    select coalesce(bool_or(list_has_any(access_types, ['user', 'admin'])), false) as knows_access from groups
),
accounts as (
    select
        users.account_id,
        users.display_name,
        users.account_type,
        users.email,
        coalesce(users.email_hidden, false) or coalesce(users.email, '') = '' as is_email_hidden,
        coalesce(users.is_external, false) as is_external,
        coalesce(users.account_status = 'active', false) as is_active,
        coalesce(product_access.has_access, false) as has_access,
        coalesce(product_access.has_admin_access, false) as has_admin_access,
        site.knows_access
    from users
    cross join site
    left join product_access on product_access.account_id = users.account_id
)
select
    account_id,
    display_name,
    account_type,
    email,
    is_email_hidden,
    is_external,
    is_active,
    is_active and (has_access or not knows_access or is_external or coalesce(account_type = 'app', false)) as may_read,
    is_active and has_access and not is_external and coalesce(account_type, 'atlassian') = 'atlassian' as is_licensed,
    is_active and has_admin_access and not is_external and coalesce(account_type, 'atlassian') = 'atlassian' as is_product_admin
from accounts;

comment on view analytics.reading_accounts is
    'One row per account: whether it may read anything at all, and which access classes hold it.';

-- One union within another: see analytics/1_content.sql.
create or replace view analytics.content_names as
from (from (from (from (from (from (from (
select page_id as content_id, 'page' as content_type, space_key, title, web_url from pages
union all
select blogpost_id, 'blogpost', space_key, title, web_url from blogposts)
union all
select folder_id, 'folder', space_key, title, web_url from folders)
union all
select whiteboard_id, 'whiteboard', space_key, title, web_url from whiteboards)
union all
select database_id, 'database', space_key, title, web_url from databases)
union all
select embed_id, 'embed', space_key, title, web_url from embeds)
union all
select attachment_id, 'attachment', space_key, filename, web_url from attachments)
union all
select comment_id, 'comment', space_key, null, web_url from comments)
union all
select custom_content_id, type, space_key, title, web_url from custom_content;

comment on view analytics.content_names is 'One row per content of any type: its title and address.';

-- An e-mail address that two active accounts share names neither of them: better nobody than somebody else.
create or replace macro analytics.account_named(who) as table
select any_value(users.account_id) as account_id
from users
where users.account_status = 'active'
    and who <> ''
    and (users.account_id = who or lower(users.email) = lower(who))
having count(*) = 1;

comment on macro table analytics.account_named is
'The id of the one active account that has this id or e-mail address, in any letter case; no row where none has it, or several do.';
