"""Markdown to storage format: the way back of `convert`. Pure: knows nothing of HTTP, files or Dagster."""

from confluence_assets.compose.markdown import markdown_to_storage
from confluence_assets.compose.options import ComposeOptions, PageReference

__all__ = ["ComposeOptions", "PageReference", "markdown_to_storage"]
