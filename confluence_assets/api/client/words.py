"""What is said where a write is refused: what was tried, what stands there instead, and what to do next."""

from confluence_assets.api.client.writer import HolderRef, Writer
from confluence_assets.errors import AccessError, ApiError, ConflictError, NotFoundError, TransientError

_MAY_BE_CLOSED = frozenset({400, 403, 404, 405})
_NO_RIGHT = "Ask a space administrator for the permission to write there, and look whether the page is restricted."


def conflict(what: str, expected: int, current: int) -> ConflictError:
    """The error that names both versions."""
    found = ConflictError(
        f"{what} is at version {current}, not at {expected}: somebody else changed it meanwhile.",
        hint="Read it again and change what stands there, or pass overwrite=True to write over it.",
    )
    found.expected_version, found.current_version = expected, current
    return found


def told(writer: Writer, error: ApiError, words: str, place: str | HolderRef) -> ApiError:
    """The error with what was tried before its own words; where the space or the site is closed, an error that says so."""
    if isinstance(error, ConflictError):
        return error
    if error.is_outcome_unknown:
        return _say(error, f"It is not known whether {_asked(words)}")
    if error.status in _MAY_BE_CLOSED and (why := _why_closed(writer, place)):
        closed = AccessError(f"{words}: {why}")
        copy_facts(closed, error)
        return closed
    hint = error.hint
    if isinstance(error, AccessError) and error.status == 403:
        hint = _NO_RIGHT
    elif isinstance(error, NotFoundError):
        hint = hint or f"It is missing, or this account may not write there: Confluence answers both alike. {_NO_RIGHT}"
    error.hint = hint
    return _say(error, words)


def _say(error: ApiError, words: str) -> ApiError:
    error.message = f"{words}: {error.message}"
    error.args = (error.message,)
    return error


def _asked(words: str) -> str:
    """`the page was created`, of `The page was not created`; a title may have a `was not` of its own."""
    what, _, done = words.rpartition(" was not ")
    return f"{what[:1].lower()}{what[1:]} was {done}"


def _why_closed(writer: Writer, place: str | HolderRef) -> str:
    try:
        return writer.why_closed(place)
    except (AccessError, NotFoundError, TransientError):
        return ""  # the refusal itself is told; this would only have said more


def copy_facts(made: ApiError, error: ApiError) -> None:
    """Take over what is known of the request from the error that caused a better one."""
    made.method, made.url, made.status = error.method, error.url, error.status
    made.excerpt, made.attempts = error.excerpt, error.attempts
