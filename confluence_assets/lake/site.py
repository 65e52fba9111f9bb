"""What the lake remembers of its site: which one it is, and the positions of streams that no single file can hold."""

import os
import time
from pathlib import Path
from typing import Any

import orjson

from confluence_assets.errors import SettingsError, StorageError
from confluence_assets.lake.files import create_private, make_folder, sync_folder, write_atomically

_SITE_FILE = ".site.json"
_STATE_FILE = ".state.json"


def claim_site(lake: Path, site_id: str, base_url: str) -> None:
    """Remember the site, or see that it is the one that is remembered.

    Raises: SettingsError where the lake is another site's: its rows would look deleted.
    """
    path = lake / _SITE_FILE
    claim = orjson.dumps({"site_id": site_id, "base_url": base_url})
    if not path.exists() and _create(path, claim):
        return
    known = _read_json(path)
    if known.get("site_id") != site_id:
        raise SettingsError(
            f"{lake.parent} holds the site {known.get('base_url')} ({known.get('site_id')}), "
            f"and CONFLUENCE_URL leads to {base_url} ({site_id}).",
            setting="CONFLUENCE_URL",
            hint="Give this site a name (`site`) or a CONFLUENCE_HOME of its own, or set CONFLUENCE_URL back.",
        )
    if known.get("base_url") != base_url:
        write_atomically(path, claim)


def read_site_id(lake: Path) -> str:
    """The site that is remembered; empty at first. Raises: StorageError for a damaged file."""
    path = lake / _SITE_FILE
    return str(_read_json(path).get("site_id", "")) if path.exists() else ""


def _create(path: Path, content: bytes) -> bool:
    """Create the file whole; False where another process was first."""
    make_folder(path.parent)
    temporary = path.with_name(f"{path.name}.{os.getpid()}-{time.time_ns()}.tmp")
    try:
        create_private(temporary)
        temporary.write_bytes(content)
        try:
            path.hardlink_to(temporary)
        except FileExistsError:
            return False
        sync_folder(path.parent)
        return True
    finally:
        temporary.unlink(missing_ok=True)


def read_site_state(lake: Path) -> dict[str, Any]:
    """The site's positions; empty at first. Raises: StorageError for a damaged file."""
    path = lake / _STATE_FILE
    return _read_json(path) if path.exists() else {}


def write_site_state(lake: Path, state: dict[str, Any]) -> None:
    write_atomically(lake / _STATE_FILE, orjson.dumps(state, option=orjson.OPT_INDENT_2))


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise StorageError(
            f"{path} is damaged: {error}", hint="Delete it; the next sync asks the site for more than it needs, once."
        ) from error
    return content
