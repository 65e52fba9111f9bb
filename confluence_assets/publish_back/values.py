"""Values of a database as Markdown that shows them: text is text, whatever it looks like. Pure."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from confluence_assets.convert.escape import collapse, destination, escape_line_start, escape_text, is_safe_url

_MENTION = "confluence:user"
"""What would mention somebody on the page, and tell them of it: whoever wrote the link on some page does not decide that."""
_REFERENCES = {"<": "&lt;", "&": "&amp;", '"': "&quot;", "'": "&#39;"}
_OF_HTML = re.compile(r"([<\"']|&(?=#?\w*(?:;|$)))")


class Markdown(str):
    """Markdown that is meant as such, and escaped already."""

    __slots__ = ()


def shown(value: Any) -> Markdown:
    """The value as inline Markdown: times to the minute in UTC, nothing for NULL.

    What could begin a tag, a comment or an end of an attribute is a reference, which is text in HTML of a template, too; there a
    backslash is no escape, and a title such as `<!-- macro:html -->` would be a macro.
    """
    if isinstance(value, Markdown):
        return value
    words = _OF_HTML.split(collapse(plain(value)).strip())
    return Markdown(escape_line_start("".join(_REFERENCES.get(word) or escape_text(word) for word in words)))


def plain(value: Any) -> str:
    """The value as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float | Decimal):
        return f"{value:,.2f}".rstrip("0").rstrip(".") if value == value else ""
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return ", ".join(map(plain, value))
    return str(value)


def link(text: Any, url: str | None) -> Markdown:
    """A link with that text; the text alone where there is no address, or one that is a script's or would call somebody."""
    words = shown(text)
    if not url or not is_safe_url(url) or url.strip().lower().startswith(_MENTION):
        return words
    return Markdown(f"[{words or shown(url)}]({destination(url)})")


def table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> Markdown:
    """A pipe table. A column `<name>_url` makes links of `<name>`, and `web_url` of `title`, and is not shown itself."""
    addresses = {
        at: names.index(base)
        for at, name in enumerate(names)
        if name.endswith("_url") and (base := "title" if name == "web_url" else name.removesuffix("_url")) in names
    }
    linked = {base: at for at, base in addresses.items()}
    columns = [at for at in range(len(names)) if at not in addresses]
    lines = [[_heading(names[at]) for at in columns], ["---"] * len(columns)]
    for row in rows:
        cells = [link(row[at], row[linked[at]]) if at in linked else shown(row[at]) for at in columns]
        lines.append([cell.replace("|", "\\|") for cell in cells])
    return Markdown("\n".join(f"| {' | '.join(cells)} |" for cells in lines))


def _heading(name: str) -> str:
    words = name.replace("_", " ").strip()
    return shown(words[:1].upper() + words[1:]).replace("|", "\\|")
