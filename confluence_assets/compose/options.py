"""What a caller may decide, and what it may know: which site the page is for, and where addresses lead."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageReference:
    """A page or blog post by what Confluence's own links name: its id, or its title and space."""

    content_id: str = ""
    title: str = ""
    space_key: str = ""


@dataclass(frozen=True, slots=True)
class ComposeOptions:
    """`page_of` knows which page an address is, so that links follow renames. `app_macros`: macros of apps that the site has."""

    is_cloud: bool = True
    app_macros: frozenset[str] = frozenset(("mathblock", "mathinline"))
    page_of: Callable[[str], PageReference | None] = lambda url: None
