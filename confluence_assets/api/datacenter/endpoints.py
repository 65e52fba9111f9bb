"""Data Center's operations: paths below the base URL. All but those of webhooks read.

Source: OpenAPI document of Data Center 10.0; the legacy remote API (JSON-RPC) for what REST has only since 9.1.
"""

from confluence_assets.api.wire import Endpoint

_REST = "/rest/api"

SERVER_INFORMATION = Endpoint(f"{_REST}/server-information")
MANIFEST = Endpoint("/rest/applinks/1.0/manifest")
ACCESS_MODE = Endpoint(f"{_REST}/accessmode")
CURRENT_USER = Endpoint(f"{_REST}/user/current")

SPACES = Endpoint(f"{_REST}/space")
TRASH = Endpoint(f"{_REST}/space/{{key}}/trash")
SPACE_PERMISSIONS = Endpoint(f"{_REST}/space/{{key}}/permissions")
ANONYMOUS_PERMISSIONS = Endpoint(f"{_REST}/space/{{key}}/permissions/anonymous")
GLOBAL_PERMISSIONS = Endpoint(f"{_REST}/permissions")
REMOTE = Endpoint("/rpc/json-rpc/confluenceservice-v2", method="POST", is_read_only=True)

CONTENTS = Endpoint(f"{_REST}/content")
SCAN = Endpoint(f"{_REST}/content/scan")
SEARCH = Endpoint(f"{_REST}/content/search")
SITE_SEARCH = Endpoint(f"{_REST}/search")
CONTENT = Endpoint(f"{_REST}/content/{{id}}")
CONTENT_LABELS = Endpoint(f"{_REST}/content/{{id}}/label")
CONTENT_FILES = Endpoint(f"{_REST}/content/{{id}}/child/attachment")
RESTRICTION = Endpoint(f"{_REST}/content/{{id}}/restriction/byOperation/{{operation}}")
VERSIONS = Endpoint(f"{_REST}/content/{{id}}/version")
OLD_VERSIONS = Endpoint("/rest/experimental/content/{id}/version")
LIKES = Endpoint("/rest/likes/1.0/content/{id}/likes")

GROUPS = Endpoint(f"{_REST}/group")
GROUP = Endpoint(f"{_REST}/group/{{name}}")
GROUP_MEMBERS = Endpoint(f"{_REST}/group/{{name}}/member")
GROUPS_INSIDE = Endpoint(f"{_REST}/group/{{name}}/groupmember")
GROUPS_AROUND = Endpoint(f"{_REST}/group/{{name}}/groupancestor")
GROUPS_RIGHT_AROUND = Endpoint(f"{_REST}/group/{{name}}/groupparent")
MEMBERSHIPS = Endpoint(f"{_REST}/user/memberof")
USER = Endpoint(f"{_REST}/user")
USERS = Endpoint(f"{_REST}/user/list")
AUDIT = Endpoint("/rest/auditing/1.0/events")

WEBHOOKS = Endpoint(f"{_REST}/webhooks")
MAKE_WEBHOOK = Endpoint(f"{_REST}/webhooks", method="POST")
CHANGE_WEBHOOK = Endpoint(f"{_REST}/webhooks/{{id}}", method="PUT")
DELETE_WEBHOOK = Endpoint(f"{_REST}/webhooks/{{id}}", method="DELETE")
TEST_WEBHOOK = Endpoint(f"{_REST}/webhooks/test", method="POST")
