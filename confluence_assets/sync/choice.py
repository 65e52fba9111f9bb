"""Which of the staged contents the filters let in, decided when all listings are walked; the others are hidden in their stages.

What is left out does not vanish: its place in the tree and its restrictions stand in `left_out`, because who may read a page
hangs on all that is above it, and because a link to it is not broken. Where a listing broke that a decision hangs on, what
the lake holds stays and nothing new comes in. A run of change streams lets in at once what the filters let in; what they
leave out from now on leaves with the next sweep, with all that hangs on it.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import orjson

from confluence_assets.sync.book import is_not_offered
from confluence_assets.sync.context import RunContext
from confluence_assets.sync.filters import ContentRules, Facts, SpaceChoice, Standing, standings
from confluence_assets.tables import LAKE_TABLES, LEFT_OUT, NODE_TABLES, Row

TREE: dict[str, str] = {"pages": "page", "blogposts": "blogpost"} | {table: kind for kind, table in NODE_TABLES.items()}
"""Tables whose contents the filters choose, and the type of their rows."""
_FACTS = ("parent_id", "parent_type", "title", "status", "web_url", "version_number", "created_at", "updated_at")
_DETAILS = ("content_labels", "content_properties", "content_restrictions")
_HANGING = ("custom_content", "attachments", "comments")
_HIDDEN_IN = (*TREE, *_HANGING, *_DETAILS)
_RESTRICTION = ("content_id", "operation", "principal_type", "principal_id", "principal_name")


def choose_contents(ctx: RunContext) -> None:
    """Decide, and hide what is left out; needs all listings, and the labels that are to be had."""
    rules = ctx.rules
    held_any = bool(ctx.lake.partitions(LEFT_OUT.name))
    if rules.is_open and not held_any:
        return
    for key in ctx.selection.keys:
        choice = _Space(ctx, rules, key).choose()
        ctx.choices[key] = choice
        ctx.left_out.update(choice.left.keys() - choice.staying)
    _let_in_what_moved(ctx)
    _hide(ctx, rules)
    if not ctx.is_partial:
        _tell(ctx, rules)


def _let_in_what_moved(ctx: RunContext) -> None:
    """What one space left out before, and another one lets in now, is in: there it was seen, and here it was not."""
    kept = {one for choice in ctx.choices.values() for one in choice.kept}
    for choice in ctx.choices.values():
        for content_id in kept & choice.left.keys():
            if "restrictions" in choice.left[content_id]:
                del choice.left[content_id]
    ctx.left_out -= kept - {one for choice in ctx.choices.values() for one in choice.left}


class _Space:
    """One space, while it is decided."""

    def __init__(self, ctx: RunContext, rules: ContentRules, key: str) -> None:
        self._ctx, self._rules, self._key = ctx, rules, key
        self._staged = {row["content_id"]: row for row in self._read_staged()}
        self._before: dict[str, Row] = {row["content_id"]: row for row in _flat(ctx.lake.iter_rows(LEFT_OUT.name, key))}
        is_idle = ctx.is_partial and not self._staged
        self._held: dict[str, Row] = {} if is_idle else dict(self._read_held())

    def _read_staged(self) -> Iterator[Row]:
        for table, content_type in TREE.items():
            if table in self._ctx.walked and table in self._ctx.stages:
                rows = self._ctx.stages[table].iter_rows(self._key, _columns(table), with_hidden=True)
                yield from (_place(table, content_type, self._key, row) for row in _flat(rows))

    def _read_held(self) -> Iterator[tuple[str, Row]]:
        for table, content_type in TREE.items():
            if content_type not in self._rules.off_types:
                columns = [name for name in _columns(table) if name not in _FACTS or name == "parent_id"]
                for row in _flat(self._ctx.lake.iter_rows(table, self._key, columns)):
                    yield row[columns[0]], {"content_type": content_type, "parent_id": row.get("parent_id")}

    def choose(self) -> SpaceChoice:
        book = self._ctx.book
        walked = {table: content_type for table, content_type in TREE.items() if table in self._ctx.walked}
        listed = {content_type for table, content_type in walked.items() if book.error_of(table, self._key) is None}
        is_sure = self._is_sure()
        choice = SpaceChoice(self._key, is_whole=is_sure and not self._ctx.is_partial)
        parents = {
            one: row["parent_id"] for rows in (self._before, self._held, self._staged) for one, row in rows.items()
        }
        stand = standings(parents, self._rules.options)
        self._ctx.known_roots.update(self._named() & parents.keys())
        for content_id, row in self._staged.items():
            if self._is_let_in(row, stand(content_id), is_sure=is_sure):
                choice.kept.add(content_id)
            else:
                choice.left[content_id] = row
        for content_id, row in self._before.items():
            is_listed = choice.is_whole and row["content_type"] in listed
            if not is_listed and content_id not in self._staged and row["content_type"] not in self._rules.off_types:
                choice.left[content_id] = row
        self._mark_ancestors(choice, parents, listed)
        self._leave_for_sweep(choice)
        return choice

    def _named(self) -> set[str]:
        options = self._rules.options
        lists = (options.include_pages, options.exclude_pages, options.include_blogposts, options.exclude_blogposts)
        return {one for each in lists for one in each}

    def _is_sure(self) -> bool:
        """Whether all came that a decision hangs on. Places that this account is never shown are no part of any line."""
        rules, book = self._rules, self._ctx.book
        if not rules.chooses_contents:
            return True
        errors = [book.error_of(table, self._key) for table in ("pages", "blogposts") if table in self._ctx.walked]
        if rules.asks_tree:
            places = [book.error_of(table, self._key) for table in NODE_TABLES.values() if table in self._ctx.walked]
            errors += [error for error in places if error is not None and not is_not_offered(error)]
        if rules.asks_labels and (unread := book.error_of("content_labels", self._key)) is not None:
            book.note(f"Labels of space {self._key} could not be read: filters by label let nothing new in. {unread}")
            return False
        return all(error is None for error in errors)

    def _is_let_in(self, row: Row, standing: Standing, *, is_sure: bool) -> bool:
        content_id, found = row["content_id"], self._ctx.findings
        is_held = content_id in self._held
        if not self._rules.chooses_contents:
            return True
        if not is_sure:
            return is_held
        labels = found.labels.get(content_id, []) if content_id in found.labelled else None
        is_in = self._rules.admits(
            Facts(row["content_type"], content_id, row["status"], row["created_at"], row["updated_at"], labels)
        )
        if is_in is None:
            return is_held
        if row["content_type"] == "blogpost":
            return is_in
        if self._ctx.is_partial and self._rules.asks_tree and not standing.is_whole:
            return is_held
        return is_in and self._rules.admits_place(standing)

    def _mark_ancestors(self, choice: SpaceChoice, parents: dict[str, str | None], listed: set[str]) -> None:
        """Mark of what is left out that on which access hangs: something kept stands below it, or it is in the lake itself."""
        stay = {one for one, row in self._held.items() if not (choice.is_whole and row["content_type"] in listed)}
        above = stay & choice.left.keys()
        if not self._ctx.is_partial:
            choice.staying |= above
        for content_id in (*choice.kept, *stay):
            current = parents.get(content_id)
            while current is not None and current not in above:
                above.add(current)
                current = parents.get(current)
        for content_id, row in choice.left.items():
            is_ancestor = content_id in above or (self._ctx.is_partial and bool(row.get("is_ancestor")))
            if is_ancestor is not row.get("is_ancestor"):
                choice.changed.add(content_id)
                choice.left[content_id] = {**row, "is_ancestor": is_ancestor}

    def _leave_for_sweep(self, choice: SpaceChoice) -> None:
        """What a change stream shows to be left out from now on stays as it was until its whole surroundings leave with it."""
        if not self._ctx.is_partial:
            return
        for content_id in sorted(choice.left.keys() & self._staged.keys()):
            for departed in self._ctx.departed.values():
                for keys in departed.values():
                    keys.discard((content_id,))
            if content_id in self._held:
                # Its restrictions stand in `left_out`, and go before those that the lake holds: who is shut out now, is.
                if self._ctx.findings.detailed.pop(content_id, None) == self._key:
                    choice.read.add(content_id)
                self._ctx.left_out.add(content_id)


def _columns(table: str) -> list[str]:
    names = LAKE_TABLES[table].column_names
    return [LAKE_TABLES[table].key[0], *(name for name in _FACTS if name in names)]


def _place(table: str, content_type: str, key: str, row: Row) -> Row:
    return {
        "content_id": row[LAKE_TABLES[table].key[0]],
        "content_type": content_type,
        "space_key": key,
        **{name: row.get(name) for name in _FACTS},
    }


def _flat(batches: Iterable[list[Row]]) -> Iterator[Row]:
    for batch in batches:
        yield from batch


def _hide(ctx: RunContext, rules: ContentRules) -> None:
    """Hide what is left out, and what hangs on it or is of a kind that is switched off."""
    tasks: set[str] = set()
    for key in ctx.selection.keys:
        for table in _HANGING:
            _leave_out_hanging(ctx, rules, table, key)
        for table in _DETAILS:
            ctx.left_out.update(_details_of_others(ctx, rules, table, key))
        for row in _staged(ctx, "tasks", key, ["task_id", "page_id", "blogpost_id"]):
            if (row["page_id"] or row["blogpost_id"]) in ctx.left_out or rules.leaves_out_kind("tasks", row):
                tasks.add(row["task_id"])
    for table in _HIDDEN_IN:
        if table in ctx.stages:
            ctx.stages[table].hide(ctx.left_out)
    if tasks:
        ctx.stages["tasks"].hide(tasks)


def _staged(ctx: RunContext, table: str, key: str, columns: list[str]) -> Iterator[Row]:
    if table in ctx.stages:
        yield from _flat(ctx.stages[table].iter_rows(key, columns, with_hidden=True))


def _leave_out_hanging(ctx: RunContext, rules: ContentRules, table: str, key: str) -> None:
    id_column = LAKE_TABLES[table].key[0]
    more = {"comments": ["comment_type"], "custom_content": ["type"]}.get(table, [])
    count = -1
    while count != len(ctx.left_out):
        # Custom content may hang on custom content, whichever comes first.
        count = len(ctx.left_out)
        for row in _staged(ctx, table, key, [id_column, "container_id", "container_type", *more]):
            if row["container_id"] in ctx.left_out or rules.leaves_out_kind(table, row):
                ctx.left_out.add(row[id_column])
        if table != "custom_content":
            return


def _details_of_others(ctx: RunContext, rules: ContentRules, table: str, key: str) -> set[str]:
    """Contents that details came of, though they are of a type that is switched off, or files that no listing brought."""
    found: set[str] = set()
    files: set[str] | None = None
    for row in _staged(ctx, table, key, ["content_id", "content_type"]):
        if row["content_type"] in rules.off_types:
            found.add(row["content_id"])
        elif row["content_type"] == "attachment":
            files = _files_of(ctx, rules, key) if files is None else files
            if row["content_id"] not in files:
                found.add(row["content_id"])
    return found


def _files_of(ctx: RunContext, rules: ContentRules, key: str) -> set[str]:
    """Files of a space that this run listed; where it did not, or not to the end, those that the lake holds."""
    if not rules.options.attachments:
        return set()
    listed = {row["attachment_id"] for row in _staged(ctx, "attachments", key, ["attachment_id"])}
    is_listed = "attachments" in ctx.walked and not ctx.is_partial
    if is_listed and ctx.book.error_of("attachments", key) is None:
        return listed
    return listed | ctx.lake.distinct_values("attachments", ("attachment_id",), partition=key)


def _tell(ctx: RunContext, rules: ContentRules) -> None:
    """Say how much is left out, and which ids of the filters nothing has."""
    counts = dict.fromkeys(TREE.values(), 0)
    for choice in ctx.choices.values():
        for row in choice.left.values():
            counts[row["content_type"]] += 1
    if any(counts.values()):
        said = ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in counts.items() if count)
        ctx.book.note(f"The filters leave out {said}.")
    are_all_listed = ctx.selection.is_everything and {"pages", "blogposts"} & ctx.tables <= ctx.walked
    for name in ("include_pages", "exclude_pages", "include_blogposts", "exclude_blogposts"):
        unknown = [one for one in getattr(rules.options, name) if one not in ctx.known_roots]
        if unknown and are_all_listed and ctx.request.tables is None:
            ctx.book.note(f"{name}: this account sees nothing with the id {', '.join(unknown)} in the spaces in scope.")


def stage_left_out(ctx: RunContext) -> None:
    """Stage the rows of `left_out`, with the restrictions as far as this run read them."""
    for choice in ctx.choices.values():
        detailed = ctx.findings.detailed
        if not choice.is_whole:
            # The others stand already, and stay.
            choice.left = {
                one: row
                for one, row in choice.left.items()
                if one in choice.changed or detailed.get(one) == choice.key or "restrictions" not in row
            }
        if choice.left:
            named = _restrictions(ctx, choice)
            ctx.left_out_stage().add([_with_restrictions(ctx, choice, row, named) for row in choice.left.values()])
            choice.left = {one: {} for one in choice.left}  # staged: from here on their ids are enough


def _restrictions(ctx: RunContext, choice: SpaceChoice) -> dict[str, list[list[str | None]]]:
    named: dict[str, list[list[str | None]]] = {}
    for row in _staged(ctx, "content_restrictions", choice.key, list(_RESTRICTION)):
        if row["content_id"] in choice.left:
            named.setdefault(row["content_id"], []).append([row[name] for name in _RESTRICTION[1:]])
    return named


def _with_restrictions(ctx: RunContext, choice: SpaceChoice, row: Row, named: dict[str, list[list[str | None]]]) -> Row:
    content_id = row["content_id"]
    columns = {name: row.get(name) for name in LEFT_OUT.column_names}
    is_read = ctx.findings.detailed.get(content_id) == choice.key or content_id in choice.read or content_id in named
    if "restrictions" in row and not is_read:
        return columns  # as it was: this run did not come by it
    is_known = is_read and "content_restrictions" in ctx.tables
    rows = sorted(named.get(content_id, ()), key=repr)
    return {**columns, "restrictions": orjson.dumps(rows).decode() if is_known else None}


def commit_left_out(ctx: RunContext, *, is_final: bool) -> None:
    """Write what is left out: before all else, so that it shuts what it shuts at any instant; what is kept now goes out of it last."""
    space_ids = {row["space_key"]: row["space_id"] for row in ctx.selection.visible}
    for key, choice in ctx.choices.items():
        is_idle = not choice.is_whole and not choice.left and not (is_final and choice.kept)
        if is_idle or (not choice.left and ctx.lake.read_meta(LEFT_OUT.name, key) is None):
            continue
        ctx.left_out_stage().commit(
            key,
            keep_missing=_staying(choice) if is_final else True,
            space_id=space_ids.get(key),
            synced_at=ctx.started_at,
        )


def _staying(choice: SpaceChoice) -> bool | Callable[[tuple[Any, ...]], bool]:
    """Which rows stay that were not staged: none where all was decided anew, else all but those that are kept now."""
    return False if choice.is_whole else lambda one: one[0] not in choice.kept


def left_out_restrictions(row: Row) -> list[Row]:
    """A row of `left_out` as rows of `content_restrictions`; what is not known shuts."""
    place = {"content_id": row["content_id"], "content_type": row["content_type"], "space_key": row["space_key"]}
    if row["restrictions"] is None:
        unknown = dict.fromkeys(("principal_type", "principal_id"), "unknown")
        return [{**place, "operation": "read", **unknown, "principal_name": None}]
    return [
        {**place, **dict(zip(_RESTRICTION[1:], values, strict=True))} for values in orjson.loads(row["restrictions"])
    ]
