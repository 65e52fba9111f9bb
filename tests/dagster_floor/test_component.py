"""YAML and Python give the same definitions; sites stand side by side; no secret is configuration."""

import base64
import hashlib
import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster.components.testing import create_defs_folder_sandbox
from pydantic import ValidationError

from confluence_assets import ConfluenceComponent, ConfluencePublication, build_confluence_defs
from confluence_assets.assets.specs import AssetProps
from confluence_assets.errors import SettingsError
from confluence_assets.sync.contract import SyncMode
from confluence_assets.sync.options import SyncOptions
from confluence_assets.tables import TABLES

ACME = {"site": "acme", "url": "https://acme.atlassian.net", "token_env": "ACME_TOKEN"}


def keys_of(defs: dg.Definitions) -> set[str]:
    return {spec.key.to_user_string() for spec in defs.resolve_all_asset_specs()}


def test_keys_are_site_and_table() -> None:
    opt_in = {"content_versions", "content_likes"}
    expected = {f"acme/{table.name}" for table in TABLES if table.name not in opt_in} | {
        "acme/warehouse",
        "acme/report",
    }
    assert keys_of(build_confluence_defs(**ACME)) == expected
    assert keys_of(build_confluence_defs(**ACME, versions=True, likes=True)) - expected == {
        "acme/content_versions",
        "acme/content_likes",
    }


def test_yaml_and_python_give_equal_definitions(tmp_path: Path) -> None:
    attributes = {
        **ACME,
        "include_spaces": ["ENG", "H*"],
        "exclude_pages": ["65538"],
        "include_labels": ["howto"],
        "modified_after": "-90d",
        "inline_comments": False,
        "sweep_every": "4h",
        "permissions_every": "15m",
        "discovery_interval_seconds": 600,
        "attachments_interval_seconds": 900,
        "audit": False,
        "owners": ["team:docs"],
    }
    with create_defs_folder_sandbox() as sandbox:
        folder = sandbox.scaffold_component(
            component_cls=ConfluenceComponent,
            defs_yaml_contents={"type": "confluence_assets.ConfluenceComponent", "attributes": attributes},
        )
        with sandbox.load_component_and_build_defs(defs_path=folder) as (component, from_yaml):
            assert isinstance(component, ConfluenceComponent)
            assert component.get_options() == SyncOptions(
                include_spaces=("ENG", "H*"),
                exclude_pages=("65538",),
                include_labels=("howto",),
                modified_after="-90d",
                inline_comments=False,
                audit=False,
            )
            assert component.build_wiring().stream_intervals == {"attachments": 900}
            assert described(from_yaml) == described(build_confluence_defs(**attributes))


def described(defs: dg.Definitions) -> Any:
    """All that a user sees of them, but for the file and line that YAML comes from."""
    specs = [
        spec.replace_attributes(
            metadata={name: spec.metadata[name] for name in spec.metadata if "table" in name or "schema" in name}
        )
        for spec in sorted(defs.resolve_all_asset_specs(), key=lambda spec: spec.key)
    ]
    repository = defs.get_repository_def()
    schedules = sorted(
        (one.name, one.cron_schedule, one.default_status.value, one.job_name) for one in repository.schedule_defs
    )
    sensors = sorted(
        (one.name, one.minimum_interval_seconds, one.default_status.value) for one in repository.sensor_defs
    )
    resources = {name: one.model_dump() for name, one in (defs.resources or {}).items()}
    return specs, schedules, sensors, sorted(repository.job_names), resources


def test_two_sites_stand_side_by_side() -> None:
    both = dg.Definitions.merge(
        build_confluence_defs(**ACME), build_confluence_defs(site="globex", url="https://g.example")
    )
    dg.Definitions.validate_loadable(both)
    assert {key.split("/")[0] for key in keys_of(both)} == {"acme", "globex"}
    assert sorted(both.resources or {}) == ["acme_confluence", "globex_confluence"]
    assert both.resolve_job_def("globex_sync").name == "globex_sync"


def test_every_option_is_an_attribute_with_the_same_default() -> None:
    component = ConfluenceComponent(url="https://acme.example")
    assert component.get_options() == SyncOptions()
    assert {field.name for field in fields(SyncOptions)} <= set(ConfluenceComponent.model_fields)


@pytest.mark.parametrize("component", [ConfluenceComponent, ConfluencePublication])
def test_an_editor_is_told_of_every_attribute(component: Any) -> None:
    properties = component.model().model_json_schema()["properties"]
    assert set(properties) == set(component.model_fields)
    assert [name for name, said in properties.items() if len(said.get("description", "")) < 15] == []


