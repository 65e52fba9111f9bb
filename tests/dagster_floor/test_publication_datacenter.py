"""The same publication on a Data Center: made once, unchanged after a sync, updated; writes counted at the server."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from confluence_assets.component import ConfluenceComponent
from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.publication import ConfluencePublication
from confluence_assets.resources import ConfluenceResource
from confluence_assets.sync.contract import SyncRequest
from confluence_assets.sync.runner import run_sync

TEMPLATE = """\
> [!IMPORTANT]
> {{ value("select count(*) from pages where title <> ?", title) }} pages.

{{ chart("select space_key, count(*) as pages from pages where title <> ? group by 1 order by 1", title) }}
"""


def test_on_data_center(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFLUENCE_PAT", "admin")
    monkeypatch.delenv("CONFLUENCE_API_TOKEN", raising=False)
    with EmbeddedSite(SiteConfig.shape("small", deployment="datacenter")) as site:
        resource = ConfluenceResource(url=site.url, home=str(tmp_path), allow_writes=True)
        options = ConfluenceComponent(site="acme", url=site.url, home=str(tmp_path), audit=False).get_site()
        run_sync(options, resource.get_source(), SyncRequest())
        with resource.get_client() as client:
            space_key = next(client.iter_spaces())["key"]
        attributes = {"site": "acme", "name": "state", "title": "State", "visible_to": "everything"}

        def publish(template: str) -> dict[str, Any]:
            publication = ConfluencePublication(space_key=space_key, template=template, **attributes)
            asset = publication.build_asset()
            result = dg.materialize([asset], resources={"acme_confluence": resource})
            (made,) = result.asset_materializations_for_node(asset.op.name)
            return {name: value.value for name, value in made.metadata.items()}

        first = publish(TEMPLATE)
        assert (first["state"], first["uploaded"], site.site.stats.writes) == ("created", "chart-1.png", 3)
        assert first["url"].startswith(site.site.config.site_url or "http")
        run_sync(options, resource.get_source(), SyncRequest())
        assert publish(TEMPLATE)["state"] == "unchanged"
        assert site.site.stats.writes == 3
        second = publish(TEMPLATE + "\nMore.\n")
        assert (second["page"], second["state"], second["version"]) == (first["page"], "updated", 2)
        with resource.get_client() as client:
            body = client.get_page(first["page"])["body"]["storage"]["value"]
        assert "adf" not in body
        assert "More." in body
