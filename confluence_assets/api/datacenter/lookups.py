"""Contents by their ids: in bulk what the list of ids gives, from the trashes of spaces where many are asked for, then singly.

What none of these gives is missing or hidden. Nothing is taken for gone because a list left it out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from confluence_assets.api.datacenter import endpoints
from confluence_assets.api.datacenter.caller import DatacenterCaller
from confluence_assets.api.datacenter.scan import walk_cursors
from confluence_assets.api.paging import payload_of, rows_of
from confluence_assets.api.wire import JsonObject
from confluence_assets.errors import AccessError, NotFoundError, ProtocolError, TransientError, UnavailableError

IDS_PER_REQUEST = 50
_ROWS_OF_TRASH = 200
_NO_ANSWER = (NotFoundError, UnavailableError, ProtocolError, TransientError)


class Lookups:
    """Finds contents of one server. `space_keys` gives the spaces that are known, whose trashes may be looked into."""

    def __init__(self, caller: DatacenterCaller, space_keys: Callable[[], Sequence[str]]) -> None:
        self._caller = caller
        self._space_keys = space_keys

    def find(self, content_ids: Sequence[str], expand: Sequence[str], statuses: Sequence[str]) -> dict[str, JsonObject]:
        """Contents by id, with any of the statuses."""
        wanted = list(dict.fromkeys(content_ids))
        found: dict[str, JsonObject] = {}
        for begin in range(0, len(wanted), IDS_PER_REQUEST):
            group = wanted[begin : begin + IDS_PER_REQUEST]
            if len(group) > 1:
                found.update(self._in_bulk(group, expand, statuses))
        missing = [one for one in wanted if one not in found]
        if "trashed" in statuses and len(missing) > len(self._space_keys()) > 0:
            found.update(self._in_trash(missing, expand))
        for content_id in wanted:
            if content_id not in found and (content := self.get(content_id, expand, statuses)) is not None:
                found[content_id] = content
        return found

    def _in_bulk(
        self, group: Sequence[str], expand: Sequence[str], statuses: Sequence[str]
    ) -> Mapping[str, JsonObject]:
        parameters = {
            "ids": group,
            "status": _asked(statuses),
            "expand": ",".join(expand),
            "limit": len(group),
        }
        try:
            payload = payload_of(self._caller.ask(endpoints.CONTENTS, parameters, attempts=2), endpoints.CONTENTS.label)
        except _NO_ANSWER:
            return {}  # one id that it stumbles over costs the group: they are asked singly
        rows = {str(row["id"]): row for row in rows_of(payload, endpoints.CONTENTS.label)}
        return {one: rows[one] for one in group if one in rows and rows[one].get("status") in statuses}

    def _in_trash(self, missing: Sequence[str], expand: Sequence[str]) -> Mapping[str, JsonObject]:
        """Of these, what lies in the trashes of the spaces that are known; nothing for those who may not look."""
        wanted = set(missing)
        found: dict[str, JsonObject] = {}
        for key in self._space_keys():
            if len(found) == len(wanted):
                break
            try:
                for rows in self._trash(key, expand):
                    found.update({str(row["id"]): row for row in rows if str(row["id"]) in wanted})
            except AccessError:
                return found
            except _NO_ANSWER:
                continue
        return found

    def _trash(self, key: str, expand: Sequence[str]) -> Iterator[list[JsonObject]]:
        parameters = {"limit": _ROWS_OF_TRASH, "expand": ",".join(expand)}
        return walk_cursors(self._caller, endpoints.TRASH, parameters, {"key": key})

    def get(self, content_id: str, expand: Sequence[str], statuses: Sequence[str]) -> JsonObject | None:
        """One content with any of the statuses; None where it is missing or hidden."""
        for status in _asked(statuses):
            try:
                content = self._caller.get(
                    endpoints.CONTENT, {"expand": ",".join(expand), "status": status}, id=content_id
                )
            except NotFoundError:
                continue
            if content.get("status", "current") in statuses:
                return content
        return None


def _asked(statuses: Sequence[str]) -> list[str]:
    """The statuses as the server takes them: `any` is current and trashed; there is no deleted."""
    if "trashed" in statuses:
        return ["any", *(["archived"] if "archived" in statuses else [])]
    return [status for status in statuses if status in ("current", "archived")]
