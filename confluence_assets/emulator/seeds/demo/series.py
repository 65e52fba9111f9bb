"""Pages of the demo that come in series: incidents, releases, models, suppliers, weekly notes. Each is told in one line."""

from confluence_assets.emulator.seeds.demo.notation import Draft, read_drafts

Series = dict[tuple[str, str], list[Draft]]

# month and name, who wrote it, minutes down, what riders saw, why, what we do about it (and who)
_INCIDENTS = (
    ("2025-05: hinge batch 11", "jonas", 0, "Two hinges cracked on the stand", "A heat treatment that was too short", "Test one hinge of every batch", "jonas"),
    ("2025-11: app could not pair", "aiko", 190, "The bird never appeared", "A certificate of a library we forgot", "List every certificate with its owner", "priya"),
    ("2026-02: trips lost on a Sunday", "priya", 45, "Rides without a track", "A full disk on the replica", "Alarm at 80 percent", "priya"),
    ("2026-06: bikes thought it was 1970", "tomas", 25, "Clocks at zero after the update", "The spare bank kept an old epoch", "Check the time before the update", "tomas"),
    ("2026-09: payments twice", "priya", 70, "Eleven riders paid twice", "A retry without a key", "A key on every payment", "priya"),
    ("2026-10: map without hills", "aiko", 300, "Ranges that were far too kind", "The height service moved", "Say so when heights are missing", "aiko"),
)  # fmt: skip
_RELEASES = (
    ("3.8", "2025-03-06", "Walk assist up stairs", 14), ("3.9", "2025-06-05", "Recall notice on the display", 6),
    ("4.0", "2025-10-02", "New boot loader with two banks", 31), ("4.1", "2026-02-05", "Range that learns", 19),
    ("4.2", "2026-05-07", "Tag reader for shared bikes", 22), ("4.2.1", "2026-06-20", "Clock repair", 2),
    ("4.3", "2026-11-05", "Softer starts, no beep at night", 17),
)  # fmt: skip
_MODELS = (
    ("Finch", 34, 80, 55, "family"),
    ("Heron", 41, 120, 60, "courier"),
    ("Pelican", 52, 200, 48, "courier"),
    ("Wren", 27, 40, 70, "idea"),
)
_SUPPLIERS = (
    ("Aço do Minho", "Frames", 21, "2023-05-04", "Paint it within a week or it rusts."),
    ("Kettenwerk Ulm", "Belts", 35, "2024-02-11", "Orders by fax. Really."),
    ("Northgate Logistics", "Lockers, test partner", 10, "2026-04-19", "Ruth has a guest account here."),
    ("Polder Batteries", "Cells", 60, "2026-08-30", "Customs papers take longer than the ship."),
    ("Tanaka Seiko", "Displays", 45, "2025-01-21", "No relation to Aiko."),
    ("Velcro & Sons", "Straps", 7, "2023-09-09", "Closed since summer; see [[Velcro & Sons, the new one]]."),
)
_WEEKS = (
    ("2026-09-25", 7, "The press, twice", "Belts"), ("2026-10-02", 9, "Nothing", "Hinges, again"),
    ("2026-10-09", 6, "A wrench walked", "The large torque wrench"), ("2026-10-16", 8, "Paint fumes alarm, false", "Displays"),
    ("2026-10-23", 8, "A box, dropped", "Nothing"), ("2026-10-30", 5, "Half of us had the flu", "People"),
    ("2026-11-06", 9, "The blue cable", "Cells"), ("2026-11-13", 10, "Nothing at all", "Cells, still"),
)  # fmt: skip


def build_series() -> Series:
    """Drafts by space key and title of the parent."""
    return {
        ("ENG", "Incidents"): _drafts(map(_incident, _INCIDENTS)),
        ("ENG", "Releases"): _drafts(map(_release, _RELEASES)),
        ("PRD", "Models"): _drafts(map(_model, _MODELS)),
        ("OPS", "Suppliers"): _drafts(map(_supplier, _SUPPLIERS)),
        ("OPS", "Weekly notes"): _drafts(map(_week, _WEEKS)),
    }


def _drafts(texts: "map[str]") -> list[Draft]:
    return [draft for text in texts for draft in read_drafts(text)]


def _incident(row: tuple[str, str, int, str, str, str, str]) -> str:
    name, who, minutes, seen, why, action, owner = row
    month = name[:7]
    return f"""= Incident {name}
: by={who} on={month}-12 edited={month}-15 who=priya v=3 labels=incident,postmortem
!info {minutes} minutes, {"no" if minutes == 0 else "some"} rides affected
## What riders saw
{seen}.
## Why
{why}. It was found by a person, not by an alarm.
## What we do
[{"x" if month < "2026-06" else " "}] {action} @{owner} //{month}-28
[ ] Tell support what to say @sam //{month}-20
> sam: Two letters so far, both kind."""


def _release(row: tuple[str, str, str, int]) -> str:
    version, day, headline, commits = row
    return f"""= Release {version}
: by=bot on={day} edited={day} who=tomas v=2 labels=release,firmware
**{headline}.** {commits} commits, tested for a week on the [[Test bench]] and on four bikes that belong to us.
|| Image || Size || Banks ||
| controller-{version}.bin | {180 + commits} kB | 2 |
| display-{version}.bin | {920 + 3 * commits} kB | 2 |
Known: the [[Display D2]] still hates gloves. How it reaches a bike: [[Over-the-air updates]].
+ checksums-{version}.txt Of both images"""


def _model(row: tuple[str, int, int, int, str]) -> str:
    name, kilos, load, reach, kind = row
    return f"""= {name}
: by=lena on=2023-05-01 edited=2026-02-14 who=lena v=6 labels=model,{kind}
|| What || How much ||
| Weight | {kilos} kg |
| Load | {load} kg |
| Range | {reach} km with 60 kg |
How it is built: [[OPS:Building a {name}]]. Price: [[Pricing]].
![{name.lower()}.png]
+ {name.lower()}.png {name}, on the road
~ model = {{"weight_kg": {kilos}, "load_kg": {load}, "range_km": {reach}}}"""


def _supplier(row: tuple[str, str, int, str, str]) -> str:
    name, what, days, day, remark = row
    return f"""= {name}
: by=jonas on=2022-10-01 edited={day} who=jonas v=4 labels=supplier
{what}; {days} days from order to door. Last visited //{day}.
!note {remark}"""


def _week(row: tuple[str, int, str, str]) -> str:
    day, bikes, broke, missing = row
    return f"""= Week to {day}
: by=jonas on={day} edited={day} labels=weekly
- Left the house: **{bikes}** bikes
- Broke: {broke.lower()}
- Missing: {missing.lower()}
[{"x" if day < "2026-11-01" else " "}] Order what is missing @omar //{day}
> omar: Counted twice, same number."""
