"""Small pictures in SVG: columns, bars and a circle of links. Pure; every text that goes in is escaped here.

Colours are classes (`c1` to `c5`), which the style sheet turns into those of light, dark or paper. A drawing is about as wide
as it is shown on a screen, so that its texts are as large as those around it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from unicodedata import combining, east_asian_width

WIDTH, FULL_WIDTH = 580, 1240
_LABEL_WIDTH, _NOTE_WIDTH, _BAR_HEIGHT, _GAP = 180, 136, 19, 8


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one colour, one for each label."""

    name: str
    colour: str
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Drawing:
    """The inside of an SVG, and its size; without a height there is nothing to be seen."""

    body: str
    height: int
    width: int = WIDTH


def draw_columns(labels: Sequence[str], series: Sequence[Series], *, height: int = 250) -> Drawing:
    """Columns side by side over the full width, each of the series on top of one another; every few a label below."""
    left, bottom, top = 44, 26, 8
    totals = [sum(one.values[at] for one in series) for at in range(len(labels))]
    ceiling = _round_up(max(totals, default=0))
    inner, step = height - bottom - top, (FULL_WIDTH - left) / max(1, len(labels))
    parts = _grid(left, top, inner, ceiling)
    for at, label in enumerate(labels):
        x, y = left + at * step, float(top + inner)
        for one in series:
            tall = inner * one.values[at] / ceiling
            if tall > 0:
                y -= tall
                hint = f"{escape(label)}: {one.values[at]:,.0f} {escape(one.name)}"
                parts.append(_box(x + 1, y, max(1.0, step - 2), tall, one.colour, hint))
        if at % max(1, math.ceil(len(labels) / 13)) == 0:
            parts.append(_text(x + step / 2, height - 8, label, "middle"))
    return Drawing("".join(parts), height, FULL_WIDTH)


def draw_bars(labels: Sequence[str], series: Sequence[Series], *, notes: Sequence[str] = ()) -> Drawing:
    """Bars one below another, each of the series end to end, with a label before and a note behind."""
    totals = [sum(one.values[at] for one in series) for at in range(len(labels))]
    longest, room = max(totals, default=0) or 1, WIDTH - _LABEL_WIDTH - _NOTE_WIDTH
    parts = []
    for at, label in enumerate(labels):
        x, y = float(_LABEL_WIDTH), at * (_BAR_HEIGHT + _GAP) + 4
        parts.append(_text(_LABEL_WIDTH - 10, y + 14, _short(label, 22), "end", hint=label))
        for one in series:
            wide = room * one.values[at] / longest
            if wide > 0:
                hint = f"{escape(label)}: {one.values[at]:,.0f} {escape(one.name)}"
                parts.append(_box(x, y, max(1.0, wide), _BAR_HEIGHT, one.colour, hint))
                x += wide
        parts.append(_text(x + 8, y + 14, notes[at] if notes else f"{totals[at]:,.0f}", "start", "note"))
    return Drawing("".join(parts), len(labels) * (_BAR_HEIGHT + _GAP) + 8 if labels else 0)


def draw_links(names: Sequence[str], links: dict[tuple[str, str], int], sizes: dict[str, int]) -> Drawing:
    """Names on a circle, as large as their sizes; between them lines as strong as the links, in either direction."""
    radius, centre_x, centre_y, height = 140, WIDTH / 2, 190, 380 if names else 0
    places = {}
    for at, name in enumerate(names):
        angle = 2 * math.pi * at / max(1, len(names)) - math.pi / 2
        places[name] = (centre_x + radius * math.cos(angle), centre_y + radius * math.sin(angle), angle)
    strongest = max(links.values(), default=1)
    parts = []
    for (one, other), count in sorted(links.items(), key=lambda pair: pair[1]):
        (x1, y1, _), (x2, y2, _) = places[one], places[other]
        hint = f"{escape(one)} and {escape(other)}: {count:,} links"
        parts.append(
            f'<path class="link" d="M{x1:.1f} {y1:.1f}Q{centre_x:.1f} {centre_y:.1f} {x2:.1f} {y2:.1f}" '
            f'stroke-width="{1 + 7 * math.sqrt(count / strongest):.1f}"><title>{hint}</title></path>'
        )
    largest = max(sizes.values(), default=1) or 1
    for name, (x, y, angle) in places.items():
        size = 5 + 13 * math.sqrt(sizes.get(name, 0) / largest)
        parts.append(f'<circle class="c1 node" cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}"/>')
        side = "middle" if abs(math.cos(angle)) < 0.2 else "start" if math.cos(angle) > 0 else "end"
        out = size + 8
        down = 14 if side == "middle" and math.sin(angle) > 0 else 0
        parts.append(
            _text(x + out * math.cos(angle), y + out * math.sin(angle) + 4 + down, _short(name, 18), side, hint=name)
        )
    return Drawing("".join(parts), height)


def _grid(left: int, top: int, inner: int, ceiling: float) -> list[str]:
    parts = []
    for part in (0, 0.5, 1):
        y = top + inner * (1 - part)
        parts.append(f'<line class="grid" x1="{left}" x2="{FULL_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(_text(left - 6, y + 4, f"{ceiling * part:,.0f}", "end"))
    return parts


def _box(x: float, y: float, width: float, height: float, colour: str, hint: str) -> str:
    return (
        f'<rect class="{colour}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}">'
        f"<title>{hint}</title></rect>"
    )


def _text(x: float, y: float, text: str, anchor: str, kind: str = "label", *, hint: str = "") -> str:
    """A text; a `hint` that it does not show as a whole is shown where somebody points at it."""
    title = f"<title>{escape(hint)}</title>" if hint and hint != text else ""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{title}{escape(text)}</text>'


def _short(text: str, limit: int) -> str:
    """The text, or its beginning: as wide as `limit` letters, of which a Chinese character takes two."""
    if sum(map(_cells, text)) <= limit:
        return text
    shown, room = "", limit - 1
    for character in text:
        room -= _cells(character)
        if room < 0:
            break
        shown += character
    return f"{shown}…"


def _cells(character: str) -> int:
    return 0 if combining(character) else 2 if east_asian_width(character) in "WF" else 1


def _round_up(value: float) -> float:
    """The next even round number, so that half of it is whole."""
    power = 10.0 ** max(0, math.floor(math.log10(max(value, 1))))
    factors = (2, 4, 6, 8, 10) if power == 1 else (1.2, 1.6, 2, 3, 4, 5, 6, 8, 10)
    return next(power * factor for factor in factors if power * factor >= value)
