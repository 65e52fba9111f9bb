"""Documents, links and chunks: bodies converted and resolved against the lake, and only those that came out otherwise.

A document remembers what it looked up. It is converted again when its version changed, or when one of its questions has
another answer now: a target was renamed, a person got another name, an included page was edited, or restricted.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from hashlib import blake2b
from types import TracebackType
from typing import Any, NamedTuple

import orjson

from confluence_assets.convert import Chunk, ConvertedDocument
from confluence_assets.convert.worker import Body, Conversion, Question
from confluence_assets.lake import Lake
from confluence_assets.sync.contract import TableOutcome
from confluence_assets.sync.conversion import Converters
from confluence_assets.sync.include_access import Asker, access_mark
from confluence_assets.sync.site_index import SiteIndex, answer, short_answer
from confluence_assets.tables import LEFT_OUT, NODE_TABLES, Row

DOCUMENT_TABLES = ("documents", "content_links", "content_chunks")

_RELEASE = "3"
"""Raised when the converter writes something else than before, so that everything is converted again."""
_ROUNDS = 10
"""How deep pages may include each other."""


class _Unanswered(dict[Question, Any]):
    """Answers for the last round: what is still not known stays as it was written."""

    def __contains__(self, question: object) -> bool:
        return True

    def __missing__(self, question: Question) -> None:
        return None


class _Known(NamedTuple):
    """What stands in `documents` for a content."""

    made_from: str | None
    lookups: str
    word_count: int | None
    conversion_error: str | None


class _Source(NamedTuple):
    """A table whose rows have bodies."""

    table: str
    id_column: str
    content_type: str

    @property
    def light_columns(self) -> list[str]:
        own = {"pages": ["title", "parent_id"], "blogposts": ["title"], "comments": ["container_id"]}[self.table]
        return [self.id_column, "version_number", "updated_at", *own]


_SOURCES = (
    _Source("pages", "page_id", "page"),
    _Source("blogposts", "blogpost_id", "blogpost"),
    _Source("comments", "comment_id", "comment"),
)


def derive_documents(
    lake: Lake, space_ids: Mapping[str, str], run_id: str, synced_at: datetime, converters: Converters
) -> Iterator[TableOutcome]:
    """Bring `documents`, `content_links` and `content_chunks` of every space up to date. `space_ids` is by key."""
    mark = _site_mark(lake, space_ids)
    access = access_mark(lake, space_ids)
    todo = [key for key in space_ids if not _is_current(lake, key, mark, access) and _has_content(lake, key)]
    if not todo:
        return
    index = SiteIndex.read(lake)
    extra = {"mark": mark, "index": index.digest()}
    for key in todo:
        with _SpaceDocuments(lake, index, key, run_id, converters) as space:
            space.convert(is_same_index=_extra_of(lake, key).get("index") == extra["index"])
            # Who may read what is an answer only to what includes something: other spaces don't mind when it changes.
            said = {**extra, "access": access if space.has_includes else ""}
            yield from space.commit(space_ids[key], said, synced_at)
        index.bodies.clear()


class _SpaceDocuments(AbstractContextManager["_SpaceDocuments"]):
    """The documents of one space, a row group in memory at a time."""

    def __init__(self, lake: Lake, index: SiteIndex, key: str, run_id: str, converters: Converters) -> None:
        self._lake, self._index, self._key = lake, index, key
        self._converters = converters
        self.has_includes = False
        self._known = _read_known(lake, key)
        self._listed: set[str] = set()
        self._converted: set[str] = set()
        # Rows of documents that stay as they are come without their text.
        self._stages = [lake.stage(table, run_id=run_id, has_heavy=False) for table in DOCUMENT_TABLES]
        self._pending: tuple[list[Row], list[Row], list[Row]] = ([], [], [])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stage in self._stages:
            stage.close()

    def convert(self, *, is_same_index: bool) -> None:
        """Stage every document of the space, those converted anew that are new, changed, or lead elsewhere."""
        for source in _SOURCES:
            self._pass(source, self._find_stale(source, is_same_index))

    def _find_stale(self, source: _Source, is_same_index: bool) -> set[str]:
        """Ids whose text has to be made anew."""
        stale = set()
        for rows in self._lake.iter_rows(source.table, self._key, [source.id_column, "version_number", "updated_at"]):
            for row in rows:
                known = self._known.get(row[source.id_column])
                if known is None or known.made_from != self._made_from_now(
                    row[source.id_column], _version(row), is_same_index
                ):
                    stale.add(row[source.id_column])
        return stale

    def _made_from_now(self, content_id: str, version: str, is_same_index: bool) -> str | None:
        """What the digest of an unchanged document would be now."""
        known = self._known[content_id]
        if known.lookups == "[]" or (is_same_index and not _includes(known.lookups)):
            return known.made_from if known.made_from and known.made_from.startswith(version) else None
        return made_from(self._index, version, map(tuple, orjson.loads(known.lookups)), self._asker(content_id))

    def _asker(self, content_id: str) -> Asker:
        return Asker(content_id, self._key)

    def _pass(self, source: _Source, stale: set[str]) -> None:
        """Stage the rows of one table, a row group at a time."""
        columns = [*source.light_columns, *(["body_storage"] if stale else [])]
        for rows in self._lake.iter_rows(source.table, self._key, columns):
            bodies: list[Body] = []
            documents: dict[str, Row] = {}
            for row in rows:
                content_id = row[source.id_column]
                self._listed.add(content_id)
                document = self._row(source, row)
                if content_id in stale:
                    documents[content_id] = {**document, "made_from": _version(row)}
                    storage, container_id = row["body_storage"] or "", row.get("container_id")
                    bodies.append(Body(content_id, self._key, document["title"], storage, container_id))
                else:
                    known = self._known[content_id]
                    self.has_includes = self.has_includes or _includes(known.lookups)
                    self._pending[0].append({**document, **known._asdict()})
            self._convert(bodies, documents)
            self._flush()

    def _convert(self, bodies: list[Body], documents: dict[str, Row]) -> None:
        """Convert bodies; those that refer to something are asked again with the answers."""
        by_id = {body.content_id: body for body in bodies}
        for round_number in range(_ROUNDS + 1):
            asking: list[Conversion] = []
            for conversion in self._converters.convert(bodies):
                if conversion.is_final:
                    self._keep(conversion, documents[conversion.content_id])
                else:
                    asking.append(conversion)
            if not asking:
                return
            is_last = round_number >= _ROUNDS - 1
            bodies = [
                by_id[one.content_id]._replace(answers=self._answers(one, is_last)) for one in self._answerable(asking)
            ]

    def _answerable(self, asking: list[Conversion]) -> list[Conversion]:
        """Read the bodies that these include, all at once."""
        for conversion in asking:
            for question in conversion.questions:
                if question[0] in ("include", "excerpt"):
                    answer(self._index, question, self._asker(conversion.content_id))
        self._index.read_wanted_bodies()
        return asking

    def _answers(self, conversion: Conversion, is_last: bool) -> dict[Question, Any]:
        asker = self._asker(conversion.content_id)
        answers = {question: answer(self._index, question, asker) for question in conversion.questions}
        return _Unanswered(answers) if is_last else answers

    def _flush(self) -> None:
        """Stage what has gathered: many rows at once cost far less than one by one."""
        for stage, rows in zip(self._stages, self._pending, strict=True):
            if rows:
                stage.add(rows, partition=self._key)
                rows.clear()

    def _row(self, source: _Source, row: Row) -> Row:
        """A row of `documents` without what conversion gives."""
        ids, titles = self._index.ancestors(row["parent_id"]) if source.table == "pages" else ([], [])
        return {
            "content_id": row[source.id_column],
            "content_type": source.content_type,
            "space_key": self._key,
            "title": row.get("title"),
            "breadcrumb": titles,
            "ancestor_ids": ids,
            "depth": len(ids),
            "body_markdown": None,
            "version_number": row["version_number"],
        }

    def _keep(self, conversion: Conversion, document: Row) -> None:
        """Gather one document with its links and chunks."""
        questions = list(dict.fromkeys(conversion.questions))
        converted = conversion.document
        self._converted.add(conversion.content_id)
        asker = self._asker(conversion.content_id)
        document["made_from"] = made_from(self._index, document["made_from"], questions, asker)
        document["lookups"] = orjson.dumps(questions).decode()
        self.has_includes = self.has_includes or _includes(document["lookups"])
        document["conversion_error"] = conversion.error
        document["word_count"] = converted.word_count if converted else 0
        document["body_markdown"] = converted.markdown if converted else ""
        documents, links, chunks = self._pending
        documents.append(document)
        if converted is not None:
            links += _link_rows(document, converted)
            chunks += _chunk_rows(document, conversion.chunks)

    def commit(self, space_id: str, extra: dict[str, str], synced_at: datetime) -> Iterator[TableOutcome]:
        """Commit links and chunks, then the documents, which say what all of it was made from."""
        documents, *hanging = self._stages
        for stage in (*hanging, documents):
            is_main = stage is documents
            result = stage.commit(
                self._key,
                keep_missing=False if is_main else self._is_untouched,
                space_id=space_id,
                synced_at=synced_at,
                extra=extra if is_main else None,
            )
            yield TableOutcome(
                table=stage.layout.table.name,
                space_key=self._key,
                row_count=result.row_count,
                received=result.row_count,
                added=result.added,
                changed=result.changed,
                unchanged=result.unchanged,
                removed=result.removed,
                path=result.path,
            )

    def _is_untouched(self, key: tuple[Any, ...]) -> bool:
        """Whether a link or a chunk belongs to a document that still stands and was not converted anew."""
        return key[0] in self._listed and key[0] not in self._converted


def _read_known(lake: Lake, key: str) -> dict[str, _Known]:
    columns = ["content_id", "made_from", "lookups", "word_count", "conversion_error"]
    return {
        row["content_id"]: _Known(row["made_from"], row["lookups"] or "[]", row["word_count"], row["conversion_error"])
        for rows in lake.iter_rows("documents", key, columns)
        for row in rows
    }


def _link_rows(row: Row, document: ConvertedDocument) -> list[Row]:
    return [
        {
            "source_id": row["content_id"],
            "link_index": position,
            "source_type": row["content_type"],
            "space_key": row["space_key"],
            "target_type": link.target_type,
            "target_id": link.target_id,
            "target_space_key": link.space_key,
            "target_title": link.title,
            "url": link.url,
            "anchor": link.anchor,
            "link_text": link.link_text,
            "is_broken": bool(link.is_broken),
        }
        for position, link in enumerate(document.links)
    ]


def _chunk_rows(row: Row, chunks: Iterable[Chunk]) -> list[Row]:
    return [
        {
            "content_id": row["content_id"],
            "chunk_index": position,
            "content_type": row["content_type"],
            "space_key": row["space_key"],
            "heading_path": list(chunk.heading_path),
            "text": chunk.text,
            "token_estimate": chunk.token_estimate,
        }
        for position, chunk in enumerate(chunks)
    ]


def _includes(lookups: str) -> bool:
    """Whether something is included by what asked these."""
    return '"include"' in lookups or '"excerpt"' in lookups


def made_from(index: SiteIndex, version: str, questions: Iterable[Question], asker: Asker) -> str:
    """The digest of what a document was made from: its version, and then the answers to its questions."""
    answers = [short_answer(index, question, asker) for question in questions]
    return version + (_digest("\n".join(answers)) if answers else "")


def _version(row: Row) -> str:
    return _digest(f"{_RELEASE} {row['version_number']} {row['updated_at']}")


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=8).hexdigest()


def _site_mark(lake: Lake, space_keys: Iterable[str]) -> str:
    """A digest of the generation of every input of every space: bodies may refer to anything on the site."""
    inputs = ("pages", "blogposts", "comments", "attachments", *NODE_TABLES.values(), LEFT_OUT.name)
    metas = [lake.read_meta(table, key) for key in sorted(space_keys) for table in inputs]
    metas += [lake.read_meta(table) for table in ("users", "spaces")]
    chosen = lake.read_site_state().get("filters") or {}
    text = "|".join(
        [
            _RELEASE,
            *(name for name in ("pages", "blogposts", "attachments") if chosen.get(name) is False),
            *(meta.generation if meta else "" for meta in metas),
        ]
    )
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _is_current(lake: Lake, key: str, mark: str, access: str) -> bool:
    """Whether the documents of a space stand as they would be made now."""
    extra = _extra_of(lake, key)
    return extra.get("mark") == mark and extra.get("access") in ("", access)


def _extra_of(lake: Lake, key: str) -> dict[str, str]:
    meta = lake.read_meta("documents", key)
    return meta.extra if meta else {}


def _has_content(lake: Lake, key: str) -> bool:
    tables = ("documents", *(source.table for source in _SOURCES))
    return any(lake.read_meta(table, key) is not None for table in tables)
