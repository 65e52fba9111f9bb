"""What this deployment chooses: one process per run, because a sync is one step and starts faster so."""

import dagster as dg

EXECUTOR = dg.in_process_executor
