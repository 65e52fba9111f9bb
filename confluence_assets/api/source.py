"""What the rest of the house sees of Confluence: rows in our tables' own columns, whatever the dialect.

A `Source` is implemented once per dialect (Cloud, Data Center). It must not know of the lake, of what was fetched before,
or of Dagster. Every `iter_` method is lazy, yields one list of rows per page of the listing, and either comes to the
proven end of the listing or raises; an iterator that was exhausted without an exception was complete.

Rows lack what only the caller knows: `synced_at` everywhere, `labels` of pages and blog posts (they come with
`ContentDetails`), and `space_key` of comments and attachments where the listing does not say it (then `None`).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from confluence_assets.tables import Row

CommentKind = Literal["footer", "inline"]
ContentStream = Literal["pages", "blogposts", "footer_comments", "inline_comments", "attachments"]
DetailFamily = Literal["tree", "attachments"]
ContentKind = Literal["page", "blogpost"]


@dataclass(frozen=True, slots=True)
class SiteIdentity:
    """Which site this is. `site_id` is the cloudId, or the base URL where there is none."""

    site_id: str
    base_url: str
    deployment: Literal["cloud", "datacenter"]
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """Who the site takes us for."""

    account_id: str
    display_name: str
    account_type: str = "atlassian"
    time_zone: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class SpaceRef:
    """A space by id and key."""

    space_id: str
    key: str


@dataclass(frozen=True, slots=True)
class Scope:
    """Which spaces a listing is about.

    `whole_site` is true where `spaces` are all that the account can see: then site-wide lists serve, else lists that can
    be narrowed to a space.
    """

    spaces: tuple[SpaceRef, ...]
    whole_site: bool


@dataclass(frozen=True, slots=True)
class ContentDetails:
    """What lists of content leave out, from the search index: labels, properties, own restrictions.

    `restrictions` holds rows for `content_restrictions`, `None` where they could not be read (unknown is not none).
    """

    content_id: str
    content_type: str
    space_key: str | None
    title: str | None
    status: str | None
    version_number: int | None = None
    labels: tuple[Row, ...] = ()
    properties: tuple[Row, ...] = ()
    restrictions: tuple[Row, ...] | None = ()


@dataclass(frozen=True, slots=True)
class ContentBatch:
    """What one page of a rich list brings: rows of pages or posts, and all that came inside them.

    `attachments` are rows for `attachments`, with their `space_key`; the details of both stand apart.
    """

    rows: list[Row]
    details: list[ContentDetails]
    attachments: list[Row]
    attachment_details: list[ContentDetails]


@dataclass(slots=True)
class RequestTally:
    """What one piece of work cost."""

    requests: int = 0
    retries: int = 0
    throttled_seconds: float = 0.0
    by_endpoint: dict[str, int] = field(default_factory=dict)
    wrong_totals: list[tuple[str, int, int]] = field(default_factory=list)
    """Listings that came to their end with another number of rows than the site had said: endpoint, said, received."""


class Source(Protocol):
    """A Confluence site, as one account sees it. Safe to use from several threads. Make one a run, and close it.

    Raises (all methods): AccessError, NotFoundError, UnavailableError, TransientError, ProtocolError; see `errors`.
    """

    def tally(self) -> AbstractContextManager[RequestTally]:
        """Count the requests that this thread makes inside the `with` block. Blocks nest; each counts what is inside it."""
        ...

    def close(self) -> None:
        """Close all connections."""
        ...

    def get_site(self) -> SiteIdentity: ...

    def get_account(self) -> Account:
        """The account that the site sees. Raises: AccessError where that is nobody (anonymous)."""
        ...

    def iter_spaces(self, keys: Sequence[str] | None = None) -> Iterator[list[Row]]:
        """Rows for `spaces` without the counts, current and archived; by id."""
        ...

    def iter_pages(self, scope: Scope, *, bodies: bool = True) -> Iterator[list[Row]]:
        """Rows for `pages`, current and archived, by id. Without `bodies`, `body_storage` is None."""
        ...

    def iter_blogposts(self, scope: Scope, *, bodies: bool = True) -> Iterator[list[Row]]: ...

    def iter_comments(self, scope: Scope, kind: CommentKind | None, *, bodies: bool = True) -> Iterator[list[Row]]:
        """Rows for `comments`, roots and replies, oldest first (so that parents come before replies).

        For a scope that is not the whole site, `kind` None brings both kinds in one listing.
        """
        ...

    def iter_attachments(self, scope: Scope) -> Iterator[list[Row]]: ...

    def iter_custom_content(self, scope: Scope, content_type: str, *, bodies: bool = True) -> Iterator[list[Row]]: ...

    def iter_tasks(self, scope: Scope) -> Iterator[list[Row]]:
        """Rows for `tasks`; `body_markdown` holds storage format still, the caller converts it."""
        ...

    def iter_details(
        self, scope: Scope, family: DetailFamily, property_keys: Sequence[str] = ()
    ) -> Iterator[list[ContentDetails]]:
        """Details of what the search index holds: pages, blog posts and tree nodes, or attachments; by creation."""
        ...

    def get_details(self, content_ids: Sequence[str], property_keys: Sequence[str] = ()) -> list[ContentDetails]:
        """Details of these ids, in bulk, wherever they are (archived, in archived spaces). Ids not found are left out."""
        ...

    def get_restrictions(self, content_id: str) -> tuple[Row, ...]:
        """Rows for `content_restrictions` of one content, asked of itself and not of the index: one request or more."""
        ...

    def get_node(self, content_type: str, content_id: str) -> Row:
        """One folder, whiteboard, database or embed, as a row of its table."""
        ...

    def iter_versions(self, content_type: str, content_id: str) -> Iterator[list[Row]]: ...

    def iter_likes(self, content_type: str, content_id: str) -> Iterator[list[Row]]: ...

    def iter_space_permissions(self, space: SpaceRef) -> Iterator[list[Row]]: ...

    def iter_role_assignments(self, space: SpaceRef) -> Iterator[list[Row]]:
        """Rows for `space_role_assignments`; nothing, at no request, where the site has no roles."""
        ...

    def iter_groups(self) -> Iterator[list[Row]]:
        """Rows for `groups`, with `access_types`."""
        ...

    def iter_group_members(self, group_id: str) -> Iterator[list[Row]]: ...

    def get_memberships(self, account_id: str) -> frozenset[str]:
        """Ids of the groups that an account is in, asked each time: what we may see hangs on it."""
        ...

    def get_users(
        self, account_ids: Iterable[str], known: Mapping[str, Row | None] | None = None, again: Collection[str] = ()
    ) -> Iterator[list[Row]]:
        """Rows for `users`. Ids that the site does not know are left out.

        Some sites tell e-mail addresses one by one: `known` are rows of earlier, by id, whose addresses stand where the site
        shows the person unchanged, unless the id is among `again`; None is who was not known to the site. `email_hidden` None:
        there was no time to ask.
        """
        ...

    def iter_audit_records(self, since: datetime | None = None) -> Iterator[list[Row]]: ...

    def get_anonymous_access(self) -> bool | None:
        """Whether the site lets anonymous in, asked without credentials; None where that can't be told."""
        ...

    def get_licensed_accounts(self) -> set[str] | None:
        """Who may use the product, where more is known than the groups' `access_types` say; None where nothing is."""
        ...

    # What changed, and what became of what vanished.

    def iter_newest(
        self, stream: ContentStream, scope: Scope, *, limit: int, bodies: bool = True
    ) -> Iterator[list[Row]]:
        """Rows of that stream, newest change first. The caller stops when it has come to what it knows."""
        ...

    def iter_changed_tasks(self, scope: Scope, since: datetime | None) -> Iterator[list[Row]]:
        """Rows for `tasks` written or completed since then (all, where it is None), as far as the site's filters show it."""
        ...

    def get_pages(self, page_ids: Sequence[str], *, bodies: bool = True, statuses: Sequence[str] = ()) -> list[Row]:
        """Pages of these ids with any of these statuses (default: current and archived)."""
        ...

    def get_blogposts(
        self, blogpost_ids: Sequence[str], *, bodies: bool = True, statuses: Sequence[str] = ()
    ) -> list[Row]: ...

    def get_comment(self, kind: CommentKind, comment_id: str) -> Row: ...

    def download_attachment(
        self, container_id: str, attachment_id: str, *, version_number: int | None = None, size_bytes: int | None = None
    ) -> AbstractContextManager[Iterator[bytes]]:
        """The bytes of a file, in order, as chunks; leave the `with` block early to stop.

        A cut connection is taken up where it was cut. An iterator that was exhausted without an exception was complete:
        as long as the site said, and `size_bytes` long where that is given.
        Raises: ProtocolError where the length is another, or the way leads to where nothing may be fetched from.
        """
        ...

    def get_tasks(self, task_ids: Sequence[str]) -> list[Row]:
        """Those of these tasks that a listing would hold; `body_markdown` holds storage format still."""
        ...

    def get_custom_content(self, content_type: str, content_ids: Sequence[str]) -> list[Row]:
        """Those of these custom contents, all of one type, that a listing would hold; without bodies."""
        ...

    def get_attachment_status(self, attachment_id: str) -> str | None:
        """The status of one file; None where it is missing or hidden."""
        ...

    def get_content_types(self, content_ids: Sequence[str]) -> dict[str, str | None]:
        """The type of each id; None where it is missing or hidden."""
        ...


@runtime_checkable
class RichSource(Source, Protocol):
    """A source whose lists of pages and posts bring with each what belongs to it; its comments of both kinds are one list.

    Then `iter_content` serves in the place of five walks, for the whole scope at once: its lists name one space or all of them.
    """

    def iter_content(
        self, kind: ContentKind, scope: Scope, *, bodies: bool = True, property_keys: Sequence[str] = ()
    ) -> Iterator[ContentBatch]:
        """Pages or posts, as `iter_pages` and `iter_blogposts` give them, with their details and files."""
        ...

    def tasks_of(self, row: Row) -> list[Row]:
        """Rows for `tasks` that stand in the body of a row of `pages` or `blogposts`; they have no list of their own."""
        ...
