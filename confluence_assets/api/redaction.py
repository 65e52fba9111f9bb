"""Secrets out of everything that people may read: URLs, headers, excerpts of bodies, messages of exceptions.

On by default, and applied where an error is made; nothing downstream has to think of it.
"""

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote, quote_plus, urlsplit, urlunsplit

MASK = "***"
EXCERPT_CHARACTERS = 300
_SHORTEST_SECRET = 4

_SECRET_HEADERS = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "cookie",
        "set-cookie",
        "x-api-key",
        "x-atlassian-token",
        "x-hub-signature",
        "x-xsrf-token",
    }
)
_SECRET_HEADER_NAME = re.compile(r"(?i)token|secret|key|auth|password|session")
_HUSHED_NAMES = (
    r"(?:access_|refresh_|id_|api_?|auth_?|personal_?|xsrf_?)?token|jwt|signature|sig|x-amz-[a-z-]+|"
    r"client_secret|client|secret|password|passwd|pwd|os_password|api_?key|key-pair-id|policy|code|assertion"
)
_QUERY_SECRET = re.compile(rf"(?i)(?<=[?&;])({_HUSHED_NAMES})=[^&#\s\"'<>]*")
_JSON_SECRET = re.compile(rf"(?i)(\"(?:{_HUSHED_NAMES})\"\s*:\s*)\"(?:[^\"\\]|\\.)*\"?")
_SCHEME_SECRET = re.compile(r"\b((?i:bearer|basic|jwt|digest))\s+(?=[a-z]*[A-Z0-9._~+/=:-])[A-Za-z0-9._~+/=:-]{6,}")
_HEADER_SECRET = re.compile(r"(?im)\b(authorization|proxy-authorization|cookie|set-cookie)(\"?\s*[:=]\s*).*$")
_TOKEN_SHAPES = re.compile(
    r"\bAT[A-Z]{2,3}3x[A-Za-z0-9_=-]{8,}|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?"
)
_USERINFO = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^/@\s]+@")
_NOT_PLAIN = re.compile(r"[^\w\s.-]", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


class Redactor:
    """Takes secrets out of text: those it was told, and whatever looks like one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        told = {secret for secret in secrets if len(secret) >= _SHORTEST_SECRET}
        forms = told | {form for secret in told for form in _forms_of(secret)}
        self._told = sorted(forms, key=len, reverse=True)

    def redact(self, text: str) -> str:
        """The text without secrets; its length is not bounded."""
        for secret in self._told:
            text = text.replace(secret, MASK)
        text = _USERINFO.sub(rf"\1{MASK}@", text)
        text = _HEADER_SECRET.sub(rf"\1\2{MASK}", text)
        text = _SCHEME_SECRET.sub(rf"\1 {MASK}", text)
        text = _TOKEN_SHAPES.sub(MASK, text)
        text = _QUERY_SECRET.sub(rf"\1={MASK}", text)
        return _JSON_SECRET.sub(rf'\1"{MASK}"', text)

    def redact_url(self, url: str) -> str:
        """The URL without user info, fragment and secret parameters, at most 500 characters."""
        parts = urlsplit(url)
        without_fragment = urlunsplit((parts.scheme, parts.netloc, parts.path, parts.query, ""))
        return _bounded(self.redact(without_fragment), 500)

    def redact_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The headers with the values of secret ones masked."""
        return {
            name: MASK
            if name.lower() in _SECRET_HEADERS or _SECRET_HEADER_NAME.search(name)
            else self.redact(str(value))
            for name, value in headers.items()
        }

    def excerpt(self, body: bytes | str, limit: int = EXCERPT_CHARACTERS) -> str:
        """The beginning of a body on one line, redacted before it is cut so that no half secret stays."""
        text = body[: limit * 8].decode("utf-8", "replace") if isinstance(body, bytes) else body[: limit * 8]
        redacted = self.redact(text)
        if len(body) > limit * 8 and self._told:
            redacted = redacted[: -len(self._told[0])]  # half a secret may stand where the body was cut
        return _bounded(_CONTROL.sub(" ", redacted).strip(), limit)


def _forms_of(secret: str) -> Iterator[str]:
    """The secret as an address, JSON or a web page may write it: whoever echoes a header writes it in a way of their own."""
    yield quote(secret, safe="")
    yield quote(secret)
    yield quote_plus(secret)
    written = json.dumps(secret)[1:-1]
    yield from (written, written.replace("/", "\\/"), secret.replace("/", "\\/"))
    yield html.escape(secret)
    for number in ("&#x{:x};", "&#x{:02X};", "&#{};"):
        yield _NOT_PLAIN.sub(lambda found, form=number: form.format(ord(found.group())), secret)  # type: ignore[misc]


def _bounded(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
