"""What a publication is: which page, what stands on it, and what became of it. Knows nothing of HTTP and of Dagster."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Publication:
    """Which page is kept up to date. `key` names it for good; title, space and place may change.

    `visible_to` is whose rights limit the queries: see `warehouse.audience`.
    """

    key: str
    space_key: str
    title: str
    template: str
    parent_id: str | None = None
    visible_to: str = "licensed"
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """What is to stand on the page: its body in storage format, and its files by name."""

    title: str
    storage: str
    markdown: str = field(repr=False)
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    def file_hashes(self) -> dict[str, str]:
        return {name: hashlib.sha256(content).hexdigest() for name, content in sorted(self.files.items())}

    def content_hash(self, parent_id: str | None) -> str:
        """The same for the same content at the same place, on any day."""
        content = {"title": self.title, "storage": self.storage, "files": self.file_hashes(), "parent": parent_id}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


class PublicationState(StrEnum):
    """What became of the page."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class PublicationOutcome:
    """What became of the page. `edited_version` is that of somebody else's edit that was met, and written over or left."""

    state: PublicationState
    page_id: str
    url: str
    version_number: int
    content_hash: str
    uploaded: tuple[str, ...] = ()
    edited_version: int | None = None
