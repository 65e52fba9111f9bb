"""Storage format to Markdown. Pure: knows nothing of HTTP, files or Dagster."""
