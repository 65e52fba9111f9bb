"""From a tree to a test of what the index knows about a content."""

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from confluence_assets.emulator.cql.dates import minute, moment
from confluence_assets.emulator.cql.syntax import Both, Clause, CqlError, Either, Function, Negation, Value
from confluence_assets.emulator.render.bodies import Bodies, plain_text
from confluence_assets.emulator.store.history import past_versions
from confluence_assets.emulator.store.index import Indexed
from confluence_assets.emulator.store.model import COMMENTS, TREE
from confluence_assets.emulator.store.store import Store

Test = Callable[[Indexed], bool]
TYPES = ("page", "blogpost", "comment", "attachment", "folder", "whiteboard", "database", "embed", "space", "user")
_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
}


@dataclass(frozen=True, slots=True)
class Setting:
    """What a query is asked in: the store, the clock's time, the zone, and who asks."""

    store: Store
    bodies: Bodies
    now_ms: int
    zone: ZoneInfo
    account_id: str


def build_test(tree: object, setting: Setting) -> Test:
    """A function that says whether a content fits. Raises: CqlError."""
    if isinstance(tree, Both):
        tests = [build_test(part, setting) for part in tree.parts]
        return lambda row: all(test(row) for test in tests)
    if isinstance(tree, Either):
        tests = [build_test(part, setting) for part in tree.parts]
        return lambda row: any(test(row) for test in tests)
    if isinstance(tree, Negation):
        inner = build_test(tree.part, setting)
        return lambda row: not inner(row)
    assert isinstance(tree, Clause)  # noqa: S101  (the parser makes nothing else)
    return _clause(tree, setting)


def _clause(clause: Clause, setting: Setting) -> Test:
    field = clause.field
    if field in ("created", "lastmodified"):
        return _date(clause, setting)
    if field in ("text", "sitesearch", "title") and clause.operator in ("~", "!~"):
        return _text(clause, setting)
    if field not in _VALUES:
        raise CqlError(f"No field exists with name: '{field}'.")
    if clause.operator not in ("=", "!=", "in", "not in"):
        raise CqlError(f"The operator '{clause.operator}' is not supported by the field '{field}'.")
    values_of = _VALUES[field]
    wanted = frozenset(_text_of(value, setting) for value in clause.values)
    if field == "type":
        _check_types(wanted)
    wanted = frozenset(value.removeprefix("att") if field in _IDS else value.lower() for value in wanted)
    positive = clause.operator in ("=", "in")

    def test(row: Indexed) -> bool:
        found = values_of(row, setting)
        return (not wanted.isdisjoint(found)) is positive

    return test


def _check_types(wanted: frozenset[str]) -> None:
    for name in wanted:
        if name.lower() not in TYPES and ":" not in name:
            raise CqlError(f"Unsupported value '{name}' for the field 'type'.")
        if name.lower() in ("user", "space"):
            raise CqlError(f"type={name} is not supported here; users are found by /search/user.")


def _text_of(value: Value, setting: Setting) -> str:
    if isinstance(value, Function):
        if value.name.lower() == "currentuser":
            return setting.account_id
        raise CqlError(f"Unknown function '{value.name}'.")
    return value


def _date(clause: Clause, setting: Setting) -> Test:
    compare = _COMPARE.get(clause.operator)
    if compare is None:
        raise CqlError(f"The operator '{clause.operator}' is not supported by the field '{clause.field}'.")
    limit = minute(moment(clause.values[0], clause.field, setting.now_ms, setting.zone))
    if clause.field == "created":
        return lambda row: compare(minute(row.content.created), limit)
    return lambda row: compare(minute(row.content.modified), limit)


def _text(clause: Clause, setting: Setting) -> Test:
    words = _text_of(clause.values[0], setting).lower().replace("*", "").split()
    positive = clause.operator == "~"
    in_body = clause.field != "title"

    def test(row: Indexed) -> bool:
        text = row.content.title.lower()
        if in_body:
            text += " " + plain_text(setting.bodies.storage(row.content)).lower()
        return all(word in text for word in words) is positive

    return test


def _types(row: Indexed, setting: Setting) -> tuple[str, ...]:
    return (setting.store.type_name(row.content).lower(),)


def _ids(row: Indexed, setting: Setting) -> tuple[str, ...]:
    return (str(row.content.id),)


def _space(row: Indexed, setting: Setting) -> tuple[str, ...]:
    space = setting.store.spaces[setting.store.root_of(row.content).space_id]
    return (space.key.lower(), str(space.id))


def _space_type(row: Indexed, setting: Setting) -> tuple[str, ...]:
    return (setting.store.space_of(row.content).type,)


def _labels(row: Indexed, setting: Setting) -> list[str]:
    names = [name.lower() for _, name in row.labels]
    return names + [f"{prefix}:{name}".lower() for prefix, name in row.labels]


def _titles(row: Indexed, setting: Setting) -> tuple[str, ...]:
    return (row.content.title.lower(),)


def _names(account_id: str, setting: Setting) -> tuple[str, ...]:
    """What an account is called by: its id, and its user name where it has one."""
    user = setting.store.users.get(account_id)
    return (account_id.lower(), user.username.lower()) if user and user.username else (account_id.lower(),)


def _creators(row: Indexed, setting: Setting) -> tuple[str, ...]:
    return _names(row.content.author, setting)


def _contributors(row: Indexed, setting: Setting) -> set[str]:
    past = past_versions(setting.store, row.content) if row.content.version > 1 else []
    accounts = {row.content.author, row.content.modifier, *(version.author for version in past)}
    return {name for account in accounts for name in _names(account, setting)}


def _ancestors(row: Indexed, setting: Setting) -> list[str]:
    return [str(above.id) for above in setting.store.ancestors(row.content)]


def _parents(row: Indexed, setting: Setting) -> tuple[str, ...]:
    in_tree = row.content.kind in TREE or row.content.kind in COMMENTS
    return (str(row.content.parent_id),) if in_tree and row.content.parent_id else ()


def _containers(row: Indexed, setting: Setting) -> tuple[str, ...]:
    return (str(row.content.container_id),) if row.content.container_id else ()


def _mentions(row: Indexed, setting: Setting) -> list[str]:
    body = setting.bodies.storage(row.content)
    mark = 'ri:userkey="' if setting.store.deployment == "datacenter" else 'ri:account-id="'
    return [part.split('"', 1)[0].lower() for part in body.split(mark)[1:]]


_IDS = ("id", "content", "ancestor", "parent", "container")
_VALUES: dict[str, Callable[[Indexed, Setting], "tuple[str, ...] | list[str] | set[str]"]] = {
    "type": _types,
    "id": _ids,
    "content": _ids,
    "space": _space,
    "space.key": _space,
    "space.type": _space_type,
    "label": _labels,
    "title": _titles,
    "creator": _creators,
    "contributor": _contributors,
    "ancestor": _ancestors,
    "parent": _parents,
    "container": _containers,
    "mention": _mentions,
}
