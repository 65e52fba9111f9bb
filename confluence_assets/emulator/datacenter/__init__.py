"""The Data Center side of the embedded Confluence: its versions, quirks, sign-in, webhooks, and what its seeds lack."""
