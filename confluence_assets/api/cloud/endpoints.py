"""Cloud's operations that we read from: path below the site's root and OAuth scope.

Source: OpenAPI documents of REST v2 and v1 (July 2026).
"""

from confluence_assets.api.wire import Endpoint

_V2 = "/wiki/api/v2"
_V1 = "/wiki/rest/api"

TENANT_INFO = Endpoint("/_edge/tenant_info")
CURRENT_USER = Endpoint(f"{_V1}/user/current", "read:confluence-user")

SPACES = Endpoint(f"{_V2}/spaces", "read:space:confluence")
SPACE = Endpoint(f"{_V2}/spaces/{{id}}", "read:space:confluence")
SPACE_PERMISSIONS = Endpoint(f"{_V2}/spaces/{{id}}/permissions", "read:space:confluence")
SPACE_ROLE_MODE = Endpoint(f"{_V2}/space-role-mode", "read:configuration:confluence")
SPACE_ROLES = Endpoint(f"{_V2}/space-roles", "read:space.permission:confluence")
ROLE_ASSIGNMENTS = Endpoint(f"{_V2}/spaces/{{id}}/role-assignments", "read:space.permission:confluence")

PAGES = Endpoint(f"{_V2}/pages", "read:page:confluence")
PAGE = Endpoint(f"{_V2}/pages/{{id}}", "read:page:confluence")
BLOGPOSTS = Endpoint(f"{_V2}/blogposts", "read:page:confluence")
BLOGPOST = Endpoint(f"{_V2}/blogposts/{{id}}", "read:page:confluence")
FOOTER_COMMENTS = Endpoint(f"{_V2}/footer-comments", "read:comment:confluence")
FOOTER_COMMENT = Endpoint(f"{_V2}/footer-comments/{{id}}", "read:comment:confluence")
INLINE_COMMENTS = Endpoint(f"{_V2}/inline-comments", "read:comment:confluence")
INLINE_COMMENT = Endpoint(f"{_V2}/inline-comments/{{id}}", "read:comment:confluence")
FOOTER_REPLIES = Endpoint(f"{_V2}/footer-comments/{{id}}/children", "read:comment:confluence")
INLINE_REPLIES = Endpoint(f"{_V2}/inline-comments/{{id}}/children", "read:comment:confluence")
ATTACHMENTS = Endpoint(f"{_V2}/attachments", "read:attachment:confluence")
ATTACHMENT = Endpoint(f"{_V2}/attachments/{{id}}", "read:attachment:confluence")
DOWNLOAD = Endpoint(f"{_V1}/content/{{id}}/child/attachment/{{attachmentId}}/download", "read:attachment:confluence")
CUSTOM_CONTENT = Endpoint(f"{_V2}/custom-content", "read:custom-content:confluence")
TASKS = Endpoint(f"{_V2}/tasks", "read:task:confluence")
LABELS = Endpoint(f"{_V2}/labels", "read:label:confluence")
LABEL_BY_NAME = Endpoint(f"{_V1}/label", "read:confluence-content.summary")

NODES = {
    "folder": Endpoint(f"{_V2}/folders/{{id}}", "read:folder:confluence"),
    "whiteboard": Endpoint(f"{_V2}/whiteboards/{{id}}", "read:whiteboard:confluence"),
    "database": Endpoint(f"{_V2}/databases/{{id}}", "read:database:confluence"),
    "embed": Endpoint(f"{_V2}/embeds/{{id}}", "read:embed:confluence"),
}
VERSIONS = {
    "page": Endpoint(f"{_V2}/pages/{{id}}/versions", "read:page:confluence"),
    "blogpost": Endpoint(f"{_V2}/blogposts/{{id}}/versions", "read:page:confluence"),
}
LIKES = {
    "page": Endpoint(f"{_V2}/pages/{{id}}/likes/users", "read:page:confluence"),
    "blogpost": Endpoint(f"{_V2}/blogposts/{{id}}/likes/users", "read:page:confluence"),
}
CONTENT_LABELS = {
    "page": Endpoint(f"{_V2}/pages/{{id}}/labels", "read:page:confluence"),
    "blogpost": Endpoint(f"{_V2}/blogposts/{{id}}/labels", "read:page:confluence"),
    "attachment": Endpoint(f"{_V2}/attachments/{{id}}/labels", "read:attachment:confluence"),
}

CONTENT_SEARCH = Endpoint(f"{_V1}/content/search", "search:confluence")
SEARCH = Endpoint(f"{_V1}/search", "search:confluence")
RESTRICTIONS = Endpoint(f"{_V1}/content/{{id}}/restriction", "read:confluence-content.all")
GROUPS = Endpoint(f"{_V1}/group", "read:confluence-groups")
GROUP_MEMBERS = Endpoint(f"{_V1}/group/{{id}}/membersByGroupId", "read:confluence-groups")
MEMBERSHIPS = Endpoint(f"{_V1}/user/memberof", "read:confluence-user")
AUDIT = Endpoint(f"{_V1}/audit", "read:audit-log:confluence")

USERS_BULK = Endpoint(f"{_V2}/users-bulk", "read:user:confluence", "POST", is_read_only=True)
CONTENT_TYPES = Endpoint(
    f"{_V2}/content/convert-ids-to-types", "read:content.metadata:confluence", "POST", is_read_only=True
)
