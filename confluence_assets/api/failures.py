"""Failures below HTTP, in words: names that don't resolve, closed ports, certificates, cut connections.

The only place that knows the exceptions of requests and urllib3; none of them leaves this floor.
"""

import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError, NameResolutionError

from confluence_assets.api.redaction import Redactor
from confluence_assets.api.wire import Request
from confluence_assets.errors import ApiError, ConfluenceAssetsError, ProtocolError, SettingsError, TransientError

_PROXY_VARIABLES = "HTTPS_PROXY, HTTP_PROXY and NO_PROXY"

NETWORK_ERRORS: tuple[type[Exception], ...] = (requests.RequestException, HTTPError, UnicodeError, OSError)
"""What a send may raise; `UnicodeError` comes from host names that can't be encoded, a plain `OSError` from a file of certificates."""


class UnreachableError(TransientError):
    """Nothing was ever sent: the name is unknown or the port is closed. A wrong URL looks like this."""


def explain_failure(error: Exception, request: Request, url: str, redactor: Redactor) -> ConfluenceAssetsError:
    """Our error for what requests raised.

    SettingsError for TLS that can't be trusted; ProtocolError for an address that can't be asked; else TransientError.
    """
    where = urlsplit(url)
    origin = f"{where.scheme}://{where.netloc.rpartition('@')[2]}"
    causes = list(_causes(error))
    if not isinstance(error, requests.RequestException) and "CA certificate" in str(error):
        return SettingsError(
            "The file of certificates that REQUESTS_CA_BUNDLE names is not there.",
            setting="REQUESTS_CA_BUNDLE",
            hint="Set REQUESTS_CA_BUNDLE to the file with your authority's certificate, or unset it.",
        )
    if any(isinstance(cause, ssl.SSLError) and _is_of_our_file(cause) for cause in causes):
        return SettingsError(
            "The file of certificates that REQUESTS_CA_BUNDLE names holds none.",
            setting="REQUESTS_CA_BUNDLE",
            hint="It has to be in PEM format: -----BEGIN CERTIFICATE----- and so on. Or unset it.",
        )
    for cause in causes:
        if isinstance(cause, ssl.SSLError) and (explained := _explain_tls(cause, where.hostname or "", origin)):
            return explained
    message, hint = _explain_proxy(error, causes, url, origin) or _explain_connection(
        error, causes, where.hostname or "", origin
    )
    return _kind_of(error, causes)(
        redactor.redact(message),
        method=request.method,
        url=redactor.redact_url(url),
        excerpt=redactor.excerpt(str(error)),
        hint=hint,
    )


def _is_of_our_file(error: ssl.SSLError) -> bool:
    """Whether certificates could not be read, which happens before anything is sent; a handshake fails in `SSL`."""
    return error.library == "X509" or "[X509" in str(error)


def _kind_of(error: Exception, causes: list[BaseException]) -> type[ApiError]:
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema | UnicodeError):
        return ProtocolError
    unreachable = any(
        isinstance(cause, NameResolutionError | socket.gaierror | ConnectionRefusedError) for cause in causes
    )
    return UnreachableError if unreachable else TransientError


def _explain_tls(error: ssl.SSLError, host: str, origin: str) -> SettingsError | None:
    if isinstance(error, ssl.SSLCertVerificationError):
        return SettingsError(
            f"The TLS certificate of {host} can't be trusted: {error.verify_message.rstrip('.')}.",
            setting="CONFLUENCE_URL",
            hint="Check the host in CONFLUENCE_URL; for a company's own authority set REQUESTS_CA_BUNDLE to its certificate file.",
        )
    if error.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"):
        return SettingsError(
            f"{origin} does not speak TLS.",
            setting="CONFLUENCE_URL",
            hint="Check scheme and port of CONFLUENCE_URL.",
        )
    return None


def _explain_proxy(error: Exception, causes: list[BaseException], url: str, origin: str) -> tuple[str, str] | None:
    """The words where it is the proxy that fails; None where it is not."""
    if isinstance(error, requests.exceptions.ProxyError) or any(
        type(cause).__module__.partition(".")[0] in ("socks", "sockshandler") for cause in causes
    ):
        return f"The proxy did not let us through to {origin}.", f"Check {_PROXY_VARIABLES}."
    if isinstance(error, requests.exceptions.InvalidSchema) and "SOCKS" in str(error):
        return "A SOCKS proxy needs a package more.", "Install it: pip install 'requests[socks]'."
    if not isinstance(error, requests.exceptions.InvalidURL) or not requests.utils.get_environ_proxies(url):
        return None
    try:
        requests.PreparedRequest().prepare_url(url, None)
    except requests.RequestException:
        return None  # it is the site's own address that can't be
    hint = f"Write http://host:port, or unset it: {_PROXY_VARIABLES}."
    return "The address of the proxy is none that can be asked.", hint


def _explain_connection(error: Exception, causes: list[BaseException], host: str, origin: str) -> tuple[str, str]:
    if any(isinstance(cause, NameResolutionError | socket.gaierror) for cause in causes):
        return f"There is no host named {host}.", "Check the spelling of CONFLUENCE_URL, and the network (DNS, VPN)."
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return (
            f"Nothing answers at {origin} (connection refused).",
            "Check host and port of CONFLUENCE_URL, and that the site is up.",
        )
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return f"{origin} can't be reached: no connection in time.", "Check the network (VPN, firewall, proxy)."
    if isinstance(error, requests.exceptions.Timeout):
        return f"{origin} did not answer in time.", ""
    if isinstance(error, requests.exceptions.InvalidURL | UnicodeError):
        return f"{origin} is not an address that can be asked.", "Check CONFLUENCE_URL."
    return f"The connection to {origin} was cut.", ""


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The exception and everything that it was made from."""
    pending: list[object] = [error]
    seen: set[int] = set()
    while pending:
        current = pending.pop()
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        pending.extend((current.__cause__, current.__context__, getattr(current, "reason", None), *current.args))
