-- Ranked keyword search: search('deploy staging', 'anna@example.com'). What the asker may not read is taken out before anything
-- is counted, so that neither rank nor score tells of it.

-- The terms of a question. One that is a single character of a script without spaces stands for itself.
create or replace macro _search.terms_asked(question) as table
select distinct md5_number_lower(term) as term, term as spelling
from (
    select unnest(list_concat(_search.words_in(question), _search.pairs_in(question))) as term
    union all
    select run from (
        select unnest(regexp_extract_all(
            strip_accents(lower(question)),
            '[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]+'
        )) as run
    )
    where length(run) = 1
);

create or replace macro search(question, who) as table
with asked as materialized (
    select term, spelling from _search.terms_asked(question)
),
posted as materialized (
    select postings.term, postings.content_no, postings.weight
    from _search.postings as postings
    join asked on asked.term = postings.term
),
readable as materialized (
    select contents.content_no, contents.length, acl.content_id, acl.content_type, acl.space_key
    from _search.contents as contents
    join visible_content(who) as acl on acl.content_id = contents.content_id
),
found as materialized (
    select posted.term, posted.content_no, posted.weight, readable.length
    from posted
    join readable on readable.content_no = posted.content_no
),
held as (
    select count(*) as content_count, greatest(avg(length), 1) as mean_length from readable
),
rarities as (
    select found.term, ln(1 + (any_value(held.content_count) - count(*) + 0.5) / (count(*) + 0.5)) as rarity
    from found
    cross join held
    group by found.term
),
scored as (
    select
        found.content_no,
        count(*) as terms_found,
        sum(rarities.rarity * found.weight * 2.2 / (found.weight + 0.3 + 0.9 * found.length / held.mean_length)) as score
    from found
    join rarities on rarities.term = found.term
    cross join held
    group by found.content_no
),
best as materialized (
    select scored.terms_found, scored.score, readable.content_id, readable.content_type, readable.space_key
    from (select * from scored order by score desc, content_no limit 100) as scored
    join readable on readable.content_no = scored.content_no
),
passages as (
    select
        chunks.content_id,
        arg_max(
            struct_pack(heading_path := chunks.heading_path, passage := chunks.text),
            len(list_intersect(_search.terms_in(chunks.text), wanted.spellings)) - chunks.chunk_index / 1000000.0
        ) as passage
    from content_chunks as chunks
    cross join (select list(spelling) as spellings from asked) as wanted
    where chunks.content_id in (select content_id from best)
    group by chunks.content_id
)
select
    row_number() over (order by best.score desc, best.content_id) as place,
    round(best.score, 3) as score,
    best.terms_found,
    best.content_type,
    best.space_key,
    names.title,
    passages.passage.heading_path as heading_path,
    passages.passage.passage as passage,
    names.web_url,
    best.content_id
from best
left join analytics.content_names as names on names.content_id = best.content_id
left join passages on passages.content_id = best.content_id
order by place;

comment on macro table search is
'The hundred best of what somebody may read for the words of a question, ranked by BM25, with the passage that fits best. Words are found as they are written, but for letter case and accents; scripts without spaces by pairs of characters. who as in visible_pages.';