def test_one_value_may_stand_without_a_list() -> None:
    """`ENG` would be taken for three spaces, which do not exist: all rows would leave."""
    text = "include_spaces: ENG\ninclude_pages: 65538\nexclude_spaces: '{{ key }}'\nexclude_labels: '{{ labels }}'\n"
    component = ConfluenceComponent.resolve_from_yaml(text, scope={"key": "HR", "labels": ["a", "b"]})
    assert (component.include_spaces, component.include_pages) == (["ENG"], ["65538"])
    assert (component.exclude_spaces, component.exclude_labels) == (["HR"], ["a", "b"])


@pytest.mark.parametrize(
    "wrong", ["include_spaces: [ENG, NO]", "include_spaces: NO", "concurrency: 0", "concurrency: many"]
)
def test_a_value_that_can_not_be_is_refused_in_words(wrong: str) -> None:
    """Dagster lets every attribute be a text; pydantic ends with a TypeError where it compares one with a bound."""
    with pytest.raises(ValidationError):
        ConfluenceComponent.resolve_from_yaml(wrong)


def test_dates_of_digits_are_dates() -> None:
    component = ConfluenceComponent.resolve_from_yaml(
        "modified_after: '20260131'\ncreated_after: 2026-01-31\nhome: '2026'"
    )
    assert (component.modified_after, component.created_after, component.home) == ("20260131", "2026-01-31", "2026")


def test_bounds_stand_in_the_schema_and_hold_for_numbers() -> None:
    properties = ConfluenceComponent.model().model_json_schema()["properties"]
    assert {"type": "integer", "minimum": 1, "maximum": 32} in properties["concurrency"]["anyOf"]
    assert {one["type"] for one in properties["include_pages"]["anyOf"]} == {"array", "string", "integer"}
    assert {one["type"] for one in properties["home"]["anyOf"]} == {"string", "integer", "null"}
    component = ConfluenceComponent.resolve_from_yaml(
        "concurrency: '{{ many }}'\npages_interval_seconds: null", scope={"many": 3}
    )
    assert (component.concurrency, component.pages_interval_seconds) == (3, None)


@pytest.mark.parametrize(
    ("attributes", "setting"),
    [
        ({"owners": ["anna"]}, "owners"),
        ({"sweep_every": "1x"}, "sweep_every"),
        ({"permissions_every": "7m"}, "permissions_every"),
    ],
)
def test_what_definitions_can_not_be_made_of_names_its_attribute(attributes: dict[str, Any], setting: str) -> None:
    with pytest.raises(SettingsError) as caught:
        ConfluenceComponent(**ACME, **attributes).build_wiring()
    assert caught.value.setting == setting


@pytest.mark.parametrize(
    "name",
    [
        "CONFLUENCE_API_TOKEN",
        "ACME_WIKI_PROD_EU_WEST_1_API_TOKEN",
        "MyConfluenceTokenForProduction2024",
        "confluence_token",
    ],
)
def test_names_of_variables_are_no_secrets(name: str) -> None:
    assert ConfluenceComponent(token_env=name).get_resource().token_env == name


def test_a_secret_in_place_of_its_variables_name_is_not_repeated() -> None:
    """A personal access token is letters and digits, and so could be a name: it would stand in the UI."""
    for number in range(50):
        token = base64.b64encode(hashlib.sha256(str(number).encode()).digest()).decode().rstrip("=")
        token = token.replace("+", "a").replace("/", "b").lstrip("0123456789")
        with pytest.raises(SettingsError, match="pat_env is not the name") as caught:
            ConfluenceComponent(pat_env=token).get_resource()
        assert token not in str(caught.value)


def test_debug_reaches_the_resource_of_yaml_and_of_python() -> None:
    assert ConfluenceComponent.resolve_from_yaml("site: acme\ndebug: true").get_resource().debug
    assert build_confluence_defs(**ACME, debug=True).resources["acme_confluence"].debug  # type: ignore[index]


