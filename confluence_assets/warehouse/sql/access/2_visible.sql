-- What an account may read. `who` is an account id or an e-mail address; 'anonymous' is whoever has not signed in.
-- A profile that names `anonymous` is open to everybody who may use the site, and names few accounts beside it.

-- Whom a profile names may use the site, even where no group says so: Data Center licenses single people, too.
create or replace macro analytics.profiles_open_to(who) as table
with own as (
    select acl_readers.acl_profile_id
    from acl_readers
    where acl_readers.principal_type = 'user'
        and acl_readers.principal_id = (select account_id from analytics.account_named(who))
)
select acl_profile_id from own
union
select acl_readers.acl_profile_id
from acl_readers
where acl_readers.principal_type = 'anonymous'
    and (
        who = 'anonymous'
        or exists (select 1 from own)
        or (
            select accounts.may_read
            from analytics.reading_accounts as accounts
            where accounts.account_id = (select account_id from analytics.account_named(who))
        )
    );

create or replace macro visible_pages(who) as table
select pages.*
from pages
where pages.acl_profile_id in (select acl_profile_id from analytics.profiles_open_to(who));

create or replace macro visible_content(who) as table
select content_acl.*
from content_acl
where content_acl.acl_profile_id in (select acl_profile_id from analytics.profiles_open_to(who));

comment on macro table analytics.profiles_open_to is
'The access profiles that let somebody in. who is an account id, an e-mail address, or anonymous for whoever has not signed in.';

comment on macro table visible_pages is
'The pages that somebody may read. who is an account id, an e-mail address, or anonymous for whoever has not signed in; nobody known, nothing shown.';

comment on macro table visible_content is
'Content of every type that somebody may read, by id: pages, blog posts, comments, attachments, folders and the like. who as in visible_pages.';
