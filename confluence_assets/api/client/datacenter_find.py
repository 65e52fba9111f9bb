"""Lists of a Data Center for the client: by the database where that can filter, by CQL where only the index can.

The index is behind by some seconds; by id, by title and by space the database is asked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from confluence_assets.api.client.reader import Filters
from confluence_assets.api.datacenter import endpoints
from confluence_assets.api.datacenter.caller import DatacenterCaller
from confluence_assets.api.datacenter.cql import quote_cql
from confluence_assets.api.datacenter.identity import DatacenterIdentity
from confluence_assets.api.datacenter.lookups import Lookups
from confluence_assets.api.datacenter.scan import Lister
from confluence_assets.api.source import Scope
from confluence_assets.api.wire import JsonObject
from confluence_assets.errors import NotFoundError, SettingsError

ROWS = 200
BODY_ROWS = 50
_ORDERS = {"created-date": "created", "modified-date": "lastmodified", "title": "title", "id": "created"}
_STATUSES = {"page": ("current", "archived"), "blogpost": ("current",)}


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for: a clause of CQL for the type, what else must hold, and what is to be expanded."""

    clause: str
    expand: tuple[str, ...]
    statuses: tuple[str, ...] = ("current", "archived")
    conditions: list[str] = field(default_factory=list)

    @property
    def has_body(self) -> bool:
        return any(name.startswith("body") for name in self.expand)


class DatacenterFinder:
    """Asks for contents as v1 objects."""

    def __init__(self, caller: DatacenterCaller) -> None:
        self.caller = caller
        self.identity = DatacenterIdentity(caller)
        self._lookups = Lookups(caller, tuple)
        self._lister = Lister(caller, self.identity)

    def iter_spaces(self, filters: Filters) -> Iterator[JsonObject]:
        """Spaces, as the server lists them: what it can't filter or sort by is done here."""
        parameters: dict[str, Any] = {
            "expand": "description.plain,homepage",
            "spaceKey": filters.get("keys"),
            "type": filters.get("type"),
            "status": filters.get("status"),
            "label": filters.get("labels"),
        }
        wanted = None if "ids" not in filters else {str(one) for one in filters["ids"]}
        walk = self.caller.walk_rows(
            endpoints.SPACES, parameters, limit=min(filters.get("limit", ROWS), ROWS), identity=lambda row: row["key"]
        )
        rows = (row for page in walk for row in page if wanted is None or str(row["id"]) in wanted)
        return _sorted_spaces(rows, filters["sort"]) if "sort" in filters else rows

    def space_keys(self, filters: Filters) -> list[str]:
        """The spaces that the filters name, by key; none where they name none. Raises: NotFoundError."""
        keys = list(filters.get("space_keys") or ())
        ids = [str(one) for one in filters.get("space_ids") or ()]
        if ids:
            known = {str(row["id"]): str(row["key"]) for row in self.iter_spaces({"ids": ids})}
            if missing := [one for one in ids if one not in known]:
                raise NotFoundError(f"There is no space {missing[0]}, or this account can't see it.", method="GET")
            keys += [known[one] for one in ids]
        return keys

    def iter_contents(self, kind: str, filters: Filters, expand: tuple[str, ...]) -> Iterator[JsonObject]:
        """Pages or posts."""
        statuses = tuple(filters.get("statuses") or _STATUSES[kind])
        if "subtype" in filters:
            raise SettingsError("Data Center has no subtypes of pages.", setting="subtype")
        if "ids" in filters:
            found = self._lookups.find([str(one) for one in filters["ids"]], expand, statuses).values()
            yield from (row for row in found if row.get("type") == kind and self._fits(row, filters))
        elif "label" in filters or "sort" in filters:
            question = Question(f"type = {kind}", expand, statuses)
            if "title" in filters:
                question.conditions.append(f"title = {quote_cql(filters['title'])}")
            yield from self.search(question, filters)
        else:
            yield from self._listed(kind, filters, expand, statuses)

    def _fits(self, row: JsonObject, filters: Filters) -> bool:
        space = row.get("space") or {}
        return (
            filters.get("title") in (None, row.get("title"))
            and (not filters.get("space_ids") or str(space.get("id")) in map(str, filters["space_ids"]))
            and (not filters.get("space_keys") or space.get("key") in filters["space_keys"])
        )

    def _listed(
        self, kind: str, filters: Filters, expand: tuple[str, ...], statuses: Sequence[str]
    ) -> Iterator[JsonObject]:
        most = BODY_ROWS if any(name.startswith("body") for name in expand) else ROWS
        keys: list[str | None] = [*self.space_keys(filters)]
        for key in keys or [None]:
            for status in statuses:
                parameters = {
                    "type": kind,
                    "spaceKey": key,
                    "title": filters.get("title"),
                    "status": status,
                    "expand": ",".join(expand),
                }
                limit = min(filters.get("limit", most), most)
                for page in self.caller.walk_rows(endpoints.CONTENTS, parameters, limit=limit, identity=_id):
                    yield from page

    def iter_comments(self, expand: tuple[str, ...]) -> Iterator[JsonObject]:
        """Comments of the whole site, by id."""
        bodies = "body.storage" in expand
        plain = tuple(name for name in expand if name != "body.storage")
        for page in self._lister.iter_contents("comment", Scope((), True), plain, bodies=bodies):
            yield from page

    def search(self, question: Question, filters: Filters) -> Iterator[JsonObject]:
        """What the index finds, in the order that the filters ask for."""
        conditions = [question.clause, *question.conditions]
        if keys := self.space_keys(filters):
            conditions.append(f"space in ({','.join(map(quote_cql, keys))})")
        if "label" in filters:
            conditions.append(f"label = {quote_cql(filters['label'])}")
        cql = f"{' and '.join(conditions)} order by {_order(str(filters.get('sort', 'created-date')))}"
        told = ",".join(f'"{status}"' for status in question.statuses)
        parameters = {
            "cql": cql,
            "cqlcontext": f'{{"contentStatuses":[{told}]}}',
            "expand": ",".join(question.expand),
        }
        most = BODY_ROWS if question.has_body else ROWS
        limit = min(filters.get("limit", most), most)
        for page in self.caller.walk_rows(endpoints.SEARCH, parameters, limit=limit, identity=_id):
            yield from page


def _order(sort: str) -> str:
    name = sort.lstrip("-")
    if name not in _ORDERS:
        raise SettingsError(f"Data Center can't sort by {name}.", setting="sort")
    return f"{_ORDERS[name]} {'desc' if sort.startswith('-') else 'asc'}"


def _id(row: JsonObject) -> str:
    return str(row["id"])


def _sorted_spaces(rows: Iterator[JsonObject], sort: str) -> Iterator[JsonObject]:
    name = sort.lstrip("-")
    if name not in ("id", "key", "name"):
        raise SettingsError(f"Spaces can't be sorted by {name}.", setting="sort")
    yield from sorted(rows, key=lambda row: row[name], reverse=sort.startswith("-"))
