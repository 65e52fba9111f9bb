"""What lists of content leave out: labels, properties and own restrictions, in bulk from CQL's expansions.

Embedded lists are first pages only; one that was cut off is asked for again, of the content itself. What did not come is
unknown (`restrictions=None`), never none.
"""

from collections.abc import Iterator, Sequence

from confluence_assets.api.caller import Caller
from confluence_assets.api.cloud import endpoints
from confluence_assets.api.cloud.cql import iter_search, iter_search_everywhere, space_clauses
from confluence_assets.api.cloud.people_rows import json_text
from confluence_assets.api.fields import EMPTY, text_of, whole_of
from confluence_assets.api.source import ContentDetails, DetailFamily, Scope
from confluence_assets.api.wire import JsonObject
from confluence_assets.errors import NotFoundError, ProtocolError
from confluence_assets.tables import Row

IDS_PER_SEARCH = 100
OPERATIONS = ("read", "update")
_TREE_TYPES = "page,blogpost,folder,whiteboard,database,embed"
_RESTRICTIONS = tuple(
    f"restrictions.{operation}.restrictions.{kind}" for operation in OPERATIONS for kind in ("user", "group")
)
_RESTRICTION_ROWS = 100
_MOST_RESTRICTION_PAGES = 1_000


def iter_details(
    caller: Caller, scope: Scope, family: DetailFamily, property_keys: Sequence[str]
) -> Iterator[list[ContentDetails]]:
    """Details of a family, oldest content first; contents of archived spaces are not in this index."""
    types = f"type in ({_TREE_TYPES})" if family == "tree" else "type=attachment"
    for clause in space_clauses(scope):
        cql = f"{types}{clause} order by created"
        for _payload, contents in iter_search(caller, cql, _expansions(family, property_keys)):
            yield [_details(caller, content) for content in contents]


def get_details(caller: Caller, content_ids: Sequence[str], property_keys: Sequence[str]) -> list[ContentDetails]:
    """Details of these ids, archived spaces included; ids that the index does not know are left out."""
    wanted = list(dict.fromkeys(content_ids))
    found: dict[str, ContentDetails] = {}
    for begin in range(0, len(wanted), IDS_PER_SEARCH):
        cql = f"id in ({','.join(wanted[begin : begin + IDS_PER_SEARCH])})"
        for contents in iter_search_everywhere(caller, cql, _expansions("tree", property_keys)):
            found.update({str(content["id"]): _details(caller, content) for content in contents})
    return list(found.values())


def get_restrictions(caller: Caller, content_id: str, content_type: str | None, space_key: str | None) -> list[Row]:
    """Rows for `content_restrictions`, asked of the content itself: strongly consistent, paged to the end.

    Users and groups share one `start` but may be capped differently: the walk advances by the smaller cut-off list.
    """
    rows: dict[tuple[str, ...], Row] = {}
    start = 0
    expand = "restrictions.user,restrictions.group"
    for _page in range(_MOST_RESTRICTION_PAGES):
        parameters = {"expand": expand, "start": start, "limit": _RESTRICTION_ROWS}
        payload = caller.get(endpoints.RESTRICTIONS, parameters, id=content_id)
        cut_off: list[int] = []
        for restriction in payload.get("results") or ():
            lists = restriction.get("restrictions") or EMPTY
            for row in _restriction_rows(restriction.get("operation"), lists, content_id, content_type, space_key):
                rows[(row["operation"], row["principal_type"], row["principal_id"])] = row
            cut_off += [
                len(part["results"])
                for part in (lists.get("user"), lists.get("group"))
                if part and part.get("results") and is_cut_off(part)
            ]
        if not cut_off:
            return list(rows.values())
        start += min(cut_off)
    raise ProtocolError(f"The restrictions of content {content_id} have no end.")


def is_cut_off(part: JsonObject) -> bool:
    """True where an embedded list may go on: it links to a next page, or is as long as it may be."""
    if (part.get("_links") or EMPTY).get("next"):
        return True
    limit, size = part.get("limit"), len(part.get("results") or ())
    return isinstance(limit, int) and 0 < limit <= size


