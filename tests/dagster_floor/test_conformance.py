"""Dagster's own cases of what a translation may do, for every asset; and two sites in one folder of YAML, both of them run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from dagster.components.testing import create_defs_folder_sandbox
from dagster.components.testing.test_cases import TestTranslation as TranslationCases

from confluence_assets import ConfluenceComponent
from confluence_assets.emulator import EmbeddedSite, SiteConfig

TYPE = "confluence_assets.ConfluenceComponent"


# One of Dagster's cases is written in a way that Dagster itself calls deprecated.
@pytest.mark.filterwarnings("ignore:Accessing `{{automation_condition:DeprecationWarning")
class TestTranslation(TranslationCases):
    """The cases are Dagster's: group, owners, tags, kinds, code version, description, metadata, deps, automation, key, partitions."""

    def test_translation(
        self,
        attributes: dict[str, Any],
        assertion: Callable[[dg.AssetSpec], bool],
        key_modifier: Callable[[dg.AssetKey], dg.AssetKey] | None,
    ) -> None:
        plain = ConfluenceComponent(site="acme", url="https://acme.example").build_site_defs()
        with create_defs_folder_sandbox() as sandbox:
            contents = {
                "type": TYPE,
                "attributes": {"site": "acme", "url": "https://acme.example", "translation": attributes},
            }
            folder = sandbox.scaffold_component(component_cls=ConfluenceComponent, defs_yaml_contents=contents)
            with sandbox.load_component_and_build_defs(defs_path=folder) as (_, defs):
                specs = {
                    spec.key: spec for spec in defs.resolve_all_asset_specs() if spec.key.path[-1] != "nonexistent"
                }
        tables = [spec.key for spec in plain.resolve_all_asset_specs() if spec.key.path != ["acme", "report"]]
        for key in tables:
            wanted = key_modifier(key) if key_modifier else key
            assert wanted in specs
            assert assertion(specs[wanted]), key


def test_two_sites_of_one_folder_run_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOTH_TOKENS", "admin")
    with (
        EmbeddedSite(SiteConfig.shape("small", seed=1)) as one,
        EmbeddedSite(SiteConfig.shape("small", seed=2)) as other,
        create_defs_folder_sandbox() as sandbox,
    ):
        for name, site in (("acme", one), ("globex", other)):
            attributes = {
                "site": name,
                "url": site.url,
                "email": "admin@example.com",
                "token_env": "BOTH_TOKENS",
                "home": str(tmp_path),
                "include_spaces": [site.control.dump("space")[0]["key"]],
            }
            contents = {"type": TYPE, "attributes": attributes}
            sandbox.scaffold_component(component_cls=ConfluenceComponent, defs_path=name, defs_yaml_contents=contents)
        with sandbox.build_all_defs() as defs, dg.DagsterInstance.ephemeral() as instance:
            dg.Definitions.validate_loadable(defs)
            for name in ("acme", "globex"):
                assert defs.resolve_job_def(f"{name}_sync").execute_in_process(instance=instance).success
            assert instance.get_dynamic_partitions("acme_spaces") == [one.control.dump("space")[0]["key"]]
        for name, site in (("acme", one), ("globex", other)):
            with duckdb.connect(str(tmp_path / name / "confluence.duckdb"), read_only=True) as database:
                held = {row[0] for row in database.execute("select title from pages").fetchall()}
            key = site.control.dump("space")[0]["key"]
            assert held == {row["title"] for row in site.control.dump("page") if row["space_key"] == key}
