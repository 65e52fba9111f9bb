"""HTTP, and nothing of Confluence: requests, replies, routing, and a lean server."""
