"""What to fetch, what changed, what vanished. Knows nothing of Dagster, Parquet or HTTP."""
