"""Components that a project made of ours: a subclass of `ConfluenceComponent`, named by its dotted path in `defs.yaml`.

Imports nothing but the project's own modules, and those only to look whether they are sites.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from confluence_assets.component import ConfluenceComponent
from confluence_assets.errors import SettingsError


def find_own_component(name: str, path: Path, root: Path) -> type[ConfluenceComponent] | None:
    """The class, where it is the project's own and a site; None for components of others.

    `name` with a dot at its beginning is relative to the folder of `path`, as Dagster takes it.
    Raises: SettingsError where a module of the project can't be imported.
    """
    module_name, _, class_name = _absolute(name, path, root).rpartition(".")
    package = module_name.partition(".")[0]
    if not package or not any((folder / package).is_dir() for folder in _folders(root)):
        return None
    with _importable(root):
        try:
            found = getattr(import_module(module_name), class_name, None)
        except Exception as error:  # whatever a project's own module raises
            raise SettingsError(
                f"{path}: {name} can't be loaded: {type(error).__name__}: {error}.",
                setting=str(path),
                hint="`dg check defs` shows where.",
            ) from error
    return found if isinstance(found, type) and issubclass(found, ConfluenceComponent) else None


def _absolute(name: str, path: Path, root: Path) -> str:
    if not name.startswith("."):
        return name
    for folder in _folders(root):
        if path.is_relative_to(folder):
            return ".".join(path.parent.relative_to(folder).parts) + name
    return name


def _folders(root: Path) -> tuple[Path, ...]:
    """Where a project's package may stand, the deepest first."""
    return root / "src", root


@contextmanager
def _importable(root: Path) -> Iterator[None]:
    """The project's folders on the path, as where it is installed; after all others, so that they hide nothing."""
    before = list(sys.path)
    sys.path += [str(folder) for folder in _folders(root)]
    try:
        yield
    finally:
        sys.path[:] = before
