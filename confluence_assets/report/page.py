"""The HTML of the report: everything in one file, every text escaped, nothing asked of a network. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from importlib import resources
from typing import Any

from confluence_assets.report.pictures import Picture

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_WIDE = frozenset({"activity"})


@dataclass(frozen=True, slots=True)
class Lists:
    """A table of its own: pages that want a look, with their addresses."""

    name: str
    title: str
    saying: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    urls: Sequence[str | None]
    """Where the first cell of each row leads."""


@dataclass(frozen=True, slots=True)
class Page:
    """What the report says."""

    site: str
    published: str
    fingerprint: str
    numbers: Sequence[tuple[str, str]]
    """Figure and what it counts."""
    pictures: Sequence[Picture]
    lists: Sequence[Lists]


def render(page: Page) -> str:
    """The whole file."""
    style = (resources.files("confluence_assets.report") / "style.css").read_text("utf-8")
    numbers = "".join(f"<li><b>{escape(figure)}</b>{escape(name)}</li>" for figure, name in page.numbers)
    sections = "".join([*map(_section, page.pictures), *map(_list_section, page.lists)])
    title = f"The state of {escape(page.site)}"
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f'<meta name="made-from" content="{escape(page.fingerprint)}">\n<style>\n{style}</style>\n</head>\n<body>\n'
        f'<header><h1>{title}</h1><p class="when">As published on {escape(page.published)} UTC</p>'
        f'<ul class="numbers">{numbers}</ul></header>\n<main>\n{sections}</main>\n'
        "<footer>This page names content that not everybody may read: it is as secret as the database that it was made from. "
        "What each figure counts stands in the comments of the views in the schema <code>analytics</code>.</footer>\n"
        "</body>\n</html>\n"
    )


def _section(picture: Picture) -> str:
    wide = ' class="wide"' if picture.name in _WIDE else ""
    name, title, saying = picture.name, escape(picture.title), escape(picture.saying)
    head = f'<section{wide} id="{name}"><h2>{title}</h2><p class="saying">{saying}</p>'
    if not picture.rows:
        return f"{head}</section>\n"
    drawing = picture.drawing
    legend = "".join(f'<li><i class="{colour}"></i>{escape(text)}</li>' for colour, text in picture.legend)
    return (
        f'{head}<figure><svg role="img" viewBox="0 0 {drawing.width} {max(1, drawing.height)}" '
        f'aria-labelledby="{name}-title {name}-desc"><title id="{name}-title">{title}</title>'
        f'<desc id="{name}-desc">{saying}</desc>{drawing.body}</svg>'
        + (f'<ul class="legend">{legend}</ul>' if legend else "")
        + f"</figure><details><summary>{title} as a table</summary>{_table(picture.columns, picture.shown_rows, title)}{_rest(picture)}</details>"
        "</section>\n"
    )


def _rest(picture: Picture) -> str:
    left_out = len(picture.rows) - len(picture.shown_rows)
    return f"<p>And {left_out:,} more, in the database.</p>" if left_out else ""


def _list_section(one: Lists) -> str:
    table = _table(one.columns, one.rows, escape(one.title), one.urls)
    return f'<section id="{one.name}"><h2>{escape(one.title)}</h2><p class="saying">{escape(one.saying)}</p>{table}</section>\n'


def _table(columns: Sequence[str], rows: Sequence[Sequence[Any]], caption: str, urls: Sequence[str | None] = ()) -> str:
    if not rows:
        return "<p>Nothing.</p>"
    kinds = [_kind(value) for value in rows[0]]
    head = "".join(f'<th scope="col"{kind}>{escape(name)}</th>' for name, kind in zip(columns, kinds, strict=True))
    body = []
    for at, row in enumerate(rows):
        cells = [_shown(value) for value in row]
        url = urls[at] if urls else None
        if url and url.startswith(("https://", "http://")):
            cells[0] = f'<a href="{escape(url)}">{cells[0]}</a>'
        body.append(
            "<tr>" + "".join(f"<td{kind}>{cell}</td>" for cell, kind in zip(cells, kinds, strict=True)) + "</tr>"
        )
    return f'<div class="scroll"><table aria-label="{caption}"><thead><tr>{head}</tr></thead><tbody>{"".join(body)}</tbody></table></div>'


def _kind(value: Any) -> str:
    """What a column of such values looks like: only texts may be broken."""
    return ' class="number"' if isinstance(value, int) else ' class="date"' if isinstance(value, date) else ""


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else escape(str(value))
