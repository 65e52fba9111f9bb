"""Reads of Cloud: REST v2, and v1 for what v2 lacks (search, labels by name, downloads)."""

from collections.abc import Iterator
from typing import Any

from confluence_assets.api.caller import Caller
from confluence_assets.api.client.reader import CommentKind, ContentKind, Filters, Wanted
from confluence_assets.api.client.shapes import Holder
from confluence_assets.api.client.writer import HolderRef
from confluence_assets.api.cloud import endpoints
from confluence_assets.api.cloud.attachments import download_request
from confluence_assets.api.cloud.write_endpoints import PROPERTIES, SEGMENTS
from confluence_assets.api.filters import parameters_of
from confluence_assets.api.paging import rows_of
from confluence_assets.api.wire import Endpoint, JsonObject, Request
from confluence_assets.errors import NotFoundError, SettingsError

_LISTS = {"page": endpoints.PAGES, "blogpost": endpoints.BLOGPOSTS}
_SINGLES = {"page": endpoints.PAGE, "blogpost": endpoints.BLOGPOST}
_COMMENTS = {"footer": endpoints.FOOTER_COMMENTS, "inline": endpoints.INLINE_COMMENTS}
_INCLUDES = {"favorite": "include-favorited-by-current-user-status"}
_FAMILIES = {"page": "page", "blogpost": "page", "attachment": "attachment", "custom_content": "custom-content"}
_ANY_STATUS = ("current", "archived", "trashed", "historical")


