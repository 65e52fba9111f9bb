"""Confluence Data Center: its REST API from 7.19 to 10, and what stands in for it on older servers."""
