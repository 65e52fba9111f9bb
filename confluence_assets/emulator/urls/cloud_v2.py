"""Cloud REST v2: addresses and parameters, as in its OpenAPI document."""

from collections.abc import Callable
from typing import Any

from confluence_assets.emulator.handlers.v2 import attachments, comments, contents, details, rest, spaces, tree
from confluence_assets.emulator.parameters import (
    between,
    boolean,
    long,
    longs,
    many_of,
    one_of,
    paged,
    text,
    texts,
    whole_from,
)  # fmt: skip
from confluence_assets.emulator.web.routing import Parameter, Route

BASE = "/wiki/api/v2"


def _both_ways(*names: str) -> Parameter:
    return one_of(*names, *(f"-{name}" for name in names))


PAGE_SORT = _both_ways("id", "created-date", "modified-date", "title")
BLOGPOST_SORT = _both_ways("id", "created-date", "modified-date")
FILE_SORT = _both_ways("created-date", "modified-date")
COMMENT_SORT = FILE_SORT
LABEL_SORT = _both_ways("created-date", "id", "name")
CHILD_SORT = _both_ways("created-date", "id", "child-position", "modified-date")
BODY = one_of("storage", "atlas_doc_format")
BODY_SINGLE = one_of(
    "storage", "atlas_doc_format", "view", "export_view", "anonymous_export_view", "styled_view", "editor"
)
CUSTOM_BODY = one_of("raw", "storage", "atlas_doc_format")
CUSTOM_BODY_SINGLE = one_of("raw", "storage", "atlas_doc_format", "view", "export_view", "anonymous_export_view")
PAGE_STATUS = many_of("current", "archived", "deleted", "trashed")
POST_STATUS = many_of("current", "deleted", "trashed")
FILE_STATUS = many_of("current", "archived", "trashed")
ANY_STATUS = many_of("current", "archived", "trashed", "deleted", "historical", "draft")
PRINCIPAL = one_of("USER", "GROUP", "ACCESS_CLASS")
VERSION = whole_from(1)


def _get(
    path: str, handler: Callable[..., Any], parameters: dict[str, Parameter] | None = None, *required: str
) -> Route:
    return Route("GET", BASE + path, handler, parameters or {}, "v2", required)


def _includes(*names: str) -> dict[str, Parameter]:
    return {f"include-{name}": boolean for name in names}


def _files() -> dict[str, Parameter]:
    return paged(50, sort=FILE_SORT, status=FILE_STATUS, mediaType=text, filename=text)


_COMMON = _includes("labels", "properties", "operations", "versions", "version", "collaborators")
_ARTICLE = {
    "body-format": BODY_SINGLE,
    "get-draft": boolean,
    "status": ANY_STATUS,
    "version": VERSION,
    **_COMMON,
    **_includes("likes", "favorited-by-current-user-status", "webresources"),
}
_LISTED_PAGES = paged(sort=PAGE_SORT, status=PAGE_STATUS, title=text, body_format=BODY)
_LISTED_POSTS = paged(sort=BLOGPOST_SORT, status=POST_STATUS, title=text, body_format=BODY)

_CONTENTS = [
    _get(
        "/pages",
        contents.list_pages,
        {**_LISTED_PAGES, "id": longs(), "space-id": longs(100), "subtype": one_of("live", "page")},
    ),
    _get("/blogposts", contents.list_blogposts, {**_LISTED_POSTS, "id": longs(), "space-id": longs(100)}),
    _get("/pages/{id}", contents.get_page, {**_ARTICLE, "include-direct-children": boolean}),
    _get("/blogposts/{id}", contents.get_blogpost, _ARTICLE),
    _get("/spaces/{id}/pages", contents.list_space_pages, {**_LISTED_PAGES, "depth": one_of("all", "root")}),
    _get("/spaces/{id}/blogposts", contents.list_space_blogposts, _LISTED_POSTS),
    _get("/labels/{id}/pages", contents.list_label_pages, paged(sort=PAGE_SORT, space_id=longs(100), body_format=BODY)),
    _get(
        "/labels/{id}/blogposts",
        contents.list_label_blogposts,
        paged(sort=BLOGPOST_SORT, space_id=longs(100), body_format=BODY),
    ),
]

