"""Cloud's operations that write. `scope` holds all that a token needs for one, separated by spaces.

Source: OpenAPI documents of REST v2 and v1 (July 2026). Files are uploaded by v1 alone.
"""

from confluence_assets.api.wire import Endpoint

_V2 = "/wiki/api/v2"
_FILES = "/wiki/rest/api/content/{id}/child/attachment"
_FILE_SCOPE = "write:confluence-file"

CREATE_PAGE = Endpoint(f"{_V2}/pages", "write:page:confluence", "POST")
UPDATE_PAGE = Endpoint(f"{_V2}/pages/{{id}}", "write:page:confluence", "PUT")
DELETE_PAGE = Endpoint(f"{_V2}/pages/{{id}}", "delete:page:confluence", "DELETE")
DELETE_ATTACHMENT = Endpoint(f"{_V2}/attachments/{{id}}", "delete:attachment:confluence", "DELETE")
UPLOAD = Endpoint(_FILES, _FILE_SCOPE, "POST")
UPLOAD_DATA = Endpoint(f"{_FILES}/{{attachmentId}}/data", _FILE_SCOPE, "POST")

SEGMENTS = {"page": "pages", "blogpost": "blogposts", "attachment": "attachments", "custom_content": "custom-content"}
"""What v2 calls each kind of content in its paths."""
_FAMILIES = {"page": "page", "blogpost": "page", "attachment": "attachment", "custom_content": "custom-content"}


def _properties(kind: str) -> str:
    return f"{_V2}/{SEGMENTS[kind]}/{{id}}/properties"


def _both(kind: str) -> str:
    return f"read:{_FAMILIES[kind]}:confluence write:{_FAMILIES[kind]}:confluence"


PROPERTIES = {kind: Endpoint(_properties(kind), f"read:{_FAMILIES[kind]}:confluence") for kind in SEGMENTS}
CREATE_PROPERTY = {kind: Endpoint(_properties(kind), _both(kind), "POST") for kind in SEGMENTS}
UPDATE_PROPERTY = {kind: Endpoint(f"{_properties(kind)}/{{propertyId}}", _both(kind), "PUT") for kind in SEGMENTS}
DELETE_PROPERTY = {kind: Endpoint(f"{_properties(kind)}/{{propertyId}}", _both(kind), "DELETE") for kind in SEGMENTS}
