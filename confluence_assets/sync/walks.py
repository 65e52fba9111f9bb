"""The listings of a run, each walked once for all the tables that it feeds.

A walk puts rows into stages and leaves findings for others; it commits nothing. An error is booked to the tables that
it cost. A listing over several spaces that fails is asked again space by space, so that one space costs itself only.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from sys import intern

from confluence_assets.api.source import CommentKind, ContentDetails, DetailFamily, Scope, SpaceRef
from confluence_assets.convert import storage_to_markdown
from confluence_assets.errors import AccessError, ConfluenceAssetsError, UnavailableError
from confluence_assets.sync.context import Findings, RunContext
from confluence_assets.tables import NODE_TABLES, Row

_GIVE_UP_AFTER = 3
"""Spaces in a row that fail before the rest of a broken listing is given up."""
_GROUP_SIZE = 100
"""Spaces that one listing may name at most."""
_CHAINS = 4
"""Parallel chains of one listing; each further one costs at most one request."""

ID_COLUMNS = {"pages": "page_id", "blogposts": "blogpost_id", "attachments": "attachment_id"}
_INDEXED = {"page": "pages", "blogpost": "blogposts", "attachment": "attachments"}
DETAIL_TABLES = ("content_labels", "content_properties", "content_restrictions")


def split(scope: Scope, chains: int = _CHAINS) -> list[Scope]:
    """The scope in parts that can be walked side by side. One part stays as it is."""
    count = max(min(chains, len(scope.spaces)), -(-len(scope.spaces) // _GROUP_SIZE))
    if count <= 1:
        return [scope]
    return [Scope(scope.spaces[start::count], whole_site=False) for start in range(count)]


def each_space(
    ctx: RunContext,
    tables: Iterable[str],
    scope: Scope,
    fetch: Callable[[Scope], Iterator[list[Row]]],
    keep: Callable[[list[Row]], None],
) -> None:
    """Walk one listing; where it breaks, walk it again space by space."""
    named = list(tables)
    ctx.begin(*named)
    with ctx.charged(named[0]):
        try:
            for rows in fetch(scope):
                keep(rows)
            return
        except (AccessError, UnavailableError) as error:
            _book(ctx, named, scope.spaces, error)
            return
        except ConfluenceAssetsError as error:
            if len(scope.spaces) <= 1:
                _book(ctx, named, scope.spaces, error)
                return
    _one_by_one(ctx, named, scope.spaces, fetch, keep)


def _one_by_one(
    ctx: RunContext,
    tables: list[str],
    spaces: tuple[SpaceRef, ...],
    fetch: Callable[[Scope], Iterator[list[Row]]],
    keep: Callable[[list[Row]], None],
) -> None:
    failed_in_a_row = 0
    for index, space in enumerate(spaces):
        with ctx.charged(tables[0], space.key):
            try:
                for rows in fetch(Scope((space,), whole_site=False)):
                    keep(rows)
                failed_in_a_row = 0
            except ConfluenceAssetsError as error:
                _book(ctx, tables, (space,), error)
                failed_in_a_row += 1
                if failed_in_a_row >= _GIVE_UP_AFTER:
                    _book(ctx, tables, spaces[index + 1 :], error)
                    return


def _book(ctx: RunContext, tables: list[str], spaces: Iterable[SpaceRef], error: ConfluenceAssetsError) -> None:
    for table in tables:
        for space in spaces:
            ctx.book.fail(table, space.key, error)


def walk_details(ctx: RunContext, family: DetailFamily, scope: Scope) -> None:
    """Labels, properties and restrictions, and which tree nodes there are, from the search index."""
    tables = [*DETAIL_TABLES, *(NODE_TABLES.values() if family == "tree" else ())]

    def fetch(part: Scope) -> Iterator[list[Row]]:
        for batch in ctx.source.iter_details(part, family, ctx.property_keys):
            keep_details(ctx, batch)
            yield []

    each_space(ctx, tables, scope, fetch, lambda rows: None)


def keep_details(ctx: RunContext, batch: Iterable[ContentDetails]) -> None:
    """Stage what details say, and remember whose details are known."""
    labels: list[Row] = []
    properties: list[Row] = []
    restrictions: list[Row] = []
    found = ctx.findings
    for details in batch:
        # A content may have moved since the index saw it: its own listing knows better.
        key = found.space_of.get(details.content_id, details.space_key)
        if key is None:
            continue
        if details.restrictions is None:
            found.undetailed[details.content_id] = (details.content_type, key)
        else:
            restrictions += _in_space(details.restrictions, key)
            found.detailed[details.content_id] = key
        labels += _in_space(details.labels, key)
        properties += _in_space(details.properties, key)
        found.labelled.add(details.content_id)
        if details.labels or details.content_id in found.labels:
            found.labels[details.content_id] = sorted({row["name"] for row in details.labels})
        if details.content_type in _INDEXED:
            found.indexed[_INDEXED[details.content_type]][details.content_id] = intern(key)
        if details.content_type in NODE_TABLES:
            found.nodes[details.content_id] = (details.content_type, key)
    for table, rows in zip(DETAIL_TABLES, (labels, properties, restrictions), strict=True):
        ctx.put(table, rows)


def _in_space(rows: Iterable[Row], space_key: str) -> list[Row]:
    return [row if row["space_key"] == space_key else {**row, "space_key": space_key} for row in rows]


def walk_content(ctx: RunContext, table: str, scope: Scope, *, bodies: bool) -> None:
    """Pages or blog posts of some spaces; needs the details of the same spaces first."""
    list_rows = ctx.source.iter_pages if table == "pages" else ctx.source.iter_blogposts
    archived = _archived_keys(ctx)

    def keep(rows: list[Row]) -> None:
        if archived:
            _read_details_of_archived(ctx, table, rows, archived)
        keep_content(ctx, table, rows)

    each_space(ctx, [table], scope, lambda part: list_rows(part, bodies=bodies), keep)


def _archived_keys(ctx: RunContext) -> set[str]:
    return {row["space_key"] for row in ctx.selection.chosen if row["status"] == "archived"}


def _read_details_of_archived(ctx: RunContext, table: str, rows: list[Row], archived: set[str]) -> None:
    """Details of contents of archived spaces, which a walk of the search index leaves out; labels go into the rows."""
    id_column = ID_COLUMNS[table]
    wanted = [
        row[id_column] for row in rows if row["space_key"] in archived and row[id_column] not in ctx.findings.detailed
    ]
    if wanted and ctx.wants(*DETAIL_TABLES, table):
        ctx.begin(*DETAIL_TABLES)
        keep_details(ctx, ctx.source.get_details(wanted, ctx.property_keys))


def keep_content(ctx: RunContext, table: str, rows: list[Row]) -> None:
    """Stage pages or blog posts with their labels; remember where they are and who has no details yet."""
    found = ctx.findings
    id_column, content_type = ID_COLUMNS[table], "page" if table == "pages" else "blogpost"
    for row in rows:
        content_id, key = row[id_column], row["space_key"]
        row["labels"] = found.labels.get(content_id, [])
        if key is None:
            continue
        found.space_of[content_id] = key
        if found.detailed.get(content_id) != key:
            found.undetailed[content_id] = (content_type, key)
        if row.get("parent_type") in NODE_TABLES and row["parent_id"]:
            found.parents[row["parent_id"]] = (row["parent_type"], key)
    ctx.put(table, rows)
    keep_tasks_of(ctx, id_column, rows)


def keep_tasks_of(ctx: RunContext, id_column: str, rows: list[Row]) -> None:
    """Stage the tasks that stand in the bodies that came, where they have no list of their own."""
    source = ctx.task_source
    if source is None:
        return
    read = [row for row in rows if row["body_storage"] is not None]
    ctx.findings.task_holders.update(row[id_column] for row in read)
    keep_tasks(ctx, [task for row in read for task in source.tasks_of(row)])


def walk_comments(ctx: RunContext, kind: CommentKind | None, scope: Scope, *, bodies: bool) -> None:
    """Footer or inline comments, of some spaces both at once; needs pages and blog posts first, which say where they are."""
    each_space(
        ctx,
        ["comments"],
        scope,
        lambda part: ctx.source.iter_comments(part, kind, bodies=bodies),
        lambda rows: keep_comments(ctx, rows),
    )


def keep_comments(ctx: RunContext, rows: list[Row]) -> None:
    """Stage comments in the space of what they are about; replies take their parent's container."""
    found = ctx.findings
    for row in rows:
        if row["container_id"] is None and row["parent_comment_id"] in found.container_of:
            row["container_type"], row["container_id"] = found.container_of[row["parent_comment_id"]]
        found.container_of[row["comment_id"]] = (row["container_type"], row["container_id"])
    put_by_container(ctx, "comments", _set_early_aside(ctx, "comments", rows))


