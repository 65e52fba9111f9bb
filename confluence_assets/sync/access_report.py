"""What could not be decided of who may read what, and where the rule refuses the account that reads the site.

Stands in the footers of `content_acl`, a space at a time, so that a report reads no rows and costs no request.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from confluence_assets.access import AccessCounts, Cause, Unadmitted
from confluence_assets.lake import Lake

UNDECIDED = "undecided"
UNADMITTED = "unadmitted"
ACCOUNT = "account"
_NAMED_SPACES = 3
_KEPT_EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class CauseCount:
    """One cause in the whole lake. `is_closed`: all these contents are closed to everybody; else a principal of them is."""

    cause: Cause
    is_closed: bool
    contents: int
    profiles: int
    space_keys: tuple[str, ...]

    @property
    def places(self) -> str:
        """The spaces, in words."""
        more = len(self.space_keys) - _NAMED_SPACES
        return ", ".join(self.space_keys[:_NAMED_SPACES]) + (f" and {more} more" if more > 0 else "")

    @property
    def text(self) -> str:
        """One line without the advice."""
        what = "closed to everybody" if self.is_closed else "closed to whom this concerns, open to the others"
        noun = "content" if self.contents == 1 else "contents"
        return f"{self.cause}: {self.contents} {noun} in {self.places}, {what}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Contents of a space that the account fetched and the rule refuses it; see `access.Unadmitted`."""

    space_key: str
    found: Unadmitted

    @property
    def text(self) -> str:
        """One line."""
        found = self.found
        noun = "content" if found.content_count == 1 else "contents"
        by = "the account is not an active one" if found.source_type == "account" else ""
        by = by or f"{found.source_type} {found.source_id} does not let it in"
        return f"{found.content_count} {noun} in {self.space_key}, such as {found.example_content_id}: {by}"


@dataclass(frozen=True, slots=True)
class AccessReport:
    """The access of all spaces of a lake, counted. Largest causes first, what is closed before what is not complete."""

    contents: int = 0
    profiles: int = 0
    causes: tuple[CauseCount, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    @property
    def notes(self) -> list[str]:
        """A line for each cause with what to do, and one for the account."""
        lines = [f"Access, {each.text}. {each.cause.advice}" for each in self.causes]
        if self.refusals:
            lines.append(
                f"Access: the rule refuses this account what it could read: {self.refusals[0].text}"
                + (f"; and {len(self.refusals) - 1} more like it." if len(self.refusals) > 1 else ".")
            )
        return lines


def undecided_text(counts: AccessCounts) -> str:
    """What could not be decided in one space, by cause, as JSON: contents and profiles."""
    return json.dumps(
        {
            "contents": counts.contents,
            "profiles": counts.profiles,
            "undecidable_contents": dict(sorted(counts.undecidable_contents.items())),
            "undecidable_profiles": dict(sorted(counts.undecidable_profiles.items())),
            "incomplete_contents": dict(sorted(counts.incomplete_contents.items())),
            "incomplete_profiles": dict(sorted(counts.incomplete_profiles.items())),
        }
    )


def unadmitted_text(found: Sequence[Unadmitted]) -> str:
    """Where the account is refused in one space, as JSON; the first ones, for one is reason enough to look."""
    return json.dumps([asdict(each) for each in found[:_KEPT_EXAMPLES]])


def read_access_report(lake: Lake) -> AccessReport:
    """What the footers of `content_acl` say of all spaces."""
    total: Counter[str] = Counter()
    contents: Counter[Cause] = Counter()
    profiles: Counter[Cause] = Counter()
    places: dict[Cause, list[str]] = defaultdict(list)
    refusals: list[Refusal] = []
    for key in sorted(lake.partitions("content_acl")):
        meta = lake.read_meta("content_acl", key)
        if meta is None:
            continue
        held = json.loads(meta.extra.get(UNDECIDED, "{}"))
        total.update({name: held.get(name, 0) for name in ("contents", "profiles")})
        for kind in ("undecidable", "incomplete"):
            for name, count in held.get(f"{kind}_contents", {}).items():
                contents[Cause(name)] += count
                profiles[Cause(name)] += held.get(f"{kind}_profiles", {}).get(name, 0)
                places[Cause(name)].append(key)
        refusals += [Refusal(key, Unadmitted(**each)) for each in json.loads(meta.extra.get(UNADMITTED, "[]"))]
    causes = [
        CauseCount(cause, cause.is_undecidable, count, profiles[cause], tuple(places[cause]))
        for cause, count in contents.items()
    ]
    ordered = sorted(causes, key=lambda each: (not each.is_closed, -each.contents, each.cause))
    return AccessReport(total["contents"], total["profiles"], tuple(ordered), tuple(refusals))
