"""Files of attachments: each wanted version downloaded once, its text read, and what is gone from the site gone from disk.

Runs after the commits of a sync, on what the lake holds. One file never fails the run; a host that fails file after file
does, and what was not reached waits for the next run. A space is looked at only where its attachments, the owner's choice
or the readers have changed.
"""

import time
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from hashlib import blake2b

from confluence_assets.errors import AccessError, ApiError, StorageError, TransientError
from confluence_assets.extract import INSTALL_HINT, reader_labels
from confluence_assets.lake import Stage
from confluence_assets.sync.context import RunContext
from confluence_assets.sync.contract import SyncMode, TableOutcome
from confluence_assets.sync.file_plan import (
    KNOWN_COLUMNS,
    WANTED_COLUMNS,
    FileChoice,
    FileKey,
    FilePlanner,
    FileStatus,
    Known,
    Retries,
    Todo,
    key_of,
    known_of,
)
from confluence_assets.sync.file_store import FileStore
from confluence_assets.sync.file_work import FileWorker, needs_install
from confluence_assets.tables import Row

TABLE = "attachment_texts"
_EMPTY = "spaces_without_files"
_COMMIT_SECONDS = 60.0
"""How much work a killed run may lose."""
_MOST_FAILURES = 20
"""Downloads that fail one after another before the rest is left for the next run."""
_PROGRESS_SECONDS = 1.0

Outcome = tuple[Row, ApiError | None]


def sync_files(ctx: RunContext, spaces: Iterable[Row], tables: Collection[str]) -> Iterator[TableOutcome]:
    """Bring `attachment_texts` and `files/` up to date. Shape: one outcome per space that was looked at.

    Raises: SettingsError where the site is another than the lake's.
    """
    if TABLE not in tables:
        return
    run = _FilesRun(ctx)
    chosen = ctx.request.space_keys
    space_ids = {row["space_key"]: row["space_id"] for row in spaces if chosen is None or row["space_key"] in chosen}
    stale = [key for key in sorted(space_ids) if run.is_stale(key)]
    if stale and run.choice.is_on:
        ctx.observer.on_stage("files")
        run.check_site(stale[0])
        run.store.begin()
    run.note_departing(stale)
    with run:
        for key in stale:
            yield run.bring_up_to_date(key, space_ids[key])
            if run.is_broken:
                return
    run.sweep()


