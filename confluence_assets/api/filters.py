"""What lists can be narrowed by, as typed keywords; names are the API's, in Python's spelling and plural for several."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any, TypedDict, get_origin

from confluence_assets.errors import SettingsError

_SPELLED = {
    "ids": "id",
    "space_ids": "space-id",
    "page_ids": "page-id",
    "blogpost_ids": "blogpost-id",
    "task_ids": "task-id",
    "label_ids": "label-id",
    "statuses": "status",
    "media_type": "mediaType",
    "content_type": "type",
}
ROWS = 250


class ListFilters(TypedDict, total=False):
    """`limit` is the size of a page of the listing (at most 250), not of the result; `sort` descends with a leading `-`."""

    sort: str
    limit: int


class SpaceFilters(ListFilters, total=False):
    """Filters of `iter_spaces`. Sorted by id, key or name. `labels` are names."""

    ids: Sequence[str]
    keys: Sequence[str]
    type: str
    status: str
    labels: Sequence[str]
    description_format: str


class ContentFilters(ListFilters, total=False):
    """Filters of `iter_pages` and `iter_blogposts`. Sorted by id, created-date, modified-date or (pages) title.

    `label` is a label's name; `space_keys` are turned into ids.
    """

    ids: Sequence[str]
    space_ids: Sequence[str]
    space_keys: Sequence[str]
    label: str
    title: str
    statuses: Sequence[str]
    body_format: str


class PageFilters(ContentFilters, total=False):
    """Filters of `iter_pages`. `subtype` is `page` or `live`; Cloud only."""

    subtype: str


class CustomContentFilters(ListFilters, total=False):
    """Filters of `iter_custom_content`. At most one of `page_id`, `blogpost_id` and the spaces."""

    ids: Sequence[str]
    space_ids: Sequence[str]
    space_keys: Sequence[str]
    page_id: str
    blogpost_id: str
    body_format: str


class CommentFilters(ListFilters, total=False):
    """Filters of the two lists of comments. Without a holder, those of the whole site."""

    page_id: str
    blogpost_id: str
    body_format: str


class AttachmentFilters(ListFilters, total=False):
    """Filters of `iter_attachments`. Sorted by created-date or modified-date. `label` is a label's name."""

    page_id: str
    blogpost_id: str
    custom_content_id: str
    label: str
    filename: str
    media_type: str
    statuses: Sequence[str]


class LabelFilters(ListFilters, total=False):
    """Filters of `iter_labels`: of one content, of one space, or of the whole site. Sorted by created-date, id or name.

    `prefix` is my, team, global or system.
    """

    prefix: str
    page_id: str
    blogpost_id: str
    attachment_id: str
    custom_content_id: str
    space_id: str


class TaskFilters(TypedDict, total=False):
    """Filters of `iter_tasks`; `status` is complete or incomplete, people are account ids, times are sent as milliseconds."""

    limit: int
    task_ids: Sequence[str]
    space_ids: Sequence[str]
    space_keys: Sequence[str]
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


def check_filters(kind: type, filters: Mapping[str, Any]) -> dict[str, Any]:
    """The filters as their types say: one value where several may stand is a list of one, times are aware, naive ones UTC's.

    Raises: SettingsError for a name that is none: the site would leave it unread, and give everything.
    """
    check_names(kind, filters)
    limit = filters.get("limit", ROWS)
    if type(limit) is not int or not 1 <= limit <= ROWS:
        hint = f"It is the size of a page of the listing, 1 to {ROWS}; take the first rows with itertools.islice."
        raise SettingsError(f"limit is {limit!r}.", setting="limit", hint=hint)
    return {name: _typed(name, value, kind.__annotations__[name]) for name, value in filters.items()}


def check_names(kind: type, chosen: Iterable[str]) -> None:
    """Raises: SettingsError for a keyword that `kind` does not have, with those that may have been meant."""
    known = list(kind.__annotations__)
    for name in chosen:
        if name not in known:
            near = get_close_matches(name, known, 2, cutoff=0.5) or known
            raise SettingsError(
                f"{name} is not known here.",
                setting=name,
                hint=f"Did you mean {' or '.join(near)}?" if near is not known else f"There are {', '.join(known)}.",
            )


def _typed(name: str, value: Any, hint: Any) -> Any:
    if get_origin(hint) is Sequence and isinstance(value, str | int):
        return [str(value)]
    return _moment(name, value) if hint is datetime else value


def _moment(name: str, value: Any) -> datetime:
    """A time with its zone, of a datetime, a date or ISO text. Raises: SettingsError."""
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise SettingsError(
            f"{name} is {value!r}, which is no time.", setting=name, hint="Give a datetime, or 2026-01-31."
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def parameters_of(filters: Mapping[str, Any]) -> dict[str, Any]:
    """The filters as Cloud's API spells them; 250 rows a page unless said otherwise."""
    parameters: dict[str, Any] = {"limit": ROWS}
    for name, value in filters.items():
        spelled = _SPELLED.get(name, name.replace("_", "-"))
        parameters[spelled] = int(value.timestamp() * 1000) if isinstance(value, datetime) else value
    return parameters
