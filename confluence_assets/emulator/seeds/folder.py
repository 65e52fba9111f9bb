"""A site from a folder of storage-format files: each file is one page, its body the file's text, character for character."""

from pathlib import Path
from typing import TYPE_CHECKING

from confluence_assets.emulator.clock import parse_time
from confluence_assets.emulator.seeds.people import ADMINISTRATOR, READER, add_admin, add_roles, grant, group_named
from confluence_assets.emulator.store.model import PAGE, Content, Space

if TYPE_CHECKING:
    from confluence_assets.emulator.site import Site

SUFFIXES = (".xhtml", ".xml", ".html", ".htm", ".storage", ".txt")
START = "2026-01-05T09:00:00Z"


def fill_from_folder(site: "Site", folder: Path) -> None:
    """One space, `CORPUS`; pages in the order of file names, below each other as the folders are.

    Raises: ValueError where a file is not UTF-8.
    """
    store = site.store
    admin = add_admin(store)
    add_roles(store)
    created = parse_time(START)
    space = Space(
        store.next_id("space"), "CORPUS", "Corpus", admin.account_id, created, description=f"Files of {folder.name}."
    )
    store.spaces[space.id] = space
    grant(store, space, "group", group_named(store, "confluence-users").id, READER)
    grant(store, space, "user", admin.account_id, ADMINISTRATOR)
    titles: set[str] = set()
    for index, path in enumerate(_files(folder)):
        try:
            body = path.read_bytes().decode("utf-8")  # not read_text: it would change line ends
        except UnicodeDecodeError as error:
            raise ValueError(f"{path.name} is not UTF-8: {error}") from error
        title = _title(path, folder, titles)
        page = Content(
            store.next_id(),
            PAGE,
            space.id,
            title,
            created + index * 60_000,
            admin.account_id,
            body=body,
            position=index,
        )
        store.add(page)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix.lower() in SUFFIXES)


def _title(path: Path, folder: Path, taken: set[str]) -> str:
    """The file's name without its ending; with the folder where that name is taken. Titles are unique in a space."""
    relative = path.relative_to(folder)
    for title in (path.stem, relative.with_suffix("").as_posix(), relative.as_posix()):
        if title.lower() not in taken:
            taken.add(title.lower())
            return title[:255]
    raise ValueError(f"two files would have the title {relative.as_posix()}")
