"""What somebody's own token reads on an embedded site: its answers to requests, without a socket."""

from base64 import b64encode

import orjson

from confluence_assets.emulator.app import App
from confluence_assets.emulator.site import Site
from confluence_assets.emulator.store.model import User
from confluence_assets.emulator.web.messages import Request

LISTS = {
    "pages": "page",
    "blogposts": "blogpost",
    "attachments": "attachment",
    "footer-comments": "footer-comment",
    "inline-comments": "inline-comment",
}
"""Lists of the whole site, and the kind of content that each holds."""
NODES = {"folder": "folders", "whiteboard": "whiteboards", "database": "databases", "embed": "embeds"}
"""Kinds that can only be asked for one by one, and where."""
KINDS = {*LISTS.values(), *NODES}
_KEPT_OUT = (401, 403)


class Eyes:
    """Asks a site as somebody; `user` None brings no credentials."""

    def __init__(self, site: Site, app: App, user: User | None) -> None:
        self._site, self._app = site, app
        token = b64encode(f"{user.email}:{user.token or ''}".encode()).decode() if user else ""
        self._headers = {"authorization": f"Basic {token}"} if user else {}

    def read(self) -> set[str]:
        """Ids of all contents of `KINDS` that the site gives out."""
        found: set[str] = set()
        for path in LISTS:
            found |= self._walk(f"/wiki/api/v2/{path}?limit=250")
        for content in self._site.store.contents.values():
            if content.kind in NODES and self._get(f"/wiki/api/v2/{NODES[content.kind]}/{content.api_id}"):
                found.add(content.api_id)
        return found

    def _walk(self, target: str) -> set[str]:
        found: set[str] = set()
        while target:
            page = self._get(target)
            if page is None:
                return set()
            found |= {row["id"] for row in page["results"]}
            target = page["_links"].get("next", "")
        return found

    def _get(self, target: str) -> dict | None:
        reply = self._app.handle(Request("GET", target, self._headers, b""))
        if reply.status == 200:
            return orjson.loads(reply.body)
        assert reply.status in (*_KEPT_OUT, 404), reply.status
        return None
