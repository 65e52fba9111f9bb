"""Which sites the command line finds in a project: ours, and those that the project made of ours."""

from pathlib import Path

import pytest

from confluence_assets.commands.project import load_component
from confluence_assets.errors import SettingsError

MINE = """
from confluence_assets import ConfluenceComponent


class Mine(ConfluenceComponent):
    nickname: str = "none"


class NoSite:
    pass
"""


@pytest.fixture
def project(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose package no other test has imported."""
    monkeypatch.delenv("CONFLUENCE_URL", raising=False)
    folder = tmp_path / "src" / package_of(tmp_path) / "defs" / "wiki"
    folder.mkdir(parents=True)
    (tmp_path / "pyproject.toml").touch()
    return tmp_path


def package_of(root: Path) -> str:
    return "p_" + "".join(one if one.isalnum() else "_" for one in root.name)


def write(root: Path, kind: str, attributes: str = "site: acme", name: str = "wiki", **modules: str) -> None:
    folder = root / "src" / package_of(root) / "defs" / name
    folder.mkdir(exist_ok=True)
    (folder / "defs.yaml").write_text(f"type: {kind}\nattributes: {{{attributes}}}\n")
    for module, text in modules.items():
        (folder / f"{module}.py").write_text(text)


@pytest.mark.parametrize("kind", [".mine.Mine", "{package}.defs.wiki.mine.Mine"])
def test_a_component_of_the_projects_own_is_a_site(project: Path, kind: str) -> None:
    write(project, kind.format(package=package_of(project)), "site: acme, nickname: wiki", mine=MINE)
    component = load_component(root=project)
    assert (type(component).__name__, component.get_site().name) == ("Mine", "acme")
    assert component.nickname == "wiki"  # type: ignore[attr-defined]


def test_its_own_attributes_are_suggested(project: Path) -> None:
    write(project, ".mine.Mine", "nickame: wiki", mine=MINE)
    with pytest.raises(SettingsError, match=r"no attribute nickame\. Did you mean nickname\?"):
        load_component(root=project)


def test_components_of_others_are_left_alone(project: Path) -> None:
    write(project, "dagster.DefsFolderComponent", "")
    write(project, ".mine.NoSite", "", name="other", mine=MINE)
    write(project, "confluence_assets.ConfluencePublication", "name: oldest", name="third")
    assert load_component(root=project).get_site().name == "demo"


def test_a_component_that_can_not_be_imported_is_named(project: Path) -> None:
    write(project, ".mine.Mine", "", mine="import nothing_there")
    with pytest.raises(SettingsError, match=r"mine\.Mine can't be loaded: ModuleNotFoundError.*nothing_there"):
        load_component(root=project)


def test_two_sites_of_one_name_are_told_with_their_files(project: Path) -> None:
    """The second one would be synced into the lake of the first."""
    write(project, "confluence_assets.ConfluenceComponent")
    write(project, "confluence_assets.ConfluenceComponent", name="other")
    with pytest.raises(SettingsError, match=r"named acme: in src/.*/other/defs\.yaml and in src/.*/wiki/defs\.yaml"):
        load_component(root=project)


def test_a_file_that_can_not_be_read_is_named(project: Path) -> None:
    write(project, "confluence_assets.ConfluenceComponent")
    (file,) = project.rglob("defs.yaml")
    file.write_bytes(b"type: \xff\n")
    with pytest.raises(SettingsError, match=r"defs\.yaml can't be read: it is no text in UTF-8"):
        load_component(root=project)


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ("url: '{{ env.P_NOT_SET }}'", r"\{\{ env\.P_NOT_SET \}\} comes to nothing, as a variable does"),
        ("include_spaces: ['{{ env.P_NOT_SET }}']", "comes to nothing"),
        ("include_spaces: '{{ env.P_NOT_SET }}'", "comes to nothing"),
        ("modified_after: '{{ env.P_NOT_SET }}'", "comes to nothing"),
        ("url: '{{ nope }}'", "url can't be filled in: 'nope' not found in scope"),
        ("url: '{{ nope'", "url can't be filled in: unexpected end of template"),
    ],
)
def test_a_template_that_comes_to_nothing_is_no_wish(project: Path, attributes: str, said: str) -> None:
    """An address that is not there meant the demo site, a key that is not there all spaces."""
    write(project, "confluence_assets.ConfluenceComponent", attributes)
    with pytest.raises(SettingsError, match=said):
        load_component(root=project)


def test_a_template_that_is_filled_in_is_a_wish(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("P_SET", "ENG")
    write(
        project,
        "confluence_assets.ConfluenceComponent",
        "site: '{{ env.P_SET }}', include_spaces: ['{{ env.P_SET }}', OPS]",
    )
    component = load_component(root=project)
    assert (component.get_site().name, component.include_spaces) == ("ENG", ["ENG", "OPS"])
