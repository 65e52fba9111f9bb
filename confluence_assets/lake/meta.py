"""What a commit says about itself, in the footer of the Parquet file that it made: data and watermark are one rename."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from uuid import uuid4

import orjson
import pyarrow as pa

from confluence_assets.errors import StorageError

META_KEY = b"confluence_assets"


@dataclass(frozen=True, slots=True)
class CommitMeta:
    """The account of the commit that made a file.

    `generation` names the rows: it changes when a row does, not when only the watermark or `extra` moved.
    """

    generation: str
    run_id: str
    committed_at: datetime
    row_count: int
    layout: str = ""
    """Names the columns of the file, so that files of different releases are told apart without opening them."""
    space_id: str | None = None
    watermark: str | None = None
    extra: dict[str, str] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        return orjson.dumps(asdict(self))


def new_generation() -> str:
    """A name that no other commit has."""
    return uuid4().hex


def parse_meta(schema_metadata: dict[bytes, bytes] | None, path: object) -> CommitMeta:
    """The account that stands in a footer. Raises: StorageError where there is none."""
    text = (schema_metadata or {}).get(META_KEY)
    if text is None:
        raise StorageError(f"{path} was not written by this library: its footer has no account of a commit.")
    fields = orjson.loads(text)
    fields["committed_at"] = datetime.fromisoformat(fields["committed_at"])
    known = {name: value for name, value in fields.items() if name in CommitMeta.__dataclass_fields__}
    return CommitMeta(**known)


def with_meta(schema: pa.Schema, meta: CommitMeta) -> pa.Schema:
    """The schema, with the account of a commit in it."""
    return schema.with_metadata({META_KEY: meta.to_bytes()})
