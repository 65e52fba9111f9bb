"""A write that is never repeated blindly: where nobody knows whether it was done, the site is asked first.

A time-out, a cut connection or a 5xx leaves a write between done and not done. Then the outcome is looked up: what was done is
given back, what was not is sent again, and where the look-up fails too, the error says that the outcome is unknown.
"""

from collections.abc import Callable
from typing import TypeVar

from confluence_assets.api.failures import UnreachableError
from confluence_assets.api.transport import Transport
from confluence_assets.errors import AccessError, NotFoundError, TransientError, UnavailableError

T = TypeVar("T")


def write_once(transport: Transport, send: Callable[[bool], T], find: Callable[[], T | None]) -> T:
    """What `send` gives, or what `find` gives after an attempt whose outcome is unknown.

    `send` is told whether an attempt came before it, whose effect may still arrive. `find` gives None where nothing was
    done, and may raise where something else was. Raises: TransientError once attempts are spent, with what is known.
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
        done = _look(find, unsure)
        if done is not None:
            return done
        if failures >= transport.options.retry.attempts:
            unsure.hint = "It was not done, as far as the site shows. " + unsure.hint
            raise unsure


def _look(find: Callable[[], T | None], unsure: TransientError) -> T | None:
    try:
        return find()
    except (TransientError, AccessError, NotFoundError, UnavailableError) as error:
        unsure.hint = (
            f"Whether it was done is not known: the site could not be asked ({error.message.rstrip('.')}). "
            "Look before writing again."
        )
    raise unsure
