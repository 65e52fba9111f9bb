"""HTML that is no storage format (rendered bodies, HTML files, the `html` macro), by a general converter."""

import re

from bs4 import BeautifulSoup
from bs4.exceptions import ParserRejectedMarkup
from markdownify import MarkdownConverter

_UNSEEN = re.compile(r"<(script|style|template)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_TAGS = re.compile(r"<[^<>]*>")


def html_to_markdown(html: str) -> str:
    """The HTML as Markdown. Where the converter can't follow (nested too deep, no HTML at all), its text."""
    html = _UNSEEN.sub("", html)
    try:
        page = BeautifulSoup(html, "lxml")
        return str(MarkdownConverter(heading_style="ATX", bullets="-").convert_soup(page)).strip()
    except (RecursionError, ParserRejectedMarkup):
        return " ".join(_TAGS.sub(" ", html).split())
