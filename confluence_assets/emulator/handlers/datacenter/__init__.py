"""Data Center's REST API, and the plugins beside it that clients read."""
