"""Writes to Cloud: pages, files' metadata and properties by v2, uploads by v1, which alone has them."""

import threading
from typing import Any, cast

import orjson

from confluence_assets.api.caller import Caller
from confluence_assets.api.client.multipart import encode_upload
from confluence_assets.api.client.shapes import Attachment, ContentProperty, Holder, Page
from confluence_assets.api.client.v1_shapes import attachment_shape
from confluence_assets.api.client.writer import HolderRef, PageDraft, Upload
from confluence_assets.api.cloud import endpoints
from confluence_assets.api.cloud import write_endpoints as writes
from confluence_assets.api.paging import payload_of, rows_of
from confluence_assets.api.wire import Endpoint, JsonObject, Request, encode_parameters
from confluence_assets.errors import NotFoundError, ProtocolError

_ANY_STATUS = ("current", "archived", "trashed", "draft", "historical")


class CloudWriter:
    """Single attempts at Cloud, and the look-ups that settle them. Safe to use from several threads."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._space_ids: dict[str, str] = {}
        self._account_id = ""
        self._lock = threading.Lock()

    def get_account_id(self) -> str:
        if not self._account_id:
            self._account_id = str(self._caller.get(endpoints.CURRENT_USER).get("accountId") or "")
        return self._account_id

    def space_id(self, space_key: str) -> str:
        """The id of a space, asked once. Raises: NotFoundError."""
        with self._lock:
            known = self._space_ids.get(space_key)
        if known is None:
            payload = self._caller.get(endpoints.SPACES, {"keys": space_key})
            rows = [row for row in rows_of(payload, endpoints.SPACES.label) if row.get("key") == space_key]
            if not rows:
                raise NotFoundError(
                    f"There is no space {space_key}, or this account can't see it.",
                    method="GET",
                    hint="A space is named by its key, as in its address: /spaces/KEY.",
                )
            known = str(rows[0]["id"])
            with self._lock:
                self._space_ids[space_key] = known
        return known

    def why_closed(self, place: str | HolderRef) -> str:
        named = place if isinstance(place, str) else self._space_of(place)
        for name in ("ids", "keys") if named.isdigit() else ("keys",):  # a key may be a number, too
            rows = rows_of(self._caller.get(endpoints.SPACES, {name: named}), endpoints.SPACES.label)
            if rows and rows[0].get("status") == "archived":
                return f"the space {rows[0].get('key')} is archived, and takes no changes until it is restored."
        return ""

    def _space_of(self, holder: HolderRef) -> str:
        """The id of the space in which a content stands."""
        single = Endpoint(f"/wiki/api/v2/{writes.SEGMENTS[holder.kind]}/{{id}}", writes.PROPERTIES[holder.kind].scope)
        found = self._caller.get(single, id=holder.id)
        kinds: tuple[tuple[str, Holder], ...] = (("pageId", "page"), ("blogPostId", "blogpost"))
        for name, kind in kinds:
            if holder.kind == "attachment" and found.get(name):
                return self._space_of(HolderRef(str(found[name]), kind))
        return str(found.get("spaceId") or "")

    # pages

    def find_page(self, space_key: str, title: str) -> Page | None:
        query = {
            "space-id": self.space_id(space_key),
            "title": title,
            "status": ("current", "archived"),
            "body-format": "storage",
        }
        rows = rows_of(self._caller.get(endpoints.PAGES, query), endpoints.PAGES.label)
        return cast(Page, rows[0]) if rows else None

    def find_drafts(self, space_key: str, title: str) -> list[Page] | None:
        """Neither lists nor search have them."""
        return None

    def get_page(self, page_id: str, *, is_draft: bool = False) -> Page:
        query = {"body-format": "storage", "get-draft": True if is_draft else None}
        return cast(Page, self._caller.get(endpoints.PAGE, query, id=page_id))

    def get_version_author(self, page_id: str, number: int) -> tuple[str | None, str]:
        found = self._caller.get(endpoints.PAGE, {"version": number}, id=page_id).get("version") or {}
        return found.get("authorId"), str(found.get("message") or "")

    def post_page(self, space_key: str, draft: PageDraft) -> Page:
        content: JsonObject = {
            "spaceId": self.space_id(space_key),
            "status": draft.status,
            "title": draft.title,
            "body": _body(draft),
        }
        if draft.parent_id:
            content["parentId"] = draft.parent_id
        query = {"root-level": True} if draft.is_at_root else None
        reply = self._caller.ask(writes.CREATE_PAGE, query, content=content)
        return cast(Page, payload_of(reply, writes.CREATE_PAGE.label))

    def put_page(self, page_id: str, draft: PageDraft) -> Page:
        content: JsonObject = {
            "id": page_id,
            "status": draft.status,
            "title": draft.title,
            "body": _body(draft),
            "version": {"number": draft.version_number, "message": draft.message},
        }
        if draft.parent_id:
            content["parentId"] = draft.parent_id
        reply = self._caller.ask(writes.UPDATE_PAGE, ids={"id": page_id}, content=content)
        return cast(Page, payload_of(reply, writes.UPDATE_PAGE.label))

    def delete_page(self, page_id: str, *, purge: bool, is_draft: bool) -> None:
        query = {"purge": True if purge else None, "draft": True if is_draft else None}
        self._caller.ask(writes.DELETE_PAGE, query, ids={"id": page_id})

    def get_status(self, content_id: str, kind: Holder) -> str | None:
        if kind == "attachment":
            return self._status_of(endpoints.ATTACHMENT, {}, content_id)
        known = self._status_of(endpoints.PAGE, {"status": _ANY_STATUS}, content_id)
        return known or self._status_of(endpoints.PAGE, {"get-draft": True}, content_id)

    def _status_of(self, endpoint: Endpoint, query: JsonObject, content_id: str) -> str | None:
        try:
            return cast("str | None", self._caller.get(endpoint, query, id=content_id).get("status"))
        except NotFoundError:
            return None

    def kind_of(self, content_id: str) -> Holder:
        payload = self._caller.post(endpoints.CONTENT_TYPES, {"contentIds": [content_id]})
        told = (payload.get("results") or {}).get(content_id)
        if told is None:
            raise NotFoundError(f"There is no content {content_id}, or this account can't see it.", method="POST")
        return cast(Holder, told) if told in ("page", "blogpost", "attachment") else "custom_content"

    # files

    def delete_attachment(self, attachment_id: str, *, purge: bool) -> None:
        query = {"purge": True} if purge else None
        self._caller.ask(writes.DELETE_ATTACHMENT, query, ids={"id": attachment_id})

    def find_attachment(self, holder: HolderRef, filename: str) -> Attachment | None:
        path = f"/wiki/api/v2/{writes.SEGMENTS[holder.kind]}/{{id}}/attachments"
        endpoint = Endpoint(path, "read:attachment:confluence")
        rows = rows_of(self._caller.get(endpoint, {"filename": filename}, id=holder.id), endpoint.label)
        return cast(Attachment, rows[0]) if rows else None

    def get_attachment(self, attachment_id: str) -> Attachment:
        return cast(Attachment, self._caller.get(endpoints.ATTACHMENT, id=attachment_id))

    def post_attachment(self, holder: HolderRef, upload: Upload) -> Attachment:
        return self._upload(writes.UPLOAD, {"id": holder.id}, holder, upload)

    def post_attachment_data(self, holder: HolderRef, attachment_id: str, upload: Upload) -> Attachment:
        ids = {"id": holder.id, "attachmentId": attachment_id}
        return self._upload(writes.UPLOAD_DATA, ids, holder, upload)

    def _upload(self, endpoint: Endpoint, ids: dict[str, str], holder: HolderRef, upload: Upload) -> Attachment:
        return send_upload(self._caller, endpoint, ids, holder, upload)

    # properties

    def find_property(self, holder: HolderRef, key: str) -> ContentProperty | None:
        endpoint = writes.PROPERTIES[holder.kind]
        rows = rows_of(self._caller.get(endpoint, {"key": key}, id=holder.id), endpoint.label)
        return cast(ContentProperty, rows[0]) if rows else None

    def post_property(self, holder: HolderRef, key: str, value: Any) -> ContentProperty:
        content = {"key": key, "value": value}
        return self._property(writes.CREATE_PROPERTY[holder.kind], {"id": holder.id}, content)

    def put_property(
        self, holder: HolderRef, known: ContentProperty, value: Any, version_number: int, message: str
    ) -> ContentProperty:
        version = {"number": version_number, "message": message}
        content = {"key": known["key"], "value": value, "version": version}
        ids = {"id": holder.id, "propertyId": known["id"]}
        return self._property(writes.UPDATE_PROPERTY[holder.kind], ids, content)

    def delete_property(self, holder: HolderRef, known: ContentProperty) -> None:
        ids = {"id": holder.id, "propertyId": known["id"]}
        self._caller.ask(writes.DELETE_PROPERTY[holder.kind], ids=ids)

    def _property(self, endpoint: Endpoint, ids: dict[str, str], content: JsonObject) -> ContentProperty:
        reply = self._caller.ask(endpoint, ids=ids, content=content)
        return cast(ContentProperty, payload_of(reply, endpoint.label))


def _body(draft: PageDraft) -> JsonObject:
    value = draft.body or ""
    return {"representation": draft.representation, "value": value}


def send_upload(
    caller: Caller, endpoint: Endpoint, ids: dict[str, str], holder: HolderRef, upload: Upload
) -> Attachment:
    """Send one file, as v1 takes it in both deployments. Raises: ProtocolError where the answer names no file."""
    body, kind = encode_upload(upload)
    reply = caller.transport.send(
        Request(
            endpoint.method,
            endpoint.fill(**ids),
            encode_parameters({}),
            body,
            {"Content-Type": kind, "X-Atlassian-Token": "nocheck"},
            endpoint.label,
            endpoint.scope,
        )
    )
    payload = orjson.loads(reply.body) if reply.payload is None else reply.payload
    rows = payload.get("results", [payload]) if isinstance(payload, dict) else []
    if not rows or not isinstance(rows[0], dict) or "id" not in rows[0]:
        raise ProtocolError(f"{endpoint.label} answered without the file that was uploaded.", method=endpoint.method)
    return attachment_shape(rows[0], holder.kind, holder.id)
