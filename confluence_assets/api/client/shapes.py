"""What the client gives: the objects of Cloud's REST v2, as types. A Data Center's answers are brought into the same form.

Keys that a site adds are kept; keys that a deployment does not have are missing, and not None. `_links` are as they came.
"""

from typing import Any, Literal, TypeAlias, TypedDict

Representation: TypeAlias = Literal["storage", "atlas_doc_format", "wiki"]
"""What a body is written in; Data Center takes `storage` and `wiki`."""

BodyFormat: TypeAlias = Literal["storage", "atlas_doc_format", "view", "export_view", "styled_view", "editor", "raw"]
"""What a body is read in; lists give `storage` and `atlas_doc_format` (custom content: `raw` as well)."""

Include: TypeAlias = Literal["labels", "properties", "operations", "likes", "versions", "favorite"]
"""What one page, post, file or custom content can bring with it; at most 50 of each, `meta.hasMore` tells of more."""

Holder: TypeAlias = Literal["page", "blogpost", "attachment", "custom_content"]
"""What labels, properties, versions and files hang on."""

Body: TypeAlias = dict[str, dict[str, Any]]
"""`{"storage": {"representation": "storage", "value": "<p>…</p>"}}`."""


class Version(TypedDict, total=False):
    """One version of a content or a property. `createdAt` is ISO 8601 text in UTC."""

    number: int
    message: str
    minorEdit: bool
    authorId: str
    createdAt: str


class Space(TypedDict, total=False):
    """A space."""

    id: str
    key: str
    name: str
    type: str
    status: str
    authorId: str
    createdAt: str
    homepageId: str | None
    description: Any
    _links: dict[str, Any]


class Label(TypedDict, total=False):
    """A label, wherever it stands."""

    id: str
    name: str
    prefix: str


class ContentProperty(TypedDict, total=False):
    """A property with any JSON value. On Data Center `id` may be its key, where the server gives no id."""

    id: str
    key: str
    value: Any
    version: Version


class Like(TypedDict, total=False):
    """One person's like."""

    accountId: str


class Operation(TypedDict, total=False):
    """Something that the caller may do."""

    operation: str
    targetType: str


class Attachment(TypedDict, total=False):
    """A file's metadata. One of the three container ids is there. `fileSize` is in bytes."""

    id: str
    status: str
    title: str
    createdAt: str
    pageId: str
    blogPostId: str
    customContentId: str
    mediaType: str
    fileId: str
    fileSize: int
    comment: str
    downloadLink: str
    webuiLink: str
    version: Version
    labels: Any
    properties: Any
    operations: Any
    versions: Any
    _links: dict[str, Any]


class Page(TypedDict, total=False):
    """A page or a blog post; a post has no parent. Ids are text, times ISO 8601 text in UTC."""

    id: str
    status: str
    title: str
    spaceId: str
    parentId: str | None
    parentType: str | None
    position: int | None
    authorId: str
    ownerId: str | None
    createdAt: str
    subtype: str
    version: Version
    body: Body
    labels: Any
    properties: Any
    operations: Any
    likes: Any
    versions: Any
    isFavoritedByCurrentUser: bool
    _links: dict[str, Any]


class CustomContent(TypedDict, total=False):
    """Content of an app's own type."""

    id: str
    type: str
    status: str
    title: str
    spaceId: str
    pageId: str
    blogPostId: str
    customContentId: str
    authorId: str
    createdAt: str
    version: Version
    body: Body
    _links: dict[str, Any]


class Comment(TypedDict, total=False):
    """A comment, footer or inline."""

    id: str
    status: str
    title: str
    pageId: str
    blogPostId: str
    parentCommentId: str
    resolutionStatus: str
    version: Version
    body: Body
    _links: dict[str, Any]


class Task(TypedDict, total=False):
    """An inline task. On Data Center it is read out of the page's body, and has no `id`, no author and no dates but `dueAt`."""

    id: str
    localId: str
    spaceId: str
    pageId: str
    blogPostId: str
    status: str
    body: Body
    createdBy: str
    assignedTo: str | None
    completedBy: str | None
    createdAt: str
    updatedAt: str
    dueAt: str | None
    completedAt: str | None


class NewPage(TypedDict, total=False):
    """What may be said of a page that is made. `parent_id` missing: below the space's home page (Cloud), at its root (Data
    Center). `root_level` puts it at the root on both.
    """

    parent_id: str
    root_level: bool
    representation: Representation
    status: Literal["current", "draft"]


class PageChange(TypedDict, total=False):
    """What may be changed of a page; what is left out stays. `message` is told in the history."""

    title: str
    body: str
    representation: Representation
    parent_id: str
    status: Literal["current", "draft"]
    message: str
