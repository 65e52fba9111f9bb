"""The media host: another origin, which knows signed addresses and no accounts."""

import re

from confluence_assets.emulator.render.files import file_bytes
from confluence_assets.emulator.site import Site
from confluence_assets.emulator.web.messages import Reply, Request, json_reply

_RANGE = re.compile(r"bytes=(\d+)-")


class MediaHost:
    """Gives files for signed addresses. A request that carries credentials has come to the wrong host and is refused."""

    TEMPLATE = "(media) /file/{fileId}/binary"

    def __init__(self, site: Site) -> None:
        self.site = site

    def handle(self, request: Request) -> Reply:
        reply = self.site.faults.around(request, self.TEMPLATE, lambda: self._answer(request))
        self.site.stats.count(request.method, self.TEMPLATE, reply.status, len(reply.body))
        reply.delay_seconds += self.site.latency_ms / 1000
        return reply

    def _answer(self, request: Request) -> Reply:
        site = self.site
        if "authorization" in request.headers and site.switches.media_refuses_authorization:
            return json_reply({"code": 400, "message": "Only one authentication mechanism is allowed"}, 400)
        if request.method not in ("GET", "HEAD"):
            return Reply(405)
        found = site.media.check(request.query.get("token", [""])[0])
        if found is None:
            return json_reply({"code": 403, "message": "Token is invalid or has expired"}, 403)
        content = site.store.contents.get(found[0])
        if content is None:
            return json_reply({"code": 404, "message": "File not found"}, 404)
        media_type = str((content.extra or {}).get("media_type", "application/octet-stream"))
        name = content.title.encode("ascii", "replace").decode().replace('"', "'")
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Accept-Ranges": "bytes"}
        return _part_of(
            Reply(200, file_bytes(content, found[1]), media_type, headers), request.headers.get("range", "")
        )


def _part_of(reply: Reply, wanted: str) -> Reply:
    """The rest of a file from a byte on, where that is what was asked for; other forms of ranges get the whole."""
    begin = _RANGE.fullmatch(wanted)
    if begin is None:
        return reply
    start, size = int(begin[1]), len(reply.body)
    if start >= size:
        return Reply(416, headers={"Content-Range": f"bytes */{size}"})
    headers = {**reply.headers, "Content-Range": f"bytes {start}-{size - 1}/{size}"}
    return Reply(206, reply.body[start:], reply.content_type, headers)
