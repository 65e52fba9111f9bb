"""A published page: made once, written only where its content changed, never over somebody's edit; writes counted at the server."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from confluence_assets import ConfluenceClient
from confluence_assets.api import Connection
from confluence_assets.component import ConfluenceComponent
from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.errors import SettingsError
from confluence_assets.publication import ConfluencePublication
from confluence_assets.publish_back import PROPERTY_KEY
from confluence_assets.resources import ConfluenceResource
from confluence_assets.sync.contract import SyncReport, SyncRequest
from confluence_assets.sync.runner import run_sync

TEMPLATE = """\
{{ value("select count(*) from pages where title <> ?", title) }} pages.

{{ table("select title, web_url from pages where title <> ? order by page_id limit 3", title) }}

{{ chart("select space_key, count(*) as pages from pages where title <> ? group by 1 order by 1", title, title="By space") }}
"""


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake of the small site, made once and copied for each test."""
    home = tmp_path_factory.mktemp("synced")
    with EmbeddedSite(SiteConfig.shape("small")) as site, pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONFLUENCE_API_TOKEN", "admin")
        sync(site, home)
    return home


@pytest.fixture
def site() -> Iterator[EmbeddedSite]:
    with EmbeddedSite(SiteConfig.shape("small")) as running:
        yield running