_COMMENT_LIST = paged(sort=COMMENT_SORT, body_format=BODY)
_COMMENT_OF = {**_COMMENT_LIST, "status": ANY_STATUS}
_INLINE_OF = {**_COMMENT_OF, "resolution-status": many_of("resolved", "open", "dangling", "reopened")}
_COMMENT_ONE = {"body-format": BODY_SINGLE, "version": VERSION, **_COMMON, **_includes("likes")}
_COMMENTS = [
    _get("/footer-comments", comments.list_footer_comments, _COMMENT_LIST),
    _get("/inline-comments", comments.list_inline_comments, _COMMENT_LIST),
    _get("/footer-comments/{comment-id}", comments.get_footer_comment, _COMMENT_ONE),
    _get("/inline-comments/{comment-id}", comments.get_inline_comment, _COMMENT_ONE),
    _get("/footer-comments/{id}/children", comments.list_footer_children, _COMMENT_LIST),
    _get("/inline-comments/{id}/children", comments.list_inline_children, _COMMENT_LIST),
    _get("/pages/{id}/footer-comments", comments.list_page_footer_comments, _COMMENT_OF),
    _get("/pages/{id}/inline-comments", comments.list_page_inline_comments, _INLINE_OF),
    _get("/blogposts/{id}/footer-comments", comments.list_blogpost_footer_comments, _COMMENT_OF),
    _get("/blogposts/{id}/inline-comments", comments.list_blogpost_inline_comments, _INLINE_OF),
    _get("/custom-content/{id}/footer-comments", comments.list_custom_content_comments, _COMMENT_LIST),
    _get(
        "/attachments/{id}/footer-comments", attachments.list_attachment_comments, {**_COMMENT_LIST, "version": VERSION}
    ),
]

_FILES = [
    _get("/attachments", attachments.list_attachments, _files()),
    _get("/attachments/{id}", attachments.get_attachment, {"version": VERSION, **_COMMON}),
    _get("/pages/{id}/attachments", attachments.list_page_attachments, _files()),
    _get("/blogposts/{id}/attachments", attachments.list_blogpost_attachments, _files()),
    _get("/custom-content/{id}/attachments", attachments.list_custom_content_attachments, _files()),
    _get("/labels/{id}/attachments", attachments.list_label_attachments, paged(sort=FILE_SORT)),
    _get(
        "/attachments/{id}/thumbnail/download",
        attachments.get_thumbnail,
        {"version": VERSION, "height": whole_from(1), "width": whole_from(1)},
    ),
]

_LABELS_OF = paged(prefix=one_of("my", "team", "global", "system"), sort=LABEL_SORT)
_PROPERTIES = paged(key=text, sort=_both_ways("key"))
_VERSIONS = paged(sort=_both_ways("modified-date"), body_format=BODY)


def _details(segment: str, *, id_name: str, likes: bool = False, labels: bool = True) -> list[Route]:
    """What hangs on a content: the same addresses for each kind, with the parameter names of the document."""
    found = [_get(f"/{segment}/{{id}}/operations", details.list_operations)]
    properties = "comments/{comment-id}" if segment.endswith("comments") else f"{segment}/{{{id_name}}}"
    number_id = "id" if segment.endswith("comments") else id_name
    found += [
        _get(f"/{segment}/{{id}}/versions", details.list_versions, _VERSIONS),
        _get(f"/{segment}/{{{number_id}}}/versions/{{version-number}}", details.get_version),
    ]
    if not segment.endswith("comments"):
        found += [
            _get(f"/{properties}/properties", details.list_properties, _PROPERTIES),
            _get(f"/{properties}/properties/{{property-id}}", details.get_property),
        ]
    if labels:
        found.append(_get(f"/{segment}/{{id}}/labels", details.list_labels_of, _LABELS_OF))
    if likes:
        found += [
            _get(f"/{segment}/{{id}}/likes/count", details.count_likes),
            _get(f"/{segment}/{{id}}/likes/users", details.list_likes, paged(25, 0)),
        ]
    return found


_DETAILS = [
    *_details("pages", id_name="page-id", likes=True),
    *_details("blogposts", id_name="blogpost-id", likes=True),
    *_details("attachments", id_name="attachment-id"),
    *_details("custom-content", id_name="custom-content-id"),
    *_details("footer-comments", id_name="id", likes=True, labels=False),
    *_details("inline-comments", id_name="id", likes=True, labels=False),
    _get("/comments/{comment-id}/properties", details.list_properties, _PROPERTIES),
    _get("/comments/{comment-id}/properties/{property-id}", details.get_property),
    _get("/labels", details.list_labels, paged(label_id=longs(), prefix=texts(), sort=LABEL_SORT)),
    _get("/classification-levels", details.list_classification_levels),
    _get("/spaces/{id}/classification-level/default", details.get_space_classification),
    *(
        _get(
            f"/{segment}/{{id}}/classification-level",
            details.get_classification,
            {"status": many_of("current", "draft", "archived")},
        )
        for segment in ("pages", "blogposts", "whiteboards", "databases")
    ),
]


def _node(segment: str, singular: str) -> list[Route]:
    includes = _includes("collaborators", "direct-children", "operations", "properties")
    return [
        _get(f"/{segment}/{{id}}", tree.get_node, includes),
        _get(f"/{segment}/{{id}}/properties", details.list_properties, _PROPERTIES),
        _get(f"/{segment}/{{{singular}-id}}/properties/{{property-id}}", details.get_property),
        _get(f"/{segment}/{{id}}/operations", details.list_operations),
        *_tree(segment),
    ]


