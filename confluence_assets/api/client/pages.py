"""Pages written: made, changed, deleted; conflicts, duplicate titles and unknown outcomes told apart."""

import html
import re

from confluence_assets.api.client.once import write_once
from confluence_assets.api.client.shapes import NewPage, Page, PageChange
from confluence_assets.api.client.words import conflict, copy_facts, told
from confluence_assets.api.client.writer import HolderRef, PageDraft, Writer
from confluence_assets.api.transport import Transport
from confluence_assets.errors import (
    ApiError,
    ConflictError,
    DuplicateTitleError,
    NotFoundError,
    ProtocolError,
    SettingsError,
)

MOST_OVERWRITES = 5
_TITLE_TAKEN = re.compile(r"(?i)title\b.*\balready exists|already exists.*\btitle|same title")
_MARKUP = re.compile(r"<!\[CDATA\[(.*?)\]\]>|<[^>]*>", re.DOTALL)
_SPACES = re.compile(r"\s+")


class PageWrites:
    """The writes of pages over one deployment's `Writer`."""

    def __init__(self, transport: Transport, writer: Writer) -> None:
        self._transport = transport
        self._writer = writer

    # made

    def create(self, space_key: str, title: str, body: str, options: NewPage) -> Page:
        """The page that was made. A title that is taken is told before anything is sent."""
        draft = PageDraft(
            title,
            body,
            options.get("representation", "storage"),
            options.get("parent_id"),
            options.get("root_level", False),
            options.get("status", "current"),
        )
        has_title = draft.status == "current"
        if has_title and (known := self._writer.find_page(space_key, title)):
            raise _duplicate(space_key, title, str(known["id"]))
        before = set() if has_title else {page["id"] for page in self._writer.find_drafts(space_key, title) or ()}
        try:
            return write_once(
                self._transport,
                lambda is_again: self._post(space_key, draft, is_again),
                lambda: self._made(space_key, draft) if has_title else self._drafted(space_key, draft, before),
                is_repeatable=has_title,  # of drafts there may be any number with one title
            )
        except ApiError as error:
            raise told(self._writer, error, f"The page {title!r} was not created in {space_key}", space_key) from None

    def _post(self, space_key: str, draft: PageDraft, is_again: bool) -> Page:
        try:
            return self._writer.post_page(space_key, draft)
        except (ProtocolError, ConflictError) as error:
            if not _is_title_taken(error):
                raise
            found = self._writer.find_page(space_key, draft.title)
            if is_again and found is not None and self._is_ours(found, draft, 1):
                return found  # the attempt before arrived after all
            duplicate = _duplicate(space_key, draft.title, str(found["id"]) if found else None)
            copy_facts(duplicate, error)
        raise duplicate

    def _made(self, space_key: str, draft: PageDraft) -> Page | None:
        """The page that an attempt of unknown outcome made. Raises: DuplicateTitleError where it is somebody else's."""
        found = self._writer.find_page(space_key, draft.title)
        if found is None or self._is_ours(found, draft, 1):
            return found
        raise _duplicate(space_key, draft.title, str(found["id"]))

    def _drafted(self, space_key: str, draft: PageDraft, before: set[str]) -> Page | None:
        """The draft that an attempt of unknown outcome made: it was not there before. Raises: ProtocolError where none are listed."""
        listed = self._writer.find_drafts(space_key, draft.title)
        if listed is None:
            _unknown(draft)
        new = [page for page in listed or () if page["id"] not in before and page.get("title") == draft.title]
        same = [page for page in new if words_of(storage_of(page)) == words_of(draft.body or "")]
        return same[0] if same else None

    # changed

    def update(self, page_id: str, change: PageChange, expected_version: int | None, overwrite: bool) -> Page:
        """The page as it stands after the change. Raises: ConflictError where another version stands than was expected."""
        failures = 0
        while True:
            page = self._read(page_id)
            before = version_number(page)
            if not overwrite and expected_version is not None and expected_version != before:
                raise conflict(f"Page {page_id}", expected_version, before)
            try:
                return self._change(page, _changed(page, change))
            except DuplicateTitleError:
                raise
            except ConflictError:
                failures += 1
                if not overwrite or failures == MOST_OVERWRITES:
                    raise
            except ApiError as error:
                raise told(self._writer, error, f"Page {page_id} was not changed", HolderRef(page_id)) from None

    def _read(self, page_id: str) -> Page:
        try:
            return self._writer.get_page(page_id)
        except NotFoundError as error:
            try:
                return self._writer.get_page(page_id, is_draft=True)
            except NotFoundError:
                raise error from None

    def _change(self, page: Page, draft: PageDraft) -> Page:
        page_id = str(page["id"])
        return write_once(
            self._transport,
            lambda is_again: self._put(page_id, draft, is_again),
            lambda: self._done(page_id, draft),
        )

    def _put(self, page_id: str, draft: PageDraft, is_again: bool) -> Page:
        """One attempt. A refusal that comes of another version than we built on becomes a ConflictError."""
        refused: ApiError
        try:
            return self._writer.put_page(page_id, draft)
        except (ConflictError, ProtocolError) as error:
            if _is_title_taken(error):
                made = _duplicate("", draft.title, None)
                copy_facts(made, error)
                raise made from None
            refused = error
        if is_again and (done := self._done(page_id, draft)) is not None:
            return done  # the attempt before arrived after all
        if draft.version_number <= 1:  # a draft has one version: there is no other to conflict with
            raise refused
        standing = version_number(self._read(page_id))
        if isinstance(refused, ProtocolError) and standing == draft.version_number - 1:
            raise refused
        found = conflict(f"Page {page_id}", draft.version_number - 1, standing)
        copy_facts(found, refused)
        raise found

    def _done(self, page_id: str, draft: PageDraft) -> Page | None:
        """The page, where an attempt of unknown outcome wrote it. Raises: ConflictError where somebody else did."""
        found = self._read(page_id)
        number = version_number(found)
        if draft.version_number <= 1:
            return found if found.get("status") == draft.status and self._is_ours(found, draft, 1) else None
        if number < draft.version_number:
            return None
        if number == draft.version_number:
            is_ours = self._is_ours(found, draft, number)
        else:
            author, message = self._writer.get_version_author(page_id, draft.version_number)
            is_ours = author == self._writer.get_account_id() and message == draft.message
        if is_ours:
            return found
        raise conflict(f"Page {page_id}", draft.version_number - 1, number)

    def _is_ours(self, found: Page, draft: PageDraft, number: int) -> bool:
        """Whether this is what we sent: our account's, of that number and title, and of the same words.

        Bodies are compared by their words, because a site writes them in its own way.
        """
        version = found.get("version") or {}
        author = version.get("authorId") or found.get("authorId")
        if version.get("number", 1) != number or found.get("title") != draft.title:
            return False
        if author != self._writer.get_account_id() or (number > 1 and version.get("message", "") != draft.message):
            return False
        if draft.representation != "storage" or draft.body is None:
            return True
        return words_of(draft.body) == words_of(storage_of(found))

    # deleted

    def delete(self, page_id: str, *, purge: bool, draft: bool) -> None:
        """To the trash; for good (through the trash) where `purge`; a draft, which has no trash, where `draft`."""
        try:
            if draft:
                self._delete(page_id, purge=False, is_draft=True, gone=(None,))
                return
            if not purge or self._writer.get_status(page_id, "page") != "trashed":
                self._delete(page_id, purge=False, is_draft=False, gone=("trashed", None))
            if purge:
                self._delete(page_id, purge=True, is_draft=False, gone=(None,))
        except ApiError as error:
            raise told(self._writer, error, f"Page {page_id} was not deleted", HolderRef(page_id)) from None

    def _delete(self, page_id: str, *, purge: bool, is_draft: bool, gone: tuple[str | None, ...]) -> None:
        def send(is_again: bool) -> bool:
            try:
                self._writer.delete_page(page_id, purge=purge, is_draft=is_draft)
            except NotFoundError:
                if not is_again:
                    raise
            return True

        write_once(self._transport, send, lambda: True if self._writer.get_status(page_id, "page") in gone else None)


