"""Labels of the site and of its spaces: those that stand on content that the caller may read."""

from collections import Counter

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.handlers.datacenter.pages import Row, offset_page, render_for, require_user, space_of
from confluence_assets.emulator.store.model import Space

Label = tuple[str, str]
GLOBAL = "global"
MOST = 200


def _uses(call: Call, space: Space | None = None) -> dict[Label, set[int]]:
    """Content ids by label."""
    store, reads = call.store, call.viewer.reads
    found: dict[Label, set[int]] = {}
    for label, ids in store.views.labelled().items():
        contents = (store.contents[number] for number in ids)
        shown = {
            one.id
            for one in contents
            if one.status in ("current", "archived") and reads(one) and space in (None, store.space_of(one))
        }
        if shown:
            found[label] = shown
    return found


def _page(call: Call, labels: list[Label], default: int) -> Row:
    return offset_page(call, labels, render_for(call).label, default=default, most=MOST)


def _popular(uses: dict[Label, set[int]]) -> list[Label]:
    return sorted(uses, key=lambda label: (-len(uses[label]), label[1]))


def _recent(call: Call, uses: dict[Label, set[int]]) -> list[Label]:
    """Those that stand on what was changed last come first."""
    contents = call.store.contents
    return sorted(uses, key=lambda label: (-max(contents[number].modified for number in uses[label]), label[1]))


def _related(call: Call, uses: dict[Label, set[int]]) -> list[Label]:
    """Those that stand beside the label of the path, the most frequent first."""
    beside = uses.get((GLOBAL, call.arguments["labelName"]), set())
    counts = Counter({label: len(ids & beside) for label, ids in uses.items()})
    del counts[GLOBAL, call.arguments["labelName"]]
    return sorted((label for label, count in counts.items() if count), key=lambda label: (-counts[label], label[1]))


def _global(uses: dict[Label, set[int]]) -> dict[Label, set[int]]:
    return {label: ids for label, ids in uses.items() if label[0] == GLOBAL}


def list_of_space(call: Call) -> Row:
    return _page(call, sorted(_uses(call, space_of(call)), key=lambda label: label[1]), 25)


def list_popular_of_space(call: Call) -> Row:
    return _page(call, _popular(_uses(call, space_of(call))), 25)


def list_recent_of_space(call: Call) -> Row:
    return _page(call, _recent(call, _uses(call, space_of(call))), 25)


def list_related_in_space(call: Call) -> Row:
    return _page(call, _related(call, _uses(call, space_of(call))), 25)


def list_labels(call: Call) -> Row:
    """By name, prefix and space; everybody's own (`my`) are not kept apart here."""
    require_user(call)
    key, name, prefix = call.get("spaceKey"), call.get("labelName"), call.get("namespace")
    space = None if key is None else call.store.space_by_key(key)
    if key is not None and (space is None or not call.viewer.reads_space(space)):
        return _page(call, [], 100)
    fits = (label for label in _uses(call, space) if name in (None, label[1]) and prefix in (None, label[0]))
    return _page(call, sorted(fits, key=lambda label: label[1]), 100)


def list_popular(call: Call) -> Row:
    return _page(call, _popular(_global(_uses(call))), 100)


def list_recent(call: Call) -> Row:
    return _page(call, _recent(call, _global(_uses(call))), 100)


def list_related(call: Call) -> Row:
    return _page(call, _related(call, _global(_uses(call))), 100)
