"""Several observers of one sync as one. Must not know what they do."""

from collections.abc import Mapping, Sequence

from confluence_assets.sync.contract import SyncObserver, TableOutcome


class Observers:
    """Passes everything on to each, in order."""

    def __init__(self, observers: Sequence[SyncObserver]) -> None:
        self._observers = observers

    def on_stage(self, stage: str) -> None:
        for observer in self._observers:
            observer.on_stage(stage)

    def on_progress(self, counts: Mapping[str, int], requests: int) -> None:
        for observer in self._observers:
            observer.on_progress(counts, requests)

    def on_committed(self, outcome: TableOutcome) -> None:
        for observer in self._observers:
            observer.on_committed(outcome)

    def on_settled(self) -> None:
        for observer in self._observers:
            observer.on_settled()

    def on_note(self, text: str) -> None:
        for observer in self._observers:
            observer.on_note(text)
