"""What a hint asks for: which run, on which spaces. The hints come from webhooks; a lost or doubled one changes nothing.

| what happened | run |
|---|---|
| content, comment, file or task created or edited; a space created, archived or removed; anything unknown | `content`, on the whole site |
| moved, trashed, removed, restored, archived, reordered, restricted, labelled; folders and the like; a space's permissions | `incremental`, on the spaces concerned |
| viewed, liked, followed, searched; groups and users | none: the sweep sees to what of it is kept |

A content run reads the site's streams whatever spaces it is for, and only one on the whole site moves the lake's positions:
so it is never narrowed. What no stream shows needs the listings of its space.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from confluence_assets.inbox import PendingHint
from confluence_assets.lake import Lake
from confluence_assets.sync.contract import SyncMode

Locate = Callable[[Collection[str]], Mapping[str, str]]
"""Space keys by content id."""


class Need(Enum):
    """What an event asks for."""

    CONTENT = "content"
    SWEEP = "sweep"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class HintPlan:
    """One run that sees to these hints. `space_keys` None means all; `mode` None that none of them needs a run."""

    mode: SyncMode | None
    space_keys: tuple[str, ...] | None
    hint_ids: tuple[int, ...]


_SWEEP_ACTIONS = frozenset({
    "moved", "removed", "deleted", "trashed", "restored", "archived", "unarchived", "children_reordered",
    "permissions_updated",
})  # fmt: skip
_NO_ACTIONS = frozenset({"viewed", "liked", "unliked", "followed", "performed", "enabled"})
_NO_ENTITIES = frozenset({"group", "user", "relation", "search", "theme"})
_NODES = frozenset({"folder", "whiteboard", "database", "embed"})
_SPACE_SWEEPS = frozenset({"updated", "logo_updated", "permissions_updated"})
_FORGE = re.compile(r"avi:confluence:(?P<action>\w+):(?P<entity>\w+)(:\w+)?")

_HOLDERS = (
    ("pages", "page_id"), ("blogposts", "blogpost_id"), ("comments", "comment_id"), ("attachments", "attachment_id"),
    ("custom_content", "custom_content_id"), ("folders", "folder_id"), ("whiteboards", "whiteboard_id"),
    ("databases", "database_id"), ("embeds", "embed_id"), ("left_out", "content_id"),
)  # fmt: skip


def need_of(event: str) -> Need:
    """What an event asks for, by the name that Data Center (`page_moved`) or Forge (`avi:confluence:moved:page`) gives it."""
    entity, action = _parse(event)
    if entity in _NO_ENTITIES or action in _NO_ACTIONS:
        return Need.NOTHING
    if entity == "label":
        # A label that nobody carries is in no table; the last one that carried it says `removed`.
        return Need.NOTHING if action in ("created", "deleted") else Need.SWEEP
    if entity == "space":
        return Need.SWEEP if action in _SPACE_SWEEPS else Need.CONTENT
    if entity in _NODES or action in _SWEEP_ACTIONS:
        return Need.SWEEP
    return Need.CONTENT


def _parse(event: str) -> tuple[str, str]:
    if match := _FORGE.fullmatch(event):
        return match["entity"].lower(), match["action"].lower()
    entity, _, action = event.strip().lower().replace(" ", "_").partition("_")
    return entity, action


def plan_run(hints: Sequence[PendingHint], known_keys: Collection[str], locate: Locate) -> HintPlan:
    """The run for the oldest hint that needs one, and for all others that it sees to.

    `known_keys` are the spaces that a sync holds: a sweep of another one is either out of scope, or its first sync, which a
    content run on the whole site makes.
    """
    idle = tuple(hint.hint_id for hint in hints if need_of(hint.event) is Need.NOTHING)
    if len(idle) == len(hints):
        return HintPlan(None, (), idle)
    spaces = _spaces_to_sweep(hints, known_keys, locate)
    oldest = next(hint for hint in hints if need_of(hint.event) is not Need.NOTHING)
    if spaces.get(oldest.hint_id, ()) == ():
        seen_to = [hint.hint_id for hint in hints if spaces.get(hint.hint_id, ()) == ()]
        return HintPlan(SyncMode.CONTENT, None, tuple(seen_to))
    wanted = set().union(*(keys for keys in spaces.values() if keys is not None))
    if None in spaces.values():
        return HintPlan(SyncMode.INCREMENTAL, None, tuple(hint.hint_id for hint in hints))
    covered = {hint.hint_id for hint in hints if spaces.get(hint.hint_id) or hint.space_key in wanted}
    return HintPlan(SyncMode.INCREMENTAL, tuple(sorted(wanted)), tuple(sorted({*covered, *idle})))


def _spaces_to_sweep(
    hints: Iterable[PendingHint], known_keys: Collection[str], locate: Locate
) -> dict[int, tuple[str, ...] | None]:
    """By hint that needs a sweep: the spaces to sweep, none where it turns out that the streams suffice, None for all."""
    sweeps = [hint for hint in hints if need_of(hint.event) is Need.SWEEP]
    unplaced = {hint.content_id for hint in sweeps if not hint.space_key and hint.content_id}
    space_of = locate(unplaced) if unplaced else {}
    found: dict[int, tuple[str, ...] | None] = {}
    for hint in sweeps:
        key = hint.space_key or space_of.get(hint.content_id or "")
        if key is not None and key in known_keys:
            found[hint.hint_id] = (key,)
        else:
            found[hint.hint_id] = () if hint.space_key or hint.content_id else None
    return found


def locate_contents(lake: Lake, content_ids: Collection[str]) -> dict[str, str]:
    """Space keys of the contents that the lake holds; reads id columns alone, and stops when all are found.

    Data Center names files by number only, the tables with `att` before it.
    """
    wanted = {variant: content_id for content_id in content_ids for variant in (content_id, f"att{content_id}")}
    found: dict[str, str] = {}
    for table, id_column in _HOLDERS:
        for space_key in lake.partitions(table):
            if len(found) == len(set(content_ids)):
                return found
            held = lake.distinct_values(table, (id_column,), partition=space_key)
            found.update((wanted[variant], space_key) for variant in held & wanted.keys())
    return found
