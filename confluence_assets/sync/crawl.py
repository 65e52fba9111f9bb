"""All listings of a full sync or a sweep, side by side where they don't need each other.

Order that matters: details (labels, restrictions) before the pages that carry labels. Everything else runs along; comments
and files that come before the pages, posts and custom content that they hang on wait for these.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from functools import partial

from confluence_assets.api.source import CommentKind, RichSource, Scope, SpaceRef
from confluence_assets.sync.content import remember_unread_holders
from confluence_assets.sync.context import RunContext
from confluence_assets.sync.early import EarlyRows
from confluence_assets.sync.nodes import read_missing_details, read_nodes
from confluence_assets.sync.people import read_access_state, walk_audit, walk_groups, walk_members
from confluence_assets.sync.proof import check_listings, expect_the_rest
from confluence_assets.sync.rich import TABLES as RICH_TABLES
from confluence_assets.sync.rich import walk_rich
from confluence_assets.sync.scope import space_ref
from confluence_assets.sync.walks import (
    DETAIL_TABLES,
    place_early,
    split,
    walk_attachments,
    walk_comments,
    walk_content,
    walk_custom_content,
    walk_details,
    walk_history,
    walk_permissions,
    walk_tasks,
)
from confluence_assets.tables import NODE_TABLES

_TICK_SECONDS = 0.25
_PERMISSION_BATCH = 25
"""Spaces whose permissions one worker reads in a row, at most."""


class Crew:
    """A few workers, and a caller that tells the observer how far they are."""

    def __init__(self, ctx: RunContext) -> None:
        self._ctx = ctx
        self._pool = ThreadPoolExecutor(max_workers=ctx.site.options.concurrency, thread_name_prefix="walk")
        self._pending: set[Future[None]] = set()

    def start(self, work: Callable[[], None]) -> Future[None]:
        future = self._pool.submit(work)
        self._pending.add(future)
        return future

    def wait_for(self, futures: Iterable[Future[None]] | None = None) -> None:
        """Wait for these (default: all). Raises what a worker raised; the others end at their next page."""
        awaited = set(self._pending if futures is None else futures)
        while awaited:
            done, awaited = wait(awaited, timeout=_TICK_SECONDS, return_when=FIRST_EXCEPTION)
            self._ctx.observer.on_progress(dict(self._ctx.received), self._ctx.requests)
            for future in done:
                self._pending.discard(future)
                future.result()

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


def crawl(ctx: RunContext) -> None:
    """Walk every listing that the run's tables need; rows stand in stages afterwards, errors in the book."""
    crew = Crew(ctx)
    try:
        _read_groups(ctx, crew)
        ctx.findings.early = EarlyRows(ctx.lake.staging_folder())
        ctx.findings.awaits_holders = ctx.findings.awaits_files = True
        _start_long(ctx, crew)
        parts = _start_trees(ctx, crew)
        _start_independent(ctx, crew)
        ctx.observer.on_stage("pages and details")
        crew.wait_for(parts)
        posts = _start_posts(ctx, crew)
        crew.wait_for(posts)
        check_listings(ctx)
        remember_unread_holders(ctx)
        ctx.findings.awaits_holders = False
        ctx.observer.on_stage("comments, files and details")
        if ctx.wants(*NODE_TABLES.values()):
            crew.start(lambda: read_nodes(ctx))
        crew.start(lambda: place_early(ctx))
        crew.wait_for()
        if not ctx.findings.early.is_empty:
            place_early(ctx)  # files before the comments on them, whichever came first
            remember_unread_holders(ctx)  # files, too, may have failed to be listed by now
        ctx.findings.awaits_files = False
        place_early(ctx)
        expect_the_rest(ctx)
        _finish(ctx)
    except BaseException:
        # The other walks end at their next page instead of going on for nothing.
        ctx.is_cancelled = True
        raise
    finally:
        crew.close()
        ctx.findings.early.close()


