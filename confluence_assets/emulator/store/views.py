"""Sorted lists of content, made when asked for and kept until something changes."""

from bisect import bisect_right
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from confluence_assets.emulator.store.model import Content

if TYPE_CHECKING:
    from confluence_assets.emulator.store.store import Store

SortKey = Callable[[Any], tuple[Any, ...]]

CONTENT_SORTS: dict[str, SortKey] = {
    "id": lambda row: (row.id,),
    "created-date": lambda row: (row.created, row.id),
    "modified-date": lambda row: (row.modified, row.id),
    "title": lambda row: (row.title.lower(), row.id),
    "child-position": lambda row: (row.position or 0, row.id),
}


def start_after(rows: list[Any], key: SortKey, last: tuple[Any, ...] | None, *, descending: bool) -> int:
    """The index of the first row behind `last` in a list that is sorted ascending; descending counts from the end."""
    if last is None:
        return 0
    if not descending:
        return bisect_right(rows, last, key=key)
    low, high = 0, len(rows)
    while low < high:  # rows before `last`, seen from the end
        middle = (low + high) // 2
        if key(rows[middle]) < last:
            low = middle + 1
        else:
            high = middle
    return len(rows) - low


class Views:
    """Sorted rows by kinds, space and key."""

    def __init__(self, store: "Store") -> None:
        self._store = store
        self._generation = -1
        self._rows: dict[tuple[Any, ...], list[Any]] = {}

    def cached(self, key: tuple[Any, ...], make: Callable[[], list[Any]]) -> list[Any]:
        """A list that depends on nothing but the store's state."""
        if self._generation != self._store.generation:
            self._generation = self._store.generation
            self._rows.clear()
        rows = self._rows.get(key)
        if rows is None:
            rows = self._rows[key] = make()
        return rows

    def contents(self, kinds: tuple[str, ...], space_id: int | None = None, sort: str = "id") -> list[Content]:
        """All content of some kinds, ascending. `space_id` is for kinds that lie in a space themselves."""
        return self.cached((kinds, space_id, sort), lambda: self._sorted(kinds, space_id, sort))

    def _sorted(self, kinds: tuple[str, ...], space_id: int | None, sort: str) -> list[Content]:
        if space_id is not None:
            rows: list[Content] = [
                row
                for kind in kinds
                for row in self.cached((kind, "spaces"), lambda k=kind: [self._by_space(k)])[0].get(space_id, ())  # type: ignore[misc]
            ]
        else:
            rows = [row for kind in kinds for row in self._store.by_kind[kind]]
        rows.sort(key=CONTENT_SORTS[sort])
        return rows

    def _by_space(self, kind: str) -> dict[int, list[Content]]:
        spaces: dict[int, list[Content]] = {}
        root_of = self._store.root_of
        for row in self._store.by_kind[kind]:
            spaces.setdefault(root_of(row).space_id, []).append(row)
        return spaces

    def labelled(self) -> dict[tuple[str, str], list[int]]:
        """Content ids by label."""
        return self.cached(("labelled",), lambda: [self._labelled()])[0]  # type: ignore[no-any-return]

    def _labelled(self) -> dict[tuple[str, str], list[int]]:
        found: dict[tuple[str, str], list[int]] = {}
        for content_id in sorted(self._store.labels):
            for label in self._store.labels[content_id]:
                found.setdefault(label, []).append(content_id)
        return found
