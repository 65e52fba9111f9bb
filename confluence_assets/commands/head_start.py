"""A sync that begins before Dagster is ready for it: the site is asked while Dagster loads its storage and records the run.

The sync runs in a thread of its own. The run's step takes it over: it hears what was said until then and all that follows, and
returns its report. Whatever stops the step, or keeps it from beginning, stops the sync at its next word; that is no worse
than a kill, which leaves the lake as it was committed last. Must not know how a sync works.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Event, Thread
from types import TracebackType
from typing import Any

from confluence_assets.sync.contract import SyncObserver, SyncReport, SyncRequest, TableOutcome

_LONGEST_STOP_SECONDS = 30.0

Word = Callable[[SyncObserver], None]


class HeadStart:
    """One sync under way. Used in a `with` block, at whose end it has ended or was stopped."""

    def __init__(self, request: SyncRequest, begin: Callable[[SyncObserver], SyncReport]) -> None:
        self._request = request
        self._words: SimpleQueue[Word | None] = SimpleQueue()
        self._is_stopped = Event()
        self._report: Future[SyncReport] = Future()
        self._thread = Thread(target=self._run, args=(begin,), name="sync", daemon=True)

    def __enter__(self) -> "HeadStart":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_stopped.set()
        self._thread.join(_LONGEST_STOP_SECONDS)

    def take_over(self, context: Any, confluence: Any, request: SyncRequest, observer: SyncObserver) -> SyncReport:
        """Stand in for `ConfluenceComponent.execute`. Raises: what the sync raises."""
        if request != self._request:
            raise ValueError(f"The run asks for {request}, and {self._request} was begun.")
        try:
            while (word := self._words.get()) is not None:
                word(observer)
        except BaseException:
            self._is_stopped.set()
            raise
        return self._report.result()

    def _run(self, begin: Callable[[SyncObserver], SyncReport]) -> None:
        try:
            self._report.set_result(begin(_Relay(self._words, self._is_stopped)))
        except BaseException as error:  # it is raised where the report is asked for
            self._report.set_exception(error)
        finally:
            self._words.put(None)


class _Stopped(BaseException):
    """Ends the sync like an interrupt."""


class _Relay:
    """The sync's observer: passes every word on to whoever takes over."""

    def __init__(self, words: "SimpleQueue[Word | None]", is_stopped: Event) -> None:
        self._words = words
        self._is_stopped = is_stopped

    def on_stage(self, stage: str) -> None:
        self._pass(lambda observer: observer.on_stage(stage))

    def on_progress(self, counts: Mapping[str, int], requests: int) -> None:
        seen = dict(counts)
        self._pass(lambda observer: observer.on_progress(seen, requests))

    def on_committed(self, outcome: TableOutcome) -> None:
        self._pass(lambda observer: observer.on_committed(outcome))

    def on_settled(self) -> None:
        self._pass(lambda observer: observer.on_settled())

    def on_note(self, text: str) -> None:
        self._pass(lambda observer: observer.on_note(text))

    def _pass(self, word: Word) -> None:
        if self._is_stopped.is_set():
            raise _Stopped
        self._words.put(word)
