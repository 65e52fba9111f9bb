"""The door of the writing calls: shut unless the connection was told `allow_writes`."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

from confluence_assets.api.transport import refuse_write

P = ParamSpec("P")
R = TypeVar("R")


class Guarded(Protocol):
    """Something that knows whether it may write."""

    @property
    def allow_writes(self) -> bool: ...


G = TypeVar("G", bound=Guarded)


def writes(work: Callable[Concatenate[G, P], R]) -> Callable[Concatenate[G, P], R]:
    """A method that writes: it raises SettingsError before anything is sent where `allow_writes` is not set."""

    @wraps(work)
    def guarded(self: G, /, *arguments: P.args, **named: P.kwargs) -> R:
        if not self.allow_writes:
            refuse_write(f"{work.__name__}()")
        return work(self, *arguments, **named)

    cast(Any, guarded).is_write = True
    return cast("Callable[Concatenate[G, P], R]", guarded)
