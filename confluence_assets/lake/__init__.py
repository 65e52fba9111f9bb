"""Parquet files under a lock: atomic commits, one file per table and space."""
