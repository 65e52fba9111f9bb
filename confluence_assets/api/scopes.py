"""The scopes that each table of a Cloud site needs, in one place: the command line prints them, `doctor` tries them, the docs
show them.

A table's scopes are those of the endpoints that its rows come from. Classic API tokens and Data Center know no scopes.
"""

from collections.abc import Iterable

from confluence_assets.api.cloud import endpoints
from confluence_assets.api.wire import Endpoint

EVERY_RUN: tuple[Endpoint, ...] = (endpoints.CURRENT_USER, endpoints.SPACES, endpoints.MEMBERSHIPS)
"""What each run asks: who we are, in which groups, and which spaces there are."""

_INDEX = (endpoints.CONTENT_SEARCH,)
_TREE = (endpoints.PAGES, endpoints.CONTENT_TYPES, *_INDEX)
_RESTRICTED = (*_INDEX, endpoints.SEARCH, endpoints.RESTRICTIONS)

TABLE_ENDPOINTS: dict[str, tuple[Endpoint, ...]] = {
    "spaces": (endpoints.SPACES,),
    "pages": _TREE,
    "blogposts": (endpoints.BLOGPOSTS, endpoints.CONTENT_TYPES, *_INDEX),
    "comments": (
        endpoints.FOOTER_COMMENTS,
        endpoints.INLINE_COMMENTS,
        endpoints.FOOTER_REPLIES,
        endpoints.INLINE_REPLIES,
        endpoints.CONTENT_TYPES,
        *_INDEX,
    ),
    "attachments": (endpoints.ATTACHMENTS, endpoints.CONTENT_TYPES, *_INDEX),
    "content_labels": (*_INDEX, *endpoints.CONTENT_LABELS.values()),
    "content_properties": _INDEX,
    "content_versions": tuple(endpoints.VERSIONS.values()),
    "content_likes": tuple(endpoints.LIKES.values()),
    "custom_content": (endpoints.CUSTOM_CONTENT, endpoints.CONTENT_TYPES),
    "tasks": (endpoints.TASKS,),
    "folders": (endpoints.NODES["folder"], *_INDEX),
    "whiteboards": (endpoints.NODES["whiteboard"], *_INDEX),
    "databases": (endpoints.NODES["database"], *_INDEX),
    "embeds": (endpoints.NODES["embed"], *_INDEX),
    "space_permissions": (endpoints.SPACE_PERMISSIONS, endpoints.SPACE_ROLE_MODE),
    "space_role_assignments": (endpoints.SPACE_ROLE_MODE, endpoints.SPACE_ROLES, endpoints.ROLE_ASSIGNMENTS),
    "content_restrictions": _RESTRICTED,
    "users": (endpoints.USERS_BULK,),
    "groups": (endpoints.GROUPS,),
    "group_members": (endpoints.GROUPS, endpoints.GROUP_MEMBERS),
    "audit_records": (endpoints.AUDIT,),
    "attachment_texts": (endpoints.ATTACHMENTS, endpoints.DOWNLOAD),
}
"""Where the rows of each fetched table come from, and those of files; derived tables ask nothing."""


def endpoints_for(tables: Iterable[str]) -> tuple[Endpoint, ...]:
    """What a sync of these tables asks, each endpoint once."""
    asked = [*EVERY_RUN, *(one for table in tables for one in TABLE_ENDPOINTS.get(table, ()))]
    return tuple(dict.fromkeys(asked))


def scopes_for(tables: Iterable[str]) -> tuple[str, ...]:
    """The scopes that a sync of these tables needs, sorted."""
    return tuple(sorted({endpoint.scope for endpoint in endpoints_for(tables)}))


def all_scopes() -> tuple[str, ...]:
    """The scopes of all tables."""
    return scopes_for(TABLE_ENDPOINTS)


def tables_needing(scope: str, tables: Iterable[str]) -> tuple[str, ...]:
    """Those of the tables that can't be read without the scope, sorted; all of them for what each run asks."""
    names = sorted(set(tables) & set(TABLE_ENDPOINTS))
    if scope in {endpoint.scope for endpoint in EVERY_RUN}:
        return tuple(names)
    return tuple(name for name in names if scope in {endpoint.scope for endpoint in TABLE_ENDPOINTS[name]})
