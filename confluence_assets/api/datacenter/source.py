"""Confluence Data Center as a `Source`: rows in our tables' columns, from bulk calls only.

Its lists are rich: a page comes with its labels, restrictions and files, and its tasks in its body; comments of both kinds
are one list. It has no folders, whiteboards, databases, embeds or roles, which are empty here without a complaint.
"""

import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial

from confluence_assets.api.datacenter import details, endpoints, files
from confluence_assets.api.datacenter.audit import iter_audit_records
from confluence_assets.api.datacenter.caller import DatacenterCaller
from confluence_assets.api.datacenter.content_rows import (
    attachment_row,
    blogpost_row,
    comment_row,
    custom_content_row,
    page_row,
    space_of,
    space_row,
    version_row,
)
from confluence_assets.api.datacenter.cql import ROWS as SEARCHED_ROWS
from confluence_assets.api.datacenter.cql import ROWS_WITH_BODIES as SEARCHED_ROWS_WITH_BODIES
from confluence_assets.api.datacenter.cql import Search, ZoneShift, quote_cql, space_clause
from confluence_assets.api.datacenter.groups import DatacenterGroups
from confluence_assets.api.datacenter.identity import DatacenterIdentity
from confluence_assets.api.datacenter.lookups import Lookups
from confluence_assets.api.datacenter.permissions import GlobalPermissions, SpacePermissions
from confluence_assets.api.datacenter.scan import Lister
from confluence_assets.api.datacenter.tasks import holder_of, parse_tasks
from confluence_assets.api.datacenter.users import DatacenterUsers
from confluence_assets.api.download import open_download
from confluence_assets.api.fields import text_of
from confluence_assets.api.source import (
    Account,
    CommentKind,
    ContentBatch,
    ContentDetails,
    ContentKind,
    ContentStream,
    DetailFamily,
    RequestTally,
    Scope,
    SiteIdentity,
    SpaceRef,
)
from confluence_assets.api.transport import Transport
from confluence_assets.api.wire import JsonObject
from confluence_assets.errors import NotFoundError, ProtocolError, TransientError
from confluence_assets.tables import Row

_SPACE_ROWS = 200
_SPACES_PER_REQUEST = 50
_VERSION_ROWS = 200
_VERSIONS_MOVED = (9, 0)
_BODY = "body.storage"
_OF_CONTENT = ("space", "version", "history", "ancestors")
_OF_COMMENT = (
    "space",
    "container",
    "version",
    "ancestors",
    "extensions.inlineProperties",
    "extensions.resolution",
)
_OF_FILE = ("space", "container", "version", "history")
_LISTED = ("current", "archived")
_ANYWHERE = ("current", "archived", "trashed")
_TO_ROW = {"page": page_row, "blogpost": blogpost_row}