def walk_attachments(ctx: RunContext, scope: Scope) -> None:
    """Files, in the space of what they hang on."""
    each_space(ctx, ["attachments"], scope, ctx.source.iter_attachments, lambda rows: _keep_listed_files(ctx, rows))


def _keep_listed_files(ctx: RunContext, rows: list[Row]) -> None:
    placed = _set_early_aside(ctx, "attachments", rows)
    keep_attachments(ctx, placed)
    if archived := _archived_keys(ctx):
        _read_details_of_archived(ctx, "attachments", placed, archived)


def keep_attachments(ctx: RunContext, rows: list[Row]) -> None:
    """Stage files in the space of what they hang on, and remember where they are: comments may be on them."""
    put_by_container(ctx, "attachments", rows)
    for row in rows:
        if row["space_key"] is not None:
            ctx.findings.space_of[row["attachment_id"]] = row["space_key"]


def _set_early_aside(ctx: RunContext, table: str, rows: list[Row]) -> list[Row]:
    """The rows whose place can be told by now; what came before its holder was listed waits for it."""
    found = ctx.findings
    early = [row for row in rows if _is_early(found, row)]
    if not early:
        return rows
    found.early.add(table, early)
    waiting = {id(row) for row in early}
    return [row for row in rows if id(row) not in waiting]


