"""The control surface in process: the same operations as under `/_emulator/`, without HTTP."""

from collections.abc import Callable
from typing import Any, TypeVar

from confluence_assets.emulator.dump import dump_rows
from confluence_assets.emulator.edits import apply_edit
from confluence_assets.emulator.operate import configuration, configure, reset_site
from confluence_assets.emulator.site import Site
from confluence_assets.emulator.store.model import User

T = TypeVar("T")
OnLoop = Callable[[Callable[[], object]], object]


class Control:
    """Edits, counts and switches of a site. Everything runs between two requests."""

    def __init__(self, site: Site, on_loop: OnLoop) -> None:
        self.site = site
        self._on_loop = on_loop

    def _run(self, work: Callable[[], T]) -> T:
        return self._on_loop(work)  # type: ignore[return-value]

    def edit(self, op: str, **fields: Any) -> dict[str, Any]:
        """One operation of `EDITS`; returns what it made, with its ids. Raises: KeyError, ValueError for wrong fields."""
        return self._run(lambda: apply_edit(self.site, {"op": op, **fields}))

    def fault(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Put a fault in force (kinds and fields: `emulator.faults`). Raises: ValueError for wrong ones."""
        return self._run(lambda: self.site.faults.add(kind, fields).as_dict())

    def faults(self) -> list[dict[str, Any]]:
        """The faults in force, with how many requests each has `seen` and how often it has `fired`."""
        return self._run(self.site.faults.as_list)

    def clear_faults(self, fault_id: str | None = None) -> None:
        """Take all faults away, or one. Raises: KeyError for an id that there isn't."""
        self._run(lambda: self.site.faults.clear(fault_id))

    def stats(self) -> dict[str, Any]:
        return self._run(self.site.stats.as_dict)

    def request_count(self) -> int:
        return self._run(lambda: self.site.stats.total)

    def reset_stats(self) -> None:
        self._run(self.site.stats.reset)

    def reset(self) -> None:
        """Back to the seed, with the first switches."""
        self._run(lambda: reset_site(self.site))

    def configure(self, **changes: Any) -> dict[str, Any]:
        """Set switches by name, and `latency_ms`, `now`, `advance_seconds`."""
        names = ("latency_ms", "now", "advance_seconds")
        others: dict[str, Any] = {name: changes.pop(name) for name in names if name in changes}

        def work() -> dict[str, Any]:
            configure(self.site, {"switches": changes, **others})
            return configuration(self.site)

        return self._run(work)

    def dump(self, kind: str | None = None) -> list[dict[str, Any]]:
        """Everything on the site, or one kind of it."""
        return self._run(lambda: list(dump_rows(self.site, self.site.door.everything(), kind)))

    def dump_as(self, account_id: str | None, kind: str | None = None) -> list[dict[str, Any]]:
        """What that account may read; None is anonymous."""

        def work() -> list[dict[str, Any]]:
            user = self.site.store.users[account_id] if account_id else None
            return list(dump_rows(self.site, self.site.door.as_user(user), kind))

        return self._run(work)

    def users(self) -> list[User]:
        return self._run(lambda: list(self.site.store.users.values()))

    def account_id(self, email: str) -> str:
        """Raises: KeyError where nobody has that address."""
        user = self._run(lambda: self.site.store.user_by_email(email))
        if user is None:
            raise KeyError(email)
        return user.account_id

    def wait_for_webhooks(self, timeout_seconds: float = 5.0) -> bool:
        """Wait until what edits sent to webhooks has arrived or failed; False where that took too long. Data Center only."""
        parts = self.site.datacenter
        return parts is None or parts.webhooks.drain(timeout_seconds)

    def may_read(self, account_id: str | None, content_id: str) -> bool:
        """The oracle: whether that account may read that content. None is anonymous."""

        def work() -> bool:
            store = self.site.store
            content = store.contents.get(int(content_id.removeprefix("att")))
            user = store.users[account_id] if account_id else None
            return content is not None and self.site.door.as_user(user).reads(content)

        return self._run(work)