def test_what_looks_like_a_number_stays_a_text() -> None:
    """Dagster renders each text of YAML as a template, which makes numbers of ids and of keys."""
    text = "include_spaces: ['2024', '1E5', 2025, '{{ key }}']\ninclude_pages: [65538, '65539']\n"
    component = ConfluenceComponent.resolve_from_yaml(text, scope={"key": "77"})
    assert component.include_spaces == ["2024", "1E5", "2025", "77"]
    assert component.include_pages == ["65538", "65539"]
    assert ConfluenceComponent(include_pages=[65538]).get_options().include_pages == ("65538",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("modified_after: yesterday", "modified_after: 'yesterday' is neither a date nor an age"),
        ("include_pages: [Home]", "include_pages: 'Home' is not an id"),
        ("include_space_types: [team]", "include_space_types: 'team' is not a type of space"),
    ],
)
def test_a_filter_that_can_not_be_is_refused_by_name(text: str, message: str) -> None:
    component = ConfluenceComponent.resolve_from_yaml(f"site: acme\n{text}\n")
    with pytest.raises(SettingsError, match=message):
        component.build_site_defs()


def test_the_demo_site_shows_every_table_unless_told_otherwise() -> None:
    shown = ConfluenceComponent(url="embedded", likes=False).get_options()
    assert shown.versions
    assert not shown.likes
    assert shown.property_keys


@pytest.mark.parametrize("site", ["acme-wiki", "1acme", "", "a b", "söme"])
def test_a_name_that_can_not_stand_in_a_key_is_refused(site: str) -> None:
    with pytest.raises(SettingsError, match="is not a name for a site"):
        ConfluenceComponent(site=site or "-").build_site_defs()


def test_no_secret_is_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_TOKEN", "s3cr3t-t0ken")
    defs = build_confluence_defs(**ACME, email="a@example.com")
    repository = defs.get_repository_def()
    resource = (defs.resources or {})["acme_confluence"]
    assert "s3cr3t" not in repr(resource)
    assert "s3cr3t" not in json.dumps(resource.model_dump())
    snapshot = repository.get_job("acme_sync").get_job_snapshot()
    assert "s3cr3t" not in repr(snapshot)
    assert "ACME_TOKEN" in json.dumps(resource.model_dump())


def test_translation_moves_keys_and_lineage_follows() -> None:
    component = ConfluenceComponent.resolve_from_yaml(
        "site: acme\ntranslation:\n  key_prefix: wiki\n  group_name: docs_{{ props.group }}\n  owners: ['team:docs']\n"
    )
    specs = {spec.key.to_user_string(): spec for spec in component.build_site_defs().resolve_all_asset_specs()}
    links = specs["wiki/acme/content_links"]
    assert (links.group_name, list(links.owners)) == ("docs_documents", ["team:docs"])
    assert [dep.asset_key.to_user_string() for dep in links.deps] == ["wiki/acme/documents"]


def test_a_subclass_decorates_assets() -> None:
    class Tagged(ConfluenceComponent):
        def get_asset_spec(self, spec: dg.AssetSpec, props: AssetProps) -> dg.AssetSpec:
            return super().get_asset_spec(spec, props).merge_attributes(tags={"origin": props.origin})

    specs = {spec.key.path[-1]: spec for spec in Tagged(site="acme").build_site_defs().resolve_all_asset_specs()}
    assert specs["documents"].tags["origin"] == "derived"
    assert specs["warehouse"].tags["origin"] == "published"


def test_column_schema_comes_from_the_contract() -> None:
    specs = {spec.key.path[-1]: spec for spec in build_confluence_defs(**ACME).resolve_all_asset_specs()}
    for table in TABLES:
        if table.name in specs:
            schema = specs[table.name].metadata["dagster/column_schema"]
            assert [column.name for column in schema.columns] == list(table.column_names)
            assert all(column.description for column in schema.columns)


def test_automation_can_be_off() -> None:
    defs = build_confluence_defs(**ACME, automatic=False)
    assert defs.resolve_sensor_def("acme_discovery").default_status is dg.DefaultSensorStatus.STOPPED
    assert defs.resolve_schedule_def("acme_sweep").default_status is dg.DefaultScheduleStatus.STOPPED


def test_the_deployment_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONFLUENCE_URL", raising=False)
    from dagster_project.definitions import defs

    loaded = defs()
    assert "demo/pages" in keys_of(loaded)
    dg.Definitions.validate_loadable(loaded)


@pytest.mark.parametrize("mode", [mode.value for mode in SyncMode])
def test_a_mode_is_written_as_people_type_it(mode: str) -> None:
    job = build_confluence_defs(**ACME).resolve_job_def("acme_sync")
    dg.validate_run_config(job, {"ops": {"acme_tables": {"config": {"mode": mode}}}})
