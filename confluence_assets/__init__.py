"""Confluence as Dagster assets."""
