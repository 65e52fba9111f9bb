"""What the parts of one run share: the site, the lake, the selection, the stages, and what the walks learned."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock
from typing import Literal

from confluence_assets.api.source import RichSource, Scope, Source
from confluence_assets.errors import ConfluenceAssetsError, IncompleteError
from confluence_assets.lake import Lake, Stage
from confluence_assets.sync.access_state import AccessState
from confluence_assets.sync.book import Book
from confluence_assets.sync.contract import SyncMode, SyncObserver, SyncRequest
from confluence_assets.sync.conversion import Converters, bodies_of
from confluence_assets.sync.early import EarlyRows
from confluence_assets.sync.filters import ContentRules, SpaceChoice
from confluence_assets.sync.options import Site
from confluence_assets.sync.scope import NO_SPACES, SpaceSelection
from confluence_assets.tables import LEFT_OUT, Row


@dataclass(slots=True)
class Findings:
    """What one walk learned that another needs. Ids only: bodies never stand here."""

    labels: dict[str, list[str]] = field(default_factory=dict)
    """Label names of the content that has any."""
    indexed: dict[str, dict[str, str]] = field(
        default_factory=lambda: {"pages": {}, "blogposts": {}, "attachments": {}}
    )
    """Space keys of the pages, posts and files that the search index names, by table and id."""
    detailed: dict[str, str] = field(default_factory=dict)
    """Content whose labels, properties and restrictions are known, and the space that their rows stand in."""
    nodes: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Folders, whiteboards, databases and embeds: type and space key."""
    space_of: dict[str, str] = field(default_factory=dict)
    """Space key of everything that can hold comments or files."""
    container_of: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    """Container type and id of each comment, for replies that name only their parent."""
    labelled: set[str] = field(default_factory=set)
    """Content whose labels are known, be it that it has none."""
    early: EarlyRows = field(default_factory=EarlyRows)
    """Comments and files that came before what they hang on."""
    awaits_holders: bool = False
    """Whether pages, posts and custom content are still being listed."""
    awaits_files: bool = False
    """Whether files are still being listed."""
    undetailed: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Content that the search index did not return: type and space key."""
    has_holders: bool = False
    """Whether `space_of` was completed from the lake."""
    relabelled: set[str] = field(default_factory=set)
    """Content whose details were asked for by id."""
    reread: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Content whose versions or likes were read in this run, by table."""
    task_holders: set[str] = field(default_factory=set)
    """Content whose tasks were read from its body."""
    parents: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Parents of other types than page that rows name: type and space key."""


@dataclass(slots=True)
class RunContext:
    """One run. `started_at` is the moment that `synced_at` gets."""

    site: Site
    source: Source
    lake: Lake
    request: SyncRequest
    observer: SyncObserver
    run_id: str
    started_at: datetime
    tables: frozenset[str]
    converters: Converters = field(default_factory=Converters)
    """Who makes documents of bodies, from the moment that these are staged."""
    selection: SpaceSelection = NO_SPACES
    book: Book = field(default_factory=Book)
    findings: Findings = field(default_factory=Findings)
    stages: dict[str, Stage] = field(default_factory=dict)
    walked: set[str] = field(default_factory=set)
    """Tables whose listings were walked, or were begun and failed."""
    opened: list[Stage] = field(default_factory=list)
    """Every stage that has to be closed at the end."""
    received: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    newest: dict[str, datetime] = field(default_factory=dict)
    """Newest `updated_at` that came, by table."""
    requests: int = 0
    account_id: str = ""
    """Who we are."""
    own_groups: set[str] = field(default_factory=set)
    """Groups that we were in before anything else was read."""
    deployment: Literal["cloud", "datacenter"] = "cloud"
    unread_groups: set[str] = field(default_factory=set)
    """Groups whose members this account may not read."""
    access: AccessState | None = None
    """What the site said about access as a whole; None where it was not asked."""
    removed_content: dict[str, str] = field(default_factory=dict)
    """Content that left in this run, and why; what hangs on it leaves for the same reason."""
    kept_content: set[str] = field(default_factory=set)
    """Content that no listing held and that stays all the same; what hangs on it stays, too."""
    known_spaces: frozenset[str] = frozenset()
    """Keys of the spaces that an earlier run brought in; the first sync of a space is a baseline and no change."""
    left_out: set[str] = field(default_factory=set)
    """Content that is there and that the filters leave out, with what hangs on it; hidden in the stages."""
    choices: dict[str, SpaceChoice] = field(default_factory=dict)
    """What the filters chose, by space key; empty where nothing is filtered."""
    out_of_scope: Counter[str] = field(default_factory=Counter)
    """Rows that leave because the owner does not want them any more, by table."""
    known_roots: set[str] = field(default_factory=set)
    """Ids that a filter names and that are there."""
    taskless_space_ids: frozenset[str] = frozenset()
    """Spaces whose tasks the lake does not hold: they were switched off, or could not be read."""
    departed: dict[str, dict[str, set[tuple[str, ...]]]] = field(default_factory=dict)
    """Keys that a stream found in another space than the lake has them in, by table and old space."""
    is_partial: bool = False
    """Whether the listings show changes only, so that what they don't hold is not missing."""
    is_cancelled: bool = False
    lost_spaces: dict[str, str] = field(default_factory=dict)
    """Keys of the spaces that leave in this run, and why."""
    lost_space_ids: set[str] = field(default_factory=set)
    """Ids of spaces that leave, those among them whose key another space took over."""
    _lock: Lock = field(default_factory=Lock)
    _stage_locks: dict[str, Lock] = field(default_factory=lambda: defaultdict(Lock))

    @property
    def scope(self) -> Scope:
        return self.selection.scope()

    @property
    def rich_source(self) -> RichSource | None:
        """The source, where its lists bring with each page what belongs to it."""
        return self.source if isinstance(self.source, RichSource) else None

    @property
    def task_source(self) -> RichSource | None:
        """The source, where tasks come out of the bodies that this run reads."""
        holders = {"pages", "blogposts"} & self.site.options.tables()
        has_bodies = bool(holders) and holders <= self.tables
        return self.rich_source if has_bodies and self.wants("tasks") else None

    @property
    def rules(self) -> ContentRules:
        """The owner's content filters, ages counted from the start of the run."""
        return ContentRules.of(self.site.options, self.started_at)

    def left_out_stage(self) -> Stage:
        """The stage of what the filters leave out, opened at first use."""
        return self.stage(LEFT_OUT.name)

    @property
    def is_full(self) -> bool:
        return self.request.mode is SyncMode.FULL

    @property
    def property_keys(self) -> tuple[str, ...]:
        return self.site.options.property_keys

    def narrowed(self, chosen: Sequence[Row]) -> "RunContext":
        """The same run on some of its spaces, with stages and findings of its own and the same book."""
        return replace(
            self,
            selection=replace(self.selection, chosen=tuple(chosen)),
            findings=Findings(),
            stages={},
            walked=set(),
            newest={},
            departed={},
            left_out=set(),
            choices={},
            opened=self.opened,
        )

    def wants(self, *tables: str) -> bool:
        """Whether any of these tables is part of this run."""
        return not self.tables.isdisjoint(tables)

    def stage(self, table: str) -> Stage:
        """The stage of a table, opened at first use; a sweep's stages hold rows without bodies."""
        with self._lock:
            if table not in self.stages:
                self.stages[table] = self.lake.stage(table, run_id=self.run_id, has_heavy=self.is_full)
                self.opened.append(self.stages[table])
            return self.stages[table]

    def begin(self, *tables: str) -> None:
        """A listing of these tables begins: from now on what it does not hold counts as missing, unless an error is booked."""
        for table in tables:
            if table in self.tables:
                self.walked.add(table)
                self.stage(table)

    def has_lost_rows(self, table: str) -> bool:
        """Whether spaces that leave in this run have rows of this table."""
        return any(self.lake.read_meta(table, key) is not None for key in self.lost_spaces)

    def put(self, table: str, rows: Iterable[Row]) -> None:
        """Stage rows of spaces, leaving out the spaces that this run is not about."""
        if self.is_cancelled:
            raise IncompleteError("The run was stopped.")
        keys = set(self.selection.keys)
        kept = [row for row in rows if row["space_key"] in keys]
        if not kept or table not in self.tables:
            return
        stage = self.stage(table)
        with self._stage_locks[table]:
            stage.add(kept)
        self.converters.begin(bodies_of(table, kept))
        counts: dict[str, int] = defaultdict(int)
        newest = self.newest.get(table)
        for row in kept:
            counts[row["space_key"]] += 1
            updated_at = row.get("updated_at")
            if updated_at is not None and (newest is None or updated_at > newest):
                newest = updated_at
        for key, count in counts.items():
            self.book.receive(table, key, count)
        with self._lock:
            self.received[table] += len(kept)
            if newest is not None:
                self.newest[table] = max(newest, self.newest.get(table, newest))

    def put_site(self, table: str, rows: list[Row]) -> None:
        """Stage rows of a table of the whole site."""
        stage = self.stage(table)
        with self._stage_locks[table]:
            stage.add(rows, partition=None)
        self.book.receive(table, "", len(rows))
        with self._lock:
            self.received[table] += len(rows)

    @contextmanager
    def charged(self, table: str, space_key: str = "") -> Iterator[None]:
        """Charge the requests made inside to a table."""
        with self.source.tally() as tally:
            try:
                yield
            finally:
                self.book.charge(table, space_key, tally)
                with self._lock:
                    self.requests += tally.requests

    def attempt(self, tables: Iterable[str], space_key: str, work: Callable[[], None]) -> bool:
        """Do the work of a walk; an error is booked to its tables and costs nothing else. True where it came to its end."""
        named = list(tables)
        with self.charged(named[0], space_key):
            try:
                work()
            except ConfluenceAssetsError as error:
                for table in named:
                    self.book.fail(table, space_key, error)
                return False
        return True

    def close(self) -> None:
        """Throw away what was staged."""
        for stage in self.opened:
            stage.close()
        self.opened.clear()
        self.stages.clear()
