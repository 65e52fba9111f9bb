"""Confluence as Dagster assets.

The public names are loaded when they are first used, so that importing the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from confluence_assets.api import ConfluenceClient
    from confluence_assets.component import ConfluenceComponent
    from confluence_assets.compose import markdown_to_storage
    from confluence_assets.convert import storage_to_markdown
    from confluence_assets.definitions import build_confluence_defs
    from confluence_assets.publication import ConfluencePublication
    from confluence_assets.resources import ConfluenceResource
    from confluence_assets.warehouse import ConfluenceWarehouse

_MODULES = {
    "ConfluenceClient": "confluence_assets.api",
    "ConfluenceComponent": "confluence_assets.component",
    "ConfluencePublication": "confluence_assets.publication",
    "ConfluenceResource": "confluence_assets.resources",
    "ConfluenceWarehouse": "confluence_assets.warehouse",
    "build_confluence_defs": "confluence_assets.definitions",
    "markdown_to_storage": "confluence_assets.compose",
    "storage_to_markdown": "confluence_assets.convert",
}

__all__ = [
    "ConfluenceClient",
    "ConfluenceComponent",
    "ConfluencePublication",
    "ConfluenceResource",
    "ConfluenceWarehouse",
    "build_confluence_defs",
    "markdown_to_storage",
    "storage_to_markdown",
]


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
