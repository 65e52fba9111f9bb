"""Who sent a request: a signature over the raw body (Data Center), or a shared secret in a header. Pure.

Compared in constant time, and always against the whole of it.
"""

import hashlib
import hmac
from collections.abc import Mapping

SIGNATURE_HEADER = "x-hub-signature"
SECRET_HEADER = "x-webhook-secret"  # noqa: S105  # the name of a header
_PREFIX = "sha256="


def is_signed(secret: str, body: bytes, headers: Mapping[str, str]) -> bool:
    """Whether `X-Hub-Signature` is the HMAC-SHA256 of the body, in hexadecimal digits, with `sha256=` before it or without.

    Whether that stands before it is not documented; another algorithm's name is never taken.
    """
    given = headers.get(SIGNATURE_HEADER, "").strip().lower().removeprefix(_PREFIX)
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(given.encode(), expected.encode())


def knows_secret(secret: str, headers: Mapping[str, str]) -> bool:
    """Whether `X-Webhook-Secret`, or `Authorization: Bearer`, is the secret."""
    given = headers.get(SECRET_HEADER)
    if given is None:
        kind, _, rest = headers.get("authorization", "").partition(" ")
        given = rest if kind.lower() == "bearer" else ""
    # Hashed first, so that not even the length of the secret shows in the time.
    return hmac.compare_digest(_digest(given.strip().encode("latin-1", "replace")), _digest(secret.encode()))


def _digest(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()
