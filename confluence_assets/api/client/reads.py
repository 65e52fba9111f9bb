"""The calls that read: lists that come page by page as they are walked, and single things.

All give objects in the form of Cloud's REST v2 (`shapes`), whatever the deployment.
"""

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager
from typing import Unpack, cast

from confluence_assets.api.client.reach import Reach
from confluence_assets.api.client.reader import Wanted
from confluence_assets.api.client.shapes import (
    Attachment,
    BodyFormat,
    Comment,
    ContentProperty,
    CustomContent,
    Holder,
    Include,
    Label,
    Like,
    Operation,
    Page,
    Space,
    Task,
    Version,
)
from confluence_assets.api.client.writer import HolderRef
from confluence_assets.api.download import open_download
from confluence_assets.api.filters import (
    AttachmentFilters,
    CommentFilters,
    ContentFilters,
    CustomContentFilters,
    LabelFilters,
    ListFilters,
    PageFilters,
    SpaceFilters,
    TaskFilters,
    check_filters,
)
from confluence_assets.api.wire import JsonObject
from confluence_assets.errors import NotFoundError, SettingsError


class ReadCalls(Reach):
    """Spaces, pages, blog posts, comments, files, labels, custom content, tasks, and what hangs on them."""

    def get_current_user(self) -> JsonObject:
        """The account that the site takes us for, as the site tells it."""
        return self._reader.get_current_user()

    # spaces

    def get_space(self, space_id: str | None = None, *, key: str | None = None) -> Space:
        """One space, by id or by key. Raises: NotFoundError."""
        if (space_id is None) == (key is None):
            raise SettingsError("A space is asked for by its id or by its key.", setting="space_id")
        return cast(Space, self._reader.get_space(space_id, key))

    def iter_spaces(self, **filters: Unpack[SpaceFilters]) -> Iterator[Space]:
        """Spaces that the account can see."""
        return cast("Iterator[Space]", self._reader.iter_spaces(check_filters(SpaceFilters, filters)))

    # pages and posts

    def get_page(
        self,
        page_id: str,
        *,
        body_format: BodyFormat | None = "storage",
        include: Collection[Include] = (),
        version_number: int | None = None,
        draft: bool = False,
    ) -> Page:
        """One page with its body, at a version of the past (`version_number`) or as its draft (`draft`)."""
        wanted = Wanted(body_format, include, version_number, draft)
        return cast(Page, self._reader.get_content("page", page_id, wanted))

    def iter_pages(self, **filters: Unpack[PageFilters]) -> Iterator[Page]:
        """Pages, current and archived unless `statuses` says otherwise; without bodies unless `body_format` is given.

        On Data Center, lists by label and sorted lists come from the search index, which leaves archived spaces out.
        """
        return cast("Iterator[Page]", self._reader.iter_contents("page", check_filters(PageFilters, filters)))

    def get_blogpost(
        self,
        blogpost_id: str,
        *,
        body_format: BodyFormat | None = "storage",
        include: Collection[Include] = (),
        version_number: int | None = None,
    ) -> Page:
        """One blog post with its body, as `get_page` gives a page."""
        wanted = Wanted(body_format, include, version_number)
        return cast(Page, self._reader.get_content("blogpost", blogpost_id, wanted))

    def iter_blogposts(self, **filters: Unpack[ContentFilters]) -> Iterator[Page]:
        """Blog posts, current ones unless `statuses` says otherwise."""
        return cast("Iterator[Page]", self._reader.iter_contents("blogpost", check_filters(ContentFilters, filters)))

    def iter_footer_comments(self, **filters: Unpack[CommentFilters]) -> Iterator[Comment]:
        """Footer comments of a page, a post or the whole site."""
        return cast("Iterator[Comment]", self._reader.iter_comments("footer", check_filters(CommentFilters, filters)))

    def iter_inline_comments(self, **filters: Unpack[CommentFilters]) -> Iterator[Comment]:
        """Inline comments of a page, a post or the whole site."""
        return cast("Iterator[Comment]", self._reader.iter_comments("inline", check_filters(CommentFilters, filters)))

    # files

    def get_attachment(self, attachment_id: str, *, include: Collection[Include] = ()) -> Attachment:
        """One file's metadata."""
        return cast(Attachment, self._reader.get_attachment(attachment_id, Wanted(None, include)))

    def iter_attachments(self, **filters: Unpack[AttachmentFilters]) -> Iterator[Attachment]:
        """Files of a page, a post, a custom content, a label or the whole site."""
        return cast("Iterator[Attachment]", self._reader.iter_attachments(check_filters(AttachmentFilters, filters)))

    def download_attachment(
        self, container_id: str, attachment_id: str, *, version_number: int | None = None, size_bytes: int | None = None
    ) -> AbstractContextManager[Iterator[bytes]]:
        """The bytes of a file, as chunks.

            with client.download_attachment(page_id, attachment_id) as chunks:
                for chunk in chunks:
                    file.write(chunk)

        A cut connection is taken up where it was cut; `size_bytes`, where given, is checked.
        """
        request = self._reader.download_request(container_id, attachment_id, version_number)
        return open_download(self.transport, request, size_bytes=size_bytes)

    # labels

    def get_label(self, name: str) -> Label:
        """The label of that name. Raises: NotFoundError where nothing that this account sees carries it."""
        return cast(Label, self._reader.get_label(name))

    def iter_labels(self, **filters: Unpack[LabelFilters]) -> Iterator[Label]:
        """Labels of a content, of the contents of a space, or of the whole site.

        Data Center has a list for one content only: there the pages and posts of the space or the site are walked.
        """
        return cast("Iterator[Label]", self._reader.iter_labels(check_filters(LabelFilters, filters)))

    def iter_labelled_pages(self, label_id: str, **filters: Unpack[ListFilters]) -> Iterator[Page]:
        """Pages that carry the label of that id (Data Center: of that name)."""
        return cast("Iterator[Page]", self._reader.iter_labelled("page", label_id, check_filters(ListFilters, filters)))

    def iter_labelled_blogposts(self, label_id: str, **filters: Unpack[ListFilters]) -> Iterator[Page]:
        """Blog posts that carry the label of that id (Data Center: of that name)."""
        return cast(
            "Iterator[Page]", self._reader.iter_labelled("blogpost", label_id, check_filters(ListFilters, filters))
        )

    # custom content and tasks

    def get_custom_content(self, content_id: str, *, body_format: BodyFormat | None = "raw") -> CustomContent:
        """One custom content."""
        return cast(CustomContent, self._reader.get_custom_content(content_id, Wanted(body_format)))

    def iter_custom_content(
        self, content_type: str, **filters: Unpack[CustomContentFilters]
    ) -> Iterator[CustomContent]:
        """Custom content of one type."""
        return cast(
            "Iterator[CustomContent]",
            self._reader.iter_custom_content(content_type, check_filters(CustomContentFilters, filters)),
        )

    def get_task(self, task_id: str, *, body_format: BodyFormat = "storage") -> Task:
        """One task."""
        return cast(Task, self._reader.get_task(task_id, body_format))

    def iter_tasks(self, **filters: Unpack[TaskFilters]) -> Iterator[Task]:
        """Tasks, by where they stand, who is to do them, when they are due, and whether they are done."""
        return cast("Iterator[Task]", self._reader.iter_tasks(check_filters(TaskFilters, filters)))

    # what hangs on a content

    def iter_versions(self, content_id: str, *, holder: Holder = "page") -> Iterator[Version]:
        """Versions, newest first."""
        return cast("Iterator[Version]", self._reader.iter_versions(HolderRef(content_id, holder)))

    def get_version(self, content_id: str, number: int, *, holder: Holder = "page") -> Version:
        """One version by its number."""
        return cast(Version, self._reader.get_version(HolderRef(content_id, holder), number))

    def iter_properties(self, content_id: str, *, holder: Holder = "page") -> Iterator[ContentProperty]:
        """Content properties with their values and versions."""
        return cast("Iterator[ContentProperty]", self._reader.iter_properties(HolderRef(content_id, holder)))

    def get_property(self, content_id: str, key: str, *, holder: Holder = "page") -> ContentProperty:
        """The property of that key. Raises: NotFoundError where there is none."""
        found = self._writer.find_property(HolderRef(content_id, holder), key)
        if found is None:
            raise NotFoundError(f"{holder} {content_id} has no property {key!r}.", method="GET")
        return found

    def iter_likes(self, content_id: str, *, holder: Holder = "page") -> Iterator[Like]:
        """Who likes a page or a post."""
        return cast("Iterator[Like]", self._reader.iter_likes(HolderRef(content_id, holder)))

    def get_operations(self, content_id: str, *, holder: Holder = "page") -> list[Operation]:
        """What this account may do with a content."""
        return cast("list[Operation]", self._reader.get_operations(HolderRef(content_id, holder)))

    def iter_search(self, cql: str, *, expand: str | None = None, limit: int = 200) -> Iterator[JsonObject]:
        """Content that a CQL query finds, as v1 objects in both deployments."""
        return self._reader.iter_search(cql, expand, limit)
