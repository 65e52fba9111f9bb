-- The inverted index that `search` reads; warehouse/search_index.py fills it. A content that changes gets a new number, so
-- that what was posted under the old one is never looked for: it stays behind without a content until the index is made anew.

create schema if not exists _search;

create table if not exists _search.contents (content_no uinteger, content_id varchar, length uinteger);

comment on table _search.contents is
'One row per content that can be searched: its number in the index, and how many terms it has.';

create table if not exists _search.numbering (next_no uinteger);

comment on table _search.numbering is
'One row: the number that the next content gets. None is given twice, since what was posted under it may still stand.';

create table if not exists _search.postings (term ubigint, content_no uinteger, weight usmallint);

comment on table _search.postings is
'One row per term and content, sorted by term in stretches. term is a digest; weight counts occurrences, those in the title more.';

-- Words of any script in lower case and without accents: runs of letters, digits and marks. Scripts that put no space between
-- words are left to `pairs_in`.
create or replace macro _search.words_in(words) as
regexp_extract_all(
    strip_accents(lower(words)),
    '[^\p{Z}\p{S}\p{P}\p{C}\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]+'
);

-- Each two neighbouring characters of the scripts that put no space between words: those at even places of a run, then those
-- at odd ones. All other text, the most by far, is told by its bytes.
create or replace macro _search.pairs_in(words) as
case when strlen(words) = length(words) then [] else list_concat(
    regexp_extract_all(
        strip_accents(lower(words)),
        '[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]{2}'
    ),
    regexp_extract_all(
        regexp_replace(
            strip_accents(lower(words)),
            '[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]'
            '([\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]+)',
            ' \1',
            'g'
        ),
        '[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]{2}'
    )
) end;

-- Single characters of those scripts: a question of one character finds them.
create or replace macro _search.characters_in(words) as
case when strlen(words) = length(words) then [] else regexp_extract_all(
    strip_accents(lower(words)),
    '[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]'
) end;

create or replace macro _search.terms_in(words) as
list_concat(_search.words_in(words), list_concat(_search.pairs_in(words), _search.characters_in(words)));

create or replace view _search.sources as
select content_id, title, body_markdown as body from documents
union all
select attachments.attachment_id, attachments.filename, attachment_texts.text_markdown
from attachments
left join attachment_texts
    on attachment_texts.attachment_id = attachments.attachment_id
    and attachment_texts.version_number = attachments.version_number;

comment on view _search.sources is
'One row per content that can be searched, with its words: pages, blog posts, comments, and files with what was read of them.';