class CloudReader:
    """Gives Cloud's objects as they come."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def get_current_user(self) -> JsonObject:
        return self._caller.get(endpoints.CURRENT_USER)

    def get_space(self, space_id: str | None, space_key: str | None) -> JsonObject:
        if space_id is not None:
            return self._caller.get(endpoints.SPACE, id=space_id)
        payload = self._caller.get(endpoints.SPACES, {"keys": space_key})
        for row in rows_of(payload, endpoints.SPACES.label):
            if row.get("key") == space_key:
                return row
        raise NotFoundError(f"There is no space {space_key}, or this account can't see it.", method="GET")

    def iter_spaces(self, filters: Filters) -> Iterator[JsonObject]:
        parameters = parameters_of(filters)
        if "id" in parameters:
            parameters["ids"] = parameters.pop("id")  # what other lists call `id`
        for payload in self._caller.walk(endpoints.SPACES, parameters):
            yield from payload["results"]

    def get_content(self, kind: ContentKind, content_id: str, wanted: Wanted) -> JsonObject:
        return self._caller.get(_SINGLES[kind], _parameters(wanted), id=content_id)

    def iter_contents(self, kind: ContentKind, filters: Filters) -> Iterator[JsonObject]:
        kept = self._by_space_id(filters)
        label = kept.pop("label", None)
        if label is None:
            yield from self._rows(_LISTS[kind], kept)
            return
        # the list by label knows fewer filters than the plain one: the others are applied to what it gives
        sent: dict[str, Any] = {
            name: kept[name] for name in ("sort", "limit", "space_ids", "body_format") if name in kept
        }
        label_id = self._label_id(label)
        for row in self.iter_labelled(kind, label_id, sent) if label_id else ():
            if _is_wanted(row, kept):
                yield row

    def _by_space_id(self, filters: Filters) -> dict[str, Any]:
        """The filters with ids in place of the spaces' keys."""
        kept = dict(filters)
        if keys := kept.pop("space_keys", None):
            kept["space_ids"] = [*kept.get("space_ids", ()), *self._space_ids(keys)]
        return kept

    def _space_ids(self, keys: list[str]) -> list[str]:
        found = {row["key"]: str(row["id"]) for row in self._rows(endpoints.SPACES, {"keys": keys})}
        missing = [key for key in keys if key not in found]
        if missing:
            raise NotFoundError(f"There is no space {missing[0]}, or this account can't see it.", method="GET")
        return [found[key] for key in keys]

    def _label_id(self, name: str) -> str | None:
        """The id of a global label; None where nothing carries it."""
        try:
            return str(self.get_label(name)["id"])
        except NotFoundError:
            return None

    def get_label(self, name: str) -> JsonObject:
        found = self._caller.get(endpoints.LABEL_BY_NAME, {"name": name, "limit": 1}).get("label") or {}
        if found.get("id") is None:
            raise NotFoundError(f"Nothing carries the label {name!r}.", method="GET")
        return {"id": str(found["id"]), "name": found.get("name", name), "prefix": found.get("prefix", "global")}

    def iter_comments(self, kind: CommentKind, filters: Filters) -> Iterator[JsonObject]:
        kept = dict(filters)
        for name, segment in (("page_id", "pages"), ("blogpost_id", "blogposts")):
            if holder_id := kept.pop(name, None):
                path = f"/wiki/api/v2/{segment}/{{id}}/{kind}-comments"
                return self._rows(Endpoint(path, "read:comment:confluence"), kept, holder_id)
        return self._rows(_COMMENTS[kind], kept)

    def get_attachment(self, attachment_id: str, wanted: Wanted) -> JsonObject:
        return self._caller.get(endpoints.ATTACHMENT, _parameters(wanted, has_body=False), id=attachment_id)

    def iter_attachments(self, filters: Filters) -> Iterator[JsonObject]:
        kept = dict(filters)
        for name, segment in (
            ("page_id", "pages"), ("blogpost_id", "blogposts"), ("custom_content_id", "custom-content")
        ):  # fmt: skip
            if holder_id := kept.pop(name, None):
                path = f"/wiki/api/v2/{segment}/{{id}}/attachments"
                yield from self._rows(Endpoint(path, "read:attachment:confluence"), kept, holder_id)
                return
        label = kept.pop("label", None)
        if label is None:
            yield from self._rows(endpoints.ATTACHMENTS, kept)
            return
        label_id = self._label_id(label)
        sent: dict[str, Any] = {name: kept[name] for name in ("sort", "limit") if name in kept}
        for row in self.iter_labelled("attachment", label_id, sent) if label_id else ():
            if _is_wanted(row, kept):
                yield row

    def download_request(self, container_id: str, attachment_id: str, version_number: int | None) -> Request:
        return download_request(container_id, attachment_id, version_number)

    def iter_labels(self, filters: Filters) -> Iterator[JsonObject]:
        kept = dict(filters)
        for kind, segment in SEGMENTS.items():
            if holder_id := kept.pop(f"{kind}_id", None):
                scope = f"read:{_FAMILIES[kind]}:confluence"
                return self._rows(Endpoint(f"/wiki/api/v2/{segment}/{{id}}/labels", scope), kept, holder_id)
        if space_id := kept.pop("space_id", None):
            path = "/wiki/api/v2/spaces/{id}/content/labels"
            return self._rows(Endpoint(path, "read:space:confluence"), kept, space_id)
        return self._rows(endpoints.LABELS, kept)

    def iter_labelled(self, kind: Holder, label_id: str, filters: Filters) -> Iterator[JsonObject]:
        path = f"/wiki/api/v2/labels/{{id}}/{SEGMENTS[kind]}"
        return self._rows(Endpoint(path, f"read:{_FAMILIES[kind]}:confluence"), filters, label_id)

    def get_custom_content(self, content_id: str, wanted: Wanted) -> JsonObject:
        endpoint = Endpoint("/wiki/api/v2/custom-content/{id}", "read:custom-content:confluence")
        return self._caller.get(endpoint, _parameters(wanted), id=content_id)

    def iter_custom_content(self, content_type: str, filters: Filters) -> Iterator[JsonObject]:
        kept = self._by_space_id({**filters, "content_type": content_type})
        for name, segment in (("page_id", "pages"), ("blogpost_id", "blogposts")):
            if holder_id := kept.pop(name, None):
                path = f"/wiki/api/v2/{segment}/{{id}}/custom-content"
                yield from self._rows(Endpoint(path, "read:custom-content:confluence"), kept, holder_id)
                return
        yield from self._rows(endpoints.CUSTOM_CONTENT, kept)

    def get_task(self, task_id: str, body_format: str) -> JsonObject:
        endpoint = Endpoint("/wiki/api/v2/tasks/{id}", "read:task:confluence")
        return self._caller.get(endpoint, {"body-format": body_format}, id=task_id)

    def iter_tasks(self, filters: Filters) -> Iterator[JsonObject]:
        yield from self._rows(endpoints.TASKS, self._by_space_id(filters))

    def iter_versions(self, holder: HolderRef) -> Iterator[JsonObject]:
        return self._rows(_hanging(holder, "versions"), {}, holder.id)

    def get_version(self, holder: HolderRef, number: int) -> JsonObject:
        return self._caller.get(_hanging(holder, "versions/{number}"), id=holder.id, number=str(number))

    def iter_properties(self, holder: HolderRef) -> Iterator[JsonObject]:
        return self._rows(PROPERTIES[holder.kind], {}, holder.id)

    def iter_likes(self, holder: HolderRef) -> Iterator[JsonObject]:
        if holder.kind not in endpoints.LIKES:
            raise SettingsError(f"A {holder.kind} can't be liked.", setting="holder")
        return self._rows(endpoints.LIKES[holder.kind], {}, holder.id)

    def get_operations(self, holder: HolderRef) -> list[JsonObject]:
        return list(self._caller.get(_hanging(holder, "operations"), id=holder.id).get("operations") or ())

    def iter_search(self, cql: str, expand: str | None, limit: int) -> Iterator[JsonObject]:
        parameters = {"cql": cql, "expand": expand, "limit": limit}
        for payload in self._caller.walk(endpoints.CONTENT_SEARCH, parameters):
            yield from payload["results"]

    def _rows(self, endpoint: Endpoint, filters: Filters, holder_id: str | None = None) -> Iterator[JsonObject]:
        ids = None if holder_id is None else {"id": holder_id}
        for payload in self._caller.walk(endpoint, parameters_of(filters), ids=ids):
            yield from payload["results"]


def _hanging(holder: HolderRef, what: str) -> Endpoint:
    return Endpoint(f"/wiki/api/v2/{SEGMENTS[holder.kind]}/{{id}}/{what}", f"read:{_FAMILIES[holder.kind]}:confluence")


def _parameters(wanted: Wanted, *, has_body: bool = True) -> dict[str, Any]:
    """What one content is asked for, as v2 spells it."""
    found: dict[str, Any] = {_INCLUDES.get(name, f"include-{name}"): True for name in wanted.include}
    if has_body:
        found["body-format"] = wanted.body_format
    if wanted.version_number is not None:
        found["version"] = wanted.version_number
    if wanted.is_draft:
        found["get-draft"] = True
    return found


def _is_wanted(row: JsonObject, filters: Filters) -> bool:
    """Whether a row is what the filters mean that the list of its kind would have applied itself."""
    statuses = filters.get("statuses") or ("current", "archived")
    return (
        row.get("status", "current") in statuses
        and ("ids" not in filters or row["id"] in map(str, filters["ids"]))
        and filters.get("title") in (None, row.get("title"))
        and filters.get("filename") in (None, row.get("title"))
        and filters.get("media_type") in (None, row.get("mediaType"))
        and filters.get("subtype") in (None, row.get("subtype") or "page")
    )
