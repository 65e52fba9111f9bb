"""The Confluence side: one client that sends, and a `Source` that turns what comes back into rows."""