def _read_groups(ctx: RunContext, crew: Crew) -> None:
    """Groups come first: what we may see hangs on those that we are in, and a loss later on must show."""
    if ctx.wants("groups", "group_members") and ctx.selection.is_everything:
        ctx.observer.on_stage("groups")
        crew.wait_for([crew.start(partial(walk_members, ctx, group_id)) for group_id in walk_groups(ctx)])
    is_known = "group_members" in ctx.walked and ctx.book.error_of("group_members", "") is None
    if not is_known or ctx.unread_groups:
        with ctx.charged("spaces"):
            ctx.own_groups = set(ctx.source.get_memberships(ctx.account_id))


def _start_long(ctx: RunContext, crew: Crew) -> None:
    """Comments, files and what the index says of files: lists of the whole site, the longest chains of requests, so they begin."""
    if ctx.wants("comments"):
        bodies = ctx.is_full or not ctx.known_spaces
        are_apart = ctx.scope.whole_site and ctx.rich_source is None
        apart: tuple[CommentKind, ...] = ("footer", "inline") if ctx.site.options.inline_comments else ("footer",)
        kinds: tuple[CommentKind | None, ...] = apart if are_apart else (None,)
        for kind in kinds:
            crew.start(partial(walk_comments, ctx, kind, ctx.scope, bodies=bodies))
    if ctx.wants("content_labels", "content_properties") and ctx.rich_source is None and ctx.site.options.attachments:
        crew.start(lambda: walk_details(ctx, "attachments", ctx.scope))
    if ctx.wants("attachments") and ctx.rich_source is None:
        crew.start(lambda: walk_attachments(ctx, ctx.scope))


def _start_trees(ctx: RunContext, crew: Crew) -> list[Future[None]]:
    """Details and then pages of each part of the scope; where lists bring everything, everything."""
    if ctx.rich_source is not None:
        return _start_rich(ctx, crew, ctx.rich_source)
    with_details = ctx.wants("pages", "blogposts", *DETAIL_TABLES, *NODE_TABLES.values())
    started = []
    for part, bodies in _parts(ctx):

        def walk(part: Scope = part, bodies: bool = bodies) -> None:
            if with_details:
                walk_details(ctx, "tree", part)
            if ctx.wants("pages"):
                walk_content(ctx, "pages", part, bodies=bodies)

        started.append(crew.start(walk))
    return started


def _start_rich(ctx: RunContext, crew: Crew, source: RichSource) -> list[Future[None]]:
    if not ctx.wants(*RICH_TABLES) and ctx.task_source is None:
        remember_unread_holders(ctx)
        return []
    return [
        crew.start(partial(walk_rich, ctx, source, part, table, bodies=bodies))
        for part, bodies in _parts(ctx)
        for table in ("pages", "blogposts")
        if table in ctx.site.options.tables()
    ]


def _parts(ctx: RunContext) -> list[tuple[Scope, bool]]:
    """Parts of the scope, and whether their bodies are wanted: those of spaces that the lake does not know are."""
    scope = ctx.scope
    if ctx.rich_source is not None:
        return _uncut_parts(ctx, scope)
    fresh = tuple(space for space in scope.spaces if space.key not in ctx.known_spaces)
    if ctx.is_full or not fresh or len(fresh) == len(scope.spaces):
        return [(part, _has_bodies(ctx, is_fresh=bool(fresh))) for part in split(scope)]
    known = tuple(space for space in scope.spaces if space.key in ctx.known_spaces)
    return [
        *((part, False) for part in split(Scope(known, whole_site=False))),
        *((part, _has_bodies(ctx)) for part in split(Scope(fresh, whole_site=False), chains=1)),
    ]


def _has_bodies(ctx: RunContext, *, is_fresh: bool = True) -> bool:
    """Whether a listing brings bodies. Where filters let in few, those of the few are asked for when they are known."""
    return ctx.is_full or (is_fresh and not ctx.rules.is_narrow)


