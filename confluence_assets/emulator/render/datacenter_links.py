"""Addresses of a Data Center below its base URL."""

import re
from functools import lru_cache
from urllib.parse import quote, quote_plus

from confluence_assets.emulator.clock import iso
from confluence_assets.emulator.render.v2 import RenderV2, tiny
from confluence_assets.emulator.render.v2_other import Row
from confluence_assets.emulator.store.model import ATTACHMENT, BLOGPOST, COMMENTS, PAGE, Content, Space

_AWKWARD = re.compile(r'[+?%&"/\\;<>#]|^\.|\.$|^\s|\s$')
"""A title with any of these is not put into an address."""


@lru_cache(4096)
def quoted_key(key: str) -> str:
    """A space key as it stands in paths."""
    return quote(key, safe="~")


class DatacenterLinks(RenderV2):
    """Makes addresses."""

    def space_path(self, space: Space) -> str:
        return f"/display/{quoted_key(space.key)}"

    def webui(self, content: Content) -> str:
        if content.kind in COMMENTS:
            root = self._store.root_of(content)
            page = self._page_path(root, self._store.spaces[root.space_id].key)
            sign = "&" if "?" in page else "?"
            return f"{page}{sign}focusedCommentId={content.id}#comment-{content.id}"
        if content.kind == ATTACHMENT:
            preview = quote(f"/{content.container_id}/{content.id}/{content.title}", safe="")
            return f"/pages/viewpageattachments.action?pageId={content.container_id}&preview={preview}"
        if content.kind in (PAGE, BLOGPOST):
            return self._page_path(content, self._store.spaces[content.space_id].key)
        return f"/pages/viewpage.action?pageId={content.container_id}"

    def _page_path(self, content: Content, key: str) -> str:
        if content.status != "current" or _AWKWARD.search(content.title):
            return f"/pages/viewpage.action?pageId={content.id}"
        key = quoted_key(key)
        if content.kind == BLOGPOST:
            return f"/display/{key}/{iso(content.created)[:10].replace('-', '/')}/{quote_plus(content.title)}"
        return f"/display/{key}/{quote_plus(content.title)}"

    def links(self, content: Content) -> Row:
        return {
            "webui": self.webui(content),
            "edit": f"/pages/resumedraft.action?draftId={content.id}",
            "tinyui": tiny(content.id),
        }

    def download_path(self, content: Content) -> str:
        """The servlet's path, with the version and its time, as `_links.download` has it."""
        return self.download_path_of(content, content.version)

    def download_path_of(self, content: Content, version: int) -> str:
        query = f"version={version}&modificationDate={content.modified}&api=v2"
        return f"/download/attachments/{content.container_id}/{quote(content.title)}?{query}"
