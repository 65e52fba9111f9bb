"""Files written: uploaded, replaced, deleted. Their outcomes are looked up by name and version."""

from confluence_assets.api.client.once import write_once
from confluence_assets.api.client.shapes import Attachment
from confluence_assets.api.client.words import copy_facts, told
from confluence_assets.api.client.writer import HolderRef, Upload, Writer
from confluence_assets.api.transport import Transport
from confluence_assets.errors import ApiError, ConflictError, NotFoundError, ProtocolError


class FileWrites:
    """The writes of files over one deployment's `Writer`."""

    def __init__(self, transport: Transport, writer: Writer) -> None:
        self._transport = transport
        self._writer = writer

    def upload(self, holder: HolderRef, upload: Upload, *, replace: bool) -> Attachment:
        """The file that was made; where one of that name is there, its new version (`replace`) or a ConflictError."""
        known = self._writer.find_attachment(holder, upload.filename)
        if known is not None:
            if not replace:
                raise _taken(holder, upload.filename, known)
            return self.upload_version(holder, known, upload)
        try:
            return write_once(
                self._transport,
                lambda is_again: self._post(holder, upload, is_again),
                lambda: self._arrived(holder, upload, 1),
            )
        except ApiError as error:
            raise told(self._writer, error, f"{upload.filename!r} was not uploaded to {holder.id}", holder) from None

    def upload_version(self, holder: HolderRef, known: Attachment, upload: Upload) -> Attachment:
        """The file with one version more."""
        before = file_version(known)
        try:
            return write_once(
                self._transport,
                lambda _is_again: self._writer.post_attachment_data(holder, known["id"], upload),
                lambda: self._arrived_by_id(known["id"], before + 1, upload),
                is_repeatable=False,
            )
        except ApiError as error:
            raise told(self._writer, error, f"A new version of {known['id']} was not uploaded", holder) from None

    def _post(self, holder: HolderRef, upload: Upload, is_again: bool) -> Attachment:
        """One attempt. A POST of a name that is there is refused, so that a second one can't make a second file."""
        try:
            return self._writer.post_attachment(holder, upload)
        except (ProtocolError, ConflictError) as error:
            found = self._writer.find_attachment(holder, upload.filename)
            if found is None:
                raise
            if is_again and file_version(found) == 1 and found.get("fileSize") == len(upload.content):
                return found  # the attempt before arrived after all
            made = _taken(holder, upload.filename, found)
            copy_facts(made, error)
        raise made

    def _arrived(self, holder: HolderRef, upload: Upload, version: int) -> Attachment | None:
        found = self._writer.find_attachment(holder, upload.filename)
        return found if found is None or _is_ours(found, upload, version) else _not_ours(found, upload, version)

    def _arrived_by_id(self, attachment_id: str, version: int, upload: Upload) -> Attachment | None:
        found = self._writer.get_attachment(attachment_id)
        if file_version(found) < version:
            return None
        return found if _is_ours(found, upload, version) else _not_ours(found, upload, version)

    def delete(self, attachment_id: str, *, purge: bool) -> None:
        """To the trash; through it and for good where `purge`."""
        try:
            if not purge or self._writer.get_status(attachment_id, "attachment") != "trashed":
                self._delete(attachment_id, purge=False, gone=("trashed", None))
            if purge:
                self._delete(attachment_id, purge=True, gone=(None,))
        except ApiError as error:
            where = HolderRef(attachment_id, "attachment")
            raise told(self._writer, error, f"Attachment {attachment_id} was not deleted", where) from None

    def _delete(self, attachment_id: str, *, purge: bool, gone: tuple[str | None, ...]) -> None:
        def send(is_again: bool) -> bool:
            try:
                self._writer.delete_attachment(attachment_id, purge=purge)
            except NotFoundError:
                if not is_again:
                    raise
            return True

        def find() -> bool | None:
            return True if self._writer.get_status(attachment_id, "attachment") in gone else None

        write_once(self._transport, send, find)


def file_version(found: Attachment) -> int:
    return int((found.get("version") or {}).get("number") or 1)


def _is_ours(found: Attachment, upload: Upload, version: int) -> bool:
    """Whether this is what we sent: of that version and length. Two files of one name and length are told apart by nobody."""
    return file_version(found) == version and found.get("fileSize") in (None, len(upload.content))


def _not_ours(found: Attachment, upload: Upload, version: int) -> Attachment:
    made = ConflictError(
        f"Attachment {found['id']} ({upload.filename!r}) is at version {file_version(found)} with {found.get('fileSize')} "
        f"bytes, where version {version} with {len(upload.content)} bytes was sent: somebody else uploaded meanwhile.",
        hint="Look at the file, and upload again where yours is to stand.",
    )
    made.expected_version, made.current_version = version - 1, file_version(found)
    raise made


def _taken(holder: HolderRef, filename: str, known: Attachment) -> ConflictError:
    found = ConflictError(
        f"{holder.kind} {holder.id} has a file named {filename!r} already ({known['id']}).",
        hint="Pass replace=True to upload its next version, or choose another name.",
    )
    found.expected_version, found.current_version = 0, file_version(known)
    return found
