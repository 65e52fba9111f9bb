"""What a caller may know and a body doesn't: where links lead, what people are called, what includes bring.

Implemented by the caller from rows that it already holds; called in the middle of a conversion, so it must be quick
and must not fetch anything. Every method may answer None: the reference is then kept as it was written.
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class LinkTarget:
    """Where a reference leads. `is_broken`: the place where it should be is known, and it is not there."""

    url: str
    content_id: str | None = None
    title: str | None = None
    is_broken: bool = False


@dataclass(frozen=True, slots=True)
class UserTarget:
    """Who is mentioned. An empty `url` leaves the reference as it was written."""

    display_name: str
    account_id: str | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class IncludedBody:
    """Storage format that stands elsewhere. `content_id`, or space and title, guard against cycles."""

    storage: str
    content_id: str | None = None
    space_key: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class ConversionContext:
    """Where the converted body stands; references without a space key are relative to it."""

    content_id: str | None = None
    space_key: str | None = None
    title: str | None = None


class Resolver(Protocol):
    """Pure look-ups. `space_key` is the space that the reference names, else the one of the context."""

    def page(self, space_key: str | None, title: str) -> LinkTarget | None: ...

    def blog_post(self, space_key: str | None, title: str, posting_day: str | None) -> LinkTarget | None: ...

    def content(self, content_id: str) -> LinkTarget | None: ...

    def space(self, space_key: str) -> LinkTarget | None: ...

    def user(self, *, account_id: str | None, user_key: str | None, username: str | None) -> UserTarget | None: ...

    def attachment(
        self, filename: str, *, space_key: str | None, title: str | None, context: ConversionContext
    ) -> LinkTarget | None:
        """The file of that name; on the context's own content where no title is given."""
        ...

    def jira_issue(self, key: str, server: str | None) -> str | None:
        """Address of the issue."""
        ...

    def include(self, space_key: str | None, title: str) -> IncludedBody | None: ...

    def excerpt(self, space_key: str | None, title: str, name: str | None) -> IncludedBody | None: ...


class UnresolvedResolver:
    """Knows nothing. Override what you know."""

    def page(self, space_key: str | None, title: str) -> LinkTarget | None:
        return None

    def blog_post(self, space_key: str | None, title: str, posting_day: str | None) -> LinkTarget | None:
        return None

    def content(self, content_id: str) -> LinkTarget | None:
        return None

    def space(self, space_key: str) -> LinkTarget | None:
        return None

    def user(self, *, account_id: str | None, user_key: str | None, username: str | None) -> UserTarget | None:
        return None

    def attachment(
        self, filename: str, *, space_key: str | None, title: str | None, context: ConversionContext
    ) -> LinkTarget | None:
        return None

    def jira_issue(self, key: str, server: str | None) -> str | None:
        return None

    def include(self, space_key: str | None, title: str) -> IncludedBody | None:
        return None

    def excerpt(self, space_key: str | None, title: str, name: str | None) -> IncludedBody | None:
        return None
