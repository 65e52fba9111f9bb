"""Data Center's operations that write.

Source: OpenAPI document of Data Center 10.0.
"""

from confluence_assets.api.wire import Endpoint

_CONTENT = "/rest/api/content"

CREATE = Endpoint(_CONTENT, method="POST")
UPDATE = Endpoint(f"{_CONTENT}/{{id}}", method="PUT")
DELETE = Endpoint(f"{_CONTENT}/{{id}}", method="DELETE")
UPLOAD = Endpoint(f"{_CONTENT}/{{id}}/child/attachment", method="POST")
UPLOAD_DATA = Endpoint(f"{_CONTENT}/{{id}}/child/attachment/{{attachmentId}}/data", method="POST")
PROPERTIES = Endpoint(f"{_CONTENT}/{{id}}/property")
PROPERTY = Endpoint(f"{_CONTENT}/{{id}}/property/{{key}}")
CREATE_PROPERTY = Endpoint(f"{_CONTENT}/{{id}}/property", method="POST")
UPDATE_PROPERTY = Endpoint(f"{_CONTENT}/{{id}}/property/{{key}}", method="PUT")
DELETE_PROPERTY = Endpoint(f"{_CONTENT}/{{id}}/property/{{key}}", method="DELETE")
