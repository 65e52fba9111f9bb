"""A deployment: this checkout's own Dagster project. The library must not import it."""
