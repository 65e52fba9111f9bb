"""Confluence over HTTP: the client, and a site as a `Source` of rows."""

from confluence_assets.api.client import ConfluenceClient
from confluence_assets.api.connection import Connection, connect, open_transport
from confluence_assets.api.limits import Clock, RetryPolicy
from confluence_assets.api.redaction import Redactor
from confluence_assets.api.source import (
    Account,
    ContentDetails,
    RequestTally,
    Scope,
    SiteIdentity,
    Source,
    SpaceRef,
)
from confluence_assets.api.transport import Transport, TransportOptions
from confluence_assets.api.urls import SiteAddress, parse_site_url

__all__ = [
    "Account",
    "Clock",
    "ConfluenceClient",
    "Connection",
    "ContentDetails",
    "Redactor",
    "RequestTally",
    "RetryPolicy",
    "Scope",
    "SiteAddress",
    "SiteIdentity",
    "Source",
    "SpaceRef",
    "Transport",
    "TransportOptions",
    "connect",
    "open_transport",
    "parse_site_url",
]
