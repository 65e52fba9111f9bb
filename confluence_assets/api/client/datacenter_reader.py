"""Reads of a Data Center, brought into the form of Cloud's REST v2."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, cast

from confluence_assets.api.client.datacenter_find import ROWS, DatacenterFinder, Question
from confluence_assets.api.client.datacenter_tasks import iter_tasks, page_of_task
from confluence_assets.api.client.reader import CommentKind, ContentKind, Filters, Wanted
from confluence_assets.api.client.shapes import Holder
from confluence_assets.api.client.v1_shapes import (
    attachment_shape,
    comment_shape,
    custom_content_shape,
    label_shape,
    page_shape,
    property_shape,
    space_shape,
    version_of,
)
from confluence_assets.api.client.writer import HolderRef
from confluence_assets.api.datacenter import endpoints, write_endpoints
from confluence_assets.api.datacenter.caller import DatacenterCaller
from confluence_assets.api.datacenter.content_rows import comment_kind, container_of
from confluence_assets.api.datacenter.cql import quote_cql
from confluence_assets.api.datacenter.files import download_request
from confluence_assets.api.fields import EMPTY
from confluence_assets.api.wire import Endpoint, JsonObject, Request
from confluence_assets.errors import NotFoundError, SettingsError

OF_CONTENT = ("space", "version", "history", "ancestors")
_OF_FILE = ("version", "history", "container")
_OF_COMMENT = ("container", "version", "ancestors", "extensions.inlineProperties", "extensions.resolution")
_ANYWHERE = ("current", "archived", "trashed")
_VERSIONS_MOVED = (9, 0)
_MOST_INCLUDED = 50
_COMMENTS = Endpoint("/rest/api/content/{id}/child/comment")


class DatacenterReader:
    """Gives a Data Center's objects in the client's shapes."""

    def __init__(self, caller: DatacenterCaller) -> None:
        self._caller = caller
        self._finder = DatacenterFinder(caller)

    def get_current_user(self) -> JsonObject:
        return self._caller.get(endpoints.CURRENT_USER)

    # spaces

    def get_space(self, space_id: str | None, space_key: str | None) -> JsonObject:
        filters = {"ids": [space_id]} if space_id is not None else {"keys": [space_key]}
        for row in self.iter_spaces(filters):
            return row
        raise NotFoundError(f"There is no space {space_id or space_key}, or this account can't see it.", method="GET")

    def iter_spaces(self, filters: Filters) -> Iterator[JsonObject]:
        return (dict(space_shape(row, filters.get("status"))) for row in self._finder.iter_spaces(filters))

    # pages and posts

    def get_content(self, kind: ContentKind, content_id: str, wanted: Wanted) -> JsonObject:
        found = self._get(content_id, kind, wanted, (*OF_CONTENT, *_body(wanted.body_format)))
        return {**page_shape(found), **self._included(found, HolderRef(content_id, kind), wanted)}

    def _get(self, content_id: str, kind: str, wanted: Wanted, expand: tuple[str, ...]) -> JsonObject:
        """One content of a kind, wherever it is. Raises: NotFoundError."""
        names = [*expand]
        names += [{"labels": "metadata.labels", "operations": "operations"}[one] for one in wanted.include
                  if one in ("labels", "operations")]  # fmt: skip
        names += ["metadata.currentuser.favourited"] if "favorite" in wanted.include else []
        query: dict[str, Any] = {"expand": ",".join(names), "status": "draft" if wanted.is_draft else _ANYWHERE}
        if wanted.version_number is not None and not self._is_current(content_id, wanted.version_number):
            query |= {"status": "historical", "version": wanted.version_number}
        found = self._caller.get(endpoints.CONTENT, query, id=content_id)
        if found.get("type") != kind:
            raise NotFoundError(f"{content_id} is no {kind} but of type {found.get('type')}.", method="GET")
        return found

    def _is_current(self, content_id: str, number: int) -> bool:
        """The version that stands is none of the past."""
        query = {"status": _ANYWHERE, "expand": "version"}
        found = self._caller.get(endpoints.CONTENT, query, id=content_id).get("version") or EMPTY
        return bool(found.get("number") == number)

    def _included(self, found: JsonObject, holder: HolderRef, wanted: Wanted) -> JsonObject:
        """What was asked for besides, at most 50 of each, as Cloud puts it."""
        metadata, added = found.get("metadata") or EMPTY, dict[str, Any]()
        if "labels" in wanted.include:
            added["labels"] = _some(dict(label_shape(one)) for one in (metadata.get("labels") or EMPTY)["results"])
        if "operations" in wanted.include:
            added["operations"] = _some(iter(found.get("operations") or ()))
        if "properties" in wanted.include:
            added["properties"] = _some(self.iter_properties(holder))
        if "likes" in wanted.include:
            added["likes"] = _some(self.iter_likes(holder))
        if "versions" in wanted.include:
            added["versions"] = _some(self.iter_versions(holder))
        told = ((metadata.get("currentuser") or EMPTY).get("favourited") or EMPTY).get("isFavourite")
        if "favorite" in wanted.include and told is not None:
            added["isFavoritedByCurrentUser"] = bool(told)
        return added

    def iter_contents(self, kind: ContentKind, filters: Filters) -> Iterator[JsonObject]:
        expand = (*OF_CONTENT, *_body(filters.get("body_format")))
        return (dict(page_shape(row)) for row in self._finder.iter_contents(kind, filters, expand))

    def iter_comments(self, kind: CommentKind, filters: Filters) -> Iterator[JsonObject]:
        expand = (*_OF_COMMENT, *_body(filters.get("body_format")))
        holder_id = filters.get("page_id") or filters.get("blogpost_id")
        if holder_id:
            parameters = {"expand": ",".join(expand), "depth": "all"}
            rows = self._walk(_COMMENTS, parameters, {"id": holder_id})
        elif "sort" in filters:
            rows = self._finder.search(Question("type = comment", expand), filters)
        else:
            rows = self._finder.iter_comments(expand)
        return (dict(comment_shape(row)) for row in rows if comment_kind(row) == kind)

    # files

    def get_attachment(self, attachment_id: str, wanted: Wanted) -> JsonObject:
        found = self._get(attachment_id, "attachment", wanted, _OF_FILE)
        return {**attachment_shape(found), **self._included(found, HolderRef(attachment_id, "attachment"), wanted)}

    def iter_attachments(self, filters: Filters) -> Iterator[JsonObject]:
        names = {"page": "page_id", "blogpost": "blogpost_id", "custom_content": "custom_content_id"}
        statuses = filters.get("statuses") or ("current", "archived")
        for kind, name in names.items():
            if name in filters:
                parameters = {"expand": ",".join(_OF_FILE), "filename": filters.get("filename")}
                walked = self._walk(endpoints.CONTENT_FILES, parameters, {"id": filters[name]})
                rows = (attachment_shape(row, kind, filters[name]) for row in walked)
                break
        else:
            question = Question("type = attachment", _OF_FILE, tuple(statuses))
            rows = (attachment_shape(row) for row in self._finder.search(question, filters))
        for row in rows:
            is_named = filters.get("filename") in (None, row.get("title"))
            if is_named and filters.get("media_type") in (None, row.get("mediaType")) and row["status"] in statuses:
                yield dict(row)

    def download_request(self, container_id: str, attachment_id: str, version_number: int | None) -> Request:
        return download_request(self._caller, attachment_id, version_number)

    # labels

    def get_label(self, name: str) -> JsonObject:
        """By what carries it: there is no address of its own."""
        question = Question("type in (page,blogpost)", ("metadata.labels",))
        for row in self._finder.search(question, {"label": name, "limit": 1}):
            for one in ((row.get("metadata") or EMPTY).get("labels") or EMPTY).get("results") or ():
                if label_shape(one)["name"] == name:
                    return dict(label_shape(one))
        raise NotFoundError(f"Nothing carries the label {name!r}.", method="GET")

    def iter_labels(self, filters: Filters) -> Iterator[JsonObject]:
        seen: set[tuple[Any, Any]] = set()
        for rows in self._label_lists(filters):
            for row in rows:
                label = dict(label_shape(row))
                mark = (label.get("prefix"), label["name"])
                if mark not in seen and filters.get("prefix") in (None, label.get("prefix")):
                    seen.add(mark)
                    yield label

    def _label_lists(self, filters: Filters) -> Iterator[Iterator[JsonObject]]:
        """The lists to be read: of a content, or those inside the pages and posts of a space or of all: there is no other."""
        for kind in ("page", "blogpost", "attachment", "custom_content"):
            if content_id := filters.get(f"{kind}_id"):
                yield self._walk(endpoints.CONTENT_LABELS, {}, {"id": content_id}, identity="name")
                return
        chosen = {"space_ids": [filters["space_id"]]} if "space_id" in filters else {}
        for content_kind in ("page", "blogpost"):
            for row in self._finder.iter_contents(content_kind, chosen, ("metadata.labels",)):
                yield iter(((row.get("metadata") or EMPTY).get("labels") or EMPTY).get("results") or ())

    def iter_labelled(self, kind: Holder, label_id: str, filters: Filters) -> Iterator[JsonObject]:
        if kind == "attachment":
            return self.iter_attachments({**filters, "label": label_id})
        return self.iter_contents(cast(ContentKind, kind), {**filters, "label": label_id})

    # custom content and tasks

    def get_custom_content(self, content_id: str, wanted: Wanted) -> JsonObject:
        query = {"status": _ANYWHERE, "expand": ",".join((*OF_CONTENT, "container", *_body(wanted.body_format)))}
        found = self._caller.get(endpoints.CONTENT, query, id=content_id)
        if found.get("type") in ("page", "blogpost", "comment", "attachment"):
            raise NotFoundError(f"{content_id} is no custom content but of type {found['type']}.", method="GET")
        return dict(custom_content_shape(found))

    def iter_custom_content(self, content_type: str, filters: Filters) -> Iterator[JsonObject]:
        expand = (*OF_CONTENT, "container", *_body(filters.get("body_format")))
        question = Question(f"type = {quote_cql(content_type)}", expand)
        wanted = None if "ids" not in filters else {str(one) for one in filters["ids"]}
        held_on = filters.get("page_id") or filters.get("blogpost_id")
        for row in self._finder.search(question, filters):
            if (wanted is None or str(row["id"]) in wanted) and (not held_on or container_of(row)[0] == str(held_on)):
                yield dict(custom_content_shape(row))

    def get_task(self, task_id: str, body_format: str) -> JsonObject:
        page_id = page_of_task(task_id)
        for task in self.iter_tasks({"page_ids": [page_id], "blogpost_ids": [page_id]}):
            if task["id"] == task_id:
                return task
        raise NotFoundError(f"There is no task {task_id}, or this account can't see it.", method="GET")

    def iter_tasks(self, filters: Filters) -> Iterator[JsonObject]:
        return iter_tasks(self.iter_contents, filters)

    # what hangs on a content

    def iter_versions(self, holder: HolderRef) -> Iterator[JsonObject]:
        is_old = self._finder.identity.is_before(_VERSIONS_MOVED)
        endpoint = endpoints.OLD_VERSIONS if is_old else endpoints.VERSIONS
        walked = self._walk(endpoint, {}, {"id": holder.id}, identity="number")
        return (dict(version_of(row)) for row in walked)

    def get_version(self, holder: HolderRef, number: int) -> JsonObject:
        for version in self.iter_versions(holder):
            if version.get("number") == number:
                return version
        raise NotFoundError(f"{holder.kind} {holder.id} has no version {number}.", method="GET")

    def iter_properties(self, holder: HolderRef) -> Iterator[JsonObject]:
        walked = self._walk(write_endpoints.PROPERTIES, {"expand": "version"}, {"id": holder.id}, identity="key")
        return (dict(property_shape(row)) for row in walked)

    def iter_likes(self, holder: HolderRef) -> Iterator[JsonObject]:
        if holder.kind not in ("page", "blogpost"):
            raise SettingsError(f"A {holder.kind} can't be liked.", setting="holder")
        for like in self._caller.get(endpoints.LIKES, id=holder.id).get("likes") or ():
            person = like.get("user") or EMPTY
            yield {"accountId": str(person.get("userKey") or person.get("name"))}

    def get_operations(self, holder: HolderRef) -> list[JsonObject]:
        query = {"expand": "operations", "status": _ANYWHERE}
        return list(self._caller.get(endpoints.CONTENT, query, id=holder.id).get("operations") or ())

    def iter_search(self, cql: str, expand: str | None, limit: int) -> Iterator[JsonObject]:
        for page in self._caller.walk_rows(
            endpoints.SEARCH, {"cql": cql, "expand": expand}, limit=limit, identity=lambda row: str(row["id"])
        ):
            yield from page

    def _walk(
        self, endpoint: Endpoint, parameters: dict[str, Any], ids: dict[str, str], *, identity: str = "id"
    ) -> Iterator[JsonObject]:
        """The rows of an offset list."""
        for page in self._caller.walk_rows(
            endpoint, parameters, limit=ROWS, identity=lambda row: str(row[identity]), ids=ids
        ):
            yield from page


def _body(body_format: str | None) -> tuple[str, ...]:
    return () if body_format is None else (f"body.{body_format}",)


def _some(rows: Iterator[Any]) -> JsonObject:
    """The first of them, and whether there are more."""
    found = list(islice(rows, _MOST_INCLUDED + 1))
    return {"results": found[:_MOST_INCLUDED], "meta": {"hasMore": len(found) > _MOST_INCLUDED}}
