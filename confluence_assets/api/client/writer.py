"""What a deployment must be able to do for the writing calls: single attempts, and the look-ups that settle their outcome.

Nothing here is sent twice; what an unknown outcome means is decided by `writes`, in the same way for both deployments.
"""

from dataclasses import dataclass, field
from typing import Any, Protocol, get_args

from confluence_assets.api.client.shapes import Attachment, ContentProperty, Holder, Page, Representation
from confluence_assets.errors import SettingsError


@dataclass(frozen=True, slots=True)
class PageDraft:
    """All of a page that is to be written. `version_number` is the number that the write makes; 0 for a new page."""

    title: str
    body: str | None
    representation: Representation = "storage"
    parent_id: str | None = None
    is_at_root: bool = False
    status: str = "current"
    version_number: int = 0
    message: str = ""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way. `content` is kept out of `repr`."""

    filename: str
    content: bytes = field(repr=False)
    media_type: str = "application/octet-stream"
    comment: str = ""


@dataclass(frozen=True, slots=True)
class HolderRef:
    """What a property or a file hangs on. Raises: SettingsError for a kind that holds none."""

    id: str
    kind: Holder = "page"

    def __post_init__(self) -> None:
        if self.kind not in get_args(Holder):
            known = ", ".join(get_args(Holder))
            raise SettingsError(f"holder is {self.kind!r}.", setting="holder", hint=f"There are {known}.")


class Writer(Protocol):
    """The writes of one deployment. Raises (all): the errors of `confluence_assets.errors`."""

    def get_account_id(self) -> str:
        """Who we are there."""
        ...

    def why_closed(self, place: "str | HolderRef") -> str:
        """Why nobody may write there now: an archived space, named by key, id or content, or a site in read-only mode.

        Empty where there is no such reason.
        """
        ...

    def find_page(self, space_key: str, title: str) -> Page | None:
        """The page of that title, current or archived, with its storage body."""
        ...

    def find_drafts(self, space_key: str, title: str) -> "list[Page] | None":
        """Our drafts of that title, with their storage bodies; None where the site lists no drafts, as Cloud does not."""
        ...

    def get_page(self, page_id: str, *, is_draft: bool = False) -> Page:
        """The page as it stands, with its storage body, whatever its status."""
        ...

    def get_version_author(self, page_id: str, number: int) -> tuple[str | None, str]:
        """Author and message of one version."""
        ...

    def post_page(self, space_key: str, draft: PageDraft) -> Page: ...

    def put_page(self, page_id: str, draft: PageDraft) -> Page: ...

    def delete_page(self, page_id: str, *, purge: bool, is_draft: bool) -> None: ...

    def get_status(self, content_id: str, kind: Holder) -> str | None:
        """The status of a page or a file; None where it is missing or hidden."""
        ...

    def kind_of(self, content_id: str) -> Holder:
        """What a content is. Raises: NotFoundError where it is missing or hidden."""
        ...

    def delete_attachment(self, attachment_id: str, *, purge: bool) -> None: ...

    def find_attachment(self, holder: HolderRef, filename: str) -> Attachment | None: ...

    def get_attachment(self, attachment_id: str) -> Attachment: ...

    def post_attachment(self, holder: HolderRef, upload: Upload) -> Attachment: ...

    def post_attachment_data(self, holder: HolderRef, attachment_id: str, upload: Upload) -> Attachment: ...

    def find_property(self, holder: HolderRef, key: str) -> ContentProperty | None: ...

    def post_property(self, holder: HolderRef, key: str, value: Any) -> ContentProperty: ...

    def put_property(
        self, holder: HolderRef, known: ContentProperty, value: Any, version_number: int, message: str
    ) -> ContentProperty: ...

    def delete_property(self, holder: HolderRef, known: ContentProperty) -> None: ...
