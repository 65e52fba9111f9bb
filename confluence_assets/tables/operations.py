"""What the sync records about itself."""

from confluence_assets.tables.columns import (
    json_column,
    key_column,
    text_column,
    time_column,
    whole_column,
)
from confluence_assets.tables.model import Column, ColumnType, Grain, Origin, Table

CONTENT_CHANGES = Table(
    "content_changes",
    "One row per change that a sync saw. Append-only.",
    Grain.RUN,
    Origin.RECORDED,
    ("change_id",),
    (
        key_column("change_id", "Hash of what changed, so that a repeated run makes the same id."),
        text_column("content_id", "Id of the content."),
        text_column("content_type", "page, blogpost, comment, attachment, task, folder and so on; or space."),
        text_column("space_key", "Key of the space that it was in."),
        text_column(
            "change",
            "created, updated, moved, renamed, relabelled, restricted, resolved, archived, trashed, restored, gone or out_of_scope.",
        ),
        json_column("from_value", "What it was."),
        json_column("to_value", "What it is."),
        time_column("source_at", "When the site says that it happened, where it says."),
        time_column("detected_at", "When the sync saw it."),
        text_column("run_id", "Run that saw it."),
    ),
    "operations",
)


SYNC_LEDGER = Table(
    "sync_ledger",
    "One row per run, table and space: what was asked for, what came, what was done.",
    Grain.RUN,
    Origin.RECORDED,
    ("run_id", "table_name", "space_key"),
    (
        key_column("run_id", "Id of the run."),
        key_column("table_name", "Table."),
        key_column("space_key", "Space key; empty for tables of the whole site."),
        text_column("mode", "full, incremental or content."),
        time_column("started_at", "When the run began."),
        time_column("finished_at", "When this table of this space was done."),
        whole_column("expected", "Rows that the site said it has, where it says."),
        whole_column("received", "Rows that came."),
        whole_column("upserted", "Rows added or changed."),
        whole_column("unchanged", "Rows that were the same."),
        whole_column("removed", "Rows that left."),
        whole_column("skipped", "Rows that came and could not be placed; the cause stands in error."),
        whole_column("requests", "Requests made for this table; shared requests count where they were made first."),
        whole_column("retries", "Requests that were made again."),
        Column("throttled_seconds", ColumnType.FLOAT, "Seconds waited because of rate limits."),
        text_column("error", "Why it is not complete; null where all is well."),
    ),
    "operations",
)
