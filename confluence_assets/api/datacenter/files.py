"""Files: they come inside the pages and posts that hold them, and their bytes from the download servlet."""

from collections.abc import Iterator, Sequence
from urllib.parse import parse_qsl, urlsplit

from confluence_assets.api.datacenter import endpoints
from confluence_assets.api.datacenter.caller import DatacenterCaller
from confluence_assets.api.datacenter.details import detail_expansions, is_cut_off
from confluence_assets.api.fields import EMPTY
from confluence_assets.api.wire import JsonObject, Request, encode_parameters
from confluence_assets.errors import NotFoundError, ProtocolError

ROWS = 200
_OF_A_FILE = ("version", "history")
_INSIDE = "children.attachment"


def file_expansions(property_keys: Sequence[str] = (), *, details: bool = False) -> tuple[str, ...]:
    """What of a file is expanded, asked of itself."""
    return (*_OF_A_FILE, *(detail_expansions(property_keys, restrictions=False) if details else ()))


def inside(expansions: Sequence[str]) -> tuple[str, ...]:
    """The same, asked of what holds the file."""
    return (_INSIDE, *(f"{_INSIDE}.{name}" for name in expansions))


def files_of(caller: DatacenterCaller, content: JsonObject, expansions: Sequence[str]) -> list[JsonObject]:
    """The files that came in a content; where there are more than fit, all are asked for."""
    embedded = (content.get("children") or EMPTY).get("attachment")
    if embedded is None:
        raise ProtocolError(f"Content {content.get('id')} came without its files.")
    if not is_cut_off(embedded):
        return list(embedded.get("results") or ())
    try:
        return [file for files in iter_files(caller, str(content["id"]), expansions) for file in files]
    except NotFoundError:
        return list(embedded.get("results") or ())  # it went since the list was made: the next run sees it gone


def iter_files(caller: DatacenterCaller, content_id: str, expansions: Sequence[str]) -> Iterator[list[JsonObject]]:
    """All files of one content."""
    return caller.walk_rows(
        endpoints.CONTENT_FILES,
        {"expand": ",".join(expansions)},
        limit=ROWS,
        identity=lambda file: str(file["id"]),
        ids={"id": content_id},
    )


def download_request(caller: DatacenterCaller, attachment_id: str, version_number: int | None) -> Request:
    """The request that gives one version of a file (the newest without a number); its address is asked of the file.

    The servlet's path has the file's name in it, which may change; it is therefore asked each time, and not kept.
    """
    content = caller.get(endpoints.CONTENT, {"status": ("current", "archived"), "expand": "version"}, id=attachment_id)
    link = (content.get("_links") or EMPTY).get("download")
    if not link:
        raise ProtocolError(f"Attachment {attachment_id} names no address to download it from.")
    parts = urlsplit(str(link))
    query = dict(parse_qsl(parts.query))
    if version_number is not None and query.get("version") != str(version_number):
        query = {"version": str(version_number), "api": "v2"}
    return Request(
        "GET",
        parts.path,
        encode_parameters(query),
        label="GET /download/attachments/{id}/{name}",
        is_safe=True,
        wants_json=False,
    )
