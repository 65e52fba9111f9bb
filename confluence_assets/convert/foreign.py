"""HTML that is no storage format (rendered bodies, HTML files, the `html` macro), by a general converter."""

import re

from markdownify import markdownify

_UNSEEN = re.compile(r"<(script|style|template)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_TAGS = re.compile(r"<[^<>]*>")


def html_to_markdown(html: str) -> str:
    """The HTML as Markdown. Where it is nested too deep for the converter, its text."""
    html = _UNSEEN.sub("", html)
    try:
        return str(markdownify(html, heading_style="ATX", bullets="-")).strip()
    except RecursionError:
        return " ".join(_TAGS.sub(" ", html).split())
