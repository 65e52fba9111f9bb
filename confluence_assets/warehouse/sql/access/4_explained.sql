-- Why somebody may read a content, or may not: one row for the account, then one for each layer, from the space down.
-- `admits` is the word of that layer alone; `may_read` is the answer, the same in every row. `reason` calls people and groups
-- by their names, `admitted_by` and `principals` by their ids.

create or replace macro analytics.access_explained(who, content_id) as table
with asked as (
    select
        acl.content_id,
        acl.acl_profile_id,
        acl.acl_profile_id in (select acl_profile_id from analytics.profiles_open_to(who)) as may_read
    from content_acl as acl
    where acl.content_id = content_id
),
account as (
    select
        (select account_id from analytics.account_named(who)) as account_id,
        (
            select any_value(users.account_status)
            from users
            where users.account_id = who or lower(users.email) = lower(who)
        ) as status
),
person as (
    select
        account.account_id,
        account.status,
        coalesce(accounts.may_read, false)
        or exists (
            select 1
            from acl_readers
            where acl_readers.principal_type = 'user' and acl_readers.principal_id = account.account_id
        ) as may_use_site,
        coalesce(accounts.is_licensed, false) as is_licensed,
        coalesce(accounts.is_product_admin, false) as is_product_admin
    from account
    left join analytics.reading_accounts as accounts on accounts.account_id = account.account_id
),
principals as (
    select
        layers.*,
        coalesce(
            case layers.principal_type
                when 'user' then layers.cause is null and layers.principal_id = person.account_id
                when 'group' then
                    (layers.cause is null or (layers.cause = 'licence_in_doubt' and person.may_use_site))
                    and exists (
                        select 1
                        from group_members as members
                        where lower(members.group_id) = lower(layers.principal_id)
                            and members.account_id = person.account_id
                    )
                when 'access_class' then case layers.principal_id
                    when 'all-licensed-users' then person.is_licensed
                    when 'all-product-admins' then person.is_product_admin
                    when 'authenticated-users' then person.may_use_site
                end
                when 'anonymous' then layers.cause is null and (who = 'anonymous' or person.may_use_site)
            end,
            false
        ) as lets_in,
        case layers.principal_type
            when 'user' then (select any_value(users.display_name) from users where users.account_id = layers.principal_id)
            when 'group' then (select any_value(groups.name) from groups where lower(groups.group_id) = lower(layers.principal_id))
        end as principal_name
    from acl_profiles as layers
    join asked on asked.acl_profile_id = layers.acl_profile_id
    cross join person
),
layers as (
    select
        layer_index,
        any_value(layer_source_type) as source_type,
        any_value(layer_source_id) as source_id,
        bool_or(lets_in) as admits,
        bool_and(is_complete) as is_complete,
        list(principal_type || ':' || principal_id order by principal_type, principal_id)
            filter (where lets_in) as admitted_by,
        string_agg(principal_type || ':' || coalesce(principal_name, principal_id), ', ' order by principal_type, principal_id)
            filter (where lets_in) as admitted_by_name,
        list(principal_type || ':' || principal_id order by principal_type, principal_id)
            filter (where principal_type <> 'none') as principals,
        string_agg(distinct cause, ', ' order by cause) as cause,
        bool_and(is_decidable) as is_decidable
    from principals
    group by layer_index
)
select
    -1 as layer_index,
    'account' as source_type,
    coalesce(person.account_id, who) as source_id,
    null as source_title,
    who = 'anonymous' or person.may_use_site as admits,
    null as admitted_by,
    null as principals,
    case
        when who = 'anonymous' then 'whoever has not signed in'
        when person.may_use_site then 'active'
        when person.account_id is not null then 'active, but in no group that may use the site'
        when person.status = 'active' then 'several active accounts share this e-mail address: ask by account id'
        when person.status is not null then 'the account is ' || person.status
        else 'no account has this id or e-mail address'
    end as reason,
    asked.may_read
from asked
cross join person
union all
select
    layers.layer_index,
    layers.source_type,
    layers.source_id,
    coalesce(spaces.name, names.title),
    layers.admits,
    layers.admitted_by,
    layers.principals,
    case
        when layers.admits then 'let in by ' || layers.admitted_by_name
        when layers.principals is null and layers.cause is not null then 'not decidable: ' || layers.cause
        when layers.principals is null then 'names nobody'
        else 'names neither the account nor a group of it'
    end || case when layers.is_complete or layers.principals is null then '' else ' (not complete: ' || layers.cause || ')' end,
    asked.may_read
from layers
cross join asked
left join spaces on layers.source_type = 'space' and spaces.space_id = layers.source_id
left join analytics.content_names as names on layers.source_type <> 'space' and names.content_id = layers.source_id
order by layer_index;

comment on macro table analytics.access_explained is
'Why somebody may read a content, or may not: a row for the account, then one for each layer from the space down. admits is the word of that layer alone, may_read the answer. who as in visible_pages.';