class DatacenterSource:
    """A Data Center as one account sees it. Safe to use from several threads.

    What it learns of the server (its version, what it can, who is called what) it keeps for as long as it lives, so make
    one a run.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._caller = DatacenterCaller(transport)
        self._identity = DatacenterIdentity(self._caller)
        self._global = GlobalPermissions(self._caller, self._identity)
        self._users = DatacenterUsers(self._caller, self._identity)
        self._groups = DatacenterGroups(self._caller, self._users, self._global)
        self._permissions = SpacePermissions(self._caller, self._identity, self._users.key_of)
        self._lister = Lister(self._caller, self._identity)
        self._lookups = Lookups(self._caller, lambda: list(self._space_keys))
        self._zone_shift = ZoneShift()
        self._space_keys: dict[str, None] = {}
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
        """The site by its base URL; asked once. Raises: AccessError where we are nobody there."""
        return self._identity.get_site()

    def get_account(self) -> Account:
        """Who the site takes us for, asked each time. Raises: AccessError where that is nobody."""
        return self._identity.get_account()

    def get_anonymous_access(self) -> bool | None:
        """Whether anybody sees a space without credentials; None where that could not be asked."""
        return self._identity.get_anonymous_access()

    def get_licensed_accounts(self) -> set[str] | None:
        """Who holds 'Can use', where single people do; None where the groups' access says it all, or nobody says it."""
        return self._groups.get_licensed_accounts()

    def is_read_only(self) -> bool | None:
        """Whether the site takes no writes for now; None where it does not say."""
        return self._identity.is_read_only()

    def is_before(self, release: tuple[int, int]) -> bool | None:
        """Whether the server is older than that release; None where it does not tell its version."""
        return self._identity.is_before(release)

    def iter_spaces(self, keys: Sequence[str] | None = None) -> Iterator[list[Row]]:
        """Rows for `spaces` without the counts; those of `keys` where given, in groups of 50."""
        wanted = None if keys is None else list(dict.fromkeys(keys))
        groups: list[list[str] | None] = [None]
        if wanted is not None:
            groups = [
                wanted[begin : begin + _SPACES_PER_REQUEST] for begin in range(0, len(wanted), _SPACES_PER_REQUEST)
            ]
        for group in groups:
            yield from self._iter_spaces(group)

    def _iter_spaces(self, group: list[str] | None) -> Iterator[list[Row]]:
        """Servers before 8 don't say which spaces are archived, so that these are listed apart."""
        parameters = {"expand": "description.plain", "spaceKey": group}
        walk = partial(
            self._caller.walk_rows, endpoints.SPACES, limit=_SPACE_ROWS, identity=lambda space: str(space["id"])
        )
        archived: set[str] | None = None
        for spaces in walk({**parameters}):
            if archived is None and any(not space.get("status") for space in spaces):
                archived = {str(one["id"]) for part in walk({**parameters, "status": "archived"}) for one in part}
            rows = [
                space_row(space, self._base, "archived" if archived and str(space["id"]) in archived else "current")
                for space in spaces
            ]
            with self._lock:
                self._space_keys.update(dict.fromkeys(row["space_key"] for row in rows))
            yield rows

    def iter_content(
        self, kind: ContentKind, scope: Scope, *, bodies: bool = True, property_keys: Sequence[str] = ()
    ) -> Iterator[ContentBatch]:
        """Pages (current and archived) or posts with all that belongs to them, from one list."""
        of_file = files.file_expansions(property_keys, details=True)
        expand = (*_OF_CONTENT, *details.detail_expansions(property_keys), *files.inside(of_file))
        for contents in self._lister.iter_contents(kind, scope, expand, bodies=bodies):
            batch = ContentBatch([], [], [], [])
            for content in contents:
                batch.rows.append(_TO_ROW[kind](content, self._base))
                batch.details.append(details.details_of(self._caller, content, property_keys))
                for file in files.files_of(self._caller, content, of_file):
                    batch.attachments.append(attachment_row(file, self._base, content))
                    batch.attachment_details.append(details.details_of(self._caller, file, property_keys, content))
            yield batch

    def tasks_of(self, row: Row) -> list[Row]:
        """Rows for `tasks` of a row of `pages` or `blogposts` with its body; `body_markdown` holds storage format."""
        return parse_tasks(row, self._users.key_of)

    def iter_pages(self, scope: Scope, *, bodies: bool = True) -> Iterator[list[Row]]:
        """Rows for `pages`, the current and then the archived, each by id."""
        return self._iter_rows("page", scope, bodies=bodies)

    def iter_blogposts(self, scope: Scope, *, bodies: bool = True) -> Iterator[list[Row]]:
        """Rows for `blogposts`, by id."""
        return self._iter_rows("blogpost", scope, bodies=bodies)

    def _iter_rows(self, kind: ContentKind, scope: Scope, *, bodies: bool) -> Iterator[list[Row]]:
        for contents in self._lister.iter_contents(kind, scope, _OF_CONTENT, bodies=bodies):
            yield [_TO_ROW[kind](content, self._base) for content in contents]

    def iter_comments(self, scope: Scope, kind: CommentKind | None, *, bodies: bool = True) -> Iterator[list[Row]]:
        """Rows for `comments`, by id, so that what is answered comes before its answers; `kind` None brings both kinds."""
        for contents in self._lister.iter_contents("comment", scope, _OF_COMMENT, bodies=bodies):
            rows = [comment_row(content, self._base) for content in contents]
            yield [row for row in rows if kind is None or row["comment_type"] == kind]

    def iter_attachments(self, scope: Scope) -> Iterator[list[Row]]:
        """Rows for `attachments`, as pages and posts hold them."""
        of_file = files.file_expansions()
        for contents in self._iter_holders(scope, of_file):
            yield [
                attachment_row(file, self._base, content)
                for content in contents
                for file in files.files_of(self._caller, content, of_file)
            ]

    def _iter_holders(self, scope: Scope, of_file: Sequence[str]) -> Iterator[list[JsonObject]]:
        for kind in _TO_ROW:
            yield from self._lister.iter_contents(kind, scope, ("space", *files.inside(of_file)), bodies=False)

    def iter_custom_content(self, scope: Scope, content_type: str, *, bodies: bool = True) -> Iterator[list[Row]]:
        """Rows for `custom_content` of one type, oldest first, from the search index: nothing else lists it.

        Those of archived spaces come, too.
        """
        expand = (*_OF_FILE, *(("body.raw", _BODY) if bodies else ()))
        where = f"type={quote_cql(content_type)}"
        for contents in self._search(where, expand, scope, newest_first=False, limit=None, everywhere=True):
            yield [custom_content_row(content, self._base) for content in contents]

    def iter_tasks(self, scope: Scope) -> Iterator[list[Row]]:
        """Rows for `tasks`, out of the bodies of all pages and posts. Where rows are read anyway, `tasks_of` costs nothing."""
        for kind in ("page", "blogpost"):
            for rows in self._iter_rows(kind, scope, bodies=True):
                yield [task for row in rows for task in self.tasks_of(row)]

    def iter_changed_tasks(self, scope: Scope, since: datetime | None) -> Iterator[list[Row]]:
        """Tasks of the pages and posts that changed since then: ticking one makes a version."""
        if since is None:
            yield from self.iter_tasks(scope)
            return
        for stream in ("pages", "blogposts"):
            for rows in self.iter_newest(stream, scope, limit=SEARCHED_ROWS_WITH_BODIES):
                fresh = [row for row in rows if row["updated_at"] is None or row["updated_at"] >= since]
                yield [task for row in fresh for task in self.tasks_of(row)]
                if len(fresh) < len(rows):
                    break

    def iter_details(
        self, scope: Scope, family: DetailFamily, property_keys: Sequence[str] = ()
    ) -> Iterator[list[ContentDetails]]:
        """Labels, properties and own restrictions of pages and posts, or of their files."""
        if family == "attachments":
            of_file = files.file_expansions(property_keys, details=True)
            for contents in self._iter_holders(scope, of_file):
                yield [
                    details.details_of(self._caller, file, property_keys, content)
                    for content in contents
                    for file in files.files_of(self._caller, content, of_file)
                ]
            return
        expand = ("space", "version", *details.detail_expansions(property_keys))
        for kind in _TO_ROW:
            for contents in self._lister.iter_contents(kind, scope, expand, bodies=False):
                yield [details.details_of(self._caller, content, property_keys) for content in contents]

    def get_details(self, content_ids: Sequence[str], property_keys: Sequence[str] = ()) -> list[ContentDetails]:
        """Details of these ids, 50 a request."""
        expand = ("space", "version", *details.detail_expansions(property_keys))
        found = self._lookups.find(content_ids, expand, _LISTED)
        return [details.details_of(self._caller, content, property_keys) for content in found.values()]

    def get_restrictions(self, content_id: str) -> tuple[Row, ...]:
        """Rows for `content_restrictions`; type and space of the content are None, for the caller to fill in."""
        return details.get_restrictions(self._caller, content_id)

    def get_node(self, content_type: str, content_id: str) -> Row:
        """Raises: NotFoundError: there are no folders, whiteboards, databases and embeds here."""
        raise NotFoundError(f"Confluence Data Center has no {content_type} {content_id}.")

    def iter_versions(self, content_type: str, content_id: str) -> Iterator[list[Row]]:
        """Rows for `content_versions` of a page or post; `space_key` is None."""
        is_old = self._identity.is_before(_VERSIONS_MOVED)
        walk = partial(
            self._caller.walk_rows, parameters={}, limit=_VERSION_ROWS, identity=_number_of, ids={"id": content_id}
        )
        endpoint = endpoints.OLD_VERSIONS if is_old else endpoints.VERSIONS
        for versions in walk(endpoint):
            yield [version_row(version, content_type, content_id) for version in versions]

    def iter_likes(self, content_type: str, content_id: str) -> Iterator[list[Row]]:
        """Rows for `content_likes` of a page or post; `space_key` is None. The likes plugin names people by user name."""
        likes = self._caller.get(endpoints.LIKES, id=content_id).get("likes") or ()
        names = [str((like.get("user") or {}).get("name")) for like in likes]
        about = {"content_id": content_id, "content_type": content_type, "space_key": None}
        yield [{**about, "account_id": self._users.key_of(name) or name} for name in names]

    def iter_space_permissions(self, space: SpaceRef) -> Iterator[list[Row]]:
        """Rows for `space_permissions` of one space. Raises: AccessError for all but administrators."""
        return self._permissions.iter_permissions(space)

    def iter_role_assignments(self, space: SpaceRef) -> Iterator[list[Row]]:
        """Nothing, at no request: there are no roles here."""
        return iter(())

    def iter_groups(self) -> Iterator[list[Row]]:
        """Rows for `groups`, with `access_types` where we are told."""
        return self._groups.iter_groups()

    def iter_group_members(self, group_id: str) -> Iterator[list[Row]]:
        """Rows for `group_members` of one group, those of the groups inside it included."""
        return self._groups.iter_group_members(group_id)

    def get_memberships(self, account_id: str) -> frozenset[str]:
        """Names of the groups that an account is in, asked each time."""
        return self._groups.get_memberships(account_id)

    def get_users(
        self, account_ids: Iterable[str], known: Mapping[str, Row | None] | None = None, again: Collection[str] = ()
    ) -> Iterator[list[Row]]:
        """Rows for `users`. Ids that the site does not know are left out; an address costs a request each."""
        return self._users.get_users(account_ids, known or {}, again)

    def iter_audit_records(self, since: datetime | None = None) -> Iterator[list[Row]]:
        """Rows for `audit_records`, newest first. Raises: AccessError for all but administrators."""
        return iter_audit_records(self._caller, since)

    def iter_newest(
        self, stream: ContentStream, scope: Scope, *, limit: int, bodies: bool = True
    ) -> Iterator[list[Row]]:
        """Rows of that stream, newest change first, as the search index has them.

        Comments of both kinds are one stream, which either name gives.
        """
        body = (_BODY,) if bodies else ()
        if stream in ("pages", "blogposts"):
            kind = "page" if stream == "pages" else "blogpost"
            for contents in self._search(f"type={kind}", (*_OF_CONTENT, *body), scope, newest_first=True, limit=limit):
                yield [_TO_ROW[kind](content, self._base) for content in contents]
        elif stream == "attachments":
            for contents in self._search("type=attachment", _OF_FILE, scope, newest_first=True, limit=limit):
                yield [attachment_row(content, self._base) for content in contents]
        else:
            for contents in self._search("type=comment", (*_OF_COMMENT, *body), scope, newest_first=True, limit=limit):
                yield [comment_row(content, self._base) for content in contents]

    def _search(
        self,
        where: str,
        expand: Sequence[str],
        scope: Scope,
        *,
        newest_first: bool,
        limit: int | None,
        everywhere: bool = False,
    ) -> Iterator[list[JsonObject]]:
        """Contents that a query finds in the scope.

        A space that went in the meantime makes the server fail (CONFSERVER-55445): then it searches everywhere, and what is
        found is sifted here.
        """
        most = SEARCHED_ROWS_WITH_BODIES if any(name.startswith("body") for name in expand) else SEARCHED_ROWS
        within = {space.space_id for space in scope.spaces}
        clause, has_begun = space_clause(scope), False
        for narrowed in dict.fromkeys((clause, "")):
            search = Search(
                self._caller,
                where + narrowed,
                expand,
                self._zone_shift,
                newest_first=newest_first,
                everywhere=everywhere,
            )
            try:
                for contents in search.iter_rows(min(limit or most, most)):
                    has_begun = True
                    yield contents if scope.whole_site else [one for one in contents if space_of(one)[0] in within]
                return
            except (ProtocolError, TransientError) as error:
                if has_begun or not narrowed or error.status not in (400, 404, 500):
                    raise

    def get_pages(self, page_ids: Sequence[str], *, bodies: bool = True, statuses: Sequence[str] = ()) -> list[Row]:
        """Pages of these ids with any of these statuses (default: current and archived)."""
        return self._get_rows("page", page_ids, statuses or _LISTED, bodies=bodies)

    def get_blogposts(
        self, blogpost_ids: Sequence[str], *, bodies: bool = True, statuses: Sequence[str] = ()
    ) -> list[Row]:
        """Posts of these ids with any of these statuses (default: current)."""
        return self._get_rows("blogpost", blogpost_ids, statuses or ("current",), bodies=bodies)

    def _get_rows(self, kind: ContentKind, ids: Sequence[str], statuses: Sequence[str], *, bodies: bool) -> list[Row]:
        found = self._lookups.find(ids, (*_OF_CONTENT, *((_BODY,) if bodies else ())), statuses)
        return [_TO_ROW[kind](content, self._base) for content in found.values() if content.get("type") == kind]

    def get_comment(self, kind: CommentKind, comment_id: str) -> Row:
        """One comment with its body."""
        parameters = {"expand": ",".join((*_OF_COMMENT, _BODY))}
        return comment_row(self._caller.get(endpoints.CONTENT, parameters, id=comment_id), self._base)

    def get_tasks(self, task_ids: Sequence[str]) -> list[Row]:
        """Those of these tasks that their pages and posts hold still, from the bodies of these."""
        holders = dict.fromkeys(holder_of(task_id) for task_id in task_ids)
        found = self._lookups.find(list(holders), (*_OF_CONTENT, _BODY), _LISTED)
        rows = [_TO_ROW[one["type"]](one, self._base) for one in found.values() if one.get("type") in _TO_ROW]
        wanted = set(task_ids)
        return [task for row in rows for task in self.tasks_of(row) if task["task_id"] in wanted]

    def get_custom_content(self, content_type: str, content_ids: Sequence[str]) -> list[Row]:
        """Those of these custom contents, all of one type, that a listing would hold; without bodies."""
        found = self._lookups.find(content_ids, _OF_FILE, _LISTED)
        return [custom_content_row(one, self._base) for one in found.values() if one.get("type") == content_type]

    def get_attachment_status(self, attachment_id: str) -> str | None:
        """The status of one file; None where it is missing or hidden."""
        content = self._lookups.get(attachment_id, (), _ANYWHERE)
        return None if content is None else text_of(content.get("status"))

    def get_content_types(self, content_ids: Sequence[str]) -> dict[str, str | None]:
        """The type of each id, wherever it is; None where it is missing or hidden."""
        types: dict[str, str | None] = dict.fromkeys(content_ids)
        for content_id, content in self._lookups.find(list(types), (), _ANYWHERE).items():
            types[content_id] = str(content.get("type"))
        return types

    def download_attachment(
        self, container_id: str, attachment_id: str, *, version_number: int | None = None, size_bytes: int | None = None
    ) -> AbstractContextManager[Iterator[bytes]]:
        """The bytes of a file, in order; a cut connection is taken up again where it was cut. See `Source`."""
        request = files.download_request(self._caller, attachment_id, version_number)
        return open_download(self._transport, request, size_bytes=size_bytes)

    @property
    def _base(self) -> str:
        """What browser links and download paths are appended to."""
        return self._identity.get_site().base_url


def _number_of(version: JsonObject) -> int:
    return int(version["number"])
