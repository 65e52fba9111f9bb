"""Confluence Cloud as a `Source`: rows in our tables' columns, from bulk endpoints only.

It knows which listing serves which table at which page size, and nothing of what was fetched before. The requests of a
full sync are counted in the tests.
"""

import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from confluence_assets.api.caller import Caller
from confluence_assets.api.cloud import comments, details, endpoints, people
from confluence_assets.api.cloud.attachments import download_request
from confluence_assets.api.cloud.content_rows import (
    attachment_row,
    blogpost_row,
    comment_row,
    custom_content_row,
    node_row,
    page_row,
    space_row,
    task_row,
)
from confluence_assets.api.cloud.cql import iter_search, space_clauses
from confluence_assets.api.cloud.identity import CloudIdentity
from confluence_assets.api.cloud.people_rows import like_row, version_row
from confluence_assets.api.cloud.replies import LISTS, ReplyEvidence
from confluence_assets.api.cloud.search_rows import ATTACHMENT_EXPANSIONS, searched_attachment_row
from confluence_assets.api.download import open_download
from confluence_assets.api.fields import link_base, text_of
from confluence_assets.api.source import (
    Account,
    CommentKind,
    ContentDetails,
    ContentStream,
    DetailFamily,
    RequestTally,
    Scope,
    SiteIdentity,
    SpaceRef,
)
from confluence_assets.api.transport import Transport
from confluence_assets.api.wire import Endpoint, JsonObject, Parameters
from confluence_assets.errors import NotFoundError, ProtocolError
from confluence_assets.tables import Row

ROWS_PER_LIST = 250
SPACES_PER_LIST = 100
IDS_PER_LOOKUP = 250
IDS_PER_TYPE_LOOKUP = 100
_LISTED_STATUSES = ("current", "archived")
_COMMENT_TYPES = {"footer-comment": "comment", "inline-comment": "comment"}


