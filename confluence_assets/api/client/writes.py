"""The calls that write. Each raises SettingsError before anything is sent where `allow_writes` is not set."""

import mimetypes
import re
from pathlib import Path
from typing import Any, Unpack

from confluence_assets.api.client.files import FileWrites
from confluence_assets.api.client.gate import writes
from confluence_assets.api.client.pages import PageWrites
from confluence_assets.api.client.properties import PropertyWrites
from confluence_assets.api.client.reach import Reach
from confluence_assets.api.client.shapes import Attachment, ContentProperty, Holder, NewPage, Page, PageChange
from confluence_assets.api.client.writer import HolderRef, Upload
from confluence_assets.api.filters import check_names
from confluence_assets.errors import SettingsError

_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(; ?[\w.+-]+=[\w.+-]+)*")


class WriteCalls(Reach):
    """Pages, files and properties, written.

    No write is sent twice blindly: after a time-out, a cut connection or a 5xx the site is asked first whether it was done.
    """

    # pages

    @writes
    def create_page(self, space_key: str, title: str, body: str = "", **options: Unpack[NewPage]) -> Page:
        """The page that was made, in storage format unless `representation` says otherwise.

        Raises: DuplicateTitleError where the space has a page of that title; AccessError for an archived space.
        """
        check_names(NewPage, options)
        return self._page_writes.create(space_key, title, body, options)

    @writes
    def update_page(
        self,
        page_id: str,
        *,
        expected_version: int | None = None,
        overwrite: bool = False,
        **change: Unpack[PageChange],
    ) -> Page:
        """The page with one version more; what is not given stays as it is. A draft becomes a page by `status="current"`.

        A page in the trash or archived is changed only where `status` is given, since that restores it.
        `expected_version` is the version that was read before; without it, the change builds on what stands now.
        Raises: ConflictError with both versions where another one stands, unless `overwrite`; DuplicateTitleError;
        SettingsError for a page in the trash or archived; ProtocolError where the body that stays can't be read.
        """
        check_names(PageChange, change)
        return self._page_writes.update(page_id, change, expected_version, overwrite)

    @writes
    def delete_page(self, page_id: str, *, purge: bool = False, draft: bool = False) -> None:
        """Into the trash; with `purge` through the trash and for good; with `draft` the draft alone, which has no trash."""
        self._page_writes.delete(page_id, purge=purge, draft=draft)

    # files

    @writes
    def upload_attachment(
        self,
        holder_id: str,
        filename: str,
        content: bytes | Path,
        *,
        media_type: str | None = None,
        comment: str = "",
        replace: bool = False,
    ) -> Attachment:
        """The file that was uploaded to a page or a blog post; `replace` makes the next version of one with that name.

        Raises: ConflictError where a file of that name is there and `replace` is not set.
        """
        upload = _upload(filename, content, media_type, comment)
        return self._file_writes.upload(HolderRef(holder_id, self._kind_of(holder_id)), upload, replace=replace)

    @writes
    def upload_attachment_version(
        self, attachment_id: str, content: bytes | Path, *, media_type: str | None = None, comment: str = ""
    ) -> Attachment:
        """The file with its next version, whatever it is called."""
        known = self._writer.get_attachment(attachment_id)
        upload = _upload(str(known.get("title") or ""), content, media_type or known.get("mediaType"), comment)
        return self._file_writes.upload_version(_holder_of(known), known, upload)

    @writes
    def delete_attachment(self, attachment_id: str, *, purge: bool = False) -> None:
        """Into the trash; with `purge` through the trash and for good."""
        self._file_writes.delete(attachment_id, purge=purge)

    # properties

    @writes
    def create_property(self, holder_id: str, key: str, value: Any, *, holder: Holder = "page") -> ContentProperty:
        """The property that was made. Raises: ConflictError where the key is taken."""
        return self._property_writes.create(HolderRef(holder_id, holder), key, value)

    @writes
    def update_property(
        self,
        holder_id: str,
        key: str,
        value: Any,
        *,
        holder: Holder = "page",
        expected_version: int | None = None,
        overwrite: bool = False,
    ) -> ContentProperty:
        """The property with its next version.

        Raises: NotFoundError where there is none; ConflictError where another version than expected stands, unless `overwrite`.
        """
        where = HolderRef(holder_id, holder)
        return self._property_writes.update(where, key, value, "", expected_version, overwrite=overwrite)

    @writes
    def delete_property(self, holder_id: str, key: str, *, holder: Holder = "page") -> None:
        """Gone for good: properties have no trash. Raises: NotFoundError where there is none."""
        self._property_writes.delete(HolderRef(holder_id, holder), key)

    # what they are made of

    @property
    def _page_writes(self) -> PageWrites:
        return PageWrites(self.transport, self._writer)

    @property
    def _file_writes(self) -> FileWrites:
        return FileWrites(self.transport, self._writer)

    @property
    def _property_writes(self) -> PropertyWrites:
        return PropertyWrites(self.transport, self._writer)

    def _kind_of(self, holder_id: str) -> Holder:
        return self._writer.kind_of(holder_id)


def _upload(filename: str, content: bytes | Path, media_type: str | None, comment: str) -> Upload:
    kind = media_type or mimetypes.guess_type(filename)[0] or "application/octet-stream"
    if not _MEDIA_TYPE.fullmatch(kind):
        raise SettingsError(f"{kind!r} is no media type: text/csv is one.", setting="media_type")
    return Upload(filename, _bytes_of(content), kind, comment)


def _bytes_of(content: Any) -> bytes:
    """Raises: SettingsError for a file that can't be read, and for text, which could be a name or a content."""
    if isinstance(content, bytes):
        return content
    if not isinstance(content, Path):
        raise SettingsError(
            "content is neither bytes nor a Path.", setting="content", hint="Give text as text.encode()."
        )
    try:
        return content.read_bytes()
    except OSError as error:
        raise SettingsError(f"{content} can't be read: {error.strerror}.", setting="content") from None


def _holder_of(known: Attachment) -> HolderRef:
    """What a file hangs on."""
    if "pageId" in known:
        return HolderRef(str(known["pageId"]), "page")
    if "blogPostId" in known:
        return HolderRef(str(known["blogPostId"]), "blogpost")
    return HolderRef(str(known.get("customContentId") or ""), "custom_content")
