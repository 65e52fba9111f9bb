"""The state of a site: what is there, and how it is found. It knows nothing of HTTP and of who asks."""
