"""Asks an embedded Data Center over HTTP, as somebody."""

from typing import Any

import requests

from confluence_assets.emulator import EmbeddedSite, SeedPlan, SiteConfig
from confluence_assets.emulator.datacenter.switches import switches_for

PROFILES = ("7.19", "8.5", "9.2", "10.0")


class Server:
    """A Data Center, and somebody who asks it by personal access token."""

    def __init__(self, site: EmbeddedSite) -> None:
        self.site = site
        self.session = requests.Session()
        self.session.trust_env = False

    def raw(self, path: str, who: str | None = "admin", method: str = "GET", **more: Any) -> requests.Response:
        headers = {**({"Authorization": f"Bearer {who}"} if who else {}), **more.pop("headers", {})}
        return self.session.request(
            method, self.site.url + path, headers=headers, timeout=10, allow_redirects=False, **more
        )

    def get(self, path: str, who: str | None = "admin", **query: Any) -> Any:
        reply = self.raw(f"/rest/api{path}", who, params=query)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def status(self, path: str, who: str | None = "admin", **query: Any) -> int:
        return self.raw(f"/rest/api{path}", who, params=query).status_code

    def scan(self, who: str | None = "admin", **query: Any) -> list[Any]:
        """Every row of a scan, page by page."""
        page, rows = self.get("/content/scan", who, **query), []
        while True:
            rows += page["results"]
            if "next" not in page["_links"]:
                return rows
            reply = self.raw(page["_links"]["next"], who)
            assert reply.status_code == 200, reply.text
            page = reply.json()

    def walk(self, path: str, who: str | None = "admin", **query: Any) -> list[Any]:
        """Every row of an offset list; each page starts behind the rows that came."""
        rows: list[Any] = []
        while True:
            page = self.get(path, who, **{**query, "start": len(rows)})
            rows += page["results"]
            if not page["results"] or "next" not in page["_links"]:
                return rows

    def edit(self, op: str, **fields: Any) -> dict[str, Any]:
        return self.site.control.edit(op, **fields)

    def dump(self, kind: str, who: str | None = "") -> list[Any]:
        control = self.site.control
        return control.dump(kind) if who == "" else control.dump_as(who, kind)

    def key(self, username: str) -> str:
        return next(user.account_id for user in self.site.control.users() if user.username == username)


def config(profile: str = "10.0", plan: SeedPlan | None = None, context_path: str = "", **switches: Any) -> SiteConfig:
    """A Data Center of that version with some of its switches changed."""
    return SiteConfig(
        plan=plan or SeedPlan(),
        deployment="datacenter",
        profile=profile,
        context_path=context_path,
        switches=switches_for(profile, **switches),
    )
