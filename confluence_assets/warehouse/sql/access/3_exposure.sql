-- What is open wide, and who can't be matched to a person elsewhere.

create or replace view analytics.public_exposure as
with site as (
    select
        count(*) filter (where is_licensed) as licensed_count,
        count(*) filter (where is_external and may_read) as external_count
    from analytics.reading_accounts
),
named as (
    select
        acl_readers.acl_profile_id,
        count(*) filter (where accounts.is_licensed) as licensed_count,
        count(*) filter (where accounts.is_external) as external_count
    from acl_readers
    join analytics.reading_accounts as accounts on accounts.account_id = acl_readers.principal_id
    where acl_readers.principal_type = 'user'
    group by acl_readers.acl_profile_id
),
open_to_anonymous as (
    select acl_profile_id from acl_readers where principal_type = 'anonymous'
),
readers as (
    select
        coalesce(named.acl_profile_id, open_to_anonymous.acl_profile_id) as acl_profile_id,
        open_to_anonymous.acl_profile_id is not null as anonymous_can_read,
        coalesce(named.licensed_count, 0) as licensed_count,
        coalesce(named.external_count, 0) as external_count
    from named
    full join open_to_anonymous on open_to_anonymous.acl_profile_id = named.acl_profile_id
),
exposure as (
    select
        readers.acl_profile_id,
        readers.anonymous_can_read,
        readers.anonymous_can_read
        or (site.licensed_count > 0 and readers.licensed_count = site.licensed_count) as all_licensed_can_read,
        case when readers.anonymous_can_read then site.external_count else readers.external_count end as external_reader_count
    from readers
    cross join site
)
select
    content_acl.content_id,
    content_acl.content_type,
    content_acl.space_key,
    names.title,
    names.web_url,
    case
        when exposure.anonymous_can_read then 'anonymous'
        when exposure.external_reader_count > 0 then 'externals'
        else 'all licensed users'
    end as widest_exposure,
    exposure.anonymous_can_read,
    exposure.all_licensed_can_read,
    exposure.external_reader_count,
    content_acl.acl_profile_id
from content_acl
join exposure on exposure.acl_profile_id = content_acl.acl_profile_id
left join analytics.content_names as names on names.content_id = content_acl.content_id
where exposure.anonymous_can_read or exposure.all_licensed_can_read or exposure.external_reader_count > 0;

comment on view analytics.public_exposure is
    'One row per content that anonymous, all licensed users, or external collaborators (guests) can read.';

create or replace view analytics.unmatched_people as
with people as (
    select
        *,
        count(*) over (partition by case when is_email_hidden then account_id else lower(email) end) as sharing_count
    from analytics.reading_accounts
    where may_read and coalesce(account_type, '') <> 'app'
),
readable as (
    select principal_id, count(*) as profile_count
    from acl_readers
    where principal_type = 'user'
    group by principal_id
)
select
    people.account_id,
    people.display_name,
    people.account_type,
    people.is_external,
    case when people.is_email_hidden then 'email_hidden' else 'email_shared' end as cause,
    coalesce(readable.profile_count, 0) as readable_profile_count,
    case
        when people.is_email_hidden
            then 'The account hides its e-mail address. Match it by account_id; or verify your domain and claim the account, '
                || 'or ask the person to show the address to the organisation under profile and visibility.'
        else 'Another active account has the same e-mail address. Match it by account_id, or close the account that is not used.'
    end as what_to_do
from people
left join readable on readable.principal_id = people.account_id
where people.is_email_hidden or people.sharing_count > 1;

comment on view analytics.unmatched_people is
    'One row per person who can read, and whom an e-mail address does not identify: why, and what to do.';
