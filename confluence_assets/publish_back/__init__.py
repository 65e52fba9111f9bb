"""From the published database back to Confluence: queries and templates become a page that is kept up to date."""

from confluence_assets.publish_back.contract import Document, Publication, PublicationOutcome, PublicationState
from confluence_assets.publish_back.publisher import PROPERTY_KEY, publish_page
from confluence_assets.publish_back.render import render_document

__all__ = [
    "PROPERTY_KEY",
    "Document",
    "Publication",
    "PublicationOutcome",
    "PublicationState",
    "publish_page",
    "render_document",
]
