"""What a deployment must be able to do for the reading calls. Every `iter_` method is lazy, and gives rows one by one."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, get_args

from confluence_assets.api.client.shapes import Holder, Include
from confluence_assets.api.client.writer import HolderRef
from confluence_assets.api.wire import JsonObject, Request
from confluence_assets.errors import SettingsError

Filters = Mapping[str, Any]
ContentKind = Literal["page", "blogpost"]
CommentKind = Literal["footer", "inline"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of one content is asked for. Raises: SettingsError for something that can't be included: the site would leave it out."""

    body_format: str | None = "storage"
    include: Collection[Include] = ()
    version_number: int | None = None
    is_draft: bool = False

    def __post_init__(self) -> None:
        known = get_args(Include)
        wrong = [self.include] if isinstance(self.include, str) else [one for one in self.include if one not in known]
        if wrong:
            hint = f"It is a list of these: {', '.join(known)}."
            raise SettingsError(f"include: {wrong[0]!r} is not known here.", setting="include", hint=hint)


class Reader(Protocol):
    """The reads of one deployment, in the client's shapes. Raises (all): the errors of `confluence_assets.errors`."""

    def get_current_user(self) -> JsonObject: ...

    def get_space(self, space_id: str | None, space_key: str | None) -> JsonObject: ...

    def iter_spaces(self, filters: Filters) -> Iterator[JsonObject]: ...

    def get_content(self, kind: ContentKind, content_id: str, wanted: Wanted) -> JsonObject: ...

    def iter_contents(self, kind: ContentKind, filters: Filters) -> Iterator[JsonObject]: ...

    def iter_comments(self, kind: CommentKind, filters: Filters) -> Iterator[JsonObject]: ...

    def get_attachment(self, attachment_id: str, wanted: Wanted) -> JsonObject: ...

    def iter_attachments(self, filters: Filters) -> Iterator[JsonObject]: ...

    def download_request(self, container_id: str, attachment_id: str, version_number: int | None) -> Request: ...

    def get_label(self, name: str) -> JsonObject: ...

    def iter_labels(self, filters: Filters) -> Iterator[JsonObject]: ...

    def iter_labelled(self, kind: Holder, label_id: str, filters: Filters) -> Iterator[JsonObject]: ...

    def get_custom_content(self, content_id: str, wanted: Wanted) -> JsonObject: ...

    def iter_custom_content(self, content_type: str, filters: Filters) -> Iterator[JsonObject]: ...

    def get_task(self, task_id: str, body_format: str) -> JsonObject: ...

    def iter_tasks(self, filters: Filters) -> Iterator[JsonObject]: ...

    def iter_versions(self, holder: HolderRef) -> Iterator[JsonObject]: ...

    def get_version(self, holder: HolderRef, number: int) -> JsonObject: ...

    def iter_properties(self, holder: HolderRef) -> Iterator[JsonObject]: ...

    def iter_likes(self, holder: HolderRef) -> Iterator[JsonObject]: ...

    def get_operations(self, holder: HolderRef) -> list[JsonObject]: ...

    def iter_search(self, cql: str, expand: str | None, limit: int) -> Iterator[JsonObject]: ...
