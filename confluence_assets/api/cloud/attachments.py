"""How Cloud gives the bytes of a file."""

from confluence_assets.api.cloud.endpoints import DOWNLOAD
from confluence_assets.api.wire import Request, encode_parameters


def download_request(container_id: str, attachment_id: str, version_number: int | None) -> Request:
    """The request that leads to one version of a file (the newest without a number), current or archived.

    The REST operation and not `downloadLink`: that old address turns API tokens away (CHANGE-2735).
    """
    parameters = {"version": version_number, "status": ("current", "archived")}
    return Request(
        DOWNLOAD.method,
        DOWNLOAD.fill(id=container_id, attachmentId=attachment_id),
        encode_parameters(parameters),
        label=DOWNLOAD.label,
        scope=DOWNLOAD.scope,
        is_safe=True,
        wants_json=False,
    )
