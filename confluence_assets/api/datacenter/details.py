"""Labels, properties and own restrictions, from what was expanded in a content; what was cut off is asked for again.

What did not come is unknown (`restrictions=None`), never none.
"""

from collections.abc import Sequence

import orjson

from confluence_assets.api.datacenter import endpoints
from confluence_assets.api.datacenter.caller import DatacenterCaller
from confluence_assets.api.datacenter.content_rows import space_of, user_key
from confluence_assets.api.fields import EMPTY, text_of, whole_of
from confluence_assets.api.source import ContentDetails
from confluence_assets.api.wire import JsonObject
from confluence_assets.errors import NotFoundError, ProtocolError
from confluence_assets.tables import Row

OPERATIONS = ("read", "update")
_RESTRICTIONS = tuple(f"restrictions.{one}.restrictions.{kind}" for one in OPERATIONS for kind in ("user", "group"))
_ROWS = 200
_MOST_PAGES = 1_000


def detail_expansions(property_keys: Sequence[str], *, restrictions: bool = True) -> tuple[str, ...]:
    """What has to be expanded. A key with a dot can't be named in `expand`, so that all properties are."""
    if any("." in key for key in property_keys):
        properties: tuple[str, ...] = ("metadata.properties",)
    else:
        properties = tuple(f"metadata.properties.{key}" for key in property_keys)
    return ("metadata.labels", *properties, *(_RESTRICTIONS if restrictions else ()))


def is_cut_off(part: JsonObject) -> bool:
    """Whether an embedded list may go on: it links to a next page, or is as long as it may be."""
    if (part.get("_links") or EMPTY).get("next"):
        return True
    limit, size = part.get("limit"), len(part.get("results") or ())
    return isinstance(limit, int) and 0 < limit <= size


def details_of(
    caller: DatacenterCaller, content: JsonObject, property_keys: Sequence[str], holder: JsonObject | None = None
) -> ContentDetails:
    """Details of a content that came with `detail_expansions`; `holder` is the content whose file it is."""
    content_id, content_type = str(content["id"]), str(content.get("type"))
    space_key = space_of(holder if holder is not None else content)[1]
    metadata = content.get("metadata") or EMPTY
    about = {"content_id": content_id, "content_type": content_type, "space_key": space_key}
    return ContentDetails(
        content_id,
        content_type,
        space_key,
        content.get("title"),
        content.get("status"),
        whole_of((content.get("version") or EMPTY).get("number")),
        _labels(caller, metadata.get("labels"), about),
        _properties(metadata.get("properties"), property_keys, about),
        () if content_type == "attachment" else _restrictions(caller, content, about),
    )


def _labels(caller: DatacenterCaller, embedded: JsonObject | None, about: Row) -> tuple[Row, ...]:
    if not embedded:
        return ()
    labels = list(embedded.get("results") or ())
    if is_cut_off(embedded):
        pages = caller.walk_rows(
            endpoints.CONTENT_LABELS,
            {},
            limit=_ROWS,
            identity=lambda label: (label.get("prefix"), label.get("name")),
            ids={"id": about["content_id"]},
        )
        labels = [label for rows in pages for label in rows]
    rows = {
        (label.get("prefix"), label.get("name")): {
            **about,
            "prefix": label.get("prefix") or "global",
            "name": label.get("name"),
            "label_id": text_of(label.get("id")),
        }
        for label in labels
    }
    return tuple(rows.values())


def _properties(embedded: JsonObject | None, wanted: Sequence[str], about: Row) -> tuple[Row, ...]:
    return tuple(
        {
            **about,
            "key": key,
            "property_id": text_of(entry.get("id")),
            "value": orjson.dumps(entry["value"], option=orjson.OPT_SORT_KEYS).decode(),
            "version_number": whole_of((entry.get("version") or EMPTY).get("number")),
        }
        for key, entry in (embedded or EMPTY).items()
        if key in wanted and isinstance(entry, dict) and "value" in entry
    )


def _restrictions(caller: DatacenterCaller, content: JsonObject, about: Row) -> tuple[Row, ...] | None:
    embedded = content.get("restrictions") or EMPTY
    rows: list[Row] = []
    for operation in OPERATIONS:
        lists = (embedded.get(operation) or EMPTY).get("restrictions")
        if not lists or lists.get("user") is None or lists.get("group") is None:
            return None
        if is_cut_off(lists["user"]) or is_cut_off(lists["group"]):
            try:
                rows += iter_restriction(caller, operation, about)
            except NotFoundError:
                return None
        else:
            rows += _restriction_rows(operation, lists, about)
    return tuple(rows)


def get_restrictions(caller: DatacenterCaller, content_id: str) -> tuple[Row, ...]:
    """Rows for `content_restrictions`, asked of the content itself; its type and space are None."""
    about = {"content_id": content_id, "content_type": None, "space_key": None}
    return tuple(row for operation in OPERATIONS for row in iter_restriction(caller, operation, about))


def iter_restriction(caller: DatacenterCaller, operation: str, about: Row) -> list[Row]:
    """One operation's principals, to the end. Users and groups share one `start`: it moves by the shorter cut-off list."""
    rows: dict[tuple[str, str], Row] = {}
    start = 0
    for _page in range(_MOST_PAGES):
        parameters = {"expand": "restrictions.user,restrictions.group", "start": start, "limit": _ROWS}
        answer = caller.get(endpoints.RESTRICTION, parameters, id=about["content_id"], operation=operation)
        lists = answer.get("restrictions") or EMPTY
        for row in _restriction_rows(operation, lists, about):
            rows[row["principal_type"], row["principal_id"]] = row
        parts = [part for part in (lists.get("user"), lists.get("group")) if part and part.get("results")]
        cut_off = [len(part["results"]) for part in parts if is_cut_off(part)]
        if not cut_off:
            return list(rows.values())
        start += min(cut_off)
    raise ProtocolError(f"The restrictions of content {about['content_id']} have no end.")


def _restriction_rows(operation: str, lists: JsonObject, about: Row) -> list[Row]:
    """Users by their key, groups by their name; a principal without either is unknown and closes the content."""
    users = (lists.get("user") or EMPTY).get("results") or ()
    groups = (lists.get("group") or EMPTY).get("results") or ()
    principals = [("user", user_key(user), user.get("displayName")) for user in users]
    principals += [("group", text_of(group.get("name")), group.get("name")) for group in groups]
    rows: dict[tuple[str, str], Row] = {}
    for kind, principal_id, name in principals:
        key = (kind, principal_id) if principal_id else ("unknown", "unknown")
        rows[key] = {
            **about,
            "operation": operation,
            "principal_type": key[0],
            "principal_id": key[1],
            "principal_name": text_of(name),
        }
    return list(rows.values())
