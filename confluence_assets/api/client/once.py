"""A write that is never repeated blindly: where nobody knows whether it was done, the site is asked first.

A time-out, a cut connection or a 5xx leaves a write between done and not done. Then the outcome is looked up: what was done is
given back, what was not is sent again, and where the look-up fails too, the error says that the outcome is unknown.
"""

from collections.abc import Callable
from typing import TypeVar

from confluence_assets.api.failures import UnreachableError
from confluence_assets.api.transport import Transport
from confluence_assets.errors import ApiError, ConflictError, ConfluenceAssetsError, TransientError

T = TypeVar("T")

_THROTTLED = 429

_STILL_AT_WORK = frozenset({408, 502, 504, 520, 521, 522, 523, 524, 525, 526, 527})
"""Statuses of what stands before a site: it waits no longer, and the site behind it may still be at work."""


def write_once(
    transport: Transport, send: Callable[[bool], T], find: Callable[[], T | None], *, is_repeatable: bool = True
) -> T:
    """What `send` gives, or what `find` gives after an attempt whose outcome is unknown.

    `send` is told whether an attempt came before it, whose effect may still arrive. `find` gives None where nothing was
    done, and may raise where something else was. `is_repeatable` false says that a second attempt that follows a late first
    one would do it twice: then it is sent again only after the site's own refusal, never after silence or a gateway's 502 or 504.
    Raises: TransientError once attempts are spent, with what is known.
    """
    failures = 0
    while True:
        try:
            return send(failures > 0)
        except TransientError as error:
            failures += 1
            error.attempts = failures
            if isinstance(error, UnreachableError) and failures == 1:
                raise  # nothing was ever sent
            unsure = error
        transport.pause(failures)
        # a site that limits us has done nothing, and would not like to be asked more
        done = None if unsure.status == _THROTTLED else _look(find, unsure)
        if done is None and not is_repeatable and _may_arrive(unsure):
            done = _look_again(transport, find, unsure)
        if done is not None:
            return done
        if failures >= transport.options.retry.attempts:
            unsure.hint = "It was not done, as far as the site shows. " + unsure.hint
            raise unsure


def _may_arrive(unsure: TransientError) -> bool:
    """Whether the attempt may have its effect yet: nothing was answered, or not by the site itself."""
    return (unsure.status or 0) < 400 or unsure.status in _STILL_AT_WORK


def _look_again(transport: Transport, find: Callable[[], T | None], unsure: TransientError) -> T:
    """What shows after a while. Raises: TransientError where nothing does: it may still arrive."""
    for failures in range(2, transport.options.retry.attempts + 1):
        transport.pause(failures)
        done = _look(find, unsure)
        if done is not None:
            return done
    raise _unknown(unsure, "nothing of it shows yet, and it may still arrive")


def _look(find: Callable[[], T | None], unsure: TransientError) -> T | None:
    try:
        return find()
    except ConflictError:
        raise  # known: somebody else's stands there
    except ConfluenceAssetsError as error:
        if isinstance(error, ApiError) and error.is_outcome_unknown:
            raise
        _unknown(unsure, f"the site could not be asked ({error.message.rstrip('.')})")
    raise unsure


def _unknown(unsure: TransientError, why: str) -> TransientError:
    unsure.is_outcome_unknown = True
    unsure.hint = f"Whether it was done is not known: {why}. Look before writing again."
    return unsure