def _is_early(found: Findings, row: Row) -> bool:
    """Whether the listing may still run that shows where a row's holder is: all run side by side."""
    if row["space_key"] is not None or row["container_id"] in found.space_of:
        return False
    return found.awaits_holders or (row["container_type"] == "attachment" and found.awaits_files)


def place_early(ctx: RunContext) -> None:
    """Stage what came before its holder, as far as the holders are known by now."""
    for table, rows in ctx.findings.early.take():
        if table == "comments":
            put_by_container(ctx, table, _set_early_aside(ctx, table, rows))
        else:
            _place_early_files(ctx, rows)


def _place_early_files(ctx: RunContext, rows: list[Row]) -> None:
    with ctx.charged("attachments"):
        try:
            _keep_listed_files(ctx, rows)
        except ConfluenceAssetsError as error:  # only what stands in archived spaces is asked for by id
            archived = _archived_keys(ctx)
            spaces = [space for space in ctx.scope.spaces if space.key in archived]
            _book(ctx, ["attachments", *DETAIL_TABLES], spaces, error)


def put_by_container(ctx: RunContext, table: str, rows: list[Row]) -> None:
    """Stage rows in the space of what they hang on."""
    unplaced = 0
    rules = ctx.rules
    for row in rows:
        if row["space_key"] is None:
            row["space_key"] = ctx.findings.space_of.get(row["container_id"])
            unplaced += row["space_key"] is None and not rules.leaves_out_kind(table, row)
    if unplaced and ctx.selection.is_everything and len(ctx.selection.visible) == len(ctx.selection.chosen):
        ctx.book.skip(table, "", unplaced, "what they hang on is not among the pages, posts and custom content read")
    ctx.put(table, rows)


def walk_custom_content(ctx: RunContext, content_type: str, scope: Scope, *, bodies: bool) -> None:
    """Custom content of one type."""

    def keep(rows: list[Row]) -> None:
        for row in rows:
            if row["space_key"] is not None:
                ctx.findings.space_of[row["custom_content_id"]] = row["space_key"]
        ctx.put("custom_content", rows)

    each_space(
        ctx,
        ["custom_content"],
        scope,
        lambda part: ctx.source.iter_custom_content(part, content_type, bodies=bodies),
        keep,
    )


def walk_tasks(ctx: RunContext, scope: Scope) -> None:
    """Tasks, their text converted."""
    each_space(ctx, ["tasks"], scope, ctx.source.iter_tasks, lambda rows: keep_tasks(ctx, rows))


def keep_tasks(ctx: RunContext, rows: list[Row]) -> None:
    """Stage tasks; the source leaves storage format in `body_markdown`."""
    for row in rows:
        if row["body_markdown"]:
            row["body_markdown"] = storage_to_markdown(row["body_markdown"]).strip()
    ctx.put("tasks", rows)


def walk_permissions(ctx: RunContext, space: SpaceRef) -> None:
    """Permissions and role assignments of one space; what could not be read is marked, so that it lets nobody in."""
    for table, list_rows in (
        ("space_permissions", ctx.source.iter_space_permissions),
        ("space_role_assignments", ctx.source.iter_role_assignments),
    ):
        if ctx.wants(table):
            ctx.begin(table)
            if not ctx.attempt([table], space.key, partial(_read_permissions, ctx, table, list_rows, space)):
                ctx.put(table, [_unread(table, space)])


def _read_permissions(
    ctx: RunContext, table: str, list_rows: Callable[[SpaceRef], Iterator[list[Row]]], space: SpaceRef
) -> None:
    for rows in list_rows(space):
        ctx.put(table, rows)


def _unread(table: str, space: SpaceRef) -> Row:
    row: Row = {
        "space_id": space.space_id,
        "principal_type": "unknown",
        "principal_id": "unknown",
        "space_key": space.key,
    }
    if table == "space_permissions":
        return {**row, "operation": "read", "target_type": "space"}
    return {**row, "role_id": "unknown", "role_name": None, "permissions": []}


def walk_history(ctx: RunContext, table: str, content: Iterable[tuple[str, str, str]]) -> None:
    """Versions or likes of each content given as (type, id, space key): one request each, by choice."""
    ctx.begin(table)
    list_rows = ctx.source.iter_versions if table == "content_versions" else ctx.source.iter_likes
    for content_type, content_id, space_key in content:
        if ctx.book.error_of(table, space_key) is not None:
            continue

        def walk(content_type: str = content_type, content_id: str = content_id, space_key: str = space_key) -> None:
            for rows in list_rows(content_type, content_id):
                ctx.put(table, [{**row, "space_key": space_key} for row in rows])
            ctx.findings.reread[table].add(content_id)

        ctx.attempt([table], space_key, walk)
