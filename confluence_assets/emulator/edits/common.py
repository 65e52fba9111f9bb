"""What edits have in common: finding what is meant, who did it, and the audit log."""

from typing import TYPE_CHECKING, Any

from confluence_assets.emulator.seeds.people import ADMIN_EMAIL
from confluence_assets.emulator.store.history import push_version
from confluence_assets.emulator.store.model import BLOGPOST, NODES, PAGE, TREE, AuditRecord, Content, Group, Space, User

if TYPE_CHECKING:
    from confluence_assets.emulator.site import Site

Fields = dict[str, Any]
_DAY_MS = 86_400_000


def content_of(site: "Site", value: Any, *kinds: str) -> Content:
    """Raises: KeyError where there is none of these kinds."""
    found = site.store.get(int(str(value).removeprefix("att")), *kinds)
    if found is None:
        raise KeyError(f"no content {value}" + (f" of kind {', '.join(kinds)}" if kinds else ""))
    return found


def space_of(site: "Site", value: Any) -> Space:
    """A space by key, or by id."""
    found = site.store.space_by_key(str(value))
    if found is None and str(value).isdigit():
        found = site.store.spaces.get(int(value))
    if found is None:
        raise KeyError(f"no space {value}")
    return found


def user_of(site: "Site", value: Any) -> User:
    """An account by id or e-mail."""
    found = site.store.users.get(str(value)) or site.store.user_by_email(str(value))
    if found is None:
        raise KeyError(f"no account {value}")
    return found


def group_of(site: "Site", value: Any) -> Group:
    """A group by id or name."""
    found = site.store.groups.get(str(value))
    if found is None:
        found = next((group for group in site.store.groups.values() if group.name == value), None)
    if found is None:
        raise KeyError(f"no group {value}")
    return found


def author_of(site: "Site", fields: Fields) -> str:
    return user_of(site, fields.get("by", ADMIN_EMAIL)).account_id


def check_title(site: "Site", space_id: int, title: str, kind: str, *, besides: Content | None = None) -> None:
    """Titles of pages are unique in a space, those of posts on their day, whatever the case. Raises: ValueError."""
    day = (besides.created if besides else site.clock.now_ms) // _DAY_MS
    if not 1 <= len(title) <= 255:
        raise ValueError("a title has 1 to 255 characters")
    for row in site.store.by_kind[kind]:
        is_listed = row.space_id == space_id and row is not besides and row.status in ("current", "archived")
        is_apart = kind == BLOGPOST and row.created // _DAY_MS != day
        if is_listed and not is_apart and row.title.lower() == title.lower():
            raise ValueError(f"a {kind} with the title {title!r} exists in the space")


def next_position(site: "Site", parent_id: int, space_id: int) -> int:
    siblings = site.store.children.get(parent_id or -space_id, ())
    return max((row.position or 0 for row in siblings), default=-1) + 1


def keep_bodies(site: "Site", content: Content) -> None:
    """Hold the present text, so that a change of numbers does not change what is made on demand."""
    if content.body is None:
        content.body = site.bodies.storage(content)


def new_version(site: "Site", content: Content, fields: Fields) -> None:
    """One version more; what is to change is changed after it."""
    keep_bodies(site, content)
    is_minor, message = bool(fields.get("minor", False)), str(fields.get("message", ""))
    push_version(site.store, content, site.clock.now_ms, author_of(site, fields), message=message, is_minor=is_minor)


def note_quiet_change(site: "Site", content: Content, fields: Fields) -> None:
    """A change of what stands beside the text: a version, where the switch says so."""
    if site.switches.quiet_changes_make_versions and content.kind in (PAGE, BLOGPOST):
        new_version(site, content, fields)


def lift_children(site: "Site", content: Content) -> None:
    """Children of what goes away move up to its parent."""
    for child in list(site.store.children.get(content.id, ())):
        site.index.note(child)
        site.store.replace(child, parent_id=content.parent_id, space_id=content.space_id)


def with_descendants(site: "Site", content: Content) -> list[Content]:
    below = [row for row, _ in site.store.descendants(content.id)] if content.kind in (*TREE, *NODES) else []
    return [content, *below]


def record_content(site: "Site", fields: Fields, summary: str, category: str, row: Content) -> None:
    """A line in the audit log about a content, with the space that it stands in."""
    space = site.store.space_of(row).name
    record(site, fields, summary, category, (row.kind.capitalize(), row.title))
    site.store.audit[-1].associated = [(space, "Space")]


def record(
    site: "Site",
    fields: Fields,
    summary: str,
    category: str,
    about: tuple[str, str],
    changed: dict[str, tuple[str, str]] | None = None,
) -> None:
    """A line in the audit log; `about` is type and name of what was changed."""
    values = [
        {"name": name, "oldValue": old, "newValue": new, "hiddenOldValue": "", "hiddenNewValue": ""}
        for name, (old, new) in (changed or {}).items()
    ]
    site.store.audit.append(
        AuditRecord(site.clock.now_ms, author_of(site, fields), summary, category, about[0], about[1], changed=values)
    )