class _FilesRun:
    """The files of one run: what all spaces share."""

    def __init__(self, ctx: RunContext) -> None:
        self.ctx = ctx
        self.choice = FileChoice.of(ctx.site.options)
        self.store = FileStore(ctx.site.folder)
        self.worker = FileWorker(ctx.source, self.store, self.choice)
        self.labels = reader_labels()
        self.is_broken = False
        self.failures_in_a_row = 0
        self._departing: dict[FileKey, Known] = {}
        self._empty: dict[str, str] = dict(ctx.lake.read_site_state().get(_EMPTY, {}))
        workers = ctx.site.options.concurrency
        self._window = 2 * workers
        self._pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="files")
        self._told_at = 0.0

    def __enter__(self) -> "_FilesRun":
        return self

    def __exit__(self, *_error: object) -> None:
        self.worker.is_stopped.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def check_site(self, key: str) -> None:
        """A run of this table alone has not looked yet whether the site is the lake's."""
        with self.ctx.charged(TABLE, key):
            identity = self.ctx.source.get_site()
            self.ctx.lake.claim_site(identity.site_id, identity.base_url)

    def is_stale(self, key: str) -> bool:
        """Whether a space has to be looked at."""
        meta, files = self.ctx.lake.read_meta(TABLE, key), self.ctx.lake.read_meta("attachments", key)
        if meta is None:
            return files is not None and self.choice.is_on and self._empty.get(key) != self.mark(key)
        mode = self.ctx.request.mode
        has_waiting = meta.extra.get("waiting", "0") != "0" and mode is not SyncMode.CONTENT
        return meta.extra.get("mark") != self.mark(key) or has_waiting or mode is SyncMode.FULL

    def mark(self, key: str) -> str:
        """A digest of everything that a space's rows are made from."""
        files = self.ctx.lake.read_meta("attachments", key)
        made_from = (files.generation if files else "", self.choice.digest(), *sorted(self.labels))
        return blake2b("|".join(made_from).encode(), digest_size=16).hexdigest()

    def note_empty(self, key: str, mark: str) -> None:
        """Remember that nothing is wanted of a space: it has no rows that could remember it."""
        if self._empty.get(key) != mark:
            self._empty[key] = mark
            self.ctx.lake.write_site_state({**self.ctx.lake.read_site_state(), _EMPTY: self._empty})

    def planner(self, key: str) -> FilePlanner:
        meta, mode = self.ctx.lake.read_meta(TABLE, key), self.ctx.request.mode
        is_other_choice = meta is not None and meta.extra.get("choice") != self.choice.digest()
        retries = Retries(waiting=mode is not SyncMode.CONTENT, failed=mode is SyncMode.FULL or is_other_choice)
        return FilePlanner(self.choice, retries, self.labels, self.store.has)

    def note_departing(self, keys: Iterable[str]) -> None:
        """Remember what leaves a space: it may have moved to another with its page, and need not come again."""
        for key in keys:
            known = self.read_known(key)
            if known:
                for row in self.iter_wanted(key):
                    known.pop(key_of(row), None)
            self._departing.update((file, one) for file, one in known.items() if self.store.has(one.file_path))

    def read_known(self, key: str) -> dict[FileKey, Known]:
        rows = self.ctx.lake.iter_rows(TABLE, key, KNOWN_COLUMNS)
        return {key_of(row): known_of(row) for batch in rows for row in batch}

    def iter_wanted(self, key: str) -> Iterator[Row]:
        """Attachments of a space that have a version and stand on something."""
        for rows in self.ctx.lake.iter_rows("attachments", key, WANTED_COLUMNS):
            yield from (row for row in rows if row["version_number"] is not None and row["container_id"] is not None)

    def moved(self, file: FileKey) -> Known | None:
        """What is known of a file that comes from another space; its text is read again, its bytes are here."""
        known = self._departing.get(file)
        return known and Known(FileStatus.KEPT, None, known.sha256, known.file_path)

    def bring_up_to_date(self, key: str, space_id: str) -> TableOutcome:
        """Do what the files of a space need, and commit their rows."""
        with self.ctx.lake.stage(TABLE, run_id=self.ctx.run_id, has_heavy=False) as stage:
            space = _SpaceFiles(self, key, space_id, stage)
            try:
                space.run()
            except StorageError as error:
                self.is_broken = True
                self.ctx.book.fail(TABLE, key, error)
                return TableOutcome(table=TABLE, space_key=key)
            return space.commit_last()

    def work(self, key: str, tasks: Iterable[tuple[Row, Known | None]]) -> Iterator[Outcome]:
        """Outcomes of tasks, done side by side, in the order in which they end. Once the host fails again and again, none is begun."""
        pending: set[Future[Outcome]] = set()
        for wanted, known in tasks:
            if self.failures_in_a_row >= _MOST_FAILURES:
                continue  # so that all that is left is known
            pending.add(self._pool.submit(self._do, key, wanted, known))
            if len(pending) >= self._window:
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                yield from (self._told(future.result()) for future in done)
        for future in pending:
            yield self._told(future.result())

    def _do(self, key: str, wanted: Row, known: Known | None) -> Outcome:
        if known is not None:
            return self.worker.read(wanted, known), None
        with self.ctx.charged(TABLE, key):
            return self.worker.download(wanted)

    def _told(self, outcome: Outcome) -> Outcome:
        """Count an outcome, and tell of it."""
        row, error = outcome
        is_systematic = isinstance(error, TransientError | AccessError)
        self.failures_in_a_row = self.failures_in_a_row + 1 if is_systematic else 0
        if needs_install(row):
            self.ctx.book.note(f"Some files were not read. {INSTALL_HINT}")
        self.ctx.received[TABLE] += 1
        if time.monotonic() - self._told_at > _PROGRESS_SECONDS:
            self._told_at = time.monotonic()
            self.ctx.observer.on_progress(dict(self.ctx.received), self.ctx.requests)
        return outcome

    def sweep(self) -> None:
        """Delete the files that no row names any more, in any space; only where rows have changed since the last time."""
        lake = self.ctx.lake
        metas = (lake.read_meta(TABLE, key) for key in lake.partitions(TABLE))
        text = "|".join(meta.generation for meta in metas if meta is not None)
        mark = blake2b(text.encode(), digest_size=16).hexdigest()
        if not self.store.is_swept(mark):
            lake.flush()
            self.store.sweep(lake.distinct_values(TABLE, ("file_path",)), mark)