def _tree(segment: str) -> list[Route]:
    return [
        _get(f"/{segment}/{{id}}/direct-children", tree.list_direct_children, paged(sort=CHILD_SORT)),
        _get(f"/{segment}/{{id}}/descendants", tree.list_descendants, paged(depth=between(1, 10))),
        _get(f"/{segment}/{{id}}/ancestors", tree.list_ancestors, {"limit": paged()["limit"]}),
    ]


_TREE = [
    *_tree("pages"),
    *_node("folders", "folder"),
    *_node("whiteboards", "whiteboard"),
    *_node("databases", "database"),
    *_node("embeds", "embed"),
    _get("/pages/{id}/children", tree.list_children, paged(sort=CHILD_SORT)),
    _get("/custom-content/{id}/children", tree.list_custom_children, paged(sort=CHILD_SORT)),
]

_SPACE_STYLE = {"description-format": one_of("plain", "view"), "include-icon": boolean}
_SPACE_TYPES = one_of(
    "global", "collaboration", "knowledge_base", "personal", "system", "onboarding", "xflow_sample_space"
)
_SPACES = [
    _get(
        "/spaces",
        spaces.list_spaces,
        {
            **paged(ids=longs(), keys=texts(), type=_SPACE_TYPES, status=one_of("current", "archived"), labels=texts()),
            "favorited-by": text,
            "not-favorited-by": text,
            "sort": _both_ways("id", "key", "name"),
            **_SPACE_STYLE,
        },
    ),
    _get(
        "/spaces/{id}",
        spaces.get_space,
        {**_SPACE_STYLE, **_includes("operations", "properties", "permissions", "role-assignments", "labels")},
    ),
    _get("/spaces/{id}/permissions", spaces.list_permissions, paged()),
    _get("/spaces/{id}/operations", spaces.list_operations),
    _get("/spaces/{id}/labels", spaces.list_space_labels, paged(prefix=texts(), sort=LABEL_SORT)),
    _get("/spaces/{id}/content/labels", spaces.list_content_labels, paged(prefix=texts(), sort=LABEL_SORT)),
    _get("/spaces/{space-id}/properties", spaces.list_properties, paged(key=text)),
    _get("/spaces/{space-id}/properties/{property-id}", spaces.get_property),
    _get(
        "/spaces/{id}/role-assignments",
        spaces.list_role_assignments,
        paged(role_id=text, role_type=text, principal_id=text, principal_type=PRINCIPAL),
    ),
    _get("/space-permissions", spaces.list_space_permissions, paged()),
    _get(
        "/space-roles",
        spaces.list_roles,
        paged(space_id=long, role_type=text, principal_id=text, principal_type=PRINCIPAL),
    ),
    _get("/space-roles/{id}", spaces.get_role),
    _get("/space-role-mode", spaces.get_role_mode),
]

_TASK_LIST = {
    **paged(body_format=BODY, include_blank_tasks=boolean, status=one_of("complete", "incomplete")),
    **{name: longs() for name in ("task-id", "space-id", "page-id", "blogpost-id")},
    **{name: texts() for name in ("created-by", "assigned-to", "completed-by")},
    **{f"{name}-at-{end}": long for name in ("created", "due", "completed") for end in ("from", "to")},
}
_CUSTOM_LIST = paged(type=text, sort=PAGE_SORT, body_format=CUSTOM_BODY)
_REST = [
    _get("/tasks", rest.list_tasks, _TASK_LIST),
    _get("/tasks/{id}", rest.get_task, {"body-format": BODY}),
    _get("/custom-content", rest.list_custom_content, {**_CUSTOM_LIST, "id": longs(), "space-id": longs(100)}, "type"),
    _get(
        "/custom-content/{id}",
        rest.get_custom_content,
        {"body-format": CUSTOM_BODY_SINGLE, "version": VERSION, **_COMMON},
    ),
    _get("/spaces/{id}/custom-content", rest.list_space_custom_content, _CUSTOM_LIST, "type"),
    _get("/pages/{id}/custom-content", rest.list_page_custom_content, _CUSTOM_LIST, "type"),
    _get("/blogposts/{id}/custom-content", rest.list_blogpost_custom_content, _CUSTOM_LIST, "type"),
    Route("POST", f"{BASE}/users-bulk", rest.get_users),
    Route("POST", f"{BASE}/content/convert-ids-to-types", rest.convert_ids),
    Route("POST", f"{BASE}/user/access/check-access-by-email", rest.check_access),
    _get("/admin-key", rest.get_admin_key),
    Route("POST", f"{BASE}/admin-key", rest.create_admin_key),
    Route("DELETE", f"{BASE}/admin-key", rest.delete_admin_key),
    _get("/data-policies/metadata", rest.get_data_policy),
    _get(
        "/data-policies/spaces",
        rest.list_data_policy_spaces,
        paged(ids=longs(), keys=texts(), sort=_both_ways("id", "key", "name")),
    ),
]

ROUTES = [*_CONTENTS, *_COMMENTS, *_FILES, *_DETAILS, *_TREE, *_SPACES, *_REST]
