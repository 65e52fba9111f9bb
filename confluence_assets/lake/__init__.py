"""Parquet files under a lock: atomic commits, one file per table and space."""

from confluence_assets.lake.lake import Lake, LakeFile
from confluence_assets.lake.memory import preload, release_memory
from confluence_assets.lake.meta import CommitMeta
from confluence_assets.lake.stage import Change, CommitResult, PartitionDiff, Stage

__all__ = [
    "Change",
    "CommitMeta",
    "CommitResult",
    "Lake",
    "LakeFile",
    "PartitionDiff",
    "Stage",
    "preload",
    "release_memory",
]
