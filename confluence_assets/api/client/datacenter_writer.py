"""Writes to a Data Center by its REST API, which is v1's: contents by one address, properties by their keys."""

from typing import Any, cast

from confluence_assets.api.client.cloud_writer import send_upload
from confluence_assets.api.client.shapes import Attachment, ContentProperty, Holder, Page
from confluence_assets.api.client.v1_shapes import attachment_shape, page_shape, property_shape, version_of
from confluence_assets.api.client.writer import HolderRef, PageDraft, Upload
from confluence_assets.api.datacenter import endpoints
from confluence_assets.api.datacenter import write_endpoints as writes
from confluence_assets.api.datacenter.caller import DatacenterCaller
from confluence_assets.api.datacenter.content_rows import user_key
from confluence_assets.api.datacenter.identity import DatacenterIdentity
from confluence_assets.api.paging import payload_of, rows_of
from confluence_assets.api.wire import Endpoint, JsonObject, Request, encode_parameters
from confluence_assets.errors import NotFoundError, SettingsError

OF_PAGE = "space,version,history,ancestors,body.storage"
_ANYWHERE = ("current", "archived", "trashed")
_LISTED = ("current", "archived")


class DatacenterWriter:
    """Single attempts at a Data Center, and the look-ups that settle them. Safe to use from several threads."""

    def __init__(self, caller: DatacenterCaller) -> None:
        self._caller = caller
        self._identity = DatacenterIdentity(caller)
        self._account_id = ""

    def get_account_id(self) -> str:
        if not self._account_id:
            self._account_id = user_key(self._caller.get(endpoints.CURRENT_USER)) or ""
        return self._account_id

    def why_closed(self, place: str | HolderRef) -> str:
        """Archived spaces take changes on a Data Center; a server in read-only mode takes none."""
        if self._identity.is_read_only():
            return "the site is in read-only mode, and takes no changes until its administrator ends that."
        return ""

    # pages

    def find_page(self, space_key: str, title: str) -> Page | None:
        for status in _LISTED:
            query = {"type": "page", "spaceKey": space_key, "title": title, "status": status, "expand": OF_PAGE}
            rows = rows_of(self._caller.get(endpoints.CONTENTS, query), endpoints.CONTENTS.label)
            if rows:
                return page_shape(rows[0])
        return None

    def find_drafts(self, space_key: str, title: str) -> list[Page] | None:
        query = {"type": "page", "spaceKey": space_key, "title": title, "status": "draft", "expand": OF_PAGE}
        rows = rows_of(self._caller.get(endpoints.CONTENTS, query), endpoints.CONTENTS.label)
        return [page_shape(row) for row in rows]

    def get_page(self, page_id: str, *, is_draft: bool = False) -> Page:
        query = {"status": "draft" if is_draft else _ANYWHERE, "expand": OF_PAGE}
        found = self._caller.get(endpoints.CONTENT, query, id=page_id)
        if found.get("type") != "page":
            raise NotFoundError(f"{page_id} is no page but of type {found.get('type')}.", method="GET")
        return page_shape(found)

    def get_version_author(self, page_id: str, number: int) -> tuple[str | None, str]:
        query = {"status": "historical", "version": number, "expand": "version"}
        found = version_of(self._caller.get(endpoints.CONTENT, query, id=page_id).get("version"))
        return found.get("authorId"), found.get("message", "")

    def post_page(self, space_key: str, draft: PageDraft) -> Page:
        content = {**_content(draft), "space": {"key": space_key}}
        reply = self._caller.ask(writes.CREATE, {"expand": OF_PAGE}, content=content)
        return page_shape(payload_of(reply, writes.CREATE.label))

    def put_page(self, page_id: str, draft: PageDraft) -> Page:
        version = {"number": draft.version_number, "message": draft.message}
        content = {**_content(draft), "id": page_id, "version": version}
        is_draft = draft.version_number == 1
        query = {"status": "draft" if is_draft else None}
        reply = self._caller.ask(writes.UPDATE, query, ids={"id": page_id}, content=content)
        return page_shape(payload_of(reply, writes.UPDATE.label))

    def delete_page(self, page_id: str, *, purge: bool, is_draft: bool) -> None:
        self._delete(page_id, "draft" if is_draft else "trashed" if purge else None)

    def _delete(self, content_id: str, status: str | None) -> None:
        """Its answers have no body, whatever their status."""
        path, query = writes.DELETE.fill(id=content_id), encode_parameters({"status": status})
        self._caller.transport.send(Request("DELETE", path, query, label=writes.DELETE.label, wants_json=False))

    def get_status(self, content_id: str, kind: Holder) -> str | None:
        for status in (_ANYWHERE, "draft"):
            try:
                return cast(
                    "str | None", self._caller.get(endpoints.CONTENT, {"status": status}, id=content_id)["status"]
                )
            except NotFoundError:
                continue
        return None

    def kind_of(self, content_id: str) -> Holder:
        told = self._caller.get(endpoints.CONTENT, {"status": _LISTED}, id=content_id).get("type")
        return cast(Holder, told) if told in ("page", "blogpost", "attachment") else "custom_content"

    # files

    def delete_attachment(self, attachment_id: str, *, purge: bool) -> None:
        self._delete(attachment_id, "trashed" if purge else None)

    def find_attachment(self, holder: HolderRef, filename: str) -> Attachment | None:
        query = {"filename": filename, "expand": "version,container"}
        rows = rows_of(self._caller.get(endpoints.CONTENT_FILES, query, id=holder.id), endpoints.CONTENT_FILES.label)
        return attachment_shape(rows[0], holder.kind, holder.id) if rows else None

    def get_attachment(self, attachment_id: str) -> Attachment:
        query = {"status": _LISTED, "expand": "version,container"}
        found = self._caller.get(endpoints.CONTENT, query, id=attachment_id)
        if found.get("type") != "attachment":
            raise NotFoundError(f"{attachment_id} is no attachment but of type {found.get('type')}.", method="GET")
        return attachment_shape(found)

    def post_attachment(self, holder: HolderRef, upload: Upload) -> Attachment:
        return send_upload(self._caller, writes.UPLOAD, {"id": holder.id}, holder, upload)

    def post_attachment_data(self, holder: HolderRef, attachment_id: str, upload: Upload) -> Attachment:
        ids = {"id": holder.id, "attachmentId": attachment_id}
        return send_upload(self._caller, writes.UPLOAD_DATA, ids, holder, upload)

    # properties

    def find_property(self, holder: HolderRef, key: str) -> ContentProperty | None:
        """None where the content has no such property. Raises: NotFoundError where there is no such content."""
        try:
            return property_shape(self._caller.get(writes.PROPERTY, {"expand": "version"}, id=holder.id, key=key))
        except NotFoundError:
            self._caller.get(endpoints.CONTENT, {"status": _LISTED}, id=holder.id)
        return None

    def post_property(self, holder: HolderRef, key: str, value: Any) -> ContentProperty:
        return self._property(writes.CREATE_PROPERTY, {"id": holder.id}, {"key": key, "value": value})

    def put_property(
        self, holder: HolderRef, known: ContentProperty, value: Any, version_number: int, message: str
    ) -> ContentProperty:
        version = {"number": version_number, "message": message, "minorEdit": True}
        content = {"key": known["key"], "value": value, "version": version}
        return self._property(writes.UPDATE_PROPERTY, {"id": holder.id, "key": known["key"]}, content)

    def delete_property(self, holder: HolderRef, known: ContentProperty) -> None:
        self._caller.ask(writes.DELETE_PROPERTY, ids={"id": holder.id, "key": known["key"]})

    def _property(self, endpoint: Endpoint, ids: dict[str, str], content: JsonObject) -> ContentProperty:
        reply = self._caller.ask(endpoint, ids=ids, content=content)
        return property_shape(payload_of(reply, endpoint.label))


def _content(draft: PageDraft) -> JsonObject:
    """A page as v1 takes it. Raises: SettingsError for what only Cloud writes."""
    if draft.representation == "atlas_doc_format":
        raise SettingsError("Data Center takes bodies in storage or wiki format.", setting="representation")
    body = {"value": draft.body or "", "representation": draft.representation}
    content: JsonObject = {
        "type": "page",
        "title": draft.title,
        "status": draft.status,
        "body": {draft.representation: body},
    }
    if draft.parent_id:
        content["ancestors"] = [{"id": draft.parent_id}]
    return content
