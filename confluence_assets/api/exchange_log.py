"""Requests and answers as text for debugging, with every secret redacted: what a person needs to see why a call went wrong.

Bodies are shown where they are text, up to a length; files are only counted. Of another host's signed address nothing but its
origin is told.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from confluence_assets.api.redaction import MASK, Redactor
from confluence_assets.api.wire import Outgoing, Reply

BODY_CHARACTERS = 4_000
_LEADING = frozenset({"location", "content-location"})
_TEXT = ("json", "text", "xml", "x-www-form-urlencoded", "javascript", "graphql")


def describe_request(outgoing: Outgoing, shown: str, redactor: Redactor) -> str:
    """`> GET https://…` with headers and body."""
    lines = [f"> {outgoing.method} {redactor.redact_url(shown)}"]
    lines += [f"> {name}: {value}" for name, value in _headers(outgoing.headers, redactor, shown)]
    if outgoing.body:
        lines.append(f"> {_body(outgoing.body, outgoing.headers.get('Content-Type', ''), redactor)}")
    return "\n".join(lines)


def describe_reply(reply: Reply, seconds: float, redactor: Redactor) -> str:
    """`< 200 in 0.12 s` with headers and body."""
    lines = [f"< {reply.status} in {seconds:.2f} s"]
    lines += [f"< {name}: {value}" for name, value in _headers(reply.headers, redactor, reply.url)]
    if reply.stream is not None:
        lines.append("< (a file, read piece by piece)")
    elif reply.is_foreign:
        lines.append(f"< ({len(reply.body)} bytes of another host)")
    elif reply.body:
        lines.append(f"< {_body(reply.body, reply.headers.get('Content-Type', ''), redactor)}")
    return "\n".join(lines)


def describe_failure(words: str, redactor: Redactor) -> str:
    """`< no answer: …`."""
    return f"< no answer: {redactor.excerpt(words)}"


def _headers(headers: Mapping[str, str], redactor: Redactor, url: str) -> list[tuple[str, str]]:
    shown = redactor.redact_headers(headers)
    return [(name, _unsigned(value, url) if name.lower() in _LEADING else value) for name, value in shown.items()]


def _unsigned(address: str, url: str) -> str:
    """Where a reply leads: of another host its origin alone, for all the rest may be a signature; at home all but the query."""
    there = urlsplit(address)
    if there.netloc and there.netloc != urlsplit(url).netloc:
        return f"{there.scheme}://{there.netloc.rpartition('@')[2]}/{MASK}"
    plain, mark, _ = address.partition("?")
    return f"{plain}?{MASK}" if mark else plain


def _body(body: bytes, kind: str, redactor: Redactor) -> str:
    if not any(word in kind.lower() for word in _TEXT):
        return f"({len(body)} bytes of {kind.partition(';')[0] or 'no type'})"
    return redactor.excerpt(body, BODY_CHARACTERS)