def _uncut_parts(ctx: RunContext, scope: Scope) -> list[tuple[Scope, bool]]:
    """The same for lists that can't be of several spaces: in one part, or the known spaces and the fresh ones."""
    # Where tasks come out of bodies and were not wanted, every body has to be read for them.
    taskless = ctx.taskless_space_ids if ctx.task_source is not None else frozenset()
    fresh = tuple(space for space in scope.spaces if space.key not in ctx.known_spaces or space.space_id in taskless)
    bodies = _has_bodies(ctx, is_fresh=bool(fresh)) or any(space.space_id in taskless for space in fresh)
    if ctx.is_full or not fresh or len(fresh) == len(scope.spaces):
        return [(scope, bodies)]
    known = tuple(space for space in scope.spaces if space not in fresh)
    return [(Scope(known, whole_site=False), False), (Scope(fresh, whole_site=False), bodies)]


def _start_independent(ctx: RunContext, crew: Crew) -> None:
    if ctx.wants("tasks") and ctx.task_source is None:
        crew.start(lambda: walk_tasks(ctx, ctx.scope))
    if ctx.wants("space_permissions") and ctx.selection.is_everything:
        crew.start(lambda: read_access_state(ctx))
    if ctx.wants("audit_records") and ctx.selection.is_everything:
        crew.start(lambda: walk_audit(ctx))
    if ctx.wants("space_permissions", "space_role_assignments"):
        spaces = [space_ref(row) for row in ctx.selection.chosen]
        size = min(_PERMISSION_BATCH, len(spaces) // ctx.site.options.concurrency + 1)
        for start in range(0, len(spaces), size):
            crew.start(partial(_walk_permissions, ctx, spaces[start : start + size]))


def _walk_permissions(ctx: RunContext, spaces: list[SpaceRef]) -> None:
    for space in spaces:
        walk_permissions(ctx, space)


def _start_posts(ctx: RunContext, crew: Crew) -> list[Future[None]]:
    started = []
    if ctx.wants("blogposts") and ctx.rich_source is None:
        bodies = _has_bodies(ctx, is_fresh=not ctx.known_spaces)
        started.append(crew.start(lambda: walk_content(ctx, "blogposts", ctx.scope, bodies=bodies)))
    if ctx.wants("custom_content"):
        ctx.begin("custom_content")
        for content_type in ctx.site.options.custom_content_types:
            started.append(crew.start(partial(walk_custom_content, ctx, content_type, ctx.scope, bodies=True)))
    return started


def _finish(ctx: RunContext) -> None:
    """What needs all the rest: details that the index did not have, history by choice."""
    read_missing_details(ctx)
    for table in ("content_versions", "content_likes"):
        if ctx.wants(table):
            walk_history(ctx, table, _content_with_history(ctx, table))


def _content_with_history(ctx: RunContext, table: str) -> list[tuple[str, str, str]]:
    wanted: list[tuple[str, str, str]] = []
    for name, content_type in (("pages", "page"), ("blogposts", "blogpost")):
        if name not in ctx.stages:
            continue
        stage = ctx.stages[name]
        for key in ctx.selection.keys:
            known = _newest_versions(ctx, key) if table == "content_versions" else {}
            changed = {str(change.key[0]) for change in stage.iter_changes(key) if change.new is not None}
            for batch in stage.staged_batches(key, (stage.layout.table.key[0], "version_number")):
                for content_id, number in zip(batch.column(0).to_pylist(), batch.column(1).to_pylist(), strict=True):
                    if content_id in changed or known.get(content_id) != number:
                        wanted.append((content_type, content_id, key))
    return wanted


def _newest_versions(ctx: RunContext, key: str) -> dict[str, int]:
    """The number of the newest version that the lake holds of each content.

    Another one than the content's own shows that a run was killed before it wrote them, or held their removal.
    """
    newest: dict[str, int] = {}
    for batch in ctx.lake.iter_batches("content_versions", key, ("content_id", "version_number")):
        for content_id, number in zip(batch.column(0).to_pylist(), batch.column(1).to_pylist(), strict=True):
            newest[content_id] = max(number, newest.get(content_id, number))
    return newest