class CloudSource:
    """A Cloud site as one account sees it. Safe to use from several threads.

    What it learns of the site (its cloudId, its roles, whether comment lists hold replies) it keeps for as long as it
    lives, so make one a run.
    """

    def __init__(self, transport: Transport, *, site_url: str | None = None, cloud_id: str | None = None) -> None:
        self._transport = transport
        self._caller = Caller(transport)
        self._identity = CloudIdentity(self._caller, site_url, cloud_id)
        self._people = people.CloudPeople(self._caller)
        self._evidence = ReplyEvidence()
        self._space_keys: dict[str, str] = {}
        self._lock = threading.Lock()

    @property
    def transport(self) -> Transport:
        return self._transport

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def tally(self) -> AbstractContextManager[RequestTally]:
        """Count the requests that this thread sends inside the `with` block, those of retries included."""
        return self._transport.tally()

    def get_site(self) -> SiteIdentity:
        """The site by its cloudId; asked once. Raises: SettingsError where there is no Confluence."""
        return self._identity.get_site()

    def get_account(self) -> Account:
        """Who the site takes us for, asked each time. Raises: AccessError where that is nobody."""
        return self._identity.get_account()

    def get_anonymous_access(self) -> bool | None:
        """Whether anybody sees a space without credentials; None where that could not be asked."""
        return self._identity.get_anonymous_access()

    def get_licensed_accounts(self) -> set[str] | None:
        """None: the access types of groups say it all."""
        return None

    def iter_spaces(self, keys: Sequence[str] | None = None) -> Iterator[list[Row]]:
        """Rows for `spaces` without the counts, by id; those of `keys` where given, in groups of 250."""
        wanted = None if keys is None else list(dict.fromkeys(keys))
        groups: list[list[str] | None] = [None] if wanted is None else [*_groups(wanted, IDS_PER_LOOKUP)]
        for group in groups:
            parameters = {"limit": ROWS_PER_LIST, "sort": "id", "description-format": "plain", "keys": group}
            for payload in self._caller.walk(endpoints.SPACES, parameters):
                base = self._base(payload)
                rows = [space_row(space, base) for space in payload["results"]]
                with self._lock:
                    self._space_keys.update((row["space_id"], row["space_key"]) for row in rows)
                yield rows

    def iter_pages(self, scope: Scope, *, bodies: bool = True) -> Iterator[list[Row]]:
        """Rows for `pages`, current and archived, by id. `space_key` is None for a space that nobody named yet."""
        parameters = {"sort": "id", "status": _LISTED_STATUSES, **_storage(bodies)}
        for payload, keys in self._walk_spaces(endpoints.PAGES, parameters, scope):
            base = self._base(payload)
            yield [page_row(page, keys, base) for page in payload["results"]]

    def iter_blogposts(self, scope: Scope, *, bodies: bool = True) -> Iterator[list[Row]]:
        """Rows for `blogposts`, by id."""
        for payload, keys in self._walk_spaces(endpoints.BLOGPOSTS, {"sort": "id", **_storage(bodies)}, scope):
            base = self._base(payload)
            yield [blogpost_row(post, keys, base) for post in payload["results"]]

    def iter_comments(self, scope: Scope, kind: CommentKind | None, *, bodies: bool = True) -> Iterator[list[Row]]:
        """Rows for `comments`, oldest first. For some spaces, `kind` None gives both kinds for the price of one."""
        if not scope.whole_site:
            return comments.iter_searched_comments(self._caller, scope, kind, bodies=bodies, base=self._fallback)
        if kind is None:
            raise ValueError("the whole site's comments are listed by kind")
        return comments.iter_listed_comments(self._caller, kind, self._evidence, bodies=bodies, base=self._fallback)

    def iter_attachments(self, scope: Scope) -> Iterator[list[Row]]:
        """Rows for `attachments`, current and archived, oldest first."""
        if scope.whole_site:
            parameters = {"limit": ROWS_PER_LIST, "sort": "created-date", "status": _LISTED_STATUSES}
            for payload in self._caller.walk(endpoints.ATTACHMENTS, parameters):
                base = self._base(payload)
                yield [attachment_row(attachment, base) for attachment in payload["results"]]
            return
        for clause in space_clauses(scope):
            cql = f"type=attachment{clause} order by created"
            for payload, contents in iter_search(self._caller, cql, ATTACHMENT_EXPANSIONS):
                base = self._base(payload)
                yield [searched_attachment_row(content, base) for content in contents]

    def iter_custom_content(self, scope: Scope, content_type: str, *, bodies: bool = True) -> Iterator[list[Row]]:
        """Rows for `custom_content` of one type, by id."""
        parameters = {"type": content_type, "sort": "id", "body-format": "raw" if bodies else None}
        for payload, keys in self._walk_spaces(endpoints.CUSTOM_CONTENT, parameters, scope):
            base = self._base(payload)
            yield [custom_content_row(content, keys, base) for content in payload["results"]]

    def iter_tasks(self, scope: Scope) -> Iterator[list[Row]]:
        """Rows for `tasks`; `body_markdown` holds storage format still."""
        return self._iter_tasks(scope, {})

    def iter_changed_tasks(self, scope: Scope, since: datetime | None) -> Iterator[list[Row]]:
        """Tasks written since then, and those ticked since then, each once. What else changed, only all tasks show."""
        if since is None:
            yield from self._iter_tasks(scope, {})
            return
        at = int(since.timestamp() * 1000)
        seen: set[str] = set()
        for name in ("created-at-from", "completed-at-from"):
            for rows in self._iter_tasks(scope, {name: at}):
                yield [row for row in rows if row["task_id"] not in seen]
                seen.update(row["task_id"] for row in rows)

    def iter_details(
        self, scope: Scope, family: DetailFamily, property_keys: Sequence[str] = ()
    ) -> Iterator[list[ContentDetails]]:
        """Labels, properties and own restrictions of what the index holds, oldest content first."""
        return details.iter_details(self._caller, scope, family, property_keys)

    def get_details(self, content_ids: Sequence[str], property_keys: Sequence[str] = ()) -> list[ContentDetails]:
        """Details of these ids, 100 a request, archived content and archived spaces included."""
        return details.get_details(self._caller, content_ids, property_keys)

    def get_restrictions(self, content_id: str) -> tuple[Row, ...]:
        """Rows for `content_restrictions`; type and space of the content are None, for the caller to fill in."""
        return tuple(details.get_restrictions(self._caller, content_id, None, None))

    def get_node(self, content_type: str, content_id: str) -> Row:
        """One folder, whiteboard, database or embed. Raises: ProtocolError for another type."""
        if content_type not in endpoints.NODES:
            raise ProtocolError(f"{content_type} is no folder, whiteboard, database or embed.")
        node = self._caller.get(endpoints.NODES[content_type], id=content_id)
        return node_row(content_type, node, self._space_keys, self._base(node))

    def iter_versions(self, content_type: str, content_id: str) -> Iterator[list[Row]]:
        """Rows for `content_versions` of a page or blog post, oldest first; `space_key` is None."""
        parameters = {"limit": ROWS_PER_LIST, "sort": "modified-date"}
        for payload in self._caller.walk(endpoints.VERSIONS[content_type], parameters, ids={"id": content_id}):
            yield [version_row(version, content_type, content_id) for version in payload["results"]]

    def iter_likes(self, content_type: str, content_id: str) -> Iterator[list[Row]]:
        """Rows for `content_likes` of a page or blog post; `space_key` is None."""
        for payload in self._caller.walk(
            endpoints.LIKES[content_type], {"limit": ROWS_PER_LIST}, ids={"id": content_id}
        ):
            yield [like_row(like, content_type, content_id) for like in payload["results"]]

    def iter_space_permissions(self, space: SpaceRef) -> Iterator[list[Row]]:
        """Rows for `space_permissions` of one space."""
        return self._people.iter_space_permissions(space)

    def iter_role_assignments(self, space: SpaceRef) -> Iterator[list[Row]]:
        """Rows for `space_role_assignments`; nothing, at no request, where the site has no roles."""
        return self._people.iter_role_assignments(space)

    def iter_groups(self) -> Iterator[list[Row]]:
        """Rows for `groups`, with `access_types`."""
        return self._people.iter_groups()

    def iter_group_members(self, group_id: str) -> Iterator[list[Row]]:
        """Rows for `group_members` of one group; nothing for a group that the site does not know."""
        return self._people.iter_group_members(group_id)

    def get_memberships(self, account_id: str) -> frozenset[str]:
        """Ids of the groups that an account is in, asked each time."""
        return self._people.get_memberships(account_id)

    def get_users(
        self, account_ids: Iterable[str], known: Mapping[str, Row | None] | None = None, again: Collection[str] = ()
    ) -> Iterator[list[Row]]:
        """Rows for `users`, 250 a request. Ids that the site does not know are left out."""
        return self._people.get_users(account_ids)

    def iter_audit_records(self, since: datetime | None = None) -> Iterator[list[Row]]:
        """Rows for `audit_records`, newest first, 1,000 a request. Raises: AccessError for all but administrators."""
        return self._people.iter_audit_records(since)

    def iter_newest(
        self, stream: ContentStream, scope: Scope, *, limit: int, bodies: bool = True
    ) -> Iterator[list[Row]]:
        """Rows of that stream, newest change first, `limit` a page.

        Comments and attachments are always the whole site's. So are pages and blog posts of more than 100 spaces, since one
        order over several lists can't be had; rows of other spaces are then left out here.
        """
        parameters: dict[str, object] = {"limit": limit, "sort": "-modified-date"}
        if stream in ("pages", "blogposts"):
            yield from self._iter_newest_content(stream, scope, {**parameters, **_storage(bodies)})
        elif stream == "attachments":
            for payload in self._caller.walk(endpoints.ATTACHMENTS, {**parameters, "status": _LISTED_STATUSES}):
                base = self._base(payload)
                yield [attachment_row(attachment, base) for attachment in payload["results"]]
        else:
            kind: CommentKind = "footer" if stream == "footer_comments" else "inline"
            for payload in self._caller.walk(LISTS[kind], {**parameters, **_storage(bodies)}):
                base = self._base(payload)
                yield [comment_row(comment, kind, base) for comment in payload["results"]]

    def get_pages(self, page_ids: Sequence[str], *, bodies: bool = True, statuses: Sequence[str] = ()) -> list[Row]:
        """Pages of these ids with any of these statuses (default: current and archived), 250 ids a request."""
        parameters = {"status": tuple(statuses) or _LISTED_STATUSES, **_storage(bodies)}
        return [
            page_row(page, self._space_keys, self._base(payload))
            for payload in self._walk_ids(endpoints.PAGES, parameters, page_ids)
            for page in payload["results"]
        ]

    def get_blogposts(
        self, blogpost_ids: Sequence[str], *, bodies: bool = True, statuses: Sequence[str] = ()
    ) -> list[Row]:
        """Blog posts of these ids with any of these statuses (default: current), 250 ids a request."""
        parameters = {"status": tuple(statuses) or None, **_storage(bodies)}
        return [
            blogpost_row(post, self._space_keys, self._base(payload))
            for payload in self._walk_ids(endpoints.BLOGPOSTS, parameters, blogpost_ids)
            for post in payload["results"]
        ]

    def download_attachment(
        self, container_id: str, attachment_id: str, *, version_number: int | None = None, size_bytes: int | None = None
    ) -> AbstractContextManager[Iterator[bytes]]:
        """The bytes of a file, in order; a cut connection is taken up again where it was cut. See `Source`."""
        return open_download(
            self._transport, download_request(container_id, attachment_id, version_number), size_bytes=size_bytes
        )

    def get_comment(self, kind: CommentKind, comment_id: str) -> Row:
        """One comment with its body."""
        return comments.get_comment(self._caller, kind, comment_id, self._fallback)

    def get_tasks(self, task_ids: Sequence[str]) -> list[Row]:
        """Those of these tasks that a listing would hold, 250 ids a request."""
        parameters = {"body-format": "storage"}
        return [
            task_row(task, self._space_keys)
            for payload in self._walk_ids(endpoints.TASKS, parameters, task_ids, name="task-id")
            for task in payload["results"]
        ]

    def get_custom_content(self, content_type: str, content_ids: Sequence[str]) -> list[Row]:
        """Those of these custom contents, all of one type, that a listing would hold, 250 ids a request."""
        return [
            custom_content_row(content, self._space_keys, self._base(payload))
            for payload in self._walk_ids(endpoints.CUSTOM_CONTENT, {"type": content_type}, content_ids)
            for content in payload["results"]
        ]

    def get_attachment_status(self, attachment_id: str) -> str | None:
        """The status of one file; None where it is missing or hidden."""
        try:
            return text_of(self._caller.get(endpoints.ATTACHMENT, id=attachment_id).get("status"))
        except NotFoundError:
            return None

    def get_content_types(self, content_ids: Sequence[str]) -> dict[str, str | None]:
        """The type of each id, comments of both kinds as `comment`; None where it is missing or hidden."""
        types: dict[str, str | None] = dict.fromkeys(content_ids)
        for group in _groups(list(types), IDS_PER_TYPE_LOOKUP):
            results = self._caller.post(endpoints.CONTENT_TYPES, {"contentIds": group}).get("results")
            if not isinstance(results, dict):
                raise ProtocolError(f"{endpoints.CONTENT_TYPES.label} answered without results.")
            for content_id in group:
                found = results.get(content_id)
                types[content_id] = _COMMENT_TYPES.get(found, found) if found else None
        return types

    def _iter_tasks(self, scope: Scope, filters: Parameters) -> Iterator[list[Row]]:
        for payload, keys in self._walk_spaces(endpoints.TASKS, {"body-format": "storage", **filters}, scope):
            yield [task_row(task, keys) for task in payload["results"]]

    def _iter_newest_content(self, stream: str, scope: Scope, parameters: Parameters) -> Iterator[list[Row]]:
        endpoint, to_row = (endpoints.PAGES, page_row) if stream == "pages" else (endpoints.BLOGPOSTS, blogpost_row)
        keys = self._keys_of(scope)
        within = {space.space_id for space in scope.spaces}
        is_filtered = not scope.whole_site and len(within) > SPACES_PER_LIST
        is_narrowed = not scope.whole_site and not is_filtered
        if is_narrowed and not within:
            return
        filters = {"space-id": sorted(within) if is_narrowed else None}
        if stream == "pages":
            filters["status"] = list(_LISTED_STATUSES)
        for payload in self._caller.walk(endpoint, {**parameters, **filters}):
            base = self._base(payload)
            rows = [to_row(content, keys, base) for content in payload["results"]]
            yield [row for row in rows if row["space_id"] in within] if is_filtered else rows

    def _walk_spaces(
        self, endpoint: Endpoint, parameters: Parameters, scope: Scope
    ) -> Iterator[tuple[JsonObject, Mapping[str, str]]]:
        """Walk a list for the whole site, or for groups of 100 spaces; with the keys of the spaces known."""
        keys = self._keys_of(scope)
        ids = [space.space_id for space in scope.spaces]
        groups: list[list[str] | None] = [None] if scope.whole_site else [*_groups(ids, SPACES_PER_LIST)]
        for group in groups:
            for payload in self._caller.walk(endpoint, {"limit": ROWS_PER_LIST, **parameters, "space-id": group}):
                yield payload, keys

    def _walk_ids(
        self, endpoint: Endpoint, parameters: Parameters, ids: Sequence[str], *, name: str = "id"
    ) -> Iterator[JsonObject]:
        for group in _groups(list(dict.fromkeys(ids)), IDS_PER_LOOKUP):
            yield from self._caller.walk(endpoint, {"limit": ROWS_PER_LIST, **parameters, name: group})

    def _keys_of(self, scope: Scope) -> Mapping[str, str]:
        """Keys by id: what lists of spaces showed, and above it what the caller says."""
        with self._lock:
            return {**self._space_keys, **{space.space_id: space.key for space in scope.spaces}}

    @property
    def _fallback(self) -> str:
        return self._identity.link_base

    def _base(self, payload: JsonObject) -> str:
        return link_base(payload, self._identity.link_base)


def _groups(ids: list[str], size: int) -> Iterator[list[str]]:
    for begin in range(0, len(ids), size):
        yield ids[begin : begin + size]


def _storage(bodies: bool) -> dict[str, object]:
    return {"body-format": "storage" if bodies else None}