def version_number(found: Page) -> int:
    """The number of the version that stands; 1 where none is told."""
    return int((found.get("version") or {}).get("number") or 1)


def storage_of(page: Page) -> str:
    return _storage_value(page) or ""


def _storage_value(page: Page) -> str | None:
    """None where the answer brought no body, which is another thing than an empty one."""
    value = ((page.get("body") or {}).get("storage") or {}).get("value")
    return None if value is None else str(value)


def words_of(storage: str) -> str:
    """What a body says, without how it is written."""
    plain = _MARKUP.sub(lambda mark: mark.group(1) or " ", storage)
    return _SPACES.sub(" ", html.unescape(plain)).strip()


def _changed(page: Page, change: PageChange) -> PageDraft:
    """All of the page as it is to be: what is not changed is sent again as it stands.

    Raises: SettingsError for a page in the trash or archived, where no status was given; ProtocolError where the body that is to
    stay was not told.
    """
    status = change.get("status") or _own_status(page)
    if "body" not in change and _storage_value(page) is None:
        raise ProtocolError(
            f"The site told page {page['id']} without its body, which would be emptied.",
            hint="Give the body, too, or try again later.",
        )
    is_new = status == "draft" or page.get("status") == "draft"  # a draft is always its first version
    return PageDraft(
        change.get("title", str(page.get("title") or "")),
        change.get("body", storage_of(page)),
        change.get("representation", "storage") if "body" in change else "storage",
        change.get("parent_id"),
        status=status,
        version_number=1 if is_new else version_number(page) + 1,
        message=change.get("message", ""),
    )


def _own_status(page: Page) -> str:
    """What an update leaves as it is: a draft stays a draft, and nothing comes back from the trash by a change of its title."""
    status = str(page.get("status") or "current")
    if status in ("current", "draft"):
        return status
    where = {"trashed": "in the trash", "archived": "archived"}.get(status, f"of status {status}")
    raise SettingsError(
        f"Page {page['id']} is {where}, and was not changed.",
        setting="status",
        hint='Restore it first, or pass status="current" to restore it by the change.',
    )


def _duplicate(space_key: str, title: str, content_id: str | None) -> DuplicateTitleError:
    where = f"The space {space_key}" if space_key else "The space"
    which = f" ({content_id})" if content_id else ", which is hidden from this account or written in another case"
    if not space_key:
        which = ""
    found = DuplicateTitleError(
        f"{where} has a page titled {title!r} already{which}: titles are unique in a space.",
        hint="Choose another title, or change that page with update_page.",
    )
    found.title, found.space_key, found.content_id = title, space_key, content_id
    return found


def _is_title_taken(error: ApiError) -> bool:
    return error.status in (400, 409) and bool(_TITLE_TAKEN.search(f"{error.message} {error.excerpt}"))


def _unknown(draft: PageDraft) -> None:
    error = ProtocolError(
        f"The answer was lost, and the draft {draft.title!r} can't be looked up by its title.",
        hint="Look among your drafts before you make it again.",
    )
    error.is_outcome_unknown = True
    raise error
