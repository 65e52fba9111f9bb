"""Asks an embedded site over HTTP, as somebody."""

from typing import Any

import requests

from confluence_assets.emulator import EmbeddedSite

ADMIN = ("admin@example.com", "admin")


class Asker:
    """Asks one site, as somebody."""

    def __init__(self, site: EmbeddedSite) -> None:
        self.site = site
        self.session = requests.Session()
        self.session.trust_env = False

    def raw(
        self, path: str, who: tuple[str, str] | None = ADMIN, method: str = "GET", **more: Any
    ) -> requests.Response:
        return self.session.request(method, self.site.url + path, auth=who, timeout=10, allow_redirects=False, **more)

    def v2(self, path: str, who: tuple[str, str] | None = ADMIN) -> Any:
        reply = self.raw(f"/wiki/api/v2{path}", who)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def v1(self, path: str, who: tuple[str, str] | None = ADMIN) -> Any:
        reply = self.raw(f"/wiki/rest/api{path}", who)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def walk(self, path: str, who: tuple[str, str] | None = ADMIN) -> list[Any]:
        """All rows of a v2 listing."""
        rows, target = [], f"/wiki/api/v2{path}"
        while target:
            page = self.raw(target, who).json()
            rows += page["results"]
            target = page["_links"].get("next")
        return rows

    def ids(self, path: str, who: tuple[str, str] | None = ADMIN) -> list[str]:
        return [row["id"] for row in self.walk(path, who)]

    def cql(self, cql: str, who: tuple[str, str] | None = ADMIN, **query: Any) -> list[Any]:
        """All results of a content search."""
        rows: list[Any] = []
        reply = self.raw("/wiki/rest/api/content/search", who, params={"cql": cql, "limit": 100, **query})
        while True:
            assert reply.status_code == 200, reply.text
            page = reply.json()
            rows += page["results"]
            if "next" not in page["_links"]:
                return rows
            reply = self.raw("/wiki" + page["_links"]["next"], who)

    def status(self, path: str, who: tuple[str, str] | None = ADMIN) -> int:
        return self.raw(path, who).status_code


def user(name: str) -> tuple[str, str]:
    """Credentials of a made-up person: the token is the part before the @."""
    return (f"{name}@example.com", name)
