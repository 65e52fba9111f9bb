-- What an account may read. `who` is an account id or an e-mail address; 'anonymous' is whoever has not signed in.
-- A profile that names `anonymous` is open to everybody who may use the site, and names few accounts beside it.

create or replace macro analytics.profiles_open_to(who) as table
select acl_readers.acl_profile_id
from acl_readers
where acl_readers.principal_type = 'user'
    and acl_readers.principal_id = (select account_id from analytics.account_named(who))
union
select acl_readers.acl_profile_id
from acl_readers
where acl_readers.principal_type = 'anonymous'
    and (
        who = 'anonymous'
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
