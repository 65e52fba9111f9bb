"""Every error of the library, grouped by what to do next.

    ConfluenceAssetsError
    ├── SettingsError         fix the settings; never retried; names the setting
    ├── ApiError              method, redacted URL, status, excerpt, attempts
    │   ├── AccessError       401, 403: fix credentials or scopes
    │   ├── NotFoundError     404: missing or hidden; proves nothing by itself
    │   ├── UnavailableError  410, 501: this site does not offer the endpoint
    │   ├── TransientError    429, 5xx, timeouts, cut connections: retried, then fails
    │   ├── ConflictError     409, or a newer version stands: look before writing again
    │   │   └── DuplicateTitleError   another page of the space has that title
    │   └── ProtocolError     answered, but not as documented: stop, show the excerpt
    ├── IncompleteError       a listing ended early or changed account: nothing may be concluded from it
    ├── RemovalHeldError      more rows would leave than `removal_limit` allows: a person decides
    ├── ConversionError       content id and element: keep the raw body, mark the row, go on
    └── StorageError          schema mismatch, damaged or locked file: stop, name the holder

This module knows nothing of HTTP libraries, Parquet or Dagster.
"""


class ConfluenceAssetsError(Exception):
    """Base of all errors that this library raises on purpose.

    `message` says what is wrong; `hint` says what to do next, and may be empty.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class SettingsError(ConfluenceAssetsError):
    """A setting is missing or wrong; `setting` is the name that the user typed."""

    def __init__(self, message: str, *, setting: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.setting = setting


class ApiError(ConfluenceAssetsError):
    """A request failed. `url` and `excerpt` are already redacted and bounded."""

    is_outcome_unknown: bool = False
    """Whether nobody knows if what was to be written was written: look before writing again."""

    def __init__(
        self,
        message: str,
        *,
        method: str = "",
        url: str = "",
        status: int | None = None,
        excerpt: str = "",
        attempts: int = 1,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.method = method
        self.url = url
        self.status = status
        self.excerpt = excerpt
        self.attempts = attempts


class AccessError(ApiError):
    """401 or 403: the credentials, their scopes or the account's rights do not suffice."""


class NotFoundError(ApiError):
    """404: missing, or hidden from this account. Proves nothing by itself."""


class UnavailableError(ApiError):
    """410 or 501: the site does not offer this endpoint."""


class TransientError(ApiError):
    """429, 5xx, a timeout or a cut connection, after all retries were spent."""


class ConflictError(ApiError):
    """Somebody else wrote first. `expected_version` is what the caller had read, `current_version` what stands there now."""

    expected_version: int | None = None
    current_version: int | None = None


class DuplicateTitleError(ConflictError):
    """The space has another page of that title; `content_id` is its id, None where this account can't see it."""

    title: str = ""
    space_key: str = ""
    content_id: str | None = None


class ProtocolError(ApiError):
    """The answer is not what the API documents: HTML for JSON, a repeated cursor, a foreign `next`."""


class IncompleteError(ConfluenceAssetsError):
    """A listing did not come to its proven end; nothing may be removed and no watermark moved."""


class RemovalHeldError(ConfluenceAssetsError):
    """More rows would be removed than `removal_limit` allows; a person has to let it pass."""


class ConversionError(ConfluenceAssetsError):
    """A body could not be converted; the raw body is kept and the row is marked."""

    def __init__(self, message: str, *, content_id: str = "", element: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.content_id = content_id
        self.element = element


class StorageError(ConfluenceAssetsError):
    """A file of the lake or the warehouse is damaged, of another schema, or held by somebody."""