def space_key_of(content: JsonObject) -> str | None:
    """Key of a v1 content's space; where it was not expanded, the link to it still ends with the key."""
    space = content.get("space")
    if space:
        return text_of(space.get("key"))
    link = (content.get("_expandable") or EMPTY).get("space")
    return str(link).rstrip("/").rpartition("/")[2] if link else None


def _expansions(family: DetailFamily, property_keys: Sequence[str]) -> tuple[str, ...]:
    restrictions = _RESTRICTIONS if family == "tree" else ()
    return (
        "space",
        "version",
        "metadata.labels",
        *restrictions,
        *(f"metadata.properties.{key}" for key in property_keys),
    )


def _details(caller: Caller, content: JsonObject) -> ContentDetails:
    content_id = str(content["id"])
    content_type = str(content.get("type"))
    space_key = space_key_of(content)
    metadata = content.get("metadata") or EMPTY
    return ContentDetails(
        content_id,
        content_type,
        space_key,
        content.get("title"),
        content.get("status"),
        whole_of((content.get("version") or EMPTY).get("number")),
        _labels(caller, metadata.get("labels"), content_id, content_type, space_key),
        _properties(metadata.get("properties"), content_id, content_type, space_key),
        _restrictions(caller, content, content_id, content_type, space_key),
    )


def _labels(
    caller: Caller, embedded: JsonObject | None, content_id: str, content_type: str, space_key: str | None
) -> tuple[Row, ...]:
    if not embedded:
        return ()
    labels = embedded.get("results") or ()
    if is_cut_off(embedded) and content_type in endpoints.CONTENT_LABELS:
        pages = caller.walk(endpoints.CONTENT_LABELS[content_type], {"limit": 250}, ids={"id": content_id})
        labels = [label for payload in pages for label in payload["results"]]
    rows = {
        (label.get("prefix"), label.get("name")): {
            "content_id": content_id,
            "prefix": label.get("prefix") or "global",
            "name": label.get("name"),
            "content_type": content_type,
            "space_key": space_key,
            "label_id": text_of(label.get("id")),
        }
        for label in labels
    }
    return tuple(rows.values())


def _properties(
    embedded: JsonObject | None, content_id: str, content_type: str, space_key: str | None
) -> tuple[Row, ...]:
    return tuple(
        {
            "content_id": content_id,
            "key": key,
            "content_type": content_type,
            "space_key": space_key,
            "property_id": text_of(entry.get("id")),
            "value": json_text(entry["value"]),
            "version_number": whole_of((entry.get("version") or EMPTY).get("number")),
        }
        for key, entry in (embedded or EMPTY).items()
        if isinstance(entry, dict) and "value" in entry
    )


def _restrictions(
    caller: Caller, content: JsonObject, content_id: str, content_type: str, space_key: str | None
) -> tuple[Row, ...] | None:
    if content_type == "attachment":
        return ()  # files have none of their own
    embedded = content.get("restrictions") or EMPTY
    rows: list[Row] = []
    for operation in OPERATIONS:
        lists = (embedded.get(operation) or EMPTY).get("restrictions")
        if not lists or lists.get("user") is None or lists.get("group") is None:
            return None
        if is_cut_off(lists["user"]) or is_cut_off(lists["group"]):
            try:
                return tuple(get_restrictions(caller, content_id, content_type, space_key))
            except NotFoundError:
                return None
        rows += _restriction_rows(operation, lists, content_id, content_type, space_key)
    return tuple(rows)


def _restriction_rows(
    operation: str | None, lists: JsonObject, content_id: str, content_type: str | None, space_key: str | None
) -> list[Row]:
    rows: dict[tuple[str, str], Row] = {}
    users = (lists.get("user") or EMPTY).get("results") or ()
    groups = (lists.get("group") or EMPTY).get("results") or ()
    principals = [("user", user.get("accountId"), user.get("displayName")) for user in users]
    principals += [("group", group.get("id"), group.get("name")) for group in groups]
    for kind, principal_id, name in principals:
        key = (kind, str(principal_id)) if principal_id else ("unknown", "unknown")
        rows[key] = {
            "content_id": content_id,
            "operation": operation,
            "principal_type": key[0],
            "principal_id": key[1],
            "content_type": content_type,
            "space_key": space_key,
            "principal_name": text_of(name),
        }
    return list(rows.values())
