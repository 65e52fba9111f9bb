"""Faults of paging: what is wrong with `next`, limits that are capped, a batch that fails for one ancestor."""

import base64
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import orjson

from confluence_assets.emulator.faults.base import Asked, Fault, fault
from confluence_assets.emulator.problems import v1_body
from confluence_assets.emulator.web.messages import JSON_TYPE, Reply, json_reply

FORMS = ("repeat", "foreign", "empty", "null", "empty_page", "endless")
V2 = "/wiki/api/v2"
START, START_OF_OFFSETS = b"[0,-1]", b"[0,0]"
"""Before the first row, whatever the filters are."""


def listing_of(reply: Reply) -> dict[str, Any] | None:
    """The list that a reply holds, or None."""
    if reply.status != 200 or reply.content_type != JSON_TYPE:
        return None
    content = orjson.loads(reply.body) if reply.body else None
    is_list = isinstance(content, dict) and isinstance(content.get("results"), list) and "_links" in content
    return content if is_list else None


def same_place(target: str, number: int, start: bytes) -> tuple[str, str]:
    """The address again, and its cursor: another one that stands for the same place."""
    path, _, query = target.partition("?")
    pairs = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name != "cursor"]
    cursors = [value for name, value in parse_qsl(query) if name == "cursor"]
    text = base64.urlsafe_b64decode(cursors[-1] + "=" * (-len(cursors[-1]) % 4)).rstrip() if cursors else start
    blanks = b" " * number  # JSON with blanks behind it: another cursor to the client, the same place to the site
    cursor = base64.urlsafe_b64encode(text + blanks).decode().rstrip("=")
    return f"{path}?{urlencode([*pairs, ('cursor', cursor)], quote_via=quote)}", cursor


def same_place_of_scan(target: str, number: int) -> tuple[str, str]:
    """The same of a Data Center's scan: zeros before the id make another cursor."""
    path, _, query = target.partition("?")
    pairs = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name != "cursor"]
    content_id = dict(parse_qsl(query)).get("cursor", "").rpartition(":")[2] or "0"
    cursor = f"content:false:{'0' * number}{content_id}"
    return f"{path}?{urlencode([*pairs, ('cursor', cursor)], quote_via=quote)}", cursor


@fault("next_link")
@dataclass(kw_only=True)
class NextLink(Fault):
    """A `next` that must not be followed, or that leads on through nothing."""

    form: str = "repeat"
    host: str = "https://elsewhere.example"
    _places: set[str] = field(default_factory=set, init=False, repr=False)
    _number: int = field(default=0, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise ValueError(f"no such form: {self.form}; there are {', '.join(FORMS)}")

    def after(self, asked: Asked, reply: Reply) -> Reply:
        listing = listing_of(reply)
        if listing is None:
            return reply
        target = asked.request.target
        is_v2 = target.startswith(V2)
        own = target if is_v2 else target.removeprefix("/wiki")
        links = listing["_links"]
        if self.form in ("empty_page", "endless"):
            if self.form == "empty_page" and self._places.intersection(asked.request.query.get("cursor", ())):
                return reply  # the way out of the empty page
            self._number += 1
            if "nextCursor" in listing or "cursor" in listing:
                own, cursor = same_place_of_scan(own, self._number)
                listing["nextCursor"] = cursor
            else:
                start = START_OF_OFFSETS if asked.site.switches.cursor_kind == "offset" else START
                own, cursor = same_place(own, self._number, start)
            self._places.add(cursor)
            listing["results"], listing["size"] = [], 0
            if is_v2:
                del listing["size"]
            links["next"] = own
        elif self.form == "repeat":
            links["next"] = own
        elif self.form == "foreign":
            links["next"] = self.host + (links.get("next") or own)
        else:
            links["next"] = "" if self.form == "empty" else None
            listing.pop("nextCursor", None)
        headers = {name: value for name, value in reply.headers.items() if name != "Link"}
        if is_v2 and links["next"]:
            headers["Link"] = f'<{links["next"]}>; rel="next"'
        return json_reply(listing, headers=headers)


@fault("cap_limit")
@dataclass(kw_only=True)
class CapLimit(Fault):
    """Fewer rows than were asked for. The answer's own `limit` and `next` tell, where the dialect has them."""

    limit: int = 5

    def before(self, asked: Asked) -> None:
        values = asked.request.query.get("limit")
        if not values or (values[-1].isdigit() and int(values[-1]) > self.limit):
            asked.request.query["limit"] = [str(self.limit)]


@fault("unreadable_ancestor")
@dataclass(kw_only=True)
class UnreadableAncestor(Fault):
    """CONFCLOUD-77618: one ancestor that can't be read fails the whole batch that expands restrictions of ancestors."""

    ids: list[str] | None = None

    def after(self, asked: Asked, reply: Reply) -> Reply:
        expands = ",".join(asked.request.query.get("expand", ()))
        listing = listing_of(reply) if "ancestors.restrictions" in expands else None
        if listing is None:
            return reply
        above = [str(one["id"]) for row in listing["results"] for one in row.get("ancestors", ())]
        lost = next((one for one in above if self.ids is None or one in map(str, self.ids)), None)
        return reply if lost is None else json_reply(v1_body(404, f"No content with id {lost}"), 404)