class _SpaceFiles:
    """The files of one space: which stay as they are, which are worked on, and what came of it."""

    def __init__(self, run: _FilesRun, key: str, space_id: str, stage: Stage) -> None:
        self._run, self._key, self._space_id, self._stage = run, key, space_id, stage
        self._planner = run.planner(key)
        self._known = run.read_known(key)
        self._staying: set[FileKey] = set()
        self._todo: dict[FileKey, Row] = {}
        self._counts = {"received": 0, "added": 0, "changed": 0, "removed": 0}
        self._failed = self._waiting = 0
        self._last_error: ApiError | None = None
        self._committed_at = time.monotonic()

    def run(self) -> None:
        """Work on every file that needs it. Raises: StorageError where the disk does."""
        for row, error in self._run.work(self._key, self._tasks()):
            self._put(row, error)
            if time.monotonic() - self._committed_at > _COMMIT_SECONDS:
                self._commit(None)
        if self._todo and self._last_error is not None:
            self._run.is_broken = True
            self._run.ctx.book.fail(TABLE, self._key, self._last_error)
            self._run.ctx.book.skip(TABLE, self._key, len(self._todo), "left for the next run")
            self._staying.update(file for file in self._todo if file in self._known)

    def _tasks(self) -> Iterator[tuple[Row, Known | None]]:
        """Files that need something; with what is known of them where their bytes are here."""
        choice = self._run.choice
        large = 0
        for wanted in self._run.iter_wanted(self._key):
            file = key_of(wanted)
            if choice.is_on and not choice.admits(wanted["media_type"]):
                continue
            if choice.is_on and (wanted["file_size_bytes"] or 0) > choice.size_limit_bytes:
                large += 1
                continue
            own = self._known.get(file)
            known = own or self._run.moved(file)
            todo = self._planner.plan(known)
            if todo is Todo.NOTHING and (own is not None or known is None):
                if own is not None:
                    self._staying.add(file)
                    self._waiting += own.status == FileStatus.WAITING
                continue
            self._todo[file] = wanted
            yield wanted, None if todo is Todo.DOWNLOAD else known
        cause = f"larger than {choice.size_limit_bytes} bytes (attachment_size_limit_bytes)"
        self._run.ctx.book.skip(TABLE, self._key, large, cause)

    def _put(self, row: Row, error: ApiError | None) -> None:
        self._todo.pop(key_of(row), None)
        self._last_error = error or self._last_error
        self._failed += row["status"] in (FileStatus.FAILED, FileStatus.WAITING)
        self._waiting += row["status"] == FileStatus.WAITING
        self._counts["received"] += 1
        self._stage.add([{**row, "space_key": self._key}], partition=self._key, has_heavy=True)

    def commit_last(self) -> TableOutcome:
        """Commit the space: what is not wanted any more leaves."""
        mark = "" if self._run.is_broken else self._run.mark(self._key)
        row_count, path = self._commit(mark)
        said = (
            f"{self._failed} files could not be downloaded; attachment_texts.error says why" if self._failed else None
        )
        counts = self._counts
        if not row_count:
            self._run.note_empty(self._key, mark)
        return TableOutcome(
            table=TABLE,
            space_key=self._key,
            row_count=row_count,
            received=counts["received"],
            added=counts["added"],
            changed=counts["changed"],
            unchanged=max(row_count - counts["added"] - counts["changed"], 0),
            removed=counts["removed"],
            path=path,
            error=said,
        )

    def _commit(self, mark: str | None) -> tuple[int, str]:
        """Commit what there is; without a mark work goes on, and nothing leaves yet. Returns row count and path."""
        extra = {"mark": mark or "", "choice": self._run.choice.digest(), "waiting": str(self._waiting)}
        result = self._stage.commit(
            self._key,
            keep_missing=True if mark is None else self._staying.__contains__,
            space_id=self._space_id,
            synced_at=self._run.ctx.started_at,
            extra=extra,
        )
        for name in ("added", "changed", "removed"):
            self._counts[name] += getattr(result, name)
        self._committed_at = time.monotonic()
        return result.row_count, result.path
