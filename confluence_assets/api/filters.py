"""What lists can be narrowed by, as typed keywords; names are the API's, in Python's spelling and plural for several."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict

_SINGULAR = {
    "ids": "id",
    "space_ids": "space-id",
    "page_ids": "page-id",
    "blogpost_ids": "blogpost-id",
    "task_ids": "task-id",
    "statuses": "status",
    "media_type": "mediaType",
    "content_type": "type",
    "labels": "labels",
}


class ListFilters(TypedDict, total=False):
    """`limit` is the size of a page of the listing (at most 250), not of the result; `sort` descends with a leading `-`."""

    sort: str
    limit: int


class SpaceFilters(ListFilters, total=False):
    """Filters of `iter_spaces`."""

    ids: Sequence[str]
    keys: Sequence[str]
    type: str
    status: str
    labels: Sequence[str]
    description_format: str


class ContentFilters(ListFilters, total=False):
    """Filters of `iter_pages` and `iter_blogposts`."""

    ids: Sequence[str]
    space_ids: Sequence[str]
    title: str
    statuses: Sequence[str]
    body_format: str


class PageFilters(ContentFilters, total=False):
    """Filters of `iter_pages`."""

    subtype: str


class CustomContentFilters(ListFilters, total=False):
    """Filters of `iter_custom_content`."""

    ids: Sequence[str]
    space_ids: Sequence[str]
    body_format: str


class CommentFilters(ListFilters, total=False):
    """Filters of the two lists of comments."""

    body_format: str


class AttachmentFilters(ListFilters, total=False):
    """Filters of `iter_attachments`."""

    filename: str
    media_type: str
    statuses: Sequence[str]


class TaskFilters(TypedDict, total=False):
    """Filters of `iter_tasks`; times are sent as milliseconds."""

    limit: int
    task_ids: Sequence[str]
    space_ids: Sequence[str]
    page_ids: Sequence[str]
    blogpost_ids: Sequence[str]
    status: str
    body_format: str
    include_blank_tasks: bool
    created_by: Sequence[str]
    assigned_to: Sequence[str]
    completed_by: Sequence[str]
    created_at_from: datetime
    created_at_to: datetime
    due_at_from: datetime
    due_at_to: datetime
    completed_at_from: datetime
    completed_at_to: datetime


def parameters_of(filters: Mapping[str, Any]) -> dict[str, Any]:
    """The filters as the API spells them; 250 rows a page unless said otherwise."""
    parameters: dict[str, Any] = {"limit": 250}
    for name, value in filters.items():
        spelled = _SINGULAR.get(name, name.replace("_", "-"))
        parameters[spelled] = int(value.timestamp() * 1000) if isinstance(value, datetime) else value
    return parameters
