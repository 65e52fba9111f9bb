"""Who wants to know of edits: webhooks are one."""

from typing import Any, Protocol

Fields = dict[str, Any]


class Watcher(Protocol):
    """Sees every edit, before and after it was made."""

    def before(self, name: str, fields: Fields) -> Any:
        """What must be remembered of the state before; it is handed to `after`."""
        ...

    def after(self, name: str, fields: Fields, result: Fields, before: Any) -> None: ...

    def close(self) -> None:
        """The site stops."""
        ...
