"""Confluence Cloud: REST v2, and v1 for what v2 has not."""