@pytest.fixture
def home(synced: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONFLUENCE_API_TOKEN", "admin")
    shutil.copytree(synced, tmp_path / "home")
    return tmp_path / "home"


class Quiet:
    """An observer that hears nothing of the sync's stages."""

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments, **named: None


def sync(site: EmbeddedSite, home: Path) -> SyncReport:
    component = ConfluenceComponent(site="acme", url=site.url, email="admin@example.com", home=str(home), audit=False)
    source = ConfluenceResource(url=site.url, email="admin@example.com").get_source()
    return run_sync(component.get_site(), source, SyncRequest(), Quiet())


def space_key(site: EmbeddedSite) -> str:
    with open_client(site) as client:
        return next(client.iter_spaces())["key"]


def open_client(site: EmbeddedSite) -> ConfluenceClient:
    return ConfluenceClient(Connection(site.url, "admin@example.com", "admin", allow_writes=True))


def publish(site: EmbeddedSite, home: Path, *, allow_writes: bool = True, **changes: Any) -> dict[str, Any]:
    """The metadata of one materialization."""
    attributes = {"site": "acme", "name": "state", "title": "State", "template": TEMPLATE, "visible_to": "everything"}
    if {"sql", "template_file"} & set(changes):
        del attributes["template"]
    publication = ConfluencePublication(**{"space_key": space_key(site), **attributes, **changes})
    resource = ConfluenceResource(url=site.url, email="admin@example.com", home=str(home), allow_writes=allow_writes)
    asset = publication.build_asset()
    result = dg.materialize([asset], resources={"acme_confluence": resource})
    (made,) = result.asset_materializations_for_node(asset.op.name)
    return {name: value.value for name, value in made.metadata.items()}


def test_made_once_and_nothing_is_written_where_nothing_changed(site: EmbeddedSite, home: Path) -> None:
    first = publish(site, home)
    assert (first["state"], first["version"], first["uploaded"]) == ("created", 1, "chart-1.png")
    writes = site.site.stats.writes
    second = publish(site, home)
    assert (second["state"], second["page"], second["changed"]) == ("unchanged", first["page"], False)
    assert site.site.stats.writes == writes == 3
    with open_client(site) as client:
        page = client.get_page(first["page"])
        assert '<ri:attachment ri:filename="chart-1.png"/>' in page["body"]["storage"]["value"]
        assert client.get_property(first["page"], PROPERTY_KEY)["value"]["publication"] == "acme/state"
        (file,) = client.iter_attachments(page_id=first["page"])
        assert (file["title"], file["mediaType"]) == ("chart-1.png", "image/png")


def test_a_sync_that_sees_the_page_changes_nothing_on_it(site: EmbeddedSite, home: Path) -> None:
    publish(site, home)
    writes = site.site.stats.writes
    assert sync(site, home).is_changed
    assert publish(site, home)["state"] == "unchanged"
    assert site.site.stats.writes == writes


def test_only_what_changed_is_written(site: EmbeddedSite, home: Path) -> None:
    first = publish(site, home)
    before = site.site.stats.writes
    second = publish(site, home, template=TEMPLATE + "\nMore.\n")
    assert (second["state"], second["version"], second["uploaded"]) == ("updated", 2, "nothing")
    assert second["page"] == first["page"]
    assert site.site.stats.writes == before + 2  # the page and its property


def test_the_page_is_found_without_what_is_remembered_and_after_it_was_renamed(site: EmbeddedSite, home: Path) -> None:
    first = publish(site, home)
    shutil.rmtree(home / "acme" / "publications")
    assert publish(site, home)["page"] == first["page"]
    renamed = publish(site, home, title="State of it all")
    assert (renamed["page"], renamed["state"]) == (first["page"], "updated")


def test_a_page_in_the_trash_is_made_again(site: EmbeddedSite, home: Path) -> None:
    first = publish(site, home)
    with open_client(site) as client:
        client.delete_page(first["page"])
    second = publish(site, home)
    assert second["state"] == "created"
    assert second["page"] != first["page"]


def test_an_edit_by_hand_is_not_written_over_unless_asked(site: EmbeddedSite, home: Path) -> None:
    page_id = publish(site, home)["page"]
    with open_client(site) as client:
        client.update_page(page_id, body="<p>By hand</p>")
        writes = site.site.stats.writes
        assert publish(site, home)["state"] == "unchanged"  # nothing to say: the edit stands
        with pytest.raises(dg.Failure, match="version 2 stands there, and the publication wrote version 1"):
            publish(site, home, template="Other")
        assert client.get_page(page_id)["body"]["storage"]["value"] == "<p>By hand</p>"
        assert site.site.stats.writes == writes
        assert publish(site, home, template="Other", overwrite=True)["version"] == 3
        assert publish(site, home, template="Another")["version"] == 4


def test_overwrite_brings_back_what_an_edit_replaced(site: EmbeddedSite, home: Path) -> None:
    page_id = publish(site, home)["page"]
    with open_client(site) as client:
        client.update_page(page_id, body="<p>By hand</p>")
        assert publish(site, home, overwrite=True)["state"] == "updated"
        assert "By hand" not in client.get_page(page_id)["body"]["storage"]["value"]


def test_somebody_elses_page_of_that_title_is_left_alone(site: EmbeddedSite, home: Path) -> None:
    with open_client(site) as client:
        made = client.create_page(space_key(site), "State", "<p>Mine</p>")
        writes = site.site.stats.writes
        with pytest.raises(dg.Failure, match=f"has a page titled 'State' already \\({made['id']}\\), made by hand"):
            publish(site, home)
        publish(site, home, name="other", title="Other")
        with pytest.raises(dg.Failure, match="made by the publication acme/other"):
            publish(site, home, title="Other")
        assert client.get_page(made["id"])["body"]["storage"]["value"] == "<p>Mine</p>"
        assert site.site.stats.writes == writes + 3


def test_a_run_that_was_stopped_before_the_mark_goes_on(site: EmbeddedSite, home: Path) -> None:
    page_id = publish(site, home)["page"]
    with open_client(site) as client:
        client.delete_property(page_id, PROPERTY_KEY)
    second = publish(site, home)
    assert (second["page"], second["state"]) == (page_id, "updated")
    assert publish(site, home)["state"] == "unchanged"


def test_a_run_that_was_stopped_between_the_page_and_its_mark_is_no_edit(site: EmbeddedSite, home: Path) -> None:
    page_id = publish(site, home, template="A")["page"]
    with open_client(site) as client:
        mark = client.get_property(page_id, PROPERTY_KEY)["value"]
        publish(site, home, template="B")
        client.update_property(page_id, PROPERTY_KEY, mark)
        assert publish(site, home, template="A")["state"] == "updated"
        assert "<p>A</p>" in client.get_page(page_id)["body"]["storage"]["value"]


def test_without_allow_writes_nothing_is_written(site: EmbeddedSite, home: Path) -> None:
    with pytest.raises(dg.Failure, match="allow_writes: true"):
        publish(site, home, allow_writes=False)
    assert site.site.stats.writes == 0
    publish(site, home)
    assert publish(site, home, allow_writes=False)["state"] == "unchanged"


def test_sql_alone_is_a_table(site: EmbeddedSite, home: Path) -> None:
    made = publish(site, home, sql="select 'a|b' as\n \"left\", 'c \"\\ d' as x where '\u2603' <> ''")
    assert made["markdown"].startswith("| Left | X |\n| --- | --- |\n| a\\|b | c &quot;\\ d |")
    with open_client(site) as client:
        body = client.get_page(made["page"])["body"]["storage"]["value"]
    assert '<td>a|b</td><td>c "\\ d</td>' in body.replace("<p>", "").replace("</p>", "")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"template": "{{ value('drop table pages') }}"}, "one SELECT at a time"),
        ({"template": "{{ value('select 1; select 2') }}"}, "one SELECT at a time"),
        ({"template": "{{ value('select * from nowhere') }}"}, "nowhere"),
        ({"template": "{{ value(\"select * from read_text('/etc/passwd')\") }}"}, "disabled"),
        ({"template": "{{ missing }}"}, "'missing' is undefined"),
        ({"template": "a\n{% if %}"}, "in line 2"),
        ({"template": "a\n\n{{ 1 / 0 }}"}, r"wrong in line 3: division by zero\. *$"),
        ({"template": "a\n{{ table() }}"}, r"wrong in line 2: table\(\) missing 1 required"),
        ({"template": "{% include 'other.md' %}"}, "The template is wrong"),
        ({"template": "{% for i in range(10**8) %}{% endfor %}"}, "Range too big"),
        ({"template": "{{ chart('select 1 as a, 2 as b', kind='pie') }}"}, "and not 'pie'"),
        ({"template": "{{ chart('select 1 as a') }}"}, "A chart needs"),
    ],
)
def test_a_wrong_template_fails_the_run_before_anything_is_written(
    site: EmbeddedSite, home: Path, changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(dg.Failure, match=told):
        publish(site, home, **changes)
    assert site.site.stats.writes == 0


@pytest.mark.parametrize(
    ("attributes", "told"),
    [
        ({"sql": "select 1", "template": "x"}, "one of sql, template and template_file"),
        ({}, "one of sql, template and template_file"),
        ({"template_file": "/nowhere/x.md"}, "can't be read"),
        ({"name": "pages", "sql": "select 1"}, "name of a table"),
        ({"name": "a-b", "sql": "select 1"}, "not a name"),
        ({"title": "x" * 256, "sql": "select 1"}, "title has 256 characters"),
        ({"title": " ", "sql": "select 1"}, "title has 0 characters"),
        ({"parent_id": "Home", "sql": "select 1"}, "'Home' is not an id"),
    ],
)
def test_wrong_attributes_are_told_when_definitions_load(attributes: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        ConfluencePublication(**{"name": "state", "space_key": "A", "title": "T", **attributes}).build_defs()


@pytest.mark.parametrize("value", ["65538", "'65538'", "'{{ above }}'"])
def test_ids_and_titles_of_digits_are_texts(value: str) -> None:
    """Dagster renders texts as templates, which makes numbers of them: no page could be put below another."""
    written = f"site: acme\nname: state\nspace_key: {value}\ntitle: {value}\nsql: select 1\nparent_id: {value}\n"
    made = ConfluencePublication.resolve_from_yaml(written, scope={"above": 65538})
    assert (made.parent_id, made.title, made.space_key) == ("65538",) * 3


def test_it_stands_beside_the_site_in_yaml_and_python(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("Hello {{ title }}", encoding="utf-8")
    loaded = ConfluencePublication.resolve_from_yaml(
        "site: acme\nname: state\nspace_key: OPS\ntitle: State\ntemplate_file: page.md\ncron: '15 6 * * *'\n"
    )
    site = ConfluenceComponent(site="acme", url="https://acme.example", home=str(tmp_path)).build_site_defs()
    asset = loaded.build_asset(tmp_path)
    defs = dg.Definitions.merge(site, dg.Definitions(assets=[asset]))
    spec = defs.resolve_asset_graph().get(dg.AssetKey(["acme", "state"]))
    assert spec.parent_keys == {dg.AssetKey(["acme", "warehouse"])}
    loaded.template_file = str(tmp_path / "page.md")
    (schedule,) = loaded.build_defs().schedules or []
    assert (schedule.name, schedule.cron_schedule) == ("acme_publish_state_schedule", "15 6 * * *")
