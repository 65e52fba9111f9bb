"""Which sites the command line is about: those that the project's `defs.yaml` files declare, else the one of the environment.

So a filter in the project's YAML holds for `confluence-assets sync` too. Must not know what is done with a site.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from confluence_assets.component import ConfluenceComponent
from confluence_assets.errors import SettingsError
from confluence_assets.settings import find_project_root

_TYPES = ("confluence_assets.ConfluenceComponent", "confluence_assets.component.ConfluenceComponent")
_PATTERNS = ("*/defs/**/defs.yaml", "src/*/defs/**/defs.yaml")


def load_component(site: str | None = None, root: Path | None = None) -> ConfluenceComponent:
    """The component of that site; of the only one where no name is given.

    Raises: SettingsError where there is none of that name, or a choice without a name, or a file that doesn't hold up.
    """
    components = list(_declared(root or find_project_root())) or [ConfluenceComponent()]
    by_name = {component.get_site().name: component for component in components}
    if site is None and len(by_name) == 1:
        return next(iter(by_name.values()))
    if site in by_name:
        return by_name[site]
    listed = ", ".join(sorted(by_name))
    if site is None:
        raise SettingsError(
            f"The project has several sites: {listed}.", setting="--site", hint="Choose one with --site."
        )
    raise SettingsError(f"The project has no site named {site!r}.", setting="--site", hint=f"It has: {listed}.")


def find_component(site: str | None) -> tuple[ConfluenceComponent, str | None]:
    """The component that a login is for, and the site of Atlassian's that was meant where the name is none of the project's.

    Raises: SettingsError.
    """
    names = [component.get_site().name for component in _declared(find_project_root())]
    if site is None or site in names:
        return load_component(site), None
    return (load_component(), site) if len(names) <= 1 else (ConfluenceComponent(), site)


def _declared(root: Path) -> Iterator[ConfluenceComponent]:
    for pattern in _PATTERNS:
        for path in sorted(root.glob(pattern)):
            for document in _read(path):
                if isinstance(document, dict) and document.get("type") in _TYPES:
                    yield _resolve(path, document.get("attributes") or {})


def _read(path: Path) -> list[Any]:
    try:
        return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it can't be read"
        raise SettingsError(
            f"{path}{where}: this is no valid YAML: {problem}.",
            setting=str(path),
            hint="Look for a bracket, a quotation mark or an indent that is missing in that line or above it.",
        ) from error


def _resolve(path: Path, attributes: dict[str, Any]) -> ConfluenceComponent:
    try:
        component = ConfluenceComponent.resolve_from_yaml(yaml.safe_dump(attributes))
    except ValidationError as error:
        found = [(_name_of(one["loc"]), one["type"], one["msg"]) for one in error.errors(include_url=False)]
        wrong = "; ".join(_describe(name, kind, message) for name, kind, message in found)
        unknown = [name for name, kind, _ in found if kind == "extra_forbidden"]
        raise SettingsError(f"{path}: {wrong}.", setting=str(path), hint=_suggest(unknown)) from error
    if not isinstance(component, ConfluenceComponent):
        raise SettingsError(f"{path} does not describe a site.", setting=str(path))
    return component


def _describe(name: str, kind: str, message: str) -> str:
    return f"there is no attribute {name}" if kind == "extra_forbidden" else f"{name}: {message}"


def _suggest(unknown: list[str]) -> str:
    """Attributes that may have been meant."""
    known = list(ConfluenceComponent.model_fields)
    near = [
        other
        for name in unknown
        for other in dict.fromkeys([*get_close_matches(name, known, 2), *(one for one in known if name in one)])
    ]
    if near:
        return f"Did you mean {' or '.join(near[:4])}?"
    return "The README lists all attributes." if unknown else "Mend it in that file."


def _name_of(location: tuple[int | str, ...]) -> str:
    """The attribute's name; Dagster adds the place in a text that nobody wrote."""
    return ".".join(map(str, location)).split(" at <string>")[0]
