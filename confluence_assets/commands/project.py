"""Which sites the command line is about: those that the project's `defs.yaml` files declare, else the one of the environment.

So a filter in the project's YAML holds for `confluence-assets sync` too. Must not know what is done with a site.
"""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from dagster.components.resolved.errors import ResolutionException
from pydantic import ValidationError

from confluence_assets.commands.own_components import find_own_component
from confluence_assets.component import ConfluenceComponent
from confluence_assets.errors import SettingsError
from confluence_assets.settings import find_project_root

_TYPES = ("confluence_assets.ConfluenceComponent", "confluence_assets.component.ConfluenceComponent")
_OTHERS = ("confluence_assets.ConfluencePublication", "confluence_assets.publication.ConfluencePublication")
_PATTERNS = ("*/defs/**/defs.y*ml", "src/*/defs/**/defs.y*ml")
_NAMES = ("type", "attributes", "template_vars_module", "requirements", "post_processing")
"""What Dagster reads at the top of such a file."""


def load_component(site: str | None = None, root: Path | None = None) -> ConfluenceComponent:
    """The component of that site; of the only one where no name is given.

    Raises: SettingsError where there is none of that name, or a choice without a name, or a file that doesn't hold up.
    """
    by_name = _by_name(root or find_project_root()) or _by_environment()
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
    names = list(_by_name(find_project_root()))
    if site is None or site in names:
        return load_component(site), None
    return (load_component(), site) if len(names) <= 1 else (ConfluenceComponent(), site)


def _by_environment() -> dict[str, ConfluenceComponent]:
    component = ConfluenceComponent()
    return {component.get_site().name: component}


def _by_name(root: Path) -> dict[str, ConfluenceComponent]:
    """The project's sites. Raises: SettingsError where two have one name: they would share a lake."""
    found: dict[str, ConfluenceComponent] = {}
    places: dict[str, Path] = {}
    for path, component in _declared(root):
        name = component.get_site().name
        if name in found:
            raise SettingsError(
                f"Two sites are named {name}: in {_shown(places[name], root)} and in {_shown(path, root)}.",
                setting="site",
                hint="Give each a `site` of its own: it names their assets and their folders.",
            )
        found[name], places[name] = component, path
    return found


def _declared(root: Path) -> Iterator[tuple[Path, ConfluenceComponent]]:
    for pattern in _PATTERNS:
        for path in sorted(root.glob(pattern)):
            for document in _read(path):
                if isinstance(document, dict) and (kind := _kind_of(document, path, root)):
                    _check_names(document, path)
                    yield path, _resolve(kind, path, document.get("attributes") or {})


def _kind_of(document: dict[str, Any], path: Path, root: Path) -> type[ConfluenceComponent] | None:
    """The class of the component, where it is a site; the project may have made it its own."""
    name = str(document.get("type"))
    if name in _TYPES:
        return ConfluenceComponent
    if name.startswith("confluence_assets."):
        if name not in _OTHERS:
            near = get_close_matches(name, (_TYPES[0], _OTHERS[0]), 1)
            raise SettingsError(
                f"{path}: there is no component {name}.",
                setting=str(path),
                hint=f"Did you mean {near[0]}?" if near else "`dg list components` lists them.",
            )
        return None
    return find_own_component(name, path, root)


def _check_names(document: dict[str, Any], path: Path) -> None:
    """Raises: SettingsError for a word at the top of the file that means nothing; what stands below it would not count."""
    for name in document:
        if name not in _NAMES:
            near = get_close_matches(str(name), _NAMES, 1)
            raise SettingsError(
                f"{path}: {name} means nothing at the top of the file.",
                setting=str(path),
                hint=f"Did you mean {near[0]}?"
                if near
                else "Settings of the site stand below `attributes:`, indented.",
            )


def _shown(path: Path, root: Path) -> str:
    return str(path.relative_to(root))


def _read(path: Path) -> list[Any]:
    try:
        return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise SettingsError(f"{path} can't be read: {why}.", setting=str(path), hint="Mend that file.") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it can't be read"
        raise SettingsError(
            f"{path}{where}: this is no valid YAML: {problem}.",
            setting=str(path),
            hint="Look for a bracket, a quotation mark or an indent that is missing in that line or above it.",
        ) from error


def _resolve(kind: type[ConfluenceComponent], path: Path, attributes: Any) -> ConfluenceComponent:
    if not isinstance(attributes, dict):
        raise SettingsError(
            f"{path}: what stands below `attributes` is no list of names and values.",
            setting=str(path),
            hint="Write one `name: value` in a line, each with the same indent.",
        )
    try:
        component = kind.resolve_from_yaml(yaml.safe_dump(attributes))
    except ValidationError as error:
        found = {_name_of(one["loc"]): (one["type"], one["msg"]) for one in reversed(error.errors(include_url=False))}
        wrong = "; ".join(_describe(name, kind, message) for name, (kind, message) in reversed(found.items()))
        unknown = [name for name, (kind, _) in found.items() if kind == "extra_forbidden"]
        hint = _quote_it(attributes, found) or _suggest(kind, unknown)
        raise SettingsError(f"{path}: {wrong}.", setting=str(path), hint=hint) from None
    except ResolutionException as error:
        hint = "Templates know {{ env.NAME }}; look for a brace that is missing."
        raise SettingsError(f"{path}: {_words_of(error)}.", setting=str(path), hint=hint) from error
    if not isinstance(component, ConfluenceComponent):
        raise SettingsError(f"{path} does not describe a site.", setting=str(path))
    return component


def _words_of(error: ResolutionException) -> str:
    """What can't be filled in, and why: Dagster puts the attribute first and the cause last."""
    first, _, rest = str(error).strip().partition("\n")
    if not rest:
        return first.rstrip(".")
    attribute, cause = first.rpartition(" - ")[2], rest.rpartition("\n")[2].rpartition("Error: ")[2]
    return f"{attribute} can't be filled in: {cause.rstrip('.')}"


def _describe(name: str, kind: str, message: str) -> str:
    return f"there is no attribute {name}" if kind == "extra_forbidden" else f"{name}: {message}"


def _quote_it(attributes: dict[str, Any], wrong: Iterable[str]) -> str:
    """What to do where YAML took a key for a truth value: NO and ON are keys of spaces as well."""
    values = [attributes.get(name) for name in wrong if name.startswith(("include_", "exclude_"))]
    words = [word for value in values for word in (value if isinstance(value, list) else [value])]
    return (
        "Put NO, ON, YES and OFF in quotes: YAML takes them for truth values."
        if True in words or False in words
        else ""
    )


def _suggest(kind: type[ConfluenceComponent], unknown: list[str]) -> str:
    """Attributes that may have been meant."""
    known = list(kind.model_fields)
    near = [
        other
        for name in unknown
        for other in dict.fromkeys([*get_close_matches(name, known, 2), *(one for one in known if name in one)])
    ]
    if near:
        return f"Did you mean {' or '.join(near[:4])}?"
    return "The README lists all attributes." if unknown else "Mend it in that file."


def _name_of(location: tuple[int | str, ...]) -> str:
    """The attribute's name; Dagster adds the place in a text that nobody wrote, pydantic the type that it tried."""
    return str(location[0] if location else "").split(" at <string>")[0].partition(".")[0]
